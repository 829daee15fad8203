"""Those who run gazelled in the scenario: their folder, and what they were told."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from datetime import datetime
from pathlib import Path
from typing import Any

from gazelled.clock import Clock
from gazelled.config import Config, load
from gazelled.redact import Redactor
from gazelled.service.app import App
from gazelled.service.compose import open_app
from gazelled.testing import Simulator, World
from gazelled.testing.ports import free_port

HERE = Path(__file__).parent
NOWHERE = "http://tracker.invalid"
"""The tracker's address in what is kept."""

SPEED = 600.0
TICK = 0.004
UNHURRIED = 36_000.0
WORDED = {"account", "comment", "site figures"}
"""The kinds of items whose titles gazelled words itself."""

TARGETS = ("record", "night", "lab")
"""The files of the targets that write down all that they are told."""


class FairClock(Clock):
    """A fast clock that a busy machine can't hurry: a hold-up counts as a tick, however long."""

    def __init__(self, start: datetime) -> None:
        super().__init__(speed=SPEED, start=start)
        self._read = time.monotonic()
        self._passed = 0.0

    def monotonic(self) -> float:
        """Return the seconds that passed, hold-ups left out."""
        now = time.monotonic()
        self._passed += min(now - self._read, 2 * TICK) * self.speed
        self._read = now
        return self._passed

    async def tick(self) -> None:
        """Let time pass while nobody reads it."""
        while True:
            self.monotonic()
            await asyncio.sleep(TICK)


class Household:
    """
    A config, a state folder and a tracker.

    Attributes:
        folder: The folder of the config.
        state: The state folder.
        world: What the tracker knows.
        sim: The tracker.

    """

    def __init__(self, folder: Path, world: World) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.world = world
        self.sim = Simulator(world=world)
        self._port = free_port()

    @asynccontextmanager
    async def daemon(self, at: datetime) -> AsyncIterator[App]:
        """Open the daemon at a time, with a tracker on the same clock."""
        clock = FairClock(at)
        self.sim = Simulator(world=self.world, clock=clock, close_after=UNHURRIED)
        await self.sim.start(self._port)
        ticking = asyncio.create_task(clock.tick(), name="clock")
        try:
            async with open_app(
                self._config(),
                self.state,
                clock=clock,
                redactor=Redactor(),
                environ={},
                web=False,
                spread=False,
            ) as app:
                yield app
        finally:
            ticking.cancel()
            await self.sim.stop()

    async def once(self, at: datetime) -> None:
        """Run every watch that is due, catch up with all that is left, and deliver."""
        async with self.daemon(at) as app:
            await app.once()
            while self.rows("SELECT 1 FROM hole"):
                await app.once()

    def _config(self) -> Config:
        file = self.folder / "config.toml"
        file.write_text((HERE / "home" / "config.toml").read_text().replace(NOWHERE, self.sim.url))
        loaded = load(file, {"PASSWORD": self.world.user("me").password})
        assert loaded.config is not None, [str(each) for each in loaded.problems]
        return loaded.config

    def move_in(self) -> None:
        """Write the config and its plugins, and the files that targets had begun beside it."""
        shutil.copytree(HERE / "home", self.folder, dirs_exist_ok=True)
        for name in ("record.jsonl", "night.jsonl", "lab.jsonl", "moody.txt"):
            (self.folder / name).touch()
        (self.folder / "seedbox").mkdir()

    def mood(self, mood: str) -> None:
        """Set how the moody target fails; it works if the text is empty."""
        (self.folder / "moody.mood").write_text(mood)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Read rows of the state."""
        with closing(sqlite3.connect(self.state / "gazelled.db")) as db:
            return db.execute(statement).fetchall()

    # What is kept

    def dump(self) -> str:
        """Return the state as SQL."""
        with closing(sqlite3.connect(self.state / "gazelled.db")) as db:
            heads = [
                f"PRAGMA {name} = {db.execute(f'PRAGMA {name}').fetchone()[0]};"
                for name in ("application_id", "user_version")
            ]
            text = "\n".join([*heads, *db.iterdump(), ""])
        return text.replace(self.sim.url, NOWHERE)

    def restore(self, dump: str) -> None:
        """Make the state of SQL."""
        self.state.mkdir(mode=0o700, exist_ok=True)
        with closing(sqlite3.connect(self.state / "gazelled.db")) as db:
            db.executescript(dump)

    # What was told

    def lines(self, name: str) -> list[str]:
        """Return the lines of a file beside the config; none if there is none."""
        file = self.folder / name
        return file.read_text().splitlines() if file.exists() else []

    def told(self) -> dict[str, Any]:
        """Return all that was told, without what may be worded anew."""
        return {
            **{target: self._by_watch(f"{target}.jsonl") for target in TARGETS},
            "moody": sorted(map(_key, self.lines("moody.txt"))),
            "seedbox": sorted(file.name for file in self.folder.glob("seedbox/*.torrent")),
            "answered": sorted({*self.lines("plugins/record.answers")}),
            "deliveries": sorted(
                [_key(key), target, state]
                for key, target, state in self.rows(
                    # The states as the earlier release names them.
                    "SELECT event.key, target, CASE WHEN settled_at IS NULL THEN 'pending'"
                    " WHEN state = 'done' THEN 'done' ELSE 'given-up' END"
                    " FROM delivery JOIN event ON event.id = delivery.event"
                )
            ),
        }

    def _by_watch(self, name: str) -> dict[str, list[dict[str, Any]]]:
        events: dict[str, list[dict[str, Any]]] = {}
        for line in self.lines(name):
            event = json.loads(line.replace(self.sim.url, NOWHERE))
            events.setdefault(event["watch"], []).append(_facts(event))
        return dict(sorted(events.items()))


def _facts(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an event says, without what is worded and without when it was found."""
    return {
        "key": _key(event["key"]),
        "kind": event["kind"],
        "urgent": event["urgent"],
        "changes": event["changes"],
        "items": [_item(item) for item in event["items"]],
    }


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    if item["kind"] == "notice":
        return {"kind": "notice"}
    worded = {"summary", *({"title"} if item["kind"] in WORDED else ())}
    return {name: value for name, value in item.items() if name not in worded}


def _key(key: str) -> str:
    """Return a key without the moment of a look, or the hash of it."""
    return _MOMENT.sub("TIME", _HASH.sub("HASH", key))


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*\+00:00")
_HASH = re.compile(r"\b[0-9a-f]{32}\b")
