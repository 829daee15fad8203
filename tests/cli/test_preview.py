"""`gazelled preview`: a message as a target would send it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .test_actions import completed

if TYPE_CHECKING:
    from tests.cli.conftest import Person

    from gazelled.testing import Simulator

PLUGIN = """
from gazelled.plugin import PluginConfig, SecretStr, target

class Options(PluginConfig):
    key: SecretStr

def preview(delivery, options, context):
    event = delivery.event
    if event.kind == "gone":
        raise ValueError("no words for that")
    return f"{context.target}: {event.title}\\n{event.watch} {options.key.get_secret_value()}"

@target(Options, preview=preview)
async def phone(delivery, options, context):
    (context.folder / "sent").touch()
"""


@pytest.fixture
def phoned(settled: Person) -> Person:
    """Return somebody with a target that shows its messages."""
    settled.write("a-key-of-the-phone", "secrets/phone")
    settled.write(PLUGIN, "plugins/phone.py")
    settled.write(
        settled.config.read_text()
        + """
[plugin.phone]
file = "phone.py"

[target.phone]
plugin = "phone"
key = { secret = "phone" }
"""
    )
    return settled


async def test_before_the_first_look_a_sample_is_shown(phoned: Person, sim: Simulator) -> None:
    """Without a request, a message or a daemon; secrets are removed."""
    said = await phoned.asks("preview", "yeast", "phone")
    assert said.code == 0
    title, rest = said.out.splitlines()
    assert title.startswith("phone: ")
    assert rest.startswith("yeast ")
    assert "a-key-of-the-phone" not in said.out + said.err
    assert "phone (phone), new: a sample. Nothing is sent." in said.err
    assert "yeast sends nothing to phone; if it did:" in said.err
    assert sim.arrivals == []
    assert not (phoned.state / "targets" / "phone" / "sent").exists()
    said = await phoned.asks("preview", "yeast", "journal", "--kind", "notice", "--json")
    assert (said.data["kind"], said.data["sample"], said.data["routed"]) == ("notice", True, True)


async def test_a_daemon_shows_what_it_has(phoned: Person, sim: Simulator) -> None:
    """The last event of the watch, an earlier one by its item, or of a kind; or a sample."""
    await phoned.daemon()
    await phoned.until(lambda: phoned.titles() == ["Watching yeast"])
    first = sim.world.publish("yeast one")
    sim.world.publish("yeast two")
    assert (await phoned.asks("watch", "run", "yeast")).code == 0
    requests = len(sim.arrivals)
    said = await phoned.asks("preview", "yeast", "phone", "--json")
    assert said.data["text"].startswith("phone: yeast two\nyeast ")
    assert (said.data["kind"], said.data["sample"]) == ("new", False)
    said = await phoned.asks("preview", "yeast", "phone", "--item", str(first.id))
    assert said.out.startswith("phone: yeast one\n")
    assert f"yeast:new:{first.id}, found" in said.err
    said = await phoned.asks("preview", "yeast", "phone", "--kind", "first-look")
    assert said.out.startswith("phone: Watching yeast\n")
    assert (await phoned.asks("preview", "yeast", "phone", "--sample", "--json")).data["sample"]
    assert len(sim.arrivals) == requests
    assert not (phoned.state / "targets" / "phone" / "sent").exists()


async def test_a_stored_item_serves_where_nothing_was_reported(
    phoned: Person, sim: Simulator
) -> None:
    """It is shown as if it were new, if it matches; any item on demand."""
    text = phoned.config.read_text()
    phoned.write(text.replace("[watch.yeast]\n", '[watch.yeast]\nmatch.license = "CC0"\n'))
    assert (await phoned.runs("run", "--once")).code == 0
    other = sim.world.publish("yeast with rights", license="CC BY")
    assert (await phoned.asks("watch", "run", "yeast")).code == 0
    assert (await phoned.asks("preview", "yeast", "phone", "--json")).data["sample"]
    phoned.write(text)
    said = await phoned.asks("preview", "yeast", "phone", "--json")
    assert (said.data["event"], said.data["sample"]) == (f"yeast:new:{other.id}", False)
    phoned.write(text.replace("[watch.yeast]\n", '[watch.yeast]\nmatch.license = "CC0"\n'))
    said = await phoned.asks("preview", "yeast", "phone", "--item", str(other.id), "--json")
    assert said.data["text"].startswith("phone: yeast with rights\n")
    assert said.data["event"] == f"yeast:new:{other.id}"
    said = await phoned.asks("preview", "yeast", "phone", "--item", "999999")
    assert said.code == 4
    assert "nothing about 999999 is stored for yeast" in said.err


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["yaest", "phone"], 2, 'there is no watch "yaest"; did you mean "yeast"?'),
        (["yeast", "fone"], 2, 'there is no target "fone"; did you mean "phone"?'),
        (["yeast", "phone", "--sample", "--item", "3"], 2, "a sample is about no stored item"),
        (["yeast", "phone", "--kind", "gone"], 1, 'The plugin "phone" failed: ValueError: no wo'),
    ],
)
async def test_what_cannot_be_shown(
    phoned: Person, arguments: list[str], code: int, text: str
) -> None:
    """A typo is corrected; what the plugin raises is shown instead of its message."""
    said = await phoned.asks("preview", *arguments)
    assert (said.code, text in said.err) == (code, True), said.err


async def test_a_plugin_that_is_left_out_is_named(phoned: Person) -> None:
    """There is no message of it."""
    phoned.write("import nothing_like_that", "plugins/phone.py")
    said = await phoned.asks("preview", "yeast", "phone")
    assert said.code == 1
    assert "the plugin of phone is left out; see gazelled check" in said.err


def test_targets_are_completed(phoned: Person) -> None:
    """As the watches are."""
    words = ["--config", str(phoned.config), "preview", "yeast", "ph"]
    assert completed("bash", *words) == ["plain,phone"]
