"""The service on booted machines: its life as systemd sees it."""

from __future__ import annotations

import pytest
from tests.operations.trees.house import CONFIG, House

pytestmark = [pytest.mark.machine, pytest.mark.timeout(900)]

WARNING = 4
"""The priority of warnings, as syslog counts: what is graver has a lower one."""

SOURCE = "/usr/src/gazelled"
"""Where a machine has a checkout."""


def test_starts_watches_and_stops(house: House) -> None:
    """READY ends the start, STATUS shows how it is, and a stop is clean."""
    house.start()
    house.until(lambda: house.unit("StatusText") != "", "a STATUS")
    house.publish("First reads")
    house.run("systemctl", "stop", "gazelled")
    assert (house.unit("Result"), house.unit("ExecMainStatus")) == ("success", "0")


def test_the_unit_starts_without_a_warning(house: House) -> None:
    """The journal has none, neither of the service nor of systemd about its unit."""
    house.start()
    house.until(lambda: house.unit("StatusText") != "", "a STATUS")
    entries = house.journal()
    assert any(entry.get("GAZELLED_EVENT") == "daemon.started" for entry in entries)
    assert [entry["MESSAGE"] for entry in entries if int(entry["PRIORITY"]) <= WARNING] == []


@pytest.mark.parametrize("name", ["gazelled.service", "gazelled@.service"])
def test_systemd_accepts_the_units(house: House, name: str) -> None:
    """`verify` says nothing of the units of a system and a user, and the service is enclosed."""
    named = name.replace("@", "@lab")
    for whose in ("system", "user"):
        unit = f"/opt/units/{whose}/{named}"
        source = f"{SOURCE}/systemd/{name if whose == 'system' else f'user/{name}'}"
        house.write(unit, house.read(source).replace("%h/.local/bin", "/opt/gazelled/bin"))
        options = (f"--{whose}", "--man=no", "--recursive-errors=no")
        command = ("env", "XDG_RUNTIME_DIR=/run", "HOME=/root", "systemd-analyze", "verify")
        done = house.run(*command, *options, unit)
        assert done.stdout + done.stderr == ""
    rated = house.run(
        "systemd-analyze",
        "security",
        "--offline=true",
        "--threshold=11",
        f"/opt/units/system/{named}",
    )
    assert rated.stderr == ""
    assert "Overall exposure level" in rated.stdout


def test_a_kill_loses_and_repeats_nothing(house: House) -> None:
    """SIGKILL is followed by a restart; what was uploaded meanwhile arrives, once."""
    house.drop_in("RestartSec=1")
    house.start()
    house.publish("First reads")
    house.run("systemctl", "kill", "--signal", "KILL", "gazelled")
    house.tell("publish", "Second reads")
    house.until(lambda: house.got("Second reads"), "the restart")
    assert house.unit("NRestarts") == "1"
    house.publish("Third reads")
    for title in ("First", "Second", "Third"):
        assert sum(f"{title} reads" in message for message in house.messages()) == 1


def test_the_watchdog_ends_a_stopped_process(house: House) -> None:
    """A process that doesn't run gives no signs of life, and is replaced."""
    house.drop_in("WatchdogSec=4", "RestartSec=1")
    house.start()
    house.publish("First reads")
    stopped = house.unit("MainPID")
    house.run("kill", "-STOP", stopped)
    house.until(lambda: house.unit("NRestarts") == "1", "the watchdog")
    house.publish("Second reads")
    assert house.unit("MainPID") != stopped
    assert any("Watchdog timeout" in entry["MESSAGE"] for entry in house.journal())


BLOCKS = """
import time
from pathlib import Path
from gazelled.plugin import PluginConfig, target

@target(PluginConfig)
async def blocks(delivery, options):
    time.sleep(3600)
"""


def test_the_watchdog_ends_a_blocked_loop(house: House) -> None:
    """A plugin that never returns can't hold the daemon: it is restarted, and the plugin rests."""
    house.drop_in("WatchdogSec=4", "RestartSec=1")
    house.write("/etc/gazelled/plugins/blocks.py", BLOCKS)
    house.write(
        "/etc/gazelled/config.toml",
        CONFIG.replace('"journal", "phone"', '"phone", "blocked"')
        + '[target.blocked]\nplugin = "blocks"\n[plugin.blocks]\nfile = "blocks.py"\n',
    )
    house.start()
    house.tell("publish", "First reads")
    house.until(lambda: int(house.unit("NRestarts")) >= 1, "the watchdog")
    house.publish("Second reads")
    assert house.got("First reads")
    assert any("Watchdog timeout" in entry["MESSAGE"] for entry in house.journal())


def test_secrets_are_credentials(house: House) -> None:
    """Secrets stay root's: the service has a user of its own and gets them from systemd."""
    house.start()
    house.publish("First reads")
    main = house.unit("MainPID")
    user = house.output("ps", "-o", "user=", "-p", main)
    assert user == "gazelled"
    assert house.output("stat", "-c", "%a %U", "/etc/gazelled/secrets/phone") == "600 root"
    assert house.run("test -e /run/credentials/gazelled.service/secrets_phone").returncode == 0


def test_the_user_and_the_state_stay_across_restarts_and_boots(house: House) -> None:
    """A user that is made at each start finds its state, after a boot of the machine too."""
    house.start()
    house.publish("First reads")
    house.run("systemctl", "restart", "gazelled")
    house.publish("Second reads")
    house.shut_down()
    house.boot()
    house.until(lambda: house.unit("ActiveState") == "active", "the start at boot")
    house.publish("Third reads")
    assert "Second reads" in house.gazelled("events")
    owners = house.output("find /var/lib/private/gazelled -printf '%U\\n' | sort -u").split()
    assert len(owners) == 1
