"""A target that fails as the file beside it says."""

import asyncio
from pathlib import Path

from gazelled.plugin import Delivery, GiveUp, PluginConfig, RetryLater, target


class Options(PluginConfig):
    """Where to write."""

    path: Path


@target(Options)
async def moody(delivery: Delivery, options: Options) -> None:
    """Write down the key of one event, or fail."""
    file = options.path.with_suffix(".mood")
    mood = file.read_text() if file.exists() else ""
    if mood == "later":
        raise RetryLater("not today")
    if mood == "never":
        raise GiveUp("not ever")
    if mood == "hang":
        options.path.with_suffix(".hanging").touch()
        await asyncio.sleep(3600)
    with options.path.open("a") as out:
        out.write(delivery.event.key + "\n")
