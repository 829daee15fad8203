"""What a bad plugin is: its source, its tables in the config, and how it must be shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BadPlugin:
    """
    A plugin that harms the daemon, unless it is contained.

    Attributes:
        name: Its name, and that of its file.
        source: The file; None if there is none.
        cause: A pattern that its entry of `gazelled plugins --json` must contain.
        config: Further tables, with `{name}` for its name.
        options: Further lines of its `[plugin.NAME]`.
        ends: Whether the process ends by it, so that a supervisor starts the daemon again.
        delays: Whether items wait until it was tried three times, which takes minutes.

    """

    name: str
    source: str | bytes | None
    cause: str
    config: str = ""
    options: str = ""
    ends: bool = False
    delays: bool = False


def named(plugins: Iterable[BadPlugin]) -> dict[str, BadPlugin]:
    """Return plugins by their names, each of which there is once."""
    by_name: dict[str, BadPlugin] = {}
    for plugin in plugins:
        assert plugin.name not in by_name, plugin.name
        by_name[plugin.name] = plugin
    return by_name


def hook(signature: str, *lines: str, imports: str = "") -> str:
    """Return the source of a plugin with one async hook."""
    body = "\n".join(f"    {line}" for line in lines)
    return (
        f"{imports}\nfrom gazelled.plugin import *\n\n@hookimpl\nasync def {signature}:\n{body}\n"
    )


def on_answer(*lines: str, imports: str = "import asyncio") -> str:
    """Return the source of a plugin that does something at each answer."""
    return hook("gazelled_answered(answer, context)", *lines, imports=imports)
