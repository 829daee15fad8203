"""The commands know the actions and sites that plugins declare."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gazelled.testing import Simulator

if TYPE_CHECKING:
    from tests.cli.conftest import Person

PLUGIN = """
from gazelled.plugin import (
    ActionSpec, COUNT, FieldSpec, ListSpec, ParameterSpec, SiteSpec, hookimpl)

@hookimpl
def gazelled_actions(register):
    register(ActionSpec(
        name="sitelog", about="What happened at the site",
        parameters={"page": ParameterSpec(number=True, about="the page")},
        lists=(ListSpec(kind="entry", at="log", id="id", fields={"n": FieldSpec("n", COUNT)}),),
    ))
    register(ActionSpec(name="wipe", about="Wipes the log", changes="wipes the log"))

@hookimpl
def gazelled_sites(register):
    register(SiteSpec(name="mirror", about="A mirror", based_on="orpheus"))
"""


@pytest.fixture
def knowing(settled: Person) -> Person:
    """Return somebody with a plugin that declares actions and a site."""
    settled.write(PLUGIN, "plugins/extra.py")
    settled.write(settled.config.read_text() + '\n[plugin.extra]\nfile = "extra.py"\n')
    return settled


async def test_call_sends_it(knowing: Person, sim: Simulator) -> None:
    """Its parameters are checked; what changes something asks first; a wrong name has a hint."""
    said = await knowing.asks("call", "sitelog", "page=2")
    assert "bad parameters" in said.err, "the simulated tracker doesn't have it"
    assert [arrival.action for arrival in sim.arrivals] == ["index", "sitelog"]
    sent = len(sim.arrivals)
    for arguments, words in (
        (["sitelog", "page=x"], "whole number"),
        (["wipe"], "wipe wipes the log; add --yes to confirm"),
        (["sitelg"], 'did you mean "sitelog"'),
    ):
        said = await knowing.asks("call", *arguments)
        assert (said.code, said.out) == (2, "")
        assert words in said.err
    assert len(sim.arrivals) == sent


def test_actions_lists_and_explains_it(knowing: Person) -> None:
    """With its plugin as the source, and the kinds of watch that it serves."""
    listed = knowing.types("actions").out
    assert "sitelog" in listed
    assert "What happened at the site" in listed
    explained = knowing.types("actions", "sitelog").out
    assert 'Source:   the plugin "extra"' in explained
    assert "Rules:    title, n" in explained
    assert "Watch:    entry: " in explained
    assert knowing.types("--json", "actions", "wipe").data["changes"] == "wipes the log"


def test_without_the_plugin_it_is_unknown(settled: Person) -> None:
    """Nothing of it stays in a table that every process has."""
    said = settled.types("actions", "sitelog")
    assert said.code == 2
    assert 'unknown action "sitelog"' in said.err
    assert settled.types("actions", "--profile", "mirror").code == 2


def test_a_site_shows_its_actions(knowing: Person) -> None:
    """Those of its base, and those of plugins, of which nothing is verified."""
    data = knowing.types("--json", "actions", "--profile", "mirror").data
    known = {action["name"]: action["known"] for action in data}
    assert known["browse"] == "unknown"
    assert known["sitelog"] == "documented"


def test_a_bundled_action_is_shown_for_its_site(person: Person) -> None:
    """Also without a config."""
    assert "riplog" in person.types("actions", "--profile", "orpheus").out
    assert "riplog" not in person.types("actions").out
    assert person.types("actions", "--profile", "redacted").code == 0


async def test_check_knows_it(knowing: Person) -> None:
    """A watch of it is valid, and one of a field that it has not is an error."""
    watch = '\n[watch.log]\nask = "sitelog"\nif = "n > 5"\ntell = ["journal"]\n'
    config = knowing.config.read_text()
    knowing.write(config + watch)
    said = await knowing.asks("check")
    assert said.code == 0, said.err + said.out
    knowing.write(config + watch.replace("n > 5", "m > 5"))
    said = await knowing.asks("check")
    assert said.code != 0
    assert "watch.log.if" in said.out
