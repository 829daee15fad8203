"""The log of what the daemon does."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from gazelled.testing.plugin_kit import LoadedPlugin, PluginKit


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def do_everything(gz: PluginKit, plugin: LoadedPlugin) -> None:
    """Show a plugin one of each."""
    event = gz.event("new", title="S288C reads")
    plugin.answered(gz.answer("browse", {"results": []}, searchstr="yeast"))
    plugin.request_failed(gz.request_failure("browse", "It did not answer."))
    plugin.event_stored(gz.stored(event, "phone", "journal"))
    plugin.delivered(gz.done(event, "phone", took=0.25))
    plugin.delivery_failed(gz.failure(event, "phone", error="It is asleep."))
    plugin.tracker_changed(gz.tracker_change("down", "It does not answer."))


WHATS = [
    *("started", "answered", "request_failed", "event_stored", "delivered", "delivery_failed"),
    *("tracker_changed", "stopped"),
]


def test_each_thing_is_a_line(gz: PluginKit, tmp_path: Path) -> None:
    """With a time, what it was, and what is to be known of it."""
    with gz.plugin("activity", path=str(tmp_path / "a.jsonl")) as plugin:
        do_everything(gz, plugin)
    written = lines(tmp_path / "a.jsonl")
    assert [line["what"] for line in written] == WHATS
    assert all(datetime.fromisoformat(line["at"]).tzinfo for line in written)
    assert len({line["key"] for line in written}) == len(written)
    _, answered, failed, stored, done, later, down, _ = written
    assert answered["request"] == "browse searchstr=yeast"
    assert answered["bytes"] > 0
    assert failed["error"] == "It did not answer."
    assert (stored["targets"], stored["title"]) == (["phone", "journal"], "S288C reads")
    assert (done["target"], done["took"], done["event"]) == ("phone", 0.25, stored["event"])
    assert (later["error"], later["final"]) == ("It is asleep.", False)
    assert (down["state"], down["reason"]) == ("down", "It does not answer.")


def test_only_what_is_asked_for_is_written(gz: PluginKit, tmp_path: Path) -> None:
    """The option names the things."""
    file = tmp_path / "a.jsonl"
    with gz.plugin("activity", path=str(file), events=["delivery_failed"]) as plugin:
        do_everything(gz, plugin)
    assert [line["what"] for line in lines(file)] == ["delivery_failed"]


def test_it_is_in_the_folder_of_the_plugin_unless_given(gz: PluginKit) -> None:
    """Where `gazelled plugins forget` finds it."""
    with gz.plugin("activity") as plugin:
        plugin.tracker_changed(gz.tracker_change("down", "It does not answer."))
    _, line, _ = lines(plugin.context().folder / "activity.jsonl")
    assert line["what"] == "tracker_changed"


def test_a_new_file_is_begun(gz: PluginKit, tmp_path: Path) -> None:
    """As the journal does it: all lines are there, in their order, and so many files are kept."""
    file, count = tmp_path / "a.jsonl", 60
    options = {"path": str(file), "rotate_size": "4 KiB", "events": ["answered"]}
    with gz.plugin("activity", **options) as plugin:
        for number in range(count):
            plugin.answered(gz.answer("torrent", {"n": "x" * 100}, id=number))
    older = sorted(tmp_path.glob("a-*.jsonl"))
    assert len(older) > 1
    assert all(path.stat().st_size <= 4096 for path in older)
    written = [line["request"] for path in [*older, file] for line in lines(path)]
    assert written == [f"torrent id={number}" for number in range(count)]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"events": ["deliverd"]}, "delivered"),
        ({"rotate_size": "1 KiB"}, "4 KiB"),
        ({"rotate_age": "1s"}, "1m"),
        ({"keep": 0}, "1"),
    ],
)
def test_wrong_options_are_refused(gz: PluginKit, options: dict[str, Any], words: str) -> None:
    """As those of the journal are."""
    with pytest.raises(ValueError, match=words):
        gz.plugin("activity", **options)


def test_a_folder_that_is_not_there_is_found_by_check(gz: PluginKit, tmp_path: Path) -> None:
    """Nothing is written for that."""
    plugin = gz.plugin("activity", path=str(tmp_path / "gone" / "a.jsonl"))
    with pytest.raises(ValueError, match="there is no folder"):
        plugin.options.check_thoroughly()


def test_written_lines_are_metrics(gz: PluginKit, tmp_path: Path) -> None:
    """By what they are about."""
    with gz.plugin("activity", path=str(tmp_path / "a.jsonl")) as plugin:
        plugin.tracker_changed(gz.tracker_change("down", "It does not answer."))
        lines = {metric.labels["what"]: metric.value for metric in plugin.metrics()}
    assert lines == {"started": 1, "tracker_changed": 1}


def test_a_file_that_cannot_be_written_is_a_problem_until_it_can(
    gz: PluginKit, tmp_path: Path
) -> None:
    """With the time of the first failure."""
    folder = tmp_path / "folder"
    folder.mkdir()
    change = gz.tracker_change("down", "It does not answer.")
    with gz.plugin("activity", path=str(folder / "a.jsonl")) as plugin:
        assert plugin.health_checks() == ()
        folder.rename(tmp_path / "away")
        folder.touch()  # a file where the folder was
        with pytest.raises(OSError, match="Not a directory"):
            plugin.tracker_changed(change)
        (finding,) = plugin.health_checks()
        assert finding.text == "its file can't be written: Not a directory"
        folder.unlink()
        (tmp_path / "away").rename(folder)
        plugin.tracker_changed(change)
        assert plugin.health_checks() == ()
