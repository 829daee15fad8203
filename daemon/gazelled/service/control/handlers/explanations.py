"""The control handlers of explanations: `why`, `try` and `replay`."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta

from gazelled.errors import GazelledError
from gazelled.explain.context import ExplainContext
from gazelled.explain.item_ref import event_by_key
from gazelled.explain.replay import events_to_replay, replay_targets
from gazelled.explain.results import Replay, ReplayedEvent
from gazelled.explain.try_rule import RuleTrial
from gazelled.explain.why import why as explain
from gazelled.model import AGAIN
from gazelled.service.app import App
from gazelled.service.control.codec import redacted
from gazelled.service.control.protocol import (
    CallProgress,
    Hint,
    ReplayRequest,
    TryReply,
    TryRequest,
    WhyReply,
    WhyRequest,
)
from gazelled.text import counted


def explain_context(app: App) -> ExplainContext:
    """Return what explanations are made from."""
    return ExplainContext(
        config=app.config,
        site=app.site,
        store=app.store,
        watcher=app.watcher,
        clock=app.clock,
        next_looks=app.scheduler.next_runs() if app.serving else {},
        serving=app.serving,
    )


async def why(app: App, request: WhyRequest) -> AsyncGenerator[WhyReply, None]:
    """Explain what each watch decided on an item."""
    item = request.item.strip()
    explanation = await explain(explain_context(app), item, request.watch)
    # Of an event the title is what gazelled wrote; of an item it is the tracker's.
    is_event = await event_by_key(app.store, item) is not None
    scrub = app.redactor.scrub_data if is_event else app.redactor.scrub_foreign_data
    yield WhyReply(redacted(explanation, scrub))


async def try_rule(
    app: App, request: TryRequest
) -> AsyncGenerator[Hint | CallProgress | TryReply, None]:
    """
    Run a rule over what is kept; of a source without history two pages are asked for.

    Raises:
        GazelledError: If there is nothing to try it on, or as `RuleTrial` does.

    """
    window = timedelta(seconds=request.since)
    trial = await RuleTrial.open(explain_context(app), request.watch, request.rule, window)
    if trial.history is None:
        asks = trial.rule.call
        if request.offline:
            raise GazelledError(
                f"nothing is stored for {asks} yet, and nothing is requested for it"
            )
        calls = trial.calls()
        if asks.action not in app.config.sources:
            needed = sum([await app.composer.requests(call) for call in calls])
            requests = counted(needed, "request", "requests")
            yield Hint(f"Nothing is stored for {asks} yet. This sends {requests}.")
        for call in calls:
            yield CallProgress(round(app.dispatcher.wait(), 1), str(call))
            answer = await app.watcher.ask(call)
            if not trial.add_page(answer.payload):
                break
    yield TryReply(redacted(await trial.result(), app.redactor.scrub_foreign_data))


async def replay(app: App, request: ReplayRequest) -> AsyncGenerator[Replay, None]:
    """List what would be sent again, or send it."""
    context = explain_context(app)
    targets = replay_targets(context, request.watch, request.to)
    events = await events_to_replay(
        context,
        request.watch,
        timedelta(seconds=request.since),
        items=request.items,
        as_now=request.as_now,
        keys=request.send,
    )
    if request.send is not None:
        now = app.clock.now()
        for event in events:
            again = f"{event.key}{AGAIN}{now.isoformat()}"
            await app.store.outbox.add(replace(event, key=again, at=now), targets)
        app.deliverer.wake()
    listed = tuple(
        ReplayedEvent(
            event.key,
            event.kind.value,
            event.title,
            tuple(item.id for item in event.items),
            event.at,
        )
        for event in events
    )
    sent = 0 if request.send is None else len(events)
    yield Replay(redacted(listed, app.redactor.scrub_foreign_data), tuple(targets), sent)
