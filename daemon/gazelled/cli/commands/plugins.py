"""`gazelled plugins`: what plugins there are and do, and help for those who write one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gazelled.cli import completers, output
from gazelled.cli.exit_codes import ExitCode
from gazelled.cli.options import DataCommand, DataGroup, confirmed
from gazelled.cli.render.progress import ProgressLine
from gazelled.cli.settings import Settings
from gazelled.model import EventKind
from gazelled.text import capitalized, counted, shortened

if TYPE_CHECKING:
    from gazelled.cli.authoring.own_checks import PluginCheck
    from gazelled.cli.authoring.trial_run import TrialReport

_HOOKS = ("target", "enricher", "kind", "source")
_LONGEST = 100
_SIGNS = {"passed": "✓", "failed": "✗", "skipped": "-"}


_PLUGIN = click.argument("plugin", shell_complete=completers.plugins)


@click.group(cls=DataGroup, invoke_without_command=True)
@click.pass_context
def plugins(ctx: click.Context) -> None:
    """
    List what plugins there are, where they come from, what they do and how they are doing.

    Those of the config come first, in the order of calling. Figures are those of the running
    daemon.
    """
    if ctx.invoked_subcommand:
        return
    from gazelled.cli.authoring.plugin_upkeep import all_plugins  # noqa: PLC0415 - completion needs none
    from gazelled.cli.client import show as show_reply  # noqa: PLC0415 - likewise
    from gazelled.cli.render.plugin_tables import print_overview  # noqa: PLC0415 - likewise

    settings = ctx.ensure_object(Settings)
    show_reply(settings, all_plugins(settings), print_overview)


@plugins.command(cls=DataCommand)
@_PLUGIN
@click.pass_obj
def show(settings: Settings, plugin: str) -> None:
    """
    Show a plugin in full: its options with types and defaults, and what it contributes.

    PLUGIN is one of the config, an installed one, or a file. Its code is imported.
    """
    from gazelled.cli.authoring.plugin_details import details  # noqa: PLC0415 - completion needs none
    from gazelled.cli.client import show as show_reply  # noqa: PLC0415 - likewise
    from gazelled.cli.render.plugin_tables import print_details  # noqa: PLC0415 - likewise

    show_reply(settings, details(settings, plugin), print_details)


@plugins.command(cls=DataCommand)
@_PLUGIN
@click.pass_obj
def enable(settings: Settings, plugin: str) -> ExitCode:
    """Use a plugin again that was left out since it harmed the daemon, or that rests."""
    from gazelled.cli.authoring import plugin_upkeep  # noqa: PLC0415 - completion needs none

    reply = plugin_upkeep.enable(settings, plugin)
    if settings.as_json:
        output.as_json({"plugin": plugin, "was_out": reply.was_out, "runs": reply.runs})
    elif not reply.was_out:
        output.message(f"{plugin} was neither left out nor resting.")
    else:
        output.message(f"{plugin} is used {'again' if reply.runs else 'from the next start'}.")
    return ExitCode.OK if reply.was_out else ExitCode.FAILED


@plugins.command(cls=DataCommand)
@_PLUGIN
@click.option("--yes", is_flag=True, help="Delete without asking.")
@click.pass_obj
def forget(settings: Settings, plugin: str, *, yes: bool) -> ExitCode:
    """
    Delete what a plugin keeps: its values, its folder, and what it gave items and said of them.

    It is refused while the daemon uses the plugin.
    """
    what = f"this deletes all that the plugin {plugin} keeps"
    if not confirmed(what, f"{capitalized(what)}. Go on?", yes=yes):
        raise click.UsageError(f"{what}; add --yes to confirm")
    from gazelled.cli.authoring import plugin_upkeep  # noqa: PLC0415 - completion needs none

    reply = plugin_upkeep.forget(settings, plugin)
    if settings.as_json:
        output.as_json({"plugin": plugin, "rows": reply.rows, "folder": reply.folder})
    elif reply.rows or reply.folder:
        rows = counted(reply.rows, "entry", "entries")
        output.message(f"Deleted: {rows} of the state{' and the folder' if reply.folder else ''}.")
    else:
        output.message(f"Nothing was kept of {plugin}.")
    return ExitCode.OK if reply.rows or reply.folder else ExitCode.FAILED


@plugins.command(cls=DataCommand)
@click.argument("name")
@click.option("--single", is_flag=True, help="Write one file and its test instead of a project.")
@click.option(
    "--hook",
    type=click.Choice(_HOOKS),
    default="target",
    help="What it does: deliver events (target, the default), add a field to items (enricher), "
    "be a kind of watch, or be a source of items.",
)
@click.option(
    "--to",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="The folder to write into; the current one unless given.",
)
@click.pass_obj
def new(settings: Settings, name: str, *, single: bool, hook: str, to: Path) -> None:
    """
    Write a plugin to begin with: a project, or one file, with tests that pass.

    The project has an entry point, types, and settings of ruff, mypy, pyright and pytest. One file
    is for the folder plugins beside the config.

    gazelled plugins new lab-sheet

    gazelled plugins new lab-sheet --single --to ~/.config/gazelled/plugins
    """
    from gazelled.cli.authoring import scaffold  # noqa: PLC0415 - completion needs none

    scaffold.check_name(name)
    folder = to if single else to / name
    files = scaffold.write(folder, scaffold.make(name, hook, single=single))
    if settings.as_json:
        output.as_json({"name": name, "hook": hook, "files": [str(file) for file in files]})
        return
    for file in files:
        output.message(f"Written: {file}")
    if single:
        output.message(f"Next: gazelled plugins test {files[0]}")
    else:
        output.message(f"Next: pip install -e '{folder}[test]', in gazelled's environment")
        output.message(f"      gazelled plugins test {folder}")


@plugins.command(cls=DataCommand)
@click.argument("path", type=click.Path(exists=True, path_type=Path), default=Path())
@click.pass_obj
def test(settings: Settings, path: Path) -> ExitCode:
    """
    Check the plugin at PATH as the daemon would, and run its tests.

    PATH is a file, a folder with some, or a project; the current folder unless given. ruff and
    mypy check it too where they are installed. Its tests run with pytest and the fixture gz.
    """
    from gazelled.cli.authoring.own_checks import checks, find  # noqa: PLC0415 - completion needs none

    results: list[PluginCheck] = []
    for result in checks(find(path), quiet=settings.as_json):
        results.append(result)
        if not settings.as_json:
            text = f": {result.text}" if result.text else ""
            output.message(f"{_SIGNS[result.outcome]} {result.check}{text}")
    if settings.as_json:
        from gazelled.service.control.codec import encode  # noqa: PLC0415 - for this alone

        output.as_json(encode(results))
    failed = any(result.outcome == "failed" for result in results)
    return ExitCode.FAILED if failed else ExitCode.OK


def _print_trial(report: TrialReport) -> None:
    output.table(
        report.calls,
        {
            "HOOK": lambda call: call.hook.removeprefix("gazelled_"),
            "FOR": lambda call: call.about,
            "TOOK": lambda call: f"{call.took * 1000:.0f} ms",
            "OUTCOME": lambda call: shortened(
                " ".join(f"{'error: ' if call.outcome == 'raised' else ''}{call.text}".split()),
                _LONGEST,
            ),
        },
    )
    for line in report.held_back:
        output.message(f"Held back: {line}")
    for remark in report.remarks:
        output.message(remark)
    if not report.calls:
        output.message("None of its hooks was called.")
    output.message("Nothing was sent.")


@plugins.command("try", cls=DataCommand)
@_PLUGIN
@click.option(
    "--event",
    "kinds",
    multiple=True,
    type=click.Choice([kind.value for kind in EventKind]),
    help="Show it a sample of this kind; may be given several times.",
)
@click.option("--replay", type=click.IntRange(1, 1000), help="Show it the last N stored events.")
@click.option(
    "--answers",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Show it the answers that gazelled record wrote, which also answer its own requests.",
)
@click.option(
    "--trouble", is_flag=True, help="Show it requests, deliveries and a tracker that fail."
)
@click.option(
    "--option", "options", metavar="KEY=VALUE", multiple=True, help="An option, as in the config."
)
@click.pass_obj
def try_plugin(
    settings: Settings,
    plugin: str,
    *,
    kinds: tuple[str, ...],
    replay: int | None,
    answers: Path | None,
    trouble: bool,
    options: tuple[str, ...],
) -> ExitCode:
    """
    Call the hooks of PLUGIN, a file, a folder or an installed one, and show what they return.

    Nothing is sent, and neither the state nor the daemon is touched: the message of a target is
    made and not delivered, requests are answered by recorded answers or fail, what it stores is
    gone afterwards. Without further options it gets a sample of each kind of event.

    gazelled plugins try plugins/lab_sheet.py --option path=lab.csv --event new

    gazelled plugins try plugins/accessions.py --replay 20
    """
    import asyncio  # noqa: PLC0415 - completion needs none

    from gazelled.cli.authoring import trial_run  # noqa: PLC0415 - likewise
    from gazelled.cli.authoring.trial_choice import choose  # noqa: PLC0415 - likewise

    plan = choose(settings, plugin, kinds, replay, answers, options, trouble=trouble)
    with ProgressLine(quiet=settings.quiet).shown(f"calling the hooks of {plugin}"):
        report = asyncio.run(trial_run.run_trial(plan, settings.redactor.scrub))
    if settings.as_json:
        from gazelled.service.control.codec import encode  # noqa: PLC0415 - likewise

        output.as_json(encode(report))
    else:
        _print_trial(report)
    return (
        ExitCode.FAILED if any(call.outcome == "raised" for call in report.calls) else ExitCode.OK
    )
