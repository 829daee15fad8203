"""
`.torrent` files: where they are, and what an answer in place of one means.

By cookie a page of the site hands them out, also to those who ask for an id that isn't there:
then with a page, or with JSON, and often with the status of a success.
"""

from __future__ import annotations

from http import HTTPStatus

from yarl import URL

from gazelled.tracker.answers.classification import (
    Consequence,
    HttpReply,
    Verdict,
    classify,
    page_text,
    phrase,
)
from gazelled.tracker.answers.refusals import reason_of
from gazelled.tracker.decoding.bencode import read_torrent
from gazelled.tracker.login.auth import Auth, TokenAuth
from gazelled.tracker.sites.site import Site

DOWNLOAD = "download"
"""The action that stands for the file of a torrent."""

_PAGE = "torrents.php"


def file_page(site: Site, auth: Auth) -> str:
    """Return the page that hands out files to a log-in; empty when none does."""
    if not isinstance(auth, TokenAuth):
        return _PAGE
    return site.endpoint if site.token_downloads else ""


def judge_file(reply: HttpReply, url: URL) -> Verdict:
    """Decide what the reply to a download means; the payload of a success is the file."""
    if reply.status == HTTPStatus.OK and reply.complete and reply.body[:1] == b"d":
        try:
            torrent = read_torrent(reply.body)
        except ValueError as error:
            return Verdict(Consequence.BROKEN, f"The file is no torrent: {error}.", reply=reply)
        return Verdict(Consequence.OK, payload=reply.body[: torrent.end], reply=reply)
    verdict = classify(reply, url)
    if verdict.consequence is Consequence.OK:
        return Verdict(Consequence.BROKEN, "The tracker sends data, not the file.", reply=reply)
    if verdict.consequence is not Consequence.UNAVAILABLE or verdict.after:
        return verdict
    is_page = reply.body.lstrip()[:1] == b"<"
    if is_page and reply.status <= HTTPStatus.INTERNAL_SERVER_ERROR:
        words = page_text(reply.body)
        reason = reason_of(reply.status, words, url)
        text = f"a page in place of the file: {words}"
        return Verdict(Consequence.REFUSED, text, reply=reply, reason=reason)
    if HTTPStatus.BAD_REQUEST <= reply.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        text, reason = phrase(reply.status), reason_of(reply.status, "", url)
        return Verdict(Consequence.REFUSED, text, reply=reply, reason=reason)
    return verdict
