"""Mistakes in watches: each is one sentence on the right line, before anything is asked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Person

    from gazelled.testing import Simulator

HEAD = """\
[tracker]
url = "https://tracker.example"
token = { secret = "tracker-token" }
[target.phone]
plugin = "journal"
"""
WATCH = '[watch.x]\nask = "browse"\ntell = ["phone"]\n'
READER = re.compile("this is not TOML: .*; ")
"""The words of the TOML reader are different in each version of Python."""
MISTAKES = (Path(__file__).parent / "test_mistakes.txt").read_text().split("\n\n")


def checked(person: Person, text: str, *, log_in: str = "") -> tuple[int, list[str]]:
    """Check a config; tell the exit code and the problems."""
    person.write("made-up", "secrets/tracker-token")
    person.write(text.replace('token = { secret = "tracker-token" }', log_in) if log_in else text)
    said = person.types("--json", "check")
    problems = [
        f"{each['line']}: " + ": ".join(filter(None, (each["key"], mark + each["message"])))
        for each in said.data["problems"]
        for mark in ("warning: " if each["severity"] == "warning" else "",)
    ]
    return said.code, [READER.sub("this is not TOML: …; ", each) for each in problems]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_is_told_in_a_sentence(person: Person, mistake: str) -> None:
    """One line for each, with what was expected, and nothing that only follows from it."""
    text, *sentences = mistake.strip("\n").split("\n=> ")
    only_warnings = all(": warning: " in each for each in sentences)
    assert checked(person, f"{HEAD}{text}\n") == (0 if only_warnings else 2, sentences)


def test_all_at_once_are_told_without_asking_the_tracker(person: Person, sim: Simulator) -> None:
    """What is wrong is found before a slot is spent."""
    person.write("made-up", "secrets/tracker-token")
    watches = (each.split("\n=> ")[0] for each in MISTAKES if each.count("[watch.x]") == 1)
    named = [text.replace("[watch.x", f"[watch.x{at}") for at, text in enumerate(watches)]
    readable = [text for text in named if "this is not TOML" not in text][:40]
    person.write(HEAD.replace("https://tracker.example", sim.url) + "\n".join(readable))
    said = person.types("check")
    assert said.code == 2
    assert len(said.out.splitlines()) >= len(readable) / 2
    assert sim.arrivals == []


@pytest.mark.parametrize(
    ("written", "line"),
    [
        (f'{HEAD}{WATCH}every = "5m"\n'.replace("\n", "\r\n").encode(), 9),
        (f'{HEAD}{WATCH}every = "5m"\n'.encode("utf-8-sig"), 9),
        (f'{HEAD}{WATCH}about = "Hefe für alle"\n'.encode("latin-1"), 9),
        (f"{HEAD}{WATCH}".encode("utf-16"), 1),
        (f'{HEAD}{WATCH}every\t=\t"5m"\n'.encode(), 9),
    ],
)
def test_other_systems_write_files_otherwise(person: Person, written: bytes, line: int) -> None:
    """Windows' line ends, its mark at the beginning, other encodings, tabs: the line is right."""
    person.write("made-up", "secrets/tracker-token")
    person.write("").write_bytes(written)
    said = person.types("check")
    assert said.code == 2
    assert [each.split(":")[1] for each in said.out.splitlines()] == [str(line)]


LOG_IN = 'login = { username = "me", password = { secret = "tracker-token" } }'


@pytest.mark.parametrize(
    "watch",
    [
        'ask = "top10"\nkind = "report"',
        'ask = "account"\nkind = "alert"\nif = "new_blog"',
        'ask = "account"\nkind = "change"\nfields = ["notifications"]',
        'ask = "get_user_notifications"\nmatch.type = "Torrents"',
        'ask = "get_user_notifications"\nif = \'type == "torrents"\'',
    ],
)
def test_what_only_a_token_is_not_told(person: Person, watch: str) -> None:
    """By token it is an error that says so; by log-in it is none."""
    text = f'{HEAD}[watch.x]\n{watch}\ntell = ["phone"]\n'
    code, problems = checked(person, text)
    assert code == 2
    assert len(problems) == 1
    assert "token" in problems[0]
    assert checked(person, text, log_in=LOG_IN) == (0, [])


def test_files_beside_the_config_have_their_own_lines(person: Person) -> None:
    """A mistake is told with the file that it is in, and so is what stands in two."""
    person.write("made-up", "secrets/tracker-token")
    person.write(HEAD + WATCH)
    person.write('[watch.y]\nask = "brows"\ntell = ["phone"]\n[watch.x]\n', "conf.d/more.toml")
    said = person.types("check")
    assert said.out.splitlines() == [
        'conf.d/more.toml:2: watch.y.ask: unknown action "brows"; did you mean "browse"?',
        "conf.d/more.toml:4: watch.x: is already in config.toml:6; remove one of them",
    ]
