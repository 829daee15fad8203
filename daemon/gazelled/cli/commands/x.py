"""`gazelled x`: the commands that plugins contribute."""

from __future__ import annotations

import asyncio
import inspect
import traceback
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from gazelled.cli import output
from gazelled.cli.options import DataGroup
from gazelled.cli.settings import Settings
from gazelled.errors import GazelledError
from gazelled.text import meant

if TYPE_CHECKING:
    from gazelled.config import Loaded
    from gazelled.hooks.contributions import Contributed

T = TypeVar("T")

_LOADED = "gazelled.loaded"
_NONE = "No plugin of the config has a command."


class _PluginCommands(DataGroup):
    """The commands of plugins: whatever one does, what comes of it is a sentence and a code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        contributed = _commands(ctx).get(cmd_name)
        return contributed.value if contributed else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return a command, or say which there are."""
        if args and not args[0].startswith("-") and args[0] not in (names := _commands(ctx)):
            hint = meant(args[0], names) or f"; there are: {', '.join(names) or 'none'}"
            raise click.UsageError(f'no plugin has a command "{args[0]}"{hint}', ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List them with their plugins."""
        rows = [(name, _about(contributed)) for name, contributed in _commands(ctx).items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows or [(_NONE, "")])

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click's
        settings, name = ctx.ensure_object(Settings), ctx._protected_args[:1]  # noqa: SLF001 - the word that follows, as click's own groups read it
        contributed = _commands(ctx).get(name[0]) if name else None
        if contributed is None:
            return super().invoke(ctx)
        from gazelled.cli.authoring.command_context import command_context  # noqa: PLC0415 - completion needs none

        ctx.obj, close = command_context(settings, _loaded(ctx), contributed.plugin)
        try:
            result = super().invoke(ctx)
            if inspect.iscoroutine(result):
                result = asyncio.run(_ended(result, close))
        except (click.ClickException, click.Abort, click.exceptions.Exit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001 - whatever a plugin raises
            _fail(settings, contributed, error)
        return result if type(result) is int else None


@click.group(cls=_PluginCommands, invoke_without_command=True)
@click.pass_context
def x(ctx: click.Context) -> None:
    """
    Run a command of a plugin: gazelled x NAME.

    Without NAME the commands are listed, with the plugins of the config that contribute them.
    """
    if ctx.invoked_subcommand:
        return
    commands = _commands(ctx)
    if ctx.ensure_object(Settings).as_json:
        output.as_json(
            [
                {"name": name, "plugin": one.plugin, "about": one.value.get_short_help_str(200)}
                for name, one in commands.items()
            ]
        )
        return
    output.table(
        commands.items(),
        {
            "COMMAND": lambda row: row[0],
            "PLUGIN": lambda row: row[1].plugin,
            "DOES": lambda row: row[1].value.get_short_help_str(100),
        },
    )
    if not commands:
        output.message(_NONE)


async def _ended(command: Awaitable[T], close: Callable[[], Awaitable[None]]) -> T:
    """Run a command to its end, and close what it has opened."""
    try:
        return await command
    finally:
        await close()


def _loaded(ctx: click.Context) -> Loaded:
    """Load the config with its plugins, once."""
    if _LOADED not in ctx.meta:
        from gazelled.cli.owner import load_plugins  # noqa: PLC0415 - only for commands of plugins

        settings, option = ctx.ensure_object(Settings), ctx.find_root().params.get("config")
        if settings.config is None and isinstance(option, Path):
            settings.config = option  # while a shell completes
        ctx.meta[_LOADED] = load_plugins(settings)
    loaded: Loaded = ctx.meta[_LOADED]
    return loaded


def _commands(ctx: click.Context) -> Mapping[str, Contributed[click.Command]]:
    return _loaded(ctx).registry.contributions.commands


def _about(contributed: Contributed[click.Command]) -> str:
    text = contributed.value.get_short_help_str(100)
    return f"{text} ({contributed.plugin})" if text else f"({contributed.plugin})"


def _fail(
    settings: Settings, contributed: Contributed[click.Command], error: BaseException
) -> NoReturn:
    """Raise in a sentence that a command failed; an exit code that it chose is kept."""
    if isinstance(error, SystemExit) and not isinstance(error.code, str):
        raise click.exceptions.Exit(int(error.code or 0)) from error
    if isinstance(error, GazelledError):
        raise error
    from gazelled.hooks import isolation  # noqa: PLC0415 - completion needs none

    if settings.debug:
        settings.message("".join(traceback.format_exception(error)))
    text = isolation.describe(error, settings.redactor.scrub)
    hint = "" if settings.debug else " Set GAZELLED_DEBUG=1 for details."
    raise GazelledError(
        f"the command {contributed.name} of the plugin {contributed.plugin} failed: {text}.{hint}"
    ) from None
