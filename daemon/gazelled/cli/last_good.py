"""
The last good config: kept at each start, to notify somebody when a later one is broken.

The copies hold references to secrets, never the secrets.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from gazelled.cli.settings import Settings
from gazelled.config import Config, Loaded, Problem, load
from gazelled.config.document.config_files import config_files
from gazelled.errors import ConfigError, GiveUp, RetryLater, StateError
from gazelled.hooks import Bus
from gazelled.model import Delivery, Event
from gazelled.regular_file import is_regular
from gazelled.service.destinations import Destination, make_destinations
from gazelled.service.lock import own
from gazelled.service.notices.texts import Notice
from gazelled.watches.events import notice_event

FOLDER = "last-good"
DELIVER_WITHIN = 20.0
SHOWN = 3
_TOLD = "told"


def keep(config: Path, state: Path) -> None:
    """Keep a copy of a config that was found good, and of conf.d beside it, in the state folder."""
    folder, fresh = state / FOLDER, state / f"{FOLDER}.new"
    with suppress(OSError):  # without it, one notice fewer
        shutil.rmtree(fresh, ignore_errors=True)
        (fresh / "conf.d").mkdir(mode=0o700, parents=True)
        for file in config_files(config):
            copy = fresh / file.relative_to(config.parent)
            copy.touch(mode=0o600)
            copy.write_bytes(file.read_bytes())
        if config.name != "config.toml":
            (fresh / config.name).rename(fresh / "config.toml")
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)


async def notify_broken(settings: Settings, problems: Sequence[Problem]) -> None:
    """Notify the targets of notices in the last good config once that this one is broken."""
    await _notify_once(
        settings,
        "broken-config",
        "The config is broken, so gazelled is not running",
        sentences(problems),
    )


async def notify_unusable(settings: Settings, text: str) -> None:
    """Notify the same targets once that the state can't be used, which a restart doesn't change."""
    title = "The state can't be used, so gazelled is not running"
    await _notify_once(settings, "unusable-state", title, text)


def sentences(problems: Sequence[Problem]) -> str:
    """Return the first problems, and what to do."""
    more = len(problems) - SHOWN
    lines = [str(problem) for problem in problems[:SHOWN]]
    lines += [f"and {more} more"] if more > 0 else []
    return "\n".join([*lines, "Fix it and start gazelled again; gazelled check shows all errors."])


async def _notify_once(settings: Settings, topic: str, title: str, text: str) -> None:
    folder = settings.state_folder / FOLDER
    delivered = folder / _TOLD
    digest = hashlib.sha256(text.encode()).hexdigest()
    if not is_regular(folder / "config.toml") or _read(delivered) == digest:
        return
    try:
        with own(settings.state_folder):
            loaded = _load(settings, folder / "config.toml")
            notice = Notice(topic, title, text)
            if loaded.config and await notify(settings, loaded.config, notice):
                delivered.write_text(digest)
    except (StateError, OSError):
        return  # another gazelled owns the state, and runs


def _load(settings: Settings, good: Path) -> Loaded:
    base = settings.config_file.parent
    loaded = load(good, settings.environ, base=base, terms=settings.import_terms)
    settings.register(loaded.secrets)
    return loaded


async def notify(settings: Settings, config: Config, notice: Notice) -> bool:
    """Send a notice without the state; return whether it reached anybody."""
    if not config.notices.tell:
        return False
    scrub = settings.redactor.scrub
    event = notice_event(
        notice.topic,
        notice.title,
        scrub(notice.text),
        config.tracker.url,
        datetime.now(UTC),
        notice.since,
    )
    async with Bus(
        folder=settings.config_file.parent,
        deliver_limit=DELIVER_WITHIN,
        scrub=scrub,
        registry=config.registry,
    ) as bus:
        bus.load_installed([config.targets[name].plugin for name in config.notices.tell])
        try:
            folder, site = settings.state_folder, config.tracker.site
            destinations = make_destinations(config, folder, site, bus)
        except (ConfigError, OSError):
            return False
        attempts = [
            _notify(settings, bus, event, name, destinations[name])
            for name in config.notices.tell
            if name in destinations
        ]
        return any(await asyncio.gather(*attempts))


async def _notify(
    settings: Settings, bus: Bus, event: Event, name: str, destination: Destination
) -> bool:
    delivery = Delivery(event, name)
    try:
        await bus.targets.deliver(
            destination.plugin, delivery, destination.options, destination.context
        )
    except (RetryLater, GiveUp) as error:
        settings.message(f"a message to {name} could not be delivered: {error}")
        return False
    return True


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""
