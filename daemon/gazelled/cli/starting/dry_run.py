"""What a start would do now, without one: nothing is sent and nothing is written."""

from __future__ import annotations

from datetime import UTC, datetime

from gazelled.cli import output
from gazelled.cli.exit_codes import ExitCode
from gazelled.cli.render.plan_table import print_plan
from gazelled.cli.settings import Settings
from gazelled.config import Config
from gazelled.errors import StateError
from gazelled.planning.config_plan import plan_of
from gazelled.planning.plan import Planned
from gazelled.service.control.offline import read_past
from gazelled.service.lock import owner_pid

_NEVER = datetime.max.replace(tzinfo=UTC)


def print_start(settings: Settings, config: Config) -> ExitCode:
    """
    Print the plan, the looks in their order, the targets and the page.

    Raises:
        StateError: If another process owns the state, so that a start is refused.

    """
    if pid := owner_pid(settings.state_folder):
        raise StateError(f"gazelled runs already: process {pid} owns {settings.state_folder}.")
    now = output.now()
    plan = plan_of(config, read_past(settings.state_folder), now)
    print_plan(plan)
    looks = sorted(plan.planned, key=lambda planned: planned.next or _NEVER)
    due = [look for look in looks if look.next and look.next <= now]
    output.line(f"At once, in this order: {_named(due) or 'nothing'}")
    for look in looks:
        if look.next and look.next > now:
            output.line(f"At {output.moment(look.next, now)}: {_named([look])}")
    output.line(f"Targets: {', '.join(config.targets) or 'none'}")
    output.line(f"Page: {config.web.address if config.web.listen else 'off'}")
    output.message("Nothing was sent or written.")
    return ExitCode.OK


def _named(looks: list[Planned]) -> str:
    return ", ".join(f"{' and '.join(look.watches)} ({look.asks})" for look in looks)
