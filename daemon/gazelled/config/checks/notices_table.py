"""`[notices]`: whom to notify about the daemon itself."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from gazelled.config.document.key_lines import Key
from gazelled.config.document.problems import Problems
from gazelled.config.model import NoticeSettings
from gazelled.text import unknown
from gazelled.watches.keys.schedules import check_zone, closest, parse_every
from gazelled.watches.keys.table import Table, key
from gazelled.watches.watch import HOUR


class NoticesTable(Table):
    """`[notices]`."""

    tell: list[str] = key([], '["phone"]')
    alive: str = key("", '"mon 08:00"')
    zone: str = key("UTC", '"Europe/Berlin"')


def check_notices(
    table: NoticesTable, targets: Collection[str], problems: Problems
) -> NoticeSettings:
    """Check whom to notify about the daemon itself, and when."""
    tell = check_tell(("notices", "tell"), table.tell, targets, problems)
    at = ("notices", "alive")
    if wrong := check_zone(table.zone):
        problems.error(("notices", "zone"), wrong)
    if not table.alive:
        return NoticeSettings(tell)
    if not tell and not table.tell and not problems.at(("notices", "tell")):
        text = 'nobody would be notified; write tell = ["…"] with the name of a target'
        problems.error(at, text)
    try:
        alive = parse_every(table.alive, table.zone)
    except ValueError as error:
        problems.error(at, str(error))
        return NoticeSettings(tell)
    if closest(alive) < HOUR:
        problems.error(at, "expected an hour or more")
    return NoticeSettings(tell, alive)


def check_tell(
    at: Key, names: list[str], targets: Collection[str], problems: Problems
) -> tuple[str, ...]:
    """Check that every name is a target's."""
    for index, name in enumerate(names):
        if name not in targets and not problems.at((*at, index)):
            problems.error((*at, index), unknown(f'target "{name}"', name, targets))
    return _shared(tuple(dict.fromkeys(names)))


@lru_cache(maxsize=64)
def _shared(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return one object for all watches that notify the same targets."""
    return names
