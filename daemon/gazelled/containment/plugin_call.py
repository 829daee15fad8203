"""Whose code runs: a context variable that every call of a plugin sets, and its tasks inherit."""

from __future__ import annotations

import asyncio
import contextvars
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import ParamSpec, TypeVar

from gazelled.containment.contained_plugin import ContainedPlugin

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class PluginCall:
    """
    A call of a plugin's code.

    Attributes:
        plugin: Whose code it is.
        what: What it was called for, such as `deliver to phone`.
        in_daemon: Whether the plugin awaits the daemon's own code meanwhile.
        tasks: The tasks that were made in this call and haven't ended.

    """

    plugin: ContainedPlugin
    what: str
    in_daemon: bool = False
    tasks: set[asyncio.Task[object]] = field(default_factory=set)


CALL: contextvars.ContextVar[PluginCall | None] = contextvars.ContextVar(
    "gazelled_plugin_call", default=None
)
"""The call that this code is run for; None in what the daemon does by itself."""


def caller() -> PluginCall | None:
    """Return the call of a plugin whose own code runs now."""
    call = CALL.get()
    return None if call is None or call.in_daemon else call


@contextmanager
def calling(plugin: ContainedPlugin, what: str) -> Iterator[PluginCall]:
    """Mark what is done in the context as a plugin's code, which runs to its end at once."""
    call = PluginCall(plugin, what)
    token = CALL.set(call)
    try:
        with plugin.stepping(what):
            yield call
    finally:
        CALL.reset(token)


@contextmanager
def as_daemon() -> Iterator[None]:
    """Mark what a plugin awaits as the daemon's own work: its threads are not the plugin's."""
    call = CALL.get()
    token = CALL.set(replace(call, in_daemon=True) if call else None)
    try:
        yield
    finally:
        CALL.reset(token)


def context_of(call: PluginCall | None) -> contextvars.Context:
    """Return a context in which a task is of a call, or the daemon's with None."""
    context = contextvars.copy_context()
    context.run(CALL.set, call)
    return context


def refusing(
    function: Callable[P, T], what: str, error: type[Exception] = RuntimeError
) -> Callable[P, T]:
    """Return a function that raises an error for the code of plugins, and counts that."""

    @functools.wraps(function)
    def refused_to_plugins(*args: P.args, **kwargs: P.kwargs) -> T:
        if call := caller():
            call.plugin.refuse(what)
            raise error(f"a plugin of gazelled must not {what}")
        return function(*args, **kwargs)

    return refused_to_plugins
