"""Every value of a config and its origin: a file, a default, the profile, the environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from gazelled.config import Config, Loaded
from gazelled.config.document.config_files import gather
from gazelled.config.document.key_lines import Key
from gazelled.config.document.misplaced_keys import NAMED
from gazelled.config.document.problems import KeyPlaces, place_of
from gazelled.config.document.references import WAYS, is_name
from gazelled.config.tables import TABLES
from gazelled.plugin import PluginConfig
from gazelled.redact import is_secret_key
from gazelled.service.configuration.effective import MASK
from gazelled.service.configuration.watch_written import schedule_keys
from gazelled.text import shortened
from gazelled.tracker.transport.proxies import OFF, parse_proxy
from gazelled.units import human_duration
from gazelled.watches.watch import DefaultsTable, WatchTable

DEFAULT, ENVIRONMENT = "default", "environment"
_EXPLICIT = {("tracker",), ("notices",), ("web",), ("log",)}
"""The tables whose defaults mean the same when they are written down."""

_INNER = {("tracker", "limit"), ("profile", "*", "limit")}
_SECRET_ADDRESSES = {("notices", "ping")}
"""What is an address that only its owner may know."""

_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class ConfigValue:
    """
    A value.

    Attributes:
        table: The table in which it counts, such as `("watch", "yeast")`.
        key: Its key there.
        value: The value as TOML takes it, with a mask in place of a secret.
        origin: Where it comes from: `config.toml:12`, `default`, `profile NAME`, …
        is_explicit: Whether it stands in a file, or could as well.

    """

    table: tuple[str, ...]
    key: str
    value: object
    origin: str
    is_explicit: bool = True


def written_values(path: Path, loaded: Loaded) -> Iterator[ConfigValue]:
    """
    Yield what the files hold, in the order of the tables.

    Args:
        path: The config.
        loaded: What was made of it, which may be nothing.

    """
    document, places, _ = gather(path)
    for table, values in _tables(document):
        model = _options_of(loaded, table, values)
        for key, value in values.items():
            if (*_pattern(table), key) not in _INNER:
                shown = _masked((*table, key), value, model)
                yield ConfigValue(table, key, shown, _place(places, (*table, key)))


def effective_values(path: Path, loaded: Loaded, config: Config) -> Iterator[ConfigValue]:
    """Yield all values that count, those of the files first in each table."""
    document, places, _ = gather(path)
    written = {(value.table, value.key): value for value in written_values(path, loaded)}
    tables = dict(_tables(document))
    for place in TABLES:
        if len(place) == 1 and place[0] not in NAMED:
            tables.setdefault((str(place[0]),), {})
    tables.setdefault(("tracker", "limit"), {})
    order = [str(place[0]) for place in TABLES if place]
    for table in sorted(tables, key=lambda table: order.index(table[0])):
        yield from (value for (at, _), value in written.items() if at == table)
        values = tables[table]
        derived = [*_derived(table, values, config, loaded, places, document)]
        known = {*values, *(value.key for value in derived)}
        yield from (value for value in derived if value.key not in values)
        yield from (value for value in _defaults(table) if value.key not in known)


def _tables(document: Mapping[str, object]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield each table of a document, those within a table behind it."""
    order = [place[0] for place in TABLES if place]
    for name in sorted(document, key=lambda name: order.index(name) if name in order else 99):
        value = document[name]
        inner = value.items() if name in NAMED and isinstance(value, dict) else [("", value)]
        for member, table in inner:
            at = (name, member) if member else (name,)
            if isinstance(table, dict):
                yield at, table
                if (
                    isinstance(limit := table.get("limit"), dict)
                    and (*_pattern(at), "limit") in _INNER
                ):
                    yield (*at, "limit"), limit


def _pattern(table: Key) -> Key:
    return (table[0], "*", *table[2:]) if table and table[0] in NAMED else table


def _place(places: KeyPlaces, key: Key) -> str:
    problem = places.problem(key, "")
    return place_of(problem.file, problem.line)


def _derived(
    table: tuple[str, ...],
    written: Mapping[str, object],
    config: Config,
    loaded: Loaded,
    places: KeyPlaces,
    document: Mapping[str, Any],
) -> Iterator[ConfigValue]:
    """Yield what a table has from elsewhere: the profile, the environment, shared keys."""
    match table:
        case ("tracker",):
            yield from _of_tracker(config)
        case ("tracker", "limit"):
            site, origin = config.tracker.effective, _profile_of(config)
            limit = {"requests": site.requests, "per": human_duration(site.per) if site.per else 0}
            for key, value in {**limit, "floor": human_duration(site.floor)}.items():
                yield ConfigValue(table, key, value, origin, is_explicit=False)
        case ("watch", name):
            yield from _of_watch(name, written, config, places, document)
        case ("target", name):
            record = config.registry.records.get(str(written.get("plugin", "")))
            yield ConfigValue(table, "zone", config.targets[name].zone, DEFAULT, is_explicit=False)
            if record and record.target_model:
                yield from _of_options(table, record.target_model)
        case ("plugin", name):
            record = loaded.registry.records.get(name)
            yield from _of_options(table, record.model) if record and record.model else ()


def _profile_of(config: Config) -> str:
    return f"profile {config.tracker.profile.name}"


def _of_tracker(config: Config) -> Iterator[ConfigValue]:
    tracker, table = config.tracker, ("tracker",)
    yield ConfigValue(table, "name", tracker.name, DEFAULT)
    for key in ("endpoint", "scheme", "zone"):
        value = getattr(tracker.effective, key)
        yield ConfigValue(table, key, value, _profile_of(config), is_explicit=False)
    yield ConfigValue(table, "profile", tracker.profile.name, "the host", is_explicit=False)
    if tracker.proxy:
        address = MASK if tracker.proxy.has_password else tracker.proxy.address
        yield ConfigValue(table, "proxy", address, ENVIRONMENT, is_explicit=False)


def _of_watch(
    name: str,
    written: Mapping[str, object],
    config: Config,
    places: KeyPlaces,
    document: Mapping[str, Any],
) -> Iterator[ConfigValue]:
    """Yield what a watch shares with others, and the defaults of its kind."""
    table = ("watch", name)
    known = {**config.watches, **config.resting}
    watch = next(one for full, one in known.items() if full.partition(":")[0] == name)
    shared = document.get("watch-defaults", {})
    timed = {"every", "cron"} if {"every", "cron"} & written.keys() else set()
    allowed = DefaultsTable.keys() - timed
    for key, value in shared.items():
        if key in allowed:
            origin = f"[watch-defaults] {_place(places, ('watch-defaults', key))}"
            yield ConfigValue(table, key, value, origin, is_explicit=False)
    values: dict[str, object] = {"kind": watch.kind.name}
    if not {"every", "cron"} & {*written, *shared}:
        values |= schedule_keys(watch.schedule)
    for key, field, info in WatchTable.described():
        limited = key not in watch.kind.takes and info.name in config.kinds.limited_keys
        default = field.get_default(call_default_factory=True)
        if (
            not limited
            and info.name not in {"every", "cron", "disabled"}
            and not _is_nothing(default)
        ):
            values.setdefault(info.name, default)
    for key, value in values.items():
        if key not in shared:
            yield ConfigValue(table, key, value, DEFAULT, is_explicit=False)


def _of_options(table: tuple[str, ...], model: type[PluginConfig]) -> Iterator[ConfigValue]:
    """Yield the defaults of a plugin's options, as far as TOML has them."""
    for name, field in model.model_fields.items():
        if not field.is_required():
            default = field.get_default(call_default_factory=True)
            if isinstance(default, str | int | float) and default != "":
                key = field.alias or name
                yield ConfigValue(table, key, default, DEFAULT, is_explicit=False)


def _defaults(table: tuple[str, ...]) -> Iterator[ConfigValue]:
    """Yield the defaults of gazelled's own keys."""
    pattern = _pattern(table)
    if pattern not in TABLES or table[0] in {"watch", "watch-defaults", "profile"}:
        return
    for _, field, info in TABLES[pattern].described():
        default = field.get_default(call_default_factory=True)
        if not (_is_nothing(default) or isinstance(default, BaseModel)):
            yield ConfigValue(table, info.name, default, DEFAULT, pattern in _EXPLICIT)


def _is_nothing(value: object) -> bool:
    return value is None or value in ("", [], {})


def _options_of(
    loaded: Loaded, table: tuple[str, ...], values: Mapping[str, object]
) -> type[PluginConfig] | None:
    """Return the type of the options that stand in a table of a target or plugin."""
    records = loaded.registry.records
    if table[0] == "target":
        record = records.get(str(values.get("plugin", "")))
        return record.target_model if record else None
    record = records.get(table[-1]) if table[0] == "plugin" else None
    return record.model if record else None


def _masked(key: Key, value: Any, model: type[PluginConfig] | None) -> Any:  # noqa: ANN401 - TOML
    """Return a value with a mask where a secret stands in the place of a reference to one."""
    if isinstance(value, dict):
        if len(value) == 1 and next(iter(value)) in WAYS:
            return {way: name if is_name(way, name) else MASK for way, name in value.items()}
        return {name: _masked((*key, name), inner, model) for name, inner in value.items()}
    if isinstance(value, list):
        return [_masked(key, inner, model) for inner in value]
    if not isinstance(value, str):
        return value if isinstance(value, int | float) else str(value)
    return MASK if _is_secret(key, value, model) else shortened(value, _LONGEST)


def _is_secret(key: Key, value: str, model: type[PluginConfig] | None) -> bool:
    name = str(key[2]) if len(key) > 2 else str(key[-1])  # noqa: PLR2004 - a key below a name
    if key[0] == "tracker" and name == "proxy":
        return value != OFF and _has_password(value)
    if key[0] not in {"target", "plugin"}:
        return key in _SECRET_ADDRESSES or _is_unknown(key) or _is_named_secret(key)
    own = TABLES[(key[0], "*")].keys()
    if name in own:
        return False
    if model is None:  # what a plugin that isn't loaded means by it is unknown
        return True
    fields = {field.alias or at: field for at, field in model.model_fields.items()}
    types = str(fields[name].annotation) if name in fields else ""
    return "SecretStr" in types or is_secret_key(key[-1])


def _is_unknown(key: Key) -> bool:
    """Return whether gazelled has no such key: a mistyped name tells nothing of the value."""
    at = (*key[:1], "*", *key[2:]) if key[0] in NAMED else key
    table = next((at[:end] for end in range(len(at) - 1, -1, -1) if at[:end] in TABLES), ())
    known = TABLES[table].keys()
    return str(at[len(table)]) not in known


def _is_named_secret(key: Key) -> bool:
    """Return whether a part of a key below its table is called as secrets are."""
    return any(map(is_secret_key, key[2 if key[0] in NAMED else 1 :]))


def _has_password(address: str) -> bool:
    try:
        return parse_proxy(address).has_password
    except Exception:  # noqa: BLE001 - what can't be read may hold anything
        return True
