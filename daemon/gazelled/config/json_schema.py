"""
JSON Schema of config.toml, for editors: made of the tables and of what plugins declare.

It accepts all that `gazelled check` accepts, and refuses what can be refused without the other
tables, the files and the network. Files in conf.d hold tables of the same document.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib.resources import files
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from gazelled.config.checks.plugin_table import PluginTable
from gazelled.config.checks.target_table import YIELDING, TargetSection
from gazelled.config.document.key_lines import Key
from gazelled.config.key_forms import FORMS, NAME, Schema
from gazelled.config.match_schema import match_schema
from gazelled.config.option_schema import option_schema
from gazelled.config.tables import TABLES
from gazelled.hooks.registry import Registry
from gazelled.plugin import PluginConfig
from gazelled.plugin.kinds import AnyKind
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.watches.keys.kinds import Kinds
from gazelled.watches.keys.table import KeyInfo, Table
from gazelled.watches.watch import WatchTable

FILE = "config.schema.json"
"""The name of the schema: in this folder as it is for the bundled plugins, and beside a config."""

Abouts = Mapping[Key, str]
"""What keys mean, by their places; `*` stands for a name."""

_TYPES: Mapping[object, str] = {bool: "boolean", float: "number", int: "integer", str: "string"}
_WAYS = ("token", "login", "cookies")


def shipped_schema() -> str:
    """Return the schema for a config that has no plugins of its own."""
    return (files(__package__) / FILE).read_text("utf-8")


def shipped_abouts() -> dict[Key, str]:
    """Return what keys mean, as the shipped schema has it from the documents."""
    definitions = json.loads(shipped_schema())["$defs"]
    return {
        (name, key): inner["description"]
        for name, table in definitions.items()
        for key, inner in table.get("properties", {}).items()
        if isinstance(inner, dict) and "description" in inner
    }


def shipped_plugins() -> list[str]:
    """Return the names of the bundled plugins."""
    return [*json.loads(shipped_schema())["properties"]["plugin"]["properties"]]


def config_schema(registry: Registry, abouts: Abouts) -> Schema:
    """
    Return the schema of a config.

    Args:
        registry: The plugins, whose options, kinds and sources it has.
        abouts: What the keys mean, by the name of the table and the key.

    """
    definitions: Schema = {f"form.{name}": form for name, form in FORMS.items()}
    for place, table in TABLES.items():
        if place:
            definitions[".".join(map(str, place))] = _table_schema(place, table, abouts)
    contributions = registry.contributions
    kinds = Kinds(kind.value for kind in contributions.kinds.values())
    _add(definitions["watch.*"], _watch_rules(kinds, abouts))
    asks = [*ACTIONS, *contributions.sources]
    _suggest(definitions["watch.*"], "ask", asks)
    _suggest(definitions["watch.*"], "kind", [*kinds])
    _add(definitions["tracker"], _tracker_rules())
    _add(definitions["plugin.*"], {"not": {"required": ["file", "module"]}})
    models = {name: entry.target_model for name, entry in registry.records.items()}
    targets = {name: model for name, model in models.items() if model}
    _suggest(definitions["target.*"], "plugin", [*targets])
    _add(definitions["target.*"], _target_rules(targets, definitions, abouts))
    root = _table_schema((), TABLES[()], abouts)
    _add_plugins(root, registry, definitions, abouts)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "The config of gazelled",
        **root,
        "$defs": definitions,
    }


def _table_schema(place: Key, table: type[Table], abouts: Abouts) -> Schema:
    """Return the schema of a table by its keys."""
    name = ".".join(map(str, place))
    properties: Schema = {}
    for _, field, info in table.described():
        inner = _key_schema(place, field.annotation, info)
        about = abouts.get((name, info.name)) or info.about
        default = field.default
        if "$ref" not in inner and isinstance(default, str | int | float) and default != "":
            inner["default"] = default
        if about and "$ref" not in inner:
            inner["description"] = about
        if field.annotation is str and info.example and "default" not in inner:
            inner["examples"] = [info.example.strip("\"'")]
        properties[info.name] = inner
    is_open = table.model_config.get("extra") == "allow"
    schema: Schema = {"type": "object", "properties": properties}
    return schema if is_open else {**schema, "additionalProperties": False}


def _form(name: str) -> Schema:
    return {"allOf": [{"$ref": f"#/$defs/form.{name}"}]}


def _key_schema(place: Key, annotation: Any, info: KeyInfo) -> Schema:  # noqa: ANN401 - any annotation
    if info.form:
        return match_schema() if info.form == "match" else _form(info.form)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in {Union, UnionType}:
        return _key_schema(place, args[0], info)
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return {"$ref": f"#/$defs/{'.'.join([*map(str, place), info.name])}"}
    if origin is dict and isinstance(args[1], type) and issubclass(args[1], Table):
        named = {"$ref": f"#/$defs/{info.name}.*"}
        return {"type": "object", "patternProperties": {NAME: named}, "additionalProperties": False}
    plain: Mapping[object, Schema] = {
        dict: {"type": "object"},
        list: {"type": "array", "items": {"type": _TYPES.get(args[0])}} if args else {},
        Literal: {"enum": [*args]},
    }
    typed: Schema = {"type": _TYPES[annotation]} if annotation in _TYPES else {}
    return plain.get(origin, typed)


def _tracker_rules() -> Schema:
    """Return that there is an address, or a profile that may have one, and one way to log in."""
    return {
        "anyOf": [{"required": ["url"]}, {"required": ["profile"]}],
        "oneOf": [{"required": [way]} for way in _WAYS],
    }


def _watch_rules(kinds: Kinds, abouts: Abouts) -> Schema:
    """Return what keys a watch of each kind has, and what excludes each other."""
    by_default = [kind for kind in kinds.values() if kind.by_default]
    never = kinds.limited_keys.difference(*(kind.takes for kind in by_default))
    own = {key for kind in by_default for key in kinds.own_keys(kind)}
    rules: list[Schema] = [_kind_rule(kind, kinds, abouts) for kind in kinds.values()]
    rules.append(
        {
            "if": {"not": {"required": ["kind"]}},
            "then": _closed(WatchTable.keys() | own, {name: {"const": {}} for name in never}),
        }
    )
    return {"required": ["ask"], "not": {"required": ["every", "cron"]}, "allOf": rules}


def _kind_rule(kind: AnyKind, kinds: Kinds, abouts: Abouts) -> Schema:
    properties: Schema = {name: {"const": {}} for name in kinds.limited_keys - kind.takes}
    if not kind.reads_items:
        properties["tell"] = {"maxItems": 0}
    if kind.keys:
        own, _ = option_schema(f"kind.{kind.name}", kind.keys, _of(f"kind.{kind.name}", abouts))
        properties |= own.get("properties", {})
    closed = _closed({*WatchTable.keys(), *kinds.own_keys(kind)}, properties)
    return {
        "if": {"properties": {"kind": {"const": kind.name}}, "required": ["kind"]},
        "then": {**closed, "required": ["if"] if kind.raises else []},
    }


def _closed(names: Iterable[str], properties: Mapping[str, object]) -> Schema:
    """Return a schema of a table that has no other keys."""
    known: Schema = {name: properties.get(name, {}) for name in sorted(names)}
    return {"properties": known, "additionalProperties": False}


def _target_rules(
    models: Mapping[str, type[PluginConfig]], definitions: Schema, abouts: Abouts
) -> Schema:
    """Return what options each plugin has for its targets."""
    rules: list[Schema] = []
    for name, model in sorted(models.items()):
        place = f"target.{name}"
        options, more = option_schema(place, model, _of(place, abouts))
        definitions.update(more)
        properties = dict(options.get("properties", {}))
        own = {*properties}
        for key in {*YIELDING} - own:
            properties[key] = _yielding(key, combines=model.combines)
        closed = _closed(TargetSection.keys() | own, properties)
        definitions[place] = {**closed, "required": options.get("required", [])}
        rules.append(
            {
                "if": {"properties": {"plugin": {"const": name}}, "required": ["plugin"]},
                "then": {"$ref": f"#/$defs/{place}"},
            }
        )
    return {"required": ["plugin"], "allOf": rules}


def _add_plugins(root: Any, registry: Registry, definitions: Schema, abouts: Abouts) -> None:  # noqa: ANN401 - a schema
    """Let the table of a plugin have its own options alone, unless it is a user's file."""
    named: Schema = {}
    for name, entry in registry.records.items():
        place = f"plugin.{name}"
        model = entry.model or PluginConfig
        options, more = option_schema(place, model, _of(place, abouts))
        definitions.update(more)
        own = options.get("properties", {})
        closed = _closed({*PluginTable.keys(), *own}, own)
        definitions[place] = {**closed, "required": options.get("required", [])}
        another = {"anyOf": [{"required": ["file"]}, {"required": ["module"]}]}
        named[name] = {
            "allOf": [{"$ref": "#/$defs/plugin.*"}],
            "if": another,
            "else": {"$ref": f"#/$defs/{place}"},
        }
    root["properties"]["plugin"]["properties"] = named


def _yielding(key: str, *, combines: bool) -> Schema:
    """Return what a key is that a plugin could have had as an option of its own."""
    if key == "max" or combines:
        return _form(key)
    return {"const": 0 if YIELDING[key] is int else ""}


def _of(name: str, abouts: Abouts) -> Mapping[str, str]:
    return {str(key[-1]): about for key, about in abouts.items() if key[0] == name}


def _add(schema: object, rules: Schema) -> None:
    assert isinstance(schema, dict)  # noqa: S101 - it was made above
    schema.update(rules)


def _suggest(schema: Any, key: str, names: list[str]) -> None:  # noqa: ANN401 - a schema
    """Let editors complete a name that a plugin might bring as well."""
    inner = schema["properties"][key]
    about = {name: inner.pop(name) for name in ("description", "examples") if name in inner}
    schema["properties"][key] = {"anyOf": [{"enum": sorted(set(names))}, inner], **about}
