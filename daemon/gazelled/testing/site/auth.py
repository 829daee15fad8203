"""Who may enter: bearer tokens, session cookies, and the log-in with its lock-out."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, unquote

from gazelled.testing.content.records import UserRecord
from gazelled.testing.content.world import World
from gazelled.testing.site import pages
from gazelled.testing.site.exchange import (
    BARE_JSON,
    HTML,
    NO_CACHE,
    SimulatedReply,
    SimulatedRequest,
)
from gazelled.testing.site.php import encode, http_date

BEARER = "Bearer"
"""The scheme of the site's tokens."""

_TOKEN_BYTES = 64
_ATTEMPTS = 6
_YEAR = 31536000


@dataclass(frozen=True, slots=True)
class Visitor:
    """
    Someone who was let in.

    Attributes:
        loaded: Whether the site knows more than the id: it does by a cookie, not by a token.

    """

    user: UserRecord
    loaded: bool


@dataclass(slots=True)
class _Token:
    user: int
    revoked: bool = False


class Gate:
    """
    Decide who may enter.

    Args:
        world: Whose users they are.
        site: The name of the site.
        seed: Makes tokens and sessions; the same seed, the same ones.
        endpoints: The pages that take tokens.
        scheme: What stands before a token; nothing if empty. Other sites than this one have
            other schemes, and load the user for tokens, too.

    Attributes:
        banned: The addresses that are banned.
        code_steps: How many steps of 30 s a code of the second factor may be early or late.

    """

    def __init__(
        self,
        world: World,
        *,
        site: str,
        seed: int,
        endpoints: AbstractSet[str],
        scheme: str = BEARER,
    ) -> None:
        self.banned: set[str] = set()
        self.code_steps = 1
        self._world = world
        self._site = site
        self._seed = seed
        self._endpoints = endpoints
        self._scheme = scheme
        self._tokens: dict[str, _Token] = {}
        self._forgotten: dict[str, _Token] = {}
        self._sessions: dict[str, int] = {}
        self._attempts: dict[str, tuple[int, datetime]] = {}
        self._told: set[int] = set()
        self._made = 0

    # Tokens

    def token(self, user: UserRecord) -> str:
        """Return the oldest token of a user, the only one that works; make one if there is none."""
        return self._oldest(user.id) or self.new_token(user)

    def new_token(self, user: UserRecord) -> str:
        """Make one more token; only the oldest of a user works."""
        inner = base64.b64encode(self._secret("token", user.id, _TOKEN_BYTES))
        token = base64.urlsafe_b64encode(inner).rstrip(b"=").decode()
        self._tokens[token] = _Token(user.id)
        return token

    def revoke(self, user: UserRecord) -> None:
        """Revoke all tokens of a user."""
        for token in self._tokens.values():
            token.revoked |= token.user == user.id

    def forget(self, user: UserRecord) -> None:
        """Remove the tokens of a user without a trace."""
        for text in [text for text, token in self._tokens.items() if token.user == user.id]:
            self._forgotten[text] = self._tokens.pop(text)

    def expire(self, user: UserRecord | None) -> None:
        """End the sessions of a user, or all."""
        for session in list(self._sessions):
            if user is None or self._sessions[session] == user.id:
                del self._sessions[session]

    def disable(self, user: UserRecord) -> None:
        """Disable a user: cookies end, and the next use of a token is told."""
        user.enabled = False
        self._told.discard(user.id)

    # Requests

    def enter(self, ask: SimulatedRequest) -> Visitor | SimulatedReply:
        """Let someone in, or say why not."""
        guest = self._by_cookie(ask)
        if ask.authorization is not None and ask.path[1:] in self._endpoints:
            user = self._by_token(ask)
            if isinstance(user, SimulatedReply):
                return user
            if not guest:
                return Visitor(user, loaded=self._scheme != BEARER)
        if guest:
            return Visitor(guest, loaded=True)
        return self.turned_away(ask, lost="session" in ask.cookies and "userid" in ask.cookies)

    def turned_away(self, ask: SimulatedRequest, *, lost: bool) -> SimulatedReply:
        """Send to the log-in: someone without credentials, or whose session is lost."""
        redirect = () if lost else (way_back(ask, self._world.clock.now()),)
        body = pages.bad_request(site=self._site, inner=lost)
        return SimulatedReply(302, HTML, body, (*redirect, *CLEARED, ("Location", "login.php")))

    def failure(self, error: str) -> SimulatedReply:
        """Refuse a token with the words of the site."""
        info = {"source": self._site, "version": 1}
        return SimulatedReply(
            200, BARE_JSON, encode({"status": "failure", "error": error, "info": info})
        )

    def log_in(self, ask: SimulatedRequest) -> SimulatedReply:
        """Answer `login.php`."""
        if ask.address in self.banned:
            words = "<p>Your IP address has been banned.</p>"
            return SimulatedReply(500, HTML, pages.public("Other Error", words, site=self._site))
        if self._by_cookie(ask):
            return SimulatedReply(
                302,
                HTML,
                pages.bad_request(site=self._site, inner=True),
                (("Location", "index.php"),),
            )
        name, password = ask.form.get("username", ""), ask.form.get("password", "")
        if ask.method != "POST" or not (name and password):
            return self._form(ask, "")
        if self._locked(ask.address):
            return self._away("login.php")
        return self._checked(ask, self._by_name(name), password)

    def _checked(
        self, ask: SimulatedRequest, user: UserRecord | None, password: str
    ) -> SimulatedReply:
        if user is None or password != user.password:
            return self._failed(ask, "Your username or password was incorrect")
        if user.totp and ask.form.get("twofa", "") not in self._codes(user):
            return self._failed(ask, "Two-factor authentication failed")
        if not user.confirmed:
            return self._form(ask, "Your account has not been confirmed. Please check your email")
        if not user.enabled:
            return self._away_disabled(user)
        return self._welcome(ask, user)

    def log_out(self, ask: SimulatedRequest) -> SimulatedReply:
        """Answer `logout.php`, which wants the user's authkey; without a session that is all."""
        user = self._by_cookie(ask)
        if user is None:
            return self.turned_away(ask, lost="session" in ask.cookies)
        if ask.query.get("auth") != user.authkey:
            return SimulatedReply(500, HTML)
        self._sessions.pop(ask.cookies["session"], None)
        return self.turned_away(ask, lost=True)

    def code(self, user: UserRecord, *, ahead: int = 0) -> str:
        """Compute a code of the second factor."""
        step = int(self._world.clock.now().timestamp()) // 30 + ahead
        key = base64.b32decode(user.totp)
        digest = hmac.new(key, struct.pack(">Q", step), "sha1").digest()
        offset = digest[-1] & 15
        number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
        return f"{number % 1_000_000:06}"

    def _codes(self, user: UserRecord) -> set[str]:
        steps = range(-self.code_steps, self.code_steps + 1)
        return {self.code(user, ahead=ahead) for ahead in steps}

    def _by_token(self, ask: SimulatedRequest) -> UserRecord | SimulatedReply:
        header = ask.authorization or ""
        scheme, _, text = header.partition(" ") if self._scheme else ("", "", header)
        if scheme != self._scheme or not text or " " in text:
            return self.failure(f"authorization type must be {self._scheme or 'a bare key'}")
        if not _well_formed(text):
            return SimulatedReply(500, HTML)
        objection = self._objection(ask, text)
        return self.failure(objection) if objection else self._world.users[self._tokens[text].user]

    def _objection(self, ask: SimulatedRequest, text: str) -> str:
        if text in self._forgotten:
            return "token user mismatch"
        if text not in self._tokens:
            return "invalid token format"
        if ask.address in self.banned:
            return "your ip address has been banned"
        user_id = self._tokens[text].user
        if text != self._oldest(user_id):
            return "token revoked"
        if not self._world.users[user_id].enabled and user_id not in self._told:
            self._told.add(user_id)
            return "user disabled"
        return ""

    def _by_cookie(self, ask: SimulatedRequest) -> UserRecord | None:
        user_id = self._sessions.get(ask.cookies.get("session", ""))
        if user_id is None or ask.cookies.get("userid") != str(user_id):
            return None
        user = self._world.users[user_id]
        return user if user.enabled else None

    def _by_name(self, name: str) -> UserRecord | None:
        return next((user for user in self._world.users.values() if user.name == name), None)

    def _oldest(self, user_id: int) -> str | None:
        return next(
            (
                text
                for text, token in self._tokens.items()
                if token.user == user_id and not token.revoked
            ),
            None,
        )

    def _locked(self, address: str) -> bool:
        count, last = self._attempts.get(address, (0, self._world.clock.now()))
        if count < _ATTEMPTS:
            return False
        if self._world.clock.now() < last + timedelta(hours=count):
            return True
        del self._attempts[address]
        return False

    def _failed(self, ask: SimulatedRequest, words: str) -> SimulatedReply:
        count = self._attempts.get(ask.address, (0, None))[0] + 1
        self._attempts[ask.address] = (count, self._world.clock.now())
        return _with(self._form(ask, words), _deleted("keeplogged"))

    def _form(self, ask: SimulatedRequest, words: str) -> SimulatedReply:
        if self._locked(ask.address):
            words = "You're banned from logging in for a few hours."
        elif ask.query.get("action") == "disabled":
            words = "Your account has been disabled."
        elif ask.address in self._attempts:
            left = _ATTEMPTS - self._attempts[ask.address][0]
            words += f"<br />You have <span class=info>{left}</span> attempts remaining"
        return _with(pages.log_in_form(words, site=self._site), *NO_CACHE)

    def _away(self, location: str) -> SimulatedReply:
        body = pages.bad_request(site=self._site, inner=False)
        return SimulatedReply(302, HTML, body, (("Location", location),))

    def _away_disabled(self, user: UserRecord) -> SimulatedReply:
        later = http_date(self._world.clock.now() + timedelta(hours=1))
        cookie = f"username={user.name}; expires={later}; Max-Age=3600; path=/"
        body = pages.public("Login", "<p>Your account has been disabled.</p>", site=self._site)
        headers = (
            ("Set-Cookie", cookie),
            ("Location", "login.php?action=disabled"),
            _deleted("keeplogged"),
            *NO_CACHE,
        )
        return SimulatedReply(302, HTML, body, headers)

    def _welcome(self, ask: SimulatedRequest, user: UserRecord) -> SimulatedReply:
        session = base64.b64encode(self._secret("session", user.id, 48), b"ab").decode()[:59]
        self._sessions[session] = user.id
        later = http_date(self._world.clock.now() + timedelta(seconds=_YEAR))
        rest = f"expires={later}; Max-Age={_YEAR}; path=/; secure; HttpOnly"
        reply = self._away(unquote(ask.cookies.get("redirect", "index.php")))
        cookies = (
            ("Set-Cookie", f"session={session}; {rest}"),
            ("Set-Cookie", f"userid={user.id}; {rest}"),
        )
        return SimulatedReply(302, HTML, reply.body, (*cookies, *reply.headers))

    def _secret(self, kind: str, user_id: int, length: int) -> bytes:
        self._made += 1
        text = f"{kind} {self._made} of {user_id} by {self._seed}"
        return hashlib.shake_256(text.encode()).digest(length)


def way_back(ask: SimulatedRequest, now: datetime) -> tuple[str, str]:
    """Make the cookie that brings one back after the log-in."""
    later = http_date(now + timedelta(minutes=30))
    value = quote(ask.uri, safe="")
    return ("Set-Cookie", f"redirect={value}; expires={later}; Max-Age=1800; path=/")


def _deleted(name: str) -> tuple[str, str]:
    past = "Thu, 01 Jan 1970 00:00:01 GMT"
    return ("Set-Cookie", f"{name}=deleted; expires={past}; Max-Age=0; path=/")


CLEARED = tuple(_deleted(name) for name in ("session", "userid", "keeplogged"))
"""The headers that end a session in the browser."""


def _with(reply: SimulatedReply, *headers: tuple[str, str]) -> SimulatedReply:
    return SimulatedReply(reply.status, reply.content_type, reply.body, (*reply.headers, *headers))


def _well_formed(text: str) -> bool:
    return re.fullmatch(r"[\w-]{118}", text, re.ASCII) is not None
