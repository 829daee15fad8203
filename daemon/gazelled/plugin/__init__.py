"""
The public API for plugins; a plugin imports nothing else of gazelled.

A target, somewhere that events are delivered to, is one function:

    class Options(PluginConfig):
        path: Path

    @target(Options)
    async def lab_sheet(delivery: Delivery, options: Options) -> None: ...

Returning means delivered. `RetryLater` requests another attempt, `TargetFault` too, for all that
waits for the target, `GiveUp` none. `target` uses
ordinary pluggy hooks (`gazelled.hooks.spec`), which a module can also implement itself with
`hookimpl`.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ClassVar, ParamSpec, Protocol, TypeVar, cast

import pluggy
import structlog
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationInfo, field_validator

from gazelled.errors import GiveUp, RetryLater, TargetFault, TrackerError
from gazelled.markup import plain_text
from gazelled.model import Answer, Call, Change, Delivery, Event, EventKind, Item, Value
from gazelled.plugin.json_events import event_json
from gazelled.plugin.notifying import Notify, notify_nobody
from gazelled.plugin.option_faults import OptionFault, OptionFaults
from gazelled.plugin.samples import sample_events
from gazelled.plugin.torrent_file import Fetch, TorrentFile, no_downloads
from gazelled.redact import hide_keys, public_url
from gazelled.regular_file import read_regular, sync_folder, write_whole
from gazelled.units import human_size, parse_duration, parse_size

__all__ = [
    "Answer",
    "Ask",
    "Call",
    "Change",
    "Context",
    "Delivery",
    "Event",
    "EventKind",
    "Fetch",
    "GiveUp",
    "InThread",
    "Item",
    "Notify",
    "OptionFault",
    "OptionFaults",
    "PluginConfig",
    "RecordParts",
    "RegisterTarget",
    "RetryLater",
    "SecretStr",
    "TargetFault",
    "TorrentFile",
    "TrackerError",
    "Value",
    "WebFile",
    "WebHandler",
    "event_json",
    "hide_keys",
    "hookimpl",
    "human_size",
    "parse_duration",
    "parse_size",
    "plain_text",
    "public_url",
    "read_regular",
    "sample_events",
    "sync_folder",
    "target",
    "write_whole",
]

hookimpl = pluggy.HookimplMarker("gazelled")
"""Marks a function as the implementation of a hook."""


class PluginConfig(BaseModel):
    """
    The options of a target: the keys of `[target.NAME]` beside `plugin`.

    Use the type `SecretStr` for secrets. A relative path is resolved from the folder of the config.

    Attributes:
        needs_downloads: Whether the targets fetch files of torrents, with `Context.download`. Then
            `gazelled check` reports a log-in that can't.
        publishes: Whether the targets write files into `Context.public` or use `Context.serve`,
            so that the daemon listens for HTTP.
        combines: Whether several events can become one message here: a digest, or one upload that
            several watches found. Without it every event arrives by itself.

    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    needs_downloads: ClassVar[bool] = False
    publishes: ClassVar[bool] = False
    combines: ClassVar[bool] = False

    def wants_downloads(self) -> bool:
        """Return whether this target fetches files; override it where an option decides that."""
        return self.needs_downloads

    @classmethod
    def units(cls, event: Event) -> int:
        """
        Return how much of a target's `max` the message of an event uses: 1 unless overridden.

        Args:
            event: The event.

        """
        del event
        return 1

    def check_thoroughly(self) -> None:
        """
        Check what takes too long for each start; `gazelled check` calls this, the daemon doesn't.

        It must not send anything.

        Raises:
            ValueError: If something is wrong; the message is a sentence without values. With an
                `OptionFaults`, each is shown at its option, as an error or as a warning.

        """

    @field_validator("*")
    @classmethod
    def _from_the_folder(cls, value: object, info: ValidationInfo) -> object:
        """Make a relative path absolute."""
        folder = (info.context or {}).get("folder")
        if isinstance(value, Path):
            return (folder or Path.cwd()) / value.expanduser()
        return value


class Ask(Protocol):
    """Read access to the tracker, in the queue of all requests; nothing is marked as read."""

    async def call(self, action: str, /, **params: object) -> Answer:
        """
        Send a request in the lane of watches, and return the answer.

        Args:
            action: The name of an action; `gazelled actions` lists them.
            params: Its parameters.

        Raises:
            TrackerError: If there is no answer.

        """


class _NoTracker:
    """Placeholder where no tracker is available, as in a test."""

    async def call(self, action: str, /, **params: object) -> Answer:
        """Refuse."""
        del params
        raise TrackerError(f"no tracker is available for {action}")


NO_TRACKER: Ask = _NoTracker()


P = ParamSpec("P")
T = TypeVar("T")


class InThread(Protocol):
    """Runs a function that blocks in a thread of its own, for one delivery."""

    async def __call__(
        self, delivery: Delivery, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """
        Return what the function returns, or raise what it raises.

        While the thread runs the delivery counts as under way, also when its time is over: it ends
        as the thread lets it end, and is not begun again meanwhile. After ten times the timeout
        the thread is abandoned, and the delivery is retried.

        Args:
            delivery: The delivery that it is done for.
            function: The function; it must not touch the event loop.
            args: Its arguments.
            kwargs: Its arguments by name.

        Raises:
            RetryLater: If too many abandoned threads of the target still run.

        """


async def _in_thread(
    delivery: Delivery, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
) -> T:
    """Run the function, where nothing keeps a record of threads."""
    del delivery
    return await asyncio.to_thread(function, *args, **kwargs)


class RecordParts(Protocol):
    """Records how many parts of a message were sent."""

    async def __call__(self, delivery: Delivery, number: int, /) -> None:
        """
        Write it to the disk: later attempts find it in `Delivery.parts_sent`.

        Args:
            delivery: The delivery.
            number: How many parts of its message were sent so far.

        """


async def record_no_parts(delivery: Delivery, number: int, /) -> None:
    """Record nothing, where nothing is stored."""
    del delivery, number


@dataclass(frozen=True, slots=True)
class WebFile:
    """
    What a target serves at an address.

    Attributes:
        content: The bytes. The daemon makes the ETag of them, compresses them where the client
            understands that, and answers 304 to a client that has them.
        type: Their media type, such as `text/csv` or `text/html; charset=utf-8`.
        modified: When they changed last; aware. None if that is unknown.
        private: Whether nobody but the client may keep a copy.

    """

    content: bytes = field(repr=False)
    type: str
    modified: datetime | None = None
    private: bool = False


WebHandler = Callable[[str], Awaitable[WebFile | None]]
"""What `Context.serve` takes: of the rest of a path it returns what is there, or None."""


class Serve(Protocol):
    """Serves an address by a function instead of a file."""

    def __call__(self, path: str, handler: WebHandler, /) -> None:
        """
        Have a function answer what is asked at an address, as long as the daemon runs.

        Call it in `prepare`. Under the same path the later call counts.

        Args:
            path: The name of a file, such as `lab.csv`, which goes before a file in
                `Context.public`; or a folder with its slash, such as `lab/`, for all below it.
                `index.html` is what `/` shows.
            handler: An async function of the rest of the path behind the folder, empty for a
                file; anybody on this machine chooses it. It runs in a task of its own and in
                limited time. `RetryLater` makes it the HTTP status 503, `GiveUp` 404.

        Raises:
            ValueError: If it is no such path, or another plugin serves it.

        """


def no_serving(path: str, handler: WebHandler, /) -> None:
    """Raise, where nothing can be served."""
    del handler
    raise ValueError(f"{path} can't be served: the options don't set publishes = True")


@dataclass(frozen=True, slots=True)
class Context:
    """
    What a target can use beside its options.

    Attributes:
        target: The name of the target.
        folder: The target's own folder for its data; it exists, and restarts keep it.
        public: A folder whose files the daemon serves over HTTP; it exists.
        address: The URL of the files in `public`, ending in a slash.
        watches: The names of the watches that tell this target.
        site_name: The tracker's name, for people.
        site_url: The tracker's address.
        log: A logger that adds the target's name to each line.
        tracker: Sends requests to the tracker.
        download: Fetches files of torrents, for plugins whose options set `needs_downloads`.
        timeout: The seconds that the target may take; a plugin sets the time limits of its library
            from it. A delivery is ended some seconds later.
        zone: The IANA name of the target's time zone, for the times in its messages.
        in_thread: Runs a function that blocks in a thread.
        record_parts: Records how many parts of a message were sent, so that they aren't sent again.
        serve: Serves an address by a function, for plugins whose options set `publishes`.
        notify: Sends a notice about a delivery to the other targets of its watch.

    """

    target: str
    folder: Path
    public: Path
    address: str
    site_name: str
    site_url: str
    log: structlog.stdlib.BoundLogger
    tracker: Ask = NO_TRACKER
    download: Fetch = no_downloads
    timeout: float = 60.0
    zone: str = "UTC"
    in_thread: InThread = _in_thread
    record_parts: RecordParts = record_no_parts
    serve: Serve = no_serving
    watches: tuple[str, ...] = ()
    notify: Notify = notify_nobody


class RegisterTarget(Protocol):
    """Declares that a plugin delivers to targets, and with which options."""

    def __call__(self, options: type[PluginConfig]) -> None:
        """
        Register the type of the options of this plugin's targets.

        Args:
            options: The type of the keys of `[target.NAME]` beside `plugin`.

        Raises:
            ValueError: If this plugin has registered one already.

        """


Options = TypeVar("Options", bound=PluginConfig)

Deliver = (
    Callable[[Delivery, Options], Awaitable[None]]
    | Callable[[Delivery, Options, Context], Awaitable[None]]
)
"""What `target` decorates."""

Prepare = Callable[[Options, Context], Awaitable[None]]
"""What `target` takes as `prepare`."""

Preview = (
    Callable[[Delivery, Options], Awaitable[str] | str]
    | Callable[[Delivery, Options, Context], Awaitable[str] | str]
)
"""What `target` takes as `preview`."""


class Target:
    """
    The pluggy plugin that `target` makes of a function.

    Args:
        name: The name of the function.
        options: The type of its options.
        deliver: The function, taking delivery, options and context.
        prepare: Called at each start, before anything is delivered.
        preview: Returns the message that `deliver` would send; None for the event as plain text.

    """

    def __init__(
        self,
        name: str,
        options: type[PluginConfig],
        deliver: Callable[[Delivery, PluginConfig, Context], Awaitable[None]],
        prepare: Callable[[PluginConfig, Context], Awaitable[None]] | None = None,
        preview: Callable[[Delivery, PluginConfig, Context], Awaitable[str]] | None = None,
    ) -> None:
        self.name = name
        self.options = options
        self._deliver = deliver
        self._prepare = prepare
        self._preview = preview

    @hookimpl
    def gazelled_targets(self, register: RegisterTarget) -> None:
        """Register the options."""
        register(self.options)

    @hookimpl
    async def gazelled_prepare(self, options: PluginConfig, context: Context) -> None:
        """Prepare one target."""
        if self._prepare is not None:
            await self._prepare(options, context)

    @hookimpl
    async def gazelled_deliver(
        self, delivery: Delivery, options: PluginConfig, context: Context
    ) -> None:
        """Deliver one event."""
        await self._deliver(delivery, options, context)

    @hookimpl
    async def gazelled_preview(
        self, delivery: Delivery, options: PluginConfig, context: Context
    ) -> str | None:
        """Return the message, or None for the event as plain text."""
        return None if self._preview is None else await self._preview(delivery, options, context)


def target(
    options: type[Options],
    *,
    prepare: Prepare[Options] | None = None,
    preview: Preview[Options] | None = None,
) -> Callable[[Deliver[Options]], Target]:
    """
    Make a target of an async function that takes a delivery, options and optionally a context.

    Args:
        options: The type of its options.
        prepare: An async function of the options and the context, called for each target at each
            start, before anything is delivered.
        preview: A function, async or not, of the same arguments as the decorated one, which returns
            the message that this would send: for `gazelled preview`. It must not send anything.

    Raises:
        TypeError: If a function isn't `async def` but must be, or takes something else.

    """

    def decorate(function: Deliver[Options]) -> Target:
        name = getattr(function, "__name__", "target")
        if not inspect.iscoroutinefunction(function):
            raise TypeError(f"{name} must be 'async def': it would block the daemon")
        if prepare is not None and not inspect.iscoroutinefunction(prepare):
            raise TypeError(f"prepare of {name} must be 'async def': it would block the daemon")
        plain = cast("Callable[..., Awaitable[None]]", function)
        shown = cast("Callable[..., Awaitable[str] | str]", preview)
        taken = _taken(plain, name)
        taken_by_preview = 0 if preview is None else _taken(shown, f"preview of {name}")

        async def deliver(delivery: Delivery, config: PluginConfig, context: Context) -> None:
            await plain(*(delivery, config, context)[:taken])

        async def show(delivery: Delivery, config: PluginConfig, context: Context) -> str:
            text = shown(*(delivery, config, context)[:taken_by_preview])
            return text if isinstance(text, str) else await text

        ready = cast("Callable[[PluginConfig, Context], Awaitable[None]] | None", prepare)
        return Target(name, options, deliver, ready, None if preview is None else show)

    return decorate


def _taken(function: Callable[..., object], name: str) -> int:
    """Return how many of delivery, options and context a function takes."""
    parameters = inspect.signature(function).parameters.values()
    positional = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
    if len(parameters) not in {2, 3} or any(one.kind not in positional for one in parameters):
        raise TypeError(f"{name} must take (delivery, options) or (delivery, options, context)")
    return len(parameters)
