"""`gazelled service`: gazelled as a service of systemd."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

import click

from gazelled.cli import completers, output
from gazelled.cli.render.progress import ProgressLine
from gazelled.cli.settings import SYSTEM_CONFIG, SYSTEM_STATE, Settings, config_of, state_of
from gazelled.cli.support.command_words import CommandGroup
from gazelled.regular_file import is_regular
from gazelled.service.systemd.installation import Installation
from gazelled.service.systemd.instance_names import RULE, is_instance_name
from gazelled.service.systemd.manager import Manager
from gazelled.service.systemd.service_state import lingers
from gazelled.service.systemd.unit_files import Unit

_USER = click.option("--user", "of_user", is_flag=True, help="A service of your own account.")
_INSTANCE = click.option(
    "--instance",
    metavar="NAME",
    shell_complete=completers.instances,
    help="One of several, each for an account.",
)
_ROOT = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="The system that has this folder as its root, such as an image; nothing is started.",
)


@click.group(cls=CommandGroup)
def service() -> None:
    """Install gazelled as a service of systemd, or remove that."""


@service.command()
@_USER
@_INSTANCE
@click.option(
    "--control-group",
    is_flag=True,
    help="Let a group, gazelled-control, use the daemon as root may.",
)
@click.option("--no-start", is_flag=True, help="Don't start it now.")
@_ROOT
@click.pass_obj
def install(
    settings: Settings,
    *,
    of_user: bool,
    instance: str | None,
    control_group: bool,
    no_start: bool,
    root: Path | None,
) -> None:
    """
    Write the unit for this installation of gazelled, enable it, and start it if there is a config.

    What is so already stays as it is, so it can be repeated: after gazelled has moved, say.
    """
    if control_group and of_user:
        raise click.UsageError(
            "a service of your own is yours alone: --control-group is the system's"
        )
    installed = _installation(settings, instance, root, of_user=of_user)
    with ProgressLine(quiet=settings.quiet).shown("waiting for systemd and the start"):
        runs = installed.install(control_group=control_group, start=not no_start)
    config, command = installed.config, installed.manager.command
    if not is_regular(config):
        named = f"--instance {installed.unit.instance} " if installed.unit.instance else ""
        where = named if of_user else f"--config {quote(str(config))} "
        output.message(f"There is no config yet. Next: gazelled {where}init")
        place = ["--root", quote(str(root))] if root else []
        again = " ".join(["gazelled service install", *installed.unit.options, *place])
        output.message(f"                        then: {again}")
    elif not runs:
        output.message(f"To start it: {command} start {installed.unit.name}")
    if of_user and not root and not lingers(settings.environ.get("USER", "")):
        output.message("It ends when you log out. To keep it running: loginctl enable-linger")


@service.command()
@_USER
@_INSTANCE
@_ROOT
@click.pass_obj
def uninstall(
    settings: Settings, *, of_user: bool, instance: str | None, root: Path | None
) -> None:
    """Stop the service and remove its unit; the config and the state stay."""
    installed = _installation(settings, instance, root, of_user=of_user)
    with ProgressLine(quiet=settings.quiet).shown("waiting for the service to stop"):
        installed.uninstall()
    states = settings.home("XDG_STATE_HOME", ".local/state") if of_user else SYSTEM_STATE.parent
    state = state_of(states, installed.unit.instance)
    stays = [place for place in (installed.config.parent, state) if place.exists()]
    if stays and root is None:
        output.message(f"Config and state stay: {' and '.join(map(str, stays))}")


def _installation(
    settings: Settings, instance: str | None, root: Path | None, *, of_user: bool
) -> Installation:
    name = instance or settings.instance
    if name and not is_instance_name(name):
        raise click.UsageError(f'"{name}" is no name of an instance: {RULE}')
    if of_user and root:
        raise click.UsageError("--root is for the services of a system")
    if of_user:
        etc = settings.home("XDG_CONFIG_HOME", ".config")
        config = config_of(etc / "gazelled", name)
    else:
        config = config_of(SYSTEM_CONFIG.parent, name)
        if root is not None:
            config = root / config.relative_to("/")
        etc = root / "etc" if root is not None else Path("/etc")
    return Installation(
        Unit(of_user=of_user, instance=name),
        Manager(of_user=of_user, root=root),
        etc,
        config,
        output.message,
    )
