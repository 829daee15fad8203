"""Previews: the message of a target is shown and not sent."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gazelled.errors import GazelledError
from gazelled.hooks import Bus
from gazelled.model import Delivery
from gazelled.plugin import Context, PluginConfig
from gazelled.testing.plugin_kit import PluginKit

Write = Callable[[str, str], Path]

PLUGIN = """
from gazelled.plugin import GiveUp, PluginConfig, hookimpl, target

class Options(PluginConfig):
    mark: str = "*"

{preview}

@target(Options, preview=preview)
async def phone(delivery, options, context):
    (context.folder / "sent").touch()
"""


def written(write: Write, preview: str) -> Path:
    """Write a plugin with a function `preview`."""
    return write("phone", PLUGIN.format(preview=textwrap.dedent(preview)))


async def shown(path: Path, delivery: Delivery, context: Context) -> str:
    """Return what the plugin of a file shows."""
    bus = Bus(limit=0)  # a preview may take as long as a delivery
    assert bus.load({"phone": path}, []) == []
    options = bus.check_options("phone", {"mark": "-"})
    assert isinstance(options, PluginConfig)
    async with bus:
        return await bus.targets.preview("phone", delivery, options, context)


@pytest.mark.parametrize("way", ["def", "async def"])
@pytest.mark.parametrize("taken", ["delivery, options, context", "delivery, options"])
async def test_hook_gazelled_preview(
    write: Write, delivery: Delivery, context: Context, way: str, taken: str
) -> None:
    """A target's function shows its message, async or not, with a context or without one."""
    end = " to {context.target}" if "context" in taken else ""
    line = f'{way} preview({taken}): return f"{{options.mark}} {{delivery.event.title}}{end}"'
    text = await shown(written(write, line), delivery, context)
    assert text == "- S288C reads" + (" to phone" if "context" in taken else "")
    assert not (context.folder / "sent").exists()


async def test_a_plain_hook_previews_too(
    write: Write, delivery: Delivery, context: Context
) -> None:
    """It takes what it needs."""
    source = """
        from gazelled.plugin import PluginConfig, hookimpl
        class Options(PluginConfig):
            mark: str
        @hookimpl
        def gazelled_targets(register):
            register(Options)
        @hookimpl
        async def gazelled_deliver(delivery): ...
        @hookimpl
        async def gazelled_preview(options):
            return options.mark
        """
    assert await shown(write("phone", source), delivery, context) == "-"


EXAMPLE = str(Path(__file__).parents[2] / "plugins" / "examples" / "lab_sheet.py")


def test_without_a_preview_the_event_is_shown(gz: PluginKit) -> None:
    """Title, text or changes, and addresses, each once."""
    target, changes = gz.target(EXAMPLE, path="lab.csv"), {"seeders": (3, 1)}
    event = gz.event("change", title="S288C reads", changes=changes, summary="A strain")
    url = event.item.url
    assert target.preview(event) == f"S288C reads\nseeders: 3 → 1\nA strain\n{url}"
    event = gz.event("change", title="S288C reads", text="Fewer seeders", changes=changes)
    assert target.preview(event) == f"S288C reads\nFewer seeders\n{url}"


def test_without_a_preview_a_digest_lists_its_events(gz: PluginKit) -> None:
    """Each with its watch and its page."""
    parts = (gz.event(title="S288C reads"), gz.event("notice", title="Tracker down"))
    digest = replace(gz.event("digest", title="2 events"), events=parts)
    text = gz.target(EXAMPLE, path="lab.csv").preview(digest)
    assert text.splitlines() == [
        "2 events",
        "yeast: S288C reads",
        parts[0].item.url,
        "Tracker down",
    ]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("raise GiveUp('too long for a phone')", "^too long for a phone$"),
        ("return 1 / 0", '^The plugin "phone" failed: ZeroDivisionError: division by zero$'),
    ],
)
async def test_a_preview_that_fails_says_why(
    write: Write, delivery: Delivery, context: Context, line: str, error: str
) -> None:
    """A refusal is shown as the plugin words it, anything else with its class."""
    path = written(write, f"async def preview(delivery, options):\n    {line}")
    with pytest.raises(GazelledError, match=error):
        await shown(path, delivery, context)


async def test_a_preview_may_take_as_long_as_a_delivery(
    write: Write, delivery: Delivery, context: Context
) -> None:
    """A library that a target loads first takes many seconds on a small machine."""
    source = """
    import asyncio
    async def preview(delivery, options):
        await asyncio.sleep(0.1)
        return "loaded"
    """
    assert await shown(written(write, source), delivery, context) == "loaded"


async def test_a_preview_cannot_reach_the_tracker(
    write: Write, delivery: Delivery, context: Context
) -> None:
    """Neither a request nor a download is made for it."""
    line = "async def preview(delivery, options, context): await context.tracker.call('index')"
    with pytest.raises(GazelledError, match="no tracker is available for index"):
        await shown(written(write, line), delivery, context)
    line = "async def preview(delivery, options, context): await context.download(3)"
    with pytest.raises(GazelledError, match="torrent 3 is not available"):
        await shown(written(write, line), delivery, context)


def test_a_preview_takes_what_its_target_takes(write: Write) -> None:
    """Anything else is refused when the plugin is loaded."""
    path = written(write, "async def preview(delivery): ...")
    [problem] = Bus().load({"phone": path}, [])
    assert "preview of phone must take (delivery, options)" in problem.message
