"""
One owner of an account on a machine: who may send requests, whatever state folder it has.

Three names are locked. The credentials' is known at once. The account's needs its number, which
`index` tells; whoever doesn't know it yet holds the site's name while it asks, so that two
newcomers don't ask together, and keeps the number by a hash of the credentials.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from yarl import URL

from gazelled.clock import Clock
from gazelled.errors import Reason, TrackerUnavailable
from gazelled.tracker.key_values import InMemoryStore, KeyValues, as_object, load_json, save_json
from gazelled.tracker.login.account_lock import (
    HAVE_LOCKS,
    HeldLock,
    Holder,
    holder_of,
    is_held,
    lock_name,
    take,
)
from gazelled.tracker.login.auth import Auth, LoginAuth, TokenAuth
from gazelled.tracker.login.cookie_file import fingerprint
from gazelled.tracker.sites.site import Site

MOST_TRIES = 2
GIVE_WAY_EVERY = 600.0
_LOOK_AGAIN = 0.5
_ANSWERED_WITHIN = 10.0
_TWICE = (
    "This program is connected to this account already: make all calls by that connection, whose "
    "requests queue up, or close it first."
)


class AccountTaken(TrackerUnavailable):
    """Another process, the holder of its lock, owns the account."""

    def __init__(self, message: str, holder: Holder) -> None:
        super().__init__(message, reason=Reason.IN_USE)
        self.holder = holder


@dataclass(slots=True)
class StagedCredentials:
    """Other credentials of an account, which nobody else can use any more."""

    identity: str
    key: bytes
    lock: HeldLock | None

    def release(self) -> None:
        """Let others use them."""
        if self.lock:
            self.lock.release()


class Ownership:
    """
    The right to send requests for an account.

    Args:
        memory: Keeps the account's number. Without one only the credentials are locked, since
            `index` would have to be asked at each start.
        control: Where the control socket of this process is; None for a program without one.
        rest: Called with the seconds before the first request, when nobody can tell how the last
            owner ended.

    Attributes:
        site: The site, with the limit that holds.
        problem: Why the account can't be had; None if it can, or nobody has tried.

    """

    def __init__(
        self,
        site: Site,
        auth: Auth,
        memory: KeyValues | None,
        *,
        clock: Clock,
        control: Path | None,
        rest: Callable[[float], None],
    ) -> None:
        self.site = site
        self._place = _place(site.root)
        self._identity, self._key = _identity(self._place, auth)
        self._memory = memory or InMemoryStore()
        self._remembers = memory is not None
        self._clock = clock
        self._control = control
        self._rest = rest
        self._locks: dict[str, HeldLock] = {}
        self._last_seen: dict[str, Holder] = {}
        self._number: int | None = None
        self._tries = 0
        self._claimed = False
        self._taking = asyncio.Lock()
        self._giving_way = asyncio.Lock()
        self._gives_way_from = -math.inf
        self.problem: AccountTaken | None = None

    @property
    def number(self) -> int | None:
        """The number of the account; None while it isn't known."""
        return self._number

    async def stage(self, auth: Auth) -> StagedCredentials:
        """
        Take the lock of other credentials, beside that of those in use.

        Raises:
            AccountTaken: If another process uses them.
            StateError: If there can be no lock.

        """
        identity, key = _identity(self._place, auth)
        name = lock_name("credentials", self._place, identity)
        taken = await take(name, key, self._control, self._met) if HAVE_LOCKS else None
        if isinstance(taken, Holder):
            raise AccountTaken(_sentence(taken, self.site.name, known=True), taken)
        return StagedCredentials(identity, key, taken)

    def adopt(self, staged: StagedCredentials) -> None:
        """Own the account by other credentials of it; those before are released."""
        self._drop(self._credentials_name)
        self._identity, self._key = staged.identity, staged.key
        if staged.lock:
            self._locks[self._credentials_name] = staged.lock
        for lock in self._locks.values():
            lock.key = staged.key

    async def remember(self) -> None:
        """Keep the number of the account for the credentials in use."""
        if self._number is not None:
            await self._keep(self._number, shared=bool((await self._kept()).get("shared")))

    @property
    def must_ask(self) -> bool:
        """Whether `index` has to be asked before anything else."""
        unknown = self._number is None and self._tries < MOST_TRIES
        return HAVE_LOCKS and self._remembers and unknown

    async def claim(self) -> None:
        """
        Take the account, unless it is taken already.

        Raises:
            AccountTaken: If another process has it.
            StateError: If there can be no lock.

        """
        # Calls that come together claim once; a second one would find the first one's locks held.
        async with self._taking:
            if self._claimed or not HAVE_LOCKS:
                return
            stored = await self._kept()
            number, shared = stored.get("id"), bool(stored.get("shared"))
            self._number = number if isinstance(number, int) else None
            await self._take(self._credentials_name, known=True)
            if not self._remembers:
                pass
            elif self._number is None:
                await self._take(self._site_name, known=False)
            else:
                await self._take(self._account_name(self._number), known=True)
            self._claimed = True
            if self._number is None or shared or self.problem is not None:
                # Another state folder's process may have ended just now, with a request under way.
                self._rest(2 * self.site.window)
            self.problem = None

    async def give_way(self) -> None:
        """
        Wait while a newcomer asks whose account it has: it may be this one.

        For a short time only, and rarely: a name that is held for longer must not hold this up.
        """
        if not self._claimed or self._number is None or not is_held(self._site_name):
            return
        # All calls wait behind the one that gives way.
        async with self._giving_way:
            now = self._clock.monotonic()
            if now < self._gives_way_from:
                return
            newcomer = await holder_of(self._site_name, self._key)
            if newcomer is None or not newcomer.is_gazelled:
                return
            self._gives_way_from = now + GIVE_WAY_EVERY
            until = now + 3 * self.site.per + _ANSWERED_WITHIN
            while is_held(self._site_name) and self._clock.monotonic() < until:
                await self._clock.sleep(_LOOK_AGAIN)
            await self._clock.sleep(self.site.per)

    async def learn(self, payload: object) -> None:
        """
        Take the account's own lock, by its number in what `index` answered.

        Raises:
            AccountTaken: If another process has the account.

        """
        if not HAVE_LOCKS or not self._remembers:
            return
        number = payload.get("id") if isinstance(payload, Mapping) else None
        if not isinstance(number, int) or isinstance(number, bool):
            self.give_up()
            return
        async with self._taking:
            if number == self._number:
                return
            await self._keep(number, shared=bool((await self._kept()).get("shared")))
            try:
                await self._take(self._account_name(number), known=True, keep=True)
            except AccountTaken:
                # The request counts for the other one's account, which gives way until then.
                await self._clock.sleep(self.site.per)
                self.release()
                raise
            if self._number is not None:  # the site gave the user another number
                self._drop(self._account_name(self._number))
            self._drop(self._site_name)
            self._number = number

    def fail(self) -> None:
        self._tries += 1

    def give_up(self) -> None:
        """Do without the number: the site's lock is kept in the place of the account's."""
        self._tries = MOST_TRIES

    def release(self) -> None:
        for name in [*self._locks]:
            self._drop(name)
        self._claimed = False

    async def _take(self, name: str, *, known: bool, keep: bool = False) -> None:
        if name in self._locks:
            return
        taken = await take(name, self._key, self._control, self._met if known else self._ignored)
        if isinstance(taken, HeldLock):
            self._locks[name] = taken
            return
        if taken.peer.is_known:
            self._last_seen[name] = taken
        else:  # what never accepts a connection can't be asked again once its queue is full
            taken = self._last_seen.get(name, taken)
        mine = taken.peer.pid == os.getpid() and not (taken.socket or self._control)
        if mine and not known:
            return  # a program may have several accounts
        if not keep:
            self.release()
        text = _TWICE if mine else _sentence(taken, self.site.name, known=known)
        self.problem = AccountTaken(text, taken)
        if known and not mine:
            await self._met()
        raise self.problem

    async def _met(self) -> None:
        """Keep that another state folder uses the account too."""
        stored = await self._kept()
        if not stored.get("shared"):
            await self._keep(stored.get("id"), shared=True)

    async def _ignored(self) -> None:
        """Keep nothing: it may be another account."""

    def _drop(self, name: str) -> None:
        if (lock := self._locks.pop(name, None)) is not None:
            lock.release()

    @property
    def _credentials_name(self) -> str:
        return lock_name("credentials", self._place, self._identity)

    @property
    def _site_name(self) -> str:
        return lock_name("site", self._place)

    def _account_name(self, number: int) -> str:
        return lock_name("account", self._place, str(number))

    @property
    def _memory_key(self) -> str:
        return f"account {self._identity}"

    async def _kept(self) -> Mapping[str, object]:
        return await load_json(self._memory, self._memory_key, as_object) or {}

    async def _keep(self, number: object, *, shared: bool) -> None:
        record = {"id": number, "shared": shared}
        if record != await self._kept():
            await save_json(self._memory, self._memory_key, record)


def _sentence(holder: Holder, site: str, *, known: bool) -> str:
    if not holder.is_gazelled:
        return (
            f"The lock of your account at {site} is held by {holder.peer}, which does not answer "
            "as gazelled does, so nothing is sent. Find out what it is, and end it."
        )
    if known:
        return (
            f"Another gazelled, {holder.peer}, uses your account at {site}, so this one sends "
            "nothing. Stop that one first, or ask through it."
        )
    return (
        f"Another gazelled, {holder.peer}, is finding out which account at {site} it has, so this "
        "one sends nothing yet. Try again in a minute."
    )


def _place(root: URL) -> str:
    """Return a site's host and port: two ways to write its address are one site."""
    default = root.port in (80, 443)
    return (root.host or "") if default else f"{root.host}:{root.port}"


def _identity(place: str, auth: Auth) -> tuple[str, bytes]:
    """Return a hash that names the credentials, and a key that only who has them can make."""
    secret = ""
    match auth:
        case TokenAuth(token=token):
            parts = ["token", token]
        case LoginAuth(username=username, password=password):
            # Of the password nothing is shown, since a short one could be guessed.
            parts, secret = ["login", username], password
        case cookies:
            parts = ["cookies", fingerprint(cookies.source)]
    named = json.dumps([place, *parts]).encode()
    key = hashlib.sha256(json.dumps([place, *parts, secret]).encode())
    return hashlib.sha256(b"name" + named).hexdigest()[:32], key.digest()
