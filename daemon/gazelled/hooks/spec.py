"""
The hooks, as pluggy sees them.

Each is explained to people in docs/plugins.md under a heading of its own. The bus has one typed
method for each and is the only caller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
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
    Get one target of this plugin ready, at each start and before anything is delivered.

    What it raises is logged and shown in `gazelled status`; deliveries are tried nevertheless.

    Args:
        options: The target's options, of the registered type.
        context: What the plugin may use: folders, the site's name, a logger.

    Version added: 0.1.0

    """


@hookspec
async def gazelled_deliver(delivery: Delivery, options: PluginConfig, context: Context) -> None:
    """
    Deliver one event to one target of this plugin.

    Returning means delivered. Whatever else happens, it is called again later with the same
    `delivery.key`; so it is also after a crash at any point, even right before returning.
    Only the plugin that the target names is called, with one delivery per target at a time.

    Args:
        delivery: The event and the target's name.
        options: The target's options, of the registered type.
        context: What the plugin may use: folders, the site's name, a logger.

    Raises:
        RetryLater: Try again; `after` says in how many seconds at the earliest.
        GiveUp: It can never succeed; it isn't tried again.

    Version added: 0.1.0

    """


@hookspec
async def gazelled_answer(answer: Answer) -> None:
    """
    See an answer of the tracker.

    Volatile: told once, soon, in the order in which the answers came, and not again after a
    crash. A plugin that is slower than the answers come in loses some.

    Args:
        answer: What was asked and what came back. It is the same object for every plugin and
            can't be changed: objects are read-only mappings, lists are tuples.

    Version added: 0.1.0

    """
