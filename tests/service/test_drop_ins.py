"""Watches that gazelled writes itself: whole, checked, and never over a person's own."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gazelled.errors import ConfigError
from gazelled.planning.planner import Past
from gazelled.service.configuration.drop_ins import MARK, DropIns, put_value, read_value

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
CONFIG = """\
[tracker]
url = "https://tracker.example"
token = { secret = "token" }

[watch.mine]
ask = "stats"
"""
TABLE = {"ask": "browse", "with": {"searchstr": "yeast"}, "every": "1h"}


@pytest.fixture
def drop_ins(tmp_path: Path) -> DropIns:
    """Return those of a small config."""
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "config.toml").chmod(0o640)
    (tmp_path / "secrets").mkdir()
    secret = tmp_path / "secrets" / "token"
    secret.write_text("canary")
    secret.chmod(0o600)
    return DropIns(tmp_path / "config.toml", {}, Past(), NOW)


def test_a_watch_gets_a_file_of_its_own(drop_ins: DropIns, tmp_path: Path) -> None:
    """Readable for whoever reads the config, and found again as ours."""
    checked = drop_ins.add("yeast", TABLE)
    assert checked.config is not None
    assert list(checked.config.watches) == ["mine", "yeast"]
    file = tmp_path / "conf.d" / "yeast.toml"
    assert file.read_text().startswith(MARK)
    assert tomllib.loads(file.read_text()) == {"watch": {"yeast": TABLE}}
    assert file.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in (tmp_path / "conf.d").iterdir()] == ["yeast.toml"]
    mine, ours = drop_ins.places().values()
    assert (str(mine), mine.managed) == ("config.toml:5", False)
    assert (str(ours), ours.managed) == ("conf.d/yeast.toml:2", True)


def test_to_see_is_not_to_keep(drop_ins: DropIns, tmp_path: Path) -> None:
    """A check alone leaves nothing."""
    assert drop_ins.add("yeast", TABLE, keep=False).config is not None
    assert not (tmp_path / "conf.d").exists()


@pytest.mark.parametrize(
    ("name", "table", "words"),
    [
        ("mine", TABLE, "there is a watch mine already, in config.toml:5"),
        ("a/../b", TABLE, "is no name for a watch"),
        ("", TABLE, "is no name for a watch"),
        ("yeast", {"ask": "brwse"}, 'conf.d/yeast.toml:3: watch.yeast.ask: unknown action "brwse"'),
        ("yeast", {**TABLE, "tell": ["phone"]}, 'unknown target "phone"'),
        ("yeast", {**TABLE, "every": "1m"}, "too often"),
        ("yeast", {**TABLE, "match": {"licence": "CC0"}}, 'did you mean "license"?'),
    ],
)
def test_what_is_wrong_leaves_nothing(
    drop_ins: DropIns, tmp_path: Path, name: str, table: dict[str, object], words: str
) -> None:
    """The config stays as it was."""
    with pytest.raises(ConfigError) as raised:
        drop_ins.add(name, table)
    assert words in str(raised.value)
    assert not (tmp_path / "conf.d").exists()


def test_more_than_the_share_is_refused(drop_ins: DropIns, tmp_path: Path) -> None:
    """With what would help."""
    config = tmp_path / "config.toml"
    config.write_text(CONFIG + '[tracker.limit]\nper = "10m"\n')
    with pytest.raises(ConfigError, match="all watches together need 2 of"):
        drop_ins.add("yeast", TABLE)


def test_a_file_of_somebody_else_is_not_written_over(drop_ins: DropIns, tmp_path: Path) -> None:
    """Whatever it holds, even if it is a link to nowhere."""
    (tmp_path / "conf.d").mkdir()
    file = tmp_path / "conf.d" / "yeast.toml"
    file.write_text("[web]\n")
    with pytest.raises(ConfigError, match="exists already"):
        drop_ins.add("yeast", TABLE)
    assert file.read_text() == "[web]\n"
    file.unlink()
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="exists already"):
        drop_ins.add("yeast", TABLE)


def test_a_file_without_our_line_is_theirs(drop_ins: DropIns, tmp_path: Path) -> None:
    """Taking out the line makes it a person's own."""
    drop_ins.add("yeast", TABLE)
    file = tmp_path / "conf.d" / "yeast.toml"
    file.write_text(file.read_text().removeprefix(MARK))
    assert not drop_ins.places()["yeast"].managed


def test_a_watch_is_changed_and_removed(drop_ins: DropIns) -> None:
    """A disabled one still has its place."""
    drop_ins.add("yeast", TABLE)
    drop_ins.change(drop_ins.places()["yeast"], {**TABLE, "disabled": True})
    place = drop_ins.places()["yeast"]
    assert place.table["disabled"] is True
    with pytest.raises(ConfigError, match="unknown action"):
        drop_ins.change(place, {"ask": "brwse"})
    assert drop_ins.places()["yeast"] == place
    drop_ins.remove(place)
    assert list(drop_ins.places()) == ["mine"]
    with pytest.raises(ConfigError, match="No such file"):
        drop_ins.remove(place)


def test_a_folder_that_cannot_be_is_a_sentence(drop_ins: DropIns, tmp_path: Path) -> None:
    """And nothing is changed."""
    (tmp_path / "conf.d").write_text("not a folder")
    with pytest.raises(ConfigError, match=r"nothing was changed: .*conf\.d"):
        drop_ins.add("yeast", TABLE)


def test_without_a_config_the_next_step_is_told(tmp_path: Path) -> None:
    """A drop-in alone is no config."""
    with pytest.raises(ConfigError, match="gazelled init writes one"):
        DropIns(tmp_path / "config.toml", {}, Past(), NOW).add("yeast", TABLE)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2020", 2020),
        ("0.5", 0.5),
        ("true", True),
        ('["a", "b"]', ["a", "b"]),
        ('"2020"', "2020"),
        ("CC0", "CC0"),
        ("50 GiB", "50 GiB"),
        ("nan", "nan"),
        ("-inf", "-inf"),
        ("2020-01-01", "2020-01-01"),
        ("1\nother = 2", "1\nother = 2"),
        ("{ a = 1 }", "{ a = 1 }"),
        ("", ""),
    ],
)
def test_values_are_read_as_they_are_typed(text: str, value: object) -> None:
    """Only what looks like a number, a truth or a list is one."""
    assert read_value(text) == value


def test_keys_with_dots_become_tables() -> None:
    """Several of one key become a list; what stands in the way is told."""
    table: dict[str, object] = {}
    for key, value in (("tags.any", "a"), ("tags.any", "b"), ("tags.any", "c"), ("year", 1)):
        put_value(table, key, value)
    assert table == {"tags": {"any": ["a", "b", "c"]}, "year": 1}
    with pytest.raises(ConfigError, match="has a value already"):
        put_value(table, "year.min", 1)
    with pytest.raises(ConfigError, match="has keys below it already"):
        put_value(table, "tags", 1)
