"""`gazelled x`: commands of plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Person

    from gazelled.testing import Simulator

PLUGIN = '''
"""Counts how often a data set was looked up."""
import os, sys
import click
from gazelled.plugin import PluginConfig, PluginContext, hookimpl

class Options(PluginConfig):
    unit: str = "GiB"

@hookimpl
def gazelled_options(register):
    register(Options)

@click.command()
@click.argument("number", type=int)
@click.option("--upper/--lower", help="In capitals.")
@click.pass_obj
async def lookup(context: PluginContext[Options], number: int, upper: bool) -> None:
    """Look a data set up."""
    answer = await context.tracker.call("torrent", id=number)
    count = await context.store.get("count", 0) + 1
    await context.store.set("count", count)
    name = answer.payload["group"]["name"]
    name = name.upper() if upper else name
    click.echo(f"{count} {name} {context.options.unit} {len(answer.raw) > 100}")

@click.group()
def store():
    """See what is kept."""

@store.command()
@click.pass_obj
async def clear(context):
    keys = await context.store.keys("c")
    for key in keys:
        await context.store.delete(key)
    click.echo(f"{list(keys)} {await context.store.get('count')} {context.folder.name}")

@click.command()
@click.argument("way")
@click.pass_obj
async def fails(context, way):
    if way == "raise":
        raise KeyError("not there")
    if way == "exit":
        sys.exit(3)
    if way == "return":
        return 4
    if way == "quit":
        raise SystemExit("that was it")
    if way == "write":
        await context.tracker.call("announcements")
    if way == "http":
        await context.http.get(context.site.url)
    if way == "value":
        await context.store.set("key", float("nan"))
    raise BaseException("whatever")

@hookimpl
def gazelled_commands(register):
    for command in (lookup, store, fails):
        register(command)
'''


@pytest.fixture
def counting(settled: Person) -> Person:
    """Return somebody whose config has a plugin with commands."""
    settled.write(PLUGIN, "plugins/counter.py")
    table = '[plugin.counter]\nfile = "counter.py"\nunit = "TiB"\n'
    settled.write(f"{settled.config.read_text()}\n{table}")
    return settled


async def test_a_command_uses_tracker_and_store_without_a_daemon(
    counting: Person, sim: Simulator
) -> None:
    """Its arguments are typed, its options are those of the config, and its values stay."""
    title = sim.world.torrents[60].group.title
    for number in (1, 2):
        said = await counting.asks("x", "lookup", "60", "--upper")
        assert said.code == 0, said.err
        assert said.out == f"{number} {title.upper()} TiB True\n"
    said = await counting.asks("x", "store", "clear")
    assert said.out == "['count'] None counter\n", said.err


async def test_a_running_daemon_sends_its_requests(counting: Person, sim: Simulator) -> None:
    """It has the account and the state."""
    process = await counting.daemon()
    said = await counting.asks("x", "lookup", "60")
    assert said.code == 0, said.err
    assert said.out.startswith("1 ")
    again = await counting.asks("x", "lookup", "60")
    assert again.out.startswith("2 ")
    assert min(sim.gaps()) >= 0.1
    process.terminate()
    await counting.ended(process)


def test_commands_are_listed_with_their_plugin(counting: Person) -> None:
    """By itself, as JSON, and in the help."""
    said = counting.types("x")
    assert said.code == 0, said.err
    assert said.out.splitlines()[1].split() == [
        "lookup",
        "counter",
        "Look",
        "a",
        "data",
        "set",
        "up.",
    ]
    data = counting.types("x", "--json").data
    assert [(row["name"], row["plugin"]) for row in data] == [
        ("lookup", "counter"),
        ("store", "counter"),
        ("fails", "counter"),
    ]
    assert "Look a data set up. (counter)" in counting.types("x", "--help").out
    assert "--upper" in counting.types("x", "lookup", "--help").out
    assert counting.types("--help").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["lookup", "many"], 2, "'many' is not a valid integer"),
        (["lokup"], 2, 'no plugin has a command "lokup"; did you mean "lookup"?'),
        (
            ["fails", "raise"],
            1,
            "the command fails of the plugin counter failed: KeyError: 'not there'",
        ),
        (["fails", "base"], 1, "BaseException: whatever"),
        (["fails", "quit"], 1, "SystemExit: that was it"),
        (["fails", "exit"], 3, ""),
        (["fails", "return"], 4, ""),
        (["fails", "write"], 4, "announcements marks the news as read, and plugins may only read"),
        (["fails", "http"], 4, "is the tracker, which context.http doesn't reach"),
        (["fails", "value"], 1, "is not of JSON"),
    ],
)
async def test_what_goes_wrong_is_a_sentence(
    counting: Person, arguments: list[str], code: int, words: str
) -> None:
    """Whatever a plugin raises; with its own exit code if it chose one."""
    said = await counting.asks("x", *arguments)
    assert (said.code, said.out) == (code, "")
    assert words in said.err
    assert "Traceback" not in said.err


def test_without_commands_it_says_so(settled: Person) -> None:
    """A list of nothing is no error; a name is one."""
    said = settled.types("x")
    assert (said.code, said.out, said.err) == (0, "", "No plugin of the config has a command.\n")
    assert settled.types("x", "lookup").code == 2


def test_a_config_with_errors_runs_no_command(counting: Person) -> None:
    """It says what to fix."""
    counting.write(counting.config.read_text().replace("[tracker]", "[tracker]\nwrong = 1"))
    said = counting.types("x", "lookup", "60")
    assert said.code == 2
    assert "fix the config first (gazelled check)" in said.err
