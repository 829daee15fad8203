"""`/login`: the form, and the link that `gazelled web token` shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import structlog
from aiohttp import web

from gazelled.config.model import Web
from gazelled.service.web import web_texts
from gazelled.service.web.access.visitors import PageVisitor, Visitors
from gazelled.service.web.page_answers import html, redirect
from gazelled.service.web.rendering import render
from gazelled.service.web.web_page import Frame

log = structlog.stdlib.get_logger(__name__)

ReadForm = Callable[[web.BaseRequest], Awaitable[Mapping[str, list[str]]]]


async def log_in(
    request: web.BaseRequest,
    visitors: Visitors,
    visitor: PageVisitor,
    settings: Web,
    read_form: ReadForm,
) -> web.Response:
    """Check a token, out of a link or a form; somebody without one gets the form."""
    if request.method == "POST":
        token = (await read_form(request)).get("token", [""])[-1].strip()
    else:
        token = request.query.get("token", "").strip()
    source = visitor.source
    if visitor.is_known and not token:
        return redirect(f"{settings.prefix}/")
    if not token:
        return login_page(settings, "" if visitors.access.has_token else web_texts.NO_TOKEN_YET)
    if visitors.check(token, source):
        log.info("web.logged_in", address=source.address)
        # The token leaves the address bar.
        return await visitors.log_in(redirect(f"{settings.prefix}/"), source, settings)
    if seconds := visitors.limit.wait(source.address):
        response = login_page(settings, web_texts.wait(seconds), 429)
        response.headers["Retry-After"] = str(round(seconds) + 1)
        return response
    log.warning("web.login_failed", address=source.address)
    return login_page(settings, web_texts.WRONG_TOKEN, 403)


def login_page(settings: Web, message: str, status: int = 200) -> web.Response:
    """Return the form."""
    frame = Frame(settings.prefix, "/login", message=message, title="Log in")
    return html(render("login.html", None, frame), status)
