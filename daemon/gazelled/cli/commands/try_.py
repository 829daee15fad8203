"""`gazelled try`: run a rule over what is kept."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from gazelled.cli import completion, options, output
from gazelled.cli.settings import Settings, with_json
from gazelled.errors import ConfigError
from gazelled.text import either, meant


@click.command("try")
@click.argument("watch", required=False, shell_complete=completion.watches)
@click.option("--since", type=options.Since(), default="30d", show_default=True)
@click.option(
    "--file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Where WATCH stands, if it isn't active yet: a file for conf.d, or a whole config.",
)
@click.option("--offline", is_flag=True, help="Never ask the tracker.")
@with_json
@click.pass_obj
def try_(
    settings: Settings, watch: str | None, *, since: float, file: Path | None, offline: bool
) -> None:
    """
    Run a watch's rule over what is kept, and say what it would have told.

    The rule is the one that stands in the config now; what differs from the one in use is said,
    too. Nothing is asked from the tracker, unless nothing is kept yet of what the watch asks: then
    two pages are, after saying so.
    """
    from gazelled.cli.client import closing, says, set_up_logs  # noqa: PLC0415 - completion needs none
    from gazelled.cli.render.progress import Waiting  # noqa: PLC0415 - likewise

    set_up_logs(settings)
    name, rule = _rule(settings, watch, file)
    given = {"watch": name, "rule": rule, "since": since, "offline": offline}

    async def ask() -> Any:  # noqa: ANN401 - what the handler says
        waiting, last = Waiting(), {}
        async with waiting.shown(), closing(says(settings, "try", given)) as lines:
            async for line in lines:
                if "hint" in line:
                    output.words(str(line["hint"]))
                expected = line.get("expected")
                if isinstance(expected, int | float):
                    waiting.begin(str(line.get("asking", "")), expected)
                last = {**line}
        return last["tried"]

    tried = asyncio.run(ask())
    if settings.as_json:
        output.as_json(tried)
    else:
        _print(tried)


def _rule(settings: Settings, watch: str | None, file: Path | None) -> tuple[str, str]:
    """Choose the watch and read its rule, from the config or a file that isn't active."""
    from gazelled.cli.client import whole_config  # noqa: PLC0415 - as above

    if file is not None:
        return _from_file(settings, watch, file)
    if watch is None:
        raise click.UsageError("which watch? Name it, or a --file that has only one")
    config = whole_config(settings)
    if watch not in config.watches:
        raise ConfigError(f'There is no watch "{watch}"{meant(watch, config.watches)}')
    return watch, config.watches[watch].rule


def _from_file(settings: Settings, watch: str | None, file: Path) -> tuple[str, str]:
    """
    Read the rule of a watch in a file that isn't active, checked as if it were.

    Raises:
        ConfigError: If there is anything wrong with it.

    """
    from gazelled.config import load  # noqa: PLC0415 - as above
    from gazelled.service.check import installed  # noqa: PLC0415 - as above

    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file} can't be read: {error}") from None
    drafts = document.get("watch")
    loaded = load(
        file.absolute() if "tracker" in document else settings.config_file,
        settings.environ,
        known_plugins=installed(),
        instead={"watch": {name: _bare(table) for name, table in _pairs(drafts)}},
        base=settings.config_file.parent,
    )
    settings.redactor.add(*(each.get_secret_value() for each in loaded.secrets))
    if loaded.config is None:
        errors = [each for each in loaded.problems if each.severity == "error"]
        raise ConfigError("\n".join(f"{file}: {each.key}: {each.message}" for each in errors))
    names = [*loaded.config.watches]
    if watch is None and len(names) != 1:
        there = f"; there is {either(names, 'and')}" if names else ""
        raise click.UsageError(f"which watch of {file}?{there}")
    name = watch or names[0]
    if name not in names:
        raise ConfigError(f'There is no watch "{name}" in {file}{meant(name, names)}')
    return name, loaded.config.watches[name].rule


def _bare(table: object) -> object:
    """Leave out of a watch what matters only once it runs."""
    return {key: value for key, value in _pairs(table) if key not in {"disabled", "tell"}}


def _pairs(table: object) -> list[tuple[str, object]]:
    return [*table.items()] if isinstance(table, dict) else []


def _print(tried: Mapping[str, Any]) -> None:
    now = output.now()
    if tried["note"]:
        output.words(f"{tried['note'][:1].upper()}{tried['note'][1:]}.")
    _table(["WOULD TELL", "SEEN", "TITLE", "WHY"], tried["shown"], now)
    hidden = tried["fit"] - len(tried["shown"])
    if hidden:
        output.line(f"and {hidden} more")
    since = output.moment(tried["since"], now)
    unknown = f", {tried['unknown']} unknown" if tried["unknown"] else ""
    output.line(f"{tried['fit']} of {tried['items']} fit{unknown}, since {since}")
    messages = "1 message" if tried["messages"] == 1 else f"{tried['messages']} messages"
    output.line(f"{messages}, about {tried['per_day']:.1f} a day")
    differs = tried["differs"]
    if differs is None:
        return
    if not (differs["adds"] or differs["drops"]):
        output.line("The rule in use says the same of all of them.")
        return
    output.line(
        f"The rule in use differs: this one adds {differs['adds']}, drops {differs['drops']}"
    )
    _table(["ADDS", "SEEN", "TITLE"], differs["added"], now)
    _table(["DROPS", "SEEN", "TITLE"], differs["dropped"], now)


def _table(head: Sequence[str], lines: Sequence[Mapping[str, Any]], now: datetime) -> None:
    rows = [
        [
            each["id"],
            output.moment(each["at"], now),
            each["title"],
            ", ".join(each.get("why", ())),
        ][: len(head)]
        for each in lines
    ]
    output.table(head, rows)
