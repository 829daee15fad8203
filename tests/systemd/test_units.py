"""systemd itself accepts the units and finds the service well enclosed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gazelled.containment import executors
from gazelled.containment.contained_plugin import MOST_THREADS
from gazelled.service.plugins.outside_http import AT_ONCE

UNITS = Path(__file__).parents[2] / "systemd"
ANALYZE = shutil.which("systemd-analyze") or ""

pytestmark = pytest.mark.skipif(not ANALYZE, reason="systemd-analyze isn't installed")


def analyze(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze with a folder for what it wants to find at run time."""
    return subprocess.run(  # noqa: S603 - the arguments are ours
        [ANALYZE, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
        env={"XDG_RUNTIME_DIR": str(folder), "HOME": str(folder), "PATH": "/usr/bin:/bin"},
    )


def installed(unit: Path, folder: Path) -> Path:
    """Copy a unit as if the daemon were installed: verify wants the program to exist."""
    command = re.compile(r"(?m)^(ExecStart|ExecReload)=\S+ (run|reload)$")
    text, changed = command.subn(r"\1=/bin/true \2", unit.read_text())
    assert changed == 2
    copy = folder / unit.name.replace("@", "@lab")
    copy.write_text(text)
    return copy


SYSTEM = ["gazelled.service", "gazelled@.service"]
USER = ["user/gazelled.service", "user/gazelled@.service"]


@pytest.mark.parametrize(
    ("unit", "whose"),
    [*((unit, "--system") for unit in SYSTEM), *((unit, "--user") for unit in USER)],
)
def test_systemd_accepts_the_unit(tmp_path: Path, unit: str, whose: str) -> None:
    """Verify finds nothing to say."""
    copy = installed(UNITS / unit, tmp_path)
    done = analyze(tmp_path, "verify", whose, "--man=no", "--recursive-errors=no", str(copy))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_verify_notices_a_mistake(tmp_path: Path) -> None:
    """The test above can fail."""
    copy = installed(UNITS / "gazelled.service", tmp_path)
    copy.write_text(copy.read_text().replace("WatchdogSec=3min", "WatchdogSec=soon"))
    done = analyze(tmp_path, "verify", "--system", "--man=no", "--recursive-errors=no", str(copy))
    assert "Failed to parse sec value" in done.stderr


@pytest.mark.parametrize("unit", SYSTEM)
def test_the_service_is_enclosed(tmp_path: Path, unit: str) -> None:
    """Its exposure is rated at 1.1 or better, and nothing in it is unknown."""
    file = str(UNITS / unit)
    done = analyze(tmp_path, "security", "--offline=true", "--threshold=11", file)
    rated = re.search(r"Overall exposure level for gazelled\S*\.service: ([\d.]+)", done.stdout)
    assert rated is not None, done.stdout + done.stderr
    assert float(rated[1]) <= 1.1
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("one", "many"), [SYSTEM, USER])
def test_an_instance_differs_in_its_names_alone(one: str, many: str) -> None:
    """What holds for the only service holds for each of several."""
    names = {
        "/etc/gazelled/%i": "/etc/gazelled",
        "gazelled/%i": "gazelled",
        "gazelled-%i": "gazelled",
        " GAZELLED_INSTANCE=%i": "",
        "Environment=GAZELLED_INSTANCE=%i\n": "",
        " (%i)": "",
    }
    text = (UNITS / many).read_text().partition("[Unit]")[2]
    for name, without in names.items():
        text = text.replace(name, without)
    assert text == (UNITS / one).read_text().partition("[Unit]")[2]


@pytest.mark.parametrize("unit", [*SYSTEM, *USER])
def test_what_a_restart_cannot_heal_stays_down(unit: str) -> None:
    """A broken config or state isn't tried again and again."""
    lines = (UNITS / unit).read_text().splitlines()
    assert "RestartPreventExitStatus=2 3" in lines
    assert "Restart=on-failure" in lines
    assert "StartLimitIntervalSec=0" in lines


@pytest.mark.parametrize("unit", [*SYSTEM, *USER])
def test_what_plugins_may_have_fits_and_a_leak_does_not(unit: str) -> None:
    """Twenty plugins with all their threads and connections run; more than that is an end."""
    limits = dict(
        re.findall(r"(?m)^(MemoryMax|TasksMax|LimitNOFILE)=(\w+)$", (UNITS / unit).read_text())
    )
    plugins = 20

    assert limits["MemoryMax"] == "1G"
    assert 2 * executors.MOST + plugins * MOST_THREADS < int(limits["TasksMax"]) <= 1000
    assert plugins * AT_ONCE < int(limits["LimitNOFILE"]) <= 10_000
