"""A plugin in a test: loaded, checked and called as by the daemon, with what it can use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import structlog

from gazelled.hooks import Bus, Contributions
from gazelled.hooks.calls.hook_calls import HookFailure
from gazelled.hooks.options import OptionProblem, check_options
from gazelled.plugin import PluginConfig, PluginContext, SecretStr, SiteFacts
from gazelled.testing.kit.kit_clock import KitClock
from gazelled.testing.kit.kit_store import KitStore
from gazelled.testing.kit.kit_tracker import KitTracker
from gazelled.watches.keys.schedules import parse_times

if TYPE_CHECKING:  # opened at first use
    import aiohttp

ADDRESS = "http://127.0.0.1:8765/"
SITE = SiteFacts("BioTorrents.de", "https://biotorrents.de", "UTC")

T = TypeVar("T")

_TURNS = 100
"""So often the tasks of a plugin get their turn when its clock has moved."""


@dataclass(frozen=True, slots=True)
class SentNotice:
    """
    A notice that a plugin has sent with `PluginContext.notify`.

    Attributes:
        topic: What it is about.
        title: The headline.
        text: The body.
        url: An address to read more at.
        urgent: Whether it is delivered in quiet hours, too.

    """

    topic: str
    title: str
    text: str
    url: str = ""
    urgent: bool = False


class Harness:
    """
    A plugin and what it can use.

    Args:
        plugin: The plugin's name, or its file.
        options: Its own options.
        state: A folder for its state.

    Attributes:
        folder: The plugin's own folder.
        public: The folder that the daemon would serve over HTTP.
        tracker: The tracker, with `answers`, `simulator`, `forms`, `calls` and `changes`.
        store: Its store, with `values`.
        clock: Its clock, which `advance` moves.
        secrets: The secrets that it is granted.
        notices: The notices that it has sent.
        jobs: What it has scheduled, by name.

    Raises:
        ValueError: If the plugin can't be loaded or the options are wrong.

    """

    def __init__(self, plugin: str | Path, options: Mapping[str, object], state: Path) -> None:
        self.name = plugin if isinstance(plugin, str) else plugin.stem
        self.state = state
        self.folder = state / "plugins" / self.name
        self.public = state / "public"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.public.mkdir(parents=True, exist_ok=True)
        self.tracker = KitTracker()
        self.store = KitStore()
        self.clock = KitClock()
        self.secrets: dict[str, SecretStr] = {}
        self.notices: list[SentNotice] = []
        self.jobs: dict[str, Callable[[], Awaitable[object]]] = {}
        self.bus = Bus()
        self._tasks: set[asyncio.Task[object]] = set()
        self._errors: list[BaseException] = []
        self._session: aiohttp.ClientSession | None = None
        self._stack: AsyncExitStack | None = None
        files = {} if isinstance(plugin, str) else {self.name: plugin}
        if problems := self.bus.load(files, [self.name]):
            raise ValueError("\n".join(map(str, problems)))
        own = self.contributions.options.get(self.name)
        checked = check_options(own.value if own else PluginConfig, options, None)
        self._options = options_or_error(checked)

    @property
    def contributions(self) -> Contributions:
        """All that the plugin contributes."""
        return self.bus.contributions

    def context(self) -> PluginContext:
        """Return what the plugin can use."""
        return PluginContext(
            plugin=self.name,
            options=self._options,
            folder=self.folder,
            public=self.public,
            address=ADDRESS,
            site=SITE,
            log=structlog.stdlib.get_logger("gazelled.plugin").bind(plugin=self.name),
            clock=self.clock,
            tracker=self.tracker,
            store=self.store,
            secrets=self.secrets,
            schedule=self._schedule,
            spawn=self._spawn,
            to_thread=asyncio.to_thread,
            notify=self._notify,
            open_http=self._open_http,
        )

    async def begin(self) -> None:
        """
        Set the plugin up.

        Raises:
            HookFailure: If its setup fails.

        """
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.bus)
            stack.push_async_callback(self._close_session)
            self.jobs.clear()
            problems = await stack.enter_async_context(
                self.bus.lifetimes.all_set_up({self.name: self.context()})
            )
            stack.push_async_callback(self._end_tasks)
            if problems:
                raise HookFailure("\n".join(map(str, problems)))
            self._stack = stack.pop_all()

    async def end(self) -> None:
        """
        End the plugin's tasks, and tear it down.

        Raises:
            Exception: What one of its tasks raised.

        """
        if self._stack is not None:
            stack, self._stack = self._stack, None
            await stack.aclose()
            self._raise_errors()

    @asynccontextmanager
    async def living(self) -> AsyncIterator[Bus]:
        """Set the plugin up for a moment, unless it is."""
        if self._stack is not None:
            yield self.bus
            return
        await self.begin()
        try:
            yield self.bus
        finally:
            await self.end()

    async def _run_job(self, name: str) -> None:
        async with self.living():
            await one_of("job", name, self.jobs)()

    async def _advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        self._raise_errors()

    async def _end_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _task_ended(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._errors.append(error)

    def _raise_errors(self) -> None:
        """Raise what the first of the tasks that failed has raised."""
        errors, self._errors = self._errors, []
        if errors:
            raise errors[0]

    async def _close_session(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    def _schedule(
        self,
        function: Callable[[], Awaitable[object]],
        /,
        *,
        every: str = "",
        cron: str = "",
        zone: str = "",
        name: str = "",
    ) -> None:
        parse_times(every, cron, zone)
        name = name or str(getattr(function, "__name__", "job"))
        if name in self.jobs:
            raise ValueError(f'there is a job "{name}" already; pass another name')
        self.jobs[name] = function

    def _spawn(self, coroutine: Coroutine[object, object, object], /, *, name: str) -> None:
        task = asyncio.get_running_loop().create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._task_ended)

    async def _notify(
        self, topic: str, title: str, text: str, /, *, url: str = "", urgent: bool = False
    ) -> None:
        self.notices.append(SentNotice(topic, title, text, url, urgent))

    def _open_http(self) -> aiohttp.ClientSession:
        import aiohttp  # noqa: PLC0415 - most plugins do without

        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session


def one_of(kind: str, name: str, all_: Mapping[str, T]) -> T:
    """Return what a plugin has under a name; raise ValueError with what there is otherwise."""
    if name not in all_:
        names = ", ".join(sorted(all_)) or "none"
        raise ValueError(f'the plugin has no {kind} "{name}"; it has: {names}')
    return all_[name]


def options_or_error(checked: PluginConfig | list[OptionProblem]) -> PluginConfig:
    """Return options; raise ValueError with all that is wrong with them."""
    if isinstance(checked, PluginConfig):
        return checked
    raise ValueError("\n".join(f"{'.'.join(key)}: {text}" for key, text in checked))
