"""Services of Apprise, by receivers on this machine that answer and fail as they do."""

from __future__ import annotations

import html
import logging
import re
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import requests
import trustme
from apprise.plugins.base import NotifyBase
from apprise.plugins.discord import NotifyDiscord
from apprise.plugins.email import NotifyEmail
from apprise.plugins.matrix import NotifyMatrix
from apprise.plugins.pushover import NotifyPushover
from apprise.plugins.slack import NotifySlack
from apprise.plugins.telegram import NotifyTelegram
from apprise.url import URLBase
from tests.plugins.http_receiver import (
    Answer,
    HttpReceiver,
    Matrix,
    Reply,
    Request,
    always,
    discord,
    ntfy,
    running,
    slack,
    telegram,
)
from tests.plugins.mail_server import MailServer

from gazelled.hooks.calls import target_calls
from gazelled.plugin import Event, GiveUp, RetryLater, SecretStr, TargetFault, sample_events
from gazelled.testing.plugin_kit import PluginKit, PluginTarget

URLS = {
    "json": "json://user:CANARY-word@{host}/CANARY-path",
    "ntfy": "ntfy://{host}/CANARY-topic",
    "discord": "discord://1234567/CANARY-token",
    "slack": "slack://T1JJ3T3L2/A1BRTD4JD/CANARYkdnlazkcOXrIdevi7F",
    "telegram": "tgram://123456789:CANARYtokenabcdefghij/12345",
    "matrix": "matrix://CANARY-token@{host}/!room:x",
}
ANSWERS: dict[str, Answer] = {
    "json": always(200),
    "ntfy": ntfy,
    "discord": discord,
    "slack": slack,
    "telegram": telegram,
}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Apprise send parts without its pauses between them."""
    monkeypatch.setattr(NotifyBase, "request_rate_per_sec", 0)
    for service in (NotifyTelegram, NotifyMatrix, NotifySlack):
        monkeypatch.setattr(service, "request_rate_per_sec", 0)


@contextmanager
def at(name: str, answer: Answer | None = None) -> Iterator[tuple[HttpReceiver, str]]:
    """Run the receiver of a service, and return it with its URL."""
    own = Matrix() if name == "matrix" else ANSWERS.get(name, always(200))
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        server = stack.enter_context(running(answer or own))
        patch.setattr(NotifyDiscord, "notify_url", f"http://{server.host}/api/webhooks")
        patch.setattr(NotifyTelegram, "notify_url", f"http://{server.host}/bot")
        patch.setattr(NotifySlack, "webhook_url", f"http://{server.host}/services")
        yield server, URLS[name].format(host=server.host)


def phone(gz: PluginKit, url: str, **options: Any) -> PluginTarget:  # noqa: ANN401 - as free as options
    """Make a target."""
    return gz.target("apprise", url=SecretStr(url), **options)


def long_event(gz: PluginKit) -> Event:
    """Make an event that is too long for every service."""
    text = "\n".join(f"line {number}: <b> & *stars* {'µ' * 50}" for number in range(1500))
    return gz.event("report", title="Long", text=text, id="1")


@pytest.mark.parametrize("name", URLS)
def test_every_kind_of_event_arrives(gz: PluginKit, name: str) -> None:
    """A sample of every kind, a digest too, is within what the service takes."""
    with at(name) as (server, url):
        target = phone(gz, url)
        for event in sample_events():
            server.requests.clear()
            target.deliver(event)
            assert server.requests


@pytest.mark.parametrize("name", URLS)
def test_a_long_message_is_shortened_to_the_limit_of_the_service(gz: PluginKit, name: str) -> None:
    """It arrives, once, and says that it was shortened."""
    with at(name) as (server, url):
        phone(gz, url).deliver(long_event(gz))
        assert "hortened" in server.requests[-1].body.decode("unicode_escape")


@pytest.mark.parametrize("name", ["ntfy", "discord", "slack", "telegram", "matrix"])
@pytest.mark.parametrize("sign", ["x ", "µ", "語", "🧬", "<b>", "&", '"', "*", "\\"])
def test_signs_that_need_more_room_are_counted(gz: PluginKit, name: str, sign: str) -> None:
    """Whatever a text consists of, the service takes as much of it as fits."""
    with at(name) as (server, url):
        event = gz.event("report", title=sign * 90, text=sign * 25_000, id="1")
        phone(gz, url).deliver(event)
        assert "hortened" in server.requests[-1].body.decode("unicode_escape")


def test_markup_does_not_count_for_telegram(gz: PluginKit) -> None:
    """A digest has as many events as their visible text allows, unless it is sent as text."""
    events = tuple(gz.event(title=f"Yeast <{number}>", id=str(number)) for number in range(150))
    digest = gz.event("digest", title="150 events", events=events)
    with at("telegram") as (server, url):
        phone(gz, url).deliver(digest)
        phone(gz, f"{url}?format=text").deliver(gz.event("report", text="<b>\n" * 3000))
        # Apprise escapes what is sent as text.
        first, second = (request.json["text"] for request in server.requests)
    assert len(first) > 4096 * 2
    assert first.count("<a href=") > 60
    assert len(html.unescape(second)) <= 4096


@pytest.mark.parametrize("name", ["ntfy", "discord", "slack", "telegram"])
def test_parts_that_were_sent_are_not_sent_again(gz: PluginKit, name: str) -> None:
    """Where the URL asks for parts, an attempt begins with the first that is missing."""
    service = ANSWERS[name]
    answers = iter([True, True, False])

    def failing(request: Request) -> Reply:
        return service(request) if next(answers, True) else Reply(500)

    with at(name, failing) as (server, url):
        target = phone(gz, f"{url}?overflow=split")
        event = long_event(gz)
        with pytest.raises(RetryLater, match=r"500 Internal Server Error"):
            target.deliver(event)
        target.deliver(event)
        bodies = [request.body for request in server.requests]
        assert bodies[2] == bodies[3]
        assert len(set(bodies)) == len(bodies) - 1 > 5
        lines = re.findall(
            r"line (\d+)", "".join(body.decode() for body in bodies[:2] + bodies[3:])
        )
        assert lines == [str(number) for number in range(1500)]


def test_what_one_service_would_read_as_markup_is_text(gz: PluginKit) -> None:
    """A title is shown with the signs that it has, and calls nobody."""
    event = gz.event(title="<b>*S288C*</b> @everyone [x](http://evil.example)", id="63")
    with at("discord") as (server, url):
        phone(gz, url).deliver(event)
        content = server.requests[0].json["content"]
    assert r"\<b\>\*S288C\*" in content
    assert "@everyone" not in content
    with at("telegram") as (server, url):
        phone(gz, url).deliver(event)
        text = server.requests[0].json["text"]
    assert "&lt;b&gt;*S288C*&lt;/b&gt;" in text
    with at("slack") as (server, url):
        phone(gz, url).deliver(event)
        [attachment] = server.requests[0].json["attachments"]
        section = attachment["blocks"][0]["text"]
    assert section["type"] == "mrkdwn"
    assert "&lt;b&gt;" in section["text"]
    assert "*S288C*" not in section["text"]
    assert "<http://evil" not in section["text"]
    with at("matrix") as (server, url):
        phone(gz, url).deliver(event)
        formatted = server.requests[-1].json["formatted_body"]
    assert "&lt;b&gt;*S288C*&lt;/b&gt;" in formatted


STATUSES: list[tuple[int, object, dict[str, str], type[Exception], str]] = [
    (400, {"error": "no such field"}, {}, GiveUp, r"can't read .*400 .* It says: no such field"),
    (401, "", {}, TargetFault, r"refuses the user name, password, key or token .401"),
    (403, "", {}, TargetFault, r"denies access .403"),
    (404, "<html>not here</html>", {}, TargetFault, r"nothing at this address .404 Not Found..$"),
    (410, "", {}, TargetFault, r"gone for good .410"),
    (413, "", {}, GiveUp, r"too large .413"),
    (415, "", {}, GiveUp, r"takes no messages of this type .415"),
    (422, {"detail": "empty"}, {}, GiveUp, r"422 .* It says: empty"),
    (429, "", {"Retry_After": "37"}, RetryLater, r"rate limit allows .429"),
    (500, "", {}, RetryLater, r"has an internal error .500"),
    (503, "", {"Retry_After": "37"}, RetryLater, r"is not available for now .503"),
    (302, "", {"Location": "http://127.0.0.1:9/"}, TargetFault, r"redirects to another address"),
]


@pytest.mark.parametrize(("status", "content", "headers", "outcome", "words"), STATUSES)
def test_what_a_status_means(
    gz: PluginKit,
    status: int,
    content: object,
    headers: dict[str, str],
    outcome: type[Exception],
    words: str,
) -> None:
    """The message, the target or the moment is at fault, in a sentence, after one request."""
    with at("json", always(status, content, **headers)) as (server, url):
        with pytest.raises((RetryLater, GiveUp), match=words) as caught:
            phone(gz, url).deliver(gz.event())
        assert type(caught.value) is outcome
        assert getattr(caught.value, "after", None) == (37.0 if "Retry_After" in headers else None)
        assert len(server.requests) == 1
        assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize("name", URLS)
@pytest.mark.parametrize("status", [401, 429, 500])
def test_each_service_fails_with_its_status(gz: PluginKit, name: str, status: int) -> None:
    """Whatever a service of Apprise does about it, the error has the status, and no secret."""
    secret = re.findall(r"CANARY-?\w+", URLS[name])[-1]
    with at(name, always(status, {"error": secret}, Retry_After="5")) as (server, url):
        with pytest.raises(RetryLater, match=str(status)) as caught:
            phone(gz, url).deliver(gz.event())
        assert isinstance(caught.value, TargetFault) == (status == 401)
        assert "CANARY" not in str(caught.value)
        assert server.requests


@pytest.mark.parametrize(
    ("name", "content", "seconds"),
    [
        ("discord", {"message": "You are being rate limited.", "retry_after": 2.5}, 2.5),
        ("telegram", {"ok": False, "parameters": {"retry_after": 7}}, 7.0),
        ("matrix", {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 4000}, 4.0),
    ],
)
def test_a_pause_in_the_answer_is_kept(
    gz: PluginKit, name: str, content: object, seconds: float
) -> None:
    """Services that want to be left alone say so in their own ways; gazelled waits, not Apprise."""
    with at(name, always(429, content)) as (server, url):
        with pytest.raises(RetryLater, match=r"429") as caught:
            phone(gz, url).deliver(gz.event())
        assert caught.value.after == seconds
        assert len({request.path for request in server.requests}) == len(server.requests)


def test_chats_of_one_url_get_a_message_by_themselves(gz: PluginKit) -> None:
    """One that fails for now is tried again alone, and one that refuses doesn't affect others."""
    troubles = {"10002": Reply(502), "10003": Reply(400, {"description": "Bad Request: no"})}

    def answer(request: Request) -> Reply:
        return troubles.get(str(request.json["chat_id"])) or telegram(request)

    with at("telegram", answer) as (server, url):
        target = phone(gz, url.removesuffix("/12345") + "/10004/10003/10002/10001")
        with pytest.raises(RetryLater, match=r"502"):
            target.deliver(gz.event())
        del troubles["10002"]
        with pytest.raises(GiveUp, match=r"It says: Bad Request: no"):
            target.deliver(gz.event())
        target.deliver(gz.event())
        asked = [str(request.json["chat_id"]) for request in server.requests]
    assert asked == ["10001", "10002", "10002", "10003", "10004"]


def test_topics_of_one_url_are_not_sent_again(gz: PluginKit) -> None:
    """The list has another name in each service."""
    answers = iter([True, False])

    def failing(request: Request) -> Reply:
        return ntfy(request) if next(answers, True) else Reply(500)

    with at("ntfy", failing) as (server, url):
        target = phone(gz, f"{url}/second")
        with pytest.raises(RetryLater, match=r"500"):
            target.deliver(gz.event())
        target.deliver(gz.event())
        topics = [request.json["topic"] for request in server.requests]
    assert topics == ["CANARY-topic", "second", "second"]


def test_a_wrong_address_is_a_fault_of_the_target(
    gz: PluginKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some services have the status of a bad message for it, but all messages would fail."""
    with at("telegram") as (_, url):
        missing = url.removesuffix("12345") + "404"
        with pytest.raises(TargetFault, match=r"400 .* It says: Bad Request: chat not found"):
            phone(gz, missing).deliver(gz.event())
    wrong = {"token": "invalid", "errors": ["application token is invalid"], "status": 0}
    with running(always(400, wrong)) as server:
        monkeypatch.setattr(NotifyPushover, "notify_url", f"http://{server.host}/")
        with pytest.raises(TargetFault, match=r"400 .* It says: application token is invalid"):
            phone(gz, f"pover://{'u' * 30}@{'a' * 30}").deliver(gz.event())


def test_what_is_secret_for_one_target_is_a_word_for_another(gz: PluginKit) -> None:
    """Reasons are shown as the service writes them, but for what stands in the target's URL."""
    with at("json") as (_, url):
        phone(gz, f"{url}/token/error/status").deliver(gz.event())
    reason = {"error": "the token status is an error: CANARY-path"}
    with (
        at("json", always(422, reason)) as (_, url),
        pytest.raises(GiveUp, match=r"It says: the token status is an error: …"),
    ):
        phone(gz, url).deliver(gz.event())


def test_passwords_do_not_go_where_a_redirect_leads(gz: PluginKit) -> None:
    """Another address gets nothing."""
    with running(always(200)) as other:
        location = f"http://{other.host}/elsewhere"
        with at("json", always(307, "", Location=location)) as (server, url):
            with pytest.raises(TargetFault, match=r"redirects"):
                phone(gz, url).deliver(gz.event())
            assert len(server.requests) == 1
        assert not other.requests


@pytest.mark.parametrize(
    ("trouble", "words"),
    [("hangs", "did not answer in time"), ("dies", "closed the connection before")],
)
def test_what_has_no_answer_is_tried_again(gz: PluginKit, trouble: str, words: str) -> None:
    """A receiver that never answers is waited for as long as the target may take."""
    with at("json") as (server, url):
        server.trouble = trouble
        target = phone(gz, url)
        target.timeout = 1.0
        with pytest.raises(RetryLater, match=words) as caught:
            target.deliver(gz.event())
        assert not isinstance(caught.value, TargetFault)
        assert len(server.requests) == 1


@pytest.mark.parametrize("trouble", ["drips the body", "dies in the body", "drips chunks"])
def test_an_answer_counts_by_its_first_line(gz: PluginKit, trouble: str) -> None:
    """A message that was taken is not sent again because the rest of the answer never comes."""
    with at("json") as (server, url):
        server.trouble = trouble
        target = phone(gz, url)
        target.timeout = 1.0
        target.deliver(gz.event())
        assert len(server.requests) == 1


@pytest.mark.parametrize("limits", ["", "?rto=0.5"])
def test_a_receiver_that_is_slow(
    gz: PluginKit, monkeypatch: pytest.MonkeyPatch, limits: str
) -> None:
    """It is waited for as long as the target may take, unless the URL has limits of its own."""
    monkeypatch.setattr(URLBase, "socket_read_timeout", 0.5)  # Apprise's default, in real 4 s
    with at("json") as (server, url):
        server.delay = 2.0
        target = phone(gz, f"{url}{limits}")
        if limits:
            with pytest.raises(RetryLater, match="did not answer in time"):
                target.deliver(gz.event())
        else:
            target.deliver(gz.event())
        assert len(server.requests) == 1


def test_an_answer_after_the_time_of_the_delivery_settles_it(
    gz: PluginKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is under way goes on, and is not begun a second time."""
    monkeypatch.setattr(
        target_calls, "MARGIN", -58.0
    )  # the delivery's limit is 2 s, of 60 s for a request
    with at("json") as (server, url):
        server.delay = 4.0
        phone(gz, url).deliver(gz.event())
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("json://127.0.0.1:1/CANARY-path", r"can't be reached .Connection refused"),
        ("json://CANARY.invalid/x", r"host name of the service JSON can't be looked up .DNS"),
    ],
)
def test_an_address_where_nobody_is(gz: PluginKit, url: str, words: str) -> None:
    """All messages wait, and the error has nothing of the address."""
    with pytest.raises(TargetFault, match=words) as caught:
        phone(gz, url).deliver(gz.event())
    assert "CANARY" not in str(caught.value)


def test_a_certificate_that_is_not_valid(gz: PluginKit) -> None:
    """Nothing is sent to a service that can't prove who it is, and all messages wait."""
    with at("json") as (server, url):
        server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("127.0.0.1").configure_cert(server.tls)
        with pytest.raises(TargetFault, match=r"TLS certificate of the service JSON is not valid"):
            phone(gz, url.replace("json://", "jsons://")).deliver(gz.event())
        assert not server.requests


def test_the_same_key_on_every_attempt(gz: PluginKit) -> None:
    """A server of Matrix knows a message again, and so can a receiver of one's own."""
    event = gz.event()
    with at("matrix") as (server, url):
        target = phone(gz, url)
        target.deliver(event)
        target.deliver(event, attempt=2)
        target.deliver(gz.event(title="Another"))
        assert isinstance(server.answer, Matrix)
        assert len(server.answer.messages) == 2
    with at("json") as (server, url):
        for attempt in (1, 2):
            phone(gz, url).deliver(event, attempt=attempt)
        first, again = (request.headers["Idempotency-Key"] for request in server.requests)
        assert first == again


def test_a_service_that_is_optional_in_its_url_is_not(gz: PluginKit) -> None:
    """Apprise would call a message sent that was not."""
    with at("json", always(500)) as (server, url):
        with pytest.raises(RetryLater):
            phone(gz, f"{url}?optional=yes&retry=3").deliver(gz.event())
        assert len(server.requests) == 1


def test_nothing_changes_for_others_who_use_requests(gz: PluginKit) -> None:
    """A redirect of somebody else's request is followed as ever."""
    with at("json") as (_, url):
        phone(gz, url).deliver(gz.event())
    with running(always(200, "there")) as there:
        location = f"http://{there.host}/"
        with running(always(302, "", Location=location)) as here:
            answer = requests.get(f"http://{here.host}/", timeout=60)
            assert (answer.status_code, answer.text) == (200, "there")


def mail_url(server: MailServer, credentials: str = "") -> str:
    """Return the Apprise URL of a mail server."""
    return f"mailto://{credentials}127.0.0.1:{server.port}?from=gz@example.org&to=lab@example.org"


def test_mail_through_apprise(gz: PluginKit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that confirms later than Apprise would wait gets the message once."""
    monkeypatch.setattr(NotifyEmail, "socket_connect_timeout", 0.5)  # its default, in real 15 s
    with MailServer(delay=2.0) as server:
        phone(gz, mail_url(server)).deliver(gz.event(title="S288C"))
        [arrived] = server.arrived
        assert "S288C" in arrived.message["Subject"]


def test_a_mail_that_was_not_confirmed_is_sent_again_with_its_id(gz: PluginKit) -> None:
    """A mail program can know the two as one."""
    with MailServer(dies=True) as server:
        target = phone(gz, mail_url(server))
        for attempt in (1, 2):
            with pytest.raises(RetryLater, match="confirmed nothing"):
                target.deliver(gz.event(), attempt=attempt)
        first, again = (arrived.message["Message-ID"] for arrived in server.arrived)
        assert first == again
        assert first.startswith("<")
        assert first.endswith("@127.0.0.1>")


@pytest.mark.parametrize(
    ("settings", "outcome", "words"),
    [
        (
            {"refused": {"lab@example.org": "550 5.1.1 Unknown"}},
            GiveUp,
            r"refuses the recipient .550 5.1.1 Unknown",
        ),
        ({"refused": {"lab@example.org": "450 4.2.0 Later"}}, RetryLater, r"for now .450"),
        ({"content_reply": "554 5.7.1 Spam"}, GiveUp, r"refuses the message .554 5.7.1 Spam"),
        ({"content_reply": "451 4.3.0 Later"}, RetryLater, r"for now .451"),
        ({"sender_reply": "553 5.7.1 No"}, TargetFault, r"refuses the address of the sender"),
        ({"login": ("lab", "right")}, TargetFault, r"refuses the user name or password .535"),
        ({"dies": True}, RetryLater, r"closed the connection and confirmed nothing"),
    ],
)
def test_what_a_reply_of_a_mail_server_means(
    gz: PluginKit, settings: dict[str, Any], outcome: type[Exception], words: str
) -> None:
    """Mail through Apprise fails as the plugin for mail does."""
    with MailServer(**settings) as server:
        target = phone(gz, mail_url(server, "lab:CANARY-word@" if server.login else ""))
        with pytest.raises((RetryLater, GiveUp), match=words) as caught:
            target.deliver(gz.event())
    assert type(caught.value) is outcome
    assert "CANARY" not in str(caught.value)


def test_a_reply_that_repeats_an_address_does_not_show_it(gz: PluginKit) -> None:
    """The URL of a target is a secret, in the words of others too."""
    reply = "550 5.1.1 <CANARY-lab@example.org>: unknown"
    with MailServer(refused={"CANARY-lab@example.org": reply}) as server:
        target = phone(gz, mail_url(server).replace("to=lab@", "to=CANARY-lab@"))
        with pytest.raises(GiveUp, match=r"refuses the recipient .550 5\.1\.1 .*unknown") as caught:
            target.deliver(gz.event())
    assert "CANARY" not in str(caught.value)


def test_details_of_apprise_are_not_logged(gz: PluginKit, caplog: pytest.LogCaptureFixture) -> None:
    """What it logs below a warning holds whole addresses and messages."""
    with caplog.at_level(logging.DEBUG), at("json") as (_, url):
        phone(gz, url).deliver(gz.event(title="S288C"))
    assert "CANARY" not in caplog.text
    assert not [record for record in caplog.records if record.name == "apprise"]


def test_apprise_logs_at_the_level_of_the_program(
    gz: PluginKit, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands show the error, and not a second line of Apprise."""
    for level, count in ((logging.WARNING, 1), (logging.CRITICAL, 0)):
        monkeypatch.setattr(logging.getLogger(), "level", level)
        caplog.clear()
        with at("telegram", always(500)) as (_, url), pytest.raises(RetryLater, match="500"):
            phone(gz, url).deliver(gz.event())
        assert len([record for record in caplog.records if record.name == "apprise"]) == count


def test_the_preview_shows_what_the_service_gets(gz: PluginKit) -> None:
    """Title and body are those that are sent, and nothing is sent."""
    event = gz.event(title="S288C *reads*", id="63", size=1024)
    with at("discord") as (server, url):
        target = phone(gz, url)
        shown = target.preview(event)
        assert not server.requests
        target.deliver(event)
        assert server.requests[0].json["content"] in shown
    with at("ntfy") as (server, url):
        shown = phone(gz, url).preview(event)
        phone(gz, url).deliver(event)
        assert server.requests[0].json["title"] in shown
        assert server.requests[0].json["message"] in shown


def test_templates_in_either_spelling(gz: PluginKit) -> None:
    """The table of templates takes precedence over the earlier options."""
    event = gz.event(size=1024)
    with at("json") as (server, url):
        templates = {"body": "new: {{ item.size | size }}"}
        phone(gz, url, title="old title", body="old").deliver(event)
        phone(gz, url, title="old title", body="old", templates=templates).deliver(event)
        got = [(request.json["title"], request.json["message"]) for request in server.requests]
    assert got == [("old title", "old"), ("old title", "new: 1 KiB")]
