"""`[target.NAME]`: where messages go."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from pydantic import ConfigDict

from gazelled.config.checks.target_policy import (
    EXAMPLE,
    parse_burst,
    parse_digest,
    parse_limit,
    parse_quiet,
)
from gazelled.config.document.problems import Problems
from gazelled.config.document.references import References
from gazelled.config.model import TIMEOUT, TargetTable
from gazelled.text import unknown
from gazelled.units import parse_duration
from gazelled.watches.keys.schedules import check_zone
from gazelled.watches.keys.table import Table, key

SHORTEST = 1.0
LONGEST = 3600.0
"""What a target may take, in seconds."""


T = TypeVar("T")

YIELDING: Mapping[str, type] = {"max": str, "digest": str, "burst": int}

TEMPLATES = "templates"
"""The option whose files are no secrets: templates of messages, which the plugin reads."""


class TargetSection(Table):
    """
    `[target.NAME]`; what stands beside these keys is the plugin's.

    So is a key of `YIELDING` whose value is of another type: plugins had options of these names
    first.
    """

    model_config = ConfigDict(extra="allow")

    plugin: str = key("", '"apprise"', form="needed", about="What sends its messages.")
    quiet: Any = key("", EXAMPLE, form="quiet")
    max: Any = key("", '"10/h"', form="max")
    digest: Any = key("", '"daily 08:00"', form="digest")
    burst: Any = key(0, "10", form="burst")
    timeout: str = key("60s", '"60s"', form="duration")
    zone: str = key("", '"Europe/Berlin"')


def check_target(
    name: str,
    table: TargetSection,
    plugins: Collection[str] | None,
    references: References,
    problems: Problems,
) -> TargetTable:
    """Check a target and build it; `plugins` is None if their names are unknown."""
    at = ("target", name)
    _check_plugin(name, table.plugin, plugins, problems)
    written = {**(table.model_extra or {}), **_yielded(table)}
    options = {
        option: value if option == TEMPLATES else references.resolve((*at, option), value)
        for option, value in written.items()
    }

    def checked(name: str, parse: Callable[..., T], *more: object) -> T | None:
        field = type(table).model_fields[name]
        try:
            return parse(field.default if name in written else getattr(table, name), *more)
        except ValueError as error:
            problems.error((*at, name), str(error))
            return None

    if table.digest and table.burst and not written.keys() & {"digest", "burst"}:
        problems.warn((*at, "burst"), "has no effect beside digest, which combines all events")
    zone = checked("zone", parse_zone)
    quiet = checked("quiet", parse_quiet, zone or "UTC") or ()
    zone = zone or (quiet[0].zone if quiet else "UTC")
    return TargetTable(
        name,
        table.plugin,
        options,
        quiet,
        checked("timeout", parse_timeout) or TIMEOUT,
        zone,
        limit=checked("max", parse_limit),
        digest=checked("digest", parse_digest, zone),
        burst=checked("burst", parse_burst) or 0,
    )


def _check_plugin(
    name: str, plugin: str, plugins: Collection[str] | None, problems: Problems
) -> None:
    at = ("target", name, "plugin")
    if not plugin and not problems.at(at):
        problems.error(at, 'missing; write plugin = "apprise" or another plugin')
    elif plugins is not None and plugin and plugin not in plugins:
        problems.error(at, unknown(f'plugin "{plugin}"', plugin, plugins))


def _yielded(table: TargetSection) -> dict[str, object]:
    return {
        option: value
        for option, value in table.written.items()
        if option in YIELDING and type(value) is not YIELDING[option]
    }


def parse_zone(name: str) -> str:
    """Return the name of a time zone; raise ValueError with a sentence."""
    if name and (wrong := check_zone(name)):
        raise ValueError(wrong)
    return name


def parse_timeout(text: str) -> float:
    """Return the seconds that a target may take; raise ValueError with a sentence."""
    seconds = parse_duration(text)
    if not SHORTEST <= seconds <= LONGEST:
        raise ValueError('expected a duration from "1s" to "1h"')
    return seconds


def unlike(option: str) -> str:
    """Return what a key expects whose value was left to the plugin; empty for other options."""
    if option not in YIELDING:
        return ""
    expected = "a whole number" if YIELDING[option] is int else "a text in quotes"
    info = next(info for name, _, info in TargetSection.described() if name == option)
    return f"expected {expected}, like {option} = {info.example}"
