"""Runs plain code of plugins, as at their import: in a thread, for a limited time."""

from __future__ import annotations

import contextvars
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from gazelled.hooks import isolation
from gazelled.hooks.loading.plugin_entry import BadPluginError

IMPORT_LIMIT = 20.0
"""Seconds that a plugin may take for its import and to declare what it contributes."""

T = TypeVar("T")

OwnFile = Callable[[str], bool]
"""Returns whether a file of code is the plugin's own."""


def run_in_thread(
    name: str,
    work: Callable[[], T],
    own: OwnFile,
    limit: float,
    scrub: Callable[[str], str] = str,
    *,
    what: str = "its import",
) -> T:
    """
    Return what some code of a plugin returns.

    Args:
        name: The plugin.
        work: The code.
        own: Which files are the plugin's.
        limit: The seconds that it may take; after them its thread is left behind.
        scrub: Takes secrets out of what it raises.
        what: What it is called for.

    Raises:
        BadPluginError: If it raises anything, or does not end in time; it says where.

    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - the point of this module
            errors.append(error)

    context = contextvars.copy_context()
    # The process doesn't wait at its end for a thread that hangs.
    thread = threading.Thread(
        target=context.run, args=(run,), name=f"plugin {name}: {what}", daemon=True
    )
    thread.start()
    thread.join(limit)
    if results:
        return results[0]
    if not errors:
        raise BadPluginError(_hanging(thread, own, limit, what))
    (error,) = errors
    if isinstance(error, BadPluginError):
        raise error
    raise BadPluginError(_failure(error, own, scrub)) from error


def _hanging(thread: threading.Thread, own: OwnFile, limit: float, what: str) -> str:
    frame = sys._current_frames().get(thread.ident or 0)  # noqa: SLF001 - as its docs say, for this
    stack = traceback.extract_stack(frame) if frame else traceback.StackSummary()
    place = _place(stack, own)
    return f"{place}{what} did not end within {limit:g} s; fix it, or take it out of the config"


def _failure(error: BaseException, own: OwnFile, scrub: Callable[[str], str]) -> str:
    text, advice = isolation.describe(error, scrub), "fix it"
    place = _place(traceback.extract_tb(error.__traceback__), own)
    if isinstance(error, SyntaxError):
        text = f"{type(error).__name__}: {scrub(error.msg)}"
        place = f"{error.filename}:{error.lineno}: " if error.filename else place
    if isinstance(error, ImportError):
        advice = "install what it needs into gazelled's environment"
    return f"{place}{text}; {advice}, or take it out of the config"


def _place(stack: traceback.StackSummary, own: OwnFile) -> str:
    """Return the file and line at fault: the last that is the plugin's own, if any is."""
    here = Path(__file__).parents[1]
    frames = [
        frame
        for frame in stack
        if not frame.filename.startswith("<frozen")
        and not Path(frame.filename).is_relative_to(here)
    ]
    mine = [frame for frame in frames if own(frame.filename)]
    rest = [frame for frame in frames if not _is_machinery(frame.filename)]
    last = next(reversed(mine or rest), None)
    return f"{last.filename}:{last.lineno}: " if last else ""


def _is_machinery(file: str) -> bool:
    return "importlib" in file or Path(file).name == "threading.py"
