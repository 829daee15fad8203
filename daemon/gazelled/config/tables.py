"""
The tables of config.toml as pydantic reads them, and what is said when they don't fit.

Everything has a default and nothing is a union, so that one mistake is one sentence;
what must be there, and what fits together, is checked afterwards.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gazelled.config.document.key_lines import Key
from gazelled.config.document.misplaced_keys import NAMED, leave_out_nameless, stray
from gazelled.config.document.problems import Report
from gazelled.text import meant, unknown


class Table(BaseModel):
    """A table that knows all of its keys."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    @classmethod
    def keys(cls) -> set[str]:
        """Name the keys as they stand in the file."""
        return {field.alias or name for name, field in cls.model_fields.items()}


class LimitTable(Table):
    """`[tracker.limit]`, or the limit of a profile; what is left out is the profile's."""

    requests: int = 0
    per: object = None
    floor: object = None


class ProfileTable(Table):
    """`[profile.NAME]`; what is left out is that of the profile it is based on."""

    about: str = ""
    based_on: str = ""
    hosts: list[str] = Field(default_factory=list)
    endpoint: str = ""
    scheme: str = ""
    zone: str = ""
    token_loads_user: bool = False
    token_downloads: bool = False
    limit: LimitTable = LimitTable()


class LoginTable(Table):
    """`login` in `[tracker]`."""

    username: str = ""
    password: object = None
    totp: object = None


class TrackerTable(Table):
    """`[tracker]`; the endpoint, scheme, zone and limit that are left out are the profile's."""

    url: str = ""
    name: str = ""
    profile: str = ""
    endpoint: str = ""
    token: object = None
    login: LoginTable | None = None
    cookies: object = None
    scheme: str = ""
    share: object = 0.1
    catch_up: int = 5000
    zone: str = ""
    ca: str = ""
    proxy: object = None
    contact: str = ""
    limit: LimitTable = LimitTable()


class NoticesTable(Table):
    """`[notices]`."""

    tell: list[str] = Field(default_factory=list)
    alive: str = ""
    zone: str = "UTC"


class DefaultsTable(Table):
    """`[watch-defaults]`: what any watch can share with others."""

    every: str = ""
    cron: str = ""
    zone: str = "UTC"
    first: str = "baseline"
    tell: list[str] = Field(default_factory=list)
    urgent: bool = False
    mark_read: bool = False


class WatchTable(DefaultsTable):
    """`[watch.NAME]`."""

    about: str = ""
    ask: str = ""
    with_: dict[str, object] = Field(default_factory=dict, alias="with")
    each: list[str] = Field(default_factory=list)
    kind: Literal["", "new", "change", "gone", "alert", "report", "call"] = ""
    fields: list[str] = Field(default_factory=list)
    match: dict[str, object] = Field(default_factory=dict)
    if_: str = Field(default="", alias="if")
    until: str = ""
    disabled: bool = False


class TargetSection(Table):
    """`[target.NAME]`; what stands beside these keys is the plugin's."""

    model_config = ConfigDict(extra="allow")

    plugin: str = ""
    quiet: str = ""


class PluginTable(Table):
    """`[plugin.NAME]`."""

    file: str = ""


class WebTable(Table):
    """`[web]`."""

    listen: str = "127.0.0.1:8765"


class LogTable(Table):
    """`[log]`."""

    format: Literal["auto", "console", "json", "journald"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Root(Table):
    """The whole document."""

    tracker: TrackerTable = TrackerTable()
    profile: dict[str, ProfileTable] = Field(default_factory=dict)
    notices: NoticesTable = NoticesTable()
    watch_defaults: DefaultsTable = Field(default=DefaultsTable(), alias="watch-defaults")
    watch: dict[str, WatchTable] = Field(default_factory=dict)
    target: dict[str, TargetSection] = Field(default_factory=dict)
    plugin: dict[str, PluginTable] = Field(default_factory=dict)
    web: WebTable = WebTable()
    log: LogTable = LogTable()


_TABLES: Mapping[Key, type[Table]] = {
    (): Root,
    ("tracker",): TrackerTable,
    ("tracker", "limit"): LimitTable,
    ("tracker", "login"): LoginTable,
    ("profile", "*"): ProfileTable,
    ("profile", "*", "limit"): LimitTable,
    ("notices",): NoticesTable,
    ("watch-defaults",): DefaultsTable,
    ("watch", "*"): WatchTable,
    ("plugin", "*"): PluginTable,
    ("web",): WebTable,
    ("log",): LogTable,
}
_EXAMPLES = {
    "about": '"Yeast sequences"',
    "alive": '"mon 08:00"',
    "ask": '"browse"',
    "based_on": '"gazelle"',
    "cookies": '{ file = "cookies.txt" }',
    "cron": '"0 7 * * 1-5"',
    "catch_up": "5000",
    "each": '["S. cerevisiae", "S. pombe"]',
    "every": '"1h"',
    "endpoint": '"ajax.php"',
    "fields": '["seeders", "size"]',
    "file": '"my_plugin.py"',
    "first": '"baseline"',
    "if": "'seeders <= 1'",
    "hosts": '["tracker.example"]',
    "listen": '"127.0.0.1:8765"',
    "match": '{ title = "yeast" }',
    "plugin": '"apprise"',
    "profile": '"gazelle"',
    "quiet": '"22:00-07:00 Europe/Berlin"',
    "scheme": '"Bearer"',
    "tell": '["phone"]',
    "until": "'seeders >= 3'",
    "url": '"https://biotorrents.de"',
    "username": '"me"',
    "with": '{ searchstr = "yeast" }',
    "zone": '"Europe/Berlin"',
}
_WORDS = {
    "bool_type": "wanted true or false, without quotes",
    "int_type": "wanted a whole number, without quotes",
    "string_type": "wanted a text in quotes",
    "list_type": "wanted a list",
    "dict_type": "wanted a table",
    "model_type": "wanted a table",
}


def read_tables(document: Mapping[str, object], report: Report) -> Root:
    """
    Read the document; what doesn't fit is told and left out, so that the rest can be checked.

    Args:
        document: The document as it was read.
        report: Where problems go.

    """
    kept = copy.deepcopy(dict(document))
    leave_out_nameless(kept, report)
    try:
        return Root.model_validate(kept)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=True, include_input=False)
    for each in errors:
        key: Key = each["loc"]
        expected = each.get("ctx", {}).get("expected", "")
        if each["type"] == "literal_error":
            report.error(key, _choices(str(expected), _found(kept, key)))
        else:
            report.error(key, _sentence(key, each["type"], kept, report))
        _leave_out(kept, key)
    return Root.model_validate(kept)


def landed(report: Report, key: Key) -> str:
    """Say that a key stands in the table below the one it belongs to."""
    *outer, inner, _ = key
    table, header = ".".join(map(str, outer)), ".".join(map(str, key[:-1]))
    if report.source.has_header(key[:-1]):
        return f"belongs to [{table}] but stands below [{header}]; move it above that line"
    return f"belongs to [{table}], not into {inner}; move it out"


def _sentence(key: Key, problem: str, document: Mapping[str, object], report: Report) -> str:
    if problem == "extra_forbidden":
        if len(key) > 2 and key[-1] in _known(key[:-2]):  # noqa: PLR2004 - a table in a table
            return landed(report, key)
        ask = _found(document, (*key[:2], "ask")) if key[0] == "watch" else ""
        known = _known(key[:-1])
        return stray(key, known, str(ask)) or unknown("key", str(key[-1]), known)
    wanted = _WORDS.get(problem, "this doesn't fit here")
    name = next((part for part in reversed(key) if isinstance(part, str)), "")
    if problem in {"dict_type", "model_type"} and name not in _EXAMPLES:
        named = ".NAME" if key[:1] == key and name in NAMED else ""
        return f"{wanted}: write [{'.'.join(map(str, key))}{named}] on a line of its own"
    return f"{wanted}, like {name} = {_EXAMPLES[name]}" if name in _EXAMPLES else wanted


def _choices(expected: str, found: object) -> str:
    """Say which texts there are: they are few, and none is a secret."""
    choices = expected.removeprefix("'', ").replace("'", '"')
    return f"wanted {choices}" + meant(str(found), re.findall('"(.+?)"', choices))


def _found(document: Mapping[str, object], key: Key) -> object:
    """Give what stands at a key."""
    inner: Any = document
    for part in key:
        if isinstance(inner, Mapping) and part not in inner:
            return ""
        inner = inner[part]
    return inner


def _known(key: Key) -> set[str]:
    """Name the keys of the table that stands at a key."""
    star = (key[0], "*", *key[2:]) if len(key) > 1 and key[0] in NAMED else key
    return _TABLES[star].keys() if star in _TABLES else set()


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
