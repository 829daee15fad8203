"""The documents carried out on fresh machines: install, upgrade, remove, several accounts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.operations.trees.base_trees import LATER, NEWER
from tests.operations.trees.house import House
from tests.operations.trees.surroundings import PHONE, TRACKER
from tests.wheels import ROOT

pytestmark = [pytest.mark.machine, pytest.mark.timeout(900)]

OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
ANSWERS = f" --url http://127.0.0.1:{TRACKER} --phone-file /run/phone --token-file /run/"
"""What a person answers at `gazelled init`; what it ends with is the file of the token."""


def commands(section: str, number: int = 0) -> list[str]:
    """Return the commands of a block of a section of docs/operations.md."""
    text = re.split(rf"(?m)^## {re.escape(section)}$", OPERATIONS)[1].split("\n## ")[0]
    block = re.findall(r"(?ms)^```sh\n(.*?)^```", text)[number]
    token = ANSWERS + ("token-of-another" if "/lab/" in block else "tracker-token")
    return [re.sub(r"(?<= init)$", token, line) for line in block.splitlines()]


def ini(section: str) -> list[str]:
    """Return the files of a section of docs/operations.md, without the line that names them."""
    text = re.split(rf"(?m)^## {re.escape(section)}$", OPERATIONS)[1].split("\n## ")[0]
    return re.findall(r"(?ms)^```ini\n#[^\n]*\n(.*?)^```", text)


def files(house: House) -> set[str]:
    """Return the names of all files that administrators care for."""
    left_out = " -o ".join(f"-path {place}" for place in ("/var/log", "/var/cache", "/tmp"))  # noqa: S108 - of the tree
    listing = house.output(
        f"find / -xdev \\( {left_out} -o -path '*/__pycache__' \\) -prune -o -print"
    )
    return {line for line in listing.splitlines() if not line.startswith("/var/lib/systemd/")}


@pytest.fixture
def fresh(offered: list[Path], tmp_path: Path) -> Iterator[House]:
    """Return a booted machine with a tracker and a phone, and without gazelled."""
    with House(offered, tmp_path) as machine:
        machine.surroundings()
        machine.run("rm", "-r", "/etc/gazelled")
        machine.write("/run/phone", f"json://127.0.0.1:{PHONE}/", mode=0o600)
        yield machine
        print(machine.run("journalctl --no-pager --lines 60 --unit 'gazelled*' || true").stdout)  # noqa: T201 - pytest shows it


def test_installed_upgraded_and_removed(fresh: House) -> None:
    """The documented commands bring the service up, a later version, and leave nothing behind."""
    before = files(fresh)
    for command in [*commands("Install it"), *commands("Install it", 2)]:
        fresh.run(command)
    assert "gazelled-watch-add.1" in fresh.output("ls /usr/local/share/man/man1")
    fresh.until(lambda: len(fresh.messages()) > 1, "the first summary, after the test message")
    assert fresh.unit("ActiveState") == "active"
    assert json.loads(fresh.output("gazelled", "--json", "status"))["running"]
    main = fresh.unit("MainPID")
    fresh.run("/opt/gazelled/bin/pip", "install", "--upgrade", "--find-links", NEWER, "gazelled")
    fresh.run("systemctl", "restart", "gazelled")
    fresh.until(lambda: fresh.unit("ActiveState") == "active", "the later version")
    assert fresh.unit("MainPID") != main
    assert LATER in fresh.gazelled("--version")
    *removing, last = commands("Remove it")
    for command in removing:
        fresh.run(command)
    state = [name for name in sorted(files(fresh) - before) if "/gazelled" in name]
    assert state
    assert [name for name in state if not name.startswith(("/var/lib/", "/etc/gazelled"))] == []
    fresh.run(last)
    assert fresh.output("find /usr/local/share -not -type d") == ""
    shared = {name for name in files(fresh) if name.startswith("/usr/local/share/")}
    assert files(fresh) - before - shared == set()


def test_two_accounts(fresh: House) -> None:
    """The documented commands make a second service, with a config, state and port of its own."""
    for command in [*commands("Install it"), *commands("Several accounts")]:
        fresh.run(command)
    units = ("gazelled.service", "gazelled@lab.service")
    fresh.until(
        lambda: fresh.run("systemctl", "is-active", *units, check=False).returncode == 0,
        "the start of both",
    )
    assert fresh.unit("MainPID", units[0]) != fresh.unit("MainPID", units[1])
    folders = fresh.output("ls", "/var/lib/private").split()
    assert folders == ["gazelled", "gazelled-lab"]
    owners = fresh.output("stat", "-c", "%U", *(f"/var/lib/private/{name}" for name in folders))
    assert len(set(owners.split())) == 2
    fresh.gazelled("service", "uninstall", "--instance", "lab")
    assert fresh.unit("ActiveState", units[1]) == "inactive"
    assert fresh.unit("ActiveState", units[0]) == "active"


def test_a_group_may_use_the_control_socket(fresh: House) -> None:
    """A member of the documented group gets answers; another user is told what to do."""
    for command in commands("Install it"):
        fresh.run(command)
    fresh.run("useradd", "--create-home", "alice")
    refused = fresh.run("gazelled", "status", user="alice", check=False)
    assert refused.returncode != 0
    assert "is running" in refused.stderr
    assert "--control-group" in refused.stderr
    for command in commands("Let others use it"):
        fresh.run(command.partition("#")[0])
    fresh.until(
        lambda: fresh.run("gazelled", "status", user="alice", check=False).returncode == 0,
        "the answer to a member of the group",
    )
    assert json.loads(fresh.output("gazelled", "--json", "status", user="alice"))["running"]
    fresh.run("useradd", "bob")
    assert fresh.run("gazelled", "status", user="bob", check=False).returncode != 0
    assert fresh.run("cat", "/etc/gazelled/secrets/phone", user="alice", check=False).returncode


def test_a_service_of_a_user(fresh: House) -> None:
    """Without root but for the linger: installed, watched, reloaded and removed as documented."""
    fresh.run("python3", "-m", "venv", "/opt/gazelled")
    fresh.run("/opt/gazelled/bin/pip", "install", "--quiet", "gazelled")
    fresh.run("ln", "-s", "/opt/gazelled/bin/gazelled", "/usr/local/bin/")
    fresh.run("useradd --create-home --shell /bin/bash alice && loginctl enable-linger alice")
    number = fresh.output("id -u alice")
    fresh.until(lambda: not fresh.run(f"test -S /run/user/{number}/bus", check=False).returncode,
                "the manager of the user")  # fmt: skip
    fresh.run("chmod a+r /run/phone /run/tracker-token")

    def typed(line: str) -> str:
        where = f"HOME=/home/alice USER=alice XDG_RUNTIME_DIR=/run/user/{number}"
        return fresh.output("env", *where.split(), "bash", "-euc", line, user="alice")

    _pipx, init, install, linger = commands("Install it", 1)
    typed(init)
    assert linger.startswith("loginctl enable-linger")
    typed(install)
    fresh.until(lambda: len(fresh.messages()) > 1, "the first summary, after the test message")
    assert json.loads(typed("gazelled --json status"))["running"]
    assert "All is well" in typed("gazelled status")
    pid = typed("systemctl --user show --value --property MainPID gazelled")
    typed("gazelled watch pause data && systemctl --user reload gazelled")
    assert typed("systemctl --user show --value --property MainPID gazelled") == pid
    assert "✓ The service gazelled is active." in typed("gazelled doctor 2>&1")
    typed("gazelled service uninstall --user")
    assert typed("find ~/.config/systemd -name 'gazelled*'") == ""
    assert "gazelled.db" in typed("ls ~/.local/state/gazelled")
