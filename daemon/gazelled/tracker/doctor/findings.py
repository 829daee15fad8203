"""What an examination of a tracker finds, in sentences for people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import StrEnum

from yarl import URL

from gazelled.text import either, sentence
from gazelled.tracker.answers.classification import (
    Consequence,
    HttpReply,
    Verdict,
    page_text,
    phrase,
)
from gazelled.tracker.catalogue.actions import beyond_a_token
from gazelled.tracker.login.auth import Auth, CookieAuth, LoginAuth, TokenAuth

EXACT, IN_TIME = 5.0, 25.0
_AUTHORIZATION = re.compile(r'"authorization type must be ([\w -]+)"', re.IGNORECASE)
_BARE = "a bare key"
_WHOLE_TOKEN = re.compile(r"[\w-]{118}", re.ASCII)
_NOT_WHOLE = (
    "A token of this kind of site has 118 letters, digits, - and _, and yours doesn't: copy it "
    "again, completely."
)
_LATER = "Nothing is wrong with your settings. Try again later."
_SERVER_ERROR, _NOT_FOUND, _OK = 500, 404, 200


class Rating(StrEnum):
    """How good a finding is."""

    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One thing that was found.

    Attributes:
        about: What it is about: `address`, `proxy`, `endpoint`, `log-in`, `account`, `clock`,
            `profile`, `tracker`, `limit`.

    """

    about: str
    rating: Rating
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Examination:
    """
    All that was found, and how many requests it took.

    `settings` are what to write into `[tracker]`, the log-in aside; empty if nothing is known.
    """

    findings: tuple[Finding, ...]
    settings: Mapping[str, object]
    requests: int

    @property
    def well(self) -> bool:
        return all(finding.rating is not Rating.BAD for finding in self.findings)


def trouble(verdict: Verdict, url: URL, auth: Auth) -> Finding:
    """Return why `index` got no answer but a verdict, and what to do."""
    text = _sentence(verdict.text)
    match verdict.consequence:
        case Consequence.LIMITED:
            text = f"The tracker refuses for its rate limit, although gazelled kept to it: {text}"
            advice = (
                "Another client uses this account's rate limit, a browser or another program. Wait "
                "a minute and try again."
            )
            return Finding("limit", Rating.BAD, text, advice)
        case Consequence.STOPPED:
            return Finding("log-in", Rating.BAD, text)
        case Consequence.REFUSED if _to_log_in(verdict.reply):
            text = "The tracker doesn't know this token and redirects to its log-in page."
            advice = "Make a new token in your profile, or use login or cookies in [tracker]."
            return Finding("log-in", Rating.BAD, text, advice)
        case Consequence.REFUSED:
            text = f"The tracker refuses even index, which everyone may request: {text}"
            return Finding("tracker", Rating.BAD, text, "Ask its staff, or try again later.")
        case Consequence.BROKEN:
            text = f"{url} answers, but not like the API of Gazelle: {text}"
            advice = "Check url in [tracker]. If it is right, something is wrong at the tracker."
            return Finding("endpoint", Rating.BAD, text, advice)
    return _unavailable(verdict, url, auth)


def _unavailable(verdict: Verdict, url: URL, auth: Auth) -> Finding:
    text, reply = _sentence(verdict.text), verdict.reply
    whole = not isinstance(auth, TokenAuth) or bool(_WHOLE_TOKEN.fullmatch(auth.token))
    if verdict.after:
        advice = f"It asks for a pause of {verdict.after:.0f} seconds: try again then."
        return Finding("tracker", Rating.BAD, f"{url.host} can't answer now: {text}", advice)
    if verdict.explained:
        whose = "" if reply else f"{url.origin()} can't be reached: "
        return Finding("tracker" if reply else "address", Rating.BAD, f"{whose}{text}")
    if reply is None:
        advice = "Check url in [tracker] and your network; if both are right, try again later."
        return Finding("address", Rating.BAD, f"{url.origin()} can't be reached: {text}", advice)
    if reply.location:
        advice = "Check url in [tracker]; nothing was sent to the other place."
        return Finding(
            "address", Rating.BAD, f"{url} is not the address of the API: {text}", advice
        )
    if "invalid token format" in verdict.text:
        return Finding("log-in", Rating.BAD, text, "" if whole else _NOT_WHOLE)
    if reply.status >= _SERVER_ERROR and not reply.body and isinstance(auth, TokenAuth):
        text = f"{url.host} fails without a message: {text}"
        if whole:
            text += " Its database is down, or the token isn't one of its own."
            return Finding("tracker", Rating.BAD, text, "Try again later; then make a new token.")
        return Finding("log-in", Rating.BAD, text, _NOT_WHOLE)
    return Finding("tracker", Rating.BAD, f"{url.host} can't answer now: {text}", _LATER)


def no_api(replies: Mapping[str, HttpReply], root: URL) -> Finding:
    """Return that no endpoint is there, with what came instead from each that was asked."""
    said = "; ".join(f"{endpoint}: {_instead(reply)}" for endpoint, reply in replies.items())
    address = str(root).rstrip("/")
    text = f"There is no API of Gazelle at {address}, or not now ({said})."
    advice = (
        "Check url in [tracker]: it is the address of the site's front page. If it is right, the "
        "site is being worked on, or doesn't run Gazelle."
    )
    return Finding("endpoint", Rating.BAD, text, advice)


def wanted_scheme(verdict: Verdict) -> str | None:
    """Return which word a refusal wants before the token; None if it says none."""
    body = verdict.reply.body.decode("utf-8", "replace") if verdict.reply else ""
    match = _AUTHORIZATION.search(body)
    return ("" if match[1] == _BARE else match[1]) if match else None


def is_elsewhere(verdict: Verdict) -> bool:
    """Return whether the API may have another name: it isn't here, and nothing was refused."""
    reply = verdict.reply
    if reply is None or verdict.after or verdict.explained:
        return False
    if reply.location:
        return verdict.consequence is Consequence.REFUSED and not _to_log_in(reply)
    page = verdict.consequence is Consequence.UNAVAILABLE and reply.body.lstrip()[:1] == b"<"
    return reply.status == _NOT_FOUND or (reply.status == _OK and page)


def clock(reply: HttpReply, auth: Auth) -> Finding:
    """Return how this machine's clock differs from the Date of a reply."""
    try:
        theirs = parsedate_to_datetime(reply.date)
    except ValueError:
        return Finding("clock", Rating.NOTE, "The tracker doesn't report its time.")
    theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    ahead = (reply.at - theirs).total_seconds()
    if abs(ahead) <= EXACT:
        return Finding("clock", Rating.GOOD, "The clock of this machine agrees with the tracker's.")
    off = f"{abs(ahead):.0f} seconds" if abs(ahead) < 120 else f"{abs(ahead) / 60:.0f} minutes"  # noqa: PLR2004 - two minutes
    text = (
        f"The clock of this machine is {off} {'ahead of' if ahead > 0 else 'behind'} the tracker's."
    )
    if abs(ahead) <= IN_TIME:
        return Finding("clock", Rating.NOTE, text)
    advice = "Set the clock, best with NTP: timedatectl set-ntp true"
    if isinstance(auth, LoginAuth) and auth.totp:
        advice += ". With such a clock the codes of the second factor are refused."
    return Finding("clock", Rating.BAD, text, advice)


def log_in(auth: Auth, *, loaded: bool) -> Finding:
    """Return that the log-in works; `loaded`: whether it shows more of the user than the id."""
    match auth:
        case LoginAuth():
            text = (
                "The log-in by name and password works, and gives access to all that you may see."
            )
        case CookieAuth():
            text = "The cookies work, and give access to all that you may see."
        case _ if loaded:
            text = "The token works, and gives as much access as cookies."
        case _:
            blind = either(beyond_a_token())
            text = f"The token works. It can't read {blind}: these need login or cookies."
    return Finding("log-in", Rating.GOOD, text)


def _to_log_in(reply: HttpReply | None) -> bool:
    return reply is not None and URL(reply.location).name == "login.php"


def _instead(reply: HttpReply) -> str:
    if reply.status != _OK:
        return phrase(reply.status)
    return f"a page, “{page_text(reply.body, 60)}”"


def _sentence(text: str) -> str:
    return text if text.endswith("resume") else sentence(text)
