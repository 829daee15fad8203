"""`gazelled status`, `watch`, `target`, `resume` and `stop`."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from gazelled.service.lock import owner_pid
from gazelled.testing import Fault, Simulator

if TYPE_CHECKING:
    from tests.cli.conftest import Person

ASKING = """
from gazelled.plugin import hookimpl

@hookimpl
async def gazelled_setup(context):
    async def ask():
        await context.tracker.call("stats")
    context.schedule(ask, every="1d")
"""


async def test_without_a_daemon_the_last_runs_are_told(settled: Person) -> None:
    """Nobody has to own the state for that."""
    assert (await settled.asks("watch", "run", "yeast")).err == "yeast: 1 event\n"
    assert settled.titles() == ["Watching yeast"]
    said = await settled.asks("status")
    assert said.code == 0
    assert "browse group_results=0 searchstr=yeast" in said.out
    assert "gazelled is not running" in said.err
    assert (await settled.asks("status", "--json")).data["running"] is False


async def test_without_a_daemon_the_last_troubles_are_told(settled: Person, sim: Simulator) -> None:
    """A look of `run --once` that failed is seen as long as no later one works."""
    body = {"status": "success", "response": {"results": [{"torrents": [{"torrentId": "odd"}]}]}}
    sim.settings.rewrite = lambda _: json.dumps(body).encode()
    sim.fail(Fault.REWRITTEN, action="browse")
    assert (await settled.asks("watch", "run", "yeast")).code == 1
    said = await settled.asks("status")
    assert "None of the entries of the answer can be read." in said.out
    data = (await settled.asks("status", "--json")).data
    assert "torrentId" in data["troubles"]["browse group_results=0 searchstr=yeast"]


async def test_a_daemon_tells_how_everything_is(settled: Person, sim: Simulator) -> None:
    """Commands find it by themselves, and ask it instead of the tracker's pace."""
    daemon = await settled.daemon()
    await settled.until(lambda: settled.titles() == ["Watching yeast"])
    await settled.until((settled.state / "public" / "feed.atom").exists)
    shown = await settled.asks()
    assert f"BioTorrents.de  {sim.url}  answered" in shown.out
    assert "feed.atom" in shown.out
    data = (await settled.asks("--json", "status")).data
    assert (data["running"], data["tracker"]["state"]) == (True, "up")
    assert (await settled.asks("call", "stats")).code == 0
    assert (await settled.asks("target", "test", "journal")).code == 0
    assert settled.titles()[1:] == ["gazelled says hello"]
    assert (await settled.asks("stop")).err == "Stopped.\n"
    assert await settled.ended(daemon) == 0
    assert min(sim.gaps()) >= 0.1


async def test_what_plugins_request_is_shown(settled: Person) -> None:
    """How many requests each has sent and may send, in the plan and in the status."""
    settled.write(ASKING, "plugins/asking.py")
    table = '[plugin.asking]\nfile = "asking.py"\nshare = "2%"\n'
    settled.write(f"{settled.config.read_text()}\n{table}")
    checked = settled.types("check")
    assert "The plugin asking may send 720 requests an hour of its own (share 2 % of" in checked.out
    (planned,) = settled.types("check", "--json").data["plan"]["plugins"]
    assert (planned["name"], planned["share"]) == ("asking", 0.02)
    daemon = await settled.daemon()
    data: dict[str, Any] = {}
    while not data.get("resources", {}).get("asking", {}).get("requests", {}).get("calls"):
        data = (await settled.asks("--json", "status")).data
    shown = (await settled.asks("status")).out
    assert ["asking", "0", "0", "1", "720", "of", "its", "own"] in [
        line.split() for line in shown.splitlines()
    ]
    assert data["resources"]["asking"]["jobs"][0]["name"] == "ask"
    assert (await settled.asks("stop")).err == "Stopped.\n"
    assert await settled.ended(daemon) == 0


async def test_where_the_api_has_moved_to(settled: Person, sim: Simulator) -> None:
    """The page that was found is named, also by a later start that sends nothing."""
    sim.endpoints.clear()
    sim.endpoints.add("api.php")
    assert (await settled.asks("call", "stats")).code == 0
    examined = await settled.asks("doctor")
    assert examined.code == 0
    assert "The API answers at api.php, not at ajax.php." in examined.err
    assert 'endpoint = "api.php"' in examined.out
    sim.fail(Fault.BAD_GATEWAY)
    await settled.daemon()
    assert "its API is at api.php, not at" in (await settled.asks("status")).out
    assert [each.path for each in sim.arrivals].count("/ajax.php") == 1


async def test_a_feed_is_served_from_the_start(settled: Person, sim: Simulator) -> None:
    """Its address is shown and answered before anything was told."""
    sim.fail(Fault.STATUS_ERROR)
    await settled.daemon()
    (address,) = [
        each["address"]
        for each in (await settled.asks("--json", "status")).data["targets"]
        if each["name"] == "feed"
    ]
    async with aiohttp.ClientSession() as session, session.get(address) as response:
        assert (response.status, response.content_type) == (200, "application/atom+xml")
        assert "<title>Yeast</title>" in await response.text()


async def test_a_taken_address_is_a_notice(settled: Person, unused_tcp_port: int) -> None:
    """Everything else runs, and what is wrong is shown at the targets that publish."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", unused_tcp_port))
        other.listen()
        await settled.daemon()
        await settled.until(lambda: len(settled.titles()) == 2)
        assert sorted(settled.titles()) == ["Feeds can't be served", "Watching yeast"]
        shown = (await settled.asks("status")).out
    assert f"Nothing can listen at 127.0.0.1:{unused_tcp_port}: address already in use" in shown


async def test_nothing_listens_where_nothing_is_published(
    settled: Person, unused_tcp_port: int
) -> None:
    """A port is taken only by those who need it."""
    text = settled.config.read_text().replace('"journal", "feed"]', '"journal"]')
    settled.write(text.replace('[target.feed]\nplugin = "feed"\ntitle = "Yeast"\n', ""))
    await settled.daemon()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", unused_tcp_port)


async def test_a_target_without_its_plugin_is_shown(settled: Person) -> None:
    """What waits for it isn't forgotten."""
    settled.write("import nonsuch\n", "plugins/sheet.py")
    sheet = '[plugin.sheet]\nfile = "sheet.py"\n[target.sheet]\nplugin = "sheet"\n'
    settled.write(settled.config.read_text() + sheet)
    await settled.daemon()
    assert "waiting, since its plugin can't be used: gazelled check" in (await settled.asks()).out


async def test_a_stop_is_lifted_by_a_person(settled: Person, sim: Simulator) -> None:
    """Until then no command sends anything."""
    sim.fail(Fault.FORBIDDEN, times=1)
    assert (await settled.asks("call", "index")).code == 6
    assert (await settled.asks("call", "index")).code == 6
    shown = await settled.asks("status")
    assert "It stopped until you act:" in shown.err
    assert "gazelled resume" in shown.err
    assert len(sim.arrivals) == 1
    resumed = await settled.asks("resume")
    assert (resumed.code, resumed.err.startswith("Requests are sent again.")) == (0, True)
    assert (await settled.asks("call", "index")).code == 0


async def test_stopping_nothing_is_no_trouble(settled: Person) -> None:
    """It says that nothing runs."""
    said = await settled.asks("stop")
    assert (said.code, said.err) == (0, "gazelled is not running.\n")


SLOW_END = """
import time
from contextlib import contextmanager
from gazelled.service import compose

own = compose.own

@contextmanager
def slow(folder):
    with own(folder) as owner:
        yield owner
        time.sleep(1)

compose.own = slow
"""


async def test_after_a_stop_the_state_is_free(settled: Person) -> None:
    """A daemon no longer listens before it has released the state; both are waited for."""
    settled.before = SLOW_END
    await settled.daemon()
    said = await settled.asks("stop")
    assert (said.code, said.err) == (0, "Stopped.\n")
    assert owner_pid(settled.state) is None


async def test_watches_and_targets_are_listed(settled: Person) -> None:
    """For people and as data."""
    assert "yeast  browse  1h            journal, feed" in (await settled.asks("watch", "list")).out
    targets = (await settled.asks("target", "list", "--json")).data
    assert [each["name"] for each in targets] == ["journal", "feed"]
    assert "journal  journal  yeast    yes" in (await settled.asks("target", "list")).out


async def test_an_unknown_name_is_a_sentence(settled: Person) -> None:
    """With the nearest one."""
    said = await settled.asks("watch", "run", "yest")
    assert (said.code, 'did you mean "yeast"?' in said.err) == (2, True)
    said = await settled.asks("target", "test", "journl")
    assert (said.code, 'did you mean "journal"?' in said.err) == (2, True)


async def test_what_a_target_did_not_take_is_said(settled: Person) -> None:
    """It stays in the queue, and the command fails."""
    (settled.state / "targets" / "journal" / "journal.jsonl").mkdir(parents=True)
    said = await settled.asks("watch", "run", "yeast")
    assert said.code == 1
    assert said.err.startswith("error: A message to journal could not be delivered: The journal")
