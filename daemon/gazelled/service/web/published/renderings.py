"""What a plugin has made for a client: its ETag and date, and 304 to those who have it."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from aiohttp import ETag, web

from gazelled.plugin import WebFile

MOST = 1000
"""So many addresses are remembered with what was served there last."""


class Renderings:
    """
    Makes responses.

    The date of a content is a second later, at least, than that of the one before at its address,
    since clients compare seconds: libcurl drops a response that is as old as what it has.
    """

    def __init__(self) -> None:
        self._latest: dict[str, tuple[str, datetime]] = {}

    def response(self, request: web.BaseRequest, served: WebFile) -> web.Response:
        """Return the content, or 304 without it if the client has it."""
        tag = hashlib.sha256(served.content).hexdigest()[:32]
        response = web.Response()
        # A weak one: what is compressed has other bytes.
        response.etag = ETag(tag, is_weak=True)
        date = None
        if served.modified is not None:
            date = response.last_modified = self._date(request.path, tag, served.modified)
        response.headers["Cache-Control"] = "no-store" if served.private else "no-cache"
        response.headers["Vary"] = "Accept-Encoding"
        if _has(request, tag, date):
            response.set_status(304)
            return response
        response.body = served.content
        response.headers["Content-Type"] = served.type
        response.enable_compression()
        return response

    def _date(self, path: str, tag: str, modified: datetime) -> datetime:
        date = modified.replace(microsecond=0)
        if latest := self._latest.pop(path, None):
            last_tag, last_date = latest
            date = last_date if tag == last_tag else max(date, last_date + timedelta(seconds=1))
        self._latest[path] = (tag, date)
        if len(self._latest) > MOST:
            del self._latest[next(iter(self._latest))]
        return date


def _has(request: web.BaseRequest, tag: str, date: datetime | None) -> bool:
    """Return whether a client has what it asks for; of both conditions the tag counts."""
    if "If-None-Match" in request.headers:
        return any(known.value in {tag, "*"} for known in request.if_none_match or ())
    since = request.if_modified_since
    return bool(since and date and date <= since)
