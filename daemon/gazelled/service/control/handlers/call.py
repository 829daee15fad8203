"""A person's call: one request, several pages, or an answer that is made of several."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from gazelled.errors import BadAnswer, Reason, RequestRefused, TrackerError
from gazelled.model import Answer, Call, Lane, Params
from gazelled.planning.plan import freshness
from gazelled.service.app import App
from gazelled.service.control.protocol import CallProgress, CallReply, CallRequest, Hint
from gazelled.service.maintenance import UNREADABLE, save_unreadable
from gazelled.text import missing
from gazelled.tracker.catalogue import Action, check
from gazelled.tracker.catalogue.action import unknown_action
from gazelled.tracker.client.raw_pages import Finished, Steps, advance, turn
from gazelled.tracker.transport.call_queue import Ticket

_LONG = 300.0
"""Calls of up to so many seconds need no confirmation."""


async def call(
    app: App, request: CallRequest
) -> AsyncGenerator[Hint | CallProgress | CallReply, None]:
    """Ask the tracker for a person."""
    action, params, hints = _checked(app, request)
    for hint in hints:
        yield Hint(hint)
    bare_token = app.config.tracker.bare_token
    took, raws = 0.0, list[bytes]()
    first = Call(action.name, params, Lane.PERSON, writes=action.writes or action.post)
    if not request.yes and (long := await _too_long(app, first)):
        raise RequestRefused(long, reason=Reason.UNCONFIRMED)
    steps = await _steps(app, action, first, request.pages)
    step = await _advance(app, action, steps, None)
    while isinstance(step, Call):
        ticket: Ticket | None = None
        came: Answer | TrackerError
        try:
            ticket = app.dispatcher.submit(step)
            yield CallProgress(round(ticket.expected(), 1), str(step))
            came = await ticket.answer()
        except TrackerError as problem:
            came = problem
        finally:
            if ticket:
                ticket.cancel()  # nobody waits any more if the client went away
        if isinstance(came, Answer):
            took += came.took
            raws += [came.raw] if request.raw else []
        step = await _advance(app, action, steps, came, step)
    payload = step.payload
    texts = [raw.decode("utf-8", "replace") for raw in raws]
    yield CallReply(
        round(took, 3),
        app.redactor.scrub_foreign_data(payload),
        tuple(app.redactor.scrub_foreign(text) for text in texts),
        action.blind if bare_token else "",
    )


async def _advance(
    app: App,
    action: Action,
    steps: Steps,
    came: Answer | TrackerError | None,
    of: Call | None = None,
) -> Call | Finished:
    """Return what follows after what came of a call, or all that was made; keep what was learnt."""
    try:
        return advance(steps, came)
    except BadAnswer as problem:
        name = of.action if of else action.name
        await asyncio.to_thread(save_unreadable, app.folder, name, problem, app.redactor)
        raise BadAnswer(f"{problem} It is kept in {app.folder / UNREADABLE}.") from None
    except RequestRefused as problem:
        if not action.blind or not app.config.tracker.bare_token:
            raise
        raise RequestRefused(f"{problem}. {action.blind}", reason=problem.reason) from None
    finally:
        await app.composer.save()


async def _too_long(app: App, call: Call) -> str:
    """Return how long a call of many requests takes, if that is to be confirmed."""
    requests = await app.composer.requests(call)
    # Nearly all of them catch up, which takes half of the limit.
    seconds = 2 * requests * app.site.per / app.site.requests
    if requests == 1 or seconds < _LONG:
        return ""
    return (
        f"{call.action} sends about {requests:,} requests, which takes {freshness(seconds)}; add"
        " --yes to confirm. What is learnt is kept whenever it ends, and the next one goes on there"
    )


async def _steps(app: App, action: Action, first: Call, pages: int | str | None) -> Steps:
    if steps := await app.composer.steps(first):
        return steps
    if pages is None:
        return _plain(first)
    table = action.paged(first.params)
    assert table is not None  # noqa: S101 - `_checked` has seen to it
    return turn(table, first, pages if isinstance(pages, int) and pages > 0 else None)


def _plain(first: Call) -> Steps:
    answer = yield first
    return answer.payload


def _checked(app: App, request: CallRequest) -> tuple[Action, Params, list[str]]:
    """Return the action, its parameters as they are sent, and hints on them."""
    dialect = app.site.dialect
    unknown = unknown_action(request.action) if request.force else None
    action = dialect.action(request.action) or unknown
    if action is None:
        raise RequestRefused(missing("action", request.action, dialect.names))
    checked = check(action, request.params, ontology=app.ontology)
    if objections := checked.objections(force=request.force):
        raise RequestRefused("; ".join(objections))
    params = action.gentle(checked.params)
    does = action.consequence(params)
    refused = action.objection(params, force=request.force, pages=request.pages is not None) or (
        does and not request.yes and f"{does}; add --yes to confirm"
    )
    if refused:
        raise RequestRefused(refused)
    return action, params, [sentence for _, sentence in checked.hints]
