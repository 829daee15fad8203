"""`[target.NAME]`: where messages go."""

from __future__ import annotations

from collections.abc import Collection

from pydantic import ConfigDict

from gazelled.config.document.problems import Problems
from gazelled.config.document.references import References
from gazelled.config.model import TargetTable
from gazelled.config.quiet_hours import parse_quiet
from gazelled.model import QuietHours
from gazelled.text import unknown
from gazelled.watches.keys.table import Table, key


class TargetSection(Table):
    """`[target.NAME]`; what stands beside these keys is the plugin's."""

    model_config = ConfigDict(extra="allow")

    plugin: str = key("", '"apprise"')
    quiet: str = key("", '"22:00-07:00 Europe/Berlin"')


def check_target(
    name: str,
    table: TargetSection,
    known: Collection[str] | None,
    references: References,
    problems: Problems,
) -> TargetTable:
    """Check a target and build it; `known` is None if the names of plugins are unknown."""
    at = ("target", name)
    if not table.plugin and not problems.at((*at, "plugin")):
        problems.error((*at, "plugin"), 'missing; write plugin = "apprise" or another plugin')
    elif known is not None and table.plugin and table.plugin not in known:
        problems.error((*at, "plugin"), unknown(f'plugin "{table.plugin}"', table.plugin, known))
    options = {
        option: references.resolve((*at, option), value)
        for option, value in (table.model_extra or {}).items()
    }
    quiet: QuietHours | None = None
    try:
        quiet = parse_quiet(table.quiet) if table.quiet else None
    except ValueError as error:
        problems.error((*at, "quiet"), str(error))
    return TargetTable(name, table.plugin, options, quiet)
