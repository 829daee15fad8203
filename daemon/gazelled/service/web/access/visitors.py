"""Who asks for a page, and what they may see and do."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from gazelled.clock import Clock
from gazelled.config.model import Web
from gazelled.service.web.access.login_limit import LoginLimit
from gazelled.service.web.access.request_source import RequestSource, source_of
from gazelled.service.web.access.web_access import SESSION, WebAccess

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class PageVisitor:
    """
    Who asks.

    Attributes:
        by: What makes them known: a session's cookie, the token in a header, the control socket;
            nothing for a stranger.
        source: Where the request comes from.
        csrf: What their forms have to send back.
        session: The secret of their session.

    """

    by: Literal["", "session", "token", "control"]
    source: RequestSource
    csrf: str = ""
    session: str = ""

    @property
    def is_known(self) -> bool:
        """Whether everything may be shown to them."""
        return bool(self.by)

    @property
    def needs_csrf(self) -> bool:
        """Whether a browser may have sent this without their knowledge."""
        return self.by == "session" or (self.by == "control" and self.source.is_browser)


class Visitors:
    """
    Recognises who asks, and logs them in and out.

    Args:
        access: The token and the sessions.
        clock: The time.
        instance: What tells this daemon from others of this machine: a browser sends the cookies
            of one to all, whatever their port.

    """

    def __init__(self, access: WebAccess, clock: Clock, instance: str) -> None:
        self.access = access
        self.limit = LoginLimit(clock)
        self._cookie = f"gazelled-{hashlib.sha256(instance.encode()).hexdigest()[:8]}"
        self._own_csrf = secrets.token_urlsafe(32)

    def of(self, request: web.BaseRequest, settings: Web, *, by_control: bool) -> PageVisitor:
        """Return who sends a request."""
        source = source_of(request, settings, by_control=by_control)
        if by_control:
            return PageVisitor("control", source, self._own_csrf)
        if (token := bearer_token(request)) and self.check(token, source):
            return PageVisitor("token", source)
        session = request.cookies.get(self._cookie, "")
        if session and len(session) <= _LONGEST and self.access.is_session(session):
            csrf = hashlib.sha256(f"csrf {session}".encode()).hexdigest()
            return PageVisitor("session", source, csrf, session)
        return PageVisitor("", source)

    def check(self, token: str, source: RequestSource) -> bool:
        """Return whether this is the token; wrong ones are counted, and too many never are."""
        if self.limit.wait(source.address):
            return False
        if len(token) <= _LONGEST and self.access.is_token(token):
            return True
        self.limit.failed(source.address)
        return False

    async def log_in(
        self, response: web.Response, source: RequestSource, settings: Web
    ) -> web.Response:
        """Begin a session, and give its cookie to the browser; return the response."""
        response.set_cookie(
            self._cookie,
            await self.access.begin(),
            max_age=int(SESSION.total_seconds()),
            path=f"{settings.prefix}/",
            httponly=True,
            secure=source.is_secure,
            samesite="Strict",
        )
        return response

    async def log_out(
        self, response: web.Response, visitor: PageVisitor, settings: Web
    ) -> web.Response:
        """End a session; return the response."""
        await self.access.end(visitor.session)
        response.del_cookie(self._cookie, path=f"{settings.prefix}/")
        return response


def bearer_token(request: web.BaseRequest) -> str:
    """Return the token that a script sends; empty if there is none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def has_csrf(visitor: PageVisitor, sent: str) -> bool:
    """Return whether a form has what it needs."""
    return not visitor.needs_csrf or hmac.compare_digest(visitor.csrf.encode(), sent.encode())
