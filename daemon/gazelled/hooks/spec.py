"""
The hooks, as pluggy specifications.

docs/plugins.md describes each under its own heading. The bus has one typed method for each and is
the only caller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gazelled.plugin import Answer, Context, Delivery, PluginConfig, RegisterTarget

hookspec = pluggy.HookspecMarker("gazelled")


@hookspec
def gazelled_targets(register: RegisterTarget) -> None:
    """
    Declare that this plugin delivers to targets.

    Called once, right after the plugin was imported; not async.

    Args:
        register: Takes the type of the options of each target, once.

    Version added: 0.1.0

    """


@hookspec
async def gazelled_prepare(options: PluginConfig, context: Context) -> None:
    """
    Prepare one target of this plugin, at each start and before anything is delivered.

    An exception is logged and shown in `gazelled status`; deliveries are attempted nevertheless.

    Args:
        options: The target's options, of the registered type.
        context: What the plugin can use: folders, the site's name, a logger.

    Version added: 0.1.0

    """


@hookspec
async def gazelled_deliver(delivery: Delivery, options: PluginConfig, context: Context) -> None:
    """
    Deliver one event to one target of this plugin.

    Returning means delivered. Otherwise it is called again later with the same `delivery.key`, also
    after a crash at any point, even right before returning. Only the plugin of the target is
    called, with one delivery per target at a time.

    Args:
        delivery: The event and the target's name.
        options: The target's options, of the registered type.
        context: What the plugin can use: folders, the site's name, a logger.

    Raises:
        TargetFault: Retry all that waits for the target; nothing is lost by it.
        RetryLater: Retry it; `after` is the least number of seconds to wait.
        GiveUp: It can never succeed; it isn't retried.

    Version added: 0.1.0

    """


@hookspec
async def gazelled_preview(
    delivery: Delivery, options: PluginConfig, context: Context
) -> str | None:
    """
    Return the message that `gazelled_deliver` would send, as text, without sending it.

    For `gazelled preview`. Without this hook, and if it returns None, the event is shown as plain
    text. An exception is shown instead of the message.

    Args:
        delivery: The event, which may be a sample, and the target's name.
        options: The target's options, of the registered type.
        context: As for `gazelled_deliver`, but without access to the tracker.

    Version added: 0.1.0

    """


@hookspec
async def gazelled_history(
    since: datetime, until: datetime, options: PluginConfig, context: Context
) -> list[Mapping[str, object]] | None:
    """
    Return the events that a target keeps, for `gazelled events`.

    It is called for those that gazelled itself stores no longer.

    Args:
        since: Events that were found before this are not wanted.
        until: Nor are those that were found then or later.
        options: The target's options, of the registered type.
        context: As for `gazelled_deliver`, but without access to the tracker.

    Returns:
        The events, as `event_json` makes them; None if the target keeps none.

    Version added: 0.1.0

    """


@hookspec
async def gazelled_answer(answer: Answer) -> None:
    """
    Receive an answer of the tracker.

    Volatile: called once for each answer, soon, in the order of arrival, and not again after a
    crash. A plugin that is slower than the answers arrive loses some.

    Args:
        answer: The call and its answer: the same object for every plugin. It can't be changed:
            objects are read-only mappings, lists are tuples.

    Version added: 0.1.0

    """
