"""Global options, exit codes, and words about trouble."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Never

import pytest

from gazelled.cli.entry import run

HEAVY = """\
import sys
from gazelled.cli.entry import run
code = run([{argument!r}], {{}})
heavy = sorted({{"aiohttp", "pydantic", "apscheduler", "structlog"}} & sys.modules.keys())
sys.exit(f"imported {{heavy}}" if heavy else code)
"""


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_import_nothing_heavy(argument: str) -> None:
    """They answer at once."""
    program = HEAVY.format(argument=argument)
    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_help_names_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts can rely on them."""
    assert run(["--help"], {}) == 0
    told = capsys.readouterr().out
    assert [code for code in (*range(7), 130) if f"  {code} " in told] == [*range(7), 130]


def test_every_command_has_a_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Each one that is listed can be imported."""
    commands = [
        "init",
        "check",
        "run",
        "demo",
        "status",
        "call",
        "watch",
        "target",
        "resume",
        "stop",
    ]
    assert [run([command, "--help"], {}) for command in commands] == [0] * len(commands)
    assert "Usage: gazelled stop" in capsys.readouterr().out


def test_a_group_without_a_command_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Readable, line by line, to the end of each sentence."""
    run(["target"], {})
    output = capsys.readouterr()
    lines = (output.out + output.err).splitlines()
    assert lines[0].startswith("Usage: gazelled target")
    assert "Commands:" in lines
    commands = " ".join(" ".join(lines[lines.index("Commands:") :]).split())
    assert "beside the config, checked with the config first. check" in commands
    assert "..." not in commands


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["chek"], 'error: there is no command "chek"; did you mean "check"?'),
        (["xyzzy"], 'error: there is no command "xyzzy". See gazelled --help.'),
        (["--stat", "x"], "error: No such option"),
        (["call"], "error: Missing argument 'ACTION'. See gazelled call --help."),
        (
            ["do", "bookmark"],
            "Choose from: group, artist, request. See gazelled do bookmark --help.",
        ),
        (["demo", "--for", "soon"], "expected a duration"),
    ],
)
def test_a_mistyped_command_line_is_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    """It says what was meant, and the exit code says who has to act."""
    assert run(arguments, {}) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert words in told.err


def test_without_a_config_the_next_step_is_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Bare `gazelled` leads on."""
    assert run([], {"HOME": str(tmp_path)}) == 0
    assert "Next: gazelled init" in capsys.readouterr().err


class Worn(dict[str, str]):
    """An environment that fails."""

    def get(self, key: str, default: object = None) -> Never:
        """Fail, and name what is nobody's business."""
        raise RuntimeError(f"{key}: authkey=canary0123456789 {default}")


@pytest.mark.parametrize(("arguments", "traces"), [(["status"], 0), (["--debug", "status"], 1)])
def test_what_nobody_expected_is_a_sentence_without_secrets(
    capsys: pytest.CaptureFixture[str], arguments: list[str], traces: int
) -> None:
    """A traceback is for those who ask for it."""
    assert run(arguments, Worn()) == 1
    told = capsys.readouterr().err
    assert told.count("Traceback") == traces
    assert told.splitlines()[-1].startswith("error: gazelled itself failed: RuntimeError: ")
    assert "canary" not in told


def test_a_missing_config_says_what_to_do(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """No traceback, but the command that writes one."""
    environ = {"HOME": str(tmp_path), "GAZELLED_CONFIG": str(tmp_path / "other.toml")}
    assert run(["check"], environ) == 2
    assert "other.toml: there is no such file; gazelled init writes one" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "into", "code", "words"),
    [
        ("actions", "| head -1 >/dev/null", 0, ""),
        ("actions", "| true", 0, ""),
        ("--help", "| true", 0, ""),
        ("--json actions", ">&-", 0, ""),
        ("actions browse", ">/dev/full", 1, "error: the output could not be written: "),
        ("--json actions", ">/dev/full", 1, "error: the output could not be written: "),
    ],
)
def test_whoever_reads_no_further_is_no_trouble(
    arguments: str, into: str, code: int, words: str
) -> None:
    """A closed pipe or output is silent; an output that is full is one sentence."""
    program = "from gazelled.cli import main; main()"
    ended = subprocess.run(  # noqa: S603 - our own program
        ["/bin/sh", "-c", f'"{sys.executable}" -c "{program}" {arguments} {into}'],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr.partition("written: ")[0]) == (
        code,
        words.partition("written: ")[0],
    )
    assert ended.stderr.count("\n") == bool(words)
