"""
The async hooks, as pluggy specifications; `contribution_spec` has those that contribute.

docs/plugins.md describes each under its own heading. The bus has one typed method for each and is
the only caller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gazelled.plugin import (
        Answer,
        ConfigChange,
        Context,
        Delivery,
        DeliveryDone,
        DeliveryFailure,
        HealthFinding,
        ItemDecision,
        ItemsFound,
        Metric,
        Note,
        PluginConfig,
        PluginContext,
        RequestFailure,
        StoredEvent,
        TrackerChange,
        Value,
        Veto,
    )

hookspec = pluggy.HookspecMarker("gazelled")


@hookspec
async def gazelled_setup(context: PluginContext) -> None:
    """
    Begin: called once at the start, before any other async hook of this plugin.

    It may be an async generator that yields once: what follows runs when the daemon stops, in the
    same task. A plugin whose setup fails, or takes longer than ten seconds, is left out until the
    next start.

    Args:
        context: What the plugin can use.

    Version added: 0.1.0

    """


@hookspec
async def gazelled_teardown(context: PluginContext) -> None:
    """
    End: called once when the daemon stops, after every other hook; ten seconds at most.

    Not called after a crash, nor if the setup failed.

    Args:
        context: What the plugin can use.

    Version added: 0.1.0

    """


@hookspec
async def gazelled_answered(answer: Answer, context: PluginContext) -> None:
    """
    Receive an answer of the tracker.

    Volatile: called soon, once and in order, and not again after a crash. A plugin that is slower
    than that loses some, and one that fails at five in a row rests.

    Args:
        answer: The request and its answer: the same object for every plugin. It can't be changed:
            objects are read-only mappings, lists are tuples.
        context: What the plugin can use.

    Version added: 0.1.0

    """


@hookspec
async def gazelled_answer(answer: Answer) -> None:
    """
    Receive an answer of the tracker: the deprecated name of `gazelled_answered`.

    Volatile: called once for each answer, soon, in the order of arrival, and not again after a
    crash. A plugin that is slower than the answers arrive loses some.

    Args:
        answer: The call and its answer: the same object for every plugin. It can't be changed:
            objects are read-only mappings, lists are tuples.

    Version added: 0.1.0

    """


@hookspec
async def gazelled_request_failed(failure: RequestFailure, context: PluginContext) -> None:
    """
    Receive a request to the tracker that got no usable answer.

    Volatile: called soon, once and in order, and not again after a crash. A plugin that is slower
    than that loses some, and one that fails at five in a row rests.

    Args:
        failure: The request, and why it failed.
        context: What the plugin can use.

    Version added: 0.1.0

    """


@hookspec
async def gazelled_items_found(
    batch: ItemsFound, context: PluginContext
) -> Mapping[str, Mapping[str, Value]] | None:
    """
    Return further fields for items that a watch may report.

    Called for items that fit as far as is known without these fields, before it is decided what is
    reported. Awaited: ten seconds at most. What is returned is stored with the item, so each item
    is asked for once. After three failures the fields are unknown. Several plugins are called in
    their order; later ones see what earlier ones added.

    Args:
        batch: The items and where they are from.
        context: What the plugin can use.

    Returns:
        The values of fields that `gazelled_match_fields` has registered, by the id of the item;
        None for none.

    Version added: 0.1.0

    """


@hookspec
async def gazelled_item_decided(
    decision: ItemDecision, context: PluginContext
) -> Veto | Note | None:
    """
    Veto an item that the rule of a watch fits, or add a note to it.

    Called before an event is made of it. Awaited: ten seconds at most. The result is stored, and
    `gazelled why` shows it. Several plugins are called in their order; the first veto counts, and
    notes add up. A failure is neither.

    Args:
        decision: The item, the watch and the conditions that hold.
        context: What the plugin can use.

    Returns:
        A veto, a note, or None.

    Version added: 0.1.0

    """


@hookspec
async def gazelled_event_stored(stored: StoredEvent, context: PluginContext) -> None:
    """
    Receive an event that was stored, before it is delivered.

    Volatile: called soon, once and in order, and not again after a crash. A plugin that is slower
    than that loses some, and one that fails at five in a row rests.

    Args:
        stored: The event and its targets.
        context: What the plugin can use.

    Version added: 0.1.0

    """


@hookspec
async def gazelled_delivered(done: DeliveryDone, context: PluginContext) -> None:
    """
    Receive a delivery that succeeded.

    Volatile: called soon, once and in order, and not again after a crash. A plugin that is slower
    than that loses some, and one that fails at five in a row rests.

    Args:
        done: The delivery, and when it was done.
        context: What the plugin can use.

    Version added: 0.1.0

    """


@hookspec
async def gazelled_delivery_failed(failure: DeliveryFailure, context: PluginContext) -> None:
    """
    Receive an attempt at a delivery that failed.

    Volatile: called soon, once and in order, and not again after a crash. A plugin that is slower
    than that loses some, and one that fails at five in a row rests.

    Args:
        failure: The delivery, why it failed, and what follows.
        context: What the plugin can use.

    Version added: 0.1.0

    """


@hookspec
async def gazelled_tracker_changed(change: TrackerChange, context: PluginContext) -> None:
    """
    Receive a change of the tracker's availability: down, back, stopped.

    Volatile: called soon, once and in order, and not again after a crash. A plugin that is slower
    than that loses some, and one that fails at five in a row rests.

    Args:
        change: The new state, since when and why.
        context: What the plugin can use.

    Version added: 0.1.0

    """


@hookspec
async def gazelled_metrics(at: datetime, context: PluginContext) -> Sequence[Metric] | None:
    """
    Return values for `/metrics`.

    Called when somebody asks for the metrics. Awaited: two seconds at most. A hundred values are
    allowed; a failure leaves out those of this plugin.

    Args:
        at: The time.
        context: What the plugin can use.

    Returns:
        The values; None for none.

    Version added: 0.2.0

    """


@hookspec
async def gazelled_health_checks(
    at: datetime, context: PluginContext
) -> Sequence[HealthFinding] | None:
    """
    Return what is wrong with the plugin now.

    It becomes a part of the daemon's health: of `gazelled status` and `health`, the page, and
    `/readyz`. Called when somebody asks, and at most once a minute. Awaited: two seconds at most.
    That it fails is a problem of its own.

    Args:
        at: The time.
        context: What the plugin can use.

    Returns:
        What is wrong, in ten findings at most; None if nothing is.

    Version added: 0.2.0

    """


@hookspec
async def gazelled_config_changed(change: ConfigChange, context: PluginContext) -> None:
    """
    Receive a change of the config, after it was applied while the daemon runs.

    A plugin whose own table or file has changed is another one since: it is set up anew, and not
    called. Volatile: as `gazelled_tracker_changed`.

    Args:
        change: The names of what was added, removed, changed and renamed.
        context: What the plugin can use, with the options of its targets as they are now.

    Version added: 0.2.0

    """


@hookspec
async def gazelled_prepare(options: PluginConfig, context: Context) -> None:
    """
    Prepare one target of this plugin, at each start and before anything is delivered.

    An exception is logged and shown in `gazelled status`; deliveries are attempted nevertheless.
    Instead it may be an async generator that yields once: what it yields is the `resource` of the
    target's deliveries, and what follows runs when the daemon stops. If it could not begin, it
    begins anew before the next delivery.

    Args:
        options: The target's options, of the registered type.
        context: What the plugin can use: folders, the site's name, a logger.

    Version added: 0.1.0

    """


@hookspec
async def gazelled_deliver(
    delivery: Delivery, options: PluginConfig, context: Context, resource: object
) -> None:
    """
    Deliver one event to one target of this plugin.

    Returning means delivered. Otherwise it is called again later with the same `delivery.key`, also
    after a crash at any point, even right before returning. Only the plugin of the target is
    called, with one delivery per target at a time.

    Args:
        delivery: The event and the target's name.
        options: The target's options, of the registered type.
        context: What the plugin can use: folders, the site's name, a logger.
        resource: What `gazelled_prepare` of the target yielded; None if it yields nothing.

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
async def gazelled_check_target(options: PluginConfig, context: Context) -> None:
    """
    Check that one target of this plugin can be reached, without sending anything.

    For `gazelled target check` and `gazelled doctor`. Returning means that it can be reached.

    Args:
        options: The target's options, of the registered type.
        context: As for `gazelled_deliver`, but without access to the tracker.

    Raises:
        TargetFault: It can't be reached, or refuses the log-in.
        RetryLater: It is not available now.
        GiveUp: It can never work.

    Version added: 0.1.0

    """
