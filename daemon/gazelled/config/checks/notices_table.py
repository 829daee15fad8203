"""Checks whom to tell, and `[notices]`."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from gazelled.config.document.key_lines import Key
from gazelled.config.document.problems import Report
from gazelled.config.model import Notices
from gazelled.config.schedules import check_zone, closest, parse_every
from gazelled.config.tables import NoticesTable
from gazelled.text import unknown

_HOUR = 3600.0


def check_notices(table: NoticesTable, targets: Collection[str], report: Report) -> Notices:
    """
    Check whom to tell about the daemon itself.

    Args:
        table: The table.
        targets: The names of the targets.
        report: Where problems go.

    """
    tell = check_tell(("notices", "tell"), table.tell, targets, report)
    key = ("notices", "alive")
    if wrong := check_zone(table.zone):
        report.error(("notices", "zone"), wrong)
    if not table.alive:
        return Notices(tell)
    if not tell and not table.tell and not report.told(("notices", "tell")):
        report.error(key, 'nobody would hear it; write tell = ["…"] with the name of a target')
    try:
        alive = parse_every(table.alive, table.zone)
    except ValueError as error:
        report.error(key, str(error))
        return Notices(tell)
    if closest(alive) < _HOUR:
        report.error(key, "wanted an hour or more")
    return Notices(tell, alive)


def check_tell(
    key: Key, names: list[str], targets: Collection[str], report: Report
) -> tuple[str, ...]:
    """Check that every name is a target's."""
    for index, name in enumerate(names):
        if name not in targets and not report.told((*key, index)):
            report.error((*key, index), unknown(f'target "{name}"', name, targets))
    return _once(tuple(dict.fromkeys(names)))


@lru_cache(maxsize=64)
def _once(names: tuple[str, ...]) -> tuple[str, ...]:
    """Keep what many watches say only once."""
    return names
