"""`gazelled run`: the daemon as a process."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gazelled.cli.commands.run import _check_user
from gazelled.cli.settings import Settings
from gazelled.errors import StateError
from gazelled.service.lock import own
from gazelled.testing import Fault, Simulator

if TYPE_CHECKING:
    from tests.cli.conftest import Person

SLOW = '''\
"""Takes long for as long as a file says so."""
import asyncio
from pathlib import Path
from gazelled.plugin import Delivery, PluginConfig, target

class Options(PluginConfig):
    folder: Path

@target(Options)
async def slow(delivery: Delivery, options: Options) -> None:
    if (options.folder / "hang").exists():
        (options.folder / "begun").touch()
        await asyncio.sleep(60)
    with (options.folder / "told").open("a") as file:
        file.write(delivery.key + "\\n")
'''

HANGING = """\
import asyncio, time
from pathlib import Path
from gazelled.plugin import Delivery, PluginConfig, target

class Options(PluginConfig):
    begun: Path

@target(Options)
async def hanging(delivery: Delivery, options: Options) -> None:
    options.begun.touch()
    await asyncio.to_thread(time.sleep, 600)
"""


async def test_a_round_asks_delivers_and_ends(settled: Person, sim: Simulator) -> None:
    """`run --once` is the daemon for cron."""
    settled.afresh = True
    said = await settled.runs("run", "--once")
    assert said.code == 0, said.err
    assert settled.titles() == ["Watching yeast"]
    assert [each.action for each in sim.arrivals] == ["index", "browse"]
    again = await settled.runs("run", "--once")
    assert again.code == 0
    assert len(sim.arrivals) == 2


async def test_a_round_says_what_it_could_not_do(settled: Person, sim: Simulator) -> None:
    """The exit code tells a tracker that is away from one that stopped us."""
    sim.fail(Fault.BAD_GATEWAY)
    assert (await settled.runs("run", "--once")).code == 5
    sim.repair()
    sim.fail(Fault.FORBIDDEN)
    (settled.state / "gazelled.db").unlink()
    assert (await settled.runs("run", "--once")).code == 6


async def test_a_second_daemon_is_refused(settled: Person) -> None:
    """It says why, and the first one goes on."""
    first = await settled.daemon()
    second = await settled.runs("run")
    assert second.code == 3
    assert f"process {first.pid} owns the state in {settled.state}" in second.err
    assert first.poll() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_in_good_order(settled: Person, number: signal.Signals) -> None:
    """The log says so, and nothing is left behind."""
    settled.afresh = True
    daemon = await settled.daemon()
    daemon.send_signal(number)
    assert await settled.ended(daemon) == 0
    assert "daemon.stopped" in settled.log
    assert not (settled.state / "control.sock").exists()


async def test_another_log_is_used_by_a_reload(settled: Person) -> None:
    """It goes on after code of plugins has run, and none of them is blamed."""
    await settled.daemon()
    settled.write(f'{settled.config.read_text()}\n[log]\nformat = "json"\nlevel = "debug"\n')
    for _ in range(2):  # the second one calls plugins
        assert (await settled.asks("reload")).code == 0
    assert (await settled.asks("call", "stats")).code == 0
    await settled.until(lambda: '"event": "request.served"' in settled.log)
    assert "plugin.refused" not in settled.log


async def test_a_tracker_that_is_away_ends_nothing(settled: Person, sim: Simulator) -> None:
    """The daemon starts, waits and can still be asked."""
    await sim.stop()
    daemon = await settled.daemon()
    await settled.until(lambda: "tracker" in settled.log)
    said = await settled.asks("status")
    assert (said.code, daemon.poll()) == (0, None)


async def test_a_thread_that_hangs_delays_no_end(settled: Person) -> None:
    """A plugin's thread can't be cut off, so the process ends without it."""
    settled.write(HANGING, "plugins/hanging.py")
    text = settled.config.read_text().replace('["journal", "feed"]', '["hanging"]')
    hanging = '[plugin.hanging]\nfile = "hanging.py"\n[target.hanging]\nplugin = "hanging"\n'
    settled.write(f'{text}{hanging}begun = "begun"\n')
    daemon = await settled.daemon()
    await settled.until((settled.state / "targets" / "hanging" / "begun").exists)
    daemon.terminate()
    assert await settled.ended(daemon) == 0


async def test_a_kill_during_a_delivery_loses_and_repeats_nothing(
    settled: Person, sim: Simulator
) -> None:
    """After a restart the event arrives everywhere, once where a sink can tell."""
    settled.write(SLOW, "plugins/slow.py")
    text = settled.config.read_text().replace('["journal", "feed"]', '["slow", "feed", "journal"]')
    slow = '[plugin.slow]\nfile = "slow.py"\n[target.slow]\nplugin = "slow"\nfolder = "out"\n'
    settled.write(text + slow)
    out = settled.folder / "out"
    out.mkdir()
    first = await settled.daemon()
    await settled.until(lambda: settled.titles() == ["Watching yeast"])
    await settled.until((out / "told").exists)
    (out / "hang").touch()
    sim.world.publish("Yeast S288C reads", tags=("yeast",))
    assert (await settled.asks("watch", "run", "yeast")).code == 0
    await settled.until((out / "begun").exists)
    first.kill()
    await settled.ended(first)
    assert "plugin.failed" not in settled.log
    (out / "hang").unlink()
    second = await settled.daemon()
    await settled.until(lambda: len((out / "told").read_text().splitlines()) > 1)
    await settled.until(lambda: len(settled.journal()) > 1)
    feed = settled.state / "public" / "feed.atom"
    await settled.until(lambda: feed.exists() and feed.read_text().count("<entry") > 1)
    assert (await settled.asks("stop")).code == 0
    assert await settled.ended(second) == 0
    told = [title for title in settled.titles() if "S288C reads" in title]
    assert len(told) == 1
    assert feed.read_text().count("<entry") == 2
    assert len((out / "told").read_text().splitlines()) == 2


async def test_a_command_that_owns_the_state_for_a_moment_is_waited_for(
    settled: Person,
) -> None:
    """A daemon that starts meanwhile isn't turned away."""
    with own(settled.state):
        daemon = settled.starts("run")
        await settled.until(lambda: "daemon.delayed" in settled.log)
        assert daemon.poll() is None
    await settled.until(lambda: "daemon.started" in settled.log)
    daemon.terminate()
    assert await settled.ended(daemon) == 0


async def test_a_broken_config_is_told_once(settled: Person) -> None:
    """Those whom the last good config names hear why nothing runs."""
    assert (await settled.runs("run", "--once")).code == 0
    settled.write(settled.config.read_text().replace('ask = "browse"', 'ask = "brwse"'))
    for _ in range(2):
        said = await settled.runs("run", "--once")
        assert said.code == 2
        assert said.err.startswith('config.toml:12: watch.yeast.ask: unknown action "brwse"')
    assert settled.titles()[1:] == ["The config is broken, so gazelled is not running"]
    assert 'did you mean "browse"?' in settled.journal()[1]["text"]


def later_version(file: Path) -> None:
    """Make of a state what a later gazelled might."""
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA user_version = 9999")


def damaged(file: Path) -> None:
    """Make of a state what a bad disk might."""
    file.write_bytes(b"this was a database once" * 100)


@pytest.mark.parametrize("harm", [later_version, damaged])
async def test_a_state_that_cannot_be_used_is_told_once(
    settled: Person, harm: Callable[[Path], None]
) -> None:
    """The targets need no state to hear of it, and hear of it again if it happens again."""
    assert (await settled.runs("run", "--once")).code == 0
    file = settled.state / "gazelled.db"
    good = file.read_bytes()
    for number in (1, 2):
        harm(file)
        for _ in range(2):
            said = await settled.runs("run")
            assert said.code == 3
        titles = [title for title in settled.titles() if "not running" in title]
        assert titles == ["The state can't be used, so gazelled is not running"] * number
        assert str(file) in settled.journal()[-1]["text"]
        for part in settled.state.glob("gazelled.db*"):
            part.unlink()
        file.write_bytes(good)
        assert (await settled.runs("run", "--once")).code == 0


async def test_the_kept_config_is_private_and_holds_no_secret(
    settled: Person, sim: Simulator
) -> None:
    """A copy for later is no new place for secrets."""
    settled.write('[watch.inbox]\nask = "inbox"\ntell = ["journal"]\n', "conf.d/inbox.toml")
    assert (await settled.runs("run", "--once")).code == 0
    kept = settled.state / "last-good"
    files = sorted(str(each.relative_to(kept)) for each in kept.rglob("*.toml"))
    assert files == ["conf.d/inbox.toml", "config.toml"]
    assert {_mode(each) for each in kept.rglob("*.toml")} == {0o600}
    assert sim.token() not in (kept / "config.toml").read_text()


async def test_a_state_that_cannot_be_written_is_a_sentence(settled: Person) -> None:
    """The exit code says that the state must be fixed."""
    settled.state.parent.write_text("a file where the folder should be")
    said = await settled.asks("call", "index")
    assert said.code == 3
    assert said.err.startswith(f"error: The state folder {settled.state} can't be written")


async def test_a_damaged_database_is_a_sentence(settled: Person) -> None:
    """It is named and never replaced."""
    settled.state.mkdir(parents=True)
    (settled.state / "gazelled.db").write_text("this was a database once" * 100)
    said = await settled.runs("run")
    assert said.code == 3
    assert "Traceback" not in said.err
    assert "gazelled.db" in said.err


async def test_a_disk_that_fills_up_is_waited_for(settled: Person, sim: Simulator) -> None:
    """What can't be written while it runs holds it, says so, and is written later."""
    daemon = await settled.daemon(logged=False)  # a log that can't be written is another trouble
    _, hard = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (4000, hard))
    sim.fail(Fault.RATE_LIMITED, times=1)  # its pause has to be kept
    # A call that is under way when the outage begins waits for its end.
    call = settled.starts("call", "stats", logged=False)
    while "No requests since" not in (await settled.asks("--json", "status")).data["summary"]:
        assert daemon.poll() is None
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (hard, hard))
    while "No requests since" in (await settled.asks("--json", "status")).data["summary"]:
        assert daemon.poll() is None
    await settled.ended(call)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can leave files of root's")
@pytest.mark.parametrize("instance", ["", "lab"])
@pytest.mark.parametrize("units", ["gazelled.service gazelled@.service", ""])
def test_root_is_refused_with_what_starts_this_instance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instance: str, units: str
) -> None:
    """The service is named where there is one, and always the command for the user of the state."""
    (tmp_path / "systemctl").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    settings = Settings({"HOME": str(tmp_path)})
    if instance:
        settings.be_instance(instance)
    settings.state_folder.mkdir(parents=True)
    os.chown(settings.state_folder, 12345, 12345)
    folder = tmp_path / ".config/systemd/user"
    folder.mkdir(parents=True)
    for unit in units.split():
        (folder / unit).touch()
    with pytest.raises(StateError) as refused:
        _check_user(settings)
    service = "gazelled@lab" if instance else "gazelled"
    start = f"Start the service (systemctl --user start {service}), or run"
    option = "--instance lab " if instance else ""
    assert str(refused.value).endswith(
        f"{start if units else 'Run'} gazelled as that user: sudo -u 12345 gazelled {option}run."
    )


def _mode(file: Path) -> int:
    return file.stat().st_mode & 0o777
