"""`gazelled service install` and `uninstall`: the real systemctl, on a tree that isn't booted."""

from __future__ import annotations

import os
import re
import shutil
import sys
import zipfile
from pathlib import Path

import pytest
from tests.systemd.test_units import ANALYZE, analyze
from tests.wheels import wheel

from gazelled.cli.entry import run
from gazelled.errors import GazelledError
from gazelled.service.systemd import program as programs
from gazelled.service.systemd.unit_files import Unit, files_of

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "systemd"
SCRIPT = Path(sys.executable).with_name("gazelled")

needs_systemd = pytest.mark.skipif(
    shutil.which("systemctl") is None
    or shutil.which("systemd-sysusers") is None
    or os.getuid() != 0,
    reason="systemctl and root are needed, to make the files of a system",
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return the root of a system."""
    for name in ("etc", "usr"):
        (tmp_path / "tree" / name).mkdir(parents=True)
    return tmp_path / "tree"


def service(*words: object) -> int:
    """Type a command of `gazelled service`."""
    return run(["service", *map(str, words)], {"HOME": "/nowhere"})


def files(tree: Path) -> set[str]:
    """Return the files and links in a tree, but for those of users and groups."""
    paths = (path for path in tree.rglob("*") if path.is_symlink() or path.is_file())
    names = {str(path.relative_to(tree / "etc")) for path in paths}
    users = {name + end for name in ("passwd", "shadow", "group", "gshadow") for end in ("", "-")}
    return names - users - {".pwd.lock"}


@needs_systemd
def test_install_writes_and_enables_and_can_be_repeated(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The unit starts this installation; a second time nothing is changed."""
    assert service("install", "--root", tree) == 0
    unit = tree / "etc" / "systemd" / "system" / "gazelled.service"
    assert f"\nExecStart={SCRIPT} run\n" in unit.read_text()
    assert f"\nExecReload={SCRIPT} reload\n" in unit.read_text()
    assert unit.stat().st_mode & 0o777 == 0o644
    assert f"Written: {unit}" in capsys.readouterr().err
    assert "systemd/system/multi-user.target.wants/gazelled.service" in files(tree)
    secrets = tree / "etc" / "gazelled" / "secrets"
    assert [path.stat().st_mode & 0o777 for path in (secrets.parent, secrets)] == [0o755, 0o700]
    before = files(tree)

    assert service("install", "--root", tree) == 0
    said = capsys.readouterr().err
    assert f"Unchanged: {unit}" in said
    assert "Written" not in said
    assert files(tree) == before


@needs_systemd
def test_uninstall_leaves_the_config_alone(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was written goes; what a person wrote stays, and a second time is no error."""
    config = tree / "etc" / "gazelled" / "config.toml"
    assert service("install", "--root", tree, "--control-group") == 0
    config.write_text("# mine\n")
    own = tree / "etc" / "systemd" / "system" / "gazelled.service.d" / "own.conf"
    own.parent.mkdir(exist_ok=True)
    own.write_text("[Service]\n")
    assert service("uninstall", "--root", tree) == 0
    assert files(tree) == {"gazelled/config.toml", "systemd/system/gazelled.service.d/own.conf"}
    capsys.readouterr()
    assert service("uninstall", "--root", tree) == 0
    assert "neither enabled nor running" in capsys.readouterr().err


@needs_systemd
def test_instances_share_a_unit_until_the_last_is_gone(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is enabled by its name."""
    for name in ("lab", "home"):
        assert service("install", "--root", tree, "--instance", name) == 0
    wants = "systemd/system/multi-user.target.wants"
    enabled = {f"{wants}/gazelled@lab.service", f"{wants}/gazelled@home.service"}
    assert enabled < files(tree)
    assert (tree / "etc" / "gazelled" / "lab" / "secrets").is_dir()
    assert service("uninstall", "--root", tree, "--instance", "lab") == 0
    assert "Kept for gazelled@home.service" in capsys.readouterr().err
    assert "systemd/system/gazelled@.service" in files(tree)
    assert service("uninstall", "--root", tree, "--instance", "home") == 0
    assert files(tree) == set()


@needs_systemd
def test_a_group_may_get_the_control_socket(tree: Path) -> None:
    """The group is made, and a drop-in hands it the runtime folder; once asked for, it stays."""
    for more in (["--control-group"], []):
        assert service("install", "--root", tree, *more) == 0
        assert re.search(r"(?m)^gazelled-control:", (tree / "etc" / "group").read_text())
        drop_in = tree / "etc/systemd/system/gazelled.service.d/control-group.conf"
        assert {"DynamicUser=no", "Group=gazelled-control", "RuntimeDirectoryMode=0750"} < {
            *drop_in.read_text().splitlines()
        }


@needs_systemd
def test_the_user_of_an_instance_is_its_own(tree: Path) -> None:
    """A group needs a fixed user; no instance gets that of another."""
    for more in ([], ["--instance", "lab"]):
        assert service("install", "--root", tree, "--control-group", *more) == 0
    users = re.findall(
        r"(?m)^(gazelled\S*?):.*:(/var/lib/\S+?):", (tree / "etc/passwd").read_text()
    )
    assert users == [
        ("gazelled", "/var/lib/gazelled"),
        ("gazelled-lab", "/var/lib/gazelled-lab"),
    ]


@needs_systemd
def test_the_service_can_read_the_config_and_nobody_the_secrets(tree: Path) -> None:
    """What `init` writes as root is root's alone."""
    folder = tree / "etc" / "gazelled"
    (folder / "conf.d").mkdir(parents=True, mode=0o700)
    (folder / "secrets").mkdir(mode=0o700)
    read = [folder / "config.toml", folder / "conf.d" / "mice.toml"]
    for path in (*read, folder / "secrets" / "tracker-token"):
        path.write_text("")
        path.chmod(0o600)
    folder.chmod(0o700)
    assert service("install", "--root", tree, "--no-start") == 0
    assert [path.stat().st_mode & 0o777 for path in read] == [0o644, 0o644]
    modes = [path.stat().st_mode & 0o777 for path in (folder, folder / "conf.d")]
    assert modes == [0o755, 0o755]
    secret = folder / "secrets" / "tracker-token"
    assert [path.stat().st_mode & 0o777 for path in (secret, secret.parent)] == [0o600, 0o700]


@needs_systemd
def test_a_unit_of_ones_own_is_kept(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is moved aside, and said; what isn't gazelled's is not removed."""
    unit = tree / "etc" / "systemd" / "system" / "gazelled.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("# mine\n")
    assert service("install", "--root", tree) == 0
    assert unit.with_name("gazelled.service.old").read_text() == "# mine\n"
    assert "Kept what was there:" in capsys.readouterr().err
    unit.write_text(unit.read_text().partition("\n")[2])  # without gazelled's line
    assert service("uninstall", "--root", tree) == 0
    assert unit.exists()


@needs_systemd
def test_what_was_kept_before_stays(tree: Path) -> None:
    """A second unit of one's own takes another name than the first."""
    unit = tree / "etc" / "systemd" / "system" / "gazelled.service"
    unit.parent.mkdir(parents=True)
    for text in ("# first\n", "# second\n"):
        unit.write_text(text)
        assert service("install", "--root", tree) == 0
    kept = {file.name: file.read_text() for file in unit.parent.glob("*.old*")}
    assert kept == {"gazelled.service.old": "# first\n", "gazelled.service.old1": "# second\n"}


@needs_systemd
@pytest.mark.parametrize("name", ["gazelled@.service", "gazelled@lab.service"])
def test_a_masked_unit_stays_masked(
    tree: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody meant that nothing starts it, so nothing is written; how to end that is said."""
    unit = tree / "etc" / "systemd" / "system" / name
    unit.parent.mkdir(parents=True)
    unit.symlink_to("/dev/null")
    assert service("install", "--root", tree, "--instance", "lab") == 1
    assert f"--root {tree} unmask {name}" in capsys.readouterr().err
    assert [file.name for file in unit.parent.iterdir()] == [name]


@pytest.mark.skipif(Path("/run/systemd/system").exists(), reason="systemd runs here")
@pytest.mark.parametrize("whose", [[], ["--user"]])
def test_without_systemd_it_is_refused(
    capsys: pytest.CaptureFixture[str], whose: list[str]
) -> None:
    """With what else there is."""
    assert service("install", *whose) == 1
    said = capsys.readouterr().err
    assert re.search(r"error: (there is no systemd here|systemd doesn't run here)", said)
    assert "gazelled run" in said


@pytest.mark.parametrize("name", ["Lab", "secrets", "a/b", "x" * 23, "-x"])
def test_a_name_that_cannot_be_is_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is written."""
    assert run(["--instance", name, "status"], {"HOME": "/nowhere"}) == 2
    assert "is no name of an instance" in capsys.readouterr().err
    assert service("install", "--instance", name) == 2


@pytest.mark.parametrize(
    ("path", "words"),
    [("/home/me/.venv/bin/python", "doesn't see"), ("/tmp/x/bin/python", "doesn't see")],  # noqa: S108 - no file is made
)
def test_a_program_that_a_service_cannot_see_is_refused(
    monkeypatch: pytest.MonkeyPatch, path: str, words: str
) -> None:
    """ProtectHome= and PrivateTmp= hide it."""
    monkeypatch.setattr(sys, "executable", path)
    with pytest.raises(GazelledError, match=words):
        programs.require_reachable()


def test_a_program_in_a_closed_folder_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The service has a user of its own."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    (folder / "python").touch(mode=0o755)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setattr(programs, "_HIDDEN", ())
    with pytest.raises(GazelledError, match=r"is closed to other users. Open it: chmod a\+rX"):
        programs.require_reachable()


@pytest.mark.skipif(not ANALYZE, reason="systemd-analyze isn't installed")
@pytest.mark.parametrize("name", ["plain", "with space", "100%"])
def test_any_path_stands_in_the_unit(tmp_path: Path, name: str) -> None:
    """The path is quoted as systemd reads it."""
    script = tmp_path / name / "gazelled"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    written = files_of(Unit(), [str(script)], control_group=False, version=252)
    unit = tmp_path / "gazelled.service"
    unit.write_text(written["systemd/system/gazelled.service"])
    done = analyze(tmp_path, "verify", "--system", "--man=no", "--recursive-errors=no", str(unit))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    script.unlink()
    done = analyze(tmp_path, "verify", "--system", "--man=no", "--recursive-errors=no", str(unit))
    assert str(script) in done.stderr


@pytest.mark.parametrize(("version", "steps"), [(0, False), (252, False), (254, True), (257, True)])
def test_pauses_grow_where_systemd_can(version: int, steps: bool) -> None:  # noqa: FBT001 - a column
    """Earlier ones would warn of the keys."""
    written = files_of(Unit(instance="lab"), ["/g"], control_group=False, version=version)
    assert any(name.endswith("restart-steps.conf") for name in written) is steps


@pytest.mark.slow
def test_the_wheel_has_the_same_files(tmp_path: Path) -> None:
    """They stand in systemd/, once."""
    with zipfile.ZipFile(wheel(tmp_path)) as content:
        inside = {
            name.removeprefix("gazelled/systemd/"): content.read(name).decode()
            for name in content.namelist()
            if name.startswith("gazelled/systemd/")
        }
    assert inside == {
        str(path.relative_to(UNITS)): path.read_text()
        for path in UNITS.rglob("*")
        if path.is_file()
    }
