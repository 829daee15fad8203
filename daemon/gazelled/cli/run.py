"""`gazelled run`: the daemon in the foreground, or one round of it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import click
import structlog

from gazelled import logs
from gazelled.cli import last_good, show
from gazelled.cli.asking import closing, only, set_up_logs
from gazelled.cli.ending import end_within
from gazelled.cli.plan_table import plan_lines
from gazelled.cli.resting import past
from gazelled.cli.settings import Settings
from gazelled.clock import Clock
from gazelled.config import Config
from gazelled.errors import GazelledError, StateError, Unavailable
from gazelled.service.app import App
from gazelled.service.check import check as check_config
from gazelled.service.check import plan_of
from gazelled.service.compose import open_app
from gazelled.service.control import ask
from gazelled.service.notify import Notifier
from gazelled.service.owner import Taken, owner_socket
from gazelled.service.plan import figures

log = structlog.stdlib.get_logger(__name__)

MUST_BE_MENDED = 2
FAILED, UNAVAILABLE, STOPPED = 1, 5, 6
STOP_WITHIN = 30.0
THREADS_END_WITHIN = 3.0
TELL_WITHIN = 45.0
WAIT_FOR_OTHERS = 60.0
_PAUSE = 0.25


@click.command()
@click.option("--once", is_flag=True, help="Do every watch that is due, deliver, and end.")
@click.pass_context
def run(ctx: click.Context, *, once: bool) -> None:
    """
    Watch the tracker, in the foreground.

    SIGTERM and Ctrl-C end it in good order; a second one ends it at once.
    """
    settings = ctx.ensure_object(Settings)
    set_up_logs(settings)
    config = _checked(settings)
    if config is None:
        ctx.exit(MUST_BE_MENDED)
    level = "debug" if settings.debug else config.log.level
    logs.set_up(format=config.log.format, level=level, redactor=settings.redactor)
    logs.catch_uncaught()
    _tell_plan(settings, config)
    try:
        code = asyncio.run(_once(settings, config) if once else _forever(settings, config))
    except asyncio.CancelledError:
        raise click.Abort from None
    ctx.exit(code)


def _checked(settings: Settings) -> Config | None:
    """Check the config wholly; say all that is wrong, and tell whoever is told notices."""
    checked = check_config(settings.config_file, settings.environ, show.now())
    settings.redactor.add(*(each.get_secret_value() for each in checked.secrets))
    for problem in checked.problems:
        show.words(settings.redactor.scrub(str(problem)))
    if checked.config is None:
        show.words(f"error: {settings.config_file} must be mended first")
        errors = [each for each in checked.problems if each.severity == "error"]
        timer = end_within(TELL_WITHIN, MUST_BE_MENDED)
        asyncio.run(last_good.tell_broken(settings, errors))
        timer.cancel()
    return checked.config


def _tell_plan(settings: Settings, config: Config) -> None:
    """
    Log what will be asked, and what that needs of the limit.

    Lists that grew may need more than they did when this config was written: that is a warning,
    so that a daemon which ran yesterday runs today.
    """
    plan = plan_of(config, past(settings.state_folder), show.now())
    for line in plan_lines(plan):
        log.info("plan.source", **line)
    log.info("plan.made", needs=figures(plan))
    if plan.over:
        log.warning("plan.over", advice="gazelled check says what to slow down")


@asynccontextmanager
async def _opened(settings: Settings, config: Config, *, web: bool) -> AsyncIterator[App]:
    async with AsyncExitStack() as stack:
        app = await _entered(stack, settings, config, web=web)
        await asyncio.to_thread(last_good.keep, settings.config_file, settings.state_folder)
        yield app


async def _entered(stack: AsyncExitStack, settings: Settings, config: Config, *, web: bool) -> App:
    """
    Own the state; a command that owns it for a moment is waited for, another daemon isn't.

    Raises:
        Taken: If a daemon owns it.
        Unavailable: If something else owns it for too long.

    """
    loop = asyncio.get_running_loop()
    patience = loop.time() + WAIT_FOR_OTHERS
    waiting = False
    while True:
        opening = open_app(
            config,
            settings.state_folder,
            clock=Clock(),
            redactor=settings.redactor,
            environ=settings.environ,
            web=web,
        )
        try:
            return await stack.enter_async_context(opening)
        except Taken as taken:
            if await _a_daemon_runs(settings):
                raise
            if not waiting:
                log.info("daemon.waiting", reason="another command owns the state for a moment")
                waiting = True
            if loop.time() > patience:
                raise Unavailable(f"{taken} It doesn't answer; try again later.") from None
        await asyncio.sleep(_PAUSE)


async def _a_daemon_runs(settings: Settings) -> bool:
    socket = owner_socket(settings.state_folder)
    try:
        async with closing(ask(socket, "status", {})) as lines:
            return bool((await only(lines)).get("running"))
    except GazelledError:
        return False


async def _forever(settings: Settings, config: Config) -> int:
    code, running = 0, False
    try:
        async with _opened(settings, config, web=True) as app:
            running = True
            loop = asyncio.get_running_loop()
            for each in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(each, _stop, app)
            async with asyncio.TaskGroup() as group:
                bound = group.create_task(_bounded(app), name="bounded end")
                await app.forever(Notifier(settings.environ))
                bound.cancel()
    except* StateError as failed:
        if not running:
            raise
        # The state was good at the start: a full disk, say. A restart may heal it.
        code = FAILED
        show.words(settings.redactor.scrub(f"error: {_first(failed)}"))
    end_within(THREADS_END_WITHIN, code)
    return code


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _stop(app: App) -> None:
    """End in good order; the next signal ends the process at once."""
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.remove_signal_handler(each)
        signal.signal(each, signal.SIG_DFL)
    app.stopping.set()


async def _bounded(app: App) -> None:
    await app.stopping.wait()
    end_within(STOP_WITHIN, FAILED)


async def _once(settings: Settings, config: Config) -> int:
    main = asyncio.current_task()
    assert main is not None  # noqa: S101 - asyncio.run makes one
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, main.cancel)
    async with _opened(settings, config, web=False) as app:
        well = await app.once()
        stopped = app.dispatcher.health.stopped
        undelivered = {name: row.error for name, row in app.deliverer.health.items()}
    for name, error in undelivered.items():
        show.words(settings.redactor.scrub(f"{name} could not be told: {error}"))
    code = 0 if well else FAILED if undelivered else UNAVAILABLE
    if stopped:
        show.words(settings.redactor.scrub(f"stopped until you act: {stopped}"))
        code = STOPPED
    end_within(THREADS_END_WITHIN, code)
    return code
