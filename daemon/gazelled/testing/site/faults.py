"""The ways in which the simulated site can fail when it is told to."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from gazelled.testing.content.search import SEARCH_ERROR
from gazelled.testing.site import pages
from gazelled.testing.site.exchange import (
    BARE_HTML,
    BARE_JSON,
    HTML,
    JSON,
    ReplyStyle,
    SimulatedReply,
    SimulatedRequest,
)
from gazelled.testing.site.php import encode


class Fault(StrEnum):
    """
    A way to fail.

    At the door, whatever is asked, and nothing is counted by the rate limit:
    """

    BAD_GATEWAY = "bad-gateway"
    """502 and a page of nginx: PHP is down."""
    FORBIDDEN = "forbidden"
    """403 and words of the operators."""
    ECHO = "echo"
    """403 and a firewall's page that quotes what was sent to log in."""
    RETRY_AFTER = "retry-after"
    """503 with `Retry-After`."""
    TOO_MANY = "too-many"
    """429 with `Retry-After`."""
    HTML = "html"
    """200 and a page about maintenance."""
    REDIRECT_ELSEWHERE = "redirect-elsewhere"
    """302 to another origin, where it would be recorded too."""
    ORIGIN_DOWN = "origin-down"
    """521 and a page of the gateway in front of the site."""
    CHALLENGE = "challenge"
    """403 and a page of a service in front of the site that checks for browsers."""
    LARGE_HEADERS = "large-headers"
    """An answer whose head is larger than browsers take."""
    HANG = "hang"
    """No answer, ever."""
    DROP = "drop"
    """The connection is closed without an answer, so that clients send again."""

    # At authentication, of `ajax.php`.
    DATABASE_DOWN = "database-down"
    """500 and nothing for whoever has credentials."""
    DATABASE_KEY = "database-key"
    """The site was restarted: no token is understood and messages are sealed; cookies work."""
    BAD_SCHEME = "bad-scheme"
    """The token's scheme isn't liked."""
    BAD_TOKEN_FORMAT = "bad-token-format"  # noqa: S105 - no secret
    """The token isn't understood."""
    MALFORMED_TOKEN = "malformed-token"  # noqa: S105 - no secret
    """500 and nothing: the token isn't even one."""
    TOKEN_MISMATCH = "token-mismatch"  # noqa: S105 - no secret
    """The token's owner has none."""
    TOKEN_REVOKED = "token-revoked"  # noqa: S105 - no secret
    """The token was revoked."""
    USER_DISABLED = "user-disabled"
    """The user was disabled."""
    ADDRESS_BANNED = "address-banned"
    """The address was banned, for tokens and at the log-in."""
    SESSION_LOST = "session-lost"
    """302 to the log-in, and the cookies deleted."""

    # In a form of the website; an answer is lost of a `.torrent`, too.
    REFUSED = "refused"
    """500 and a page with a sentence; nothing is done."""
    LOCKED_ACCOUNT = "locked-account"
    """200 and a page that says so; nothing is done."""
    STORED_500 = "stored-500"
    """500 and nothing, after all was done and kept."""
    ANSWER_LOST = "answer-lost"
    """The connection is closed without an answer, after all was done and kept."""

    # At the rate limit, of `ajax.php`.
    RATE_LIMITED = "rate-limited"
    """The refusal of the rate limit, for no reason."""
    NEW_RATE_REFUSAL = "new-rate-refusal"
    """The refusal as newer versions of the site write it: HTTP 400."""
    CACHE_DOWN = "cache-down"
    """Everything works, without a rate limit."""

    # In the action, after the request was counted.
    SERVER_ERROR = "server-error"
    """500, JSON and HTML in one body."""
    EMPTY_500 = "empty-500"
    """500 and nothing: a fatal error; told for one action, it is a page that crashes."""
    SEARCH_DOWN = "search-down"
    """The search engine is down: `browse` and `requests` answer 500 and nothing, others well."""
    EMPTY_200 = "empty-200"
    """200 and nothing."""
    NOT_JSON = "not-json"
    """Half of the answer, with the right length."""
    CUT_OFF = "cut-off"
    """Half of the answer, then the connection is closed."""
    PHP_WARNINGS = "php-warnings"
    """The answer behind warnings of PHP."""
    LINE_BREAK = "line-break"
    """A line break behind a `.torrent`, as templates append it, and a key that stands twice."""
    REWRITTEN = "rewritten"
    """The answer as `settings.rewrite` makes it: as another site writes it, say."""
    SLOW = "slow"
    """The answer in small pieces."""
    WRONG_SHAPE = "wrong-shape"
    """JSON that isn't the envelope."""
    WRONG_RESPONSE = "wrong-response"
    """The envelope, around something else than expected."""
    TOO_LARGE = "too-large"
    """An answer that goes on and on."""
    STATUS_ERROR = "status-error"
    """Status `error`, where others say `failure`."""
    REDIRECT_SAME = "redirect-same"
    """302 to the same action under another address, which answers."""


_TOKEN_WORDS = {
    Fault.BAD_SCHEME: "authorization type must be Bearer",
    Fault.BAD_TOKEN_FORMAT: "invalid token format",
    Fault.DATABASE_KEY: "invalid token format",
    Fault.TOKEN_MISMATCH: "token user mismatch",
    Fault.TOKEN_REVOKED: "token revoked",
    Fault.USER_DISABLED: "user disabled",
    Fault.ADDRESS_BANNED: "your ip address has been banned",
}


_GATEWAY = (("Server", "cloudflare"),)
_CHALLENGED = (*_GATEWAY, ("cf-mitigated", "challenge"))
_ORIGIN_DOWN = b"<!DOCTYPE html>\n<title>Web server is down</title><h1>Error 521</h1>"
_CHALLENGE = b"<!DOCTYPE html>\n<html><head><title>Just a moment...</title></head></html>"
_WARNINGS = (
    b"<br />\n<b>Warning</b>:  Undefined array key &quot;x&quot; in <b>/srv/ajax.php</b> on line "
    b"<b>12</b><br />\n"
)


_SEARCHING = {"browse", "requests"}
"""The actions that ask the search engine."""


@dataclass(slots=True)
class Failing:
    """A fault that is on, for so many times more, of one action or all."""

    fault: Fault
    times: int | None
    action: str | None


@dataclass(slots=True)
class FaultSettings:
    """
    What faults say and how long they take.

    Attributes:
        retry_after: What `Retry-After` says.
        words: What the operators write on their 403.
        pause: The seconds between two pieces of a slow answer.
        pieces: In how many pieces a slow answer comes.
        huge: The bytes of an answer that is too large.
        elsewhere: The other origin that is redirected to.
        rewrite: Makes another body of the one that would be answered.

    """

    retry_after: str = "30"
    words: str = "Your client asks too often. Write to staff@biotorrents.de."
    pause: float = 1.0
    pieces: int = 20
    huge: int = 64 * 2**20
    elsewhere: str = ""
    rewrite: Callable[[bytes], bytes] = bytes


def _echo(ask: SimulatedRequest) -> bytes:
    """Write a firewall's page, which quotes the headers that it looked at."""
    cookies = "; ".join(f"{name}={value}" for name, value in ask.cookies.items())
    words = html.escape(f"Header: {ask.authorization or ''} {cookies}")
    return f"<html><title>Blocked</title><body>{words}</body></html>".encode()


class Faults:
    """
    The faults that are on.

    Args:
        site: The name of the site.

    """

    def __init__(self, *, site: str) -> None:
        self.settings = FaultSettings()
        self._site = site
        self._on: list[Failing] = []

    def add(self, fault: Fault, times: int | None, action: str | None) -> None:
        """Turn a fault on."""
        self._on.append(Failing(fault, times, action))

    def clear(self) -> None:
        """Turn all off."""
        self._on.clear()

    def is_on(self, fault: Fault) -> bool:
        """Return whether a fault is on, without using it up."""
        return any(active.fault is fault for active in self._on)

    def at_the_door(self, ask: SimulatedRequest) -> tuple[Fault, SimulatedReply] | None:
        """Fail before PHP, or not."""
        settings = self.settings
        after = (("Retry-After", settings.retry_after),)
        elsewhere = (("Location", f"{settings.elsewhere}{ask.uri}"),)
        return self._first(
            ask,
            {
                Fault.BAD_GATEWAY: lambda: pages.nginx(502, "Bad Gateway"),
                Fault.FORBIDDEN: lambda: SimulatedReply(
                    403,
                    HTML,
                    pages.public("403 Forbidden", f"<p>{settings.words}</p>", site=self._site),
                ),
                Fault.ECHO: lambda: SimulatedReply(403, HTML, _echo(ask)),
                Fault.RETRY_AFTER: lambda: SimulatedReply(
                    503, HTML, b"<h1>Come back later</h1>", after
                ),
                Fault.TOO_MANY: lambda: SimulatedReply(
                    429, HTML, b"<h1>Too many requests</h1>", after
                ),
                Fault.HTML: lambda: SimulatedReply(
                    200,
                    HTML,
                    pages.public("Maintenance", "<p>We are moving disks.</p>", site=self._site),
                ),
                Fault.REDIRECT_ELSEWHERE: lambda: SimulatedReply(302, BARE_HTML, b"", elsewhere),
                Fault.ORIGIN_DOWN: lambda: SimulatedReply(521, HTML, _ORIGIN_DOWN, _GATEWAY),
                Fault.CHALLENGE: lambda: SimulatedReply(403, HTML, _CHALLENGE, _CHALLENGED),
                Fault.LARGE_HEADERS: lambda: SimulatedReply(
                    200, JSON, b"{}", (("X-Policy", "x" * 70_000),)
                ),
                Fault.HANG: lambda: SimulatedReply(200, JSON, manner=ReplyStyle.HANG),
                Fault.DROP: lambda: SimulatedReply(200, JSON, manner=ReplyStyle.DROP),
            },
        )

    def at_authentication(
        self, ask: SimulatedRequest, turned_away: Callable[[], SimulatedReply]
    ) -> tuple[Fault, SimulatedReply] | None:
        """
        Fail in checking credentials, or not.

        Args:
            ask: The request.
            turned_away: Sends to the log-in.

        """
        replies: dict[Fault, Callable[[], SimulatedReply]] = {Fault.SESSION_LOST: turned_away}
        if ask.authorization is not None or "session" in ask.cookies:
            replies[Fault.DATABASE_DOWN] = lambda: SimulatedReply(500, HTML)
        if ask.authorization is not None:
            replies[Fault.MALFORMED_TOKEN] = lambda: SimulatedReply(500, HTML)
            replies |= {fault: self._refusal(words) for fault, words in _TOKEN_WORDS.items()}
        return self._first(ask, replies)

    def at_the_limit(self, ask: SimulatedRequest) -> tuple[Fault, SimulatedReply] | None:
        """Refuse as the rate limit does, or not."""
        new = b'{"errors":"rate limit exceeded"}'
        return self._first(
            ask,
            {
                Fault.RATE_LIMITED: self._refusal("rate limit exceeded", JSON),
                Fault.NEW_RATE_REFUSAL: lambda: SimulatedReply(400, JSON, new),
            },
        )

    def in_the_action(
        self, ask: SimulatedRequest, answer: Callable[[], SimulatedReply]
    ) -> tuple[Fault, SimulatedReply] | None:
        """
        Fail in the action, or not.

        Args:
            ask: The request.
            answer: Gives what would be answered.

        """
        page = pages.bad_request(site=self._site, inner=True)
        info = {"source": self._site, "version": 1}
        error = {"status": "error", "error": SEARCH_ERROR, "info": info}
        wrong = {"status": "success", "response": {"unexpected": [True]}, "info": info}
        replies: dict[Fault, Callable[[], SimulatedReply]] = {
            Fault.SERVER_ERROR: lambda: SimulatedReply(500, JSON, b'{"status":"failure"}' + page),
            Fault.EMPTY_500: lambda: SimulatedReply(500, JSON),
            Fault.EMPTY_200: lambda: SimulatedReply(200, JSON),
            Fault.NOT_JSON: lambda: _half(answer(), ReplyStyle.WELL),
            Fault.CUT_OFF: lambda: _half(answer(), ReplyStyle.CUT_OFF),
            Fault.PHP_WARNINGS: lambda: _warned(answer()),
            Fault.REWRITTEN: lambda: replace(answer(), body=self.settings.rewrite(answer().body)),
            Fault.SLOW: lambda: _sent(answer(), ReplyStyle.SLOW),
            Fault.WRONG_SHAPE: lambda: SimulatedReply(200, JSON, b'{"items":[],"total":0}'),
            Fault.WRONG_RESPONSE: lambda: SimulatedReply(200, JSON, encode(wrong)),
            Fault.TOO_LARGE: lambda: _sent(answer(), ReplyStyle.HUGE),
            Fault.STATUS_ERROR: lambda: SimulatedReply(200, JSON, encode(error)),
        }
        if ask.action in _SEARCHING:
            replies[Fault.SEARCH_DOWN] = lambda: SimulatedReply(500, JSON)
        if "moved" not in ask.query:
            location = f"{ask.uri.lstrip('/')}{'&' if ask.query else '?'}moved=1"
            replies[Fault.REDIRECT_SAME] = lambda: SimulatedReply(
                302, JSON, b"", (("Location", location),)
            )
        return self._first(ask, replies)

    def in_the_form(
        self,
        ask: SimulatedRequest,
        turned_away: Callable[[], SimulatedReply],
        answer: Callable[[], SimulatedReply],
    ) -> tuple[Fault, SimulatedReply] | None:
        """
        Fail in a form of the website, or not; some only spoil the answer.

        Args:
            ask: The request.
            turned_away: Sends to the log-in.
            answer: Does what is asked, and gives what would be answered.

        """
        words = f"A function supplied its own error message: {self.settings.words}"
        refusal = pages.refusal("Other Error", words, site=self._site)
        return self._first(
            ask,
            {
                Fault.SESSION_LOST: turned_away,
                Fault.REFUSED: lambda: SimulatedReply(500, HTML, refusal),
                Fault.LOCKED_ACCOUNT: lambda: pages.locked(site=self._site),
                Fault.EMPTY_500: lambda: SimulatedReply(500, HTML),
                Fault.STORED_500: lambda: _after(answer(), SimulatedReply(500, HTML)),
                Fault.ANSWER_LOST: lambda: _sent(answer(), ReplyStyle.DROP),
                Fault.CUT_OFF: lambda: _half(answer(), ReplyStyle.CUT_OFF),
                Fault.TOO_LARGE: lambda: _sent(answer(), ReplyStyle.HUGE),
            },
        )

    def in_the_file(self, ask: SimulatedRequest, reply: SimulatedReply) -> SimulatedReply:
        """Spoil a `.torrent` as sites do, or not."""
        spoilt = reply.body[:1] + b"7:comment1:a7:comment1:b" + reply.body[1:] + b"\r\n"
        if reply.body[:1] != b"d":
            return reply
        other = SimulatedReply(reply.status, reply.content_type, spoilt, reply.headers)
        failed = self._first(
            ask,
            {
                Fault.LINE_BREAK: lambda: other,
                Fault.ANSWER_LOST: lambda: _sent(reply, ReplyStyle.DROP),
            },
        )
        return failed[1] if failed else reply

    def _refusal(self, words: str, content_type: str = BARE_JSON) -> Callable[[], SimulatedReply]:
        info = {"source": self._site, "version": 1}
        body = encode({"status": "failure", "error": words, "info": info})
        return lambda: SimulatedReply(200, content_type, body)

    def _first(
        self, ask: SimulatedRequest, replies: Mapping[Fault, Callable[[], SimulatedReply]]
    ) -> tuple[Fault, SimulatedReply] | None:
        for failing in self._on:
            if failing.fault in replies and failing.action in {None, ask.action}:
                self._use(failing)
                return failing.fault, replies[failing.fault]()
        return None

    def _use(self, failing: Failing) -> None:
        if failing.times is not None:
            failing.times -= 1
            if failing.times <= 0:
                self._on.remove(failing)


def _after(_: SimulatedReply, reply: SimulatedReply) -> SimulatedReply:
    """Return a reply in place of the one that was made."""
    return reply


def _half(reply: SimulatedReply, manner: ReplyStyle) -> SimulatedReply:
    body = reply.body[: len(reply.body) // 2]
    return SimulatedReply(
        reply.status, reply.content_type, body, reply.headers, chunked=False, manner=manner
    )


def _warned(reply: SimulatedReply) -> SimulatedReply:
    body = _WARNINGS + reply.body
    return SimulatedReply(reply.status, HTML, body, reply.headers, manner=reply.manner)


def _sent(reply: SimulatedReply, manner: ReplyStyle) -> SimulatedReply:
    return SimulatedReply(
        reply.status, reply.content_type, reply.body, reply.headers, manner=manner
    )
