"""What a plugin does at its import stays its own: it hangs, it exits, it shows a secret."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gazelled.hooks.loading import PluginEntry, PluginSettings
from gazelled.hooks.registry import Registry
from gazelled.redact import Redactor

Write = Callable[[str, str], Path]

GOOD = """
from gazelled.plugin import hookimpl

@hookimpl
async def gazelled_answered(answer): ...
"""


WAIT = "    threading.Event().wait()"
MODULE = f"import threading\n\ndef wait():\n{WAIT}\n\nwait()\n"
INSTANCE = f"""
import threading
from gazelled.plugin import hookimpl

class Slow:
  def __init__(self):
{WAIT}
  @hookimpl
  async def gazelled_answered(self, answer): ...
"""
CONTRIBUTION = f"""
import threading
from gazelled.plugin import hookimpl

@hookimpl
def gazelled_options(register):
{WAIT}
"""


@pytest.mark.parametrize("source", [MODULE, INSTANCE, CONTRIBUTION])
def test_an_import_that_hangs_is_named_and_given_up(write: Write, source: str) -> None:
    """The line where it hangs is the plugin's own, and the others are loaded."""
    line = source.splitlines().index(WAIT) + 1

    def loaded(limit: float) -> tuple[str, str]:
        path = write(f"slow_{limit:.0f}", source)
        entry = Registry(limit=limit).load(PluginSettings("slow", path))
        text = f"{path}:{line}: its import did not end within {limit:g} s; "
        return entry.reason, f"{text}fix it, or take it out of the config"

    # It gets more time where the machine is too busy for it to get there.
    assert any(reason == expected for reason, expected in map(loaded, (0.3, 5.0, 60.0)))
    assert Registry().load(PluginSettings("good", write("good", GOOD))).state == "loaded"


def test_an_import_that_hangs_is_not_begun_again(write: Write) -> None:
    """Otherwise each attempt would leave a thread behind."""
    settings = PluginSettings("twice", write("twice", MODULE))
    Registry(limit=0.1).load(settings)
    while not any(name.startswith("gazelled_plugin_twice_") for name in [*sys.modules]):
        time.sleep(0.01)  # the thread of the first attempt may not have got there yet
    again = Registry().load(settings)
    assert again.reason == "an earlier import of it has not ended; restart gazelled"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise KeyboardInterrupt", "KeyboardInterrupt; fix it"),
        ("raise BaseException('no')", "BaseException: no; fix it"),
        ("import sys\nsys.exit('bye')", "SystemExit: bye; fix it"),
        ("class E(BaseException):\n  def __str__(self): 1 / 0\nraise E", "E; fix it"),
        ("import signal\nsignal.signal(2, print)", "ValueError: signal only works in main thread"),
    ],
)
def test_whatever_an_import_raises_is_its_own(write: Write, source: str, reason: str) -> None:
    """It isn't raised in gazelled, and the line is named."""
    path = write("bad", source)
    entry = Registry().load(PluginSettings("bad", path))
    assert entry.state == "left out"
    line = len(source.splitlines())
    assert entry.reason.startswith(f"{path}:{line}: {reason}")


def test_no_secret_is_in_the_reason(write: Write) -> None:
    """Not in what is raised, and not in what a syntax error shows."""
    redactor = Redactor()
    redactor.add("canary-token")
    registry = Registry(scrub=redactor.scrub)
    raised = registry.load(PluginSettings("a", write("a", "raise ValueError('is canary-token')")))
    assert "ValueError: is [" in raised.reason
    assert "canary-token" not in raised.reason


def test_what_was_excluded_is_not_imported(write: Write) -> None:
    """Its reason is told instead."""
    path = write("bad", "raise SystemExit")
    registry = Registry(excluded={"bad": "it was running at three crashes"})
    entry = registry.load(PluginSettings("bad", path))
    assert (entry.state, entry.reason) == ("left out", "it was running at three crashes")
    assert registry.load(PluginSettings("off", path, disabled=True)) == PluginEntry(
        PluginSettings("off", path, disabled=True), "disabled"
    )
