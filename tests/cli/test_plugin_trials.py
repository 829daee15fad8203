"""`gazelled plugins try`: the hooks of a plugin, without sending anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gazelled.plugin import sample_events

if TYPE_CHECKING:
    from tests.cli.conftest import Person, Said

    from gazelled.testing import Simulator

PLUGIN = """
from gazelled.plugin import *
from gazelled.plugin import TEXT, Veto, Note, PluginConfig, PluginContext, hookimpl

class Options(PluginConfig):
    lab: str = "none"

@hookimpl
def gazelled_options(register):
    register(Options)

@hookimpl
def gazelled_match_fields(register):
    register("owner", TEXT)
    register("initial", TEXT, compute=lambda item: item.title[0])

@hookimpl
async def gazelled_setup(context):
    await context.store.set("seen", 0)
    context.schedule(gazelled_setup, every="1h", name="hourly")
    yield
    (context.folder / "gone").touch()

@hookimpl
async def gazelled_items_found(batch, context):
    return {item.id: {"owner": context.options.lab} for item in batch.items}

@hookimpl
async def gazelled_item_decided(decision, context):
    if decision.item.fields["owner"] == "bad":
        raise RuntimeError("no owner")
    if decision.item.fields["initial"] == "S":
        return Veto("it begins with S")
    return Note(decision.item.fields["owner"])

@hookimpl
async def gazelled_event_stored(stored, context):
    await context.notify("news", stored.event.title, "look")

@hookimpl
async def gazelled_answered(answer, context):
    other = await context.tracker.call("stats")
    context.log.info("seen", users=other.payload["maxUsers"])
    await context.tracker.call("polls", page=2)

@hookimpl
async def gazelled_request_failed(failure, context): ...

@hookimpl
async def gazelled_delivery_failed(failure, context):
    assert failure.final

@hookimpl
async def gazelled_tracker_changed(change, context): ...
"""

TARGET = """
from pathlib import Path
from gazelled.plugin import PluginConfig, target

class Options(PluginConfig):
    path: Path
    short: bool = False

def preview(delivery, options):
    return f"{delivery.event.title} to {options.path.name} {options.short}"

@target(Options, preview=preview)
async def lines(delivery, options):
    raise AssertionError("nothing is delivered")
"""


def write(folder: Path, text: str, name: str = "own.py") -> Path:
    """Write a plugin."""
    (folder / name).write_text(text)
    return folder / name


def outcomes(said: Said) -> list[tuple[str, str, str]]:
    """Return what each hook did."""
    calls: list[dict[str, Any]] = said.data["calls"]
    assert all(call["took"] >= 0 for call in calls)
    return [
        (call["hook"].removeprefix("gazelled_"), call["outcome"], call["text"]) for call in calls
    ]


async def test_an_event_goes_through_all_hooks(person: Person, tmp_path: Path) -> None:
    """With the fields that it adds, and nothing of what it does reaches anybody."""
    plugin = write(tmp_path, PLUGIN)
    said = await person.asks(
        "plugins", "try", plugin, "--event", "new", "--option", "lab=ours", "--json"
    )
    new = sample_events()[0]
    initial = new.item.title[0]
    decided = "veto: it begins with S" if initial == "S" else "note: ours"
    assert said.code == 0, said.out
    expected = [
        ("setup", "returned", ""),
        ("items_found", "returned", json.dumps({item.id: {"owner": "ours"} for item in new.items})),
    ]
    expected += [("match_fields", "returned", initial) for _ in new.items]
    expected += [("item_decided", "returned", decided) for _ in new.items]
    assert outcomes(said) == [*expected, ("event_stored", "returned", "")]
    assert said.data["held_back"] == [
        "schedule: hourly, every 1h",
        f"notice: news: {new.title}: look",
    ]
    assert not person.state.exists()


async def test_what_is_raised_is_shown_with_its_place(person: Person, tmp_path: Path) -> None:
    """The exit code says that something failed; the other hooks are called nevertheless."""
    plugin = write(tmp_path, PLUGIN)
    said = await person.asks("plugins", "try", plugin, "--event", "new", "--option", "lab=bad")
    assert said.code == 1
    assert "error: own.py:31: RuntimeError: no owner" in said.out
    assert "event_stored" in said.out
    assert said.err.endswith("Nothing was sent.\n")


async def test_a_message_is_made_and_not_delivered(person: Person, tmp_path: Path) -> None:
    """With options as the config has them; without them it says which are missing."""
    plugin = write(tmp_path, TARGET)
    options = ["--option", "path=a.tsv", "--option", "short=true"]
    said = await person.asks("--json", "plugins", "try", plugin, *options, "--event", "gone")
    gone = next(event for event in sample_events() if event.kind == "gone")
    assert outcomes(said) == [("preview", "returned", f"{gone.title} to a.tsv True")]
    said = await person.asks("plugins", "try", plugin)
    assert said.code == 0
    assert "the options of a target are: path: " in said.err
    wrong = await person.asks("plugins", "try", plugin, "--option", "pth=a.tsv")
    assert (wrong.code, wrong.out) == (1, "")
    assert 'the plugin own has no option "pth"; it has: path, short' in wrong.err


async def test_options_that_are_tables_have_dots(person: Person, tmp_path: Path) -> None:
    """As the keys of the config."""
    text = PLUGIN.replace('lab: str = "none"', "lab: dict[str, str]").replace(
        "context.options.lab}", 'context.options.lab["name"]}'
    )
    plugin = write(tmp_path, text)
    option = ("--option", "lab.name=ours")
    said = await person.asks("--json", "plugins", "try", plugin, "--event", "new", *option)
    assert '"owner": "ours"' in outcomes(said)[1][2]


async def test_all_kinds_are_shown_unless_chosen(person: Person) -> None:
    """An installed plugin is tried by its name."""
    said = await person.asks("--json", "plugins", "try", "journal")
    assert said.code == 0, said.err
    assert len(outcomes(said)) == len(sample_events())


async def test_stored_events_are_replayed_from_a_state_in_use(
    settled: Person, tmp_path: Path
) -> None:
    """The state stays as it is, whoever owns it."""
    plugin = write(tmp_path, PLUGIN)
    process = await settled.daemon()
    await settled.until(lambda: bool(settled.titles()))
    said = await settled.asks("--json", "plugins", "try", plugin, "--replay", "20")
    assert said.code == 0, said.out
    stored = [call for call in said.data["calls"] if call["hook"] == "gazelled_event_stored"]
    events = (await settled.asks("--json", "events")).data
    assert [call["about"] for call in stored] == [event["event_key"] for event in events]
    process.terminate()
    await settled.ended(process)


async def test_without_stored_events_it_says_what_to_do(person: Person, tmp_path: Path) -> None:
    """Samples are an option."""
    said = await person.asks("plugins", "try", write(tmp_path, PLUGIN), "--replay", "5")
    assert said.code == 1
    assert "no events are stored in" in said.err
    assert "--event shows samples" in said.err


async def test_recorded_answers_are_shown_and_answer_its_requests(
    settled: Person, sim: Simulator, tmp_path: Path
) -> None:
    """What isn't recorded is an error that says how to record it."""
    recorded = tmp_path / "recorded"
    assert (await settled.asks("record", "stats", "--to", recorded)).code == 0
    sent = len(sim.arrivals)
    plugin = write(tmp_path, PLUGIN)
    said = await settled.asks("--json", "plugins", "try", plugin, "--answers", recorded)
    assert said.code == 1
    (call,) = (call for call in said.data["calls"] if call["hook"] == "gazelled_answered")
    assert call["about"] == "stats"
    assert (
        call["text"]
        == "own.py:44: TrackerError: no answer is recorded: gazelled record polls page=2"
    )
    assert said.data["held_back"][-2:] == ["request: stats", "request: polls page=2"]
    assert len(sim.arrivals) == sent


async def test_trouble_can_be_shown(person: Person, tmp_path: Path) -> None:
    """Requests and deliveries that fail, a tracker that is away and comes back."""
    said = await person.asks("--json", "plugins", "try", write(tmp_path, PLUGIN), "--trouble")
    assert outcomes(said)[1:] == [
        ("request_failed", "returned", ""),
        ("delivery_failed", "raised", "own.py:51: AssertionError"),
        ("tracker_changed", "returned", ""),
        ("tracker_changed", "returned", ""),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import nothing_of_this_name", "nothing_of_this_name"),
        ("X = 1", "neither a function with @target"),
    ],
)
def test_a_plugin_that_does_not_load_is_an_error(
    person: Person, tmp_path: Path, text: str, words: str
) -> None:
    """As the daemon reports it."""
    said = person.types("plugins", "try", write(tmp_path, text))
    assert (said.code, said.out) == (1, "")
    assert words in said.err
