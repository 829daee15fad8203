"""Loading: only what is named, and a broken one is told and left out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gazelled.hooks import Bus

Write = Callable[[str, str], Path]

START = "import asyncio\nfrom gazelled.plugin import *\nclass O(PluginConfig): pass\n"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("import nonesuch", "{file}:1: ModuleNotFoundError: No module named 'nonesuch'; install"),
        ("x = 1\nif x", "{file}:2: SyntaxError: expected ':'; fix it, or take it out"),
        ("x = 1\n\n1 / 0", "{file}:3: ZeroDivisionError: division by zero; fix it"),
        ("import json\njson.loads('{')", "{file}:2: JSONDecodeError: "),
        ("import sys\nsys.exit(1)", "{file}:2: SystemExit: 1; fix it"),
        ("x = 1", "it has neither a function with @target nor one with @hookimpl"),
        (
            START + "@target(O)\ndef f(delivery, options): pass",
            "{file}:4: TypeError: f must be 'async def': it would block",
        ),
        (
            START + "@target(O)\nasync def f(delivery): pass",
            "{file}:4: TypeError: f must take (delivery, options)",
        ),
        (
            START + "@target(O)\nasync def f(d, o): pass\n@target(O)\nasync def g(d, o): pass",
            "it has several targets (f, g); put each into its own file",
        ),
        (
            START + "@hookimpl\ndef gazelled_answer(answer): pass",
            "{name}:4: gazelled_answer must be 'async def'",
        ),
        (
            START + "@hookimpl\nasync def gazelled_targets(register): pass",
            "{name}:4: gazelled_targets must be a plain 'def', not async",
        ),
        (
            START + "@hookimpl\nasync def gazelled_answer(reply): pass",
            '{name}:4: gazelled_answer takes "reply", which the hook does not give; it gives ',
        ),
        (
            START + "@hookimpl\nasync def gazelled_answer(*answer): pass",
            '{name}:4: gazelled_answer takes "*answer", which',
        ),
        (
            START + "@hookimpl\nasync def gazelled_anser(answer): pass",
            '{name}:4: there is no hook "gazelled_anser"; did you mean "gazelled_answer"?',
        ),
        (
            START + "@hookimpl(wrapper=True)\ndef gazelled_answer(answer): yield",
            "{name}:4: gazelled_answer is a wrapper, and hooks can't be wrapped here",
        ),
        (
            START + "@hookimpl\ndef gazelled_targets(register): register(O)",
            "it registers options, but has no hook that delivers",
        ),
        (
            START + "@hookimpl\nasync def gazelled_deliver(delivery): pass",
            "it delivers, but registers no options",
        ),
        (
            START + "@hookimpl\ndef gazelled_targets(register): register(int)",
            "gazelled_targets must register a subclass of PluginConfig",
        ),
        (
            START + "@hookimpl\ndef gazelled_targets(register): raise SystemExit",
            "{file}:5: SystemExit; fix it",
        ),
        (
            START
            + "@target(O)\nasync def f(d, o): pass\n"
            + "@hookimpl\nasync def gazelled_deliver(delivery): pass",
            "it has several hooks that deliver; keep one",
        ),
    ],
)
def test_a_broken_plugin_is_told_and_left_out(write: Write, source: str, told: str) -> None:
    """Whatever is wrong with a plugin: a sentence says where, and the others work."""
    bad = write("bad", source)
    good = write("good", START + "@target(O)\nasync def f(delivery, options): pass")
    bus = Bus()
    problems = bus.load({"bad": bad, "good": good}, [])
    assert [problem.plugin for problem in problems] == ["bad"]
    assert problems[0].message.startswith(told.format(file=bad, name=bad.name))
    assert list(bus.health()) == ["good"]
    assert bus.caller.registry.of("bad", "gazelled_answer") == []


def test_a_plugin_can_be_loaded_once_it_is_mended(write: Write) -> None:
    """Nothing of a broken plugin stays behind."""
    path = write("later", START + "@hookimpl\ndef gazelled_targets(register): 1 / 0")
    bus = Bus()
    assert len(bus.load({"later": path}, [])) == 1
    write("later", START + "@target(O)\nasync def fixed(delivery, options): pass\n")
    assert bus.load({"later": path}, []) == []


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    """The path that was looked for is told."""
    problems = Bus().load({"mine": tmp_path / "none.py"}, [])
    assert str(problems[0]) == (
        f"plugin mine: there is no file {tmp_path / 'none.py'}; correct [plugin.mine] file"
    )


def test_a_file_must_be_python(tmp_path: Path) -> None:
    """A file of another kind is refused in words."""
    path = tmp_path / "plugin.txt"
    path.touch()
    assert "ending in .py" in Bus().load({"mine": path}, [])[0].message


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    """A misspelt plugin is told with what was meant."""
    near, far = Bus().load({}, ["aprise", "zzz"])
    assert near.message.endswith('nor has [plugin.aprise] a file; did you mean "apprise"?')
    assert "nor has [plugin.zzz] a file; installed are: " in far.message


def test_a_file_goes_before_an_installed_plugin(write: Write) -> None:
    """Who names a file means it, also under the name of an installed plugin."""
    path = write("feed", START + "class Mine(O): pass\n@target(Mine)\nasync def f(d, o): pass")
    bus = Bus()
    bus.load({"feed": path}, ["feed"])
    options = bus.options("feed")
    assert options is not None
    assert options.__name__ == "Mine"


def test_only_what_is_named_is_imported(write: Write) -> None:
    """Two files with the same name are two plugins, and no other file is touched."""
    write("other", "raise SystemExit")
    path = write("mine", START + "@target(O)\nasync def f(delivery, options): pass")
    before = set(sys.modules)
    assert Bus().load({"mine": path, "mine-too": path}, []) == []
    new = {name for name in set(sys.modules) - before if name.startswith("gazelled_plugin_")}
    assert len(new) == 2
