"""What a plugin can use: `PluginContext`, its capabilities, and what stands for missing ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Generic, NoReturn, ParamSpec, Protocol, TypeVar

import structlog
from pydantic import SecretStr
from typing_extensions import TypeVar as TypeVarWithDefault

from gazelled.clock import Clock
from gazelled.errors import GazelledError, TrackerError
from gazelled.model import Answer
from gazelled.plugin.plugin_config import PluginConfig

if TYPE_CHECKING:  # opened at first use
    import aiohttp

P = ParamSpec("P")
T = TypeVar("T")
OwnOptions_co = TypeVarWithDefault(
    "OwnOptions_co", bound=PluginConfig, default=PluginConfig, covariant=True
)

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]
"""A value of JSON."""


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """
    What is known of the tracker without a request.

    Attributes:
        name: Its name, for people.
        url: Its address.
        zone: The IANA name of the time zone of its times.

    """

    name: str
    url: str
    zone: str = "UTC"


class PluginClock(Protocol):
    """The time, which may pass faster than the world's, as in a demo."""

    def now(self) -> datetime:
        """Return the time of day, aware, in UTC."""

    def monotonic(self) -> float:
        """Return seconds that only ever grow."""

    async def sleep(self, seconds: float) -> None:
        """Sleep for so many seconds of this clock."""


class Ask(Protocol):
    """Read access to the tracker, in the queue of all requests; nothing is marked as read."""

    async def call(self, action: str, /, **params: object) -> Answer:
        """
        Send a request, and return the answer; it waits its turn.

        Args:
            action: The name of an action; `gazelled actions` lists them.
            params: Its parameters.

        Raises:
            TrackerError: If there is no answer.

        """


class PluginWrite(Protocol):
    """Sends the forms that `[plugin.NAME] allow` names."""

    async def do(self, form: str, /, **params: object) -> str:
        """
        Send a form and return what became of it, in a sentence.

        Args:
            form: The name of a form; `gazelled do` lists them.
            params: Its fields.

        Raises:
            TrackerError: If the form is not allowed, or was not accepted.

        """


class PluginTracker(Ask, Protocol):
    """The tracker, within the plugin's budget: calls beyond it wait."""

    @property
    def write(self) -> PluginWrite | None:
        """Access to forms; None unless `[plugin.NAME] allow` names some."""


class PluginStore(Protocol):
    """Keys and values of the plugin's own, which restarts keep; of bounded size."""

    async def get(self, key: str, default: Json = None, /) -> Json:
        """Return a value, or the default if there is none."""

    async def set(self, key: str, value: Json, /) -> None:
        """
        Store a value; it is on the disk afterwards.

        Raises:
            ValueError: If it is not of JSON, or holds a secret of the config.
            PluginStoreFullError: If it doesn't fit any more.

        """

    async def delete(self, key: str, /) -> None:
        """Remove a value, if there is one."""

    async def keys(self, prefix: str = "", /) -> Iterable[str]:
        """Return the keys that begin so, sorted."""


class Schedule(Protocol):
    """Calls a function at times."""

    def __call__(
        self,
        function: Callable[[], Awaitable[object]],
        /,
        *,
        every: str = "",
        cron: str = "",
        zone: str = "",
        name: str = "",
    ) -> None:
        """
        Call an async function at times until the plugin ends; never twice at once.

        When it ran last is stored, so that a restart repeats nothing, and what was missed runs
        once. With `every` a function that never ran is called at once. What it raises is logged
        and counted, and it is called again at its time.

        Args:
            function: The function.
            every: The pause, such as `1h`, or a time of day, such as `daily 08:00`; or
            cron: the times, as in `cron` of a watch.
            zone: The IANA name of the time zone of the times of day; UTC when empty.
            name: What it is called in the log; the name of the function when empty.

        Raises:
            ValueError: If not exactly one of both is given, it is not valid, or the plugin has a
                job of this name.

        """


class Spawn(Protocol):
    """Starts tasks that end with the plugin."""

    def __call__(self, coroutine: Coroutine[object, object, object], /, *, name: str) -> None:
        """
        Run a coroutine in a task, which is cancelled when the plugin ends.

        Args:
            coroutine: The coroutine. What it raises is logged and counted.
            name: What the task is called in the log.

        """


class ToThread(Protocol):
    """Runs a function that blocks in a thread of the plugin's own."""

    async def __call__(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """
        Return what the function returns, or raise what it raises.

        Args:
            function: The function; it must not touch the event loop.
            args: Its arguments.
            kwargs: Its arguments by name.

        """


class SendNotice(Protocol):
    """Sends an event of the plugin's own through the targets."""

    async def __call__(
        self, topic: str, title: str, text: str, /, *, url: str = "", urgent: bool = False
    ) -> None:
        """
        Send a notice to the targets of `[plugin.NAME] tell`, or to those of `[notices]`.

        It is on the disk afterwards. A plugin may send 20 an hour, and five at once.

        Args:
            topic: What it is about, in a word or two; part of its key.
            title: The headline.
            text: The body in plain words.
            url: An address to read more at.
            urgent: Whether it is delivered in quiet hours, too.

        Raises:
            RetryLater: If the plugin has sent too many.

        """


class PluginStoreFullError(GazelledError):
    """A value does not fit into a plugin's store any more."""


def _refuse(capability: str) -> NoReturn:
    raise GazelledError(f"no {capability} is available here")


class _NoTracker:
    """Placeholder where no tracker is available, as in a test."""

    write: None = None

    async def call(self, action: str, /, **params: object) -> Answer:
        """Refuse."""
        del params
        raise TrackerError(f"no tracker is available for {action}")


class _NoStore:
    """Placeholder where nothing is stored."""

    async def get(self, key: str, default: Json = None, /) -> Json:
        """Return the default: nothing is stored."""
        del key
        return default

    async def set(self, key: str, value: Json, /) -> None:
        """Refuse."""
        del key, value
        _refuse("store")

    async def delete(self, key: str, /) -> None:
        """Do nothing: nothing is stored."""

    async def keys(self, prefix: str = "", /) -> Iterable[str]:
        """Return none."""
        del prefix
        return ()


def _no_schedule(
    function: Callable[[], Awaitable[object]],
    /,
    *,
    every: str = "",
    cron: str = "",
    zone: str = "",
    name: str = "",
) -> None:
    del function, every, cron, zone, name
    _refuse("schedule")


def _no_spawn(coroutine: Coroutine[object, object, object], /, *, name: str) -> None:
    coroutine.close()
    _refuse(f"place for the task {name}")


async def _no_thread(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    del function, args, kwargs
    _refuse("thread")


async def _no_notice(
    topic: str, title: str, text: str, /, *, url: str = "", urgent: bool = False
) -> None:
    del topic, title, text, url, urgent
    _refuse("way to send notices")


def _no_http() -> aiohttp.ClientSession:
    _refuse("HTTP session")


NO_TRACKER: PluginTracker = _NoTracker()


@dataclass(frozen=True, slots=True)
class PluginContext(Generic[OwnOptions_co]):
    """
    What a plugin can use; every hook can take it.

    Write `PluginContext[Options]` for options of the plugin's own type.

    Attributes:
        plugin: The name of the plugin.
        options: Its own options: the keys of `[plugin.NAME]`.
        targets: The options of its targets, by the names of the targets.
        folder: The plugin's own folder for its data; it exists, and restarts keep it.
        public: A folder whose files the daemon serves over HTTP; it exists.
        address: The URL of the files in `public`, ending in a slash.
        site: What is known of the tracker without a request.
        log: A logger that adds the plugin's name to each line.
        clock: The time.
        tracker: The tracker, within the plugin's budget.
        store: Keys and values of its own.
        secrets: The secrets that `[plugin.NAME] secrets` grants, by name.
        schedule: Calls a function at times.
        spawn: Starts a task that ends with the plugin.
        to_thread: Runs a function that blocks in a thread.
        notify: Sends an event of its own through the targets.
        open_http: Returns the session of `http`.

    """

    plugin: str
    options: OwnOptions_co
    folder: Path
    public: Path
    address: str
    site: SiteFacts
    log: structlog.stdlib.BoundLogger
    targets: Mapping[str, PluginConfig] = field(default_factory=dict)
    clock: PluginClock = field(default_factory=Clock)
    tracker: PluginTracker = NO_TRACKER
    store: PluginStore = field(default_factory=_NoStore)
    secrets: Mapping[str, SecretStr] = field(default_factory=dict)
    schedule: Schedule = _no_schedule
    spawn: Spawn = _no_spawn
    to_thread: ToThread = _no_thread
    notify: SendNotice = _no_notice
    open_http: Callable[[], aiohttp.ClientSession] = field(default=_no_http, repr=False)

    @property
    def http(self) -> aiohttp.ClientSession:
        """The plugin's session for the world outside; opened at first use, closed at stop."""
        return self.open_http()


NO_PLUGIN: PluginContext = PluginContext(
    "",
    PluginConfig(),
    folder=Path("/nonexistent"),
    public=Path("/nonexistent"),
    address="",
    site=SiteFacts("", ""),
    log=structlog.stdlib.get_logger("gazelled.plugin"),
)
"""Stands for the context of a plugin where there is none."""
