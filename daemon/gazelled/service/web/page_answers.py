"""Responses of the page, with the headers that keep other pages out of it."""

from __future__ import annotations

import json

from aiohttp import web

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Without any, browsers send "null" as the origin of a form.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""A page runs its own script only, loads nothing from elsewhere and stands in no other page."""


class Refusal(Exception):  # noqa: N818 - it is an answer
    """Ends a request with a status and a sentence."""

    def __init__(self, status: int, text: str, **headers: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def _written(content: str) -> bytes:
    """Return a text as bytes: an error of a plugin may name a file that isn't Unicode."""
    return content.encode("utf-8", "replace")


def html(content: str, status: int = 200) -> web.Response:
    """Return a page."""
    return web.Response(
        body=_written(content),
        status=status,
        content_type="text/html",
        charset="utf-8",
        headers=HEADERS,
    )


def plain(content: str, status: int = 200, **headers: str) -> web.Response:
    """Return a sentence."""
    return web.Response(
        body=_written(f"{content}\n"),
        status=status,
        content_type="text/plain",
        charset="utf-8",
        headers={**HEADERS, **headers},
    )


def json_answer(
    data: object, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    """Return data as JSON; what JSON has no type for is written as a text."""
    content = json.dumps(data, ensure_ascii=False, default=str)
    return web.Response(
        body=_written(f"{content}\n"),
        status=status,
        content_type="application/json",
        charset="utf-8",
        headers={**HEADERS, **(headers or {})},
    )


def redirect(location: str) -> web.Response:
    """Return what leads a browser to another address of this daemon."""
    return web.Response(status=303, headers={**HEADERS, "Location": location})
