"""Messages by mail, to real servers on this machine."""

from __future__ import annotations

import dataclasses
import re
import socket
import threading
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from tests.plugins.mail_server import MailServer, RawServer

from gazelled.plugin import (
    Event,
    EventKind,
    GiveUp,
    RetryLater,
    SecretStr,
    TargetFault,
    sample_events,
)
from gazelled.testing.plugin_kit import PluginKit, PluginTarget
from gazelled_plugins import extras
from gazelled_plugins.mail import Options, accepted, smtp
from gazelled_plugins.smtp_replies import PASSWORD_PAUSE

LAB, DESK = "lab@example.org", "desk@example.org"
FROM = {"from": "gazelled <gazelled@example.org>"}


@pytest.fixture
def server() -> Iterator[MailServer]:
    """Run a mail server."""
    with MailServer() as running:
        yield running


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    """Make a certificate authority, and the file that its certificate is in."""
    made = trustme.CA()
    file = tmp_path_factory.mktemp("authority") / "ca.pem"
    made.cert_pem.write_to_path(str(file))
    return made, file


def inbox(gz: PluginKit, server: MailServer | RawServer, **options: Any) -> PluginTarget:  # noqa: ANN401 - as free as options
    """Make a target at a server."""
    plain: dict[str, Any] = {"host": "127.0.0.1", "port": server.port, "to": [LAB]} | FROM
    return gz.target("mail", **(plain | options))


def test_a_message_has_the_headers_that_mail_programs_sort_by(
    gz: PluginKit, server: MailServer
) -> None:
    """The headers hold who, when, which message, which thread and which watch."""
    inbox(gz, server, to=[f"Lab <{LAB}>", DESK]).deliver(gz.event(title="S288C reads"))
    [arrived] = server.arrived
    assert (arrived.sender, arrived.recipients) == ("gazelled@example.org", [LAB, DESK])
    headers = arrived.message
    assert headers["From"] == "gazelled <gazelled@example.org>"
    assert headers["To"] == f"Lab <{LAB}>, {DESK}"
    assert "S288C reads" in headers["Subject"]
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["List-Id"] == "<yeast.gazelled.example.org>"
    assert parsedate_to_datetime(headers["Date"]).tzinfo is not None
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.org>", headers["Message-ID"])
    assert headers["In-Reply-To"] == headers["References"] != headers["Message-ID"]


def test_the_size_is_announced(gz: PluginKit, server: MailServer) -> None:
    """A server learns the size before the content."""
    inbox(gz, server).deliver(gz.event())
    assert any(option.startswith("SIZE=") for option in server.arrived[0].options)


def test_an_attempt_has_the_id_of_the_one_before(gz: PluginKit, server: MailServer) -> None:
    """A message that was sent twice can be known as one."""
    target = inbox(gz, server)
    for attempt in (1, 2):
        target.deliver(gz.event(title="S288C"), attempt=attempt)
    target.deliver(gz.event(title="W303"))
    first, again, other = (arrived.message["Message-ID"] for arrived in server.arrived)
    assert first == again != other


def threads(server: MailServer) -> list[str]:
    """Return to which thread each message belongs."""
    return [arrived.message["References"] for arrived in server.arrived]


def digest(gz: PluginKit, *watches: str) -> Event:
    """Make a digest of one event of each watch."""
    events = tuple(gz.event(title=f"of {watch}", watch=watch) for watch in watches)
    items = tuple(event.item for event in events)
    whole = gz.event("report", title="Digest", watch="", items=items)
    return dataclasses.replace(whole, kind=EventKind.DIGEST, events=events)


def test_messages_of_a_watch_are_a_thread(gz: PluginKit, server: MailServer) -> None:
    """A digest of one watch belongs to its thread; one of several, and notices, to their own."""
    target = inbox(gz, server)
    for event in (
        gz.event(title="a"),
        gz.event(title="b"),
        digest(gz, "yeast"),
        gz.event(title="c", watch="worm"),
        digest(gz, "yeast", "worm"),
        gz.event("notice", title="d", text="e"),
    ):
        target.deliver(event)
    yeast, again, of_yeast, worm, digests, notices = threads(server)
    assert yeast == again == of_yeast
    assert len({yeast, worm, digests, notices}) == 4


@pytest.mark.parametrize(
    "title",
    [
        "two\nlines\r\nBcc: mallory@example.org",
        "from \u202eright to left\u202c and \u05d0\u05d1\u05d2",
        "half a pair \ud800 here",
        "µ" * 10_000,
        "a" * 10_000,
        "x" * 60 + " " + "🧬" * 60,
        "=?utf-8?q?looks_encoded?=",
        "",
    ],
    ids=["newlines", "right-to-left", "surrogate", "long", "longer", "emoji", "encoded", "empty"],
)
def test_any_title_arrives(gz: PluginKit, server: MailServer, title: str) -> None:
    """No title breaks a message, adds a header or keeps it from arriving."""
    inbox(gz, server).deliver(gz.event(title=title, id="1"))
    [arrived] = server.arrived
    assert arrived.recipients == [LAB]
    assert "Bcc" not in arrived.message
    assert "\n" not in arrived.message["Subject"]
    raw = arrived.message.as_bytes()
    assert max(map(len, raw.splitlines())) <= 998
    assert raw.isascii()


def test_a_title_is_not_decoded(gz: PluginKit, server: MailServer) -> None:
    """Else it would show what it hides: a text that runs to the left, or a line break."""
    for number, hidden in enumerate(("=?utf-8?b?4oCuZ25w?=", "=?utf-8?q?a=0D=0ABcc:_b?=")):
        inbox(gz, server).deliver(gz.event(title=f"S288C {hidden}", id=str(number)))
        [*_, subject] = server.arrived[-1].message["Subject"].partition("S288C ")
        assert subject == hidden.replace("=?", "= ?", 1)


def test_a_refused_recipient_is_final_for_that_one_alone(gz: PluginKit, server: MailServer) -> None:
    """The others have the message, and no further attempt sends it to them."""
    server.refused[DESK] = "550 5.1.1 No such user"
    target = inbox(gz, server, to=[LAB, DESK])
    for _ in range(2):
        with pytest.raises(GiveUp, match=rf"refuses {DESK} .550 5.1.1 No such user.; the others"):
            target.deliver(gz.event())
    assert [arrived.recipients for arrived in server.arrived] == [[LAB]]
    server.refused.clear()
    target.deliver(gz.event())
    assert [arrived.recipients for arrived in server.arrived] == [[LAB], [DESK]]
    assert not list(target.folder.iterdir())


def test_a_recipient_that_is_refused_for_now_is_tried_again_alone(
    gz: PluginKit, server: MailServer
) -> None:
    """A grey-listed recipient gets it later, and the others don't get it twice."""
    server.refused = {LAB: "451 4.7.1 Greylisted", DESK: "550 5.1.1 No such user"}
    target = inbox(gz, server, to=[DESK, LAB, "third@example.org"])
    with pytest.raises(RetryLater, match=rf"takes nothing for {LAB} for now") as caught:
        target.deliver(gz.event())
    assert not isinstance(caught.value, TargetFault)
    del server.refused[LAB]
    with pytest.raises(GiveUp, match=DESK):
        target.deliver(gz.event())
    assert [arrived.recipients for arrived in server.arrived] == [["third@example.org"], [LAB]]


def test_records_of_old_deliveries_are_deleted(
    gz: PluginKit, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a delivery that was given up has left does not stay for ever."""
    server.refused[DESK] = "550 5.1.1 No such user"
    target = inbox(gz, server, to=[LAB, DESK])
    with pytest.raises(GiveUp):
        target.deliver(gz.event())
    target.prepare()
    assert len(list(target.folder.iterdir())) == 1
    monkeypatch.setattr(accepted, "KEPT", -1.0)
    target.prepare()
    assert not list(target.folder.iterdir())


@pytest.mark.parametrize(
    ("settings", "outcome", "words"),
    [
        ({"content_reply": "554 5.7.1 Spam"}, GiveUp, "refuses the message (554 5.7.1 Spam)"),
        ({"content_reply": "451 4.3.0 Try later"}, RetryLater, "for now (451 4.3.0 Try later)"),
        ({"sender_reply": "421 4.3.2 Shutting down"}, RetryLater, "for now (421"),
        ({"sender_reply": "450 4.2.0 Busy"}, RetryLater, "for now (450"),
        ({"sender_reply": "553 5.7.1 Not yours"}, TargetFault, "refuses the address of the sender"),
        ({"sender_reply": "552 5.3.4 Too big"}, GiveUp, "as too large (552 5.3.4 Too big)"),
        ({"most": 300}, GiveUp, "refuses the message as too large (552"),
        ({"login": ("lab", "x")}, TargetFault, "requires a log-in or TLS first (530"),
        ({"dies": True}, RetryLater, "sent again with the same Message-ID"),
        ({"refused": {LAB: "550 5.1.1 Unknown"}}, GiveUp, f"refuses {LAB} (550 5.1.1 Unknown)."),
        ({"refused": {LAB: "421 4.7.0 Bye"}}, RetryLater, "for now (421 4.7.0 Bye)"),
        ({"refused": {LAB: "552 5.2.2 Mailbox full"}}, RetryLater, "for now (552 5.2.2 Mailbox"),
        (
            {"refused": {LAB: "554 5.7.1 Relay access denied"}},
            TargetFault,
            "relays nothing without a log-in (554 5.7.1 Relay access denied)",
        ),
    ],
)
def test_what_a_reply_means(
    gz: PluginKit, settings: dict[str, Any], outcome: type[Exception], words: str
) -> None:
    """A message, a target and the moment are at fault in different ways, each in its words."""
    with MailServer(**settings) as server, pytest.raises((RetryLater, GiveUp)) as caught:
        inbox(gz, server).deliver(gz.event())
    assert type(caught.value) is outcome
    assert words in str(caught.value)


def greeted(reply: bytes) -> Callable[[socket.socket, threading.Event], None]:
    """Talk by greeting with a reply and no more."""

    def talk(connection: socket.socket, over: threading.Event) -> None:
        del over
        connection.sendall(reply)

    return talk


def hang(connection: socket.socket, over: threading.Event) -> None:
    """Keep silent."""
    del connection
    over.wait()


def drip(connection: socket.socket, over: threading.Event) -> None:
    """Send one sign after the other, and never end."""
    while not over.wait(0.02):
        connection.sendall(b"2")


@pytest.mark.parametrize(
    ("talk", "outcome", "words"),
    [
        (greeted(b"421 4.3.2 Busy\r\n"), RetryLater, "takes no messages for now (421 4.3.2 Busy)"),
        (greeted(b"554 5.3.2 No\r\n"), TargetFault, "refuses the connection (554 5.3.2 No)"),
        (greeted(b"HTTP/1.1 400 Bad Request\r\n\r\n"), TargetFault, "does not speak SMTP"),
        (greeted(b""), RetryLater, "closed the connection"),
    ],
)
def test_a_server_that_greets_with_something_else(
    gz: PluginKit,
    talk: Callable[[socket.socket, threading.Event], None],
    outcome: type[Exception],
    words: str,
) -> None:
    """A server that is busy is tried again, and one that isn't a mail server is a fault."""
    with RawServer(talk) as server, pytest.raises(RetryLater) as caught:
        inbox(gz, server).deliver(gz.event())
    assert type(caught.value) is outcome
    assert words in str(caught.value)


@pytest.mark.parametrize("talk", [hang, drip])
def test_a_server_that_does_not_end_its_reply(
    gz: PluginKit, talk: Callable[[socket.socket, threading.Event], None]
) -> None:
    """The time of the target ends what a server would never end."""
    with RawServer(talk) as server:
        target = inbox(gz, server)
        target.timeout = 1.0
        with pytest.raises(RetryLater, match=r"did not answer in time"):
            target.deliver(gz.event())


def test_a_late_confirmation_is_waited_for(gz: PluginKit) -> None:
    """A server that confirms after the target's time gets the message once."""
    with MailServer(delay=4.0) as server:
        target = inbox(gz, server)
        target.timeout = 3.0
        target.deliver(gz.event())
    assert len(server.arrived) == 1


def test_a_confirmation_that_never_comes(gz: PluginKit, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can't be known is sent again, with the same id."""
    monkeypatch.setattr(smtp, "PATIENCE", 0.02)
    with MailServer(delay=600.0) as server:
        target = inbox(gz, server)
        for _ in range(2):
            with pytest.raises(RetryLater, match=r"did not confirm the message"):
                target.deliver(gz.event())
    first, again = (arrived.message["Message-ID"] for arrived in server.arrived)
    assert first == again


def test_nothing_listens(gz: PluginKit) -> None:
    """A server that isn't there is a fault of the target."""
    with MailServer() as server:
        target = inbox(gz, server)
    with pytest.raises(TargetFault, match=r"can't be reached .Connection refused"):
        target.deliver(gz.event())


def test_tls_by_starttls_and_from_the_start(
    gz: PluginKit, authority: tuple[trustme.CA, Path]
) -> None:
    """Both ways to encrypt work with a certificate that is trusted."""
    made, file = authority
    for implicit, tls in ((False, "starttls"), (True, "implicit")):
        with MailServer(authority=made, implicit=implicit) as server:
            inbox(gz, server, tls=tls, ca=file).deliver(gz.event())
            assert len(server.arrived) == 1


@pytest.mark.parametrize(("implicit", "tls"), [(False, "starttls"), (True, "implicit")])
def test_a_certificate_that_is_not_valid(
    gz: PluginKit, authority: tuple[trustme.CA, Path], *, implicit: bool, tls: str
) -> None:
    """Nothing is sent to a server whose certificate is unknown, or another host's."""
    made, file = authority
    with MailServer(authority=made, implicit=implicit) as server:
        with pytest.raises(TargetFault, match=r"certificate of the mail server 127.0.0.1 is not"):
            inbox(gz, server, tls=tls).deliver(gz.event())
        with pytest.raises(TargetFault, match=r"localhost is not valid .*ostname mismatch"):
            inbox(gz, server, tls=tls, ca=file, host="localhost").deliver(gz.event())
        assert not server.arrived


def test_nothing_is_sent_without_the_encryption_that_is_configured(
    gz: PluginKit, server: MailServer, tmp_path: Path
) -> None:
    """A server without TLS, and authorities that can't be read, are faults of the target."""
    for options, words in (
        ({"tls": "starttls"}, "does not offer STARTTLS"),
        ({"tls": "implicit"}, "The TLS connection to the mail server 127.0.0.1 failed"),
        ({"tls": "starttls", "ca": tmp_path / "none.pem"}, "correct the option ca"),
    ):
        with pytest.raises(TargetFault, match=words):
            inbox(gz, server, **options).deliver(gz.event())
    assert not server.arrived


def test_a_log_in(gz: PluginKit, authority: tuple[trustme.CA, Path]) -> None:
    """The right password works, whatever its characters, and a wrong one is shown nowhere."""
    made, file = authority
    with MailServer(authority=made, implicit=True, login=("lab", "pä:s wörd")) as server:
        options = {"tls": "implicit", "ca": file, "username": "lab"}
        inbox(gz, server, **options, password=SecretStr("pä:s wörd")).deliver(gz.event())
        assert len(server.arrived) == 1
        with pytest.raises(TargetFault, match=r"refuses the user name or password .535") as caught:
            inbox(gz, server, **options, password=SecretStr("CANARY")).deliver(gz.event())
        assert caught.value.after == PASSWORD_PAUSE
        assert "CANARY" not in str(caught.value)
        server.login_reply = "454 4.7.0 Temporary failure"
        with pytest.raises(RetryLater, match=r"for now .454") as for_now:
            inbox(gz, server, **options, password=SecretStr("CANARY")).deliver(gz.event())
        assert not isinstance(for_now.value, TargetFault)


def test_a_server_without_log_in(gz: PluginKit) -> None:
    """A log-in that a server doesn't offer is a fault of the target."""
    with RawServer(greeted_and_polite) as polite:
        target = inbox(gz, polite, username="lab", password=SecretStr("CANARY"))
        with pytest.raises(TargetFault, match=r"offers no log-in that gazelled knows"):
            target.deliver(gz.event())


def greeted_and_polite(connection: socket.socket, over: threading.Event) -> None:
    """Talk SMTP without any extension."""
    del over
    connection.sendall(b"220 Hello\r\n")
    while connection.recv(1000):
        connection.sendall(b"250 OK\r\n")


@pytest.mark.parametrize(
    ("options", "mode", "port"),
    [
        ({"host": "localhost"}, "none", 25),
        ({"host": "smtp.example.org"}, "implicit", 465),
        ({"host": "smtp.example.org", "port": 587}, "starttls", 587),
        ({"host": "smtp.example.org", "port": 2525, "tls": "starttls"}, "starttls", 2525),
        ({"host": "smtp.example.org", "tls": "starttls"}, "starttls", 587),
    ],
)
def test_tls_is_as_usual_for_host_and_port(
    options: dict[str, object], mode: str, port: int
) -> None:
    """Without the option the connection is encrypted, but to this machine."""
    made = Options.model_validate({"to": LAB, **FROM, **options})
    assert (made.mode, made.port_in_use) == (mode, port)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"host": "a b"}, "host: expected the name of a mail server"),
        ({"to": []}, "to: expected an address, or a list of addresses"),
        ({"to": [LAB, LAB.upper()]}, "to: an address is in the list twice"),
        ({"to": ["lab"]}, "to: expected one address"),
        ({"to": "a@example.org, b@example.org"}, "to: expected one address"),
        ({"from": "nobody"}, "from: expected one address"),
        ({"from": "lab@ex\u00e4mple..org"}, "from: expected one address"),
        ({"from": "l\u00e4b@example.org"}, "from: expected one address"),
        ({"tls": "ssl"}, "tls: expected"),
        ({"host": "smtp.example.org", "tls": "none"}, 'tls = "none" is for a mail server on this'),
        ({"username": "lab"}, "username and password go together"),
        ({"password": SecretStr("CANARY")}, "username and password go together"),
        ({"port": 0}, "port: "),
        ({"too": LAB}, 'unknown option "too"'),
    ],
)
def test_wrong_options(gz: PluginKit, options: dict[str, object], problem: str) -> None:
    """A mistake in the options is a sentence without a secret."""
    plain: dict[str, Any] = {"host": "localhost", "to": [LAB]} | FROM
    with pytest.raises(ValueError, match=re.escape(problem)) as caught:
        gz.target("mail", **(plain | options))
    assert "CANARY" not in str(caught.value)


def test_the_library_is_an_extra(gz: PluginKit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is missing, the error is the command that installs it."""
    monkeypatch.setattr(extras, "find_spec", {}.get)
    with pytest.raises(ValueError, match=r"needs aiosmtplib: pip install 'gazelled\[mail\]'"):
        gz.target("mail", host="localhost", to=LAB, **FROM)


def test_the_preview_shows_what_would_be_sent(gz: PluginKit, server: MailServer) -> None:
    """Headers and text are those of the message, and nothing is sent."""
    target = inbox(gz, server)
    shown = target.preview(gz.event(title="S288C reads"))
    assert not server.arrived
    target.deliver(gz.event(title="S288C reads"))
    [arrived] = server.arrived
    for name in ("Subject", "From", "To", "Message-ID"):
        assert f"{name}: {arrived.message[name]}" in shown
    for part in parts(server):
        assert part.strip().replace("\r\n", "\n") in shown


def test_a_domain_with_other_letters_is_written_in_ascii(gz: PluginKit, server: MailServer) -> None:
    """Servers know such a domain by its form in ASCII."""
    inbox(gz, server, to=["lab@bücher.example"]).deliver(gz.event())
    assert server.arrived[0].recipients == ["lab@xn--bcher-kva.example"]


def parts(server: MailServer) -> tuple[str, str]:
    """Return the text and the HTML of the last message."""
    message = server.arrived[-1].message
    assert message.get_content_type() == "multipart/alternative"
    bodies = [message.get_body((kind,)) for kind in ("plain", "html")]
    text, html = (body.get_content() if body is not None else "" for body in bodies)
    return text, html


def test_a_message_is_text_and_html(gz: PluginKit, server: MailServer) -> None:
    """Both hold the facts and the page; in HTML a title stays text."""
    event = gz.event(title="<b>S288C</b> & more", id="63", size=7_623_566_950, license="CC0")
    inbox(gz, server).deliver(event)
    text, html = parts(server)
    assert "7.1 GiB" in text
    assert "CC0" in text
    assert event.item.url in text
    assert f'href="{event.item.url}"' in html
    assert "&lt;b&gt;S288C&lt;/b&gt; &amp; more" in html
    assert server.arrived[-1].message["Subject"].endswith("<b>S288C</b> & more")


def test_every_kind_of_event_arrives(gz: PluginKit, server: MailServer) -> None:
    """A sample of every kind, a digest too, is a message with a subject, text and HTML."""
    target = inbox(gz, server)
    for event in sample_events():
        target.deliver(event)
        text, html = parts(server)
        assert server.arrived[-1].message["Subject"].strip()
        assert text.strip()
        assert "</html>" in html
    assert len(server.arrived) == len(sample_events())


def test_templates_are_the_words_of_the_user(gz: PluginKit, server: MailServer) -> None:
    """Subject, text and HTML can be written by templates."""
    templates = {
        "title": "{{ site_name }}",
        "body": "{{ item.size | size }}",
        "html": "<em>{{ item.title }}</em>",
    }
    inbox(gz, server, templates=templates).deliver(gz.event(title="a < b", size=1024))
    text, html = parts(server)
    assert server.arrived[-1].message["Subject"] == "BioTorrents.de"
    assert text.strip() == "1 KiB"
    assert "<em>a &lt; b</em>" in html


def test_a_template_that_fails_is_found_by_check() -> None:
    """A thorough check renders the templates, and names the one that fails."""
    plain = {"host": "localhost", "to": LAB, **FROM}
    options = Options.model_validate(plain | {"templates": {"body": "{{ 1 // 0 }}"}})
    with pytest.raises(ValueError, match=r"templates\.body"):
        options.check_thoroughly()
    Options.model_validate(plain).check_thoroughly()


def test_a_check_logs_in_and_sends_nothing(gz: PluginKit, server: MailServer) -> None:
    """A wrong password is found, as a delivery would find it."""
    server.login = ("lab", "right")
    assert inbox(gz, server, username="lab", password=SecretStr("right")).check()
    assert server.arrived == []
    with pytest.raises(TargetFault):
        inbox(gz, server, username="lab", password=SecretStr("wrong")).check()


def test_a_check_finds_that_no_server_answers(gz: PluginKit) -> None:
    """Nothing listens there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        target = gz.target("mail", host="127.0.0.1", port=taken.getsockname()[1], to=[LAB], **FROM)
        with pytest.raises(RetryLater, match="mail server"):
            target.check()
