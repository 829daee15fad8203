"""Changes at the site for a person who has confirmed them."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable

import structlog

from gazelled.errors import Reason, RequestRefused
from gazelled.service.app import App
from gazelled.service.control.protocol import CallProgress, DoReply, DoRequest
from gazelled.text import missing
from gazelled.tracker.client.api import Api
from gazelled.tracker.decoding.reading import By
from gazelled.tracker.forms.sender import WriteResult
from gazelled.tracker.forms.write import FormWriter

log = structlog.stdlib.get_logger(__name__)

LOG_OUT = "logout"
CHANGES = (*(name for name in vars(FormWriter) if not name.startswith("_")), LOG_OUT)
"""The changes that can be requested: the methods of the writer, and the log-out."""


async def do(app: App, request: DoRequest) -> AsyncGenerator[CallProgress | DoReply, None]:
    """
    Change something at the site, if the config allows it.

    Raises:
        RequestRefused: If it isn't allowed, or can't be asked for like this.
        TrackerError: If nothing was sent.

    """
    change = _change(app, request)
    yield CallProgress(round(app.dispatcher.wait(), 1), request.change)
    written = await change()
    log.info("change.made", change=request.change, outcome=written.outcome.value)
    text = app.redactor.scrub_foreign(written.text)
    yield DoReply(written.outcome.value, text, written.in_effect)


def _change(app: App, request: DoRequest) -> Callable[[], Awaitable[WriteResult]]:
    """Return what makes the change; nothing is sent yet."""
    if request.change not in CHANGES:
        problem = missing("change", request.change, CHANGES)
        raise RequestRefused(problem, reason=Reason.BAD_PARAMETERS)
    tracker = app.config.tracker
    by: By = "token" if tracker.bare_token else "cookie"
    api = Api(app.dispatcher, app.site, by, allow=tracker.allow)
    if request.change == LOG_OUT:
        return api.logout
    method: Callable[..., Awaitable[WriteResult]] = getattr(api.write, request.change)
    takes = inspect.signature(method)
    kind = (request.kind,) if request.kind else ()
    text = (request.text,) if request.text or "text" in takes.parameters else ()
    try:
        bound = takes.bind(*kind, *request.numbers, *text)
    except TypeError:
        problem = f"{request.change} takes other numbers and texts"
        raise RequestRefused(problem, reason=Reason.BAD_PARAMETERS) from None
    return lambda: method(*bound.args)
