"""One plugin in full: what it is, its options, and all that it contributes."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from gazelled.cli.authoring.trial_choice import plugin_settings
from gazelled.cli.owner import load_plugins
from gazelled.cli.settings import Settings
from gazelled.errors import GazelledError
from gazelled.hooks import Contributed
from gazelled.hooks.loading import PluginEntry, PluginOrigin
from gazelled.hooks.registry import Registry
from gazelled.plugin import PluginConfig

_SECTION = "Attributes:"
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class OptionDetails:
    """
    An option.

    Attributes:
        type: The type of its values.
        default: Its default as JSON; None if it must be given.
        about: What it means; empty if the plugin doesn't say.

    """

    name: str
    type: str
    default: str | None
    about: str


@dataclass(frozen=True, slots=True)
class ContributionDetails:
    """Something that a plugin contributes: of which sort, its name, and what it is."""

    sort: str
    name: str
    about: str


@dataclass(frozen=True, slots=True)
class PluginDetails:
    """
    A plugin.

    Attributes:
        about: Its docstring.
        options: Its own options: the keys of `[plugin.NAME]`.
        target_options: Those of its targets: the keys of `[target.NAME]`.

    """

    name: str
    state: str
    reason: str
    origin: PluginOrigin
    about: str
    hooks: tuple[str, ...]
    options: tuple[OptionDetails, ...]
    target_options: tuple[OptionDetails, ...]
    contributes: tuple[ContributionDetails, ...]
    deprecations: tuple[str, ...]


def details(settings: Settings, plugin: str) -> PluginDetails:
    """
    Return a plugin in full: of the config, or an installed one, or the one of a file.

    Raises:
        GazelledError: If there is none.

    """
    registry = load_plugins(settings).registry
    if plugin not in registry.records:
        registry.load(plugin_settings(plugin))
    entry = next(
        (
            row
            for name, row in registry.records.items()
            if name in {plugin, plugin_settings(plugin).name}
        ),
        None,
    )
    if entry is None or entry.origin.form == "unknown":
        raise GazelledError(entry.reason if entry else f"there is no plugin {plugin}")
    return PluginDetails(
        entry.name,
        entry.state,
        entry.reason,
        entry.origin,
        _about(entry),
        entry.hooks,
        tuple(_options(entry.model)),
        tuple(_options(entry.target_model)),
        tuple(_contributions(registry, entry.name)),
        entry.deprecations,
    )


def _about(entry: PluginEntry) -> str:
    """Return the docstring of the module that the plugin is."""
    origin = entry.origin
    module = sys.modules.get(origin.place.partition(":")[0])
    if origin.form in {"file", "folder"}:
        files = {origin.place, str(Path(origin.place) / "__init__.py")}
        loaded = [*sys.modules.values()]
        module = next((one for one in loaded if getattr(one, "__file__", "") in files), None)
    return inspect.cleandoc(getattr(module, "__doc__", None) or "")


def _options(model: type[PluginConfig] | None) -> Iterator[OptionDetails]:
    if model is None:
        return
    meanings = attribute_docs(model)
    for name, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True)
        yield OptionDetails(
            field.alias or name,
            _type(field.annotation),
            None
            if field.is_required()
            else json.dumps(default, ensure_ascii=False, default=_plain),
            field.description or meanings.get(name, ""),
        )


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    """Return what JSON has no form of in one that it has: a table without its own defaults."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_defaults=True)
    return str(value)


def attribute_docs(cls: type) -> Mapping[str, str]:
    """Return what the docstrings of a class and its bases say of attributes, by their names."""
    meanings: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        lines = inspect.cleandoc(base.__dict__.get("__doc__") or "").splitlines()
        name = ""
        for line in lines[lines.index(_SECTION) + 1 :] if _SECTION in lines else ():
            if not line.startswith(_INDENT):
                if line:
                    break
                continue
            if line[len(_INDENT)] != " ":
                name, _, text = line.strip().partition(": ")
                meanings[name] = text
            elif name:
                meanings[name] += f" {line.strip()}"
    return meanings


def _type(annotation: Any) -> str:  # noqa: ANN401 - any annotation
    """Return a type as people write it."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(args[0])
    if origin is Literal:
        return " | ".join(json.dumps(arg, default=str) for arg in args)
    if origin in {Union, UnionType}:
        return " | ".join(map(_type, args))
    if annotation in {NoneType, Ellipsis}:
        return "none" if annotation is NoneType else "..."
    name: str = getattr(origin or annotation, "__name__", str(annotation))
    return f"{name}[{', '.join(map(_type, args))}]" if args else name


def _contributions(registry: Registry, plugin: str) -> Iterator[ContributionDetails]:
    """Yield what a plugin contributes, beside options and targets."""
    contributions = registry.contributions
    sorts: Mapping[str, Mapping[str, Contributed[Any]]] = {
        "kind": contributions.kinds,
        "source": contributions.sources,
        "action": contributions.actions,
        "site": contributions.sites,
        "field": contributions.match_fields,
        "function": contributions.functions,
        "filter": contributions.template_filters,
        "command": contributions.commands,
        "doctor check": contributions.doctor_checks,
        "page": contributions.routes,
    }
    for sort, contributed in sorts.items():
        for name, one in contributed.items():
            if one.plugin == plugin:
                yield ContributionDetails(sort, name, _meaning(one.value))


def _meaning(value: object) -> str:
    """Return what a contribution says of itself, in a line."""
    about = (
        getattr(value, "about", "")
        or getattr(value, "short_help", "")
        or getattr(value, "title", "")
    )
    text = about or getattr(value, "help", "") or (inspect.getdoc(value) if callable(value) else "")
    return str(text or "").strip().partition("\n")[0]
