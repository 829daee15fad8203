"""The control handlers of the page: its token."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from gazelled.service.app import App
from gazelled.service.control.requests import web_requests


async def make_token(
    app: App, _: web_requests.WebTokenRequest
) -> AsyncGenerator[web_requests.WebTokenReply, None]:
    """Make a token for the page; the one before and its log-ins end."""
    token = await app.access.renew()
    app.redactor.add(token)
    address = app.config.web.address
    link = f"{address}/login?token={token}" if app.config.web.listen else ""
    yield web_requests.WebTokenReply(token, link)


async def revoke(
    app: App, _: web_requests.WebRevokeRequest
) -> AsyncGenerator[web_requests.WebRevokeReply, None]:
    """End the token of the page, and all log-ins."""
    yield web_requests.WebRevokeReply(await app.access.revoke())
