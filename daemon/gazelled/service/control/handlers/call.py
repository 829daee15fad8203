"""A person's call: one request, several pages, or an answer that is made of several."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from gazelled.errors import BadAnswer, RequestRefused
from gazelled.model import Call, Lane, Params
from gazelled.service.app import App
from gazelled.service.control.protocol import CallProgress, CallReply, CallRequest, Hint
from gazelled.service.unreadable_answers import FOLDER, save_unreadable
from gazelled.text import missing
from gazelled.tracker.catalogue import Action, check
from gazelled.tracker.catalogue.confirmations import absent, consequence, unpaged
from gazelled.tracker.client.account import COMPOSED
from gazelled.tracker.client.raw_pages import Steps, turn


async def call(
    app: App, request: CallRequest
) -> AsyncGenerator[Hint | CallProgress | CallReply, None]:
    """Ask the tracker for a person."""
    action, params, hints = _checked(app, request)
    for hint in hints:
        yield Hint(hint)
    bare_token = app.config.tracker.bare_token
    took, raws, payload = 0.0, list[bytes](), None
    steps = _steps(action, params, request.pages)
    step: Call | None = next(steps)
    while step is not None:
        ticket = app.dispatcher.submit(step)
        try:
            yield CallProgress(round(ticket.expected(), 1), str(step))
            answer = await ticket.answer()
        except BadAnswer as problem:
            await asyncio.to_thread(save_unreadable, app.folder, step.action, problem, app.redactor)
            raise BadAnswer(f"{problem} It is kept in {app.folder / FOLDER}.") from None
        except RequestRefused as problem:
            if not action.blind or not bare_token:
                raise
            raise RequestRefused(f"{problem}. {action.blind}") from None
        finally:
            ticket.cancel()  # nobody waits any more if the client went away
        took += answer.took
        raws.append(answer.raw)
        try:
            step = steps.send(answer)
        except StopIteration as end:
            step, payload = None, end.value
    texts = [raw.decode("utf-8", "replace") for raw in raws] if request.raw else []
    yield CallReply(
        round(took, 3),
        app.redactor.scrub_foreign_data(payload),
        tuple(app.redactor.scrub_foreign(text) for text in texts),
        action.blind if bare_token else "",
    )


def _steps(action: Action, params: Params, pages: int | str | None) -> Steps:
    first = Call(action.name, params, Lane.PERSON, writes=action.writes or action.post)
    if action.name in COMPOSED:
        return COMPOSED[action.name](first)
    if pages is None:
        return _plain(first)
    table = action.paged(params)
    assert table is not None  # noqa: S101 - `_checked` has seen to it
    return turn(table, first, pages if isinstance(pages, int) and pages > 0 else None)


def _plain(first: Call) -> Steps:
    answer = yield first
    return answer.payload


def _checked(app: App, request: CallRequest) -> tuple[Action, Params, list[str]]:
    """Return the action, its parameters as they are sent, and hints on them."""
    dialect = app.site.dialect
    action = dialect.action(request.action)
    if action is None:
        raise RequestRefused(missing("action", request.action, dialect.names))
    checked = check(action, request.params, ontology=app.ontology)
    if wrong := checked.errors if request.force else checked.wrong:
        raise RequestRefused("; ".join(sentence for _, sentence in wrong))
    params = action.gentle(checked.params)
    does = consequence(action, params)
    refused = (
        (not request.force and absent(action))
        or (does and not request.yes and f"{does}; add --yes to confirm")
        or (request.pages is not None and unpaged(action, params))
    )
    if refused:
        raise RequestRefused(refused)
    return action, params, [sentence for _, sentence in checked.hints]
