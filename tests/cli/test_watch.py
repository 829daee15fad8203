"""`gazelled watch`: watches that a person keeps by hand."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import click
import pytest

from gazelled.cli import completers
from gazelled.cli.commands.watch import watch
from gazelled.cli.settings import Settings

if TYPE_CHECKING:
    from tests.cli.conftest import Person

ADD = ("watch", "add", "mice", "--ask", "browse")
WHOLE = (
    *ADD,
    *("--with", "searchstr=Mus musculus", "--with", "filter_cat=Sequences"),
    *("--with", "filter_cat=Images", "--every", "2h", "--tell", "feed", "--about", "Mice"),
    *("--match", "license=CC0", "--match", "tags.any=mouse", "--match", "tags.any=dna"),
    *("--match", "year=2020", "--if", "seeders <= 1"),
)


def test_a_watch_is_added(settled: Person) -> None:
    """It says where, what it needs, and what to do for it."""
    said = settled.types(*WHOLE)
    assert (said.code, said.out) == (0, ""), said.err
    file = settled.folder / "conf.d" / "mice.toml"
    assert f"Written: {file}" in said.err
    assert "fresh within 2h" in said.err
    assert "All watches together: 1.5 of 3600 requests an hour" in said.err
    assert said.err.endswith("Next: gazelled run\n")
    assert tomllib.loads(file.read_text())["watch"]["mice"] == {
        "about": "Mice",
        "ask": "browse",
        "with": {"searchstr": "Mus musculus", "filter_cat": ["Sequences", "Images"]},
        "every": "2h",
        "if": "seeders <= 1",
        "tell": ["feed"],
        "match": {"license": "CC0", "tags": {"any": ["mouse", "dna"]}, "year": 2020},
    }
    assert settled.types("check").code == 0


def test_a_dry_run_shows_the_file(settled: Person) -> None:
    """And leaves nothing."""
    said = settled.types(*ADD, "--dry-run")
    assert said.code == 0
    assert tomllib.loads(said.out) == {"watch": {"mice": {"ask": "browse"}}}
    assert not (settled.folder / "conf.d").exists()


def test_what_was_added_is_data_too(settled: Person) -> None:
    """With its part of the plan."""
    data = settled.types(*ADD, "--with", "searchstr=yeast", "--json").data
    assert data["watch"] == {"mice": {"ask": "browse", "with": {"searchstr": "yeast"}}}
    assert [each["names"] for each in data["plan"]] == [["yeast", "mice"]]


def test_every_key_of_a_watch_can_be_typed(settled: Person) -> None:
    """The file reads as if a person had written it."""
    said = settled.types(
        *("watch", "add", "strains", "--ask", "browse", "--each", "S288C", "--each", "W 303"),
        *("--cron", "0 7 * * 1-5", "--zone", "Europe/Berlin", "--match", "title={each}"),
        *("--match", r"title_regex=\bassembly\b", "--first", "last:5", "--urgent", "--mark-read"),
        *("--if", '"chromosome" in title', "--tell", "feed"),
    )
    assert said.code == 0, said.err
    assert "browse group_results=0: 1 a run; fresh within 3d" in said.err
    lines = (settled.folder / "conf.d" / "strains.toml").read_text().splitlines()
    assert lines[1:] == [
        "[watch.strains]",
        'ask = "browse"',
        'each = ["S288C", "W 303"]',
        'cron = "0 7 * * 1-5"',
        'zone = "Europe/Berlin"',
        'match.title = "{each}"',
        r"match.title_regex = '\bassembly\b'",
        "if = '\"chromosome\" in title'",
        'first = "last:5"',
        "urgent = true",
        "mark_read = true",
        'tell = ["feed"]',
    ]
    names = [each["name"] for each in settled.types("watch", "list", "--json").data]
    assert names == ["yeast", "strains:S288C", "strains:W-303"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("--every", "1h", "--cron", "0 7 * * *"), "--every and --cron exclude each other"),
        (("--cron", "0 7 * *"), "watch.mice.cron: expected five fields"),
        (("--cron", ""), "watch.mice.cron: expected five fields"),
        (("--every", ""), "watch.mice.every: expected a duration"),
        (("--zone", "Berlin"), 'did you mean "Europe/Berlin"?'),
        (("--first", "last 5"), 'did you mean "last:5"?'),
        (("--kind", "gone", "--first", "last:5"), 'only kind = "new" takes first'),
        (("--each", "yeast"), "no text of the watch contains {each}"),
        (("--match", "title={each}"), 'there is no {each}; write each = ["…"] with the terms'),
        (("--until", "seeders > 1"), 'only kind = "alert" takes until'),
    ],
)
def test_what_is_typed_is_checked_like_the_config(
    settled: Person, typed: tuple[str, ...], words: str
) -> None:
    """By the same rules and with the same words."""
    said = settled.types(*ADD, *typed)
    assert (said.code, said.out) == (2, "")
    assert words in said.err
    assert not (settled.folder / "conf.d").exists()


def test_a_request_that_is_asked_already_costs_nothing(settled: Person) -> None:
    """It says with whom it is shared."""
    said = settled.types(*ADD, "--with", "searchstr=yeast", "--tell", "feed")
    assert "a run, shared with yeast;" in said.err


def test_mistakes_leave_nothing(settled: Person) -> None:
    """Each is a sentence, and the exit code says who has to act."""
    said = settled.types(*ADD, "--match", "licence=CC0", "--tell", "phone")
    assert said.code == 2
    assert "nothing was changed, since the config would be invalid:" in said.err
    assert "conf.d/mice.toml:4: watch.mice.match.licence: " in said.err
    assert 'unknown target "phone"' in said.err
    assert settled.types("watch", "add", "mice").code == 2
    assert settled.types(*ADD, "--match", "license").err.startswith("error: wanted KEY=VALUE")
    assert settled.types("watch", "add", "../x", "--ask", "stats").code == 2
    assert not (settled.folder / "conf.d").exists()


async def test_a_running_daemon_is_not_forgotten(settled: Person) -> None:
    """It uses a change at once."""
    await settled.daemon()
    said = await settled.asks(*ADD)
    assert "Applied: added watch mice" in said.err
    said = await settled.asks("watch", "rm", "mice", "--yes")
    assert said.code == 0, said.err


def test_all_are_listed_with_their_places(settled: Person) -> None:
    """Disabled ones, too."""
    settled.types(*WHOLE)
    settled.types("watch", "disable", "mice")
    lines = settled.types("watch", "list").out.splitlines()
    assert "config.toml:" in lines[1]
    assert "disabled" in lines[2]
    assert "conf.d/mice.toml:2" in lines[2]
    rows = settled.types("watch", "list", "--json").data
    assert [(each["name"], each["disabled"]) for each in rows] == [("yeast", False), ("mice", True)]


def test_a_watch_is_disabled_and_enabled(settled: Person) -> None:
    """Twice is no trouble; a person's own is left to them."""
    settled.types(*ADD)
    assert settled.types("watch", "disable", "mice").err.startswith("mice is disabled now.")
    assert settled.types("watch", "disable", "mice").err == "mice is disabled already.\n"
    said = settled.types("watch", "show", "mice")
    assert (said.code, "gazelled watch enable mice" in said.err) == (2, True)
    assert settled.types("watch", "enable", "mice").err.startswith("mice is enabled now.")
    assert settled.types("watch", "enable", "mice", "--json").data["disabled"] is False
    said = settled.types("watch", "disable", "yeast")
    assert said.code == 2
    assert "which is yours: add disabled = true below [watch.yeast] there" in said.err
    assert 'did you mean "mice"?' in settled.types("watch", "disable", "mise").err


async def test_a_watch_is_removed(settled: Person) -> None:
    """Only ours, only when it is meant, and what it knew is forgotten."""
    await settled.asks(*ADD, "--with", "searchstr=yeast", "--tell", "journal")
    assert (await settled.asks("watch", "run", "mice")).code == 0
    said = await settled.asks("watch", "rm", "mice")
    assert (said.code, "add --yes to confirm" in said.err) == (2, True)
    said = await settled.asks("watch", "rm", "mice", "--yes")
    file = settled.folder / "conf.d" / "mice.toml"
    assert (said.code, said.err) == (0, f"Removed: {file}\nNext: gazelled run\n")
    assert not file.exists()
    said = await settled.asks("watch", "rm", "yeast", "--yes")
    assert (said.code, "take out [watch.yeast] there" in said.err) == (2, True)
    assert (await settled.asks("watch", "rm", "mice", "--yes", "--json")).code == 2


async def test_a_watch_is_shown_whole(settled: Person) -> None:
    """Its table as it counts, its plan, its last look, and what it told."""
    said = await settled.asks("watch", "show", "yeast")
    assert said.code == 0, said.err
    assert "last look never" in said.out
    await settled.asks("watch", "run", "yeast")
    said = await settled.asks("watch", "show", "yeast")
    shown = said.out
    assert shown.startswith("# config.toml:")
    table = tomllib.loads(shown.partition("\n\n")[0])
    assert (table["watch"]["yeast"]["ask"], table["watch"]["yeast"]["every"]) == ("browse", "1h")
    assert "promised        1h" in shown
    assert "Watching yeast" in shown
    data = (await settled.asks("watch", "show", "yeast", "--json")).data
    assert (data["count"], data["plan"]["names"]) == (1, ["yeast"])
    assert data["last"] is not None
    assert (await settled.asks("watch", "show", "yest")).code == 2


def test_those_of_each_are_named(settled: Person) -> None:
    """One table, several watches."""
    more = '[watch.ions]\nask = "browse"\neach = ["Na", "K"]\nwith = { searchstr = "{each}" }\n'
    settled.write(settled.config.read_text() + more + 'every = "mon 08:00"\n')
    said = settled.types("watch", "show", "ions")
    assert (said.code, "ions makes ions:Na, ions:K; choose one of them" in said.err) == (2, True)
    shown = settled.types("watch", "show", "ions:Na").out
    assert 'every = "mon 08:00"' in shown
    said = settled.types("watch", "disable", "ions:Na")
    assert "is made by ions; use ions" in said.err


def test_names_and_parameters_are_completed(settled: Person) -> None:
    """Those of the config, disabled ones too, and those of the action that is asked."""
    settled.types(*ADD)
    settled.types("watch", "disable", "mice")
    settled.write("not toml", "conf.d/broken.toml")
    context = click.Context(watch, obj=Settings(settled.environ))
    argument = click.Argument(["name"])
    names = [each.value for each in completers.watches(context, argument, "")]
    assert names == ["yeast", "mice"]
    assert [each.value for each in completers.targets(context, argument, "j")] == ["journal"]
    context.params = {"ask": "browse"}
    assert [each.value for each in completers.params(context, argument, "tagl")] == ["taglist="]
