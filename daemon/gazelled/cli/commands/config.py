"""`gazelled config`: where the config is, what counts of it, and its schema for editors."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gazelled.cli import output
from gazelled.cli.exit_codes import ExitCode
from gazelled.cli.options import DataCommand
from gazelled.cli.owner import load_plugins
from gazelled.cli.settings import Settings
from gazelled.cli.support.command_words import CommandGroup
from gazelled.config.document.toml_writer import toml_key, toml_value
from gazelled.errors import ConfigError
from gazelled.regular_file import is_regular, write_whole

if TYPE_CHECKING:
    from gazelled.service.configuration.config_values import ConfigValue

_WIDEST = 44
"""Where the comments begin at most; they follow longer lines at once."""


@click.group(cls=CommandGroup)
def config() -> None:
    """Show where the config is, what counts of it, and its schema for editors."""


@config.command("path", cls=DataCommand)
@click.pass_obj
def show_path(settings: Settings) -> None:
    """Print the path of the config that commands use."""
    file = settings.config_file
    if settings.as_json:
        output.as_json({"config": str(file), "exists": is_regular(file)})
        return
    output.line(str(file))
    if not os.path.lexists(file):
        output.message("There is no such file yet; gazelled init writes one.")
    elif not is_regular(file):
        output.message("That is no file that can be read: gazelled check")


@config.command("show", cls=DataCommand)
@click.option("--effective", is_flag=True, help="Show defaults, too, and what the profile says.")
@click.pass_obj
def show_config(settings: Settings, *, effective: bool) -> int:
    """
    Show each value with where it comes from, as TOML; secrets are masked.

    With --effective all that counts is shown. What stands in no file is a comment where it would
    mean something else if it were written down, so that the output can be read as a config.
    """
    from gazelled.config.document.config_files import gather  # noqa: PLC0415 - most commands do without
    from gazelled.service.configuration import config_values  # noqa: PLC0415 - most commands do without

    loaded = load_plugins(settings)
    if not os.path.lexists(settings.config_file):
        raise ConfigError(f"there is no {settings.config_file}; gazelled init writes one")
    if effective and loaded.config is None:
        raise ConfigError("fix the config first (gazelled check)")
    values: Iterable[ConfigValue]
    loaded.registry.load_installed(table.plugin for table in loaded.targets.values())
    if effective and loaded.config:
        values = config_values.effective_values(settings.config_file, loaded, loaded.config)
    else:
        values = config_values.written_values(settings.config_file, loaded)
    if settings.as_json:
        output.as_json([_as_data(value, settings.redactor.scrub) for value in values])
    else:
        _print_values(values, settings.redactor.scrub)
    unread = gather(settings.config_file)[2]
    for problem in unread:
        settings.message(f"not shown: {problem}")
    return ExitCode.INVALID if unread else ExitCode.OK


def _as_data(value: ConfigValue, scrub: Callable[[str], str]) -> dict[str, object]:
    shown = value.value
    return {
        "table": ".".join(value.table),
        "key": value.key,
        "value": scrub(shown) if isinstance(shown, str) else shown,
        "origin": value.origin,
    }


@config.command("schema", cls=DataCommand)
@click.option("--write", is_flag=True, help="Write it beside the config, in place of an older one.")
@click.pass_obj
def show_schema(settings: Settings, *, write: bool) -> None:
    """
    Print the JSON Schema of the config, with the options of its plugins.

    Editors complete and check a config by it: its first line is #:schema ./config.schema.json
    """
    from gazelled.config import json_schema  # noqa: PLC0415 - check and run do without

    text = json_schema.shipped_schema()
    if is_regular(settings.config_file):
        registry = load_plugins(settings).registry
        registry.load_installed(json_schema.shipped_plugins())
        schema = json_schema.config_schema(registry, json_schema.shipped_abouts())
        text = json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if not write:
        output.line(text.rstrip("\n"))
        return
    file = settings.config_file.parent / json_schema.FILE
    _write(file, text)
    output.message(f"Written: {file}")


def _write(file: Path, text: str) -> None:
    try:
        write_whole(file, text.encode())
    except OSError as error:
        raise ConfigError(f"{file} could not be written: {error.strerror}") from error


def _print_values(values: Iterable[ConfigValue], scrub: Callable[[str], str]) -> None:
    """Print values in their tables; what is only a comment in them begins with #."""
    for number, (table, group) in enumerate(groupby(values, key=lambda value: value.table)):
        if number:
            output.line()
        output.line(f"[{'.'.join(map(toml_key, table))}]")
        lines = [(_line(value, scrub), value.origin) for value in group]
        width = max((len(line) for line, _ in lines if len(line) <= _WIDEST), default=0)
        for line, origin in lines:
            output.line(f"{line:{width}}  # {origin}")


def _line(value: ConfigValue, scrub: Callable[[str], str]) -> str:
    line = scrub(f"{toml_key(value.key)} = {toml_value(value.value)}")
    return line if value.is_explicit else f"# {line}"
