"""Options of targets."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Literal

import pytest
from pydantic import BaseModel, Field, field_validator
from structlog.testing import capture_logs

from gazelled.hooks import Bus
from gazelled.hooks.options import check_options, check_thoroughly, paths_beside_config
from gazelled.plugin import Event, EventKind, Item, PluginConfig, SecretStr, sample_events

COUNTING = """
from gazelled.plugin import PluginConfig, target

class Options(PluginConfig):
    @classmethod
    def units(cls, event):
        return {}

@target(Options)
async def counting(delivery, options): ...
"""


class Inner(BaseModel, extra="forbid"):
    """A table in the options."""

    depth: int = 0


class Options(PluginConfig):
    """All kinds of options."""

    url: SecretStr
    count: int = 1
    share: float = 1.0
    loud: bool = False
    names: tuple[str, ...] = ()
    kind: Literal["a", "b"] = "a"
    plain: str = ""
    path: Path | None = None
    inner: Inner = Inner()
    either: str | SecretStr = ""
    values: dict[str, str | SecretStr] = Field(default_factory=dict)
    few: tuple[str, ...] = Field(default=("a",), min_length=1)
    some: int = Field(default=5, ge=4, le=9)

    @field_validator("plain")
    @classmethod
    def _no_blank(cls, value: str) -> str:
        if " " in value:
            raise ValueError("one word, please")
        if value == "interrupt":
            raise KeyboardInterrupt
        if value == "bug":
            raise RuntimeError("CANARY")
        return value


@pytest.mark.parametrize(
    ("given", "where", "told"),
    [
        ({}, ("url",), 'the option "url" is missing'),
        ({"url": "u", "cuont": 1}, ("cuont",), 'unknown option "cuont"; did you mean "count"?'),
        ({"url": "u", "inner": {"dept": 1}}, ("inner", "dept"), 'unknown option "dept"; did you'),
        ({"url": "u", "zz": 1}, ("zz",), 'unknown option "zz"; it takes: url, count, share, loud'),
        ({"url": "u", "count": "CANARY"}, ("count",), "expected a whole number"),
        ({"url": "u", "count": 1.5}, ("count",), "expected a whole number"),
        ({"url": "u", "share": "CANARY"}, ("share",), "expected a number"),
        ({"url": "u", "loud": "CANARY"}, ("loud",), "expected true or false"),
        ({"url": "u", "names": "CANARY"}, ("names",), "expected a list"),
        ({"url": "u", "names": [1]}, ("names", "0"), "expected a text in quotes"),
        ({"url": "u", "kind": "CANARY"}, ("kind",), 'expected "a" or "b"'),
        ({"url": "u", "inner": "CANARY"}, ("inner",), "expected a table"),
        ({"url": "u", "path": 1}, ("path",), "expected a path in quotes"),
        ({"url": "u", "plain": "a b"}, ("plain",), "one word, please"),
        ({"url": 1}, ("url",), "expected a text in quotes"),
        ({"url": "u", "plain": SecretStr("CANARY")}, ("plain",), '"plain" cannot be a secret'),
        ({"url": "u", "either": 1}, ("either",), "expected a text in quotes"),
        ({"url": "u", "values": {"A": 1}}, ("values", "A"), "expected a text in quotes"),
        ({"url": "u", "few": []}, ("few",), "must not be empty"),
        ({"url": "u", "some": 3}, ("some",), "expected at least 4"),
        ({"url": "u", "some": 10}, ("some",), "expected at most 9"),
        ({"url": "u", "plain": "bug"}, (), "the plugin failed to check its options (RuntimeError)"),
        ({"url": "u", "plain": "interrupt"}, (), "the plugin failed to check its op"),
    ],
)
def test_a_mistake_is_a_sentence(
    given: Mapping[str, object], where: tuple[str, ...], told: str
) -> None:
    """Each mistake is told with its place, and never with the value, which may be a secret."""
    problems = check_options(Options, given, None)
    assert isinstance(problems, list)
    assert [key for key, _ in problems] == [where]
    assert problems[0][1].startswith(told)
    assert "CANARY" not in problems[0][1]


def test_all_mistakes_are_told_at_once() -> None:
    """Nobody has to fix one mistake to hear of the next."""
    problems = check_options(Options, {"count": "x", "loud": "x"}, None)
    assert isinstance(problems, list)
    assert {key for key, _ in problems} == {("url",), ("count",), ("loud",)}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("lab.csv", "/conf/lab.csv"),
        ("/abs/lab.csv", "/abs/lab.csv"),
        ("~/x", str(Path.home() / "x")),
    ],
)
def test_paths_are_meant_from_the_folder_of_the_config(given: str, path: str) -> None:
    """A relative path doesn't depend on where the daemon was started."""
    options = check_options(Options, {"url": "u", "path": given}, Path("/conf"))
    assert isinstance(options, Options)
    assert str(options.path) == path


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("lab.csv", "own/lab.csv"),
        ("reports/lab.csv", "own/reports/lab.csv"),
        ("there.csv", "config/there.csv"),
        ("{folder}/config/lab.csv", "config/lab.csv"),
    ],
)
def test_relative_paths_are_meant_from_the_folder_in_the_state(
    tmp_path: Path, given: str, path: str
) -> None:
    """Unless there is such a file beside the config, where an earlier gazelled wrote it."""
    config = tmp_path / "config"
    config.mkdir()
    (config / "there.csv").touch()
    written = {"url": "u", "path": given.format(folder=tmp_path)}
    options = check_options(Options, written, config, own_folder=tmp_path / "own")
    assert isinstance(options, Options)
    assert options.path == tmp_path / path
    beside = paths_beside_config(written, options, config)
    assert beside == ({"path": config / "there.csv"} if given == "there.csv" else {})


def test_files_that_a_person_writes_stay_beside_the_config(tmp_path: Path) -> None:
    """A plugin names those options."""

    class Reads(Options):
        beside_config = frozenset({"path"})

    (tmp_path / "there.pem").touch()
    for name in ("there.pem", "missing.pem"):
        written = {"url": "u", "path": name}
        options = check_options(Reads, written, tmp_path, own_folder=tmp_path / "own")
        assert isinstance(options, Reads)
        assert options.path == tmp_path / name
        assert paths_beside_config(written, options, tmp_path) == {}


def test_secrets_are_taken_as_such() -> None:
    """A secret that the config has fetched reaches the plugin, hidden."""
    options = check_options(Options, {"url": SecretStr("CANARY")}, None)
    assert isinstance(options, Options)
    assert options.url.get_secret_value() == "CANARY"
    assert "CANARY" not in repr(options)


def test_a_plugin_without_targets_or_unknown_takes_no_options() -> None:
    """Options for a plugin that isn't there are a problem, not an exception."""
    assert Bus().check_options("none", {}) == [((), 'the plugin "none" is not loaded')]


def test_options_that_fail_to_say_what_they_want_are_wrong() -> None:
    """What a plugin raises there is a problem of its target, and no end of the daemon."""

    class Broken(PluginConfig):
        def wants_downloads(self) -> bool:
            raise RuntimeError("CANARY")

    text = "the plugin failed to check its options (RuntimeError)"
    assert check_options(Broken, {}, None) == [((), text)]


def test_a_check_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named with its line, and is no reason to wait for ever."""

    class Hanging(PluginConfig):
        def wants_downloads(self) -> bool:
            return threading.Event().wait()

        def check_thoroughly(self) -> None:
            threading.Event().wait()

    def reasons(limit: float) -> list[str]:
        monkeypatch.setattr("gazelled.hooks.options.CHECK_LIMIT", limit)
        wrong = check_options(Hanging, {}, None)
        assert isinstance(wrong, list)
        return [wrong[0][1], *(fault.text for fault in check_thoroughly(Hanging()))]

    def is_named(text: str) -> bool:
        return text.startswith(f"{__file__}:") and ": the check of its options did not" in text

    # It gets more time where the machine is too busy for it to get there.
    assert any(all(map(is_named, reasons(limit))) for limit in (0.2, 5.0, 60.0))


@pytest.mark.parametrize(
    ("body", "units"),
    [("len(event.items)", 2), ("-1", 1), ("'2'", 1), ("1 // 0", 1), ("exit()", 1)],
)
def test_whatever_a_plugin_counts_is_a_number(tmp_path: Path, body: str, units: int) -> None:
    """A message counts as one where the plugin fails to count it, which is logged once."""
    file = tmp_path / "counting.py"
    file.write_text(COUNTING.format(body))
    bus = Bus()
    assert bus.load({"counting": file}, []) == []
    item = Item("1", "torrent", "reads")
    event = Event("a", EventKind.NEW, "yeast", datetime.now(UTC), "", "", (item, item))
    with capture_logs() as logs:
        counts = bus.units("counting")
        counted = [counts(event), counts(event)]

    assert counted == [units, units]
    assert [line["event"] for line in logs] == ["plugin.units_failed"] * (units == 1)


def test_a_plugin_that_is_not_loaded_counts_messages() -> None:
    """Each is one."""
    assert Bus().units("none")(sample_events()[0]) == 1


class Renamed(PluginConfig):
    """Options of which three had other names."""

    renamed: ClassVar[Mapping[str, str]] = {
        "colour": "lamp.depth",
        "key": "token",
        "old": "new",
        "still": "inner.depth",
    }

    lamp: Inner = Inner()
    token: SecretStr | None = None
    new: int = 1
    inner: Inner = Inner()
    still: int = 0


def test_a_former_name_goes_on() -> None:
    """It counts as the new one, also within a table; what has its new name already comes first."""
    options = check_options(Renamed, {"colour": 3, "old": 5}, None)
    assert isinstance(options, Renamed)
    assert (options.lamp.depth, options.new) == (3, 5)
    both = check_options(Renamed, {"old": 5, "new": 7, "lamp": {"depth": 1}, "colour": 2}, None)
    assert isinstance(both, Renamed)
    assert (both.new, both.lamp.depth) == (7, 1)


def test_what_is_an_option_still_is_left_to_the_plugin() -> None:
    """Its meaning may be another one under the former name."""
    options = check_options(Renamed, {"still": 2}, None)
    assert isinstance(options, Renamed)
    assert (options.still, options.inner.depth) == (2, 0)


def test_a_fault_is_where_it_stands() -> None:
    """Under the name that the config has."""
    assert check_options(Renamed, {"colour": "x"}, None) == [
        (("colour",), "expected a whole number")
    ]
    assert check_options(Renamed, {"new": "x"}, None) == [(("new",), "expected a whole number")]
