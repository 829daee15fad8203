"""What an answer means, judged by answers of the real application and by made-up ones."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from gazelled.errors import Reason
from gazelled.tracker.answers.classification import (
    Consequence,
    HttpReply,
    classify,
    page_text,
    retry_after,
)

RECORDED = Path(__file__).parent.parent / "recorded"
ROOT = URL("https://biotorrents.de/")
ASKED = ROOT.join(URL("ajax.php?action=index"))
AT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)

NOT_OK = {
    Consequence.REFUSED: """
        artist-badid artist-missing artist-textid artist-unknown better-cookie
        bookmarks-badtype browse-order-cataloguenumber collage-badid collage-missing
        collage-textid community_stats-missing community_stats-textid download-bearer-ajax
        forum-badtype forum-viewforum-missing-cookie forum-viewforum
        forum-viewthread-bad-cookie forum-viewthread-missing-cookie forum-viewthread
        inbox-badtype inbox-me-viewconv-notmine inbox-viewconv-badid
        inbox-viewconv-missing inbox-viewconv-textid news_ajax-missing no-action
        notifications-cookie notifications-mod-cookie notifications-mod-cookie2
        notifications-power-bearer notifications ratelimit-noaction raw_bbcode-badid
        raw_bbcode-missing raw_bbcode request-missing request-textid requests-badtype
        send_recommendation-cookie send_recommendation-friend-cookie
        send_recommendation-notfriend-cookie send_recommendation tcomments-missing
        tcomments-textid top10-bad-cookie top10-bad top10-limit25 top10-tags top10-users
        top10 torrent-badhash torrent-badid torrent-both torrent-negative torrent-textid
        torrentgroup-badhash torrentgroup-badid torrentgroup-deleted torrentgroup-missing
        torrentgroup-textid torrentgroupalbumart-badid unknown-action-cookie
        unknown-action user-badid user-missing user-textid user_recents-limit99
        user_recents-missing userhistory-badtype usersearch-missing wiki-badid-cookie
        wiki-badid wiki-badname wiki-byname wiki-staff-cookie wiki
    """,
    Consequence.UNAVAILABLE: """
        artist-byname artist-cookie artist auth-malformed-long auth-malformed-short
        auth-tampered-head auth-tampered autofill-cookie autofill better-single-cookie
        clear_user_notification-Inbox-bearer clear_user_notification-get-type
        clear_user_notification-inbox-cookie clear_user_notification-json-body
        clear_user_notification-news-bearer clear_user_notification outage-db-bearer
        outage-db-cookie outage-dbkey-bearer outage-sphinx-browse outage-sphinx-requests
        preview-cookie preview torrentgroupalbumart-missing userhistory-badid
        wiki-missing-cookie wiki-missing
    """,
    Consequence.STOPPED: """
        auth-bad-bearer-and-good-cookie auth-basic auth-bearer-lowercase
        auth-bearer-three-parts auth-disabled-first auth-revoked auth-scheme-only
        auth-second-token auth-token-row-gone ipban-bearer
    """,
    Consequence.SESSION_LOST: """
        auth-none better-single better-transcode better logout-then-index outage-db-none
        session-bogus session-disabled-cookie session-expired-again session-expired-cookie
        session-none session-other-user
    """,
    Consequence.REDIRECTED: """
        forum-viewthread-postid-cookie
    """,
    Consequence.LIMITED: """
        ratelimit-request3 ratelimit-request4
    """,
}
EXPECTED = {name: consequence for consequence, names in NOT_OK.items() for name in names.split()}


def answers_of_the_api() -> dict[str, Path]:
    """Find the recorded answers of ajax.php."""
    return {
        path.stem: path
        for path in sorted(RECORDED.rglob("*.json"))
        if "ajax.php" in path.read_text(encoding="utf-8") and path.stem != "head-request"
    }


API = answers_of_the_api()


def recorded(name: str) -> tuple[HttpReply, URL]:
    """Read a recorded answer and what was asked."""
    kept = json.loads(API[name].read_text(encoding="utf-8"))
    headers = {key.lower(): value for key, value in kept["headers"]}
    asked = ROOT.join(URL(next(w for w in kept["request"].split() if w.startswith("ajax.php"))))
    location = str(asked.join(URL(headers["location"]))) if "location" in headers else ""
    return HttpReply(kept["status"], kept["body"].encode(), AT, location=location), asked


REASONS = {
    Reason.NOT_FOUND: """
        artist-badid artist-unknown collage-badid forum-viewthread-bad-cookie
        inbox-me-viewconv-notmine inbox-viewconv-badid raw_bbcode-badid torrent-badhash
        torrent-badid torrentgroup-badhash torrentgroup-badid torrentgroup-deleted
        torrentgroupalbumart-badid user-badid wiki-badid-cookie wiki-badid wiki-badname
    """,
    Reason.NOT_PERMITTED: """
        better-cookie forum-viewforum notifications-cookie notifications-mod-cookie
        notifications-mod-cookie2 notifications-power-bearer notifications top10-tags
        top10-users top10 wiki-byname wiki-staff-cookie wiki
    """,
    Reason.BAD_PARAMETERS: """
        artist-missing artist-textid bookmarks-badtype browse-order-cataloguenumber
        collage-missing collage-textid community_stats-missing community_stats-textid
        forum-badtype forum-viewforum-missing-cookie forum-viewthread-missing-cookie
        inbox-badtype inbox-viewconv-missing inbox-viewconv-textid news_ajax-missing
        no-action raw_bbcode-missing request-missing request-textid requests-badtype
        tcomments-missing tcomments-textid top10-bad-cookie torrent-both torrent-negative
        torrent-textid torrentgroup-missing torrentgroup-textid unknown-action user-missing
        user-textid user_recents-limit99 user_recents-missing userhistory-badtype
        usersearch-missing
    """,
    Reason.OTHER: "raw_bbcode",
    Reason.CREDENTIALS: "auth-revoked auth-second-token auth-token-row-gone",
    Reason.STAFF: "auth-disabled-first ipban-bearer",
    Reason.SETTINGS: "auth-basic auth-bearer-lowercase auth-scheme-only",
}


@pytest.mark.parametrize(
    ("name", "reason"),
    [(name, reason) for reason, names in REASONS.items() for name in names.split()],
)
def test_recorded_reasons(name: str, reason: Reason) -> None:
    """A program learns why a call was refused, or what to do about a stop, without reading."""
    assert classify(*recorded(name)).reason is reason


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (404, {"status": 404, "error": "no page"}, Reason.NOT_FOUND),
        (400, {"errors": {"id": "must be a number"}}, Reason.BAD_PARAMETERS),
        (422, {"errors": "unprocessable"}, Reason.BAD_PARAMETERS),
        (599, {"status": "failure", "error": "whatever"}, Reason.OTHER),
    ],
)
def test_reasons_by_status(status: int, body: object, reason: Reason) -> None:
    """A status says what foreign words don't."""
    verdict = classify(HttpReply(status, json.dumps(body).encode(), AT), ASKED)
    assert (verdict.consequence, verdict.reason) == (Consequence.REFUSED, reason)


@pytest.mark.parametrize("name", API)
def test_recorded_answers(name: str) -> None:
    """Each recorded answer of the API has the consequence that it must have."""
    verdict = classify(*recorded(name))
    assert verdict.consequence is EXPECTED.get(name, Consequence.OK)


def test_every_expectation_is_recorded() -> None:
    """The table names nothing that isn't there."""
    assert set(EXPECTED) <= set(API)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("torrent-badid", "bad id parameter"),
        ("wiki-byname", "higher user class required to view article"),
        ("inbox-badtype", "no reason given (500 Internal Server Error)"),
        ("outage-sphinx-browse", "500 Internal Server Error"),
        ("clear_user_notification", "an empty answer"),
        ("torrentgroupalbumart-badid", "it doesn't have this, and redirects to log.php"),
    ],
)
def test_words(name: str, words: str) -> None:
    """The tracker's words are kept; where it has none its status speaks."""
    assert classify(*recorded(name)).text == words


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("auth-revoked", "Only the oldest token of a user works"),
        ("auth-disabled-first", "Ask its staff"),
        ("ipban-bearer", "has banned this address"),
        ("auth-bearer-lowercase", 'scheme = "Bearer"'),
        ("outage-dbkey-bearer", "until its operators have unlocked it, so gazelled keeps trying"),
    ],
)
def test_advice(name: str, advice: str) -> None:
    """What a person can do is said."""
    assert advice in classify(*recorded(name)).text


def reply(
    status: int = 200,
    body: bytes = b"",
    *,
    location: str = "",
    retry: str = "",
    complete: bool = True,
) -> HttpReply:
    """Make up an answer."""
    return HttpReply(status, body, AT, location=location, retry_after=retry, complete=complete)


LIMIT = b'{"status":"failure","error":"Rate limit exceeded"}'
OK = b'{"status":"success","response":{"id":2}}'
PAGE = b"<html><title>Oops</title></html>"

MADE_UP = {
    "403 of the operators": (reply(403, b"<p>Go away"), Consequence.STOPPED),
    "403 with JSON": (reply(403, b'{"error":"banned client"}'), Consequence.STOPPED),
    "401": (reply(401, b'{"error":"log in"}'), Consequence.SESSION_LOST),
    "429": (reply(429, PAGE), Consequence.LIMITED),
    "429 with data": (reply(429, OK), Consequence.LIMITED),
    "newer refusal": (reply(400, b'{"errors":"rate limit exceeded"}'), Consequence.LIMITED),
    "refusal of OPS": (reply(200, LIMIT), Consequence.LIMITED),
    "400": (reply(400, b'{"errors":"bad page"}'), Consequence.REFUSED),
    "404 with JSON": (reply(404, b'{"message":"no such torrent"}'), Consequence.REFUSED),
    "404": (reply(404, PAGE), Consequence.UNAVAILABLE),
    "500 with JSON": (reply(500, b'{"oops":1}'), Consequence.UNAVAILABLE),
    "500 with success": (reply(500, OK), Consequence.UNAVAILABLE),
    "502": (reply(502, PAGE), Consequence.UNAVAILABLE),
    "502 cut off": (reply(502, b"<ht", complete=False), Consequence.UNAVAILABLE),
    "503": (reply(503), Consequence.UNAVAILABLE),
    "599": (reply(599), Consequence.UNAVAILABLE),
    "304 without a place": (reply(304), Consequence.UNAVAILABLE),
    "HTML with a byte order mark": (reply(200, b"\xef\xbb\xbf<p>"), Consequence.UNAVAILABLE),
    "HTML as 200": (reply(200, b"\n  <!doctype html>"), Consequence.UNAVAILABLE),
    "empty": (reply(200, b" \n"), Consequence.UNAVAILABLE),
    "cut off": (reply(200, OK[:-9], complete=False), Consequence.BROKEN),
    "whole but cut off": (reply(200, OK, complete=False), Consequence.BROKEN),
    "half JSON": (reply(200, OK[:-9]), Consequence.BROKEN),
    "words": (reply(200, b"hello"), Consequence.BROKEN),
    "a list": (reply(200, b"[]"), Consequence.BROKEN),
    "a text": (reply(200, b'"ok"'), Consequence.BROKEN),
    "another shape": (reply(200, b'{"items":[],"total":0}'), Consequence.BROKEN),
    "no response": (reply(200, b'{"status":"success"}'), Consequence.BROKEN),
    "only words": (reply(200, b'{"status":"success","message":"Hi"}'), Consequence.BROKEN),
    "empty page of a forum": (
        reply(200, b'{"status":"success","forumName":"Lounge","threads":[]}'),
        Consequence.OK,
    ),
    "a list as status": (reply(200, b'{"status":[],"response":1}'), Consequence.BROKEN),
    "too deep": (reply(200, b'{"a":' * 50_000), Consequence.BROKEN),
    "text behind": (reply(200, OK + b"garbage"), Consequence.BROKEN),
    "a page behind": (reply(200, OK + b"\n<b>Warning</b>"), Consequence.OK),
    "null": (reply(200, b'{"status":"success","response":null}'), Consequence.OK),
    "a byte order mark": (reply(200, b"\xef\xbb\xbf" + OK), Consequence.OK),
    "to another origin": (
        reply(302, location="https://torrents.bio/ajax.php?action=index"),
        Consequence.UNAVAILABLE,
    ),
    "to plain http": (
        reply(301, location="http://biotorrents.de/ajax.php?action=index"),
        Consequence.UNAVAILABLE,
    ),
    "nowhere": (reply(302, location="about:blank"), Consequence.UNAVAILABLE),
    "to itself": (
        reply(302, location="https://biotorrents.de/ajax.php?action=index&x=1"),
        Consequence.REDIRECTED,
    ),
    "to the log-in": (
        reply(302, location="https://biotorrents.de/login.php"),
        Consequence.SESSION_LOST,
    ),
    "to the log-in of the disabled": (
        reply(302, location="https://biotorrents.de/login.php?action=disabled"),
        Consequence.STOPPED,
    ),
}


@pytest.mark.parametrize("name", MADE_UP)
def test_made_up_answers(name: str) -> None:
    """What was not recorded has a consequence too."""
    answer, expected = MADE_UP[name]
    assert classify(answer, ASKED).consequence is expected


def test_payload() -> None:
    """What is within the envelope is the answer."""
    assert classify(reply(200, OK), ASKED).payload == {"id": 2}


def test_operators_words() -> None:
    """A 403 shows what the operators wrote, without markup."""
    page = b"<script>x()</script><h1>No</h1><!-- y --><p>Write to staff&#64;site</p>"
    assert classify(reply(403, page), ASKED).text.endswith("says: No Write to staff@site")


def test_place_without_keys() -> None:
    """The address of a redirect is told without what stands in it."""
    verdict = classify(reply(302, location="https://other.example/x?authkey=geheim"), ASKED)
    assert "https://other.example;" in verdict.text
    assert "geheim" not in verdict.text


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", None),
        ("30", 30.0),
        (" 0 ", 0.0),
        ("Mon, 23 Nov 2026 14:01:00 GMT", 60.0),
        ("Mon, 23 Nov 2026 14:01:00", 60.0),
        ("Mon, 23 Nov 2026 15:01:00 +0100", 60.0),
        ("Mon, 23 Nov 2026 13:00:00 GMT", 0.0),
        ("-5", None),
        ("soon", None),
        ("Mon, 23 Nov 99999999999999999999 13:00:00 GMT", None),
    ],
)
def test_retry_after(header: str, seconds: float | None) -> None:
    """Retry-After counts in seconds or as a date; nonsense counts as nothing."""
    assert retry_after(reply(503, retry=header)) == seconds


@pytest.mark.parametrize("name", [name for name in MADE_UP if name != "another shape"])
def test_retry_after_anywhere(name: str) -> None:
    """It is read wherever it comes."""
    answer, _ = MADE_UP[name]
    asked_to_wait = reply(
        answer.status,
        answer.body,
        location=answer.location,
        retry="90",
        complete=answer.complete,
    )
    assert classify(asked_to_wait, ASKED).after == 90.0


def test_nothing_is_shown_by_accident() -> None:
    """What stands in an answer isn't in what a log line would show of it."""
    verdict = classify(reply(200, b'{"status":"success","response":{"passkey":"geheim"}}'), ASKED)
    assert "geheim" not in repr(verdict)


def test_page_text_is_short() -> None:
    """Only the first words of a page are kept."""
    assert page_text(b"word " * 100, most=10) == "word word\u2026"


@given(
    status=st.integers(100, 599),
    body=st.one_of(
        st.binary(max_size=40),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.dictionaries(
                    st.sampled_from(["status", "response", "error", "errors", "message"]), inner
                )
                | st.lists(inner, max_size=2)
            ),
            max_leaves=6,
        ).map(lambda data: json.dumps(data).encode()),
    ),
    retry=st.text(max_size=30),
    complete=st.booleans(),
)
def test_never_fails(status: int, body: bytes, retry: str, *, complete: bool) -> None:
    """Whatever comes, it is classified."""
    verdict = classify(reply(status, body, retry=retry, complete=complete), ASKED)
    assert isinstance(verdict.consequence, Consequence)
