"""
What an answer means, by its consequence: decided before anything is parsed further.

From status, headers and body together; the content type alone decides nothing, since the
tracker sends HTML as JSON and JSON as text. All failures named here were seen at the real
application of BioTorrents.de.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from http import HTTPStatus

from yarl import URL

from gazelled.errors import BadAnswer, Reason
from gazelled.markup import shown
from gazelled.text import shortened
from gazelled.tracker.answers.envelope import Envelope, read_envelope
from gazelled.tracker.answers.gateways import GATEWAY_STATUS, protection_page
from gazelled.tracker.answers.refusals import reason_of
from gazelled.tracker.decoding.payload import clean_text

SESSION_COOKIE = "session"


class Consequence(Enum):
    """What must be done about an answer."""

    OK = auto()
    LIMITED = auto()
    SESSION_LOST = auto()
    REDIRECTED = auto()
    STOPPED = auto()
    REFUSED = auto()
    UNAVAILABLE = auto()
    BROKEN = auto()
    ELSEWHERE = auto()


@dataclass(frozen=True, slots=True)
class HttpReply:
    """
    An HTTP reply; its texts are headers as they came, and empty for none.

    Attributes:
        body: Decompressed.
        at: When the headers came.
        took: Seconds from the slot to the last byte.
        location: Where a redirect points, absolute.
        complete: Whether the whole body came.
        mitigated: The header with which Cloudflare says what it did.

    """

    status: int
    body: bytes = field(repr=False)
    at: datetime
    took: float = 0.0
    location: str = ""
    retry_after: str = ""
    complete: bool = True
    date: str = ""
    server: str = ""
    mitigated: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    The meaning of a reply.

    Attributes:
        text: What is known of it, a sentence or the tracker's words.
        reason: Why, for programs: of a refusal, or what to do after a stop.
        after: Seconds to wait, when the tracker asked for it.
        reply: What it was made of; None when there was no answer.
        explained: Whether the text says what to do about it.
        warnings: What PHP wrote before the answer; empty for nothing.
        whole: Whether an unavailable answer is known to concern every action.
        lost: Whether a form was sent whose answer didn't come: it may have been carried out.

    """

    consequence: Consequence
    text: str = ""
    payload: object = field(default=None, repr=False)
    after: float | None = None
    reply: HttpReply | None = None
    explained: bool = False
    warnings: str = ""
    whole: bool = False
    reason: Reason = Reason.OTHER
    lost: bool = False

    @property
    def tracker_wide(self) -> bool:
        """
        Whether the tracker as a whole can't answer, as far as this one answer tells.

        It is so without a connection, when a gateway answers in place of the application, and when
        the tracker names a time to come back. All else may be one action's own trouble.
        """
        status = self.reply.status if self.reply else 0
        return bool(self.whole or self.after) or status in GATEWAY


GATEWAY = {502, 503, 504, *range(520, 531)}
"""What proxies, and the services in front of sites, answer for an application that is away."""

DISABLED = "The tracker says that your account is disabled. Ask its staff before you go on."
BANNED = "The tracker has banned this address. Ask its staff before you go on."
_STOPPED = {
    "token revoked": (
        Reason.CREDENTIALS,
        (
            "The tracker says 'token revoked'. Only the oldest token of a user works: delete the "
            "others in your profile, or make a new one and put it in the config."
        ),
    ),
    "token user mismatch": (
        Reason.CREDENTIALS,
        (
            "The tracker no longer knows this token. Make a new one in your profile and put it in "
            "the config."
        ),
    ),
    "user disabled": (Reason.STAFF, DISABLED),
    "your ip address has been banned": (Reason.STAFF, BANNED),
    "authorization type must be bearer": (
        Reason.SETTINGS,
        (
            "The tracker doesn't take this kind of Authorization header. Set scheme = "
            '"Bearer" in [tracker] and check that the token is one word.'
        ),
    ),
}
_ABOUT = frozenset({"status", "info", "debug", "error", "errors", "message"})
"""What stands in the envelope beside the response."""

_NOT_FINAL = "invalid token format"
_NOT_FINAL_TEXT = (
    "The tracker says 'invalid token format'. After a restart it says so of every token until its "
    "operators have unlocked it, so gazelled keeps trying; if the website works for you, check the "
    "token."
)
_LIMIT = "rate limit exceeded"
BAD_CREDENTIALS = "bad credentials"


def classify(reply: HttpReply, url: URL) -> Verdict:
    """Decide what a reply of the API means."""
    return replace(_classify(reply, url), reply=reply, after=retry_after(reply))


def _classify(reply: HttpReply, url: URL) -> Verdict:
    try:
        envelope, trouble = read_envelope(reply.body), ""
    except BadAnswer as problem:
        envelope, trouble = None, str(problem)
    if verdict := refused_at_the_door(reply, envelope, url):
        return verdict
    if not reply.complete and reply.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Verdict(Consequence.BROKEN, "The answer was incomplete.")
    if envelope is not None:
        return _success(reply, envelope) or _failure(reply, envelope, url)
    if trouble and reply.status < HTTPStatus.BAD_REQUEST:
        return Verdict(Consequence.BROKEN, trouble)
    return _without_envelope(reply)


def refused_at_the_door(reply: HttpReply, envelope: Envelope | None, url: URL) -> Verdict | None:
    """Judge what is said before an action runs: by the limit, a guard, the log-in, operators."""
    words = envelope.words if envelope else ""
    if _LIMIT in words.lower():
        return Verdict(Consequence.LIMITED, words)
    if envelope is None and (verdict := guarded(reply, url)):
        return verdict
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Verdict(Consequence.LIMITED, words or _LIMIT)
    if reply.location:
        return _redirected(reply, url)
    if reply.status == HTTPStatus.FORBIDDEN:
        said = words or page_text(reply.body) or "403 Forbidden"
        text = f"The tracker forbids access (403) and says: {said}"
        return Verdict(Consequence.STOPPED, text, reason=Reason.STAFF)
    if reply.status == HTTPStatus.UNAUTHORIZED:
        return Verdict(Consequence.SESSION_LOST, words or "401 Unauthorized")
    return None


def guarded(reply: HttpReply, url: URL) -> Verdict | None:
    """Return what a page of a service in front of the site means; None if it is no such page."""
    page = protection_page(reply.status, reply.server, reply.mitigated, reply.body)
    if page is None:
        return None
    said = page_text(reply.body, 80)
    if page.blocks:
        text = (
            f"{page.name} in front of the site blocks this machine ({phrase(reply.status)}: "
            f"“{said}”). That is a rule of the gateway, not a decision of the site's operators: "
            f"ask them to let {url.name} through."
        )
        return Verdict(Consequence.STOPPED, text, reply=reply, explained=True, reason=Reason.STAFF)
    text = (
        f"{page.name} in front of the site checks for browsers (“{said}”), which no program "
        f"passes; if that stays, ask the site's operators to let {url.name} through"
    )
    return Verdict(Consequence.UNAVAILABLE, text, reply=reply, explained=True, whole=True)


def _success(reply: HttpReply, envelope: Envelope) -> Verdict | None:
    if reply.status >= HTTPStatus.BAD_REQUEST or envelope.content.get("status") != "success":
        return None
    # An empty page of a forum has what it shows beside the status, and no response.
    beside = {name: value for name, value in envelope.content.items() if name not in _ABOUT}
    if "response" not in envelope.content and not beside:
        return None
    payload = envelope.content.get("response", beside)
    return Verdict(Consequence.OK, payload=payload, warnings=envelope.warnings)


def _failure(reply: HttpReply, envelope: Envelope, url: URL) -> Verdict:
    words = envelope.words
    said = words.lower()
    if said == _NOT_FINAL:
        return Verdict(
            Consequence.UNAVAILABLE, _NOT_FINAL_TEXT, whole=True, reason=Reason.CREDENTIALS
        )
    if BAD_CREDENTIALS in said:
        return Verdict(Consequence.SESSION_LOST, words)
    for known, (reason, text) in _STOPPED.items():
        if known in said:
            return Verdict(Consequence.STOPPED, text, reason=reason)
    reason = reason_of(reply.status, words, url)
    if envelope.content.get("status") in ("failure", "error"):
        # With status 500 an error page follows: an action's own refusal, say of a bad id.
        missing = "it probably doesn't exist: " if reason is Reason.NOT_FOUND else ""
        text = words or f"{missing}no reason given ({phrase(reply.status)})"
        return Verdict(Consequence.REFUSED, text, reason=reason)
    if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Verdict(Consequence.UNAVAILABLE, phrase(reply.status))
    if reply.status >= HTTPStatus.BAD_REQUEST:
        return Verdict(Consequence.REFUSED, words or phrase(reply.status), reason=reason)
    instead = f" but {envelope.form}" if envelope.form else ""
    return Verdict(Consequence.BROKEN, f"The answer isn't in the API's form{instead}.")


def _without_envelope(reply: HttpReply) -> Verdict:
    body = reply.body.removeprefix(BOM_UTF8).strip()
    if reply.status >= HTTPStatus.BAD_REQUEST:
        return Verdict(Consequence.UNAVAILABLE, phrase(reply.status))
    if not body:
        return Verdict(Consequence.UNAVAILABLE, "an empty answer")
    if body[:1] == b"<":
        return Verdict(Consequence.UNAVAILABLE, f"a page in place of data: {page_text(body)}")
    return Verdict(Consequence.BROKEN, "The answer isn't JSON.")


def _redirected(reply: HttpReply, url: URL) -> Verdict:
    target = URL(reply.location)
    if not target.absolute or target.user is not None or target.password is not None:
        text = (
            "it redirects to an address that can't be followed; if that stays, inform its operators"
        )
        return Verdict(Consequence.UNAVAILABLE, text)
    if target.origin() != url.origin():
        text = f"it redirects to {target.origin()}; if it has moved, change url in [tracker]"
        return Verdict(Consequence.UNAVAILABLE, text)
    if target.path == url.path:
        return Verdict(Consequence.REDIRECTED)
    if target.name == "login.php":
        if target.query.get("action") == "disabled":
            return Verdict(Consequence.STOPPED, DISABLED, reason=Reason.STAFF)
        return Verdict(Consequence.SESSION_LOST, "it requires a log-in")
    text = f"it doesn't have this, and redirects to {clean_text(target.name)[:80]}"
    return Verdict(Consequence.REFUSED, text, reason=Reason.NOT_FOUND)


def retry_after(reply: HttpReply) -> float | None:
    """Return the seconds of Retry-After; None when it isn't there or means nothing."""
    text = reply.retry_after.strip()
    if not text:
        return None
    if text.isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - reply.at).total_seconds(), 0.0)


def phrase(status: int) -> str:
    """Return an HTTP status with its usual phrase."""
    if name := GATEWAY_STATUS.get(status):
        return f"{status} {name}, says the gateway in front of the site"
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status}, which is not an HTTP status"


def page_text(body: bytes, most: int = 200) -> str:
    """Return the first words of an HTML page, title first, without markup."""
    return shortened(clean_text(shown(body[:20_000].decode("utf-8", "replace"))), most)
