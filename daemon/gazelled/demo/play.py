"""Plays the demo: opens everything, lets it run, and sums it up."""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

from gazelled import logs
from gazelled.containment import event_loop
from gazelled.demo.clock import FastClock
from gazelled.demo.ledger import FEED, JOURNAL, Figures, Ledger
from gazelled.demo.narrator import Narrator
from gazelled.demo.person import Person
from gazelled.demo.phone import phone
from gazelled.demo.screen import WIDTH, Screen
from gazelled.demo.script import Stage
from gazelled.demo.setting import HOST, PORT, listening, set_up_config
from gazelled.redact import Redactor
from gazelled.service.app import App
from gazelled.service.compose import open_app
from gazelled.service.systemd.sd_notify import Notifier
from gazelled.service.web.feed_server import WebServer
from gazelled.service.web.web_site import WebSite
from gazelled.testing import Simulator

KINDS = ("data set", "message", "news item", "alert", "outage")
SETTLE_WITHIN = 3.0
_LOOK_AGAIN = 0.1


def main(seconds: float | None = None) -> int:
    """
    Play the demo on standard output.

    Args:
        seconds: When it ends by itself; None plays until Ctrl-C.

    Returns:
        The exit code.

    """
    # Apprise would ask a proxy that the environment names, for loopback too.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = HOST
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    event_loop.run(_play(seconds, sys.stdout))
    return 0


async def _play(seconds: float | None, stream: TextIO) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    clock = FastClock()
    width = shutil.get_terminal_size().columns if stream.isatty() else WIDTH
    screen = Screen(stream, clock.on_show, ended.set, width)
    async with _opened(clock, screen) as demo, asyncio.TaskGroup() as group:
        clock.begin()
        group.create_task(demo.app.forever(Notifier({})), name="daemon")
        happenings = group.create_task(demo.stage.play(clock, demo.looked), name="happenings")
        nights = group.create_task(demo.read_each_night(), name="nights")
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await ended.wait()
        happenings.cancel()
        nights.cancel()
        await demo.settle()
        demo.sum_up(screen)
        screen.end()
        demo.app.stopping.set()


@dataclass(frozen=True)
class _Demo:
    """What takes part in the demo."""

    clock: FastClock
    simulator: Simulator
    app: App
    stage: Stage
    ledger: Ledger
    feed: str
    journal: Path

    async def read_each_night(self) -> None:
        """Read the feed before old entries leave it."""
        while True:
            await self.clock.sleep(86400.0)
            await self._read()

    async def looked(self, since: datetime) -> None:
        """Wait until what was uploaded by then was looked at, however slow the machine is."""
        while not any(  # noqa: ASYNC110 - the store has no event for it
            at > since and source.startswith("browse")
            for source, at in (await self.app.store.last_runs()).items()
        ):
            await asyncio.sleep(_LOOK_AGAIN)

    async def settle(self) -> None:
        """Begin nothing more, and wait until all that was seen is delivered."""
        self.app.scheduler.end()
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_WITHIN):
                await self._read()
                while (await self.app.store.counts())["pending"] or self._figures().lost:
                    await asyncio.sleep(_LOOK_AGAIN)
                    await self._read()

    async def _read(self) -> None:
        await self.ledger.read(self.feed, self.journal)

    def _figures(self) -> Figures:
        return self.ledger.figures(
            {
                arrival.action: arrival.at
                for arrival in self.simulator.arrivals
                if arrival.action and arrival.verdict == "ok"
            }
        )

    def sum_up(self, screen: Screen) -> None:
        """Summarize the result, as the tracker and the targets have it."""
        figures = self._figures()
        arrivals, gaps = len(self.simulator.arrivals), self.simulator.gaps()
        closest = f", closest {min(gaps):.2f} s apart" if gaps else ""
        counts = figures.delivered
        delivered = [_count(counts[kind], kind) for kind in KINDS if counts[kind]]
        screen.line()
        screen.line(
            f"{_count(arrivals, 'request')}{closest} at the tracker "
            f"(limit {self.app.site.per:g} s)."
        )
        lost = f"{figures.lost} lost, {figures.twice} twice"
        screen.line(f"{', '.join(delivered) or 'Nothing new'} delivered; {lost}.")
        if figures.unseen:
            screen.line(
                f"After the last look came {figures.unseen} more; the next one would report them."
            )
        screen.line("Yours: gazelled init")


@asynccontextmanager
async def _opened(clock: FastClock, screen: Screen) -> AsyncIterator[_Demo]:
    """Open the tracker, the phone and the daemon."""
    async with AsyncExitStack() as stack:
        folder = Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix="gazelled-demo-", ignore_cleanup_errors=True)
            )
        )
        simulator = await stack.enter_async_context(Simulator(clock=clock))
        ledger = Ledger()
        bound = stack.enter_context(listening(PORT))
        port = bound.getsockname()[1]
        feed = f"http://{HOST}:{port}/{FEED}.atom"
        state = folder / "state"
        person = Person(folder / "config.toml", state, screen)
        stage = Stage(simulator, ledger, person.types)
        journal = state / "targets" / JOURNAL / "journal.jsonl"
        narrator = Narrator(screen, ledger, stage, clock, feed=feed, journal=journal)
        number = await stack.enter_async_context(phone(narrator.arrived))
        config = set_up_config(
            folder,
            url=simulator.url,
            listen=f"{HOST}:{port}",
            secrets={"tracker-token": simulator.token(), "phone": number},
        )
        narrator.alerts = [watch.name for watch in config.watches.values() if watch.kind.raises]
        redactor = Redactor()
        logs.set_up(
            format="console", level="debug", redactor=redactor, listener=narrator.hear, quiet=True
        )
        stack.callback(logs.reset)
        app = await stack.enter_async_context(
            open_app(
                config, state, clock=clock, redactor=redactor, environ={}, web=False, spread=False
            )
        )
        pages = WebSite(app)
        stack.push_async_callback(pages.end)
        server = WebServer(
            state / "public",
            config.web.listen,
            clock,
            bound=bound,
            handlers=app.bus.web.file,
            pages=pages,
        )
        await stack.enter_async_context(server.running())
        taken = "" if port == PORT else f"  ({PORT} is taken)"
        screen.line(f"A simulated {simulator.name} on {HOST}; nothing leaves this machine.")
        screen.line(f"One hour passes in {clock.world(3600):g} seconds. Ctrl-C ends.")
        token = await app.access.renew()
        screen.line(f"Feed     {feed}{taken}")
        screen.line(f"Journal  {journal}")
        screen.line("Page     this link opens it:")
        screen.line(f"http://{HOST}:{port}/login?token={token}")
        screen.line()
        yield _Demo(clock, simulator, app, stage, ledger, feed, journal)


def _count(many: int, noun: str) -> str:
    return f"{many} {noun}" if many == 1 or noun == "more" else f"{many} {noun}s"
