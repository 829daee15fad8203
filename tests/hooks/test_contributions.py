"""What plugins contribute is collected with their names, and checked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gazelled.fields import FLAG, TEXT, TEXTS
from gazelled.hooks import Bus
from gazelled.hooks.contributions import Contributed, Contributions

Write = Callable[[str, str], Path]

START = """
import click
from gazelled.plugin import *

class Options(PluginConfig):
    path: str = ""

def named(name):
    return click.Command(name)

@hookimpl
def gazelled_{sort}(register):
    {body}
"""


@pytest.fixture
def contribute(write: Write) -> Callable[..., Contributions]:
    """Load plugins, each with one hook, and return what they contribute."""

    def load(sort: str, *bodies: str) -> Contributions:
        bus = Bus()
        for number, body in enumerate(bodies):
            name = f"plugin-{number}"
            file = write(f"p{number}", START.format(sort=sort, body=body))
            if problems := bus.load({name: file}, []):
                raise ValueError(str(problems[0]))
        return bus.contributions

    return load


Contribute = Callable[..., Contributions]


def test_hook_gazelled_options(contribute: Contribute) -> None:
    """The type of the plugin's own options is known by its name."""
    model = contribute("options", "register(Options)").options["plugin-0"].value
    assert list(model.model_fields) == ["path"]
    with pytest.raises(ValueError, match="registered only once"):
        contribute("options", "register(Options); register(Options)")
    with pytest.raises(ValueError, match="must register a subclass of PluginConfig"):
        contribute("options", "register(3)")


def test_hook_gazelled_commands(contribute: Contribute) -> None:
    """Each is there with its plugin; what is no command of click, or has no name, is refused."""
    commands = contribute("commands", "register(named('one')); register(named('two'))").commands
    assert [(one.plugin, one.name, one.value.name) for one in commands.values()] == [
        ("plugin-0", "one", "one"),
        ("plugin-0", "two", "two"),
    ]
    with pytest.raises(ValueError, match="something with a name"):
        contribute("commands", "register(named(None))")
    with pytest.raises(ValueError, match="must register a command of click"):
        contribute("commands", "register(3)")


def test_hook_gazelled_sources(contribute: Contribute) -> None:
    """A source is known by its name, and what is none is refused."""
    body = (
        "from gazelled.plugin.sources import Source\n"
        "    async def poll(self, request): return []\n"
        "    parts = dict(name='shelf', about='x', options=PluginConfig, poll=poll)\n"
        "    register(type('Shelf', (Source,), parts)())"
    )
    sources = contribute("sources", body).sources
    assert [(source.plugin, source.value.about) for source in sources.values()] == [
        ("plugin-0", "x")
    ]
    with pytest.raises(ValueError, match="gazelled_sources"):
        contribute("sources", "register(named('one'))")


def test_hook_gazelled_kinds(contribute: Contribute) -> None:
    """A kind is known by its name, and what is none is refused."""
    body = (
        "from gazelled.plugin.kinds import Kind\n"
        "    register(type('Trend', (Kind,), dict(name='trend', about='x', decide=len))())"
    )
    kinds = contribute("kinds", body).kinds
    assert [(kind.plugin, kind.value.about) for kind in kinds.values()] == [("plugin-0", "x")]
    with pytest.raises(ValueError, match="gazelled_kinds"):
        contribute("kinds", "register(named('one'))")


@pytest.mark.parametrize(("sort", "spec"), [("actions", "ActionSpec"), ("sites", "SiteSpec")])
def test_declared_things_are_of_their_type(contribute: Contribute, sort: str, spec: str) -> None:
    """Each is there with its plugin, and what is of another type is refused."""
    things = getattr(contribute(sort, f"register({spec}(name='one', about='x'))"), sort)
    assert [(thing.plugin, thing.value.about) for thing in things.values()] == [("plugin-0", "x")]
    with pytest.raises(ValueError, match=f"must register a {spec}"):
        contribute(sort, "register(named('one'))")


def test_hook_gazelled_match_fields(contribute: Contribute) -> None:
    """A field has a type, and perhaps what computes it."""
    body = "register('accessions', TEXTS, about='numbers'); register('long', FLAG, compute=len)"
    given, computed = contribute("match_fields", body).match_fields.values()
    assert (given.value.type, given.value.about, given.value.compute) == (TEXTS, "numbers", None)
    assert computed.value.type is FLAG
    assert computed.value.compute is not None
    with pytest.raises(ValueError, match="is no name"):
        contribute("match_fields", "register('two words', TEXT)")
    with pytest.raises(ValueError, match="takes types of fields, such as TEXT"):
        contribute("match_fields", "register('x', str)")
    with pytest.raises(ValueError, match="needs a plain function"):
        contribute("match_fields", "register('x', TEXT, compute=3)")


def test_hook_gazelled_functions(contribute: Contribute) -> None:
    """A function has the types of its arguments and its result."""
    body = "register('under', lambda a, b: a < b, takes=[TEXT, TEXT], returns=FLAG)"
    function = contribute("functions", body).functions["under"].value
    assert (function.takes, function.returns) == ((TEXT, TEXT), FLAG)
    assert function.function("a", "b") is True
    with pytest.raises(ValueError, match="takes types of fields"):
        contribute("functions", "register('under', len, takes=['text'], returns=FLAG)")


def test_hook_gazelled_template_filters(contribute: Contribute) -> None:
    """A filter is a plain function."""
    filters = contribute("template_filters", "register('shout', str.upper)").template_filters
    assert filters["shout"] == Contributed("plugin-0", "shout", str.upper)
    with pytest.raises(ValueError, match="needs a plain function"):
        contribute("template_filters", "register('shout', 'upper')")
    body = "class Shout:\n        __hash__ = None\n        def __call__(self, text): return text"
    with pytest.raises(ValueError, match="has no hash"):
        contribute("template_filters", f"{body}\n    register('shout', Shout())")


def test_hook_gazelled_doctor_checks(contribute: Contribute) -> None:
    """A check is an async function."""
    body = "async def check(context): return []\n    register('accounts', check)"
    assert list(contribute("doctor_checks", body).doctor_checks) == ["accounts"]
    with pytest.raises(ValueError, match='must be "async def"'):
        contribute("doctor_checks", "register('accounts', len)")


def test_hook_gazelled_routes(contribute: Contribute) -> None:
    """A page is an async function at a path of the plugin's own; two plugins may have the same."""
    body = "async def page(request, context): return ''\n    register('{}', page)"
    both = contribute("routes", body.format("a/b.json"), body.format("a/b.json")).routes
    assert list(both) == ["plugin-0/a/b.json", "plugin-1/a/b.json"]
    with pytest.raises(ValueError, match='must be "async def"'):
        contribute("routes", "register('', len)")
    with pytest.raises(ValueError, match="twice"):
        contribute("routes", f"{body.format('')}\n    register('', page)")
    for path in ("/a", "a//b", "..", "a/../b", "a b", "a?b", "é"):
        with pytest.raises(ValueError, match="is no path below /plugins/plugin-0/"):
            contribute("routes", body.format(path))


def test_two_plugins_of_one_name(contribute: Contribute) -> None:
    """The later one is left out, and both are named."""
    body = "register('accessions', TEXTS)"
    with pytest.raises(ValueError, match=r'plugin-1: .* "plugin-0" contributes "accessions"'):
        contribute("match_fields", body, body)


def test_two_of_one_name_in_a_plugin(contribute: Contribute) -> None:
    """Which is meant is not guessed."""
    with pytest.raises(ValueError, match='registers "one" twice'):
        contribute("commands", "register(named('one')); register(named('one'))")


def test_a_plugin_that_is_left_out_contributes_nothing(write: Write) -> None:
    """It is registered wholly or not at all."""
    bad = START.format(sort="commands", body="register(named('one')); 1 / 0")
    bus = Bus()
    (problem,) = bus.load({"bad": write("bad", bad)}, [])
    assert "ZeroDivisionError" in problem.message
    assert bus.contributions == Contributions()
