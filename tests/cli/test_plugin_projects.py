"""`gazelled plugins new` and `gazelled plugins test`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.wheels import wheel

from gazelled.cli.authoring.scaffold import HOOKS
from gazelled.cli.commands.plugins import plugins

if TYPE_CHECKING:
    from tests.cli.conftest import Person

PYRIGHT = ["pyright", "--pythonpath", sys.executable]

with_linters = pytest.mark.skipif(
    not all(map(find_spec, ("mypy", "pyright", "ruff"))),
    reason="they come with the extra `lint`; the test in a fresh environment installs them itself",
)


def tool(
    folder: Path, *command: str, path: Sequence[Path] = ()
) -> subprocess.CompletedProcess[str]:
    """Run a tool of this environment in a folder."""
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, path))}
    return subprocess.run(  # noqa: S603 - the tools of this environment
        [sys.executable, "-m", *command],
        cwd=folder, env=environ, check=False, text=True, capture_output=True,
    )  # fmt: skip


def install(project: Path, name: str, module: str, into: Path) -> list[Path]:
    """Offer a project's entry point as an installer does, and return where Python finds it."""
    info = into / f"{module}-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: gazelled-{name}\nVersion: 0.1.0\n"
    )
    (info / "entry_points.txt").write_text(f"[gazelled.plugins]\n{name} = {module}\n")
    return [project / "src", into]


def test_every_hook_can_be_chosen() -> None:
    """The option and the templates name the same."""
    option = next(one for one in plugins.commands["new"].params if one.name == "hook")
    assert [*getattr(option.type, "choices", ())] == [*HOOKS]


@with_linters
@pytest.mark.timeout(900)
async def test_each_single_file_passes_all_checks_unchanged(person: Person, tmp_path: Path) -> None:
    """Linters, types as strict as can be, and its tests; whatever it does."""
    for hook in HOOKS:
        name = f"my-{hook}"
        written = person.types("plugins", "new", name, "--hook", hook, "--single", "--to", tmp_path)
        assert written.code == 0, written.err
    tested = await person.asks("--json", "plugins", "test", tmp_path)
    checks = [*(f"load my-{hook}" for hook in sorted(HOOKS)), "ruff", "mypy", "pytest"]
    outcomes = [(check["check"], check["outcome"]) for check in tested.data]
    assert outcomes == [(check, "passed") for check in checks], tested.out
    for command in (
        ["ruff", "format", "--no-cache", "--check"],
        ["mypy", "--strict", "--cache-dir=/dev/null"],
        PYRIGHT,
    ):
        ended = tool(tmp_path, *command, ".")
        assert ended.returncode == 0, ended.stdout


@with_linters
@pytest.mark.timeout(900)
async def test_a_project_passes_its_own_checks_unchanged(person: Person, tmp_path: Path) -> None:
    """With the settings that it brings."""
    name, module = "lab-sheet", "lab_sheet"
    written = person.types("--json", "plugins", "new", name, "--to", tmp_path)
    assert written.code == 0, written.err
    project = tmp_path / name
    files = {str(Path(file).relative_to(project)) for file in written.data["files"]}
    assert {"pyproject.toml", f"src/{module}/py.typed", f"tests/test_{module}.py"} < files
    path = install(project, name, module, tmp_path / "site")
    tested = tool(project, "gazelled", "plugins", "test", "--json", path=path)
    assert tested.returncode == 0, tested.stdout
    for command in (["ruff", "format", "--no-cache", "--check"], PYRIGHT):
        ended = tool(project, *command, path=path)
        assert ended.returncode == 0, ended.stdout


def test_a_project_that_is_not_installed_says_how(person: Person, tmp_path: Path) -> None:
    """Its tests would test nothing."""
    person.types("plugins", "new", "lab-sheet", "--to", tmp_path)
    tested = person.types("plugins", "test", tmp_path / "lab-sheet")
    assert tested.code == 1
    assert f"✗ load lab-sheet: it is not installed: {sys.executable} -m pip install" in tested.err
    assert "- pytest: the plugin does not load" in tested.err


def test_nothing_is_overwritten(person: Person, tmp_path: Path) -> None:
    """Neither the plugin nor its test, and neither is written alone."""
    (tmp_path / "test_lab_sheet.py").write_text("mine")
    written = person.types("plugins", "new", "lab-sheet", "--single", "--to", tmp_path)
    assert written.code == 1
    assert "test_lab_sheet.py exists already" in written.err
    assert [file.name for file in tmp_path.iterdir()] == ["test_lab_sheet.py"]


@pytest.mark.parametrize(
    "name", ["Lab", "lab_sheet", "lab--sheet", "json", "class", "pydantic", "../x"]
)
def test_a_name_must_be_usable(person: Person, tmp_path: Path, name: str) -> None:
    """As a key of the config and as a module that hides no other."""
    written = person.types("plugins", "new", name, "--to", tmp_path)
    assert written.code == 1
    assert "name" in written.err
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("plugin", "test", "failed"),
    [
        ("import nothing_of_this_name\n", "def test_it() -> None: pass\n", "load own"),
        ("X = 1\n", "def test_it() -> None: pass\n", "load own"),
        (None, "def test_it() -> None:\n    assert not 1\n", "pytest"),
        (None, "", "pytest"),
        (None, None, "pytest"),
    ],
)
def test_what_fails_is_named(
    person: Person, tmp_path: Path, plugin: str | None, test: str | None, failed: str
) -> None:
    """A plugin that doesn't load, tests that fail, no tests."""
    person.types("plugins", "new", "own", "--single", "--to", tmp_path)
    if plugin is not None:
        (tmp_path / "own.py").write_text(plugin)
    (tmp_path / "test_own.py").unlink()
    if test is not None:
        (tmp_path / "test_own.py").write_text(test)
    tested = person.types("--json", "plugins", "test", tmp_path)
    assert tested.code == 1
    assert failed in [one["check"] for one in tested.data if one["outcome"] == "failed"]


def test_what_is_missing_is_named(person: Person, tmp_path: Path) -> None:
    """Without pytest nothing is tested; a linter may be missing."""
    person.types("plugins", "new", "own", "--single", "--to", tmp_path)
    hide = (
        "import sys, importlib.util as u\n"
        "real = u.find_spec\n"
        "tools = ('pytest', 'ruff', 'mypy')\n"
        "u.find_spec = lambda name, *a: None if name in tools else real(name, *a)\n"
        "from gazelled.cli import main\n"
        f"sys.argv = ['gazelled', 'plugins', 'test', {str(tmp_path)!r}]\n"
        "main()\n"
    )
    command = [sys.executable, "-c", hide]
    ended = subprocess.run(command, check=False, text=True, capture_output=True)  # noqa: S603 - our own program
    assert ended.returncode == 1
    assert (
        f"✗ pytest: pytest is not installed: {sys.executable} -m pip install pytest" in ended.stderr
    )
    assert "- mypy: mypy is not installed" in ended.stderr


def test_a_folder_without_plugins_is_an_error(person: Person, tmp_path: Path) -> None:
    """It says what was looked for."""
    tested = person.types("plugins", "test", tmp_path)
    assert tested.code == 1
    assert 'nor a pyproject.toml with the entry points "gazelled.plugins"' in tested.err


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_project_passes_in_a_fresh_environment(tmp_path: Path) -> None:
    """Against the wheel, installed as its README says."""
    environment = tmp_path / "env"

    def runs(*command: str | Path, cwd: Path = tmp_path) -> None:
        ended = subprocess.run(command, cwd=cwd, check=False, text=True, capture_output=True)  # noqa: S603 - pip and gazelled
        assert ended.returncode == 0, ended.stdout + ended.stderr

    python = environment / "bin" / "python"
    runs(sys.executable, "-m", "venv", environment)
    runs(environment / "bin" / "pip", "install", "-q", wheel(tmp_path))
    projects = [tmp_path / f"my-{hook}" for hook in HOOKS]
    for hook, project in zip(HOOKS, projects, strict=True):
        runs(environment / "bin" / "gazelled", "plugins", "new", project.name, "--hook", hook)
    editable = [part for project in projects for part in ("-e", f"{project}[test]")]
    runs(environment / "bin" / "pip", "install", "-q", *editable)
    for project in projects:
        runs(environment / "bin" / "gazelled", "plugins", "test", cwd=project)
        runs(environment / "bin" / "pyright", "--pythonpath", python, cwd=project)
