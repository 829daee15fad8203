"""`gazelled run`: the daemon in the foreground, or one round of it."""

from __future__ import annotations

import asyncio

import click
import structlog

from gazelled import logs
from gazelled.cli import output
from gazelled.cli.exit_codes import ExitCode, end_within
from gazelled.cli.render.plan_table import percent
from gazelled.cli.settings import Settings
from gazelled.config import Config
from gazelled.containment import event_loop
from gazelled.containment.log_guard import GUARD
from gazelled.containment.process_guard import guarded
from gazelled.containment.running_mark import Crash
from gazelled.planning.config_plan import plan_of
from gazelled.planning.plan import figures, freshness
from gazelled.service.configuration.check import check as check_config
from gazelled.service.control.offline import read_past

log = structlog.stdlib.get_logger(__name__)

NOTIFY_WITHIN = 45.0
_OF_SERVICES = ("NOTIFY_SOCKET", "INVOCATION_ID")
"""The variables by which systemd tells a service that it is one."""


@click.command()
@click.option(
    "--once", is_flag=True, help="Run every watch that is due, deliver the messages, and exit."
)
@click.pass_obj
def run(settings: Settings, *, once: bool) -> int:
    """
    Watch the tracker, in the foreground.

    SIGTERM and Ctrl-C end it gracefully; a second one ends it at once.
    """
    settings.set_up_logs()
    with guarded(settings.state_folder, settings.redactor.scrub) as crash:
        return _run(settings, crash, once=once)


def _run(settings: Settings, crash: Crash | None, *, once: bool) -> int:
    config = _checked(settings)
    if config is None:
        return ExitCode.INVALID
    level = "debug" if settings.debug else config.log.level
    logs.set_up(format=config.log.format, level=level, redactor=settings.redactor)
    logs.catch_uncaught()
    GUARD.begin()
    if crash and crash.calls:
        log.warning("daemon.crashed", plugins=", ".join(map(str, crash.calls)))
    _log_plan(settings, config)
    # What is imported now fills the room that reading the config took and gave back.
    from gazelled.cli import serving  # noqa: PLC0415 - a thousand watches weigh 6 MB less so

    serve = serving.once if once else serving.forever
    try:
        return event_loop.run(serve(settings, config))
    except asyncio.CancelledError:
        raise click.Abort from None


def _checked(settings: Settings) -> Config | None:
    """Check the whole config; print all problems, and send a notice of the errors."""
    as_service = any(settings.environ.get(name) for name in _OF_SERVICES)
    checked = check_config(
        settings.config_file,
        settings.environ,
        output.now(),
        as_service=as_service,
        state=settings.state_folder,
        terms=settings.import_terms,
    )
    settings.register(checked.secrets)
    for problem in checked.problems:
        settings.message(str(problem))
    if checked.config is None:
        output.message(f"error: fix {settings.config_file} first (gazelled check)")
        errors = [problem for problem in checked.problems if problem.is_error]
        timer = end_within(NOTIFY_WITHIN, ExitCode.INVALID)
        from gazelled.cli import last_good  # noqa: PLC0415 - as in `run`

        event_loop.run(last_good.notify_broken(settings, errors))
        timer.cancel()
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
