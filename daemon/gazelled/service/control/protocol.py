"""
The control protocol: a frozen dataclass for each request to the daemon and for each reply.

The name of a request is also its path at the control socket. What comes back is any number of
`Hint` and `CallProgress`, and then the replies that the request is generic over, or a `Failure`.
`codec` makes JSON of them; new keys get defaults, so that releases of different age understand each
other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar, get_args

from gazelled.explain.results import Explanation, Replay, Trial
from gazelled.logs import LogLine
from gazelled.service.control.doctor_replies import DoctorReply, TargetCheckReply
from gazelled.service.control.event_replies import (
    DeliveriesDropReply,
    DeliveriesReply,
    DeliveriesRetryReply,
    EventsReply,
    PreviewReply,
    TailReply,
)
from gazelled.service.control.status_reply import StatusReply
from gazelled.service.reloading.reload_reply import ReloadReply

R = TypeVar("R")


def _name(request: type[ControlRequest[Any]]) -> str:
    name = request.__name__.removesuffix("Request")
    return "".join(f".{sign.lower()}" if sign.isupper() else sign for sign in name)[1:]


REQUESTS: dict[str, type[ControlRequest[Any]]] = {}
"""Every request, by its name."""


class ControlRequest(Generic[R]):
    """A request, by the type of its replies; what it is called follows from its class."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        REQUESTS[_name(cls)] = cls


@dataclass(frozen=True, slots=True)
class Hint:
    """A sentence for the person who asks, before the reply."""

    hint: str


@dataclass(frozen=True, slots=True)
class CallProgress:
    """What the tracker is asked, and after how many seconds that is expected to be sent."""

    expected: float
    asking: str = ""


@dataclass(frozen=True, slots=True)
class HolderInfo:
    """Another process that has the account; see `gazelled.tracker.login.account_lock.Holder`."""

    pid: int
    uid: int
    is_gazelled: bool
    is_same: bool
    socket: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no reply: the name of the exception, its sentence, and who has the account."""

    error: str
    text: str
    holder: HolderInfo | None = None


# The tracker


@dataclass(frozen=True, slots=True)
class CallReply:
    """An answer, after how many seconds, its bodies on demand, what the log-in can't see in it."""

    took: float
    answer: object
    raw: tuple[str, ...] = ()
    blind: str = ""


@dataclass(frozen=True, slots=True)
class CallRequest(ControlRequest[CallReply]):
    """
    Ask the tracker for a person.

    Attributes:
        yes: Whether it may mark or change something.
        force: Whether to ask for what isn't there, and to send what the tracker ignores.
        pages: How many pages to turn: a number, `all`, or None for the answer as it comes.
        raw: Whether to return the bodies as they came, too.

    """

    action: str
    params: Mapping[str, object] = field(default_factory=dict)
    yes: bool = False
    force: bool = False
    pages: int | str | None = None
    raw: bool = False


@dataclass(frozen=True, slots=True)
class FileReply:
    """The file of a torrent, in base64, and whether it was fetched now or kept already."""

    id: int
    fetched: bool
    infohash: str
    name: str
    size: int
    content: str


@dataclass(frozen=True, slots=True)
class FileProblem:
    id: int
    problem: str


@dataclass(frozen=True, slots=True)
class DownloadRequest(ControlRequest[FileReply | FileProblem]):
    """
    Fetch the files of torrents, by their ids.

    Attributes:
        infohash: Of the torrent, where one is asked for and it is known.
        use_token: Whether to spend a freeleech token on each; confirmed by the person.
        a_day: Another daily maximum than the config's; None for that.

    """

    ids: tuple[int, ...]
    infohash: str = ""
    use_token: bool = False
    a_day: int | None = None


@dataclass(frozen=True, slots=True)
class DoctorRequest(ControlRequest[DoctorReply]):
    """Find out what works at the tracker; `brief`: only whether the log-in does."""

    brief: bool = False


@dataclass(frozen=True, slots=True)
class DoReply:
    """The result of a change; see `gazelled.tracker.forms.sender.WriteResult`."""

    outcome: str
    text: str
    in_effect: bool | None


@dataclass(frozen=True, slots=True)
class DoRequest(ControlRequest[DoReply]):
    """
    Change something at the site; whoever sends it has confirmed it.

    Attributes:
        change: The name of a method of `gazelled.tracker.forms.write.FormWriter`, or `logout`.
        numbers: What it is about.
        kind: What the number is of, for bookmarks.
        text: The message, for an answer.

    """

    change: str
    numbers: tuple[int, ...] = ()
    kind: str = ""
    text: str = ""


# The daemon


@dataclass(frozen=True, slots=True)
class StatusRequest(ControlRequest[StatusReply]):
    """Return how everything is."""


@dataclass(frozen=True, slots=True)
class ResumeReply:
    """Why nothing was sent, which watches are due at once, how many messages are sent again."""

    resumed: str
    due: tuple[str, ...]
    rested: int


@dataclass(frozen=True, slots=True)
class ResumeRequest(ControlRequest[ResumeReply]):
    """Send requests to the tracker again at once after a stop, and retry paused messages."""


@dataclass(frozen=True, slots=True)
class StopReply:
    """Whether a daemon is about to end; a command that owns the state is none."""

    stopping: bool


@dataclass(frozen=True, slots=True)
class StopRequest(ControlRequest[StopReply]):
    """End the daemon."""


@dataclass(frozen=True, slots=True)
class ReloadRequest(ControlRequest[ReloadReply]):
    """
    Read the config again, and use it from now on unless something is wrong with it.

    Attributes:
        notify: Whether the targets of notices learn of a config that is refused.

    """

    notify: bool = True


@dataclass(frozen=True, slots=True)
class StateBackupReply:
    file: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StateBackupRequest(ControlRequest[StateBackupReply]):
    """Make a backup of the state."""


# Watches and targets


@dataclass(frozen=True, slots=True)
class WatchRunReply:
    """How many events came of a run."""

    watch: str
    events: int


@dataclass(frozen=True, slots=True)
class WatchRunRequest(ControlRequest[WatchRunReply]):
    name: str


@dataclass(frozen=True, slots=True)
class ToldEvent:
    at: datetime
    title: str


@dataclass(frozen=True, slots=True)
class WatchToldReply:
    """The last events of a watch, the newest first, and how many there were."""

    told: tuple[ToldEvent, ...] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class WatchToldRequest(ControlRequest[WatchToldReply]):
    name: str


@dataclass(frozen=True, slots=True)
class WatchForgetReply:
    """Whether what a watch knows was forgotten, or is kept since the watch still runs."""

    watch: str
    forgotten: bool
    runs: bool


@dataclass(frozen=True, slots=True)
class WatchForgetRequest(ControlRequest[WatchForgetReply]):
    """Forget what a watch knows, and the watches that `each` made of it, unless it still runs."""

    name: str


@dataclass(frozen=True, slots=True)
class TargetTestReply:
    target: str
    delivered: bool = True


@dataclass(frozen=True, slots=True)
class TargetTestRequest(ControlRequest[TargetTestReply]):
    name: str


@dataclass(frozen=True, slots=True)
class TargetCheckRequest(ControlRequest[TargetCheckReply]):
    """Reach a target without sending anything."""

    name: str


@dataclass(frozen=True, slots=True)
class PreviewRequest(ControlRequest[PreviewReply]):
    """
    Return a message of a watch as a target would send it, without sending it.

    Attributes:
        kind: The kind of event; empty for the last one.
        item: The id of an item that it is about; empty for any.
        sample: Whether to show a sample in any case.

    """

    watch: str
    target: str
    kind: str = ""
    item: str = ""
    sample: bool = False


# Events


@dataclass(frozen=True, slots=True)
class EventsRequest(ControlRequest[EventsReply]):
    """
    Return the events of the last `since` seconds.

    Attributes:
        watch: The watch; empty for all, and for notices.
        kind: The kind of event; empty for all.

    """

    since: float
    watch: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class TailRequest(ControlRequest[TailReply]):
    """
    Return events as they are written, until the daemon ends.

    Attributes:
        watch: The watch; empty for all, and for notices.
        after: The number up to which events have been seen; None for all of now.

    """

    watch: str = ""
    after: int | None = None


# Deliveries


@dataclass(frozen=True, slots=True)
class DeliveriesRequest(ControlRequest[DeliveriesReply]):
    """
    Return the deliveries that fit everything that isn't empty.

    Attributes:
        keys: Keys of deliveries, or of events for all deliveries of each.
        state: A state; empty for all but what is done or dropped, unless keys are given.

    """

    keys: tuple[str, ...] = ()
    target: str = ""
    watch: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class DeliveriesRetryRequest(ControlRequest[DeliveriesRetryReply]):
    """Try deliveries again at once that failed, wait or are dead; see `DeliveriesRequest`."""

    keys: tuple[str, ...] = ()
    target: str = ""
    watch: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class DeliveriesDropRequest(ControlRequest[DeliveriesDropReply]):
    """
    Drop deliveries that are neither done nor being sent; see `DeliveriesRequest`.

    Attributes:
        yes: Whether to drop them, and not only to count them.

    """

    keys: tuple[str, ...] = ()
    target: str = ""
    watch: str = ""
    state: str = ""
    yes: bool = False


# Explanations


@dataclass(frozen=True, slots=True)
class WhyReply:
    why: Explanation


@dataclass(frozen=True, slots=True)
class WhyRequest(ControlRequest[WhyReply]):
    """Explain an item: an id, an address or the key of an event; perhaps for one watch only."""

    item: str
    watch: str = ""


@dataclass(frozen=True, slots=True)
class TryReply:
    tried: Trial


@dataclass(frozen=True, slots=True)
class TryRequest(ControlRequest[TryReply]):
    """
    Try a stored rule on what is kept of the last `since` seconds.

    The rule is empty for the one that the daemon has; `offline` is whether to fail where the
    tracker would have to be asked.
    """

    watch: str
    since: float
    rule: str = ""
    offline: bool = False


@dataclass(frozen=True, slots=True)
class ReplayRequest(ControlRequest[Replay]):
    """
    List what would be sent again, or send it.

    Attributes:
        since: How many seconds to go back.
        to: The target; empty for all of the watch.
        items: The ids of items; empty for all.
        as_now: Whether to choose what matches now and wasn't reported, instead of what was.
        send: The keys of the events to send, as they were listed; None to list them.

    """

    watch: str
    since: float
    to: str = ""
    items: tuple[str, ...] = ()
    as_now: bool = False
    send: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class LogReply:
    """The last lines of the log that are in memory, the oldest first."""

    lines: tuple[LogLine, ...]


@dataclass(frozen=True, slots=True)
class LogRequest(ControlRequest[LogReply]):
    """Return the last lines of the log."""


def name_of(request: ControlRequest[Any]) -> str:
    """Return the name of a request: of `WatchRunRequest`, "watch.run"."""
    return _name(type(request))


def messages_of(request: ControlRequest[Any]) -> Any:  # noqa: ANN401 - it is a type hint
    """Return the type hint of all that may come back for a request."""
    (reply,) = get_args(type(request).__orig_bases__[0])  # type: ignore[attr-defined] # of typing
    return Failure | Hint | CallProgress | reply
