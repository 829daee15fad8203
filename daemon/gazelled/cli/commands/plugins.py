"""`gazelled plugins`: what plugins there are and do, and help for those who write one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gazelled.cli import output
from gazelled.cli.exit_codes import ExitCode
from gazelled.cli.options import DataCommand
from gazelled.cli.settings import Settings

if TYPE_CHECKING:
    from gazelled.cli.authoring.own_checks import PluginCheck

_HOOKS = ("target",)
_SIGNS = {"passed": "✓", "failed": "✗", "skipped": "-"}


@click.group()
def plugins() -> None:
    """Show what plugins there are and do; write, test and try one."""


@plugins.command(cls=DataCommand)
@click.argument("name")
@click.option("--single", is_flag=True, help="Write one file and its test instead of a project.")
@click.option(
    "--hook",
    type=click.Choice(_HOOKS),
    default="target",
    help="What it does: deliver events (target, the default).",
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
