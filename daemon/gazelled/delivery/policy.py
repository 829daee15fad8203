"""
When the messages of each target come, and which become one.

Quiet hours and the limit of a target close its line for all but what is urgent, and what waits for
a digest is held until it is due. All of that is worked out anew from the config at each start:
nothing of it outlives a change of the options.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import NamedTuple

from gazelled.delivery import digest, merging
from gazelled.delivery.limit import DeliveryLimit, SentMessages
from gazelled.delivery.postponement import quiet_until
from gazelled.model import Delivery, Event, QuietHours
from gazelled.store import Store

_AT_ONCE = 10
"""So many of what a limit holds are released at once: what is left of them is held again."""


def one_unit(event: Event) -> int:
    """Count a message as one, whatever it is about."""
    del event
    return 1


@dataclass(frozen=True, slots=True)
class TargetPolicy:
    """
    When the messages of a target come, and which become one.

    Attributes:
        quiet: When they wait, unless urgent.
        limit: How many come in a period.
        digest: Returns when the digest comes that begins with an event of a time; None if each
            event comes by itself.
        burst: How many events of one commit don't become a digest yet; 0 for any number.
        combines: Whether several events can be one message at all; None if that isn't known.
        units: Returns how many units of the limit the message of an event uses.

    """

    quiet: tuple[QuietHours, ...] = ()
    limit: DeliveryLimit | None = None
    digest: Callable[[datetime], datetime | None] | None = None
    burst: int = 0
    combines: bool | None = None
    units: Callable[[Event], int] = one_unit


class Hold(NamedTuple):
    """Why a target's line is closed, `quiet` or `max`, and until when."""

    reason: str
    until: datetime


class PolicyBook:
    """Holds and combines what waits for the targets that have a policy."""

    def __init__(self, policies: Mapping[str, TargetPolicy], store: Store) -> None:
        self._policies = policies
        self._store = store
        self._sent: dict[str, SentMessages] = {}
        self._needs: dict[str, int] = {}

    async def replace(self, policies: Mapping[str, TargetPolicy], now: datetime) -> None:
        """Follow other policies from now on."""
        self._policies, self._sent = policies, {}
        self._needs = {name: units for name, units in self._needs.items() if name in policies}
        await self.load(now)

    async def load(self, now: datetime) -> None:
        """Read what was sent in the periods of limits, and release what an old policy held."""
        await self._store.held.release_all(
            [name for name, it in self._policies.items() if it.digest]
        )
        for target, policy in self._policies.items():
            if policy.combines is False:
                await self._store.digests.take_apart(target)
            if policy.limit:
                sent = self._sent[target] = SentMessages(policy.limit)
                since = now - policy.limit.period
                for at, event in await self._store.held.sent_since(target, since):
                    sent.add(at, policy.units(event))
        await self.rebase(now)

    async def rebase(self, now: datetime) -> None:
        """
        Let digests come when the options and the time of day say.

        Nothing waits for what was sent in the future: the wall clock was set back.
        """
        for sent in self._sent.values():
            sent.rebase(now)
        for target, policy in self._policies.items():
            if policy.digest:
                await self._store.held.redate(target, partial(_digest_due, policy))

    def record_sent(self, delivery: Delivery, now: datetime) -> None:
        """Count a message that the target got, or refused."""
        self._needs.pop(delivery.target, None)
        if sent := self._sent.get(delivery.target):
            sent.add(now, self._policies[delivery.target].units(delivery.event))

    def admits(self, delivery: Delivery, now: datetime) -> bool:
        """Return whether the limit of a target has room for what comes next there."""
        sent = self._sent.get(delivery.target)
        if sent is None or delivery.event.urgent:
            return True
        units = self._policies[delivery.target].units(delivery.event)
        self._needs[delivery.target] = max(units, 1)
        return sent.free_from(now, units) is None

    def closed(self, now: datetime) -> dict[str, Hold]:
        """Return the targets that take only what is urgent now."""
        holds = {
            target: self._hold(target, policy, now) for target, policy in self._policies.items()
        }
        return {target: hold for target, hold in holds.items() if hold}

    async def arrange(
        self, now: datetime, besides: Collection[str] = (), still: Collection[str] = ()
    ) -> dict[str, Hold]:
        """
        Hold, release and combine what waits; return the targets whose line is closed.

        The targets in `besides` are left as they are, and nothing is combined for those in `still`.
        """
        closed = self.closed(now)
        for target, policy in self._policies.items():
            if target not in besides:
                await self._hold_or_release(target, policy, closed.get(target), now)
                if target not in closed and target not in still:
                    await self._combine(target, policy, now)
        return closed

    async def next_digests(self, besides: Collection[str] = ()) -> list[datetime]:
        """Return when digests are due that something is held for."""
        times = [
            await self._store.held.next_digest(target)
            for target, policy in self._policies.items()
            if policy.digest and target not in besides
        ]
        return [time for time in times if time]

    async def message(self, delivery: Delivery, now: datetime) -> Delivery | None:
        """
        Return a delivery with all that its message stands for; None if another one's does.

        That is one upload that several watches of the target found.
        """
        policy = self._policies.get(delivery.target)
        if policy is None or not policy.combines or not merging.is_upload(delivery.event):
            return delivery
        await self._store.uploads.merge(delivery, merging.overlap, merging.covers, now)
        others = await self._store.uploads.merged_into(delivery)
        if others is None:
            return None
        return replace(delivery, event=merging.merged(delivery.event, others))

    def _hold(self, target: str, policy: TargetPolicy, now: datetime) -> Hold | None:
        if until := quiet_until(policy.quiet, now):
            return Hold("quiet", until)
        if sent := self._sent.get(target):
            until = sent.free_from(now, self._needs.get(target, 1))
            return Hold("max", until) if until else None
        return None

    async def _hold_or_release(
        self, target: str, policy: TargetPolicy, hold: Hold | None, now: datetime
    ) -> None:
        held = self._store.held
        if policy.digest:
            await held.gather(target, partial(_digest_due, policy), now)
        elif hold:
            await held.hold(target, hold.reason, hold.until, now)
        elif policy.quiet or policy.limit:
            await held.release(target, _AT_ONCE if policy.limit else -1)

    async def _combine(self, target: str, policy: TargetPolicy, now: datetime) -> None:
        combine = partial(digest.digest_event, target=target, at=now)
        if policy.digest:
            while (due := await self._store.held.next_digest(target)) and due <= now:
                await self._store.uploads.leave_out(target, digest.MOST, merging.covers, now)
                await self._store.digests.make_digest(target, digest.MOST, combine)
        elif policy.burst:
            await self._store.uploads.leave_out_of_burst(target, policy.burst, merging.covers, now)
            await self._store.digests.make_burst(target, policy.burst, digest.MOST, combine)


def _digest_due(policy: TargetPolicy, first: datetime) -> datetime:
    """Return when a digest comes whose first event was found at a time: not in quiet hours."""
    due = (policy.digest(first) if policy.digest else None) or first
    return quiet_until(policy.quiet, due) or due
