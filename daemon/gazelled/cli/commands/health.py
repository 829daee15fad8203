"""`gazelled health`: one line and an exit code, as monitoring plugins print them."""

from __future__ import annotations

from enum import IntEnum

import click

from gazelled.cli import output
from gazelled.cli.client import ask_daemon
from gazelled.cli.commands.status import WITHIN
from gazelled.cli.options import DataCommand
from gazelled.cli.owner import config_errors, silent_owner
from gazelled.cli.settings import Settings
from gazelled.errors import GazelledError, NotPermitted, StateError, TrackerUnavailable
from gazelled.service.control.codec import encode
from gazelled.service.control.protocol import StatusRequest
from gazelled.service.control.status_reply import StatusReply
from gazelled.store.opening import lasting_flaw
from gazelled.text import local_time

_RESULTS = {"ok": "OK", "degraded": "WARNING", "failing": "CRITICAL", "stopped": "CRITICAL"}


class MonitoringResult(IntEnum):
    """What a monitoring plugin finds; the value is its exit code."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


@click.command(cls=DataCommand)
@click.option("--warnings-ok", is_flag=True, help="End with 0 for warnings, too; for containers.")
@click.pass_obj
def health(settings: Settings, *, warnings_ok: bool) -> int:
    """
    Print in one line whether all is well, for monitoring programs and containers.

    The exit code is 0 if all is well, 1 for a warning, 2 if gazelled doesn't do its job or isn't
    running, 3 if that can't be found out. It takes five seconds at most.
    """
    result, text, reply = _examine(settings)
    if settings.as_json:
        problems = reply.health.problems if reply else ()
        output.as_json({"result": result.name, "text": text, "problems": encode(problems)})
    else:
        output.line(_health_line(result, text, reply))
    return 0 if warnings_ok and result is MonitoringResult.WARNING else result.value


def _examine(settings: Settings) -> tuple[MonitoringResult, str, StatusReply | None]:
    """Return the result, why, and what the daemon replied, if it did."""
    try:
        reply = ask_daemon(settings, StatusRequest(), within=WITHIN)
    except NotPermitted as error:
        return MonitoringResult.UNKNOWN, str(error), None
    except (TrackerUnavailable, StateError) as error:
        return MonitoringResult.CRITICAL, str(error), None
    except GazelledError as error:
        return MonitoringResult.UNKNOWN, str(error), None
    if reply is None or not reply.running:
        silent = silent_owner(settings)[1]
        return MonitoringResult.CRITICAL, silent or _not_running(settings), None
    return *_result_of(reply), reply


def _not_running(settings: Settings) -> str:
    """Return that it isn't running, and what is wrong with its state, or first in its config."""
    if flaw := lasting_flaw(settings.state_folder):
        return f"gazelled is not running, and its state can't be used: {flaw}"
    errors = config_errors(settings)
    if not errors:
        return "gazelled is not running"
    more = f"; and {len(errors) - 1} more" if len(errors) > 1 else ""
    return f"gazelled is not running, and its config has an error: {errors[0]}{more}"


def _result_of(reply: StatusReply) -> tuple[MonitoringResult, str]:
    """Return the result of a check of a daemon, and why."""
    result = MonitoringResult[_RESULTS.get(reply.state, "UNKNOWN")]
    problems = reply.health.problems
    if not problems:
        return result, reply.summary if result is MonitoringResult.OK else "its health is not known"
    first, *others = problems
    since = f" (since {local_time(first.since)})" if first.since else ""
    more = f"; and {len(others)} more" if others else ""
    return result, f"{first.subject}: {first.text.rstrip('.')}{since}{more}"


def _health_line(result: MonitoringResult, text: str, reply: StatusReply | None) -> str:
    """Return the line; the bar of the format can't be in the text."""
    line = f"{result.name} - {' '.join(text.replace('|', '/').split())}"
    return f"{line}|{_figures(reply)}" if reply else line


def _figures(reply: StatusReply) -> str:
    """Return figures, each with what is a warning, what is critical, and the least value."""
    severities = [problem.severity for problem in reply.health.problems]
    late = sum(watch.late for watch in reply.watches)
    failing = sum(bool(watch.trouble) for watch in reply.watches)
    plugins = sum(bool(plugin.left_out or plugin.resting) for plugin in reply.plugins.values())
    waiting = sum(target.open for target in reply.targets)
    dead = sum(target.dead for target in reply.targets)
    return (
        f"errors={severities.count('error')};;0;0 warnings={severities.count('warning')};0;;0 "
        f"watches={len(reply.watches)};;;0 late={late};;;0 failing={failing};;;0 "
        f"plugins_unused={plugins};;;0 queue={reply.tracker.waiting};;;0 "
        f"waiting={waiting};;;0 dead={dead};;;0 requests={reply.requests.sent}c;;;0"
    )
