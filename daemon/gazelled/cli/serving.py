"""What `gazelled run` does once the config is known to be good."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import structlog

from gazelled.cli import last_good
from gazelled.cli.exit_codes import THREADS_END_WITHIN, ExitCode, end_within
from gazelled.cli.settings import Settings
from gazelled.cli.starting import memory_allocator
from gazelled.clock import Clock
from gazelled.config import Config
from gazelled.config.document.config_files import stamp_of
from gazelled.containment.exclusions import Exclusions
from gazelled.containment.running_mark import MARK
from gazelled.errors import (
    GazelledError,
    RequestRefused,
    StateError,
    StateUnavailable,
    TrackerUnavailable,
)
from gazelled.service.app import App
from gazelled.service.compose import open_app
from gazelled.service.lock import LockTaken, owner_socket
from gazelled.service.reloading.config_source import ConfigSource
from gazelled.service.systemd.sd_notify import Notifier, is_service
from gazelled.store.opening import is_of_disk

log = structlog.stdlib.get_logger(__name__)

Begun = Callable[[App], None]
STOP_WITHIN = 30.0
WAIT_FOR_OTHERS = 60.0
STDERR = 2
_FIXED_SECRETS = (
    "Secrets are credentials of systemd here, which reads them when the service starts: a changed "
    "one needs a restart."
)
_PAUSE = 0.25


@asynccontextmanager
async def _opened(
    settings: Settings, config: Config, *, web: bool, waits: bool
) -> AsyncIterator[App]:
    """
    Own the state; a command that owns it for a moment is waited for, another daemon isn't.

    With `waits`, so is a state that can't be read or written now.
    """
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
                source=_source(settings) if web else None,
            )
            try:
                app = await stack.enter_async_context(opening)
            except StateUnavailable as problem:
                # Whoever starts it by hand is told at once of what waiting doesn't change.
                if not waits or not (is_service(settings.environ) or is_of_disk(problem)):
                    raise
                from gazelled.cli.starting.waiting_start import WaitingStart  # noqa: PLC0415 - seldom

                await WaitingStart(settings, config, problem).until_usable()
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


def _source(settings: Settings) -> ConfigSource:
    """Return where the daemon reads its config again."""
    return ConfigSource(
        settings.check_config,
        partial(last_good.keep, settings.config_file, settings.state_folder),
        settings.log_as,
        _FIXED_SECRETS if "CREDENTIALS_DIRECTORY" in settings.environ else "",
    )


async def _a_daemon_runs(settings: Settings) -> bool:
    # A daemon that starts alone asks nobody.
    from gazelled.service.control.client import NobodyThereError, ask_once  # noqa: PLC0415 - as said
    from gazelled.service.control.patience import DaemonHeldUpError  # noqa: PLC0415 - as said
    from gazelled.service.control.protocol import StatusRequest  # noqa: PLC0415 - as said

    socket = owner_socket(settings.state_folder)
    try:
        return (await ask_once(socket, StatusRequest(), state=settings.state_folder)).running
    except DaemonHeldUpError:
        return True
    except (NobodyThereError, TrackerUnavailable):
        return False
    except GazelledError:
        return True  # of another release, whose status can't be read


async def forever(settings: Settings, config: Config, begun: Begun) -> int:
    """Serve until it has to end, once `begun` has seen the parts; return the exit code."""
    code, running = ExitCode.OK, False
    failure: BaseException | None = None
    hang_up = HangUp()
    try:
        async with _opened(settings, config, web=True, waits=True) as app:
            running = True
            begun(app)
            memory_allocator.give_back()
            loop = asyncio.get_running_loop()
            for signum in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(signum, _stop, app)
            async with asyncio.TaskGroup() as group:
                bound = group.create_task(_bounded(app), name="bounded end")
                hang_ups = group.create_task(hang_up.follow(app), name="hang-ups")
                await app.forever(Notifier(settings.environ))
                bound.cancel()
                hang_ups.cancel()
    except* StateError as failed:
        failure = _first(failed)
    if failure is not None and not running:
        raise failure  # itself, and not in a group: the caller acts by its type
    if failure is not None:
        # The state was good at the start: a full disk, say. A restart may heal it.
        code = ExitCode.FAILED
        settings.message(f"error: {failure}")
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


class HangUp:
    """
    Reloads the config at SIGHUP, and when it has changed since it was read for the start.

    Where it is the terminal that has gone, the daemon ends in good order.
    """

    def __init__(self) -> None:
        self._came = asyncio.Event()
        self._on_terminal = os.isatty(STDERR)
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._came.set)

    async def follow(self, app: App) -> None:
        """Do what each signal asks for, until cancelled."""
        await app.ready.wait()
        stamp = stamp_of(app.config.file)
        if stamp and stamp != app.config.stamp:
            self._came.set()
        while True:
            await self._came.wait()
            self._came.clear()
            if self._on_terminal and not os.isatty(STDERR):
                log.warning("daemon.hung_up")
                app.stopping.set()
                return
            try:
                await app.reload()
            except RequestRefused as refused:  # it is about to end
                log.info("reload.refused", reason=str(refused))


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


async def once(settings: Settings, config: Config, _: Begun) -> int:
    """Do what is due; return the exit code."""
    main = asyncio.current_task()
    assert main is not None  # noqa: S101 - asyncio.run makes one
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, main.cancel)
    async with _opened(settings, config, web=False, waits=False) as app:
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
