"""`gazelled plugins`: what there is and how it is doing, showing one, enabling and forgetting."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gazelled.containment.exclusions import Exclusions
from gazelled_plugins import journal

from .test_actions import completed

if TYPE_CHECKING:
    from tests.cli.conftest import Person, Said

COUNTER = '''
"""
Counts answers.

It keeps the number.
"""
from typing import Literal
import click
from gazelled.plugin import *

class Options(PluginConfig):
    """
    Options.

    Attributes:
        lab: The lab that it is for,
            in full.
        mode: How it counts.

    """
    lab: str
    mode: Literal["fast", "slow"] = "fast"
    limit: int | None = None

@hookimpl
def gazelled_options(register):
    register(Options)

@hookimpl
def gazelled_match_fields(register):
    register("owner", TEXT, about="who has it")

@hookimpl
def gazelled_functions(register):
    register("twice", lambda number: 2 * number, takes=[COUNT], returns=COUNT)

@hookimpl
def gazelled_commands(register):
    register(click.Command("count", help="Print the count."))

@hookimpl
async def gazelled_answered(answer, context):
    count = await context.store.get("count", 0)
    await context.store.set("count", count + 1)
    (context.folder / "seen").touch()
    if answer.call.action == "stats":
        raise ValueError("no more")
'''

OBSERVER = """
from gazelled.plugin import *

@hookimpl
async def gazelled_answered(answer): ...
"""

TABLES = """
[plugin.counter]
file = "counter.py"
lab = "Sanger"
order = 5

[plugin.observer]
file = "observer.py"

[plugin.broken]
file = "broken.py"

[plugin.away]
file = "observer.py"
disabled = true
"""


@pytest.fixture
def plugged(settled: Person) -> Person:
    """Return somebody whose config has plugins."""
    settled.write(COUNTER, "plugins/counter.py")
    settled.write(OBSERVER, "plugins/observer.py")
    settled.write("raise OSError('not today')", "plugins/broken.py")
    settled.write(settled.config.read_text() + TABLES)
    return settled


def rows(said: Said) -> dict[str, dict[str, Any]]:
    """Return the plugins that were printed, by name."""
    assert said.code == 0, said.err
    return {row["name"]: row for row in said.data["plugins"]}


def test_without_a_daemon_config_and_installation_are_shown(plugged: Person) -> None:
    """Those of the config in the order of calling, then the others that are installed."""
    said = plugged.types("--json", "plugins")
    plugins = rows(said)
    assert said.data["running"] is False
    states = {name: plugins[name]["state"] for name in ("counter", "observer", "broken", "away")}
    assert states == {
        "counter": "loaded",
        "observer": "loaded",
        "broken": "left out",
        "away": "disabled",
    }
    assert "OSError: not today" in plugins["broken"]["reason"]
    assert [name for name in plugins if name in states] == ["observer", "broken", "away", "counter"]
    assert plugins["journal"]["targets"] == ["journal"]
    assert plugins["journal"]["form"] == "bundled"
    assert plugins["journal"]["distribution"] == "gazelled"
    assert plugins["apprise"]["state"] == "not used"
    assert plugins["counter"]["health"] is None
    assert said.data["calling"]["gazelled_answered"] == ["observer", "counter"]
    text = plugged.types("plugins")
    assert "gazelled is not running; its config is shown." in text.err
    assert "broken is left out: " in text.err
    (order,) = (line for line in text.out.splitlines() if line.startswith("answered"))
    assert order.split() == ["answered", "observer,", "counter"]


async def test_a_daemon_tells_its_figures(plugged: Person) -> None:
    """Calls, failures and the last error; what it keeps can't be forgotten meanwhile."""
    process = await plugged.daemon()
    await plugged.until(lambda: bool(plugged.titles()))
    assert (await plugged.asks("call", "stats")).code == 0

    async def counter() -> dict[str, Any]:
        return rows(await plugged.asks("--json", "plugins"))["counter"]

    while not (row := await counter())["health"]["failures"]:
        assert process.poll() is None
    assert row["state"] == "running"
    assert row["health"]["calls"] >= 1
    assert row["health"]["last_error"] == "ValueError: no more"
    assert row["resources"]["stored"] > 0
    assert row["resources"]["requests"]["calls"] == 0
    assert "ValueError: no more" in (await plugged.asks("plugins")).out
    refused = await plugged.asks("plugins", "forget", "counter", "--yes")
    assert refused.code == 1
    assert "the daemon uses the plugin counter" in refused.err
    assert (await plugged.asks("plugins", "enable", "counter")).code == 1
    process.terminate()
    await plugged.ended(process)
    folder = plugged.state / "plugins" / "counter"
    assert (folder / "seen").exists()
    unsure = await plugged.asks("plugins", "forget", "counter")
    assert (unsure.code, folder.exists()) == (2, True)
    assert "add --yes to confirm" in unsure.err
    said = await plugged.asks("plugins", "forget", "counter", "--yes")
    assert said.code == 0, said.err
    assert "Deleted: 1 entry of the state and the folder." in said.err
    assert not folder.exists()
    again = await plugged.asks("plugins", "forget", "counter", "--yes")
    assert (again.code, again.err) == (1, "Nothing was kept of counter.\n")


async def test_a_plugin_that_was_left_out_is_enabled(plugged: Person) -> None:
    """By the state without a daemon, and by the daemon for its next start."""
    assert (await plugged.asks("call", "index")).code == 0
    for daemon in (False, True):
        Exclusions(plugged.state).exclude("observer", "it held the event loop 3 times")
        process = await plugged.daemon() if daemon else None
        row = rows(await plugged.asks("--json", "plugins"))["observer"]
        assert row["state"] == "left out"
        assert "it held the event loop 3 times" in row["reason"]
        said = await plugged.asks("plugins", "enable", "observer")
        assert said.err == "observer is used from the next start.\n"
        assert (await plugged.asks("plugins", "enable", "observer")).code == 1
        assert not Exclusions(plugged.state).excluded
        if process:
            unknown = await plugged.asks("plugins", "enable", "obsever")
            assert unknown.code == 2
            assert 'did you mean "observer"?' in unknown.err
            process.terminate()
            await plugged.ended(process)


async def test_only_a_folder_of_a_plugin_is_deleted(plugged: Person) -> None:
    """A path is no name."""
    assert (await plugged.asks("call", "index")).code == 0
    for name in ("../counter", ".", "a/b"):
        said = await plugged.asks("plugins", "forget", name, "--yes")
        assert said.code == 1
        assert "is no name of a plugin" in said.err
    said = await plugged.asks("plugins", "forget", "x" * 10_000, "--yes")
    assert (said.code, "Nothing was kept of x" in said.err) == (1, True)
    assert plugged.state.exists()


def test_without_a_state_there_is_nothing_to_change(plugged: Person) -> None:
    """It says so, and makes none."""
    for arguments in (["forget", "counter", "--yes"], ["enable", "counter"]):
        said = plugged.types("plugins", *arguments)
        assert said.code == 3
        assert "There is no state in" in said.err
    assert not plugged.state.exists()


def test_one_is_shown_in_full(plugged: Person) -> None:
    """Its docstring, its options with types, defaults and meaning, and what it contributes."""
    data = plugged.types("--json", "plugins", "show", "counter").data
    assert data["about"] == "Counts answers.\n\nIt keeps the number."
    assert data["options"] == [
        {
            "name": "lab",
            "type": "str",
            "default": None,
            "about": "The lab that it is for, in full.",
        },
        {"name": "mode", "type": '"fast" | "slow"', "default": '"fast"', "about": "How it counts."},
        {"name": "limit", "type": "int | none", "default": "null", "about": ""},
    ]
    assert data["contributes"] == [
        {"sort": "field", "name": "owner", "about": "who has it"},
        {"sort": "function", "name": "twice", "about": ""},
        {"sort": "command", "name": "count", "about": "Print the count."},
    ]
    text = plugged.types("plugins", "show", "counter").out
    assert "It keeps the number." in text
    assert "[plugin.counter]" in text
    assert "required" in text


def test_an_installed_one_and_a_file_are_shown_too(person: Person, tmp_path: Path) -> None:
    """Neither has to be in a config, nor must there be one."""
    data = person.types("--json", "plugins", "show", "journal").data
    assert data["origin"]["form"] == "bundled"
    assert data["about"].startswith(str(journal.__doc__).strip().splitlines()[0])
    options = {option["name"]: option for option in data["target_options"]}
    assert options["path"]["about"]
    apprise = person.types("--json", "plugins", "show", "apprise").data
    tables = {option["name"]: option["default"] for option in apprise["target_options"]}
    assert (tables["url"], tables["templates"]) == (None, "{}")
    (tmp_path / "my_counter.py").write_text(COUNTER)
    said = person.types("--json", "plugins", "show", tmp_path / "my_counter.py")
    assert said.data["name"] == "my-counter"
    assert [option["name"] for option in said.data["options"]] == ["lab", "mode", "limit"]
    missing = person.types("plugins", "show", "nothing")
    assert missing.code == 1
    assert "nothing" in missing.err


@pytest.mark.parametrize("name", ["x" * 10_000, "~nobody-of-this-name/plugin.py"])
@pytest.mark.parametrize("command", [("show",), ("try",)])
async def test_names_that_no_file_has(plugged: Person, name: str, command: tuple[str, ...]) -> None:
    """What is too long for a path, or in no home folder, isn't there."""
    said = await plugged.asks("plugins", *command, name)
    assert said.code in {1, 2}
    assert "failed" not in said.err
    assert (await plugged.asks("--config", name, "check")).code == 2


def test_names_are_completed(plugged: Person) -> None:
    """Those that are installed; of a config its own too."""
    assert "plain,journal" in completed("bash", "plugins", "show", "jour")
    config = str(plugged.config)
    assert completed("bash", "--config", config, "plugins", "enable", "coun") == ["plain,counter"]
