"""Words that people try, the help by name, and the facts for bug reports."""

from __future__ import annotations

import platform

import click
import pytest
from tests.cli.conftest import Person

from gazelled import __version__
from gazelled.cli.entry import gazelled
from gazelled.cli.support.command_words import ALIASES, INSTEAD, command_of

CONTEXT = click.Context(gazelled, info_name="gazelled")


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (("watch", "remove"), "gazelled watch rm"),
        (("watch", "delete"), "gazelled watch rm"),
        (("watch", "ls"), "gazelled watch list"),
        (("target", "ls"), "gazelled target list"),
        (("deliveries", "delete"), "gazelled deliveries drop"),
        (("plugins", "info"), "gazelled plugins show"),
        (("state", "check"), "gazelled state verify"),
    ],
)
def test_other_words_for_commands_are_answered(words: tuple[str, ...], command: str) -> None:
    """In a group there is one command that can be meant."""
    assert command_of(CONTEXT, words)[1].command_path == command


def test_a_group_that_lists_itself_takes_the_word_for_it(settled: Person) -> None:
    """`plugins ls` is `plugins`."""
    listed = settled.types("plugins", "ls")
    assert (listed.code, listed.out) == (0, settled.types("plugins").out)


@pytest.mark.parametrize("word", INSTEAD)
def test_what_is_no_command_is_answered_with_one_that_exists(person: Person, word: str) -> None:
    """Each command that is named is one, and no word in the table became a command."""
    answer = person.types(word)
    assert (answer.code, answer.out) == (2, "")
    assert f'there is no command "{word}"; use {INSTEAD[word]}' in answer.err
    for part in INSTEAD[word].replace(",", " for ").split(" for "):
        if part.strip().startswith("gazelled "):
            words = part.split("gazelled ", 1)[1].split()
            group = command_of(CONTEXT, (words[0],))[0]
            command_of(CONTEXT, tuple(words[: 2 if isinstance(group, click.Group) else 1]))


def test_each_alias_stands_for_a_command() -> None:
    """No alias leads nowhere in every group."""
    groups = [
        command
        for name in gazelled.list_commands(CONTEXT)
        if isinstance(command := gazelled.get_command(CONTEXT, name), click.Group) and name != "x"
    ]
    names = {name for group in groups for name in group.commands}
    assert all({*commands} & names for commands in ALIASES.values())


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("watch", "lst"), 'there is no command "watch lst"; did you mean "watch list"?'),
        (("state", "bakup"), 'there is no command "state bakup"; did you mean "state backup"?'),
        (("help", "wach"), 'there is no command "wach"; did you mean "watch"?'),
    ],
)
def test_the_nearest_command_is_named(person: Person, words: tuple[str, ...], hint: str) -> None:
    """In groups, too."""
    answer = person.types(*words)
    assert answer.code == 2
    assert hint in answer.err


def test_help_by_name_is_the_help(person: Person) -> None:
    """Of commands and of those in groups."""
    assert person.types("help", "watch", "add").out == person.types("watch", "add", "--help").out
    assert person.types("help").out == person.types("--help").out


def test_the_version_is_printed_without_a_config(person: Person) -> None:
    """As --version prints it."""
    assert person.types("version").out == person.types("--version").out


async def test_the_facts_for_a_bug_report(settled: Person) -> None:
    """With the daemon's, if one runs; and no secret."""
    facts = (await settled.asks("--json", "version", "--verbose")).data
    assert (facts["gazelled"], facts["daemon"]) == (__version__, "not running")
    assert facts["python"].endswith(platform.python_version())
    assert facts["config"] == str(settled.config)
    assert "bundled" in facts["plugins"]["journal"]
    assert {"aiohttp", "click", "pydantic"} <= facts["libraries"].keys()
    process = await settled.daemon()
    text = (await settled.asks("version", "--verbose")).out
    assert f"daemon: {__version__}, process {process.pid}, " in text
    assert f"state: {settled.state}" in text
    assert (settled.folder / "secrets" / "tracker-token").read_text() not in text
