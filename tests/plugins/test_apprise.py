"""Messages through Apprise, to a real receiver on this machine."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gazelled.plugin import RetryLater, SecretStr
from gazelled.testing.plugin_kit import PluginKit
from gazelled.tracker.transport.proxies import Proxy, proxy_environment
from gazelled_plugins.apprise import WAIT_FOR_FIX, Options


class Receiver(ThreadingHTTPServer):
    """Takes Apprise's json:// messages."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[dict[str, str]] = []
        self.status = 200

    @property
    def url(self) -> str:
        """Its address, as Apprise writes it."""
        return f"json://127.0.0.1:{self.server_port}/CANARY-path"


class Handler(BaseHTTPRequestHandler):
    """Keeps what comes."""

    server: Receiver

    def do_POST(self) -> None:
        """Take one message."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(json.loads(body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Stay silent."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Run a receiver."""
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_default_message_of_a_data_set(gz: PluginKit, receiver: Receiver) -> None:
    """A data set is told as the design has it, in five short lines."""
    event = gz.event(
        title="Saccharomyces cerevisiae S288C reads",
        size=7_623_566_950,
        format="FASTQ",
        platform="Illumina HiSeq",
        license="CC0",
        seeders=3,
        lab="Sanger Institute",
        accession="NC_001133.9",
        url="https://biotorrents.de/torrents.php?id=63",
        id="63",
    )
    gz.target("apprise", url=SecretStr(receiver.url)).deliver(event)
    assert receiver.got[0]["title"] == "New: Saccharomyces cerevisiae S288C reads"
    assert receiver.got[0]["message"].splitlines() == [
        "7.1 GiB FASTQ · Illumina HiSeq · CC0 · 3 seeders",
        "Sanger Institute · NC_001133.9",
        "https://biotorrents.de/torrents.php?id=63",
        "yeast · why: gazelled why yeast:new:63",
    ]


def test_several_formats_are_one_message(gz: PluginKit, receiver: Receiver) -> None:
    """Each format of a data set has its line; what they share is told once."""
    items = tuple(
        gz.item("S288C", id=name, size=1024**3, format=name, lab="Sanger", group="7", url="")
        for name in ("FASTQ", "BAM")
    )
    gz.target("apprise", url=receiver.url).deliver(gz.event(title="S288C", items=items))
    assert [got["message"] for got in receiver.got] == [
        "1 GiB FASTQ\n1 GiB BAM\nSanger\nyeast · why: gazelled why yeast:new:FASTQ+BAM"
    ]


def test_notices_speak_for_themselves(gz: PluginKit, receiver: Receiver) -> None:
    """A notice has its own headline and text, and is marked as a warning."""
    event = gz.event("notice", title="BioTorrents.de hasn't answered", text="Nothing to do.")
    gz.target("apprise", url=receiver.url).deliver(event)
    got = receiver.got[0]
    assert (
        got["title"],
        got["message"],
        got["type"],
    ) == ("BioTorrents.de hasn't answered", "Nothing to do.", "warning")


def test_a_change_is_told_with_before_and_after(gz: PluginKit, receiver: Receiver) -> None:
    """What changed stands beneath the name of what it is, and the last line explains."""
    event = gz.event("change", title="S288C", text="seeders 3 → 1", id="63", url="")
    gz.target("apprise", url=receiver.url).deliver(event)
    got = receiver.got[0]
    assert (
        got["title"],
        got["message"],
        got["type"],
    ) == ("Changed: S288C", "seeders 3 → 1\nyeast · why: gazelled why yeast:change:63", "info")


def test_an_alert_is_marked_as_one_and_so_is_its_end(gz: PluginKit, receiver: Receiver) -> None:
    """An alert comes as a warning and its end as a success, each in its own words."""
    target = gz.target("apprise", url=receiver.url)
    for kind, title, text in (
        ("raised", "Ratio 0.94, below 1.0", "All clear at 1.1."),
        ("cleared", "Over: ratio 1.1, at least 1.1", ""),
    ):
        target.deliver(
            gz.event(kind, title=title, text=text, watch="ratio", kind="user", id="7", url="")
        )
    assert [(got["title"], got["message"], got["type"]) for got in receiver.got] == [
        (
            "Ratio 0.94, below 1.0",
            "All clear at 1.1.\nratio · why: gazelled why ratio:raised:7",
            "warning",
        ),
        ("Over: ratio 1.1, at least 1.1", "ratio", "success"),
    ]


def test_a_first_look_is_one_message(gz: PluginKit, receiver: Receiver) -> None:
    """A first look is told in its own words."""
    event = gz.event(
        "first-look", title="Watching yeast.", text="14 of 212 known sets fit.", url=""
    )
    gz.target("apprise", url=receiver.url).deliver(event)
    assert receiver.got[0]["message"] == "14 of 212 known sets fit."


def test_templates_replace_the_defaults(gz: PluginKit, receiver: Receiver) -> None:
    """Title and body are written by the templates of the config."""
    target = gz.target(
        "apprise", url=receiver.url, title="{{ site_name }}", body="{{ item.size | size }}"
    )
    target.deliver(gz.event(size=1024))
    assert (receiver.got[0]["title"], receiver.got[0]["message"]) == ("BioTorrents.de", "1 KiB")


def test_a_template_that_fails_gives_way_to_the_default(gz: PluginKit, receiver: Receiver) -> None:
    """A template that stumbles over an event doesn't cost the message."""
    target = gz.target("apprise", url=receiver.url, body="{{ 1 // item.size }}")
    target.deliver(gz.event(size=0, url="", id="63"))
    assert receiver.got[0]["message"] == "0 B\nyeast · why: gazelled why yeast:new:63"


@pytest.mark.parametrize(("status", "reason"), [(401, "refuses the user"), (500, "internal error")])
def test_a_failed_send_is_tried_again(
    gz: PluginKit, receiver: Receiver, status: int, reason: str
) -> None:
    """What the service refuses is tried again, and the reason names no address."""
    receiver.status = status
    with pytest.raises(RetryLater, match=f"{reason}.*{status}") as caught:
        gz.target("apprise", url=receiver.url).deliver(gz.event())
    assert "127.0.0.1" not in str(caught.value)


@pytest.mark.parametrize("url", ["nonesuch://CANARY", "tgram://CANARY"])
def test_an_url_that_apprise_refuses_loses_nothing(
    gz: PluginKit, caplog: pytest.LogCaptureFixture, url: str
) -> None:
    """The delivery waits for the URL to be fixed, and nothing shows the URL."""
    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises(RetryLater, match="Correct the URL of target") as caught,
    ):
        gz.target("apprise", url=url).deliver(gz.event())
    assert caught.value.after == WAIT_FOR_FIX
    assert "CANARY" not in str(caught.value) + caplog.text


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("ntfyy://CANARY-topic", "Apprise knows no service ntfyy://. Did you mean ntfy://?"),
        (
            "tgram://123456:CANARY def/42",
            "the format is tgram://{bot_token} or tgram://{bot_token}/",
        ),
        ("https://CANARY.example/page", "This is the address of a web page. An Apprise URL begins"),
        ("qqqqqqqqqq://CANARY", "See the list of services of Apprise."),
    ],
)
def test_what_is_wrong_with_an_url_is_said(
    caplog: pytest.LogCaptureFixture, url: str, problem: str
) -> None:
    """A thorough check names the service that was meant or its form, and nothing of the URL."""
    options = Options(url=SecretStr(url))
    with pytest.raises(ValueError, match=re.escape(problem)) as caught:
        options.check_thoroughly()
    assert "CANARY" not in str(caught.value) + caplog.text


@pytest.mark.parametrize(
    "url",
    ["ntfy://topic", "https://discord.com/api/webhooks/1234567890/abc", "mailtos://a:b@c.org"],
)
def test_what_apprise_understands_is_fine(url: str) -> None:
    """A web address that services give to copy is as good as Apprise's own form."""
    Options(url=SecretStr(url)).check_thoroughly()


def test_nothing_of_the_url_is_logged(
    gz: PluginKit, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever the log level, neither Apprise nor what it uses logs parts of the URL."""
    receiver.status = 500
    with caplog.at_level(logging.DEBUG), pytest.raises(RetryLater):
        gz.target("apprise", url=receiver.url).deliver(gz.event())
    assert "Failed to send" in caplog.text
    assert "CANARY" not in caplog.text


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"url": "CANARY"}, "url: expected one Apprise URL"),
        ({"url": "json://CANARY\njson://CANARY"}, "url: several lines; write one URL here"),
        ({"url": "json://CANARY", "titel": "x"}, 'titel: unknown option "titel"; did you mean'),
        (
            {"url": "json://CANARY", "body": "{{ itm }}"},
            "body: line 1 of the template: there is no",
        ),
        ({}, 'url: the option "url" is missing'),
    ],
)
def test_wrong_options_are_told_without_the_url(
    gz: PluginKit, options: dict[str, str], problem: str
) -> None:
    """A mistake in the options is a sentence that holds no secret."""
    with pytest.raises(ValueError, match=re.escape(problem)) as caught:
        gz.target("apprise", **options)
    assert "CANARY" not in str(caught.value)


def test_apprise_is_imported_only_when_used() -> None:
    """Loading the plugin doesn't load Apprise."""
    code = "import sys, gazelled_plugins.apprise; sys.exit('apprise' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=30)  # noqa: S603 - our own words
    assert done.returncode == 0


def test_it_goes_through_the_proxy_of_the_config(gz: PluginKit, receiver: Receiver) -> None:
    """The rule is the tracker's: its proxy carries messages too, but not to this machine."""
    proxy = Proxy(f"http://127.0.0.1:{receiver.server_port}")
    event = gz.event("notice", title="Through", text="x")
    with proxy_environment(proxy, os.environ, off=False):
        gz.target("apprise", url="json://phone.invalid/a").deliver(event)
    assert [got["title"] for got in receiver.got] == ["Through"]
    with proxy_environment(Proxy("http://127.0.0.1:9"), os.environ, off=False):
        gz.target("apprise", url=receiver.url).deliver(event)
    assert len(receiver.got) == 2
    with proxy_environment(None, os.environ, off=True), pytest.raises(RetryLater):
        gz.target("apprise", url="json://phone.invalid/a").deliver(event)
