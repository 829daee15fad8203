"""The journal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gazelled.plugin import RetryLater, TargetFault
from gazelled.testing.plugin_kit import PluginKit
from gazelled_plugins.journal import Options


def test_an_event_is_a_json_line(gz: PluginKit) -> None:
    """A line holds what the event holds."""
    target = gz.target("journal")
    target.deliver(gz.event(title="S288C reads", tags=("yeast",), license="CC0", why=("CC0",)))
    line = json.loads((target.folder / "journal.jsonl").read_text())
    assert (
        line["kind"],
        line["watch"],
        line["title"],
        line["why"],
    ) == ("new", "yeast", "S288C reads", ["CC0"])
    assert (line["items"][0]["tags"], line["items"][0]["fields"]["license"]) == (["yeast"], "CC0")


def test_a_change_is_kept_with_before_and_after(gz: PluginKit) -> None:
    """What reads the journal has the values, and needn't take the text apart."""
    target = gz.target("journal")
    target.deliver(gz.event("change", changes={"seeders": (3, None)}, urgent=True))
    line = json.loads((target.folder / "journal.jsonl").read_text())
    assert line["changes"] == [{"field": "seeders", "before": 3, "after": None}]
    assert line["urgent"]


def test_an_event_is_a_log_line_once(gz: PluginKit) -> None:
    """A second delivery of the same event is neither logged nor written."""
    target = gz.target("journal")
    with capture_logs() as logs:
        target.deliver(gz.event(title="S288C"))
        target.deliver(gz.event(title="S288C"), attempt=2)
    assert [line["event"] for line in logs if line["event"] == "event.recorded"] == [
        "event.recorded"
    ]
    assert len((target.folder / "journal.jsonl").read_text().splitlines()) == 1


@pytest.mark.parametrize("torn", ['{"key": "new:yeast', '{"key"', "\x00\x00"])
def test_a_torn_last_line_is_mended(gz: PluginKit, tmp_path: Path, torn: str) -> None:
    """A line that a crash left torn gives way to the whole one."""
    path = tmp_path / "journal.jsonl"
    path.write_text('{"key": "old"}\n' + torn)
    gz.target("journal", path=path).deliver(gz.event(title="S288C"))
    keys = [json.loads(line)["key"] for line in path.read_text().splitlines()]
    assert ["old", keys[-1]] == keys
    assert keys[-1].endswith("@target")


def test_a_last_line_without_its_end_is_kept(gz: PluginKit, tmp_path: Path) -> None:
    """What a person's editor left without a line's end stays, and the next line is its own."""
    path = tmp_path / "journal.jsonl"
    path.write_text('{"key": "old"}')
    gz.target("journal", path=path).deliver(gz.event(title="S288C"))
    assert len([json.loads(line) for line in path.read_text().splitlines()]) == 2


def test_a_file_that_cannot_be_written_is_tried_again(gz: PluginKit, tmp_path: Path) -> None:
    """A folder that isn't there asks for another try and says which file it is."""
    target = gz.target("journal", path=tmp_path / "none" / "journal.jsonl")
    with pytest.raises(RetryLater, match=r"none/journal\.jsonl can't be written"):
        target.deliver(gz.event())


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"rotate_size": "1 KiB"}, 'expected at least "4 KiB"'),
        ({"rotate_age": "1s"}, 'expected at least "1m"'),
        ({"rotate_age": "soon"}, "expected a duration"),
        ({"keep": 0}, "keep"),
    ],
)
def test_a_mistake_in_the_options_says_what_to_write(
    gz: PluginKit, options: dict[str, Any], problem: str
) -> None:
    """In the words of the config."""
    with pytest.raises(ValueError, match=problem):
        gz.target("journal", **options)


def test_a_path_where_no_file_can_be_is_named_by_check(tmp_path: Path) -> None:
    """Nothing is written to find out."""
    with pytest.raises(ValueError, match=r"path: .* is a folder, not a file"):
        Options(path=tmp_path).check_thoroughly()
    with pytest.raises(ValueError, match=r"path: there is no folder .*missing"):
        Options(path=tmp_path / "missing" / "journal.jsonl").check_thoroughly()
    Options(path=tmp_path / "journal.jsonl").check_thoroughly()
    assert [*tmp_path.iterdir()] == []


def test_a_check_writes_nothing(gz: PluginKit, tmp_path: Path) -> None:
    """It says whether the file can be there."""
    target = gz.target("journal", path=tmp_path / "a.jsonl")
    assert target.check()
    assert not (tmp_path / "a.jsonl").exists()
    with pytest.raises(TargetFault, match="is its folder there"):
        gz.target("journal", path=tmp_path / "gone" / "a.jsonl").check()
