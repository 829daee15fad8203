"""
docs/plugin-tutorial.md, done to the letter: in an empty folder, with the wheel of gazelled.

Its files are created and changed, and its commands typed in a shell, in the order of the document.
Each line that it shows beneath a command has to be in the output, where `…` stands for anything.
A command fails if and only if an error is shown.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.document_steps import CONSOLE, STEP, edited, squeezed, unseen_blocks
from tests.wheels import wheel

DOCUMENT = (Path(__file__).parents[1] / "docs" / "plugin-tutorial.md").read_text(encoding="utf-8")
COMMAND = re.compile(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
COLOUR = re.compile(r"\x1b\[[\d;]*m")
PATIENCE = 120
"""Seconds in which something that goes on in the background is ready."""


@dataclass
class Shell:
    """
    A person's shell, whose variables last from one command to the next.

    Attributes:
        folder: Where the person is.
        environ: The variables at the beginning.
        exports: The file of the variables that commands have set.
        background: What was begun with `&`.

    """

    folder: Path
    environ: dict[str, str]
    exports: Path
    background: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def types(self, command: str) -> tuple[int, str]:
        """Run a command to its end; return its exit code and what it printed."""
        line = f'. "{self.exports}"\n{command}\ncode=$?\nexport -p > "{self.exports}"\nexit $code'
        ended = subprocess.run(  # noqa: S603 - the commands of this project's own document
            ["/bin/bash", "-c", line],
            cwd=self.folder, env=self.environ, check=False, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return ended.returncode, ended.stdout

    def begins(self, command: str, shown: str) -> str:
        """Run a command in the background; return what it prints, until that is what is shown."""
        output = self.exports.with_name(f"output{len(self.background)}")
        with output.open("wb") as file:
            process = subprocess.Popen(  # noqa: S603 - likewise
                ["/bin/bash", "-c", f'. "{self.exports}"\nexec {command}'],
                cwd=self.folder, env=self.environ, stdout=file, stderr=file,
                start_new_session=True,
            )  # fmt: skip
        self.background.append(process)
        end = time.monotonic() + PATIENCE
        while missing(shown, output.read_text()) and time.monotonic() < end:
            assert process.poll() is None, output.read_text()
            time.sleep(0.1)
        return output.read_text()

    def ends(self) -> None:
        """End what goes on in the background."""
        for process in self.background:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)
            process.wait(PATIENCE)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """Return the shell of somebody who has a wheel and an empty folder."""
    folder, home = tmp_path / "empty", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    exports = tmp_path / "exports"
    exports.touch()
    environ = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("PIP_", "SSL_CERT_", "TMPDIR")) or name.lower().endswith("_proxy")
    } | {
        "PATH": os.pathsep.join((f"{sys.base_prefix}/bin", os.defpath)),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "COLUMNS": "200",
        "GAZELLED": str(wheel(tmp_path)),
    }
    for name in (".pip/pip.conf", ".config/pip/pip.conf"):
        real = Path.home() / name
        if real.is_file():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).symlink_to(real)
    person = Shell(folder, environ, exports)
    yield person
    person.ends()


def missing(shown: str, printed: str) -> list[str]:
    """Return the lines of those shown that were not printed; spaces and colours do not count."""
    squeezed_output = squeezed(COLOUR.sub("", printed))
    return [
        line
        for line in shown.splitlines()
        if not re.search(
            ".*?".join(re.escape(part) for part in squeezed(line).split("…")), squeezed_output
        )
    ]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_tutorial_from_nothing_to_a_package(shell: Shell) -> None:
    """Every file and every command, in an environment of its own."""
    typed = 0
    steps = [*STEP.finditer(DOCUMENT), *CONSOLE.finditer(DOCUMENT)]
    for step in sorted(steps, key=re.Match.start):
        if step.re is STEP:
            path = shell.folder / (step["new"] or step["file"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(edited(path.read_text() if path.exists() else "", step))
            continue
        for command, shown in COMMAND.findall(step[1]):
            if command.endswith(" &"):
                code, printed = 0, shell.begins(command.removesuffix(" &"), shown)
            else:
                code, printed = shell.types(command)
            assert (code != 0) == shown.startswith("error: "), f"{command}\n{printed}"
            assert not missing(shown, printed), f"{command}\n{printed}"
            typed += 1
    assert typed == len(re.findall(r"^\$ ", DOCUMENT, re.MULTILINE))


def test_every_block_of_the_tutorial_is_a_file_or_typed() -> None:
    """A block that the test doesn't see could say anything."""
    assert not unseen_blocks(DOCUMENT)
    for block in CONSOLE.findall(DOCUMENT):
        assert (
            "".join(f"$ {command}\n{shown}" for command, shown in COMMAND.findall(block)) == block
        )
