"""
The tables of config.toml as pydantic reads them, and its errors in words.

Everything has a default and nothing is a union, so that one mistake is one sentence;
what must be there, and what fits together, is checked afterwards, in `gazelled.config.checks`.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationError

from gazelled.config.checks.notices_table import NoticesTable
from gazelled.config.checks.plugin_table import PluginTable
from gazelled.config.checks.profile_table import LimitTable, ProfileTable
from gazelled.config.checks.target_table import TargetSection
from gazelled.config.checks.tracker_table import LoginTable, TrackerTable
from gazelled.config.document.key_lines import Key
from gazelled.config.document.misplaced_keys import (
    NAMED,
    in_inner_table,
    leave_out_nameless,
    where_it_belongs,
)
from gazelled.config.document.problems import Problems
from gazelled.config.model import Log, Web
from gazelled.text import meant, unknown
from gazelled.watches.keys.table import Table
from gazelled.watches.watch import DefaultsTable, WatchTable


class Root(Table):
    """The whole document."""

    tracker: TrackerTable = TrackerTable()
    profile: dict[str, ProfileTable] = Field(default_factory=dict)
    notices: NoticesTable = NoticesTable()
    watch_defaults: DefaultsTable = Field(default=DefaultsTable(), alias="watch-defaults")
    watch: dict[str, WatchTable] = Field(default_factory=dict)
    target: dict[str, TargetSection] = Field(default_factory=dict)
    plugin: dict[str, PluginTable] = Field(default_factory=dict)
    web: Web = Web()
    log: Log = Log()


TABLES: Mapping[Key, type[Table]] = {
    (): Root,
    ("tracker",): TrackerTable,
    ("tracker", "limit"): LimitTable,
    ("tracker", "login"): LoginTable,
    ("profile", "*"): ProfileTable,
    ("profile", "*", "limit"): LimitTable,
    ("notices",): NoticesTable,
    ("watch-defaults",): DefaultsTable,
    ("watch", "*"): WatchTable,
    ("target", "*"): TargetSection,
    ("plugin", "*"): PluginTable,
    ("web",): Web,
    ("log",): Log,
}
_EXPECTED = {
    "bool_type": "expected true or false, without quotes",
    "int_type": "expected a whole number, without quotes",
    "float_type": "expected a number, without quotes",
    "string_type": "expected a text in quotes",
    "list_type": "expected a list",
    "dict_type": "expected a table",
    "model_type": "expected a table",
}
_TABLE_TYPES = {"dict_type", "model_type"}
_MEMBER_DEPTH = 2
"""A key with more parts stands in a table that stands in a named one."""


def read_tables(document: Mapping[str, object], problems: Problems) -> Root:
    """Read the document; what is invalid is reported and left out, to check all the rest."""
    fitting = copy.deepcopy(dict(document))
    leave_out_nameless(fitting, problems)
    try:
        return Root.model_validate(fitting)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=True, include_input=False)
    for detail in errors:
        key: Key = detail["loc"]
        if detail["type"] == "literal_error":
            expected = str(detail.get("ctx", {}).get("expected", ""))
            choices = expected.replace("'", '"')
            hint = meant(str(_value_at(fitting, key)), re.findall('"(.+?)"', choices))
            problems.error(key, f"expected {choices}{hint}")
        elif detail["type"] == "extra_forbidden":
            problems.error(key, _unknown_key(key, fitting, problems))
        else:
            problems.error(key, _expected(key, detail["type"]))
        _leave_out(fitting, key)
    return Root.model_validate(fitting)


def _unknown_key(key: Key, document: Mapping[str, object], problems: Problems) -> str:
    if len(key) > _MEMBER_DEPTH and key[-1] in _known(key[:-2]):
        return in_inner_table(problems, key)
    ask = _value_at(document, (*key[:2], "ask")) if key[0] == "watch" else ""
    keys = _known(key[:-1])
    belongs = where_it_belongs(key, keys, WatchTable.keys() - {"zone"}, str(ask))
    return belongs or unknown("key", str(key[-1]), keys)


def _expected(key: Key, problem: str) -> str:
    expected = _EXPECTED.get(problem, "invalid value")
    path = [part for part in key if isinstance(part, str)]
    name, table = path[-1], _table_at(tuple(path[:-1]))
    infos = [info for _, _, info in table.described()] if table else []
    example = next((info.example for info in infos if info.name == name), "")
    if problem in _TABLE_TYPES and not example:
        placeholder = ".NAME" if key[:1] == key and name in NAMED else ""
        return f"{expected}: write [{'.'.join(path)}{placeholder}] on a line of its own"
    return f"{expected}, like {name} = {example}" if example else expected


def _value_at(document: Mapping[str, object], key: Key) -> object:
    inner: Any = document
    for part in key:
        if isinstance(inner, Mapping) and part not in inner:
            return ""
        inner = inner[part]
    return inner


def _table_at(key: Key) -> type[Table] | None:
    return TABLES.get((key[0], "*", *key[2:]) if len(key) > 1 and key[0] in NAMED else key)


def _known(key: Key) -> set[str]:
    """Return the keys of the table that stands at a key."""
    table = _table_at(key)
    return table.keys() if table else set()


def _leave_out(document: dict[str, object], key: Key) -> None:
    """Remove a value; a member of a list becomes empty, so that the others keep their places."""
    *outer, last = key
    inner: Any = document
    for part in outer:
        inner = inner[part]
    if isinstance(inner, list) and isinstance(last, int):
        inner[last] = ""
    elif isinstance(inner, dict):
        inner.pop(last, None)
