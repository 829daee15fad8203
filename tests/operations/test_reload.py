"""The config changes while the daemon runs: it is used at once, or the old one goes on."""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import aiohttp

from gazelled.testing import Simulator

if TYPE_CHECKING:
    from tests.cli.conftest import Person

MORE = """
[watch.mouse]
ask = "browse"
with = { searchstr = "mouse" }
tell = ["journal"]
"""


async def test_a_new_watch_looks_at_once(settled: Person) -> None:
    """What was added is named, and has its first look, as at a start."""
    await settled.daemon()
    await settled.until(lambda: settled.titles() == ["Watching yeast"])
    settled.config.write_text(settled.config.read_text() + MORE)
    said = await settled.asks("reload")
    assert (said.code, said.err) == (0, "Applied: added watch mouse\n")
    await settled.until(lambda: settled.titles() == ["Watching yeast", "Watching mouse"])
    assert (await settled.asks("reload")).err == "Nothing has changed.\n"


async def test_a_broken_config_is_refused(settled: Person) -> None:
    """The old one goes on; the line is printed and logged, and a notice is sent, once."""
    await settled.daemon()
    good = settled.config.read_text()
    settled.config.write_text(good + "[watch.mouse\n")
    said = await settled.asks("reload")
    assert said.code == 2
    assert f"config.toml:{len(good.splitlines()) + 1}" in said.err
    assert (await settled.asks("reload")).code == 2
    await settled.until(lambda: "config.toml has errors and is not in use" in settled.titles())
    assert "config.refused" in settled.log
    settled.config.write_text(good + MORE)
    assert (await settled.asks("reload")).code == 0
    await settled.until(lambda: "Watching mouse" in settled.titles())
    told = [title for title in settled.titles() if "has errors" in title]
    assert len(told) == 1


async def test_a_config_that_is_gone_is_a_warning(settled: Person) -> None:
    """What runs goes on, and its next start would not."""
    await settled.daemon()
    away = settled.config.rename(settled.folder / "away")
    said = await settled.asks("status")
    assert said.code == 7
    assert f"{settled.config} is gone; the next start needs it" in said.out
    away.rename(settled.config)
    assert "is gone" not in (await settled.asks("status")).out


async def test_hang_up_reloads(settled: Person) -> None:
    """SIGHUP is what it is for other daemons."""
    daemon = await settled.daemon()
    settled.config.write_text(settled.config.read_text() + MORE)
    daemon.send_signal(signal.SIGHUP)
    await settled.until(lambda: "Watching mouse" in settled.titles())
    assert daemon.poll() is None


async def test_without_a_daemon(settled: Person) -> None:
    """There is nothing to reload, and the command says so."""
    said = await settled.asks("reload")
    assert said.code == 8
    assert said.err == "gazelled is not running; its next start reads the config.\n"


async def test_changes_by_commands_apply_at_once(settled: Person, sim: Simulator) -> None:
    """Of a watch that is added, disabled, enabled and removed."""
    await settled.daemon()
    add = ("watch", "add", "mouse", "--ask", "browse", "--with", "searchstr=mouse")
    said = await settled.asks(*add, "--every", "15m", "--tell", "journal")
    assert "Applied: added watch mouse" in said.err
    await settled.until(lambda: "Watching mouse" in settled.titles())
    assert "Applied: removed watch mouse" in (await settled.asks("watch", "disable", "mouse")).err
    assert "Applied: added watch mouse" in (await settled.asks("watch", "enable", "mouse")).err
    sim.world.publish("mouse genome")
    assert (await settled.asks("watch", "run", "mouse")).code == 0
    await settled.until(lambda: "mouse genome" in settled.titles())
    said = await settled.asks("watch", "rm", "--yes", "mouse")
    assert "Applied: removed watch mouse" in said.err
    status = (await settled.asks("--json", "status")).data
    assert "mouse" not in str(status["watches"])


async def test_a_change_that_the_daemon_refuses_is_taken_back(settled: Person) -> None:
    """The files are as before, of a watch that is added, disabled, enabled and removed."""
    await settled.daemon()
    add = ("watch", "add", "mouse", "--ask", "browse", "--with", "searchstr=mouse")
    written = await settled.asks(*add, "--tell", "journal")
    assert "Applied: added watch mouse" in written.err
    assert (await settled.asks("watch", "disable", "mouse")).code == 0
    text = settled.config.read_text()
    elsewhere = text.replace('url = "http://127.0.0.1', 'url = "http://localhost')
    folder = settled.folder / "conf.d"

    def files() -> dict[str, tuple[str, int]]:
        return {file.name: (file.read_text(), file.stat().st_mode) for file in folder.iterdir()}

    for prepare, words in (
        ((), (*add[:2], "rat", *add[3:], "--tell", "journal")),
        ((), ("watch", "enable", "mouse")),
        (("watch", "enable", "mouse"), ("watch", "disable", "mouse")),
        ((), ("watch", "rm", "--yes", "mouse")),
    ):
        settled.write(text)
        if prepare:
            assert (await settled.asks(*prepare)).code == 0
        before = files()
        settled.write(elsewhere)
        said = await settled.asks(*words)
        assert said.code == 2, said
        assert "nothing was changed" in said.err
        assert "tracker.url: restart gazelled to apply it" in said.err
        assert files() == before
    settled.write(text)
    assert (await settled.asks("reload")).code == 0
    watches = (await settled.asks("--json", "status")).data["watches"]
    assert "mouse" in str(watches)
    assert "rat" not in {watch["name"] for watch in watches}


async def test_the_page_and_the_metrics_know(settled: Person) -> None:
    """A reload from there is the same, and all are counted."""
    await settled.daemon()
    settled.config.write_text(settled.config.read_text() + MORE)
    connector = aiohttp.UnixConnector(str(settled.state / "control.sock"))
    async with aiohttp.ClientSession(connector=connector) as http:
        async with http.post("http://gazelled/api/v1/actions/reload", json={}) as reply:
            assert reply.status == 200
            assert "mouse" in await reply.text()
        settled.config.write_text("[")
        async with http.post("http://gazelled/api/v1/actions/reload", json={}) as reply:
            assert "config.toml:1" in await reply.text()
        async with http.get("http://gazelled/metrics") as reply:
            text = await reply.text()
    assert 'gazelled_reloads_total{outcome="applied"} 1.0' in text
    assert 'gazelled_reloads_total{outcome="failed"} 1.0' in text


async def test_a_change_while_it_starts(settled: Person) -> None:
    """Is found as soon as it runs, and a signal before that does no harm."""
    settled.before = (
        "import os, signal\n"
        "from gazelled.service.configuration import check\n"
        "checked = check.check\n"
        "def changed(path, *args, **options):\n"
        "    result = checked(path, *args, **options)\n"
        "    if 'mouse' not in path.read_text():\n"
        f"        path.write_text(path.read_text() + {MORE!r})\n"
        "        os.kill(os.getpid(), signal.SIGHUP)\n"
        "    return result\n"
        "check.check = changed\n"
    )
    await settled.daemon()
    await settled.until(lambda: "Watching mouse" in settled.titles())
    assert "config.reloaded" in settled.log


async def test_systemd_learns_when_it_begins_and_ends(settled: Person) -> None:
    """Also where nothing is used, so that no reload seems to go on for ever."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    with listener:
        listener.bind(str(settled.folder / "notify"))
        listener.setblocking(False)  # noqa: FBT003 - its only parameter
        settled.environ["NOTIFY_SOCKET"] = str(settled.folder / "notify")
        await settled.daemon()
        for text in (settled.config.read_text() + MORE, "["):
            settled.config.write_text(text)
            while _received(listener):
                pass
            await settled.asks("reload")
            lines = _received(listener)
            while "READY=1" not in lines:  # the reply may come before it
                await asyncio.sleep(0.02)
                lines += _received(listener)
            states = [line for line in lines if not line.startswith("STATUS=")]
            assert states[0] == "RELOADING=1"
            assert states[1].startswith("MONOTONIC_USEC=")
            assert int(states[1].partition("=")[2]) > 0
            assert states[2] == "READY=1"


def _received(listener: socket.socket) -> list[str]:
    """Return the lines that the daemon has sent until now."""
    lines: list[str] = []
    with suppress(BlockingIOError):
        while True:
            lines += listener.recv(2**16).decode().splitlines()
    return lines
