"""Checks of targets that send nothing, and what plugins find for the doctor."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gazelled.errors import ConfigError, RequestRefused

if TYPE_CHECKING:
    from .conftest import House

PROBED = """
from gazelled.plugin import CheckFinding, GiveUp, PluginConfig, RetryLater, hookimpl, target

class Options(PluginConfig):
    mood: str = ""

async def check(options, context):
    errors = {"later": RetryLater("it is asleep"), "never": GiveUp("no"), "bug": ValueError("x")}
    if options.mood:
        raise errors[options.mood]

@target(Options, check=check)
async def probed(delivery, options):
    raise AssertionError("a check delivers nothing")

async def find(context):
    return [
        CheckFinding("It is well."),
        CheckFinding("It is odd.", "note"),
        CheckFinding("It is broken.", "bad", "Mend it."),
    ]

async def fail(context):
    raise ValueError("something")

@hookimpl
def gazelled_doctor_checks(register):
    register("health", find)
    register("failing", fail)
"""


def with_targets(house: House, **moods: str) -> None:
    """Have targets of the plugin, by name, each in a mood."""
    (house.home / "plugins" / "probed.py").write_text(PROBED)
    tables = [
        f'[target.{name}]\nplugin = "probed"\nmood = "{mood}"' for name, mood in moods.items()
    ]
    house.more = "\n".join(['[plugin.probed]\nfile = "probed.py"', *tables])


async def test_a_target_that_can_be_reached(house: House) -> None:
    """The answer says whether its plugin can tell."""
    with_targets(house, well="")
    async with house.opened():
        assert await house.ask("target.check", name="well") == [{"target": "well", "checked": True}]
        assert await house.ask("target.check", name="moody") == [
            {"target": "moody", "checked": False}
        ]
    assert house.arrived() == []


@pytest.mark.parametrize(
    ("mood", "words"),
    [
        ("later", "ill: it is asleep"),
        ("never", "ill: no"),
        ("bug", 'ill: The plugin "probed" failed: ValueError'),
    ],
)
async def test_a_target_that_can_not(house: House, mood: str, words: str) -> None:
    """It is refused with the words of a delivery."""
    with_targets(house, ill=mood)
    async with house.opened():
        with pytest.raises(RequestRefused, match=words):
            await house.ask("target.check", name="ill")


async def test_a_target_that_there_is_not(house: House) -> None:
    """The nearest name is named."""
    async with house.opened():
        with pytest.raises(ConfigError, match='no target "moodi"'):
            await house.ask("target.check", name="moodi")


async def test_the_doctor_examines_targets_and_runs_checks(house: House) -> None:
    """Beside the tracker; each failure is a finding, and the rest is found."""
    with_targets(house, well="", ill="later")
    async with house.opened():
        _, said = await house.ask("doctor")
    findings: dict[str, list[tuple[str, str, str]]] = {}
    for each in said["report"]["findings"]:
        row = (each["mark"], each["text"], each["advice"])
        findings.setdefault(each["about"], []).append(row)
    assert findings["target well"] == [("good", "The target well can be reached.", "")]
    advice = "Once that is fixed: gazelled target check ill"
    assert findings["target ill"] == [("bad", "The target ill: it is asleep", advice)]
    assert "target moody" not in findings, "nothing is known of it"
    assert findings["health"] == [
        ("good", "It is well.", ""),
        ("note", "It is odd.", ""),
        ("bad", "It is broken.", "Mend it."),
    ]
    [(mark, text, _)] = findings["failing"]
    assert (mark, 'The plugin "probed" failed' in text) == ("bad", True)
    assert "endpoint" in findings
    assert not said["report"]["well"]


async def test_checks_run_at_the_same_time(house: House) -> None:
    """One that takes its time holds up no other."""
    with_targets(house, well="")
    source = PROBED.replace("async def find(context):", "async def find(context):\n    met.set()")
    source = source.replace(
        "async def fail(context):", "async def fail(context):\n    await met.wait()"
    )
    source = "import asyncio\nmet = asyncio.Event()\n" + source.replace(
        'register("health", find)\n    register("failing", fail)',
        'register("failing", fail)\n    register("health", find)',
    )
    (house.home / "plugins" / "probed.py").write_text(source)
    async with house.opened(), asyncio.timeout(30):
        _, said = await house.ask("doctor")
    texts = [each["text"] for each in said["report"]["findings"]]
    assert any("ValueError: something" in text for text in texts), texts


async def test_a_check_knows_the_targets_of_its_plugin(house: House) -> None:
    """The doctor shows what the torrent clients are and have."""
    (house.home / "watched").mkdir()
    house.more = '[target.box]\nplugin = "torrents"\nclient = "folder"\nfolder = "watched"\n'
    async with house.opened():
        _, said = await house.ask("doctor")
    [finding] = [each for each in said["report"]["findings"] if each["about"] == "torrents"]
    assert finding["mark"] == "good"
    assert f"The folder {house.home / 'watched'}: " in finding["text"]
    assert "free." in finding["text"]
