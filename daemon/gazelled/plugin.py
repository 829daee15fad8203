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
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar, cast, overload

import pluggy
import structlog
from pydantic import BaseModel, ConfigDict, SecretStr

from gazelled.errors import GiveUp, RetryLater
from gazelled.model import Answer, Call, Delivery, Event, EventKind, Item, Value

__all__ = [
    "Answer",
    "Call",
    "Context",
    "Delivery",
    "Event",
    "EventKind",
    "GiveUp",
    "Item",
    "PluginConfig",
    "RegisterTarget",
    "RetryLater",
    "SecretStr",
    "Value",
    "hookimpl",
    "target",
]

hookimpl = pluggy.HookimplMarker("gazelled")
"""Marks a function as the implementation of a hook."""


class PluginConfig(BaseModel):
    """
    The options of a target, as they stand in `[target.NAME]` beside `plugin`.

    Give what must stay secret the type `SecretStr`. A relative path is meant from
    the folder of the config.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


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

    """

    target: str
    folder: Path
    public: Path
    address: str
    site_name: str
    site_url: str
    log: structlog.stdlib.BoundLogger


class RegisterTarget(Protocol):
    """Says that a plugin delivers to targets, and with which options."""

    def __call__(self, options: type[PluginConfig]) -> None:
        """
        Take the type of the options of each target of this plugin.

        Args:
            options: What `[target.NAME]` may hold beside `plugin`.

        Raises:
            ValueError: If this plugin has registered one already.

        """


O_contra = TypeVar("O_contra", bound=PluginConfig, contravariant=True)


class _Short(Protocol[O_contra]):
    async def __call__(self, delivery: Delivery, options: O_contra, /) -> None: ...


class _Long(Protocol[O_contra]):
    async def __call__(
        self, delivery: Delivery, options: O_contra, context: Context, /
    ) -> None: ...


class _Decorate(Protocol[O_contra]):
    @overload
    def __call__(self, deliver: _Short[O_contra], /) -> Target: ...
    @overload
    def __call__(self, deliver: _Long[O_contra], /) -> Target: ...


class Target:
    """
    A target as pluggy sees it: what `target` makes of a function.

    Args:
        name: The name of the function.
        options: The type of its options.
        deliver: The function, taking delivery, options and context.

    """

    def __init__(
        self,
        name: str,
        options: type[PluginConfig],
        deliver: Callable[[Delivery, PluginConfig, Context], Awaitable[None]],
    ) -> None:
        self.name = name
        self.options = options
        self._deliver = deliver

    @hookimpl
    def gazelled_targets(self, register: RegisterTarget) -> None:
        """Contribute the target."""
        register(self.options)

    @hookimpl
    async def gazelled_deliver(
        self, delivery: Delivery, options: PluginConfig, context: Context
    ) -> None:
        """Deliver one event."""
        await self._deliver(delivery, options, context)


def target(options: type[O_contra]) -> _Decorate[O_contra]:
    """
    Make a target of an async function that takes a delivery, its options and, if it wants, a context.

    Args:
        options: The type of its options.

    Raises:
        TypeError: If the function isn't `async def` or takes something else.

    """

    def decorate(function: Callable[..., Awaitable[None]]) -> Target:
        name = getattr(function, "__name__", "target")
        if not inspect.iscoroutinefunction(function):
            raise TypeError(f"{name} must be 'async def': it would block the daemon")
        takes = len(inspect.signature(function).parameters)
        if takes not in {2, 3}:
            raise TypeError(f"{name} must take (delivery, options) or (delivery, options, context)")

        async def deliver(delivery: Delivery, given: PluginConfig, context: Context) -> None:
            arguments = (delivery, given, context)[:takes]
            await function(*arguments)

        return Target(name, options, deliver)

    return cast("_Decorate[O_contra]", decorate)
