"""docs/cli.md describes every command, sub-command and option."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from gazelled.cli.entry import gazelled

TEXT = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE))
CONTEXT = click.Context(gazelled, info_name="gazelled")
COMMANDS = gazelled.list_commands(CONTEXT)


def command(name: str) -> click.Command:
    """Return a command by its name."""
    found = gazelled.get_command(CONTEXT, name)
    assert isinstance(found, click.Command)
    return found


def commands(name: str) -> Iterator[tuple[str, click.Command]]:
    """Return a command and its sub-commands with their full names."""
    found = command(name)
    yield name, found
    if isinstance(found, click.Group):
        for each, part in found.commands.items():
            yield f"{name} {each}", part


def names(part: click.Command) -> set[str]:
    """Return the long names of a command's options, but for those that every command has."""
    return {
        max(parameter.opts, key=len)
        for parameter in part.params
        if isinstance(parameter, click.Option)
    } - {"--json"}


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_a_section_with_its_options(name: str) -> None:
    """Sub-commands are named in it in full."""
    section = SECTIONS[name]
    for full, part in commands(name):
        assert f"gazelled {full}" in TEXT
        if full != name:
            assert re.search(rf"`gazelled {full}\b", section), full
        missing = [option for option in names(part) if not re.search(rf"`{option}\b", section)]
        assert not missing, f"{full}: {missing}"


@pytest.mark.parametrize("name", COMMANDS)
def test_no_section_has_an_option_that_there_is_not(name: str) -> None:
    """An option that went doesn't stay in its table."""
    known = {option for _, part in commands(name) for option in names(part)}
    first_columns = re.findall(r"^\| (`--.+?) \|", SECTIONS[name], re.MULTILINE)
    listed = {option for cell in first_columns for option in re.findall(r"`(--[\w-]+)", cell)}
    assert listed <= known


def test_the_options_before_the_command_are_described() -> None:
    """They stand in a section of their own."""
    section = SECTIONS["Before the command"]
    assert all(f"`{option}" in section for option in {"--help", "--json", *names(gazelled)})


def test_the_commands_are_listed_in_the_order_of_the_help() -> None:
    """The first table names each."""
    table = TEXT.partition("## ")[0]
    listed = re.findall(r"^\| `gazelled (\w+)", table, re.MULTILINE)
    assert list(dict.fromkeys(listed)) == COMMANDS
