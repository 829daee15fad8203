"""What may be different in a config that is reloaded, and what may be under way meanwhile."""

from __future__ import annotations

import asyncio
import signal
import urllib.request
from typing import TYPE_CHECKING

from gazelled.service.control.client import ask_once
from gazelled.service.control.protocol import ReloadRequest
from gazelled.testing import Simulator
from gazelled.testing.ports import free_port

if TYPE_CHECKING:
    from tests.cli.conftest import Person

MARKED = """
from pathlib import Path
from pydantic import SecretStr
from gazelled.plugin import PluginConfig, RetryLater, hookimpl, target

class Options(PluginConfig):
    mark: str = ""
    key: SecretStr = SecretStr("")

HERE = Path(__file__).parent

@hookimpl
async def gazelled_setup(context):
    with (HERE / "life.txt").open("a") as file:
        file.write("begin EDITION\\n")
    yield
    with (HERE / "life.txt").open("a") as file:
        file.write("end EDITION\\n")

@target(Options)
async def marked(delivery, options):
    import asyncio
    while (HERE / "wait").exists():
        (HERE / "waits").touch()
        await asyncio.sleep(0.02)
    if (HERE / "down").exists():
        raise RetryLater("not today")
    mark = options.key.get_secret_value() or options.mark
    with (HERE / "marked.txt").open("a") as file:
        file.write(f"EDITION {mark} {delivery.event.title}\\n")
"""
MORE = """
[watch.mouse]
ask = "browse"
with = { searchstr = "mouse" }
tell = ["journal"]
"""
TARGET = """
[plugin.marked]
file = "marked.py"
[target.marked]
plugin = "marked"
mark = "A"
"""


class Marked:
    """A daemon with a plugin whose file can be changed."""

    def __init__(self, settled: Person) -> None:
        self.settled = settled
        self.folder = settled.folder
        self.edition("one")
        text = settled.config.read_text().replace('tell = ["journal", "feed"]', 'tell = ["marked"]')
        settled.write(text + TARGET)

    def edition(self, name: str) -> None:
        """Write the plugin in an edition."""
        self.settled.write(MARKED.replace("EDITION", name), "marked.py")

    def change(self, before: str, after: str) -> None:
        """Change the config."""
        text = self.settled.config.read_text()
        assert before in text
        self.settled.write(text.replace(before, after))

    def lines(self, name: str = "marked.txt") -> list[str]:
        """Return what the plugin wrote."""
        file = self.folder / name
        return file.read_text().splitlines() if file.exists() else []

    async def until(self, *lines: str) -> None:
        """Wait until just this was delivered."""
        await self.settled.until(lambda: self.lines() == [*lines])

    async def looks(self) -> None:
        """Run the watch."""
        assert (await self.settled.asks("watch", "run", "yeast")).code == 0


async def test_a_plugin_that_changed_on_the_disk(settled: Person, sim: Simulator) -> None:
    """It is imported anew, set up before the old one ends, and delivers from then on."""
    marked = Marked(settled)
    await settled.daemon()
    await marked.until("one A Watching yeast")
    marked.edition("two")
    assert "Applied: changed plugin marked" in (await settled.asks("reload")).err
    assert marked.lines("life.txt") == ["begin one", "begin two", "end one"]
    sim.world.publish("yeast 1")
    await marked.looks()
    await marked.until("one A Watching yeast", "two A yeast 1")
    assert (await settled.asks("reload")).err == "Nothing has changed.\n"
    assert marked.lines("life.txt")[3:] == []


async def test_a_plugin_that_hangs_or_is_broken(settled: Person) -> None:
    """The old one goes on, and is told no end."""
    marked = Marked(settled)
    settled.before = (
        "from gazelled.hooks import registry\n"
        "registry.Registry.__init__.__kwdefaults__['limit'] = 6.0\n"
    )
    await settled.daemon()
    await marked.until("one A Watching yeast")
    for broken, words in (
        ("import time\ntime.sleep(600)\n", "its import did not end within"),
        ("def broken(\n", "SyntaxError"),
        ("raise OSError('disk')\n", "disk"),
    ):
        settled.write(broken, "marked.py")
        said = await settled.asks("reload")
        assert said.code == 2
        assert words in said.err
        assert "config.toml:" in said.err
    settled.write(MARKED.replace('"begin EDITION', '1 / 0, "begin EDITION'), "marked.py")
    said = await settled.asks("reload")
    assert (said.code, "setup failed" in said.err) == (2, True)
    assert marked.lines("life.txt") == ["begin one"]
    marked.edition("two")
    assert (await settled.asks("reload")).code == 0
    assert marked.lines("life.txt") == ["begin one", "begin two", "end one"]


async def test_a_secret_that_changed(settled: Person, sim: Simulator) -> None:
    """It is read again; the old one and the new one are never shown."""
    marked = Marked(settled)
    settled.write("old-secret-of-mine", "secrets/mark")
    marked.change('mark = "A"', 'key = { secret = "mark" }')
    await settled.daemon()
    await marked.until("one old-secret-of-mine Watching yeast")
    settled.write("new-secret-of-mine", "secrets/mark")
    said = await settled.asks("reload")
    assert "Applied: changed secrets" in said.err
    assert "Applied: changed target marked" in said.err
    sim.world.publish("yeast old-secret-of-mine new-secret-of-mine")
    await marked.looks()
    await settled.until(lambda: len(marked.lines()) == 2)
    assert marked.lines()[1].startswith("one new-secret-of-mine yeast ")
    assert "secret-of-mine" not in settled.log + said.err


async def test_a_watch_that_is_renamed(settled: Person, sim: Simulator) -> None:
    """It keeps what it knows: it has no first look again."""
    marked = Marked(settled)
    await settled.daemon()
    await marked.until("one A Watching yeast")
    sim.world.publish("yeast 1")
    marked.change("[watch.yeast]", "[watch.fungi]")
    said = await settled.asks("reload")
    assert said.err == "Applied: renamed watch yeast to fungi\n"
    assert (await settled.asks("watch", "run", "fungi")).code == 0
    await marked.until("one A Watching yeast", "one A yeast 1")


async def test_a_target_that_is_removed_with_messages(settled: Person) -> None:
    """They are held for a week, that is told, and they come when it comes back."""
    marked = Marked(settled)
    (marked.folder / "down").touch()
    await settled.daemon()
    text = settled.config.read_text()
    await settled.until(lambda: "delivery.postponed" in settled.log)
    marked.change('tell = ["marked"]', 'tell = ["journal"]')
    marked.change(TARGET, "")
    said = await settled.asks("reload")
    assert "Applied: removed target marked" in said.err
    await settled.until(lambda: any("marked" in title for title in settled.titles()))
    (marked.folder / "down").unlink()
    settled.write(text)
    assert "Applied: added target marked" in (await settled.asks("reload")).err
    await marked.until("one A Watching yeast")


async def test_a_target_that_is_renamed(settled: Person) -> None:
    """It gets what waits for it."""
    marked = Marked(settled)
    (marked.folder / "down").touch()
    await settled.daemon()
    await settled.until(lambda: "delivery.postponed" in settled.log)
    marked.change("[target.marked]", "[target.other]")
    marked.change('tell = ["marked"]', 'tell = ["other"]')
    (marked.folder / "down").unlink()
    said = await settled.asks("reload")
    assert "Applied: renamed target marked to other" in said.err
    assert (await settled.asks("deliveries", "retry", "--target", "other")).code == 0
    await marked.until("one A Watching yeast")


async def test_during_a_delivery(settled: Person, sim: Simulator) -> None:
    """A message that is being sent arrives, once; a target that changes waits for that."""
    marked = Marked(settled)
    (marked.folder / "wait").touch()
    await settled.daemon()
    await settled.until((marked.folder / "waits").exists)
    marked.change("[web]", '[target.second]\nplugin = "journal"\n[web]')
    assert (await settled.asks("reload")).err == "Applied: added target second\n"
    marked.change('mark = "A"', 'mark = "B"')
    reloading = asyncio.create_task(settled.asks("reload"))
    await asyncio.sleep(0.5)
    assert not reloading.done()
    (marked.folder / "wait").unlink()
    assert "Applied: changed target marked" in (await reloading).err
    sim.world.publish("yeast 1")
    await marked.looks()
    await marked.until("one A Watching yeast", "one B yeast 1")


async def test_during_a_look_that_waits(settled: Person, sim: Simulator) -> None:
    """It is interrupted, and begins again with the new config."""
    settled.before = (
        "from gazelled.service.reloading import replacement\nreplacement.LOOKED_WITHIN = 0.2\n"
    )
    sim.jitter = (3.0, 3.0)
    await settled.daemon()
    await settled.until(lambda: len(sim.arrivals) > 1)
    settled.write(settled.config.read_text().replace("[watch.yeast]", "[watch.fungi]"))
    said = await settled.asks("reload")
    assert said.code == 0
    sim.jitter = (0.0, 0.0)
    await settled.until(lambda: settled.titles() == ["Watching fungi"])
    assert {each.verdict for each in sim.arrivals} == {"ok"}


async def test_two_at_once(settled: Person) -> None:
    """One after the other, both are answered."""
    await settled.daemon()
    settled.write(settled.config.read_text() + MORE)
    socket = settled.state / "control.sock"
    replies = await asyncio.gather(*(ask_once(socket, ReloadRequest()) for _ in range(5)))
    assert all(reply.applied for reply in replies)
    assert sorted(bool(reply.changes) for reply in replies) == [False] * 4 + [True]


async def test_an_end_during_a_reload(settled: Person) -> None:
    """SIGTERM ends the daemon in good order, and its next start is as always."""
    marked = Marked(settled)
    daemon = await settled.daemon()
    await marked.until("one A Watching yeast")
    settled.write("import time\ntime.sleep(600)\n", "marked.py")
    reloading = asyncio.create_task(settled.asks("reload"))
    await asyncio.sleep(0.5)
    daemon.send_signal(signal.SIGTERM)
    assert await settled.ended(daemon) == 0
    assert (await reloading).code != 0
    assert marked.lines("life.txt") == ["begin one", "end one"]
    marked.edition("two")
    await settled.daemon()
    assert marked.lines() == ["one A Watching yeast"]


async def test_a_changed_ping_is_named(settled: Person) -> None:
    """What is fetched while all is well is a part of the config like others."""
    await settled.daemon()
    settled.write("http://127.0.0.1:1/my-own-check", "secrets/healthcheck-url")
    ping = 'ping = { secret = "healthcheck-url" }'
    settled.write(settled.config.read_text().replace("[notices]", f"[notices]\n{ping}"))
    said = await settled.asks("--json", "reload")
    assert said.code == 0
    assert "notices.ping" in said.data["changes"]["other"]
    assert "my-own-check" not in said.out + said.err
    log = (settled.state.parent.parent / "run.log").read_text()
    assert "config.reloaded" in log
    assert "plugin.refused" not in log
    assert "my-own-check" not in log


async def test_what_needs_a_restart_is_named(settled: Person) -> None:
    """All else is used; of another tracker nothing is."""
    await settled.daemon()
    text = settled.config.read_text()
    settled.write(text.replace("per = 0.1", "per = 0.2").replace('name = "Bio', 'name = "My Bio'))
    said = await settled.asks("--json", "reload")
    assert said.code == 0
    assert said.data["restart_needed"] == ["tracker.name"]
    assert said.data["changes"]["limits"] == ["tracker.limit: 1 in 0.1 s → 1 in 0.2 s"]
    settled.write("my-password", "secrets/password")
    login = 'login = { username = "me", password = { secret = "password" } }'
    settled.write(text.replace('token = { secret = "tracker-token" }', login) + MORE)
    said = await settled.asks("--json", "reload")
    assert said.data["restart_needed"] == ["tracker.credentials"]
    assert said.data["changes"]["watches"]["added"] == ["mouse"]
    settled.write(text.replace('url = "http://127.0.0.1', 'url = "http://localhost'))
    said = await settled.asks("reload")
    assert said.code == 2
    assert "Restart gazelled to apply tracker.url" in said.err


async def test_another_address_of_the_page(settled: Person, unused_tcp_port: int) -> None:
    """The old one goes on until the new one listens; one that is taken is refused."""

    def answers(port: int) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as reply:
                return bool(reply.status == 200)
        except OSError:
            return False

    await settled.daemon()
    assert await asyncio.to_thread(answers, unused_tcp_port)
    other = free_port()
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", other)
    text = settled.config.read_text()
    settled.write(text.replace(f":{unused_tcp_port}", f":{other}"))
    async with taken:
        said = await settled.asks("reload")
        assert (said.code, "Nothing can listen at" in said.err) == (2, True)
        assert await asyncio.to_thread(answers, unused_tcp_port)
    said = await settled.asks("reload")
    assert "Applied: changed web" in said.err
    assert await asyncio.to_thread(answers, other)
    assert not await asyncio.to_thread(answers, unused_tcp_port)
