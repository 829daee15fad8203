"""What follows when the tracker doesn't take the credentials of a request."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from gazelled.clock import Clock
from gazelled.errors import Reason
from gazelled.tracker.answers.classification import BAD_CREDENTIALS, Consequence, Verdict
from gazelled.tracker.key_values import KeyValues, load_json, save_json, stored_time
from gazelled.tracker.login.auth import Auth, CookieAuth, TokenAuth
from gazelled.tracker.login.cookie_file import place_of

MOST = 3
NO_SESSION = (
    "The tracker accepted the log-in and asked for it again at the next request: the session does "
    "not hold. Check that url in [tracker] has the scheme and host name that the website itself "
    "uses, and that this machine's address does not change between requests; otherwise ask the "
    "tracker's staff. Then: gazelled resume"
)
PATIENCE = timedelta(hours=3)
_KEY = "bad-credentials"
_SINCE_KEY = "token-not-understood"
_AGAIN = {
    "token": "Make a new token in your profile and put it in the config.",
    "cookies": "Log in with your browser and export the cookies again.",
}


def may_be_bad_credentials(verdict: Verdict) -> bool:
    """Return whether the tracker says "bad credentials" without a status that makes it final."""
    final = verdict.reply is not None and verdict.reply.status == HTTPStatus.UNAUTHORIZED
    return not final and BAD_CREDENTIALS in verdict.text.lower()


def no_way_in(verdict: Verdict, auth: Auth) -> Verdict:
    """Return what it means that the tracker wants another log-in than this token or cookie."""
    if isinstance(auth, CookieAuth):
        text = f"The cookies in {place_of(auth.source)} no longer log in. {_AGAIN['cookies']}"
        return Verdict(Consequence.STOPPED, text, reply=verdict.reply, reason=Reason.CREDENTIALS)
    if verdict.reply and verdict.reply.status == HTTPStatus.UNAUTHORIZED:
        text = "The tracker doesn't accept the token (401). Make a new one in your profile."
        return Verdict(Consequence.STOPPED, text, reply=verdict.reply, reason=Reason.CREDENTIALS)
    text = "it requires a log-in with user name and password, or a cookie; a token isn't enough"
    return Verdict(Consequence.REFUSED, text, reply=verdict.reply, reason=Reason.NOT_PERMITTED)


class TokenPatience:
    """
    Knows for how long the tracker hasn't understood a token, across restarts.

    It understands none after a restart, until its operators have unlocked it; for hours, at worst.
    """

    def __init__(self, store: KeyValues, clock: Clock, auth: Auth) -> None:
        self._store = store
        self._clock = clock
        token = auth.token if isinstance(auth, TokenAuth) else ""
        self._token = hashlib.sha256(token.encode()).hexdigest()[:16]
        self._none = False

    async def forget(self) -> None:
        """Reset: the tracker accepted the token."""
        if not self._none and await self._store.get_kv(_SINCE_KEY):
            await self._store.set_kv(_SINCE_KEY, None)
        self._none = True

    async def judge(self, verdict: Verdict) -> Verdict:
        """Return the consequence of a token that isn't understood: after three hours, a stop."""
        self._none = False
        now = self._clock.now()
        token, since = await load_json(self._store, _SINCE_KEY, _read_since) or ("", now)
        if token != self._token:
            since = now
            await save_json(self._store, _SINCE_KEY, {"token": self._token, "since": since})
        if now - since < PATIENCE:
            return verdict
        text = (
            "The tracker has not understood the token for three hours ('invalid token format'). "
            f"{_AGAIN['token']}"
        )
        return Verdict(Consequence.STOPPED, text, reply=verdict.reply, reason=Reason.CREDENTIALS)


class BadCredentialsCounter:
    """
    Counts how often in a row the tracker said "bad credentials", across restarts.

    Sites say so of a token or cookie that is of no use, but some also when their cache is down, so
    it stops everything only when it goes on.
    """

    def __init__(self, store: KeyValues) -> None:
        self._store = store
        self._none = False

    async def forget(self) -> None:
        """Begin to count anew: the tracker took the credentials."""
        if not self._none and await self._store.get_kv(_KEY):
            await self._store.set_kv(_KEY, None)
        self._none = True

    async def judge(self, verdict: Verdict, auth: Auth) -> Verdict:
        """Count one and return what it means: wait and try again, or stop."""
        self._none = False
        count = (await load_json(self._store, _KEY, int) or 0) + 1
        if count < MOST:
            await self._store.set_kv(_KEY, str(count))
            text = f'it says "bad credentials" ({count} of {MOST} times before gazelled stops)'
            return replace(verdict, consequence=Consequence.UNAVAILABLE, text=text, whole=True)
        await self._store.set_kv(_KEY, None)
        what = "token" if isinstance(auth, TokenAuth) else "cookies"
        text = (
            f'The tracker has said "bad credentials" of the {what} {MOST} times in a row. '
            f"{_AGAIN[what]}"
        )
        return Verdict(Consequence.STOPPED, text, reply=verdict.reply, reason=Reason.CREDENTIALS)


def _read_since(stored: Any) -> tuple[str, datetime]:  # noqa: ANN401 - JSON
    return stored["token"], stored_time(stored["since"])
