"""Webhooks: what arrives, what each answer means, and receivers that misbehave."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jsonschema
import pytest
from pydantic import SecretStr
from standardwebhooks import Webhook, WebhookVerificationError
from structlog.testing import capture_logs

from gazelled.plugin import Delivery, GiveUp, RetryLater, TargetFault
from gazelled.testing.plugin_kit import PluginKit
from gazelled_plugins.webhook import Options

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "event.schema.json").read_text(encoding="utf-8"))
TLS = ROOT / "tests" / "tracker" / "tls"
NEW = "whsec_bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctMDE="
OLD = "whsec_b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQtMDE="
HOSTILE = 'A "title"\\ \n</script>{{ x }} @everyone \u202e &amp; <b>'


class Request:
    """A request as it arrived."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self.path = handler.path
        self.headers = {name.lower(): value for name, value in handler.headers.items()}
        self.body = handler.rfile.read(int(self.headers["content-length"]))


Reply = Callable[[BaseHTTPRequestHandler], None]


def status(code: int, **headers: str) -> Reply:
    """Return a reply of a status with headers; `_` stands for `-`."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        body = b"" if code == HTTPStatus.NO_CONTENT else b"ok"
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return reply


@contextmanager
def receiver(reply: Reply) -> Iterator[tuple[str, list[Request]]]:
    """Serve on loopback; the address and the requests so far."""
    requests: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            requests.append(Request(self))
            self.close_connection = True
            with suppress(OSError):
                reply(self)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook?key=in-the-address", requests
    finally:
        server.shutdown()
        server.socket.close()
        thread.join()


def test_an_event_arrives_as_json_and_signed(gz: PluginKit) -> None:
    """The library of the specification verifies it, with either secret while both are valid."""
    event = gz.event(title="S288C reads", license="CC0", items=(gz.item("x" * 10_000),))
    with receiver(status(204)) as (url, requests):
        target = gz.target("webhook", url=url, sign=[SecretStr(NEW), SecretStr(OLD)])
        target.deliver(event)
        target.deliver(event, attempt=2)
    first, second = requests
    assert first.path == "/hook?key=in-the-address"
    assert first.headers["content-type"] == "application/json"
    assert first.headers["user-agent"] == "gazelled"
    data = json.loads(first.body)
    jsonschema.validate(data, SCHEMA)
    for secret in (NEW, OLD):
        assert Webhook(secret).verify(first.body, first.headers) == data
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW.replace("bmV3", "bmV4")).verify(first.body, first.headers)
    assert first.headers["webhook-id"] == data["id"] == Delivery(event, "target").id
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)


def test_without_a_secret_it_has_an_id_and_no_signature(gz: PluginKit) -> None:
    """A receiver can tell a repetition all the same, and needs no library here."""
    with receiver(status(200)) as (url, requests):
        gz.target("webhook", url=url).deliver(gz.event())
    assert len(requests[0].headers["webhook-id"]) == 32
    assert "webhook-signature" not in requests[0].headers


@pytest.mark.parametrize(
    ("code", "outcome", "words"),
    [
        (400, GiveUp, "can't read the message"),
        (413, GiveUp, "too large"),
        (422, GiveUp, "content of the message"),
        (401, TargetFault, "refuses the user name, password, key or token"),
        (404, TargetFault, "nothing at this address"),
        (410, TargetFault, "gone for good"),
        (429, RetryLater, "rate limit"),
        (500, RetryLater, "internal error"),
        (503, RetryLater, "not available"),
    ],
)
def test_the_status_decides(
    gz: PluginKit, code: int, outcome: type[RetryLater | GiveUp], words: str
) -> None:
    """The sentence names the machine and the reason, and not the address, which may be secret."""
    with (
        receiver(status(code, Retry_After="40")) as (url, requests),
        pytest.raises(outcome, match=words) as caught,
    ):
        gz.target("webhook", url=SecretStr(url)).deliver(gz.event())
    assert type(caught.value) is outcome
    assert str(caught.value).startswith("The webhook at 127.0.0.1:")
    assert f"({code}" in str(caught.value)
    assert "in-the-address" not in str(caught.value)
    assert len(requests) == 1
    if isinstance(caught.value, RetryLater):
        assert caught.value.after == 40.0


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(gz: PluginKit, code: int) -> None:
    """Neither the event nor a header reaches another address; the sentence says what to do."""
    with (
        receiver(status(200)) as (elsewhere, misled),
        receiver(status(code, Location=elsewhere)) as (url, requests),
    ):
        target = gz.target("webhook", url=url, headers={"Authorization": SecretStr("Bearer x")})
        with pytest.raises(TargetFault, match=r"redirects .* configure the address"):
            target.deliver(gz.event())
    assert (len(requests), misled) == (1, [])


def drip_the_head(handler: BaseHTTPRequestHandler) -> None:
    """Send a head that never ends, one character at a time."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        handler.wfile.write(b"x")
        handler.wfile.flush()
        if STOP.wait(0.05):
            return


def endless_head(handler: BaseHTTPRequestHandler) -> None:
    """Send headers without an end, as fast as possible."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not STOP.is_set():
        handler.wfile.write(b"X-More: " + b"y" * 1000 + b"\r\n")


def hang(handler: BaseHTTPRequestHandler) -> None:
    """Send nothing."""
    del handler
    STOP.wait()


def die(handler: BaseHTTPRequestHandler) -> None:
    """Send half of a status line."""
    handler.wfile.write(b"HTTP/1.1 20")


def speak_otherwise(handler: BaseHTTPRequestHandler) -> None:
    """Send what is no HTTP."""
    handler.wfile.write(b"220 mail.example.org ESMTP ready\r\n")


def drip_the_body(handler: BaseHTTPRequestHandler) -> None:
    """Accept the event, and send a body that never ends slowly."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not STOP.wait(0.05):
        handler.wfile.write(b"x")


def endless_body(handler: BaseHTTPRequestHandler) -> None:
    """Accept the event, and send a body that never ends fast."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not STOP.is_set():
        handler.wfile.write(b"1000\r\n" + b"z" * 4096 + b"\r\n")


def answer_late(handler: BaseHTTPRequestHandler) -> None:
    """Accept the event after a while."""
    STOP.wait(1.0)
    status(200)(handler)


STOP = threading.Event()
"""Ends the receivers that would go on for ever."""


@pytest.fixture(autouse=True)
def ending() -> Iterator[None]:
    """End the receivers with their test."""
    STOP.clear()
    yield
    STOP.set()


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (drip_the_head, "did not answer in time"),
        # Older releases of aiohttp limit the size of each header, not their number.
        (endless_head, "not valid HTTP|did not answer in time"),
        (hang, "did not answer in time"),
        (die, "The webhook at"),
        (speak_otherwise, "not valid HTTP"),
    ],
)
def test_a_receiver_that_misbehaves_is_tried_again(gz: PluginKit, reply: Reply, words: str) -> None:
    """Within the target's time; the next attempt has the same id."""
    with receiver(reply) as (url, requests):
        target = gz.target("webhook", url=url)
        target.timeout = 1.0
        with pytest.raises(RetryLater, match=words) as caught:
            target.deliver(gz.event())
        STOP.set()
    assert "in-the-address" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)
    assert len(requests) == 1


@pytest.mark.parametrize("reply", [drip_the_body, endless_body, answer_late])
def test_an_event_that_is_accepted_is_delivered(gz: PluginKit, reply: Reply) -> None:
    """What a receiver says beside its status isn't waited for; a late answer is one."""
    with receiver(reply) as (url, requests):
        gz.target("webhook", url=url).deliver(gz.event())
        STOP.set()
    assert len(requests) == 1


def test_an_address_that_answers_nothing_is_a_fault_of_the_target(gz: PluginKit) -> None:
    """Refused, unknown, or with a certificate of nobody: all of its events wait."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))  # nobody else gets the port, and nobody listens there
    closed = taken.getsockname()[1]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=lambda: suppress_ssl(server))
    thread.start()
    cases = {
        f"http://127.0.0.1:{closed}/": "Connection refused",
        "http://no-such-name.invalid/": "DNS",
        f"http://{'a' * 64}.invalid/": "address|DNS",
        f"https://127.0.0.1:{server.server_port}/": "certificate",
    }
    try:
        for url, words in cases.items():
            with pytest.raises(TargetFault, match=words):
                gz.target("webhook", url=url).deliver(gz.event())
    finally:
        taken.close()
        server.server_close()
        thread.join()


def suppress_ssl(server: ThreadingHTTPServer) -> None:
    """Take one connection, whose handshake fails."""
    with suppress(OSError):
        server.socket.accept()[0].close()


def test_headers_arrive_and_are_shown_nowhere(gz: PluginKit) -> None:
    """A header with a secret is in no error, no log and no preview."""
    secret = "hunter2-secret-0123456789"
    with receiver(status(500)) as (url, requests), capture_logs() as logs:
        target = gz.target(
            "webhook",
            url=SecretStr(url),
            headers={
                "Authorization": SecretStr(f"Bearer {secret}"),
                "X-Lab": "yeast",
                "user-agent": "lab/1",
            },
            sign=SecretStr(NEW),
        )
        shown = target.preview(gz.event())
        with pytest.raises(RetryLater) as caught:
            target.deliver(gz.event())
    assert requests[0].headers["authorization"] == f"Bearer {secret}"
    assert requests[0].headers["x-lab"] == "yeast"
    assert requests[0].headers["user-agent"] == "lab/1"
    assert "User-Agent: gazelled" not in shown
    for text in (shown, repr(logs), str(caught.value)):
        assert "hunter2" not in text
        assert "in-the-address" not in text
        assert NEW[6:] not in text
    assert "Authorization: …" in shown
    assert "webhook-signature: …" in shown
    assert json.loads(shown.partition("\n\n")[2])["version"] == 1
    assert len(requests) == 1


@pytest.mark.parametrize(
    ("content_type", "source"),
    [
        ("application/json", '{"text": "{{ event.title }}", "n": {{ items | length }}}'),
        ("application/vnd.lab+json", '{"text": {{ event.title | tojson }}}'),
        ("application/json; charset=utf-8", "{{ {'text': event.title} | tojson }}"),
    ],
)
def test_a_template_writes_json_from_any_title(
    gz: PluginKit, content_type: str, source: str
) -> None:
    """No title breaks out of its text."""
    with receiver(status(200)) as (url, requests):
        target = gz.target(
            "webhook", url=url, content_type=content_type, templates={"body": source}
        )
        target.deliver(gz.event(title=HOSTILE))
    assert requests[0].headers["content-type"] == content_type
    text = json.loads(requests[0].body)["text"]
    assert 'A "title"\\' in text
    assert "</script>{{ x }} @everyone" in text


def test_a_template_writes_other_types(gz: PluginKit) -> None:
    """Forms, text and XML, each with its own way to write the texts of others."""
    bodies = {}
    with receiver(status(200)) as (url, requests):
        for content_type, source in (
            ("application/x-www-form-urlencoded", "text={{ event.title }}&kind={{ event.kind }}"),
            ("text/plain; charset=utf-8", "{{ event.title }}"),
            ("application/xml", "<t>{{ event.title }}</t>"),
        ):
            target = gz.target(
                "webhook", url=url, content_type=content_type, templates={"body": source}
            )
            target.deliver(gz.event(title="a&b=<c> é"))
            bodies[content_type] = requests[-1].body.decode()
    form, text, xml = bodies.values()
    assert parse_qs(form) == {"text": ["a&b=<c> é"], "kind": ["new"]}
    assert text == "a&b=<c> é"
    assert xml == "<t>a&amp;b=&lt;c&gt; é</t>"


def test_a_template_may_be_for_one_kind(gz: PluginKit) -> None:
    """All others are sent as JSON."""
    with receiver(status(200)) as (url, requests):
        target = gz.target("webhook", url=url, templates={"notice": {"body": '{"n": 1}'}})
        target.deliver(gz.event("notice"))
        target.deliver(gz.event())
    assert [set(json.loads(request.body)) >= {"version"} for request in requests] == [False, True]


def test_a_template_that_fails_sends_nothing(gz: PluginKit) -> None:
    """The event waits for a better one; `gazelled check` finds it first."""
    for source, words in (
        (
            '{"n": {{ 1 // items[7:] | length }}}',
            r"fails for this event \(line 1: integer division",
        ),
        ("{{ event.title }}", "no valid JSON"),
    ):
        with receiver(status(200)) as (url, requests):
            target = gz.target("webhook", url=url, templates={"body": source})
            with pytest.raises(RetryLater, match=f"The template templates.body .*{words}|{words}"):
                target.deliver(gz.event())
        assert not requests
        with pytest.raises(ValueError, match=r"templates\.body"):
            Options.model_validate({"url": url, "templates": {"body": source}}).check_thoroughly()


def test_a_template_that_works_passes_the_check() -> None:
    """The samples are of every kind."""
    Options.model_validate(
        {
            "url": "https://lab.example.org/",
            "templates": {
                "body": '{"text": "{{ event.title }}", "size": "{{ item.size | size }}"}'
            },
        }
    ).check_thoroughly()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"url": "lab.example.org"}, "expected an address"),
        ({"url": "ftp://lab.example.org"}, "expected an address"),
        ({"url": "http://[::1/"}, "expected an address"),
        ({"url": "https://u:p@lab.example.org"}, "do not put the password"),
        ({"url": "https://lab.example.org/?token=hunter2"}, "do not put the key in this file"),
        ({"sign": SecretStr("hunter2")}, "expected whsec_ and 24 to 64 bytes"),
        ({"sign": [SecretStr("whsec_c2hvcnQ=")]}, "expected whsec_ and 24 to 64 bytes"),
        ({"sign": SecretStr(f"{NEW}%")}, "expected whsec_ and 24 to 64 bytes"),
        ({"sign": NEW}, 'do not put the secret .* sign = { secret = "hook" }'),
        ({"sign": [SecretStr(NEW), OLD]}, "do not put the secret in this file"),
        (
            {"headers": {"Authorization": "Bearer hunter2"}},
            'here { secret = "authorization" }',
        ),
        (
            {"headers": {"X-Api-Key": "hunter2"}},
            'X-Api-Key in .* { secret = "x-api-key" }',
        ),
        ({"headers": {"A B": "c"}}, "names of headers"),
        ({"headers": {"A": "b\r\nC: d"}}, "one line"),
        ({"headers": {"Host": "x"}}, "gazelled sets the header Host itself"),
        ({"headers": {"Webhook-Id": "x"}}, "gazelled sets the header Webhook-Id itself"),
        ({"headers": {"content-type": "x"}}, "write content_type"),
        ({"content_type": "json"}, "expected a content type"),
        ({"content_type": "text/plain; charset=latin-1"}, "write charset=utf-8"),
        ({"templates": {"title": "x"}}, "no title and no html"),
        ({"templates": {"new": {"html": "x"}}}, "no title and no html"),
        ({"templates": {"body": "{{ even }}"}}, "did you mean 'event'"),
    ],
)
def test_a_mistake_in_the_options_says_what_to_write(
    gz: PluginKit, options: dict[str, Any], problem: str
) -> None:
    """Without the value, which may be a secret."""
    with pytest.raises(ValueError, match=problem) as caught:
        gz.target("webhook", **({"url": "https://lab.example.org/"} | options))
    assert "hunter2" not in str(caught.value)


def test_secrets_over_plain_http_are_warned_of(gz: PluginKit) -> None:
    """Where others in the network can read them; not on this machine, nor without any."""
    header = {"Authorization": SecretStr("Bearer x")}
    warned = {
        url: bool(exposed(gz, url=url, headers=headers))
        for url, headers in (
            ("http://192.0.2.7/hook", header),
            ("https://192.0.2.7/hook", header),
            ("http://127.0.0.1:99/hook", header),
            ("http://localhost:99/hook", header),
            ("http://192.0.2.8/hook", {}),
            (SecretStr("http://192.0.2.9/hook?key=x"), {}),
        )
    }
    exposing = [str(url) for url, is_warned in warned.items() if is_warned]
    assert exposing == ["http://192.0.2.7/hook", "**********"]


def exposed(gz: PluginKit, **options: Any) -> list[Any]:  # noqa: ANN401 - any option
    """Return the warnings of a target at its start."""
    with capture_logs() as logs:
        gz.target("webhook", **options).prepare()
    return [entry for entry in logs if entry["event"] == "webhook.exposed"]
