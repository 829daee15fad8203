"""The words of commands: what people type instead of one is answered, or the right one is named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import click

from gazelled.text import nearest

ALIASES: Mapping[str, tuple[str, ...]] = {
    "ls": ("list",),
    "remove": ("rm", "drop", "forget", "uninstall"),
    "delete": ("rm", "drop", "forget"),
    "del": ("rm", "drop", "forget"),
    "create": ("new", "add"),
    "new": ("add",),
    "info": ("show",),
    "describe": ("show",),
    "stop": ("pause",),
    "start": ("run", "resume"),
    "send": ("test",),
    "change": ("edit",),
    "check": ("verify", "test"),
    "save": ("backup",),
    "where": ("path",),
}
"""What people type in a group of commands, and the commands that it may mean, the first first."""

_LISTING = ("list", "ls")

INSTEAD: Mapping[str, str] = {
    "start": "gazelled run, or for a service: systemctl start gazelled",
    "daemon": "gazelled run",
    "serve": "gazelled run",
    "restart": "gazelled reload for a new config, or for a service: systemctl restart gazelled",
    "quit": "gazelled stop",
    "exit": "gazelled stop",
    "kill": "gazelled stop",
    "log": "gazelled tail for what is reported, or for a service: journalctl -u gazelled",
    "logs": "gazelled tail for what is reported, or for a service: journalctl -u gazelled",
    "list": "gazelled watch list",
    "ls": "gazelled watch list",
    "watches": "gazelled watch list",
    "targets": "gazelled target list",
    "add": "gazelled watch add",
    "new": "gazelled watch add",
    "edit": "gazelled watch edit",
    "show": "gazelled watch show",
    "remove": "gazelled watch rm",
    "rm": "gazelled watch rm",
    "delete": "gazelled watch rm",
    "enable": "gazelled watch enable",
    "disable": "gazelled watch disable",
    "pause": "gazelled watch pause",
    "validate": "gazelled check",
    "lint": "gazelled check",
    "verify": "gazelled check, or gazelled state verify",
    "plan": "gazelled check",
    "test": "gazelled target test for a message, gazelled try for a rule",
    "send": "gazelled target test",
    "notify": "gazelled target test",
    "update": "pip install --upgrade gazelled",
    "upgrade": "pip install --upgrade gazelled",
    "install": "gazelled service install",
    "uninstall": "gazelled service uninstall",
    "setup": "gazelled init",
    "configure": "gazelled init, then gazelled config show",
    "settings": "gazelled config show",
    "login": "gazelled init, then gazelled doctor",
    "token": "gazelled web token",
    "search": "gazelled call browse",
    "get": "gazelled call",
    "request": "gazelled call",
    "api": "gazelled actions",
    "queue": "gazelled deliveries",
    "messages": "gazelled deliveries",
    "history": "gazelled events",
    "follow": "gazelled tail",
    "backup": "gazelled state backup",
    "restore": "gazelled state restore",
    "info": "gazelled status, or gazelled version --verbose",
    "report": "gazelled bundle",
    "support": "gazelled bundle",
    "man": "gazelled help",
}
"""What people type in place of a command, and what to type."""


def no_command(ctx: click.Context, word: str, commands: Iterable[str]) -> click.UsageError:
    """Return the error that there is no command of a name, with the one that was meant."""
    path = ctx.command_path.partition(" ")[2]
    typed = f"{path} {word}".strip()
    instead = "" if path else INSTEAD.get(word.casefold(), "")
    near = nearest(word, commands)
    meant = f'; did you mean "{f"{path} {near}".strip()}"?' if near else "."
    hint = f"; use {instead}" if instead else meant
    return click.UsageError(f'there is no command "{typed}"{hint}', ctx)


_WHOLE = 1_000
"""More characters than a sentence has; click would cut it to one line."""


class CommandGroup(click.Group):
    """A group that takes other words for its commands, and names the nearest for all others."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List them, each with all of its first sentence."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, command.get_short_help_str(_WHOLE)) for name, command in commands if command]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Leave out a word that asks for the list, where the group itself shows that."""
        own = ctx.parent is not None and self.invoke_without_command
        lists = own and not any(word in self.list_commands(ctx) for word in _LISTING)
        if lists and args and args[0] in _LISTING:
            args = args[1:]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that a word means; raise UsageError with the nearest if none is."""
        word, names = args[0], self.list_commands(ctx)
        if word not in names and not word.startswith("-"):
            aliases = ALIASES.get(word.casefold(), ()) if ctx.parent else ()
            name = next((name for name in aliases if name in names), None)
            if name is None and not ctx.resilient_parsing:  # a shell that completes is told nothing
                raise no_command(ctx, word, names)
            args = [name or word, *args[1:]]
        return super().resolve_command(ctx, args)


def command_of(ctx: click.Context, words: tuple[str, ...]) -> tuple[click.Command, click.Context]:
    """
    Return a command by its words, with the context for its help.

    Raises:
        click.UsageError: If there is none; the nearest is named.

    """
    command: click.Command = ctx.command
    for word in words:
        if not isinstance(command, click.Group):
            raise click.UsageError(f"{ctx.command_path} has no commands of its own", ctx)
        name, inner, _ = command.resolve_command(ctx, [word])
        assert inner is not None  # noqa: S101 - it raises if there is none
        command, ctx = inner, click.Context(inner, info_name=name, parent=ctx)
    return command, ctx
