"""
What the answer to a form means, as far as an answer can tell.

A redirect to where success leads means that the form was taken, no more. A page with status 200 is
no success, a locked account has one, and neither is an error without a word a failure.
"""

from __future__ import annotations

import re
from dataclasses import replace
from http import HTTPStatus

from yarl import URL

from gazelled.markup import shown
from gazelled.tracker.answers.classification import (
    GATEWAY,
    Consequence,
    HttpReply,
    Verdict,
    page_text,
    phrase,
    refused_at_the_door,
    retry_after,
)
from gazelled.tracker.decoding.payload import clean_text
from gazelled.tracker.forms.form import Form, FormReply, Reception

_SITE_NAME = re.compile(r"\s\S{0,2}[⸬¬]\s")
"""What stands between a page's title and the site's name, which the inner pages encode wrongly."""

_BEGINNING = 100_000
"""How many bytes of a page are searched: its error stands before the first list."""

_ABOUT_SESSION = {Consequence.SESSION_LOST, Consequence.STOPPED}
_PREFIX = "A function supplied its own error message:"


def judge_form(form: Form, reply: HttpReply, url: URL) -> Verdict:
    """Decide what the answer to a form means; OK has a `FormReply`, whatever it says."""
    verdict = _judge(form, reply, url)
    lost = verdict.consequence is Consequence.UNAVAILABLE and not verdict.explained
    return replace(verdict, after=retry_after(reply), reply=reply, lost=lost)


def _judge(form: Form, reply: HttpReply, url: URL) -> Verdict:
    if form.success and re.fullmatch(form.success, _place(reply.location, url)):
        return _taken(Reception.ACCEPTED)
    verdict = refused_at_the_door(reply, None, url)
    if verdict is None or reply.status == HTTPStatus.UNAUTHORIZED:
        return _answered(form, reply)  # only a redirect to the log-in says that nothing was done
    if not reply.location or verdict.consequence in _ABOUT_SESSION:
        return verdict
    name = clean_text(URL(reply.location).name)[:80]
    words = verdict.text if verdict.consequence is Consequence.UNAVAILABLE else ""
    return _taken(Reception.ODD, (words or f"it redirects to {name}").removeprefix("it "))


def _answered(form: Form, reply: HttpReply) -> Verdict:
    if reply.status in GATEWAY:
        return Verdict(Consequence.UNAVAILABLE, phrase(reply.status))
    body = reply.body.strip()
    if words := _words_of_error(body[:_BEGINNING]):
        return _taken(Reception.REFUSED, words)
    if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        if not body:
            return _taken(Reception.WORDLESS, phrase(reply.status))
        return _taken(Reception.ODD, f"answers “{phrase(reply.status)}”")
    if reply.status >= HTTPStatus.BAD_REQUEST:
        return _taken(Reception.REFUSED, phrase(reply.status))
    if body:
        return _taken(Reception.REFUSED, _title(body))
    if form.success or not reply.complete:
        return _taken(Reception.ODD, "sends an empty answer")
    return _taken(Reception.ACCEPTED)


def _taken(reception: Reception, text: str = "") -> Verdict:
    return Verdict(Consequence.OK, payload=FormReply(reception, text))


def _place(location: str, url: URL) -> str:
    """Return the page beside the form that a redirect leads to, with its query; else nothing."""
    target = URL(location)
    if not target.absolute or target.parent != url.parent:
        return ""
    return target.raw_path_qs.rpartition("/")[2] if "/" not in target.query_string else ""


def _words_of_error(body: bytes) -> str:
    """Return the sentence of the site's error page; empty if it isn't one."""
    header, rest = _element(body, b'<h2 class="header">', b"</h2>", 500)
    if header is None:
        return ""
    _, _, rest = rest.partition(b"<p")
    sentence, _ = _element(rest, b">", b"</p>", 2000)
    words = _text(sentence or b"").removeprefix(_PREFIX).strip()
    title = _text(header)
    return words if words and title == "Other Error" else f"{title}: {words}".rstrip(": ")


def _title(body: bytes) -> str:
    title, _ = _element(body[:_BEGINNING], b"<title>", b"</title>", 500)
    return page_text(body, 80) if title is None else _SITE_NAME.split(_text(title))[0].strip()


def _element(
    markup: bytes, opening: bytes, closing: bytes, most: int
) -> tuple[bytes | None, bytes]:
    """Return the content of the first such element, None unless it ends, and what comes behind."""
    _, _, rest = markup.partition(opening)
    content, end, behind = rest.partition(closing)
    return (content[:most] if end else None), behind


def _text(markup: bytes) -> str:
    return clean_text(shown(markup.decode("utf-8", "replace"))).strip()
