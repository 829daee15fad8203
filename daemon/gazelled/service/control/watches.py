"""The control handlers of watches that people keep by hand: what they told, forgetting them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from datetime import timedelta

from gazelled.service.app import App
from gazelled.service.control.status import iso

LATELY = timedelta(days=30)
_FEW = 5

Lines = AsyncGenerator[Mapping[str, object], None]


async def watch_told(app: App, given: Mapping[str, object]) -> Lines:
    """
    Tell what a watch told lately, the newest first.

    Args:
        app: The daemon.
        given: `name`.

    """
    events = await app.store.archive.events_of(str(given.get("name", "")), app.clock.now() - LATELY)
    yield {
        "told": [
            {"at": iso(event.at), "title": app.redactor.scrub_foreign(event.title)}
            for event in reversed(events[-_FEW:])
        ],
        "count": len(events),
    }


async def watch_forget(app: App, given: Mapping[str, object]) -> Lines:
    """
    Forget what a watch remembers, unless it still runs here.

    Args:
        app: The daemon.
        given: `name`; those that `each` made of it are forgotten, too.

    """
    name = str(given.get("name", ""))
    names = [each for each in await app.store.watches.names() if each.partition(":")[0] == name]
    running = [each for each in app.config.watches if each.partition(":")[0] == name]
    for each in names if not running else ():
        await app.store.watches.forget(each)
    yield {"watch": name, "forgotten": not running, "runs": bool(running)}
