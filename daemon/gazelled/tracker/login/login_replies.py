"""What an answer to a log-in means that brought no session."""

from __future__ import annotations

import re
from dataclasses import replace
from http import HTTPStatus

from yarl import URL

from gazelled.errors import Reason
from gazelled.markup import decode_entities, without_tags
from gazelled.tracker.answers.classification import (
    BANNED,
    DISABLED,
    Consequence,
    HttpReply,
    Verdict,
    classify,
    guarded,
    page_text,
    phrase,
    retry_after,
)

_LEFT = re.compile(r"You have\s+(\d+)\s+attempts? remaining")
_WRONG = ("incorrect", "bad credentials")


def judge_log_in(reply: HttpReply, url: URL) -> Verdict:
    """Decide what an unsuccessful log-in at an address means."""
    after = retry_after(reply)
    if reply.location:
        return _judge_redirect(reply, url)
    if verdict := guarded(reply, url):
        return replace(verdict, after=after)
    if reply.status == HTTPStatus.FORBIDDEN:
        text = f"The tracker forbids the log-in (403) and says: {page_text(reply.body)}"
        return Verdict(Consequence.STOPPED, text, reply=reply, reason=Reason.STAFF)
    page = _plain(reply)
    if "address has been banned" in page:
        return Verdict(Consequence.STOPPED, BANNED, reply=reply, reason=Reason.STAFF)
    if reply.status >= HTTPStatus.MULTIPLE_CHOICES and not _refuses(reply, page):
        text = f"log-in: {phrase(reply.status)}"
        return Verdict(Consequence.UNAVAILABLE, text, after=after, reply=reply)
    return _judge_page(reply, page)


def _judge_page(reply: HttpReply, page: str) -> Verdict:
    left = attempts_left(reply)
    attempts = f" It leaves {left} more attempts; gazelled makes none." if left is not None else ""
    if "Two-factor" in page:
        text = "The tracker refuses the second factor: check its secret (totp), and the clock."
    elif any(word in page.lower() for word in _WRONG):
        text = "The tracker refuses user name or password: check both."
    elif left is not None:
        text = "The tracker refuses the log-in: check the password (15 characters or more)."
    else:
        text = f"The tracker answers the log-in with a page: {page_text(reply.body)}"
        if "login" not in page.lower():
            return Verdict(Consequence.UNAVAILABLE, text, reply=reply)
    return Verdict(Consequence.STOPPED, text + attempts, reply=reply, reason=Reason.CREDENTIALS)


def is_counted(reply: HttpReply, url: URL) -> bool:
    """Return whether the tracker counts a refused log-in as a failure of this address."""
    return reply.location == str(url) or (
        not reply.location and reply.status != HTTPStatus.FORBIDDEN
    )


def attempts_left(reply: HttpReply) -> int | None:
    """Return how many more log-ins the tracker says that it takes; None if it doesn't say."""
    left = _LEFT.search(_plain(reply))
    return int(left[1]) if left else None


def _refuses(reply: HttpReply, page: str) -> bool:
    """Return whether an answer with an error status refuses the credentials all the same."""
    text = page.lower()
    return reply.status < HTTPStatus.INTERNAL_SERVER_ERROR and (
        any(word in text for word in _WRONG) or "attempts remaining" in text
    )


def _plain(reply: HttpReply) -> str:
    return decode_entities(without_tags(reply.body.decode("utf-8", "replace")))


def _judge_redirect(reply: HttpReply, url: URL) -> Verdict:
    target = URL(reply.location)
    if not target.absolute or (target.origin(), target.path) != (url.origin(), url.path):
        verdict = classify(reply, url)
        text = f"log-in: {verdict.text}"
        return Verdict(Consequence.UNAVAILABLE, text, after=verdict.after, reply=reply)
    if target.query.get("action") == "disabled":
        text, reason = DISABLED, Reason.STAFF
    else:
        reason = Reason.CREDENTIALS
        text = (
            "The tracker takes no log-ins from this address for a few hours, after too many failed "
            "ones. Wait that long, and check user name and password."
        )
    return Verdict(Consequence.STOPPED, text, reply=reply, reason=reason)
