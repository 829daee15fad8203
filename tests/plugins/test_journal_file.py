"""The file of the journal: rotated, shared, killed, torn, and on a full disk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gazelled.plugin import TargetFault
from gazelled.testing.plugin_kit import PluginKit
from gazelled_plugins.journal_file import TAIL, JournalFile, Rotation

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NEVER = Rotation(1 << 40, None, None)

APPEND = """
import json, sys
from datetime import UTC, datetime
from pathlib import Path
from gazelled_plugins.journal_file import JournalFile, Rotation
path, first, last, size = Path(sys.argv[1]), *map(int, sys.argv[2:])
file = JournalFile(path)
for number in range(first, last):
    line = json.dumps({"key": f"k{number}", "text": "x" * (number % 700)}).encode()
    file.append(f"k{number}", line, Rotation(size, None, None), datetime.now(UTC))
    print(number, flush=True)
"""
"""A process that appends lines of different lengths, and prints each when it is on the disk."""


def appending(path: Path, first: int, last: int, size: int = 1 << 40) -> subprocess.Popen[str]:
    """Start a process that appends lines."""
    return subprocess.Popen(  # noqa: S603 - this Python, with the code above
        [sys.executable, "-c", APPEND, str(path), str(first), str(last), str(size)],
        stdout=subprocess.PIPE,
        text=True,
    )


def line(key: str, **values: object) -> bytes:
    """Return a line with a key."""
    return json.dumps({"key": key, **values}).encode()


def keys(*paths: Path) -> list[str]:
    """Return the keys of all lines, each of which must be whole."""
    return [json.loads(line)["key"] for path in paths for line in path.read_text().splitlines()]


def all_files(path: Path) -> list[Path]:
    """Return the files of a journal, the oldest first."""
    return [*sorted(path.parent.glob(f"{path.stem}-*{path.suffix}")), path]


def test_it_is_rotated_by_size_and_nothing_is_lost(tmp_path: Path) -> None:
    """Each file is small enough, the order is that of the names, and each key stands once."""
    path = tmp_path / "journal.jsonl"
    file = JournalFile(path)
    for number in range(100):
        assert file.append(f"k{number}", line(f"k{number}"), Rotation(200, None, None), NOW)
        assert not file.append(f"k{number}", line(f"k{number}"), Rotation(200, None, None), NOW)
    assert keys(*all_files(path)) == [f"k{number}" for number in range(100)]
    assert len(all_files(path)) > 5
    assert all(0 < file.stat().st_size <= 200 for file in all_files(path))
    assert all_files(path)[0].name == "journal-000001.jsonl"


def test_a_line_that_is_longer_than_a_file_may_be_is_written(tmp_path: Path) -> None:
    """It has a file of its own."""
    path = tmp_path / "journal.jsonl"
    file = JournalFile(path)
    for key in ("a", "b" * 500, "c"):
        assert file.append(key, line(key), Rotation(200, None, None), NOW)
    assert [len(keys(each)) for each in all_files(path)] == [1, 1, 1]


def test_it_is_rotated_by_age_that_is_counted_over_restarts(tmp_path: Path) -> None:
    """The age is that of the first line, and not of its event, which may be older."""
    path = tmp_path / "journal.jsonl"
    weekly = Rotation(1 << 40, 7 * 86_400, None)
    for days in (0, 3, 6, 8, 9, 16):
        moment = NOW + timedelta(days=days)
        text = line(f"day{days}", recorded=moment.isoformat(), at="2020-01-01T00:00:00+00:00")
        JournalFile(path).append(f"day{days}", text, weekly, moment)
    assert [keys(each) for each in all_files(path)] == [
        ["day0", "day3", "day6"],
        ["day8", "day9"],
        ["day16"],
    ]


def test_the_oldest_files_go_if_the_user_says_so(tmp_path: Path) -> None:
    """What others put beside them stays, and the numbers go on."""
    path = tmp_path / "journal.jsonl"
    stranger = tmp_path / "journal-old.jsonl"
    stranger.write_text("mine")
    for number in range(30):
        JournalFile(path).append(f"k{number}", line(f"k{number}"), Rotation(40, None, 3), NOW)
    names = sorted(each.name for each in tmp_path.iterdir() if each != stranger)
    assert len(names) == 4
    assert names[-1] == "journal.jsonl"
    assert int(names[0][8:14]) > 6
    assert stranger.read_text() == "mine"


def test_a_key_of_the_file_before_is_known_after_a_restart(tmp_path: Path) -> None:
    """Whoever moved it away: gazelled, or logrotate under a name of its own."""
    for name in ("journal-000007.jsonl", "journal.jsonl.1"):
        folder = tmp_path / name
        folder.mkdir()
        path = folder / "journal.jsonl"
        JournalFile(path).append("a", line("a"), NEVER, NOW)
        path.rename(folder / name)
        assert not JournalFile(path).append("a", line("a"), NEVER, NOW)


def test_logrotate_may_move_it_away_or_empty_it(tmp_path: Path) -> None:
    """Both of its ways: a new file is begun, and what was written is not written again."""
    path = tmp_path / "journal.jsonl"
    file = JournalFile(path)
    file.append("a", line("a"), NEVER, NOW)
    path.rename(tmp_path / "journal.jsonl.1")
    file.append("b", line("b"), NEVER, NOW)
    file.append("a", line("a"), NEVER, NOW)
    assert (keys(tmp_path / "journal.jsonl.1"), keys(path)) == (["a"], ["b"])
    os.truncate(path, 0)
    file.append("c", line("c"), NEVER, NOW)
    file.append("b", line("b"), NEVER, NOW)
    assert keys(path) == ["c"]


def test_where_nothing_can_be_moved_it_grows(gz: PluginKit, tmp_path: Path) -> None:
    """The events are written all the same, and the log says why once."""
    path = tmp_path / f"{'j' * 248}.jsonl"  # no longer name is possible
    target = gz.target("journal", path=path, rotate_size=4096)
    with capture_logs() as logs:
        for number in range(20):
            target.deliver(gz.event(title=f"Event {number}"))
    assert len(keys(path)) == 20
    assert path.stat().st_size > 4096
    (warned,) = [entry for entry in logs if entry["event"] == "journal.rotation_failed"]
    assert "can't be rotated: File name too long." in warned["error"]


def test_processes_share_it_while_it_is_rotated(tmp_path: Path) -> None:
    """Two daemons by mistake, or two targets: whole lines, and none is lost or twice."""
    path = tmp_path / "journal.jsonl"
    processes = [appending(path, first, first + 80, size=3000) for first in (0, 80, 160)]
    for process in processes:
        process.communicate(timeout=200)
        assert process.returncode == 0
    assert len(all_files(path)) > 5
    assert sorted(keys(*all_files(path))) == sorted(f"k{number}" for number in range(240))


def test_processes_write_each_key_once(tmp_path: Path) -> None:
    """Without rotation, where each of them sees all lines."""
    path = tmp_path / "journal.jsonl"
    processes = [appending(path, 0, 200) for _ in range(3)]
    for process in processes:
        process.communicate(timeout=200)
        assert process.returncode == 0
    assert sorted(keys(path)) == sorted(f"k{number}" for number in range(200))


@pytest.mark.parametrize("size", [1 << 40, 4000])
def test_killed_at_any_moment_it_has_each_line_once(tmp_path: Path, size: int) -> None:
    """Each start begins with the line that may have been written when the kill came."""
    path = tmp_path / "journal.jsonl"
    reached, last = 0, 120
    for kill in range(1, 40):
        process = appending(path, reached, last, size)
        assert process.stdout
        for shown in process.stdout:
            reached = int(shown)
            if reached >= kill * 10:
                process.kill()
        process.wait(timeout=200)
        process.stdout.close()
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL
    assert keys(*all_files(path)) == [f"k{number}" for number in range(last)]


def test_a_full_disk_leaves_no_half_of_a_line(tmp_path: Path) -> None:
    """What did not fit is taken back, and written when there is space again."""
    path = tmp_path / "journal.jsonl"
    code = f"""
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from gazelled_plugins.journal_file import JournalFile, Rotation
file, never = JournalFile(Path({str(path)!r})), Rotation(1 << 40, None, None)
now = datetime.now(UTC)
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
text = b'{{"key": "%s", "text": "' + b"x" * 300 + b'"}}'
file.append("a", text.replace(b"%s", b"a"), never, now)
resource.setrlimit(resource.RLIMIT_FSIZE, (500, hard))
try:
    file.append("b", text.replace(b"%s", b"b"), never, now)
except OSError as error:
    print(error.errno, Path({str(path)!r}).stat().st_size)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
print(file.append("b", text.replace(b"%s", b"b"), never, now))
"""
    shown = subprocess.run(  # noqa: S603 - this Python, with the code above
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    assert shown == ["27", str(len(line("a", text="x" * 300)) + 1), "True"]
    assert keys(path) == ["a", "b"]


def test_a_disk_without_space_is_a_fault_of_the_target(gz: PluginKit) -> None:
    """All of its events wait, however long it takes: none of them is given up."""
    target = gz.target("journal", path="/dev/full")
    with pytest.raises(TargetFault, match="/dev/full can't be written: No space left on device"):
        target.deliver(gz.event())


def test_only_what_others_wrote_is_read(tmp_path: Path) -> None:
    """A delivery reads no part of a large file, and the keys of others all the same."""
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"".join(line(f"old{n}", text="x" * 900) + b"\n" for n in range(9000)))
    assert path.stat().st_size > TAIL * 0.9
    file = JournalFile(path)
    assert not file.append("old8999", line("old8999"), NEVER, NOW)
    before = _bytes_read()
    for number in range(50):
        assert file.append(f"k{number}", line(f"k{number}"), NEVER, NOW)
    assert _bytes_read() - before < 100_000
    with path.open("ab") as other:
        other.write(line("other") + b"\n" + b'{"key": "torn')
    assert not file.append("other", line("other"), NEVER, NOW)
    assert file.append("torn", line("torn"), NEVER, NOW)
    assert keys(path)[-2:] == ["other", "torn"]


def _bytes_read() -> int:
    """Return the bytes that this process has read so far."""
    text = Path("/proc/self/io").read_text()
    return int(text.partition("rchar:")[2].split()[0])


def test_the_end_of_a_line_longer_than_what_is_searched_stays(tmp_path: Path) -> None:
    """A line of others without an end isn't cut in two."""
    path = tmp_path / "journal.jsonl"
    path.write_bytes(line("a", text="x" * (TAIL + 10)))
    assert JournalFile(path).append("b", line("b"), NEVER, NOW)
    assert keys(path) == ["a", "b"]


def test_older_versions_read_what_this_one_writes(gz: PluginKit) -> None:
    """The keys that earlier lines had are there, with their meaning, and `key` is the first."""
    target = gz.target("journal")
    target.deliver(gz.event("change", changes={"seeders": (3, 1)}))
    (text,) = (target.folder / "journal.jsonl").read_text().splitlines()
    written = json.loads(text)
    names = ("key", "at", "kind", "watch", "title", "text", "why", "urgent", "changes", "items")
    assert set(names) <= set(written)
    assert next(iter(written)) == "key"
    assert written["key"].endswith("@target")
    assert datetime.fromisoformat(written["recorded"]).tzinfo


def test_a_journal_of_an_older_version_goes_on(gz: PluginKit, tmp_path: Path) -> None:
    """Its lines stay, its keys are known, and its age is that of its first event."""
    path = tmp_path / "journal.jsonl"
    key = "yeast:new:1@target"
    path.write_text(json.dumps({"key": key, "at": "2020-01-01T00:00:00+00:00"}) + "\n")
    target = gz.target("journal", path=path, rotate_age="30d")
    target.deliver(gz.event(items=(gz.item("A", id="1"),)))
    assert keys(path) == [key]
    target.deliver(gz.event(items=(gz.item("A", id="2"),)))
    assert [len(keys(each)) for each in all_files(path)] == [1, 1]


def test_the_preview_is_the_line(gz: PluginKit) -> None:
    """It is what would be written, with the present as its time."""
    target = gz.target("journal")
    event = gz.event(title="S288C")
    shown = json.loads(target.preview(event))
    target.deliver(event)
    written = json.loads((target.folder / "journal.jsonl").read_text())
    assert {**shown, "recorded": ""} == {**written, "recorded": ""}
