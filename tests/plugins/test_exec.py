"""Programs of the user's: what they get, how they end, and what they leave behind."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from gazelled.plugin import GiveUp, RetryLater, TargetFault
from gazelled.testing.plugin_kit import PluginKit
from gazelled_plugins.exec.program import MOST_OUTPUT, Ended, run

LONG = 120.0
"""Seconds that no program here takes."""


def shell(script: str) -> list[str]:
    """Return the command that runs a script, as a user may write it."""
    return ["sh", "-c", script]


def python(code: str) -> list[str]:
    """Return the command that runs a program in this Python."""
    return [sys.executable, "-c", code]


async def ran(
    command: list[str], folder: Path, *, content: bytes = b"", limit: float = LONG
) -> Ended:
    """Run a program with a short patience for what it leaves behind."""
    return await run(
        command,
        content=content,
        environment={"PATH": os.environ["PATH"]},
        folder=folder,
        limit=limit,
        grace=0.5,
    )


def is_running(pid: int) -> bool:
    """Return whether a process runs; one that has ended and that nobody waits for does not."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return text.rpartition(")")[2].split()[0] not in "ZX"


def is_reaped(number: str) -> bool:
    """Return whether nothing is left of a process, not even a zombie."""
    return not Path("/proc", number.strip()).exists()


def open_files() -> int:
    """Return how many files this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a state of another process."""
    while not condition():  # noqa: ASYNC110 - nothing reports it
        await asyncio.sleep(0.02)


async def until_ended(file: Path) -> None:
    """Wait until the process has ended whose number a program wrote to a file."""
    await until(lambda: is_written(file))
    await until(lambda: not is_running(int(file.read_text())))


def is_written(file: Path) -> bool:
    """Return whether a program has written a line to a file."""
    return file.exists() and file.read_text().endswith("\n")


def test_it_gets_the_event_on_standard_input_and_facts_in_the_environment(
    gz: PluginKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are complete, and nothing else of the daemon's environment is there."""
    monkeypatch.setenv("TRACKER_TOKEN", "made-up")
    monkeypatch.setenv("LANG", "C.UTF-8")
    target = gz.target(
        "exec",
        command=shell("cat > input.json; env > environment"),
        environment={"PRINTER": SecretStr("hp")},
    )
    event = gz.event(title="S288C réads\n2", items=(gz.item("S288C", id="63"),))
    target.deliver(event)

    data = json.loads((target.folder / "input.json").read_text())
    assert (data["version"], data["event_key"], data["items"][0]["id"]) == (1, event.key, "63")
    lines = (target.folder / "environment").read_text(encoding="utf-8").splitlines()
    environment = dict(line.split("=", 1) for line in lines if "=" in line)
    assert environment["GAZELLED_EVENT"] == event.key
    assert environment["GAZELLED_KIND"] == "new"
    assert environment["GAZELLED_WATCH"] == "yeast"
    assert environment["GAZELLED_TITLE"] == "S288C réads"
    assert environment["GAZELLED_ITEM"] == "63"
    assert environment["GAZELLED_DELIVERY"] == data["id"]
    assert environment["GAZELLED_TARGET"] == data["target"] == "target"
    assert (environment["PRINTER"], environment["LANG"]) == ("hp", "C.UTF-8")
    assert Path(environment["PWD"]).resolve() == target.folder.resolve()
    assert "TRACKER_TOKEN" not in environment


@pytest.mark.parametrize(
    ("codes", "outcome"),
    [
        ((*range(64, 75), 76, 77, 78), GiveUp),
        ((1, 2, 63, 75, 79, 126, 127, 255), RetryLater),
    ],
)
def test_its_exit_code_decides(
    gz: PluginKit, codes: tuple[int, ...], outcome: type[Exception]
) -> None:
    """Those of sysexits.h are final but for EX_TEMPFAIL, and any other is tried again."""
    for code in codes:
        target = gz.target("exec", command=shell(f"echo why not >&2; exit {code}"))
        with pytest.raises(outcome, match=f"sh failed with exit code {code}: why not") as caught:
            target.deliver(gz.event())
        assert type(caught.value) is outcome


def test_a_signal_asks_for_another_try(gz: PluginKit) -> None:
    """It says nothing about the message."""
    target = gz.target("exec", command=shell("kill -SEGV $$"))
    with pytest.raises(RetryLater, match=r"sh was ended by SIGSEGV\."):
        target.deliver(gz.event())


def test_its_last_line_is_logged_and_secrets_are_not(gz: PluginKit) -> None:
    """One line, without control characters, cut, and without what the config calls a secret."""
    script = r'printf "first\nsecond \033[31m%s passkey=0123456789abcdef\n\n" "$KEY"; exit 1'
    target = gz.target(
        "exec", command=shell(script), environment={"KEY": SecretStr("hunter2-secret")}
    )
    with capture_logs() as logs, pytest.raises(RetryLater) as caught:
        target.deliver(gz.event())
    (entry,) = [entry for entry in logs if entry["event"] == "program.ended"]
    assert entry["code"] == 1
    for text in (entry["output"], str(caught.value)):
        assert "second [31m… passkey=[redacted]" in text
        assert "hunter2" not in text
        assert "first" not in text


def test_a_long_line_is_cut(gz: PluginKit) -> None:
    """An error stays readable."""
    target = gz.target("exec", command=python("print('x' * 100_000); raise SystemExit(1)"))
    with pytest.raises(RetryLater, match=r"xxx…$") as caught:
        target.deliver(gz.event())
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("content", ["", "#!/no/such/interpreter\n", "\x7fELF is this not"])
def test_a_program_that_cannot_be_started_is_a_fault_of_the_target(
    gz: PluginKit, tmp_path: Path, content: str
) -> None:
    """All of its events wait: missing, not executable, or without its interpreter."""
    program = tmp_path / "notify"
    if content:
        program.write_text(content)
        program.chmod(0o755)
    with pytest.raises(TargetFault, match="The program notify can't be started"):
        gz.target("exec", command=[str(program)]).deliver(gz.event())


def test_a_program_that_is_not_executable_is_named_by_check(gz: PluginKit, tmp_path: Path) -> None:
    """So is one that is missing; the daemon waits for both."""
    from gazelled_plugins.exec import Options  # noqa: PLC0415 - the plugin, as the kit loads it

    program = tmp_path / "notify"
    with pytest.raises(ValueError, match=f"command: {program} is no program"):
        Options(command=(str(program),)).check_thoroughly()
    program.write_text("#!/bin/sh\n")
    with pytest.raises(ValueError, match="is not executable: chmod"):
        Options(command=(str(program),)).check_thoroughly()
    with pytest.raises(TargetFault, match="Permission denied"):
        gz.target("exec", command=[str(program)]).deliver(gz.event())
    program.chmod(0o755)
    Options(command=(str(program),)).check_thoroughly()
    Options(command=("sh",)).check_thoroughly()
    with pytest.raises(ValueError, match='command: there is no program "no-such" in PATH'):
        Options(command=("no-such",)).check_thoroughly()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"command": "notify --new"}, r"expected a list .* there is no shell"),
        ({"command": []}, "command"),
        ({"command": ["", "x"]}, "expected the path or the name of a program"),
        ({"command": ["a\0b"]}, "expected the path or the name of a program"),
        ({"command": ["a"], "environment": {"API_KEY": "hunter2"}}, "do not put the secret"),
        ({"command": ["a"], "environment": {"A=B": "c"}}, "names of variables"),
        ({"command": ["a"], "environment": {"GAZELLED_X": "c"}}, "sets GAZELLED_X itself"),
        ({"command": ["a"], "environment": {"A": "c\0"}}, "no variable can hold"),
        ({}, "command"),
    ],
)
def test_a_mistake_in_the_options_says_what_to_write(
    gz: PluginKit, options: dict[str, Any], problem: str
) -> None:
    """Before anything runs."""
    with pytest.raises(ValueError, match=problem):
        gz.target("exec", **options)


def test_a_relative_path_is_from_the_folder_of_the_config(
    gz: PluginKit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not from the working directory, which is the target's folder."""
    monkeypatch.chdir(tmp_path)
    program = tmp_path / "bin" / "notify"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "$1" > argument\n')
    program.chmod(0o755)
    target = gz.target("exec", command=["bin/notify", "$HOME; `x`"])
    target.deliver(gz.event())
    assert (target.folder / "argument").read_text() == "$HOME; `x`\n"


@pytest.mark.parametrize(
    ("script", "last_line"),
    [
        ("trap 'echo cleaned; exit 3' TERM; sleep 1000 & echo $! > child; wait", "cleaned"),
        ("trap '' TERM; sh -c 'echo $$ > child; while :; do sleep 0.1; done' & wait", ""),
    ],
    ids=["cleans up", "ignores SIGTERM"],
)
async def test_it_is_ended_at_the_limit_with_all_that_it_has_started(
    tmp_path: Path, script: str, last_line: str
) -> None:
    """SIGTERM first, so that it can clean up; then SIGKILL, which nothing can ignore."""
    over = await ran(shell(script), tmp_path, limit=1.0)
    if not is_written(tmp_path / "child"):  # a busy machine needs longer to start it
        over = await ran(shell(script), tmp_path, limit=60.0)
    assert over == Ended(None, last_line)
    await until_ended(tmp_path / "child")


def test_the_limit_is_that_of_the_target(gz: PluginKit) -> None:
    """The event is delivered again, with the same id."""
    target = gz.target("exec", command=shell("echo waiting; exec sleep 1000"))
    target.timeout = 0.5
    with pytest.raises(RetryLater, match=r"took longer than 0\.5 s"):
        target.deliver(gz.event())


async def test_children_that_it_leaves_behind_are_ended(tmp_path: Path) -> None:
    """Otherwise each event would leave some; the result is that of the program."""
    result = await ran(shell("sleep 1000 & echo $! > child; echo done"), tmp_path)
    assert result == Ended(0, "done")
    await until_ended(tmp_path / "child")


async def test_a_daemon_that_it_starts_may_stay_and_hold_its_output(tmp_path: Path) -> None:
    """What has made a session of its own was meant to stay; nothing waits for it."""
    code = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    open('daemon', 'w').write(f'{os.getpid()}\\n')\n"
        "    time.sleep(1000)\n"
        "while not os.path.exists('daemon'): time.sleep(0.01)\n"
        "print('started', flush=True)\n"
    )
    result = await ran(python(code), tmp_path)
    await until(lambda: is_written(tmp_path / "daemon"))
    daemon = int((tmp_path / "daemon").read_text())
    try:
        assert result == Ended(0, "started")
        assert is_running(daemon)
    finally:
        with suppress(ProcessLookupError):
            os.kill(daemon, signal.SIGKILL)
    await until_ended(tmp_path / "daemon")


async def test_input_that_is_not_read_and_output_that_is_large_are_no_trouble(
    tmp_path: Path,
) -> None:
    """It may close its input at once, read a part of it, and print more than a pipe holds."""
    large = b"x" * (4 << 20)
    assert await ran(shell("exec <&-; echo closed"), tmp_path, content=large) == Ended(0, "closed")
    assert (await ran(shell("head -c 3"), tmp_path, content=large)).last_line == "xxx"
    counted = await ran(shell("wc -c"), tmp_path, content=large)
    assert int(counted.last_line) == len(large)
    printed = python("for _ in range(80): print('y' * 100_000)\nprint('the end')")
    assert await ran(printed, tmp_path) == Ended(0, "the end")


async def test_output_without_an_end_stops_to_be_read(tmp_path: Path) -> None:
    """It waits for its time limit, and costs nothing meanwhile."""
    code = (
        "import os\n"
        "size = 0\n"
        "while True:\n"
        "    size += os.write(1, b'z' * 65536)\n"
        "    os.pwrite(os.open('size', os.O_CREAT | os.O_WRONLY), b'%020d' % size, 0) "
        f"if size > {MOST_OUTPUT} else None\n"
    )
    result = await ran(python(code), tmp_path, limit=4.0)
    assert result.code is None
    size = tmp_path / "size"
    assert not size.exists() or int(size.read_text()) < 2 * MOST_OUTPUT


async def test_a_daemon_that_stops_leaves_no_program_behind(tmp_path: Path) -> None:
    """The event is delivered again after the restart."""
    script = "trap '' TERM; echo $$ > pid; while :; do sleep 0.1; done"
    task = asyncio.create_task(ran(shell(script), tmp_path))
    await until(lambda: is_written(tmp_path / "pid"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until_ended(tmp_path / "pid")
    assert is_reaped((tmp_path / "pid").read_text())


async def test_nothing_is_left_of_many_runs(tmp_path: Path) -> None:
    """No zombie, no open file."""
    await ran(shell("true"), tmp_path)
    before = open_files()
    for _ in range(20):
        result = await ran(shell("echo $$"), tmp_path)
        assert is_reaped(result.last_line)
    with pytest.raises(FileNotFoundError):
        await ran([str(tmp_path / "none")], tmp_path)
    await asyncio.sleep(0)
    assert open_files() <= before


def test_the_preview_shows_what_it_would_get(gz: PluginKit, tmp_path: Path) -> None:
    """The command, its variables without secrets, the input; and nothing runs."""
    marker = tmp_path / "ran"
    target = gz.target(
        "exec",
        command=["touch", str(marker)],
        environment={"KEY": SecretStr("hunter2-secret"), "TRAY": "2"},
    )
    shown = target.preview(gz.event(title="S288C"))
    command, *variables, content = shown.splitlines()
    assert command == shlex.join(["touch", str(marker)])
    assert {"KEY=…", "TRAY=2", "GAZELLED_KIND=new", "GAZELLED_TITLE=S288C"} <= set(variables)
    assert json.loads(content)["title"] == "S288C"
    assert "hunter2" not in shown
    assert not marker.exists()


def test_a_check_looks_for_the_program_and_does_not_run_it(gz: PluginKit, tmp_path: Path) -> None:
    """One that isn't there is a fault of the target."""
    ran_file = tmp_path / "ran"
    assert gz.target("exec", command=shell(f"touch {ran_file}")).check()
    assert not ran_file.exists()
    with pytest.raises(TargetFault, match='no program "no-such-program"'):
        gz.target("exec", command=["no-such-program"]).check()
