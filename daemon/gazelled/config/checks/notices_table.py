"""`[notices]`: whom to notify about the daemon itself."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr

from gazelled.config.document.key_lines import Key
from gazelled.config.document.problems import Problems
from gazelled.config.document.references import References
from gazelled.config.model import NoticeSettings, PingSettings
from gazelled.text import unknown
from gazelled.tracker.transport.proxies import is_loopback
from gazelled.units import parse_duration
from gazelled.watches.keys.schedules import Schedule, check_zone, closest, parse_every
from gazelled.watches.keys.table import Table, key
from gazelled.watches.watch import HOUR

_LEAST_PING = 60.0
"""The seconds between two looks at whether all is well."""


class NoticesTable(Table):
    """`[notices]`."""

    tell: list[str] = key([], '["phone"]', about="The targets for notices about gazelled.")
    alive: str = key(
        "", '"mon 08:00"', form="schedule-or-none", about="When they get a sign of life."
    )
    zone: str = key("UTC", '"Europe/Berlin"', about="The time zone of `alive`.")
    ping: object = key(None, form="secret", about="An address that is fetched while all is well.")
    ping_every: str = key("5m", '"5m"', about="How often.")


def check_notices(
    table: NoticesTable,
    targets: Collection[str],
    references: References,
    tracker: str,
    problems: Problems,
) -> NoticeSettings:
    """
    Check whom to notify about the daemon itself, and when.

    Args:
        table: The table.
        targets: The targets that there are.
        references: Follows references to secrets.
        tracker: The address of the tracker.
        problems: Takes what is wrong.

    """
    tell = check_tell(("notices", "tell"), table.tell, targets, problems)
    if wrong := check_zone(table.zone):
        problems.error(("notices", "zone"), wrong)
    ping = _check_ping(table, references, tracker, problems)
    return NoticeSettings(tell, _check_alive(table, tell, problems), ping)


def _check_alive(table: NoticesTable, tell: tuple[str, ...], problems: Problems) -> Schedule | None:
    at = ("notices", "alive")
    if not table.alive:
        return None
    if not tell and not table.tell and not problems.at(("notices", "tell")):
        text = 'nobody would be notified; write tell = ["…"] with the name of a target'
        problems.error(at, text)
    try:
        alive = parse_every(table.alive, table.zone)
    except ValueError as error:
        problems.error(at, str(error))
        return None
    if closest(alive) < HOUR:
        problems.error(at, "expected an hour or more")
    return alive


def _check_ping(
    table: NoticesTable, references: References, tracker: str, problems: Problems
) -> PingSettings | None:
    at = ("notices", "ping")
    every = 0.0
    try:
        every = parse_duration(table.ping_every)
    except ValueError as error:
        problems.error(("notices", "ping_every"), str(error))
    else:
        if every < _LEAST_PING:
            problems.error(("notices", "ping_every"), "expected a minute or more")
    if table.ping is None:
        if "ping_every" in table.model_fields_set:
            problems.warn(("notices", "ping_every"), "has no effect without ping")
        return None
    secret = references.secret(at, table.ping)
    if secret is None:
        return None
    address = urlsplit(secret.get_secret_value().strip())
    if address.scheme not in {"http", "https"} or not address.hostname:
        problems.error(at, "the secret is not an address that begins with https://")
    elif _server(address) == _server(urlsplit(tracker)):
        problems.error(at, "the secret is an address of the tracker, which keeps a rate limit")
    return PingSettings(SecretStr(address.geturl()), every)


def _server(address: SplitResult) -> tuple[str, object]:
    """Return what tells servers apart: names, and ports on this machine."""
    host = (address.hostname or "").rstrip(".").removeprefix("www.")
    with suppress(ValueError):  # no port there can be
        return host, address.port if is_loopback(host) else None
    return host, None


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
