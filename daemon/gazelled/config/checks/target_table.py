"""`[target.NAME]`: where messages go."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import time

from pydantic import ConfigDict

from gazelled.config.document.problems import Problems
from gazelled.config.document.references import References
from gazelled.config.model import TIMEOUT, TargetTable
from gazelled.model import QuietHours
from gazelled.text import unknown
from gazelled.units import parse_duration
from gazelled.watches.keys.schedules import check_zone
from gazelled.watches.keys.table import Table, key

SHORTEST = 1.0
LONGEST = 3600.0
"""What a target may take, in seconds."""


class TargetSection(Table):
    """`[target.NAME]`; what stands beside these keys is the plugin's."""

    model_config = ConfigDict(extra="allow")

    plugin: str = key("", '"apprise"')
    quiet: str = key("", '"22:00-07:00 Europe/Berlin"')
    timeout: str = key("60s", '"60s"')
    zone: str = key("", '"Europe/Berlin"')


def check_target(
    name: str,
    table: TargetSection,
    plugins: Collection[str] | None,
    references: References,
    problems: Problems,
) -> TargetTable:
    """Check a target and build it; `known` is None if the names of plugins are unknown."""
    at = ("target", name)
    if not table.plugin and not problems.at((*at, "plugin")):
        problems.error((*at, "plugin"), 'missing; write plugin = "apprise" or another plugin')
    elif plugins is not None and table.plugin and table.plugin not in plugins:
        problems.error((*at, "plugin"), unknown(f'plugin "{table.plugin}"', table.plugin, plugins))
    options = {
        option: references.resolve((*at, option), value)
        for option, value in (table.model_extra or {}).items()
    }
    quiet: QuietHours | None = None
    try:
        quiet = parse_quiet(table.quiet) if table.quiet else None
    except ValueError as error:
        problems.error((*at, "quiet"), str(error))
    try:
        timeout = parse_timeout(table.timeout)
    except ValueError as error:
        problems.error((*at, "timeout"), str(error))
        timeout = TIMEOUT
    if table.zone and (wrong := check_zone(table.zone)):
        problems.error((*at, "zone"), wrong)
    zone = table.zone or (quiet.zone if quiet else "UTC")
    return TargetTable(name, table.plugin, options, quiet, timeout, zone)


def parse_timeout(text: str) -> float:
    """Return the seconds that a target may take; raise ValueError with a sentence."""
    seconds = parse_duration(text)
    if not SHORTEST <= seconds <= LONGEST:
        raise ValueError('expected a duration from "1s" to "1h"')
    return seconds


_SPAN = re.compile(r"(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})(?:\s+(\S+))?", re.ASCII)


def parse_quiet(text: str) -> QuietHours:
    """Read "22:00-07:00 Europe/Berlin", without a zone UTC; raise ValueError with a sentence."""
    span = _SPAN.fullmatch(text.strip())
    if span is None:
        raise ValueError('expected two times of day, like "22:00-07:00 Europe/Berlin"')
    begin, end, zone = _time(span[1]), _time(span[2]), span[3] or "UTC"
    if begin == end:
        raise ValueError("it begins and ends at the same time; use two different times")
    if wrong := check_zone(zone):
        raise ValueError(wrong)
    return QuietHours(begin, end, zone)


def _time(text: str) -> time:
    hour, minute = map(int, text.split(":"))
    try:
        return time(hour, minute)
    except ValueError:
        raise ValueError(f"{text} is not a time of day; write 00:00 to 23:59") from None
