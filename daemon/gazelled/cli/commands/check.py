"""`gazelled check`: all problems at once, or the plan."""

from __future__ import annotations

from dataclasses import asdict

import click

from gazelled.cli import output
from gazelled.cli.exit_codes import ExitCode
from gazelled.cli.options import DataCommand
from gazelled.cli.render.plan_table import plan_data, print_plan
from gazelled.cli.render.progress import ProgressLine
from gazelled.cli.settings import Settings
from gazelled.service.configuration.check import CheckResult
from gazelled.service.configuration.check import check as check_config
from gazelled.service.configuration.configured_targets import read_removed
from gazelled.service.control.offline import read_past
from gazelled.text import counted


@click.command(cls=DataCommand)
@click.pass_obj
def check(settings: Settings) -> ExitCode:
    """
    Show all errors in the config at once; without errors, the plan: which requests, how often.

    Warnings are shown, but do not make the check fail.
    """
    past = read_past(settings.state_folder)
    with ProgressLine(quiet=settings.quiet).shown("checking the config and its plugins"):
        checked = check_config(
            settings.config_file,
            settings.environ,
            output.now(),
            past,
            thorough=True,
            state=settings.state_folder,
            terms=settings.import_terms,
        )
    settings.register(checked.secrets)
    failed = checked.config is None or bool(checked.left_out)
    removed = read_removed(checked.config, settings.state_folder) if checked.config else {}
    if settings.as_json:
        output.as_json(_data(settings, checked, failed=failed) | {"removed_targets": removed})
    else:
        _print(settings, checked, failed=failed)
        for target, number in removed.items():
            output.message(_removed(target, number))
    return ExitCode.INVALID if failed else ExitCode.OK


def _print(settings: Settings, checked: CheckResult, *, failed: bool) -> None:
    for problem in checked.all:
        text = settings.redactor.scrub(str(problem))
        output.line(output.bad(text) if problem.is_error else output.late(text))
    if failed:
        errors = sum(problem.is_error for problem in checked.all)
        output.message(f"error: {settings.config_file}: {counted(errors, 'error', 'errors')}")
    elif checked.plan is not None:
        print_plan(checked.plan)
        for sentence in (checked.blind, *checked.partial, checked.idle):
            if sentence:
                output.message(sentence)
        output.message(f"{settings.config_file} is valid.")


def _removed(target: str, number: int) -> str:
    return (
        f"{counted(number, 'message waits', 'messages wait')} for {target}, which is not in the "
        "config any more: held for seven days from the first start without it, then dead."
    )


def _data(settings: Settings, checked: CheckResult, *, failed: bool) -> dict[str, object]:
    return {
        "config": str(settings.config_file),
        "problems": [{**asdict(problem), "file": str(problem.file)} for problem in checked.all],
        "blind": checked.blind,
        "partial": [*checked.partial],
        "plan": None if failed or checked.plan is None else plan_data(checked.plan),
    }
