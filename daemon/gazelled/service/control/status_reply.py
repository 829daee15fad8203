"""The reply to `status`, which is part of the control protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gazelled.hooks import PluginHealth
from gazelled.planning.plan import Progress
from gazelled.service.monitoring.health_problem import HealthReport
from gazelled.service.plugins.contexts import PluginResources


@dataclass(frozen=True, slots=True)
class ActionTrouble:
    """An action that has failed for a while, while others are answered."""

    action: str
    since: datetime
    problem: str
    tries: int


@dataclass(frozen=True, slots=True)
class TrackerStatus:
    """
    How the tracker is.

    Attributes:
        state: `up`, `down`, `stopped` until a person acts, or `elsewhere`: another process has
            the account.
        since: Since when it doesn't answer.
        shared_since: Since when another client uses the account's rate limit.
        slowness: How many times as long gazelled waits for that.
        waiting: How many requests wait.
        failing: The actions that fail.
        endpoint: The page that serves the API, where it isn't the one of the config.

    """

    name: str
    url: str
    state: str
    problem: str
    since: datetime | None
    last_answer: datetime | None
    shared_since: datetime | None
    slowness: int
    waiting: int
    held_until: datetime | None
    held_because: str
    failing: tuple[ActionTrouble, ...]
    endpoint: str = ""


@dataclass(frozen=True, slots=True)
class RequestFigures:
    """How many requests were sent by whoever, since when, and how many the watches need."""

    sent: int
    since: datetime
    per_hour: float
    planned_per_hour: float
    allowed_per_hour: float | None


@dataclass(frozen=True, slots=True)
class WatchStatus:
    """
    How a watch is.

    Attributes:
        next: When what it asks is asked next; None if others have to act first.
        fresh_within: The seconds between two looks, as the schedule promises.
        really_within: The same with the waiting that is foreseen; None for never.
        seen: When the last look worked, which was `age` seconds ago.
        late: Whether that is over a minute more than is foreseen.
        progress: How far it is learnt who uploaded what, if that goes on.
        paused: Since when a person has paused it.

    """

    name: str
    asks: str
    last: datetime | None
    next: datetime | None
    trouble: str
    unreadable: tuple[str, ...]
    fresh_within: float
    really_within: float | None
    seen: datetime | None
    age: float | None
    late: bool
    progress: Progress | None = None
    paused: datetime | None = None


@dataclass(frozen=True, slots=True)
class TargetStatus:
    """
    A target: its public address, what is wrong with it, how many deliveries rest.

    Attributes:
        open: How many deliveries are neither done nor dead.
        dead: How many are dead, and were not dropped.

    """

    name: str
    plugin: str
    address: str
    problem: str
    resting: int
    open: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True)
class ConfigInUse:
    """
    The config that a daemon uses.

    Attributes:
        file: Its path.
        read_at: When it was read.
        newer: Since when there is another one on the disk; None if there is none.

    """

    file: str
    read_at: datetime
    newer: datetime | None = None


@dataclass(frozen=True, slots=True)
class StatusReply:
    """
    How everything is; a command that owns the state for a moment is not `running`.

    Attributes:
        plugins: How each plugin is doing.
        resources: What each plugin uses.
        pid: The daemon's process.
        config: The config in use.
        state: What `health` means as a whole: `ok`, `degraded` or `failing`; `stopped` where a
            person has to act before anything is sent.
        health: All that is wrong.

    """

    version: str
    running: bool
    summary: str
    started: datetime
    tracker: TrackerStatus
    requests: RequestFigures
    watches: tuple[WatchStatus, ...]
    targets: tuple[TargetStatus, ...]
    plugins: Mapping[str, PluginHealth]
    counts: Mapping[str, int]
    resources: Mapping[str, PluginResources] = field(default_factory=dict)
    pid: int = 0
    config: ConfigInUse | None = None
    state: str = ""
    health: HealthReport = field(default_factory=HealthReport)
