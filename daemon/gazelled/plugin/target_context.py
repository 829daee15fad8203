"""What a target can use beside its options: `Context` and its parts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

import structlog

from gazelled.model import Delivery
from gazelled.plugin.notifying import Notify, notify_nobody
from gazelled.plugin.plugin_context import NO_PLUGIN, NO_TRACKER, Ask, PluginContext
from gazelled.plugin.torrent_file import Fetch, no_downloads

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
        plugin: What the plugin itself can use.
        template_filters: The filters that plugins have contributed, for templates of messages.

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
    plugin: PluginContext = NO_PLUGIN
    template_filters: Mapping[str, Callable[..., object]] = field(default_factory=dict)
