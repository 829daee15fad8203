"""`gazelled status`, `watch`, `target`, `resume` and `stop`."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from gazelled import __version__
from gazelled.cli.render.daemon_lines import print_ended_service, print_sightings
from gazelled.cli.render.status_tables import print_status
from gazelled.service.control.status_reply import RequestFigures, StatusReply, TrackerStatus
from gazelled.service.lock import owner_pid
from gazelled.service.systemd.service_state import ServiceState
from gazelled.service.systemd.sightings import Sighting
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
    assert said.code == 8
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
    assert (data["pid"], data["version"]) == (daemon.pid, __version__)
    assert (data["config"]["file"], data["config"]["newer"]) == (str(settled.config), None)
    assert f"as process {daemon.pid} since" in shown.out
    assert (await settled.asks("call", "stats")).code == 0
    assert (await settled.asks("target", "test", "journal")).code == 0
    assert settled.titles()[1:] == ["gazelled says hello"]
    assert (await settled.asks("stop")).err == "Stopped.\n"
    assert await settled.ended(daemon) == 0
    assert min(sim.gaps()) >= 0.1


async def test_the_exit_code_is_that_of_the_health(settled: Person, sim: Simulator) -> None:
    """All is well, something is wrong, nothing is sent until a person acts, nothing runs."""
    daemon = await settled.daemon()
    await settled.until(lambda: settled.titles() == ["Watching yeast"])
    well = await settled.asks("status")
    assert (well.code, well.out.partition("\n")[0]) == (0, "All is well.")

    settled.write("# more\n" + settled.config.read_text())
    newer = await settled.asks("status")
    assert newer.code == 7
    assert "the config on disk is newer than the one in use" in newer.out
    degraded = (await settled.asks("status", "--json")).data
    assert degraded["state"] == "degraded"
    assert degraded["config"]["newer"]

    sim.fail(Fault.FORBIDDEN, times=1)
    assert (await settled.asks("call", "index")).code == 6
    assert (await settled.asks("status")).code == 6
    assert (await settled.asks("status", "--json")).data["state"] == "stopped"

    assert (await settled.asks("stop")).code == 0
    assert await settled.ended(daemon) == 0
    assert (await settled.asks("status")).code == 8


async def test_a_daemon_that_hangs_is_given_up(settled: Person) -> None:
    """Its process is named; whoever asks isn't held up with it."""
    daemon = await settled.daemon()
    daemon.send_signal(signal.SIGSTOP)
    try:
        said = await settled.asks("status")
    finally:
        daemon.send_signal(signal.SIGCONT)
    assert (said.code, said.out) == (5, "")
    assert f"gazelled (process {daemon.pid}) runs, and has not replied within" in said.err


@pytest.mark.skipif(shutil.which("systemctl") is None, reason="there is no systemd here")
async def test_advice_names_the_service_where_there_is_a_unit(settled: Person) -> None:
    """A daemon in a terminal beside it would be in its way."""
    assert "To start it: gazelled run" in (await settled.asks("status")).err
    settled.write("[Service]\n", "../systemd/user/gazelled.service")
    assert "To start it: systemctl --user start gazelled" in (await settled.asks("status")).err
    added = await settled.asks("watch", "add", "mice", "--ask", "browse", "--tell", "journal")
    assert "Next: systemctl --user start gazelled" in added.err


async def test_advice_names_the_instance(settled: Person) -> None:
    """What is typed next concerns the same one."""
    said = await settled.asks("--instance", "lab", "status")
    lab = "gazelled --instance lab"
    assert f"To start it: {lab} init, then {lab} run" in said.err
    settled.write("", "lab/config.toml")
    assert f"To start it: {lab} run" in (await settled.asks("--instance", "lab", "status")).err


@pytest.mark.parametrize(
    ("state", "command", "shown"),
    [
        ("failed", "systemctl", "has failed (exit-code) and isn't started again"),
        ("failed", "systemctl --user", "journalctl --user -u gazelled@lab"),
        ("activating", "systemctl", "journalctl -u gazelled@lab"),
        ("inactive", "systemctl", ""),
    ],
)
def test_a_service_that_has_failed(
    capsys: pytest.CaptureFixture[str], state: str, command: str, shown: str
) -> None:
    """It is told from one that was stopped, and from one that systemd starts again."""
    service = ServiceState("gazelled@lab.service", command, state, None, 0, "", "exit-code")
    print_ended_service(service)
    said = capsys.readouterr().err
    assert shown in said
    assert bool(said) == bool(shown)


@pytest.mark.parametrize(
    ("pid", "user", "unit", "shown"),
    [
        (7, "root", "gazelled", "gazelled is running (gazelled, process 7 of user root), and"),
        (0, "root", "", "gazelled is running (user root), and"),
        (7, "", "", "gazelled is running (process 7), and"),
        (0, "", "", "gazelled is running, and"),
    ],
)
def test_what_is_seen_of_another_daemon(
    capsys: pytest.CaptureFixture[str], pid: int, user: str, unit: str, shown: str
) -> None:
    """What can't be seen is left out."""
    sighting = Sighting(pid, user, unit, None, "", "sudo gazelled status")
    print_sightings([sighting, Sighting(9, "alice", "", None, "", "")], refused=True)
    said = capsys.readouterr().err
    assert said.startswith(shown)
    assert "\nAnother gazelled is running (process 9 of user alice), and" in said


async def test_instances_run_beside_each_other(settled: Person, unused_tcp_port: int) -> None:
    """Each has a config, a state and a port by its name, and is asked by it."""
    text = settled.config.read_text().replace(f'listen = "127.0.0.1:{unused_tcp_port}"', "")
    settled.write(text, "lab/config.toml")
    settled.write(
        (settled.folder / "secrets" / "tracker-token").read_text(), "lab/secrets/tracker-token"
    )
    state = settled.state.with_name("gazelled-lab")
    daemon = settled.starts("--instance", "lab", "run")
    await settled.until((state / "control.sock").exists)
    data: dict[str, Any] = {}
    while not data.get("running"):
        data = (await settled.asks("--instance", "lab", "--json", "status")).data
    assert data["config"]["file"] == str(settled.folder / "lab" / "config.toml")
    (address,) = [each["address"] for each in data["targets"] if each["name"] == "feed"]
    assert 20000 <= int(address.split(":")[2].partition("/")[0]) < 30000
    rows = (await settled.asks("status", "--all", "--json")).data
    mine = {each["instance"]: each for each in rows if each["whose"] == "user"}
    assert {name: each["state"] == "not running" for name, each in mine.items()} == {
        "": True,
        "lab": False,
    }
    assert mine["lab"]["pid"] == daemon.pid
    assert (await settled.asks("status")).code == 8
    assert (await settled.asks("--instance", "lab", "stop")).err == "Stopped.\n"


def test_an_older_daemon_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """So that an upgrade isn't forgotten half way."""
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    tracker = TrackerStatus("T", "u", "up", "", None, at, None, 1, 0, None, "", ())
    reply = StatusReply(
        version="0.1",
        running=True,
        summary="",
        started=at,
        tracker=tracker,
        requests=RequestFigures(1, at, 1.0, 1.0, None),
        watches=(),
        targets=(),
        plugins={},
        counts={"events": 0, "gaps": 0},
    )
    print_status(reply, "systemctl restart gazelled")
    shown = capsys.readouterr().out
    assert f"The daemon is gazelled 0.1, and this command {__version__}." in shown
    assert "To use the new one: systemctl restart gazelled" in shown


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


async def test_nothing_listens_where_the_config_says_so(
    settled: Person, unused_tcp_port: int
) -> None:
    """Neither the page nor feeds take a port; everything else runs."""
    text = settled.config.read_text()
    settled.write(text.replace(f'listen = "127.0.0.1:{unused_tcp_port}"', 'listen = ""'))
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
