"""
Your uploads: found by requesting the details of each data set once; then only yours are requested.

The profile shows how many there are, so the search ends once all are found. Until then the newest
data sets that a search lists are requested first, then the ids that it does not list. The index is
stored after each answer: whatever ends a run, the next one continues there.

Known from the published application: the profile counts anonymous uploads, too. `torrent` and
`torrentgroup` read the same cache, which is ten minutes old at most while a torrent has no seeders,
and else an hour; so one request for a data set is as good as one for each of its torrents.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

from gazelled.errors import BadAnswer, RequestRefused, TrackerError, TrackerUnavailable
from gazelled.model import Answer, Call, Lane
from gazelled.tracker.catalogue.datasets import DETAILS, UPLOADS, Browse
from gazelled.tracker.catalogue.own_account import Index
from gazelled.tracker.catalogue.own_uploads import ALL, LEARN
from gazelled.tracker.catalogue.users import User
from gazelled.tracker.client.raw_pages import Steps
from gazelled.tracker.decoding.scalars import listed as as_list
from gazelled.tracker.decoding.scalars import number as as_number
from gazelled.tracker.decoding.schema import decode_as
from gazelled.tracker.event_log import event_logger
from gazelled.tracker.key_values import KeyValues, parse_stored

log = event_logger(__name__)

KEPT = "own_uploads"
"""The key under which the indexes are stored."""
_WHO = 2
_LISTED = UPLOADS.paging.last_page
_WHATEVER_IT_TAKES = 999_999_999
MOST_TRIES = 3
"""After so many failed requests an id counts as somebody else's."""
FAR = 1_000_000
"""Ids further apart than this are no gap in the list: nothing between them was ever uploaded."""


@dataclass(slots=True)
class UploaderIndex:
    """
    What is known about who uploaded which torrent, up to the highest id that was listed.

    Attributes:
        top: That id.
        listed: Torrents still to request, each with its data set or 0, the newest first.
        holes: Ids still to request that no search listed: the lowest and the highest of each range,
            the newest first.
        groups: Your data sets, each with those of its torrents that are yours.
        failures: How many requests failed, by action and id.
        count: How many uploads the profile counted; None if it is hidden.

    """

    top: int = 0
    listed: list[tuple[int, int]] = field(default_factory=list)
    holes: list[tuple[int, int]] = field(default_factory=list)
    groups: dict[int, list[int]] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    count: int | None = None

    @property
    def waiting(self) -> int:
        """How many ids are still to request."""
        return len(self.listed) + sum(high - low + 1 for low, high in self.holes)

    @property
    def complete(self) -> bool:
        """Whether all uploads are found that the profile counts."""
        return self.count is not None and sum(map(len, self.groups.values())) >= self.count

    @property
    def remaining(self) -> int:
        """How many ids are left until all is found: one at least before anything was listed."""
        if self.complete:
            return 0
        return self.waiting if self.top else 1

    def requests(self) -> int:
        """Return how many requests a run sends apart from those for unknown uploaders."""
        if self.complete:
            return _WHO + len(self.groups)
        return _WHO + (len(self.groups) + 1 if self.top else _LISTED)

    def to_learn(self, most: int) -> int:
        """Return how many requests a search spends to learn, of so many at most."""
        nothing_known = not (self.top or self.complete)
        return min(most, _LISTED * UPLOADS.paging.size if nothing_known else self.remaining)

    def next(self) -> tuple[int, int] | None:
        """Return the torrent to request next, with its data set or 0; None without."""
        if self.listed:
            return self.listed[0]
        return (self.holes[0][1], 0) if self.holes else None

    def awaits(self, number: int) -> bool:
        """Return whether a torrent is still to request."""
        return number in dict(self.listed) or any(low <= number <= high for low, high in self.holes)

    def is_mine(self, number: int) -> bool:
        """Return whether a torrent was found to be yours."""
        return any(number in torrents for torrents in self.groups.values())

    def note_group(self, group: int, mine: Sequence[int]) -> None:
        """Store which torrents of a data set are yours; request those that have left it."""
        before = self.groups.pop(group, [])
        if mine:
            self.groups[group] = [*mine]
        for number in mine:
            self.settle(number, group)
        # They were deleted, or moved to another data set.
        lost = [(number, 0) for number in before if not self.is_mine(number)]
        self.listed = [*lost, *self.listed]

    def settle(self, number: int, group: int) -> None:
        """Remove a torrent, and all of its data set unless that is 0, from those to request."""
        self.listed = [
            one for one in self.listed if one[0] != number and (not group or one[1] != group)
        ]
        self.holes = [
            part
            for low, high in self.holes
            for part in (
                ((number + 1, high), (low, number - 1)) if low <= number <= high else ((low, high),)
            )
            if part[0] <= part[1]
        ]

    def add(self, listed: Mapping[int, int], newest: int) -> None:
        """Add torrents that a search lists above the highest so far, and the ids between."""
        fresh = sorted(number for number in listed if self.top < number <= newest)
        ids, self.top = [self.top, *fresh], newest
        holes = [
            (low + 1, high - 1)
            for low, high in pairwise(ids)
            if high - low > 1 and (not low or high - low <= FAR)
        ]
        self.holes = [*reversed(holes), *self.holes]
        self.listed = [*((number, listed[number]) for number in reversed(fresh)), *self.listed]

    def go_back(self, top: int) -> None:
        """Forget what is known of ids above one, which may have been given again."""
        self.top = top
        self.listed = [one for one in self.listed if one[0] <= top]
        self.holes = [(low, min(high, top)) for low, high in self.holes if low <= top]

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> UploaderIndex:
        pairs = {
            name: [(int(one), int(other)) for one, other in data[name]]
            for name in ("listed", "holes")
        }
        groups = {int(group): [*map(int, torrents)] for group, torrents in data["groups"].items()}
        failures = {str(name): int(times) for name, times in data["failures"].items()}
        count = None if data["count"] is None else int(data["count"])
        return cls(int(data["top"]), pairs["listed"], pairs["holes"], groups, failures, count)


def load_learnt(text: str | None) -> Mapping[int, UploaderIndex]:
    """Load the index of each account from the stored text."""
    return parse_stored(KEPT, text, _load_all) or {}


def _load_all(stored: Any) -> Mapping[int, UploaderIndex]:  # noqa: ANN401 - JSON
    return {int(user): UploaderIndex.load(data) for user, data in stored.items()}


def current(learnt: Mapping[int, UploaderIndex]) -> UploaderIndex:
    """Return the index of the current account; another one precedes it if the account changed."""
    return [*learnt.values()][-1] if learnt else UploaderIndex()


class UploadMemory:
    """The indexes of all accounts, stored as one text."""

    def __init__(self, memory: KeyValues) -> None:
        self._memory = memory
        self._of: dict[int, UploaderIndex] = {}
        self._loaded = False
        self._saved = "{}"

    async def load(self) -> None:
        if not self._loaded:
            self._saved = await self._memory.get_kv(KEPT) or "{}"
            self._of = {**load_learnt(self._saved), **self._of}
            self._loaded = True

    async def save(self) -> None:
        """Store the indexes if they have changed."""
        text = json.dumps({user: asdict(learnt) for user, learnt in self._of.items()})
        if text != self._saved:
            await self._memory.set_kv(KEPT, text)
            self._saved = text

    def requests(self, most: int) -> int:
        """Return about how many requests a run sends that may spend `most` on unknown uploaders."""
        learnt = current(self._of)
        return learnt.requests() + learnt.to_learn(most)

    def of(self, user: int) -> UploaderIndex:
        learnt = self._of.pop(user) if user in self._of else UploaderIndex()
        self._of[user] = learnt  # the last is the current one
        return learnt


def most_learnt(call: Call) -> int:
    """Return how many requests a call spends on unknown uploaders at most."""
    learn = dict(call.params).get("learn", LEARN)
    return _WHATEVER_IT_TAKES if learn == ALL else int(learn)


def my_uploads_steps(call: Call, memory: UploadMemory) -> Steps:
    """
    Yield the calls for your uploads, take their answers or errors, and return what they show.

    Raises:
        TrackerError: If a request fails without which nothing is known; the index keeps what was
            learnt before.

    """
    answer = yield Call("index", (), call.lane, call.deadline)
    me = decode_as(Index, answer.payload, by="token").value.id
    if me is None:
        raise BadAnswer("The answer to index has no id of your account.", raw=answer.raw)
    answer = yield Call("user", (("id", str(me)),), call.lane, call.deadline)
    shown = vars(decode_as(User, answer.payload, by="token").value)
    learnt = memory.of(me)
    learnt.count = vars(shown["community"]).get("uploaded") if "community" in shown else None
    return (yield from _Search(call, me, learnt).run())


class _Search:
    """One search for the uploads of an account."""

    def __init__(self, call: Call, me: int, learnt: UploaderIndex) -> None:
        self._call = call
        self._me = me
        self._learnt = learnt
        self._uploads: dict[int, object] = {}
        self._read: set[int] = set()
        self._unread = 0

    def run(self) -> Steps:
        learnt = self._learnt
        yield from self._read_mine()
        if not learnt.complete:
            yield from self._list()
        yield from self._learn(most_learnt(self._call))
        yield from self._read_mine()  # what another search found meanwhile
        remaining = learnt.remaining
        return {
            "uploads": [upload for _, upload in sorted(self._uploads.items(), reverse=True)],
            "count": learnt.count,
            "known": max(learnt.top - remaining, 0),
            "remaining": remaining + self._unread,
        }

    def _read_mine(self) -> Generator[Call, Answer, None]:
        """Request the data sets that are known to be yours, each once."""
        while group := next((one for one in self._learnt.groups if one not in self._read), 0):
            yield from self._read_group(group)

    def _list(self) -> Generator[Call, Answer, None]:
        """Read the pages of the search, back to what it listed before."""
        fresh: dict[int, int] = {}
        newest = 0
        for page in range(1, _LISTED + 1):
            listed, pages = yield from self._read_page(page)
            if page == 1:
                newest = _newest(listed)
                if listed and newest < self._learnt.top:
                    # The newest are gone, maybe since the tracker restored an older database.
                    self._learnt.go_back(min(listed) - 1)
            top = self._learnt.top
            fresh |= {number: group for number, group in listed.items() if number > top}
            if not listed or min(listed) <= top or page >= pages:
                break
        if newest:
            self._learnt.add(fresh, newest)

    def _read_page(self, page: int) -> Generator[Call, Answer, tuple[Mapping[int, int], int]]:
        """Read a page; return its torrents, each with its data set or 0, and how many pages are."""
        params = (*UPLOADS.with_, *([(UPLOADS.paging.page, str(page))] if page > 1 else ()))
        lane = self._call.lane if page == 1 else Lane.CATCH_UP
        answer = yield Call("browse", tuple(sorted(params)), lane, self._call.deadline)
        browse = decode_as(Browse, answer.payload).value
        listed = _listed(browse)
        if not listed and browse.extra.get("results"):
            raise BadAnswer("None of the entries of the answer can be read.", raw=answer.raw)
        return listed, browse.pages or 1

    def _learn(self, most: int) -> Generator[Call, Answer, None]:
        """Learn who uploaded what, the newest first, with so many requests at most."""
        learnt = self._learnt
        failed: set[int] = set()
        for _ in range(most):
            entry = None if learnt.complete else learnt.next()
            if entry is None or entry[0] in failed:
                return
            if (yield from self._learn_one(*entry)):
                continue
            failed.add(entry[0])

    def _learn_one(self, number: int, group: int) -> Generator[Call, Answer, bool]:
        """Request a torrent, by its data set if that is known; return whether it was answered."""
        learnt = self._learnt
        if group:
            return (yield from self._read_group(group, number))
        payload = yield from self._ask("torrent", number, number)
        if payload is None:
            return False
        learnt.settle(number, 0)
        if self._is_mine(payload.get("torrent")) and (group_id := _id(payload["group"])):
            learnt.listed.insert(0, (number, group_id))  # others of the data set may be mine, too
        return True

    def _read_group(self, group: int, number: int = 0) -> Generator[Call, Answer, bool]:
        """Request which torrents of a data set are yours; return whether it was answered."""
        learnt = self._learnt
        self._read.add(group)
        payload = yield from self._ask("torrentgroup", group, number)
        if payload is None:
            self._unread += len(learnt.groups.get(group, ()))
            return False
        torrents = as_list(payload.get("torrents")) or ()
        mine = {_id(torrent): torrent for torrent in torrents if self._is_mine(torrent)}
        for torrent_id, torrent in mine.items():
            self._uploads[torrent_id] = {"group": payload["group"], "torrent": torrent}
        learnt.settle(number, group)
        learnt.note_group(group, [*mine])
        return True

    def _ask(
        self, action: str, number: int, torrent: int
    ) -> Generator[Call, Answer, Mapping[str, object] | None]:
        """Send a request; return an empty payload if the thing is gone, None after a failure."""
        name = f"{action} {number}"
        try:
            answer = yield Call(action, (("id", str(number)),), Lane.CATCH_UP, self._call.deadline)
            payload = _about_group(answer)
        except (RequestRefused, BadAnswer, TrackerUnavailable) as problem:
            if isinstance(problem, TrackerUnavailable) and problem.action:
                raise  # that says nothing of this one
            if not DETAILS.says_absent(problem):
                tries = self._count_failure(name, torrent, problem)
                if isinstance(problem, TrackerUnavailable) and tries < MOST_TRIES:
                    raise
                return None
            payload = dict[str, object]()
        self._learnt.failures.pop(name, None)
        return payload

    def _count_failure(self, name: str, torrent: int, problem: TrackerError) -> int:
        """Postpone what failed, or drop it after MOST_TRIES; return the number of failures."""
        learnt = self._learnt
        tries = learnt.failures.get(name, 0) + 1
        learnt.failures[name] = tries
        log.warning("item.details_failed", item=name, reason=str(problem))
        if torrent:
            group = dict(learnt.listed).get(torrent, 0)
            learnt.settle(torrent, group)
            if tries < MOST_TRIES:
                learnt.listed.append((torrent, group))
            else:
                del learnt.failures[name]
        return tries

    def _is_mine(self, torrent: object) -> bool:
        owner = torrent.get("userId") if isinstance(torrent, Mapping) else None
        return as_number(owner) == self._me and bool(_id(torrent))


def _newest(listed: Iterable[int]) -> int:
    """Return the highest id, but none far above all others, which would hide later uploads."""
    ids = sorted(listed, reverse=True)
    near = (number for number, below in pairwise(ids) if number - below <= FAR)
    return next(near, ids[-1] if ids else 0)


def _listed(browse: Browse) -> Mapping[int, int]:
    """Return the torrents of a page, each with its data set or 0."""
    return {
        torrent.torrent_id: vars(group).get("group_id") or 0
        for group in browse.results
        for torrent in group.torrents or ()
    }


def _about_group(answer: Answer) -> Mapping[str, object]:
    payload = answer.payload
    if not isinstance(payload, Mapping) or not isinstance(payload.get("group"), Mapping):
        raise BadAnswer(f"The answer is not what {answer.call.action} answers.", raw=answer.raw)
    return payload


def _id(entry: object) -> int:
    return int(as_number(entry.get("id")) or 0) if isinstance(entry, Mapping) else 0
