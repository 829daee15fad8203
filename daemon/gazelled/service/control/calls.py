"""A person's calls: one request, several pages, or an answer that is made of several."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Mapping
from dataclasses import dataclass, field

from gazelled.errors import BadAnswer, RequestRefused
from gazelled.model import Answer, Call, Lane, Params
from gazelled.service.app import App
from gazelled.service.unreadable_answers import FOLDER, keep
from gazelled.text import meant
from gazelled.tracker.catalogue import Action, check
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.catalogue.confirmations import absent, consequence, unpaged
from gazelled.tracker.client.account import COMPOSED
from gazelled.tracker.rows import Steps, turn

ALL = "all"


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What a person asks for.

    Attributes:
        action: The action.
        params: Its parameters, checked.
        pages: How many pages: a number, `all`, or None for the answer as it comes.
        hints: What is doubtful in it, as sentences.

    """

    action: Action
    params: Params
    pages: int | str | None = None
    hints: tuple[str, ...] = ()


async def call(app: App, given: Mapping[str, object]) -> AsyncGenerator[Mapping[str, object], None]:
    """
    Ask the tracker for a person.

    Args:
        app: The daemon.
        given: `action`; `params`, values by name; `yes` for what marks or changes something;
            `force` for what isn't there, and what the tracker ignores; `pages`, a number or `all`;
            `raw` for the bodies as they came.

    Raises:
        TrackerError: If there is no answer.

    """
    asked = read(app, given)
    for hint in asked.hints:
        yield {"hint": hint}
    steps = _steps(asked)
    took, raws, result = 0.0, list[bytes](), _Result()
    for step in _calls(steps, result):
        ticket = app.dispatcher.submit(step)
        try:
            yield {"expected": round(ticket.expected(), 1), "asking": str(step)}
            answer = await ticket.answer()
            took += answer.took
            raws.append(answer.raw)
            result.next = answer
        except BadAnswer as problem:
            await asyncio.to_thread(keep, app.folder, step.action, problem, app.redactor)
            raise BadAnswer(f"{problem} It is kept in {app.folder / FOLDER}.") from None
        except RequestRefused as problem:
            if not asked.action.blind or not app.config.tracker.bare_token:
                raise
            raise RequestRefused(f"{problem}. {asked.action.blind}") from None
        finally:
            ticket.cancel()  # nobody waits any more if the asker went away
    last: dict[str, object] = {"took": round(took, 3)}
    if given.get("raw"):
        texts = [raw.decode("utf-8", "replace") for raw in raws]
        last["raw"] = [app.redactor.scrub_foreign(text) for text in texts]
    last["answer"] = app.redactor.scrub_foreign_data(result.payload)
    if asked.action.blind and app.config.tracker.bare_token:
        last["blind"] = asked.action.blind
    yield last


@dataclass(slots=True)
class _Result:
    """Carries answers into a generator of calls, and its result out of it."""

    next: Answer | None = None
    payload: object = field(default=None)


def _calls(steps: Steps, result: _Result) -> Generator[Call, None, None]:
    try:
        step = next(steps)
        while True:
            yield step
            assert result.next is not None  # noqa: S101 - whoever takes a call answers it
            step = steps.send(result.next)
    except StopIteration as end:
        result.payload = end.value


def _steps(asked: Asked) -> Steps:
    action = asked.action
    first = Call(action.name, asked.params, Lane.PERSON, writes=action.writes or action.post)
    if action.name in COMPOSED:
        return COMPOSED[action.name](first)
    if asked.pages is not None:
        return _paged(asked, first)
    return _plain(first)


def _plain(first: Call) -> Steps:
    answer = yield first
    return answer.payload


def _paged(asked: Asked, first: Call) -> Steps:
    rows = asked.action.paged(asked.params)
    assert rows is not None  # noqa: S101 - `read` has seen to it
    most = asked.pages if isinstance(asked.pages, int) else None
    return turn(rows, first, most)


def read(app: App, given: Mapping[str, object]) -> Asked:
    """
    Check what is asked for.

    Args:
        app: The daemon.
        given: As for `call`.

    Raises:
        Refused: If it can't or mustn't be asked; the text says why.

    """
    name = str(given.get("action", ""))
    action = ACTIONS.get(name)
    if action is None:
        raise RequestRefused(f'there is no action "{name}"{meant(name, ACTIONS)}')
    params = given.get("params")
    checked = check(
        action,
        params if isinstance(params, Mapping) else {},
        ontology=app.ontology,
        music=app.config.tracker.profile.music,
    )
    force = bool(given.get("force"))
    if wrong := checked.errors if force else checked.wrong:
        raise RequestRefused("; ".join(sentence for _, sentence in wrong))
    if absent(action) and not force:
        raise RequestRefused(absent(action))
    params = action.gentle(checked.params)
    if (does := consequence(action, params)) and not given.get("yes"):
        raise RequestRefused(f"{does}; say --yes if you mean it")
    pages = given.get("pages")
    if pages is not None:
        pages = pages if isinstance(pages, int) and pages > 0 else ALL
        if unfit := unpaged(action, params):
            raise RequestRefused(unfit)
    return Asked(action, params, pages, tuple(sentence for _, sentence in checked.hints))
