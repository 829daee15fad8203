"""
The page, its JSON and its actions: who may see what, and which part answers.

It answers requests to the web server and those to the control socket, whose users may do
everything anyway. What it doesn't know, such as feeds, is left to the web server.
"""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping
from importlib import resources
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import structlog
from aiohttp import web

from gazelled.config.checks.web_table import METRICS_MISSING, has_metrics
from gazelled.errors import ConfigError, GazelledError
from gazelled.plugin import RouteRequest
from gazelled.service.app import App
from gazelled.service.control.codec import encode
from gazelled.service.health_report import health_report
from gazelled.service.monitoring.exposition import metrics_text
from gazelled.service.outages.state_outage import be_impatient
from gazelled.service.web import web_texts
from gazelled.service.web.access.log_in import log_in, login_page
from gazelled.service.web.access.request_source import below_prefix
from gazelled.service.web.access.visitors import PageVisitor, Visitors, bearer_token, has_csrf
from gazelled.service.web.feed_server import INDEX, Patience
from gazelled.service.web.live.change_stream import ChangeStream
from gazelled.service.web.media_types import media_type
from gazelled.service.web.page_answers import HEADERS, Refusal, html, json_answer, plain, redirect
from gazelled.service.web.published.plugin_pages import (
    PluginPage,
    RoutePlace,
    find_route,
    listed_pages,
    make_page,
)
from gazelled.service.web.rendering import render
from gazelled.service.web.web_page import Frame, NoSuchPageError, PageRequest, WebPage

if TYPE_CHECKING:
    from gazelled.service.web.web_actions import ActionOutcome, WebActions

log = structlog.stdlib.get_logger(__name__)

LARGEST = 64 * 2**10
"""Bytes that a form may have."""

MADE_WITHIN = 30.0
"""Seconds that a page may take."""

MOST_FIELDS = 1000

STATE_KEPT = 1.0
"""Seconds for which `/readyz` answers the same, since every user of the machine may ask."""

_API = "/api/v1"
_LOCAL = re.compile(r"/(?:(?![/\\])[\x21-\x7e]*)?")
_OVERVIEW = f"{_API}/overview"


class WebSite:
    """Answers what is asked below the prefix, except feeds and what else targets publish."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.visitors = Visitors(app.access, app.clock, str(app.folder))
        self._stream = ChangeStream(app.happenings.changes, app.stopping)
        self._actions: WebActions | None = None
        self._outcomes: dict[str, ActionOutcome] = {}
        self._state, self._state_at = "", -STATE_KEPT
        self._open: Mapping[
            str, Callable[[web.BaseRequest, PageVisitor], Awaitable[web.Response]]
        ] = {
            "/healthz": self._alive,
            "/metrics": self._metrics,
            "/readyz": self._ready,
        }

    async def end(self) -> None:
        """End what actions still do."""
        if self._actions is not None:
            await self._actions.end()

    async def answer(
        self, request: web.BaseRequest, patience: Patience, *, by_control: bool = False
    ) -> web.StreamResponse | None:
        """
        Return the response to a request; None if it isn't for the page.

        Args:
            request: The request.
            patience: Lifts the time limit of the connection.
            by_control: Whether it came over the control socket.

        """
        settings = self._app.config.web
        path = below_prefix(request.rel_url.raw_path, settings.prefix)
        visitor = self.visitors.of(request, settings, by_control=by_control)
        if not visitor.source.is_own_name:
            # A stranger's page can have its name point here, and would read what it likes.
            return plain(web_texts.wrong_host(settings.address), 421)
        if visitor.source.is_foreign:
            return plain(web_texts.FOREIGN, 403)
        try:
            return await self._shown(request, path, visitor, patience)
        except Refusal as refusal:
            return self._refused(refusal, path, visitor)
        except TimeoutError:
            return self._refused(Refusal(503, web_texts.TOO_SLOW), path, visitor)
        except Exception:
            log.exception("web.page_failed", path=path)
            return self._refused(Refusal(500, web_texts.FAILED), path, visitor)

    def published(self, request: web.BaseRequest) -> str | None:
        """Return the address below which a target publishes what is asked for; None if none may."""
        settings = self._app.config.web
        path, below = (
            below_prefix(request.path, settings.prefix),
            self._app.access.feeds_below(settings),
        )
        private = path[: len(below)].encode("utf-8", "surrogateescape")
        if hmac.compare_digest(private, below.encode()):
            return path[len(below) - 1 :]
        visitor = self.visitors.of(request, settings, by_control=False)
        return path if visitor.is_known else None

    async def _shown(
        self, request: web.BaseRequest, path: str, visitor: PageVisitor, patience: Patience
    ) -> web.StreamResponse | None:
        if path == "/login":
            settings = self._app.config.web
            return await log_in(request, self.visitors, visitor, settings, _form)
        if path in self._open or path.startswith("/static/"):
            return await self._open.get(path, _static)(request, visitor)
        if (page := find_route(self._app.bus, path)) is not None and (
            visitor.is_known or (page.route.public and request.method in {"GET", "HEAD"})
        ):
            return await self._of_plugin(page, request, visitor, patience)
        if page is None and not self._is_own(path):
            return None
        if not visitor.is_known:
            return self._stranger(request, path, visitor)
        if request.method == "POST":
            return await self._post(request, path, visitor, patience)
        if request.method not in {"GET", "HEAD"}:
            raise Refusal(405, "Only GET, HEAD and POST are answered.", Allow="GET, HEAD, POST")
        if path == "/events":
            return await self._follow(request, visitor, patience)
        with patience():
            async with asyncio.timeout(MADE_WITHIN):
                return await self._get(request, path, visitor)

    # What is open to all

    async def _alive(self, *_: object) -> web.Response:
        """Return that the process lives and its loop turns."""
        return plain("ok")

    async def _ready(self, *_: object) -> web.Response:
        """Return whether the daemon does its job; strangers learn no more, and cost little."""
        now = asyncio.get_running_loop().time()
        if now - self._state_at > STATE_KEPT:
            be_impatient()
            try:
                self._state = (await health_report(self._app)).state
            except GazelledError:  # the state can't be read
                self._state = "failing"
            self._state_at = now
        return plain(self._state, 503 if self._state == "failing" else 200)

    async def _metrics(self, request: web.BaseRequest, visitor: PageVisitor) -> web.Response:
        """Return all metrics to whom the config lets read them."""
        setting = self._app.config.web.metrics
        if setting == "off":
            raise Refusal(404, web_texts.NOT_FOUND)
        if setting == "token" and not visitor.is_known:
            raise self._closed(request, visitor, web_texts.METRICS_CLOSED)
        if not has_metrics():
            raise Refusal(501, METRICS_MISSING)
        be_impatient()
        try:
            text, content_type = await metrics_text(self._app, request.headers.get("Accept", ""))
        except GazelledError as error:
            raise Refusal(503, self._app.redactor.scrub(str(error))) from None
        return web.Response(body=text, headers={**HEADERS, "Content-Type": content_type})

    def _closed(self, request: web.BaseRequest, visitor: PageVisitor, text: str) -> Refusal:
        """Return why a script gets nothing: a text if it has sent no token."""
        address = visitor.source.address
        if bearer_token(request) and (seconds := self.visitors.limit.wait(address)):
            after = str(round(seconds) + 1)
            return Refusal(429, web_texts.wait(seconds), Retry_After=after)
        text = web_texts.WRONG_TOKEN if bearer_token(request) else text
        return Refusal(401, text, WWW_Authenticate="Bearer")

    def _stranger(
        self, request: web.BaseRequest, path: str, visitor: PageVisitor
    ) -> web.StreamResponse | None:
        """Return what somebody without a token gets."""
        if path.startswith(f"{_API}/") or path == "/events":
            raise self._closed(request, visitor, web_texts.TOKEN_NEEDED)
        settings = self._app.config.web
        if path == "/" and not settings.private_feeds and self._app.bus.web.routes.find(INDEX):
            return None  # a target's page, as open as the feeds
        return redirect(f"{settings.prefix}/login")

    # What the token opens

    def _is_own(self, path: str) -> bool:
        if path == "/events" or path.startswith((f"{_API}/", "/actions/")):
            return True
        return self._page(path) is not None

    def _page(self, path: str) -> tuple[WebPage, Mapping[str, str]] | None:
        from gazelled.service.web.page_table import PAGES  # noqa: PLC0415 - with the first page

        for page in PAGES:
            if (parts := page.parts_of(path)) is not None:
                return page, parts
        return None

    async def _get(
        self, request: web.BaseRequest, path: str, visitor: PageVisitor
    ) -> web.StreamResponse:
        is_api = path.startswith(f"{_API}/")
        address = path if not is_api else "/" if path == _OVERVIEW else path.removeprefix(_API)
        if (known := self._page(address)) is None:
            raise Refusal(404, web_texts.NOT_FOUND)
        page, parts = known
        asked = PageRequest(address, parts, _query(request))
        try:
            model = await page.view(self._app, asked)
        except NoSuchPageError as error:
            raise Refusal(404, self._app.redactor.scrub(str(error))) from None
        except ConfigError as error:
            raise Refusal(400, self._app.redactor.scrub(str(error))) from None
        except GazelledError as error:
            raise Refusal(503, self._app.redactor.scrub(str(error))) from None
        if is_api:
            return json_answer(encode(model))
        return html(render(page.template, model, self._frame(address, visitor)))

    async def _of_plugin(
        self, page: RoutePlace, request: web.BaseRequest, visitor: PageVisitor, patience: Patience
    ) -> web.StreamResponse:
        """Return a page of a plugin; a form is sent to it once it has what only pages know."""
        form: dict[str, list[str]] = {}
        if request.method == "POST":
            form = await _form(request)
            if not has_csrf(visitor, form.pop("csrf", [""])[-1]):
                raise Refusal(403, web_texts.NO_CSRF)
        elif request.method not in {"GET", "HEAD"}:
            raise Refusal(405, "Only GET, HEAD and POST are answered.", Allow="GET, HEAD, POST")
        prefix = self._app.config.web.prefix
        asked = RouteRequest(
            page.rest,
            _query(request),
            {name: values[-1] for name, values in form.items()},
            "POST" if request.method == "POST" else "GET",
            f"{prefix}/plugins/{page.plugin}/",
            visitor.csrf,
        )
        with patience():
            made = await make_page(self._app.bus, page, asked)
        if isinstance(made, PluginPage):
            return html(render("plugin.html", made, self._frame(page.path, visitor)))
        return made

    async def _follow(
        self, request: web.BaseRequest, visitor: PageVisitor, patience: Patience
    ) -> web.StreamResponse:
        if self._stream.is_full:
            raise Refusal(503, web_texts.MANY_STREAMS, Retry_After="60")

        access = self._app.access
        issue = access.issue

        def may_go_on() -> bool:
            if visitor.by == "session":
                return access.is_session(visitor.session)
            return visitor.by == "control" or (access.has_token and access.issue == issue)

        with patience(streams=True):
            return await self._stream.send(request, may_go_on)

    async def _post(
        self, request: web.BaseRequest, path: str, visitor: PageVisitor, patience: Patience
    ) -> web.StreamResponse:
        """Do an action: of a form, with a redirect to the page it came from; or of JSON."""
        is_api = path.startswith(f"{_API}/actions/")
        if not is_api and not path.startswith("/actions/"):
            raise Refusal(405, "Only GET and HEAD are answered.", Allow="GET, HEAD")
        name = path.rpartition("/")[2]
        if is_api:
            body = await _body(request)
            if not has_csrf(visitor, request.headers.get("X-CSRF-Token", "")):
                raise Refusal(403, web_texts.NO_CSRF)
            with patience():
                reply, is_done = await self._begun_actions().do_json(name, body)
            return json_answer(reply, 200 if is_done else 409)
        form = await _form(request)
        if not has_csrf(visitor, form.pop("csrf", [""])[-1]):
            raise Refusal(403, web_texts.NO_CSRF)
        back = form.pop("back", ["/"])[-1]
        if name == "logout":
            response = login_page(self._app.config.web, web_texts.LOGGED_OUT)
            return await self.visitors.log_out(response, visitor, self._app.config.web)
        with patience():
            outcome = await self._begun_actions().begin(name, form)
        self._outcomes[visitor.csrf] = outcome
        return redirect(self._app.config.web.prefix + (back if _LOCAL.fullmatch(back) else "/"))

    def _begun_actions(self) -> WebActions:
        from gazelled.service.web.web_actions import WebActions  # noqa: PLC0415 - with the first one

        self._actions = self._actions or WebActions(self._app)
        return self._actions

    def _frame(self, path: str, visitor: PageVisitor) -> Frame:
        outcome = self._outcomes.pop(visitor.csrf, None)
        return Frame(
            root=self._app.config.web.prefix,
            path=path,
            csrf=visitor.csrf,
            message=outcome.text if outcome else "",
            has_failed=outcome is not None and outcome.failed,
            can_log_out=visitor.by == "session",
            plugin_pages=listed_pages(self._app.bus) if visitor.is_known else (),
        )

    def _refused(self, refusal: Refusal, path: str, visitor: PageVisitor) -> web.Response:
        if path.startswith(f"{_API}/"):
            return json_answer({"error": refusal.text}, refusal.status, refusal.headers)
        if not visitor.is_known:
            return plain(refusal.text, refusal.status, **refusal.headers)
        frame = self._frame(path, visitor)
        response = html(render("error.html", refusal, frame), refusal.status)
        response.headers.update(refusal.headers)
        return response


async def _static(request: web.BaseRequest, _: PageVisitor) -> web.Response:
    """Return a file of the page's own; it holds no secret."""
    name = request.path.rpartition("/static/")[2]
    folder = resources.files("gazelled.service.web") / "static"
    if name not in {file.name for file in folder.iterdir() if not file.name.startswith(".")}:
        raise Refusal(404, web_texts.NOT_FOUND)
    content = await asyncio.to_thread((folder / name).read_bytes)
    headers = {**HEADERS, "Cache-Control": "no-cache", "Content-Type": media_type(name)}
    return web.Response(body=content, headers=headers)


def _query(request: web.BaseRequest) -> dict[str, str]:
    """Return the parameters of an address; of a name that is there twice, the last one."""
    return {name: request.query.getall(name)[-1] for name in request.query}


async def _body(request: web.BaseRequest) -> bytes:
    """Return the body of a request; it is read within the time limit of its connection."""
    body = bytearray()
    while chunk := await request.content.readany():
        body += chunk
        if len(body) > LARGEST:
            raise Refusal(413, web_texts.TOO_LARGE)
    return bytes(body)


async def _form(request: web.BaseRequest) -> dict[str, list[str]]:
    if request.content_type != "application/x-www-form-urlencoded":
        raise Refusal(415, "Expected a form.")
    try:
        text = (await _body(request)).decode("ascii")
        return parse_qs(
            text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise Refusal(400, "Expected a form.") from None
