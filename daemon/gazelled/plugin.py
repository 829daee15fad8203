"""
The public API for plugins; a plugin imports nothing else of gazelled.

A target, somewhere that events are delivered to, is one function:

    class Options(PluginConfig):
        path: Path

    @target(Options)
    async def lab_sheet(delivery: Delivery, options: Options) -> None: ...

Returning means delivered; `RetryLater` asks for another try, `GiveUp` for none.
Beneath it lie ordinary pluggy hooks (`gazelled.hooks.spec`), which a module can
implement itself with `hookimpl`.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol, TypeVar, cast

import pluggy
import structlog
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationInfo, field_validator

from gazelled.errors import GiveUp, RetryLater, TrackerError
from gazelled.model import Answer, Call, Change, Delivery, Event, EventKind, Item, Value
from gazelled.redact import hide_keys, public_url
from gazelled.regular_file import write_whole
from gazelled.units import human_size

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
    "Item",
    "PluginConfig",
    "RegisterTarget",
    "RetryLater",
    "SecretStr",
    "TorrentFile",
    "TrackerError",
    "Value",
    "hide_keys",
    "hookimpl",
    "human_size",
    "public_url",
    "target",
    "write_whole",
]

hookimpl = pluggy.HookimplMarker("gazelled")
"""Marks a function as the implementation of a hook."""


class PluginConfig(BaseModel):
    """
    The options of a target, as they stand in `[target.NAME]` beside `plugin`.

    Give what must stay secret the type `SecretStr`. A relative path is meant from
    the folder of the config.

    Attributes:
        needs_downloads: Whether the targets fetch files of torrents, with `Context.download`:
            `gazelled check` then says when the log-in can't.
        publishes: Whether the targets write files into `Context.public`: the daemon then serves
            them over HTTP.

    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    needs_downloads: ClassVar[bool] = False
    publishes: ClassVar[bool] = False

    def check_thoroughly(self) -> None:
        """
        Check what takes too long for each start; `gazelled check` calls this, the daemon doesn't.

        Nothing may be sent.

        Raises:
            ValueError: With what is wrong, in a sentence that holds no value.

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
    """Asks the tracker: to read, in its turn, and without marking anything as read."""

    async def call(self, action: str, /, **params: object) -> Answer:
        """
        Ask the tracker in the lane of watches, and wait.

        Args:
            action: The name of an action; `gazelled actions` lists them.
            params: Its parameters.

        Raises:
            TrackerError: If there is no answer.

        """


class _NoTracker:
    """Stands where there is no tracker, as in a test."""

    async def call(self, action: str, /, **params: object) -> Answer:
        """Refuse."""
        del params
        raise TrackerError(f"there is no tracker here to ask for {action}")


NO_TRACKER: Ask = _NoTracker()


@dataclass(frozen=True, slots=True)
class TorrentFile:
    """
    A `.torrent`.

    Attributes:
        id: Of the torrent.
        infohash: In lower case, as BitTorrent names it: 40 digits, or 64 where the torrent is of
            version 2 alone.
        name: What its data is called.
        size: Of its data, in bytes.
        content: The file. The user's passkey stands in it: write it where nobody else can read
            it, and log nothing of it.

    """

    id: int
    infohash: str
    name: str
    size: int
    content: bytes = field(repr=False)


class Fetch(Protocol):
    """Fetches files of torrents: each once, only so many a day, and in their turn."""

    async def __call__(self, number: int, /) -> TorrentFile:
        """
        Fetch the file of a torrent, or take it from where it is kept.

        What was begun goes on when the wait is cancelled, so another try finds it done.

        Args:
            number: The id of the torrent.

        Raises:
            RetryLater: If it can't be had now.
            GiveUp: If it can't be had at all; the text names the torrent.

        """


async def no_downloads(number: int, /) -> TorrentFile:
    """Stand where there are no files to be had."""
    raise RetryLater(
        f"The file of torrent {number} can't be had: the options of the plugin don't say "
        "needs_downloads = True."
    )


@dataclass(frozen=True, slots=True)
class Context:
    """
    What a target may use beside its options.

    Attributes:
        target: The name of the target.
        folder: A folder of its own for what it must keep; it exists and survives restarts.
        public: A folder whose files the daemon serves over HTTP; it exists.
        address: Where the files in `public` can be read, ending in a slash.
        site_name: The tracker's name, for people.
        site_url: The tracker's address.
        log: A logger that names the target in each line.
        tracker: The tracker, to ask it something.
        download: Fetches files of torrents, for plugins whose options say `needs_downloads`.

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


class RegisterTarget(Protocol):
    """Declares that a plugin delivers to targets, and with which options."""

    def __call__(self, options: type[PluginConfig]) -> None:
        """
        Take the type of the options of each target of this plugin.

        Args:
            options: What `[target.NAME]` may hold beside `plugin`.

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


class Target:
    """
    A target as pluggy sees it: what `target` makes of a function.

    Args:
        name: The name of the function.
        options: The type of its options.
        deliver: The function, taking delivery, options and context.
        prepare: What is done at each start, before anything is delivered.

    """

    def __init__(
        self,
        name: str,
        options: type[PluginConfig],
        deliver: Callable[[Delivery, PluginConfig, Context], Awaitable[None]],
        prepare: Callable[[PluginConfig, Context], Awaitable[None]] | None = None,
    ) -> None:
        self.name = name
        self.options = options
        self._deliver = deliver
        self._prepare = prepare

    @hookimpl
    def gazelled_targets(self, register: RegisterTarget) -> None:
        """Contribute the target."""
        register(self.options)

    @hookimpl
    async def gazelled_prepare(self, options: PluginConfig, context: Context) -> None:
        """Get one target ready."""
        if self._prepare is not None:
            await self._prepare(options, context)

    @hookimpl
    async def gazelled_deliver(
        self, delivery: Delivery, options: PluginConfig, context: Context
    ) -> None:
        """Deliver one event."""
        await self._deliver(delivery, options, context)


def target(
    options: type[Options], *, prepare: Prepare[Options] | None = None
) -> Callable[[Deliver[Options]], Target]:
    """
    Make a target of an async function of a delivery, its options and, if it wants, a context.

    Args:
        options: The type of its options.
        prepare: An async function of the options and the context, called for each target at each
            start, before anything is delivered.

    Raises:
        TypeError: If a function isn't `async def`, or the decorated one takes something else.

    """

    def decorate(function: Deliver[Options]) -> Target:
        name = getattr(function, "__name__", "target")
        if not inspect.iscoroutinefunction(function):
            raise TypeError(f"{name} must be 'async def': it would block the daemon")
        if prepare is not None and not inspect.iscoroutinefunction(prepare):
            raise TypeError(f"prepare of {name} must be 'async def': it would block the daemon")
        taken = inspect.signature(function).parameters.values()
        positional = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
        if len(taken) not in {2, 3} or any(parameter.kind not in positional for parameter in taken):
            raise TypeError(f"{name} must take (delivery, options) or (delivery, options, context)")
        plain = cast("Callable[..., Awaitable[None]]", function)

        async def deliver(delivery: Delivery, config: PluginConfig, context: Context) -> None:
            await plain(*(delivery, config, context)[: len(taken)])

        ready = cast("Callable[[PluginConfig, Context], Awaitable[None]] | None", prepare)
        return Target(name, options, deliver, ready)

    return decorate
