"""A daemon with bad plugins, started again when it ends, as systemd does it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from tests.bad_plugins.at_import import SECRET
from tests.bad_plugins.model import BadPlugin

if TYPE_CHECKING:
    from tests.cli.conftest import Person

MOST_STARTS = 30
"""So many starts the worst of them may need until the daemon stays."""

WITHIN = 900.0
"""
Seconds for what must happen at all. It happens much sooner but for plugins that fail to add fields:
items are decided on without these after three tries, of which the last comes after five minutes.
"""


class Supervisor:
    """
    Keeps a daemon with bad plugins running.

    Args:
        person: Whose config it is: the one of `settled`, which has a watch and a journal.
        plugins: The bad plugins.

    Attributes:
        starts: How often the daemon was started.

    """

    def __init__(self, person: Person, plugins: Sequence[BadPlugin]) -> None:
        self.starts = 0
        self._person = person
        self._plugins = plugins
        self._configure()

    def _configure(self) -> None:
        person, names = self._person, [plugin.name for plugin in self._plugins if plugin.config]
        tables = []
        for plugin in self._plugins:
            if plugin.source is not None:
                source = plugin.source
                data = source.encode() if isinstance(source, str) else source
                file = person.write("", f"plugins/{plugin.name}.py")
                file.write_bytes(data)
            tables.append(
                f'[plugin.{plugin.name}]\nfile = "{plugin.name}.py"\n{plugin.options}\n'
                + plugin.config.replace("{name}", plugin.name)
            )
        text = person.config.read_text().replace(
            'tell = ["journal", "feed"]', f"tell = {json.dumps(['journal', *names])}"
        )
        text = text.replace('ask = "browse"', 'ask = "browse"\nevery = "30s"')
        text = text.replace("[tracker.limit]", '[tracker.limit]\nfloor = "30s"')
        # Dozens of notices would stand before the messages that are waited for.
        text = text.replace('[notices]\ntell = ["journal"]', '[notices]\ntell = ["feed"]')
        person.write(SECRET, "secrets/bad")
        person.write(f'{text}\n[watch.yeast.match]\ntitle = "yeast"\n' + "\n".join(tables))

    async def run(self) -> None:
        """Start the daemon, again and again when it ends; cancel it to stop."""
        while self.starts < MOST_STARTS:
            self.starts += 1
            daemon = self._person.starts("run")
            while daemon.poll() is None:  # noqa: ASYNC110 - another process ends
                await asyncio.sleep(0.2)
        raise AssertionError(
            f"the daemon has ended {MOST_STARTS} times:\n{self._person.log[-5000:]}"
        )

    async def command(self, *arguments: str) -> Any:  # noqa: ANN401 - the test knows what it asked
        """Return what a command prints as JSON, once the daemon has answered it."""
        async with asyncio.timeout(WITHIN):
            while True:
                said = await self._person.asks("--json", *arguments)
                if said.code in {0, 6, 7}:  # status says by it that something is wrong
                    return said.data
                await asyncio.sleep(0.5)

    async def serving(self) -> None:
        """Wait until a daemon answers."""
        async with asyncio.timeout(WITHIN):
            while not (await self.command("status"))["running"]:  # noqa: ASYNC110 - another process makes it so
                await asyncio.sleep(0.2)

    async def delivers(self, *titles: str) -> None:
        """Wait until the journal has events of these titles."""
        async with asyncio.timeout(WITHIN):
            while not set(titles) <= set(self._person.titles()):  # noqa: ASYNC110 - another process makes it so
                await asyncio.sleep(0.2)

    async def named(self, names: Collection[str]) -> dict[str, str]:
        """Wait until each of the plugins is named with its cause; return those that are not."""
        wanted = {plugin.name: plugin for plugin in self._plugins if plugin.name in names}
        unnamed: dict[str, str] = {}
        try:
            async with asyncio.timeout(WITHIN / 2):
                while unnamed := self._unnamed(wanted, await self.command("plugins")):  # noqa: ASYNC110 - another process makes it so
                    await asyncio.sleep(1)
        except TimeoutError:
            return unnamed
        return {}

    @staticmethod
    def _unnamed(wanted: dict[str, BadPlugin], reply: Any) -> dict[str, str]:  # noqa: ANN401 - JSON
        entries = {
            entry["name"]: json.dumps(entry, ensure_ascii=False) for entry in reply["plugins"]
        }
        return {
            name: entries.get(name, "not listed")
            for name, plugin in wanted.items()
            if not re.search(plugin.cause, entries.get(name, ""))
        }

    def secret_in(self) -> list[str]:
        """Return the files of the state and the log that contain the secret."""
        files = [path for path in self._person.state.rglob("*") if path.is_file()]
        found = [str(path) for path in files if SECRET.encode() in path.read_bytes()]
        return found + (["run.log"] if SECRET in self._person.log else [])
