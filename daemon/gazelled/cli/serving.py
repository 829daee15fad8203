"""What `gazelled run` does once the config is known to be good."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog

from gazelled.cli import last_good
from gazelled.cli.exit_codes import THREADS_END_WITHIN, ExitCode, end_within
from gazelled.cli.settings import Settings
from gazelled.clock import Clock
from gazelled.config import Config
from gazelled.containment.exclusions import Exclusions
from gazelled.containment.running_mark import MARK
from gazelled.errors import GazelledError, StateError, TrackerUnavailable
from gazelled.service.app import App
from gazelled.service.compose import open_app
from gazelled.service.control.client import NobodyThereError, ask_once
from gazelled.service.control.patience import DaemonHeldUpError
from gazelled.service.control.protocol import StatusRequest
from gazelled.service.lock import LockTaken, owner_socket
from gazelled.service.sd_notify import Notifier

log = structlog.stdlib.get_logger(__name__)

STOP_WITHIN = 30.0
WAIT_FOR_OTHERS = 60.0
_PAUSE = 0.25


@asynccontextmanager
async def _opened(settings: Settings, config: Config, *, web: bool) -> AsyncIterator[App]:
    """Own the state; a command that owns it for a moment is waited for, another daemon isn't."""
    loop = asyncio.get_running_loop()
    patience = loop.time() + WAIT_FOR_OTHERS
    app: App | None = None
    waiting = False
    async with AsyncExitStack() as stack:
        while app is None:
            opening = open_app(
                config,
                settings.state_folder,
                clock=Clock(),
                redactor=settings.redactor,
                environ=settings.environ,
                web=web,
            )
            try:
                app = await stack.enter_async_context(opening)
            except LockTaken as taken:
                if await _a_daemon_runs(settings):
                    raise
                if not waiting:
                    log.info("daemon.delayed", reason="another command owns the state for a moment")
                    waiting = True
                if loop.time() > patience:
                    text = f"{taken} It does not respond; try again later."
                    raise TrackerUnavailable(text) from None
                await asyncio.sleep(_PAUSE)
        await asyncio.to_thread(last_good.keep, settings.config_file, settings.state_folder)
        yield app


async def _a_daemon_runs(settings: Settings) -> bool:
    socket = owner_socket(settings.state_folder)
    try:
        return (await ask_once(socket, StatusRequest(), state=settings.state_folder)).running
    except DaemonHeldUpError:
        return True
    except (NobodyThereError, TrackerUnavailable):
        return False
    except GazelledError:
        return True  # of another release, whose status can't be read


async def forever(settings: Settings, config: Config) -> int:
    """Serve until it has to end; return the exit code."""
    code, running = ExitCode.OK, False
    try:
        async with _opened(settings, config, web=True) as app:
            running = True
            loop = asyncio.get_running_loop()
            for signum in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(signum, _stop, app)
            async with asyncio.TaskGroup() as group:
                bound = group.create_task(_bounded(app), name="bounded end")
                await app.forever(Notifier(settings.environ))
                bound.cancel()
    except* StateError as failed:
        if not running:
            raise
        # The state was good at the start: a full disk, say. A restart may heal it.
        code = ExitCode.FAILED
        settings.message(f"error: {_first(failed)}")
    _end(settings, code)
    return code


def _end(settings: Settings, code: int) -> None:
    """End in good order, also where threads or tasks of plugins hang."""
    Exclusions(settings.state_folder).ended_well()
    MARK.close()
    end_within(THREADS_END_WITHIN, code)


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _stop(app: App) -> None:
    """End in good order; the next signal ends the process at once."""
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.remove_signal_handler(signum)
        signal.signal(signum, signal.SIG_DFL)
    app.stopping.set()


async def _bounded(app: App) -> None:
    await app.stopping.wait()
    end_within(STOP_WITHIN, ExitCode.FAILED)


async def once(settings: Settings, config: Config) -> int:
    """Do what is due; return the exit code."""
    main = asyncio.current_task()
    assert main is not None  # noqa: S101 - asyncio.run makes one
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, main.cancel)
    async with _opened(settings, config, web=False) as app:
        await app.dispatcher.session.claim()
        well = await app.once()
        stopped = app.dispatcher.health.stopped
        problem = app.dispatcher.health.problem()
        undelivered = {name: row.error for name, row in app.deliverer.health.items()}
    for name, error in undelivered.items():
        settings.message(f"a message to {name} could not be delivered: {error}")
    if problem and not well and not stopped:
        settings.message(str(problem))
    failure = ExitCode.FAILED if undelivered else ExitCode.UNAVAILABLE
    code = ExitCode.OK if well else failure
    if stopped:
        settings.message(f"stopped until you act: {stopped}")
        code = ExitCode.ACTION_REQUIRED
    _end(settings, code)
    return code
