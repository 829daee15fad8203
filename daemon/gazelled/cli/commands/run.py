"""`gazelled run`: the daemon in the foreground, or one round of it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import click
import structlog

from gazelled import logs
from gazelled.cli import output
from gazelled.cli.exit_codes import ExitCode, end_within
from gazelled.cli.render.plan_table import percent
from gazelled.cli.settings import Settings
from gazelled.cli.starting import memory_allocator
from gazelled.cli.starting.restart_pause import RestartPause
from gazelled.config import Config
from gazelled.containment import event_loop
from gazelled.containment.log_guard import GUARD
from gazelled.containment.process_guard import guarded
from gazelled.containment.running_mark import Crash
from gazelled.errors import StateError, StateUnavailable
from gazelled.planning.config_plan import plan_of
from gazelled.planning.plan import figures, freshness
from gazelled.service.control.offline import read_past
from gazelled.service.file_owner import ROOT
from gazelled.service.lock import LockTaken, state_user

if TYPE_CHECKING:
    from gazelled.service.app import App
    from gazelled.service.configuration.check import CheckResult

log = structlog.stdlib.get_logger(__name__)

NOTIFY_WITHIN = 45.0


@click.command()
@click.option(
    "--once", is_flag=True, help="Run every watch that is due, deliver the messages, and exit."
)
@click.option("--verbose", "-v", is_flag=True, help="Show the log on a terminal, too.")
@click.option("--dry-run", is_flag=True, help="Print what a start would do now, and do nothing.")
@click.pass_obj
def run(settings: Settings, *, once: bool, verbose: bool, dry_run: bool) -> int:
    """
    Watch the tracker, in the foreground.

    On a terminal it shows what it does in sentences, elsewhere its log. SIGTERM and Ctrl-C end it
    gracefully; a second one ends it at once.
    """
    memory_allocator.keep_small()
    settings.set_up_logs()
    _check_user(settings)
    if dry_run:
        from gazelled.cli.starting.dry_run import print_start  # noqa: PLC0415 - a daemon needs none

        config = _reported(settings).config
        return print_start(settings, config) if config else ExitCode.INVALID
    pause = RestartPause({} if once else settings.environ)
    pause.wait()
    code = int(ExitCode.OK)
    try:
        with guarded(settings.state_folder, settings.redactor.scrub) as crash:
            code = _run(settings, crash, once=once, verbose=verbose)
    except (StateError, click.Abort):
        pause.end()
        raise
    if code != ExitCode.FAILED:
        pause.end()
    return code


def _check_user(settings: Settings) -> None:
    """Raise StateError where root would leave files that the user of the state can't use."""
    folder = settings.state_folder
    user = state_user(folder)
    if user is None or os.geteuid() != ROOT or user.uid == ROOT:
        return
    start = settings.service_command("start")
    service = f"Start the service ({start}), or run" if start else "Run"
    raise StateError(
        f"The state in {folder} belongs to {user.name}, and root would leave files there that "
        f"{user.name} can't use. {service} gazelled as that user: sudo -u {user.name} "
        f"{settings.typed('run')}."
    )


def _run(settings: Settings, crash: Crash | None, *, once: bool, verbose: bool) -> int:
    if not once:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until it reloads; a changed config is found
    config = _checked(settings)
    if config is None:
        return ExitCode.INVALID
    shown = verbose or settings.debug or bool(settings.log_level)
    begun = _set_up_logs(settings, config, verbose=shown)
    logs.catch_uncaught()
    GUARD.begin()
    if crash and crash.calls:
        log.warning("daemon.crashed", plugins=", ".join(map(str, crash.calls)))
    _log_plan(settings, config)
    # What is imported now fills the room that reading the config took and gave back.
    from gazelled.cli import last_good, serving  # noqa: PLC0415 - a thousand watches weigh 6 MB less so

    serve = serving.once if once else serving.forever
    try:
        return event_loop.run(serve(settings, config, begun))
    except asyncio.CancelledError:
        raise click.Abort from None
    except StateError as error:
        if not isinstance(error, LockTaken | StateUnavailable):
            _notify(last_good.notify_unusable(settings, str(error)), ExitCode.STATE)
        raise


def _notify(notifying: Coroutine[Any, Any, None], code: int) -> None:
    """Notify of what a person must fix, in bounded time."""
    timer = end_within(NOTIFY_WITHIN, code)
    event_loop.run(notifying)
    timer.cancel()


def _set_up_logs(settings: Settings, config: Config, *, verbose: bool) -> Callable[[App], None]:
    """Show sentences to a person at a terminal, and log lines to all others."""
    if not verbose and config.log.format == "auto" and sys.stderr.isatty():
        from gazelled.cli.render.run_sentences import run_sentences  # noqa: PLC0415 - services do without

        alerts = [watch.name for watch in config.watches.values() if watch.kind.raises]
        sentences = run_sentences(config.tracker.name, alerts, sys.stderr)
        logs.set_up(
            format="auto",
            level="debug",
            redactor=settings.redactor,
            listener=sentences.hear,
            quiet=True,
        )
        settings.speaks = True
        return sentences.follow
    settings.log_as(config.log)
    return lambda _: None


def _reported(settings: Settings) -> CheckResult:
    """Check the whole config, and print all problems."""
    checked = settings.check_config()
    settings.register(checked.secrets)
    for problem in checked.problems:
        settings.message(str(problem))
    if checked.idle:
        settings.message(checked.idle)
    if checked.config is None:
        output.message(f"error: fix {settings.config_file} first (gazelled check)")
    return checked


def _checked(settings: Settings) -> Config | None:
    """Check the whole config; print all problems, and send a notice of the errors."""
    checked = _reported(settings)
    if checked.config is None:
        errors = [problem for problem in checked.problems if problem.is_error]
        from gazelled.cli import last_good  # noqa: PLC0415 - as in `run`

        _notify(last_good.notify_broken(settings, errors), ExitCode.INVALID)
    return checked.config


def _log_plan(settings: Settings, config: Config) -> None:
    """
    Log what will be asked, and what that needs of the limit.

    Lists that grew may need more than they did when this config was written: that is a warning,
    so that a daemon which ran yesterday runs today.
    """
    plan = plan_of(config, read_past(settings.state_folder), output.now())
    for planned in plan.planned:
        log.info(
            "source.planned",
            watches=", ".join(planned.watches),
            asks=planned.asks,
            requests=planned.cost,
            share=percent(plan.part(planned)),
            fresh_within=freshness(planned.fresh),
            really=freshness(planned.really),
        )
    log.info("plan.made", needs=figures(plan))
    if plan.over:
        log.warning("share.exceeded", advice="gazelled check says what to slow down")
