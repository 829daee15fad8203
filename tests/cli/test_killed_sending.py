"""The daemon is killed while a program runs and a webhook has not answered yet."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gazelled.testing import Simulator

if TYPE_CHECKING:
    from tests.cli.conftest import Person

CONFIG = """
[target.hook]
plugin = "webhook"
url = "{url}"
[target.program]
plugin = "exec"
command = ["sh", "-c", '''
    cat >> {folder}/events
    echo "$GAZELLED_DELIVERY $GAZELLED_KIND" >> {folder}/runs
    while [ ! -e {folder}/open ]; do sleep 0.05; done
''']
[watch.wanted]
ask = "browse"
match.title = "Wanted"
every = "2s"
tell = ["hook", "program", "journal"]
"""
HASTY = """
from gazelled.delivery import retry

retry.pause_after_kill = lambda kills: 0.5 * kills
"""
"""Makes it wait a moment after a kill where it would wait a quarter of a minute."""


class Receiver:
    """Takes events, and answers when it is opened."""

    def __init__(self) -> None:
        self.events: list[dict[str, object]] = []
        self.opened = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.events.append(json.loads(body))
                outer.opened.wait()
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def ids(self, kind: str) -> list[object]:
        """Return the ids of the events of a kind, in the order in which they came."""
        return [event["id"] for event in self.events if event["kind"] == kind]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Serve on loopback."""
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield made
    made.opened.set()
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def runs(folder: Path, kind: str) -> list[str]:
    """Return the ids with which the program was run for a kind of event."""
    file = folder / "runs"
    lines = file.read_text().splitlines() if file.exists() else []
    return [line.split()[0] for line in lines if line.endswith(f" {kind}")]


async def test_what_was_under_way_is_sent_again_with_its_id(
    settled: Person, sim: Simulator, receiver: Receiver
) -> None:
    """Receivers can tell the repetition by it; the journal has the event once."""
    text = settled.config.read_text() + CONFIG.format(url=receiver.url, folder=settled.folder)
    text = text.replace("[tracker.limit]", 'share = "100%"\n[tracker.limit]')
    settled.write(text.replace("per = 0.1", 'per = 0.1\nfloor = "2s"'))
    checked = settled.types("check")
    assert checked.code == 0, checked.out
    settled.before = HASTY

    first = await settled.daemon()
    await settled.until(lambda: bool(receiver.events) and bool(runs(settled.folder, "first-look")))
    first.kill()
    await settled.ended(first)
    receiver.opened.set()
    (settled.folder / "open").touch()

    second = await settled.daemon()
    await settled.until(lambda: len(receiver.ids("first-look")) == 2)
    await settled.until(lambda: len(runs(settled.folder, "first-look")) == 2)
    sim.world.publish("Wanted")
    await settled.until(lambda: len(receiver.ids("new")) == 1)
    await settled.until(lambda: len(runs(settled.folder, "new")) == 1)
    assert (await settled.asks("stop")).code == 0
    assert await settled.ended(second) == 0

    assert len(set(receiver.ids("first-look"))) == 1
    assert len(set(runs(settled.folder, "first-look"))) == 1
    events = map(json.loads, (settled.folder / "events").read_text().splitlines())
    assert [event["kind"] for event in events] == ["first-look", "first-look", "new"]
    titles = Counter(line["title"] for line in settled.journal() if line["watch"] == "wanted")
    assert titles == {"Watching wanted": 1, "Wanted": 1}
