"""Targets: the decorator `target` makes one of a function."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast, overload

import pluggy

from gazelled.model import Delivery
from gazelled.plugin.plugin_config import PluginConfig
from gazelled.plugin.registers import RegisterTarget
from gazelled.plugin.target_context import Context

hookimpl = pluggy.HookimplMarker("gazelled")
"""Marks a function as the implementation of a hook."""

Options = TypeVar("Options", bound=PluginConfig)
Resource = TypeVar("Resource")

Deliver = (
    Callable[[Delivery, Options], Awaitable[None]]
    | Callable[[Delivery, Options, Context], Awaitable[None]]
)
"""What `target` decorates."""

DeliverWith = Deliver[Options] | Callable[[Delivery, Options, Context, Resource], Awaitable[None]]
"""What `target` decorates where `prepare` yields something."""

Prepare = Callable[[Options, Context], Awaitable[None]]
"""What `target` takes as `prepare`."""

PrepareWith = Callable[[Options, Context], AsyncIterator[Resource]]
"""What `target` takes as `prepare` to hand something on: an async generator that yields once."""

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
        deliver: The function, taking delivery, options, context and what `prepare` yielded.
        preview: Returns the message that `deliver` would send; None for the event as plain text.

    """

    def __init__(
        self,
        name: str,
        options: type[PluginConfig],
        deliver: Callable[[Delivery, PluginConfig, Context, object], Awaitable[None]],
        preview: Callable[[Delivery, PluginConfig, Context], Awaitable[str]] | None = None,
    ) -> None:
        self.name = name
        self.options = options
        self._deliver = deliver
        self._preview = preview

    @hookimpl
    def gazelled_targets(self, register: RegisterTarget) -> None:
        """Register the options."""
        register(self.options)

    @hookimpl
    async def gazelled_deliver(
        self, delivery: Delivery, options: PluginConfig, context: Context, resource: object
    ) -> None:
        """Deliver one event."""
        await self._deliver(delivery, options, context, resource)

    @hookimpl
    async def gazelled_preview(
        self, delivery: Delivery, options: PluginConfig, context: Context
    ) -> str | None:
        """Return the message, or None for the event as plain text."""
        return None if self._preview is None else await self._preview(delivery, options, context)


class PreparedTarget(Target):
    """A target with a function that prepares it."""

    prepare: Callable[[PluginConfig, Context], Awaitable[None]]

    @hookimpl
    async def gazelled_prepare(self, options: PluginConfig, context: Context) -> None:
        """Prepare one target."""
        await self.prepare(options, context)


class ResourceTarget(Target):
    """A target whose async generator yields what its deliveries share, such as a session."""

    prepare: Callable[[PluginConfig, Context], AsyncIterator[object]]

    @hookimpl
    async def gazelled_prepare(
        self, options: PluginConfig, context: Context
    ) -> AsyncIterator[object]:
        """Yield what the deliveries of one target share, and close it afterwards."""
        async with asynccontextmanager(self.prepare)(options, context) as resource:
            yield resource


@overload
def target(
    options: type[Options],
    *,
    prepare: Prepare[Options] | None = None,
    preview: Preview[Options] | None = None,
    check: Prepare[Options] | None = None,
) -> Callable[[Deliver[Options]], Target]: ...


@overload
def target(
    options: type[Options],
    *,
    prepare: PrepareWith[Options, Resource],
    preview: Preview[Options] | None = None,
    check: Prepare[Options] | None = None,
) -> Callable[[DeliverWith[Options, Resource]], Target]: ...


def target(
    options: type[Options],
    *,
    prepare: Prepare[Options] | PrepareWith[Options, Resource] | None = None,
    preview: Preview[Options] | None = None,
    check: Prepare[Options] | None = None,
) -> Callable[[Deliver[Options]], Target] | Callable[[DeliverWith[Options, Resource]], Target]:
    """
    Make a target of an async function that takes a delivery, options and optionally a context.

    Args:
        options: The type of its options.
        prepare: An async function of the options and the context, called for each target at each
            start, before anything is delivered. An async generator that yields once opens what all
            deliveries of a target share, such as a session: what it yields is the fourth argument
            of the decorated function, and what follows runs when the daemon stops.
        preview: A function, async or not, of the delivery, the options and optionally the context,
            which returns the message that this would send: for `gazelled preview`. It must not
            send anything.
        check: An async function of the options and the context, which reaches the service without
            sending a message, and raises as the decorated function does: for `gazelled target
            check` and `gazelled doctor`.

    Raises:
        TypeError: If there is no type of options, or a function isn't `async def` but must be, or
            takes something else.

    """
    if not inspect.isclass(options):
        raise TypeError("@target needs the type of the options, as in @target(Options)")

    def decorate(function: DeliverWith[Options, Resource]) -> Target:
        name = getattr(function, "__name__", "target")
        if not inspect.iscoroutinefunction(function):
            raise TypeError(f"{name} must be 'async def': it would block the daemon")
        yields = inspect.isasyncgenfunction(prepare)
        if prepare is not None and not (yields or inspect.iscoroutinefunction(prepare)):
            raise TypeError(f"prepare of {name} must be 'async def': it would block the daemon")
        if check is not None and not inspect.iscoroutinefunction(check):
            raise TypeError(f"check of {name} must be 'async def': it would block the daemon")
        plain = cast("Callable[..., Awaitable[None]]", function)
        shown = cast("Callable[..., Awaitable[str] | str]", preview)
        taken = _taken(plain, name, "resource" if yields else "")
        taken_by_preview = 0 if preview is None else _taken(shown, f"preview of {name}")

        async def deliver(*arguments: object) -> None:
            await plain(*arguments[:taken])

        async def show(*arguments: object) -> str:
            text = shown(*arguments[:taken_by_preview])
            return text if isinstance(text, str) else await text

        kind = Target if prepare is None else ResourceTarget if yields else PreparedTarget
        made = kind(name, options, deliver, None if preview is None else show)
        if prepare is not None:
            vars(made)["prepare"] = prepare
        if check is not None:
            vars(made)["gazelled_check_target"] = _checking(check)
        return made

    return decorate


def _checking(check: Prepare[Any]) -> Callable[[PluginConfig, Context], Awaitable[None]]:
    @hookimpl
    async def gazelled_check_target(options: PluginConfig, context: Context) -> None:
        await check(options, context)

    return gazelled_check_target


def _taken(function: Callable[..., object], name: str, further: str = "") -> int:
    """Return how many of delivery, options, context and perhaps a further one a function takes."""
    parameters = inspect.signature(function).parameters.values()
    positional = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
    longest = ["delivery", "options", "context", *filter(None, [further])]
    ways = [longest[:number] for number in range(2, len(longest) + 1)]
    fits = len(parameters) in map(len, ways)
    if not fits or any(one.kind not in positional for one in parameters):
        raise TypeError(f"{name} must take " + " or ".join(f"({', '.join(way)})" for way in ways))
    return len(parameters)
