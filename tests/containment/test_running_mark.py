"""Whose code ran at a crash is known afterwards, and whoever is blamed too often is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.containment.conftest import LONG

from gazelled.containment.contained_plugin import ContainedPlugin
from gazelled.containment.exclusions import CRASHES_AT_DELIVERIES, Exclusions
from gazelled.containment.running_mark import (
    MARK,
    Crash,
    LoopHolder,
    RunningCode,
    RunningMark,
    read_holder,
    read_running,
)

BAD = RunningCode("bad", "answered")


def crashed(folder: Path) -> Crash | None:
    """Return what the next process reads, while this one still marks."""
    copy = folder / "copy"
    copy.mkdir(exist_ok=True)
    (copy / "running").write_bytes((folder / "running").read_bytes())
    mark = RunningMark()
    crash = mark.open(copy)
    mark.close()
    return crash


@pytest.fixture
def mark(tmp_path: Path) -> Iterator[RunningMark]:
    """Return a mark in a folder."""
    made = RunningMark()
    assert made.open(tmp_path) is None
    yield made
    made.close()


def test_whose_code_runs_is_read_after_a_crash(tmp_path: Path, mark: RunningMark) -> None:
    """The innermost call in the event loop; nobody's when none is marked or all ended well."""
    assert crashed(tmp_path) == Crash(())
    with mark.running("bad", "answered"):
        with mark.running("good", "prepare lab"):
            assert crashed(tmp_path) == Crash((RunningCode("good", "prepare lab"),))
        assert read_running(tmp_path) == "bad"
        assert crashed(tmp_path) == Crash((BAD,))
    assert read_running(tmp_path) == ""
    mark.close()
    assert crashed(tmp_path) is None
    assert mark.open(tmp_path) is None


def test_threads_are_blamed_when_the_loop_is_not(tmp_path: Path) -> None:
    """What runs in the event loop is likelier."""
    plugin, seen = ContainedPlugin("thread"), []
    assert MARK.open(tmp_path) is None
    try:
        plugin.submit(lambda: seen.append(crashed(tmp_path)), "answered").result(LONG)
    finally:
        MARK.close()
    assert seen == [Crash((RunningCode("thread", "answered"),))]
    mark = RunningMark()
    assert mark.open(tmp_path) is None
    with mark._running_in_thread("thread", "deliver to lab"):
        assert crashed(tmp_path) == Crash((RunningCode("thread", "deliver to lab"),))
        with mark.running("bad", "answered"):
            assert crashed(tmp_path) == Crash((BAD,))
    assert crashed(tmp_path) == Crash(())
    mark.close()


def test_a_restart_of_the_machine_is_no_crash(tmp_path: Path, mark: RunningMark) -> None:
    """Nobody's code is to blame for it."""
    with mark.running("bad", "answered"):
        content = (tmp_path / "running").read_bytes()
    boot = content[:128].rstrip(b"\0")
    (tmp_path / "running").write_bytes(content.replace(boot, b"x" * len(boot)))
    assert crashed(tmp_path) is None


def test_one_process_marks_at_a_time(tmp_path: Path, mark: RunningMark) -> None:
    """A second one blames nobody, and changes nothing."""
    second = RunningMark()
    with mark.running("bad", "answered"):
        assert second.open(tmp_path) is None
        with second.running("good", "answered"):
            assert read_running(tmp_path) == "bad"
        second.close()
        assert crashed(tmp_path) == Crash((BAD,))


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.write_text("x")])
def test_a_file_that_is_none_is_no_trouble(tmp_path: Path, make: Callable[[Path], object]) -> None:
    """Whatever stands in its place."""
    make(tmp_path / "running")
    mark = RunningMark()
    assert mark.open(tmp_path) in {None, Crash(())}
    with mark.running("bad", "answered"):
        assert read_holder(tmp_path / "nowhere") is None
    mark.close()


def test_who_holds_the_loop_is_read_by_others(tmp_path: Path, mark: RunningMark) -> None:
    """And since when."""
    assert read_holder(tmp_path) is None
    mark.hold("bad", datetime(2026, 11, 30, 20, tzinfo=UTC))
    assert read_holder(tmp_path) == LoopHolder("bad", "2026-11-30T20:00:00+00:00")
    mark.hold("")
    assert read_holder(tmp_path) is None


def test_three_crashes_in_a_row_exclude_a_plugin(tmp_path: Path) -> None:
    """In a row: a crash of another one, and a good end, begin anew."""
    for crash in [Crash((BAD,)), Crash((BAD,)), Crash(()), Crash((BAD,)), Crash((BAD,))]:
        Exclusions(tmp_path).crashed(crash)
    assert Exclusions(tmp_path).excluded == {}
    Exclusions(tmp_path).ended_well()
    for _ in range(3):
        assert Exclusions(tmp_path).excluded == {}
        Exclusions(tmp_path).crashed(Crash((BAD,)))
    reasons = {name: row.reason for name, row in Exclusions(tmp_path).excluded.items()}
    text = "its code was running when gazelled crashed, 3 times in a row (answered)"
    assert reasons == {"bad": text}
    assert Exclusions(tmp_path).enable("bad")
    assert not Exclusions(tmp_path).enable("bad")
    assert Exclusions(tmp_path).excluded == {}


def test_deliveries_that_crash_are_paused_first(tmp_path: Path) -> None:
    """The message after three and the target after six; only then the plugin is left out."""
    crash = Crash((RunningCode("bad", "deliver to lab"),))
    for _ in range(CRASHES_AT_DELIVERIES - 1):
        Exclusions(tmp_path).crashed(crash)
    assert Exclusions(tmp_path).excluded == {}
    Exclusions(tmp_path).crashed(crash)
    assert [*Exclusions(tmp_path).excluded] == ["bad"]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"crashes": {"a": "x"}, "excluded": {}}'])
def test_a_broken_file_leaves_nobody_out(tmp_path: Path, content: str) -> None:
    """It is written anew."""
    (tmp_path / "plugins.json").write_text(content)
    exclusions = Exclusions(tmp_path)
    assert exclusions.excluded == {}
    exclusions.exclude("bad", "why")
    assert [*Exclusions(tmp_path).excluded] == ["bad"]
