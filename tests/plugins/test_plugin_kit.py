"""The helpers that authors of plugins test with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gazelled.plugin import Change, EventKind, GiveUp, RetryLater
from gazelled.testing.plugin_kit import PluginKit

PLUGIN = """
from gazelled.plugin import GiveUp, PluginConfig, RetryLater, target

class Options(PluginConfig):
    how: str = ""

@target(Options)
async def picky(delivery, options, context):
    raise {"later": RetryLater("later", after=5), "never": GiveUp("never")}[options.how]
"""


@pytest.fixture
def kit(tmp_path: Path) -> PluginKit:
    """Make a kit for a test that lies beside a plugin."""
    (tmp_path / "picky.py").write_text(PLUGIN)
    return PluginKit(here=tmp_path, state=tmp_path / "state")


def test_what_a_plugin_asks_for_reaches_its_test(kit: PluginKit) -> None:
    """RetryLater and GiveUp come out of the delivery."""
    with pytest.raises(RetryLater, match="later") as caught:
        kit.target("picky.py", how="later").deliver(kit.event())
    assert caught.value.after == 5
    with pytest.raises(GiveUp, match="never"):
        kit.target("picky.py", how="never").deliver(kit.event())


def test_a_mistake_of_a_plugin_is_the_cause(kit: PluginKit) -> None:
    """An author sees the place of a mistake below the RetryLater that it became."""
    with pytest.raises(RetryLater) as caught:
        kit.target("picky.py", how="wrong").deliver(kit.event())
    assert isinstance(caught.value.__cause__, KeyError)


def test_wrong_options_and_missing_plugins_are_told(kit: PluginKit) -> None:
    """A test of wrong options reads what a person would."""
    with pytest.raises(ValueError, match='unknown option "hwo"; did you mean "how"'):
        kit.target("picky.py", hwo="later")
    with pytest.raises(ValueError, match=r"there is no file .*none\.py"):
        kit.target("none.py")


def test_equal_events_are_one_event(kit: PluginKit) -> None:
    """Equal arguments make equal events with equal keys; others make others."""
    assert kit.event(title="a", license="CC0") == kit.event(title="a", license="CC0")
    assert kit.event(title="a").key != kit.event(title="b").key
    assert kit.event(title="a").key != kit.event(title="a", watch="other").key


def test_fields_find_their_place(kit: PluginKit) -> None:
    """What an item has as an attribute becomes one; all else are its fields."""
    item = kit.event(title="a", size=3, tags=("x",), license="CC0").item
    assert (item.size, item.tags, dict(item.fields)) == (3, ("x",), {"license": "CC0"})


def test_every_kind_of_event_can_be_made(kit: PluginKit) -> None:
    """Whatever the daemon tells, a plugin can be tested with."""
    assert [kit.event(kind.value).kind for kind in EventKind] == list(EventKind)


def test_a_change_has_before_and_after(kit: PluginKit) -> None:
    """The values are given by the name of the field."""
    event = kit.event("change", changes={"seeders": (3, 1)}, urgent=True)
    assert (event.changes, event.urgent) == ((Change("seeders", 3, 1),), True)


def test_a_notice_belongs_to_no_watch(kit: PluginKit) -> None:
    """A notice is made as the daemon makes it."""
    event = kit.event("notice", title="down")
    assert (event.kind, event.watch, event.item.kind, event.item.url) == (
        EventKind.NOTICE,
        "",
        "notice",
        "",
    )


ASKS = """
from gazelled.plugin import PluginConfig, TrackerError, target

class Options(PluginConfig):
    pass

@target(Options)
async def asks(delivery, options, context):
    try:
        answer = await context.tracker.call("torrent", id=5)
        text = f"{answer.call}: {answer.payload['name']}"
    except TrackerError as problem:
        text = str(problem)
    (context.folder / "seen").write_text(text)
"""


def test_the_tracker_answers_what_the_test_says(kit: PluginKit, tmp_path: Path) -> None:
    """And nothing without that."""
    file = tmp_path / "asks.py"
    file.write_text(ASKS)
    target = kit.target(str(file))
    target.deliver(kit.event(title="a"))
    assert (target.folder / "seen").read_text() == "no tracker is available for torrent"
    target.answers["torrent"] = {"name": "S288C"}
    target.deliver(kit.event(title="a"))
    assert (target.folder / "seen").read_text() == "torrent id=5: S288C"


def test_the_pytest_plugin_is_light() -> None:
    """It costs nothing in the test runs of those who have gazelled installed for other reasons."""
    code = (
        "import sys, gazelled.testing.pytest_plugin;"
        "sys.exit(not {'aiohttp', 'pydantic', 'structlog'}.isdisjoint(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=30)  # noqa: S603 - our own words
    assert done.returncode == 0
