"""`gazelled check`: every problem at once, or the plan."""

from __future__ import annotations

from collections.abc import Mapping

import click

from gazelled.cli import output
from gazelled.cli.client import set_up_logs
from gazelled.cli.offline_state import past
from gazelled.cli.render.plan_table import plan_data, print_plan
from gazelled.cli.settings import Settings, with_json
from gazelled.config import Problem
from gazelled.service.check import Checked
from gazelled.service.check import check as check_config

MUST_BE_MENDED = 2


@click.command()
@with_json
@click.pass_context
def check(ctx: click.Context) -> None:
    """
    Say all that is wrong with the config; if nothing is, what will run when.

    Warnings are told, and don't fail.
    """
    settings = ctx.ensure_object(Settings)
    set_up_logs(settings)
    checked = check_config(
        settings.config_file,
        settings.environ,
        output.now(),
        past(settings.state_folder),
        thorough=True,
    )
    settings.redactor.add(*(each.get_secret_value() for each in checked.secrets))
    failed = checked.config is None or bool(checked.left_out)
    if settings.as_json:
        output.as_json(
            {
                "config": str(settings.config_file),
                "problems": [_problem(each) for each in checked.all],
                "blind": checked.blind,
                "partial": [*checked.partial],
                "plan": None if failed or checked.plan is None else plan_data(checked.plan),
            }
        )
    else:
        _print(settings, checked, failed=failed)
    ctx.exit(MUST_BE_MENDED if failed else 0)


def _print(settings: Settings, checked: Checked, *, failed: bool) -> None:
    for problem in checked.all:
        output.line(settings.redactor.scrub(str(problem)))
    if failed:
        errors = [each for each in checked.all if each.severity == "error"]
        things = "one thing" if len(errors) == 1 else f"{len(errors)} things"
        output.words(f"error: {settings.config_file}: {things} to mend")
    elif checked.plan is not None:
        print_plan(checked.plan)
        if checked.blind:
            output.words(checked.blind)
        for sentence in checked.partial:
            output.words(sentence)
        output.words(f"{settings.config_file} is fine.")


def _problem(problem: Problem) -> Mapping[str, object]:
    return {
        "file": str(problem.file),
        "line": problem.line,
        "key": problem.key,
        "message": problem.message,
        "severity": problem.severity,
    }
