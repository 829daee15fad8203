"""Kinds of watch that plugins bring: what the config may say of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from tests.config.conftest import WORKING

from gazelled.watches.keys.rule_terms import RuleTerms
from gazelled.watches.keys.stored_rule import read_rule

if TYPE_CHECKING:
    from tests.config.conftest import Home

TREND = """
from pydantic import Field
from gazelled.plugin import PluginConfig, hookimpl
from gazelled.plugin.kinds import Kind, Look, Outcome


class Keys(PluginConfig):
    factor: float = Field(default=3.0, gt=1)
    looks: int


class Trend(Kind[Keys]):
    name = "trend"
    about = "tells when a number grows faster than usual"
    keys = Keys
    compares_states = True
    takes = frozenset({"match", "fields"})

    def decide(self, look: Look[Keys]) -> Outcome:
        return Outcome()


@hookimpl
def gazelled_kinds(register):
    register(Trend())
"""
UNFIT = "    def unfit(self, source):\n        return "
PLUGIN = '[plugin.lab]\nfile = "lab.py"\n'
WATCH = '[watch.x]\nask = "browse"\ntell = ["phone"]\nkind = "trend"\n'


@pytest.fixture
def lab(home: Home) -> Home:
    """Return a folder with a config whose plugin brings a kind."""
    home.write(TREND, "lab.py")
    return home


def with_kind(lines: str, plugin: str = PLUGIN) -> str:
    """Return a config with a plugin and a watch of its kind."""
    return f"{WORKING}{plugin}{WATCH}{lines}"


def test_a_kind_of_a_plugin_has_keys_of_its_own(lab: Home) -> None:
    """They are checked by its model, which the watch then has."""
    watch = lab.config(with_kind("looks = 5\nfields = ['seeders']\n")).watches["x"]
    assert (watch.kind.name, watch.plugin, watch.fields) == ("trend", "lab", ("seeders",))
    assert cast("Any", watch.keys).model_dump() == {"factor": 3.0, "looks": 5}
    assert json.loads(watch.rule)["own"] == {"looks": 5}


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("", 'config.toml:14: watch.x.looks: the key "looks" is missing'),
        ('looks = "x"', "config.toml:18: watch.x.looks: expected a whole number"),
        ("looks = 5\nfactor = 1", "config.toml:19: watch.x.factor: expected more than 1"),
        (
            "lokos = 5\nlooks = 5",
            'config.toml:18: watch.x.lokos: unknown key; did you mean "looks"',
        ),
        ('looks = 5\nuntil = "seeders > 1"', 'config.toml:19: watch.x.until: only kind = "alert"'),
    ],
)
def test_keys_of_its_own_are_checked_at_their_lines(lab: Home, lines: str, problem: str) -> None:
    """As every other key is."""
    found = lab.problems(with_kind(lines))
    assert [each for each in found if each.startswith(problem)], found


def test_other_kinds_refuse_keys_of_a_kind(lab: Home) -> None:
    """The message names the kind that takes it."""
    lines = with_kind("looks = 5\n") + '[watch.y]\nask = "browse"\ntell = ["phone"]\nlooks = 5\n'
    assert 'watch.y.looks: only kind = "trend" takes looks, this is "new"' in str(
        lab.problems(lines)
    )


def test_each_fills_own_keys(lab: Home) -> None:
    """A text of a key is made for each term."""
    lab.write(TREND.replace("looks: int", "looks: str"), "lab.py")
    config = lab.config(with_kind('looks = "{each}"\neach = ["a", "b"]\n'))
    looks = [cast("Any", config.watches[name].keys).looks for name in ("x:a", "x:b")]
    assert looks == ["a", "b"]


def test_an_unknown_kind_may_be_one_of_a_plugin_that_is_not_loaded(lab: Home) -> None:
    """A person is told which plugin could be missing, and a stored rule says so as well."""
    lab.write("import no_such_module", "lab.py")
    loaded = lab.load(with_kind("looks = 5\n"))
    (problem,) = [each for each in loaded.problems if each.key == "watch.x.kind"]
    assert problem.message.startswith('expected "new", "change"')
    assert problem.message.endswith("; the watch rests while lab, which it may need, is not loaded")
    assert [each.key for each in loaded.left_out] == ["plugin.lab.file"]
    disabled = lab.config(f"{WORKING}{PLUGIN}disabled = true\n")
    text = '{"ask": "browse", "kind": "trend", "match": {}}'
    with pytest.raises(ValueError, match="no plugin that is loaded has this kind; the plugin"):
        read_rule(text, RuleTerms(disabled.kinds))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('name = "trend"', 'name = "Trend 2"', "'Trend 2' is no name; write a word in lower case"),
        ('name = "trend"', "", "None is no name"),
        ('name = "trend"', 'name = "gone"', 'the plugin "kinds" contributes "gone" already'),
        ('about = "tells when a number grows faster than usual"', "", '"trend" has no about'),
        ("    def decide", "    async def decide", 'decide of "trend" must be a plain def'),
        ("keys = Keys", "keys = dict", 'keys of "trend" must be a subclass of PluginConfig'),
        (
            "    def decide",
            "    def unfit(self, source):\n        return 1 / 0\n\n    def decide",
            "Zero",
        ),
        (
            "    def decide",
            "    def unfit(self, source):\n        pass\n\n    def decide",
            "unfit returned",
        ),
        ("    keys = Keys", "    keys = Keys\n    afterwards = 3", "its sentences are no texts"),
        ("register(Trend())", "register(Trend)", "gazelled_kinds must register a Kind"),
        ("    def decide", "    def decides", "Can't instantiate abstract class Trend"),
    ],
)
def test_a_kind_that_is_none_is_refused(lab: Home, old: str, new: str, reason: str) -> None:
    """The plugin is left out, and named with what is wrong."""
    assert old in TREND
    lab.write(TREND.replace(old, new), "lab.py")
    loaded = lab.load(f"{WORKING}{PLUGIN}")
    assert loaded.config is not None
    (problem,) = loaded.left_out
    assert reason in problem.message


@pytest.mark.parametrize("wrong", ["return 1 / 0", "return None", "raise SystemExit"])
@pytest.mark.parametrize("name", ["unfit", "fields_of", "reads_whole"])
def test_what_a_kind_says_of_a_source_is_contained(lab: Home, name: str, wrong: str) -> None:
    """Whatever it does wrong once it is registered, it counts as a kind that says nothing."""
    method = f"    def {name}(self, source):\n        if LATER:\n"
    method += f"            {wrong}\n        return super().{name}(source)\n\n    def decide"
    code = TREND.replace("    def decide", method).replace(
        "from pydantic", "LATER = []\nfrom pydantic"
    )
    lab.write(code.replace("register(Trend())", "register(Trend())\n    LATER.append(1)"), "lab.py")
    watch = lab.config(with_kind('looks = 5\nfields = ["seeders"]\n')).watches["x"]
    assert watch.listing
    assert (watch.kind.unfit(watch.listing), watch.kind.reads_whole(watch.listing)) == ("", True)
    assert watch.kind.fields_of(watch.listing) == watch.listing.fields


def test_a_sentence_with_braces_is_no_template(lab: Home) -> None:
    """Only {fields} stands for something in it."""
    requires = '{"fields": "name {this} like {fields}"}'
    lab.write(
        TREND.replace("    keys = Keys", f"    keys = Keys\n    requires = {requires}"), "lab.py"
    )
    assert 'watch.x.fields: missing; name {this} like "' in str(
        lab.problems(with_kind("looks = 5"))
    )


def test_a_kind_of_a_plugin_is_never_the_default(lab: Home) -> None:
    """A watch that names none is of gazelled's own."""
    lab.write(TREND.replace("    keys = Keys", "    by_default = True"), "lab.py")
    lines = f'{WORKING}{PLUGIN}[watch.x]\nask = "account"\ntell = ["phone"]\n'
    assert "watch.x.kind: missing, since account is a single thing" in str(lab.problems(lines))


def test_a_key_of_its_own_that_every_watch_has_is_refused(lab: Home) -> None:
    """Nobody could say which of both is meant."""
    lab.write(TREND.replace("looks: int", "urgent: int = 1"), "lab.py")
    assert 'plugin.lab: its kind "trend" has a key urgent of its own, but every watch has that' in (
        str(lab.problems(f"{WORKING}{PLUGIN}"))
    )


def test_a_key_that_it_takes_and_no_watch_has_is_refused(lab: Home) -> None:
    """A key of its own belongs to its model."""
    lab.write(TREND.replace('{"match", "fields"}', '{"looks"}'), "lab.py")
    assert 'plugin.lab: its kind "trend" takes looks, which no watch has; its own keys' in str(
        lab.problems(f"{WORKING}{PLUGIN}")
    )
