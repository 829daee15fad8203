"""The watcher of the event loop: a thread that notices when a plugin's code holds the loop."""

from __future__ import annotations

import asyncio
import contextvars
import resource
import selectors
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import cast

import structlog

from gazelled.containment.contained_plugin import CODE_IS_DUE, ContainedPlugin
from gazelled.containment.event_loop import RUN_HANDLE
from gazelled.containment.plugin_call import CALL
from gazelled.containment.running_mark import MARK

log = structlog.stdlib.get_logger(__name__)

EVERY = 1.0
"""Seconds between two samples; two of them in the same code of a plugin are a case."""

IDLE_SAMPLES = 2
"""
After so many samples in which the loop waits it has run all that was due, and the watcher is woken
before more of a plugin's runs.
"""

_WAIT = selectors.DefaultSelector.select.__code__

LATE = 1.0
"""Seconds by which a sample may be late before it says nothing about the loop."""

MOST_PAGE_FAULTS = 200
"""So many pages read from the disk between two samples mean a process that was swapped."""


@dataclass(frozen=True, slots=True)
class BlockedLoop:
    """
    A case of a plugin that holds the event loop.

    Attributes:
        plugin: The plugin.
        file: The file of its code that runs, as far as known; otherwise of a library that it uses.
        line: The line there.
        stack: All that is called there, the innermost call last.

    """

    plugin: ContainedPlugin
    file: str
    line: int
    stack: str


@dataclass(frozen=True, slots=True)
class _Sample:
    """What the loop does at a moment: a callback that belongs to a plugin's call."""

    handle: asyncio.Handle
    plugin: ContainedPlugin
    frame: FrameType
    depth: int


@dataclass(frozen=True, slots=True)
class _Clocks:
    """Whether the process itself ran between two moments, in seconds and pages."""

    real: float
    boot: float
    cpu: float
    queued: float
    page_faults: int

    def ran_since(self, earlier: _Clocks) -> bool:
        """Return whether the machine let this process run meanwhile."""
        real, boot = self.real - earlier.real, self.boot - earlier.boot
        suspended = boot > real + LATE
        # A library that holds Python's lock delays the watcher too, and uses the processor.
        delayed = real > EVERY + LATE and self.cpu - earlier.cpu < real / 2
        starved = self.queued - earlier.queued > real / 2
        swapped = self.page_faults - earlier.page_faults > MOST_PAGE_FAULTS
        return not (suspended or delayed or starved or swapped)


class LoopWatcher:
    """
    Watches the event loop of the thread that makes it, while a plugin's code is due or runs.

    Args:
        on_case: Called in the loop, once it runs again, for each time that a plugin held it.

    """

    def __init__(self, on_case: Callable[[BlockedLoop], None]) -> None:
        self._on_case = on_case
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._native = threading.get_native_id()
        self._over = threading.Event()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch while the context lasts."""
        thread = threading.Thread(target=self._watch, name="loop watcher", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            CODE_IS_DUE.set()

    def _watch(self) -> None:
        while not self._over.is_set():
            CODE_IS_DUE.wait()
            self._watch_while_due()

    def _watch_while_due(self) -> None:
        before: _Sample | None = None
        earlier = self._clocks()
        case: _Sample | None = None
        idle = 0
        while idle < IDLE_SAMPLES:
            CODE_IS_DUE.clear()
            if self._over.wait(EVERY):
                return
            (now, waits), clocks = self._sample(), self._clocks()
            same = before is not None and now is not None and before.handle is now.handle
            if case is not None and not (same and now is not None and case.handle is now.handle):
                MARK.hold("")
                case = None
            if same and case is None and now is not None and clocks.ran_since(earlier):
                case = now
                self._report(now)
            before, earlier = now, clocks
            idle = idle + 1 if waits and not CODE_IS_DUE.is_set() else 0

    def _report(self, sample: _Sample) -> None:
        plugin = sample.plugin
        MARK.hold(plugin.name, datetime.now(UTC))
        plugin.blocked += 1
        file, line = _place(sample.frame, plugin)
        stack = "".join(traceback.format_stack(sample.frame, sample.depth))
        case = BlockedLoop(plugin, file, line, stack)
        log.error(
            "plugin.loop_blocked", plugin=plugin.name, file=file, line=line, stack=stack.rstrip()
        )
        with suppress(RuntimeError):  # the loop ended meanwhile
            self._loop.call_soon_threadsafe(self._freed, case, context=contextvars.Context())

    def _freed(self, case: BlockedLoop) -> None:
        """Take note in the loop that it runs again."""
        MARK.hold("")
        self._on_case(case)

    def _sample(self) -> tuple[_Sample | None, bool]:
        """Return what the loop does now if that is a plugin's, and whether it does nothing."""
        innermost = frame = sys._current_frames().get(self._thread)  # noqa: SLF001 - as faulthandler
        if innermost is None:
            return None, True
        depth = 0
        while frame is not None and frame.f_code is not RUN_HANDLE:
            frame, depth = frame.f_back, depth + 1
        if frame is None:
            return None, innermost.f_code is _WAIT
        handle = cast("asyncio.Handle", frame.f_locals["self"])
        call = cast("contextvars.Context", handle._context).get(CALL)  # type: ignore[attr-defined]  # noqa: SLF001 - asyncio shows it nowhere else
        if call is None or call.in_daemon:
            return None, False
        return _Sample(handle, call.plugin, innermost, depth), False

    def _clocks(self) -> _Clocks:
        boot = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
        queued = 0.0
        with suppress(OSError, ValueError, IndexError):
            statistics = Path(f"/proc/self/task/{self._native}/schedstat").read_text("ascii")
            queued = int(statistics.split()[1]) / 1e9
        return _Clocks(
            time.monotonic(),
            time.clock_gettime(boot),
            time.process_time(),
            queued,
            resource.getrusage(resource.RUSAGE_SELF).ru_majflt,
        )


def _place(frame: FrameType, plugin: ContainedPlugin) -> tuple[str, int]:
    """Return the innermost line of the plugin's own code, or else the innermost of all."""
    inner: FrameType | None = frame
    while inner is not None:
        if plugin.owns(inner.f_code.co_filename):
            return inner.f_code.co_filename, inner.f_lineno
        inner = inner.f_back
    return frame.f_code.co_filename, frame.f_lineno
