"""What `why`, `try` and `replay` have in common: a length of time, the names of watches."""

from __future__ import annotations

import tomllib
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from gazelled.cli.settings import Settings
from gazelled.rules import parse_duration


class Since(click.ParamType[float]):
    """A length of time, in seconds."""

    name = "TIME"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read it."""
        if isinstance(value, float):
            return value
        try:
            return parse_duration(value)
        except ValueError as error:
            return self.fail(str(error), param, ctx)


def watches(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a watch; nothing is checked for it."""
    del param
    file = ctx.ensure_object(Settings).config_file
    given = ctx.find_root().params.get("config")
    file = given if isinstance(given, Path) else file
    found: dict[str, object] = {}
    for each in (file, *sorted((file.parent / "conf.d").glob("*.toml"))):
        try:
            named = tomllib.loads(each.read_text(encoding="utf-8")).get("watch")
        except (OSError, ValueError):
            continue
        found |= named if isinstance(named, dict) else {}
    return [
        CompletionItem(name, help=str(table.get("about", "")) if isinstance(table, dict) else "")
        for name, table in found.items()
        if name.startswith(incomplete)
    ]
