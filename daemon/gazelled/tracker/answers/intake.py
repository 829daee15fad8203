"""
Where the tracker's words come in: secrets are taken out before anything is cut, kept or shown.

Pages of refusals echo requests, titles quote announce URLs, and the account's own answers hold
its keys. An answer of more than a megabyte is read in another thread.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from itertools import islice
from typing import Any, ParamSpec, TypeVar

from yarl import URL

from gazelled.redact import ACCOUNT_KEYS, Redactor
from gazelled.tracker.answers.classification import SESSION_COOKIE, Consequence, HttpReply, Verdict
from gazelled.tracker.answers.torrent_files import DOWNLOAD
from gazelled.tracker.login.auth import Auth, LoginAuth, TokenAuth

P = ParamSpec("P")
T = TypeVar("T")
Judge = Callable[[HttpReply, URL], Verdict]

INDEX = "index"
LARGE = 2**20
"""Bodies with more bytes are read by a thread, so that they don't hold the event loop."""

MOST_KEYS = 16
"""So many keys of each kind are learnt from one answer; real ones hold one."""

MOST_KNOWN = 100
"""So many keys are learnt in all: an account has few, and a tracker that goes mad many."""

_KEYS = re.compile(
    rf'"(?:{"|".join(ACCOUNT_KEYS)})"\s{{0,9}}:\s{{0,9}}"([^"\\]{{8,128}})"'.encode()
)
_AUTHKEY = re.compile(rb'"authkey"\s{0,9}:\s{0,9}"([^"\\]{8,128})"')
_ANNOUNCED = re.compile(rb"/([0-9A-Za-z]{32})/announce")
_NOWHERE = "about:blank"


async def aside(body: bytes, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call what reads an answer's body, in another thread if that is large."""
    if len(body) > LARGE:
        return await asyncio.to_thread(read, *args, **kwargs)
    return read(*args, **kwargs)


class Intake:
    """
    Reads replies, and takes secrets out of them.

    Args:
        auth: How the account logs in; its secrets are the first to be known.
        redactor: Knows the secrets. None for a client library, whose caller owns the account: the
            answers of the API stay as they came then, and only errors are cleared.

    Attributes:
        keys: The account's own keys, as `index` and files have them; the newest stand last.
        authkey: The key that forms need, as `index` had it last; empty before.

    """

    def __init__(self, auth: Auth, redactor: Redactor | None) -> None:
        self._whole = redactor is None
        self._redactor = redactor or Redactor()
        self._keys: set[str] = set()
        self.keys: tuple[str, ...] = ()
        self.authkey = ""
        match auth:
            case TokenAuth(token=token):
                self._redactor.add_tracker(token)
            case LoginAuth(password=password, totp=code):
                self._redactor.add_tracker(password, code)
            case _:  # cookies are learnt when they are read
                pass

    def learn_cookies(self, cookies: Mapping[str, str]) -> None:
        """Register the account's cookies; except for the session's, a short one is a word."""
        for name, value in cookies.items():
            if name == SESSION_COOKIE:
                self._redactor.add_tracker(value)
            elif not value.isdecimal():  # the user's number is no secret
                self._redactor.add(value)

    def learn_own(self, keys: Iterable[str]) -> None:
        keys = [*keys]
        self._learn_keys(keys)
        for key in keys:
            self.keys = (*(earlier for earlier in self.keys if earlier != key), key)[-MOST_KEYS:]

    def _learn_keys(self, keys: Iterable[str]) -> None:
        for key in keys:
            if key not in self._keys and len(self._keys) < MOST_KNOWN:
                self._redactor.add_tracker(key)
                self._keys.add(key)

    def text(self, text: str) -> str:
        return self._redactor.scrub_foreign(text)

    async def read(self, reply: HttpReply, url: URL, judge: Judge, action: str = "") -> Verdict:
        """Decide what a reply means; what is returned holds no secret, except for a `.torrent`."""
        return await aside(reply.body, self._read, reply, url, judge, action)

    def _read(self, reply: HttpReply, url: URL, judge: Judge, action: str) -> Verdict:
        is_file = action == DOWNLOAD and reply.body[:1] == b"d"
        pattern = _ANNOUNCED if is_file else _KEYS
        matches = islice(pattern.finditer(reply.body), MOST_KEYS)
        keys = [match[1].decode("utf-8", "replace") for match in matches]
        self._learn_keys(keys)
        clean = self.clean(reply)
        # Its headers are judged as they came: an address may only look like a secret.
        verdict = judge(reply if is_file else replace(reply, body=clean.body), url)
        if verdict.consequence is not Consequence.OK:
            return self._failure(verdict, reply, clean, url, judge)
        if is_file or action == INDEX:
            self.learn_own(keys)
        if action == INDEX and (authkey := _AUTHKEY.search(reply.body)):
            self.authkey = authkey[1].decode("utf-8", "replace")
        if is_file:
            return verdict
        if self._whole:
            if clean.body == reply.body:
                return verdict
            return replace(judge(reply, url), warnings=verdict.warnings)
        try:
            payload = self._redactor.scrub_answer(verdict.payload)
        except RecursionError:
            text = "The answer is nested too deeply."
            return Verdict(Consequence.BROKEN, text, reply=clean)
        warnings = self.text(verdict.warnings)
        return replace(verdict, payload=payload, reply=clean, warnings=warnings)

    def _failure(
        self, verdict: Verdict, reply: HttpReply, clean: HttpReply, url: URL, judge: Judge
    ) -> Verdict:
        """Return a failure without what looks like a secret: its words are shown to people."""
        # Its words were cut by now, perhaps within a secret: they are made of a clean page again.
        page = self._redactor.scrub_page(clean.body)
        again = verdict if page == clean.body else judge(replace(reply, body=page), url)
        verdict = again if again.consequence is verdict.consequence else verdict
        clean = replace(clean, body=page)
        return replace(verdict, text=self.text(verdict.text), reply=verdict.reply and clean)

    def clean(self, reply: HttpReply) -> HttpReply:
        """Return a reply without secrets in its body and in what is kept of its headers."""
        headers: dict[str, Any] = {
            field.name: text
            for field in fields(reply)
            if isinstance(came := getattr(reply, field.name), str)
            and (text := self.text(came)) != came
        }
        if "location" in headers:
            headers["location"] = _address(headers["location"])
        body = self._redactor.scrub_body(reply.body)
        return replace(reply, body=body, **headers) if headers or body != reply.body else reply


def _address(text: str) -> str:
    try:
        return str(URL(text))
    except ValueError:
        return _NOWHERE
