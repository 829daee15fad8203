"""Options of targets: checked against the plugin's model, every problem in a sentence."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar, get_args

import structlog
from pydantic import BaseModel, SecretStr, ValidationError

from gazelled.hooks.loading.import_thread import run_in_thread
from gazelled.hooks.loading.plugin_entry import BadPluginError
from gazelled.model import Event, Value
from gazelled.plugin import OptionFault, OptionFaults, PluginConfig
from gazelled.text import meant

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

log = structlog.stdlib.get_logger(__name__)

CHECK_LIMIT = 30.0
"""Seconds that a check of options may take."""

T = TypeVar("T")

OptionProblem = tuple[tuple[str, ...], str]
"""Where in the options, and a sentence without any value."""

_WANTED = {
    "bool": "true or false",
    "date": "a date",
    "datetime": "a date and a time",
    "dict": "a table",
    "float": "a number",
    "int": "a whole number",
    "list": "a list",
    "model": "a table",
    "path": "a path in quotes",
    "set": "a list",
    "string": "a text in quotes",
    "time": "a time of day",
    "tuple": "a list",
}


_BOUNDS = {
    "greater_than": ("gt", "expected more than"),
    "greater_than_equal": ("ge", "expected at least"),
    "less_than": ("lt", "expected less than"),
    "less_than_equal": ("le", "expected at most"),
}
_TOO_SHORT = {"too_short", "string_too_short"}


def check_options(
    model: type[PluginConfig],
    options: Mapping[str, object],
    folder: Path | None,
    filters: Mapping[str, Callable[..., object]] = MappingProxyType({}),
    own_folder: Path | None = None,
    added_fields: Mapping[str, Value] = MappingProxyType({}),
) -> PluginConfig | list[OptionProblem]:
    """
    Return a target's options, or everything that is wrong with what the config holds.

    Args:
        model: The type of the options.
        options: What the config holds.
        folder: The folder of the config; the current folder when None.
        filters: The filters that templates may use.
        own_folder: The folder in the state that relative paths are meant from; those that exist
            beside the config are meant from there, and all are when this is None.
        added_fields: A value for each field that plugins add, to try templates with.

    """
    context = {
        "folder": folder,
        "template_filters": filters,
        "own_folder": own_folder,
        "added_fields": added_fields,
    }

    current = with_new_names(model, options)

    def check() -> PluginConfig | list[OptionProblem]:
        try:
            checked = model.model_validate(current, context=context)
            checked.wants_downloads()  # what it raises is a fault of the options
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
            # Each member of a union reports what it expected.
            problems = [_problem(model, current, detail) for detail in details]
            return [
                *dict.fromkeys((written_place(model, options, at), text) for at, text in problems)
            ]
        return checked

    try:
        return _contained(model, check)
    except BadPluginError as error:
        return [((), _failure(error))]


def paths_beside_config(
    options: Mapping[str, object], checked: PluginConfig, folder: Path
) -> dict[str, Path]:
    """Return the options whose relative paths are meant from the config, only since they exist."""
    paths: dict[str, Path] = {}
    for name in type(checked).model_fields:
        written, path = options.get(name), getattr(checked, name)
        if (
            isinstance(written, str)
            and isinstance(path, Path)
            and name not in checked.beside_config
            and not Path(written).expanduser().is_absolute()
            and path == folder / written
            and path.exists()
        ):
            paths[name] = path
    return paths


def with_new_names(
    model: type[PluginConfig] | None, options: Mapping[str, object]
) -> dict[str, object]:
    """Return options by their names now; what has its new name already counts."""
    renamed = dict(options)
    fields = model.model_fields.items() if model else ()
    own = {field.alias or name for name, field in fields}
    for former, place in former_names(model, options).items():
        if former in own:
            continue
        value = renamed.pop(former)
        *outer, last = place
        table = renamed
        for part in outer:
            inner = table.get(part, {})
            table[part] = table = dict(inner) if isinstance(inner, Mapping) else {}
        table.setdefault(last, value)
    return renamed


def written_place(
    model: type[PluginConfig] | None, options: Mapping[str, object], place: Sequence[str]
) -> tuple[str, ...]:
    """Return where an option stands that is meant by its name now: at its former one, perhaps."""
    for former, new in former_names(model, options).items():
        if tuple(place[: len(new)]) == new and _value_at(options, new) is None:
            return (former, *place[len(new) :])
    return tuple(place)


def former_names(
    model: type[PluginConfig] | None, options: Mapping[str, object]
) -> dict[str, tuple[str, ...]]:
    """Return where options are now that have their former names, unless something is there."""
    if model is None:
        return {}
    places = {former: tuple(new.split(".")) for former, new in model.renamed.items()}
    return {
        former: place
        for former, place in places.items()
        if former in options
        and all(
            isinstance(_value_at(options, place[:size]), Mapping | None)
            for size in range(1, len(place))
        )
    }


def beside_config(path: Path, own_folder: str) -> str:
    """Return that a path is used as it was, and where relative paths are meant from now."""
    return (
        f"{path} is used, since it exists; a relative path is meant from {own_folder} in the state "
        "now: move it there, or write its whole path"
    )


def contained_units(plugin: str, model: type[PluginConfig]) -> Callable[[Event], int]:
    """
    Return what counts how much of a target's limit a message uses: 1 where the plugin fails.

    Args:
        plugin: The name of the plugin.
        model: The type of its options.

    """
    failed = False

    def units(event: Event) -> int:
        nonlocal failed
        try:
            number: object = model.units(event)
            if not isinstance(number, int) or number < 0:
                raise ValueError("units must return a whole number that is not negative")  # noqa: TRY301 - as what it raises
        except BaseException as error:
            if not failed:
                log.warning("plugin.units_failed", plugin=plugin, exc_info=error)
            failed = True
            return 1
        return number

    return units


def check_thoroughly(options: PluginConfig) -> tuple[OptionFault, ...]:
    """Return what a plugin's thorough check finds wrong with options."""

    def check() -> tuple[OptionFault, ...]:
        try:
            options.check_thoroughly()
        except OptionFaults as error:
            return error.faults
        except ValueError as error:
            return (OptionFault(("plugin",), str(error)),)
        return ()

    try:
        return _contained(type(options), check)
    except BadPluginError as error:
        return (OptionFault(("plugin",), _failure(error)),)


def _contained(model: type[PluginConfig], check: Callable[[], T]) -> T:
    """Return what a check returns that runs code of a plugin; raise BadPluginError if it fails."""
    code = getattr(sys.modules.get(model.__module__), "__file__", None)
    return run_in_thread(
        model.__module__,
        check,
        lambda file: file == code,
        CHECK_LIMIT,
        what="the check of its options",
    )


def _failure(error: BadPluginError) -> str:
    """Return how a check of options failed; what it has raised may hold a secret."""
    if error.__cause__ is None:
        return str(error)
    return f"the plugin failed to check its options ({type(error.__cause__).__name__})"


def _problem(
    model: type[PluginConfig], options: Mapping[str, object], detail: ErrorDetails
) -> OptionProblem:
    kind = detail["type"]
    where = _place(options, detail["loc"], missing=kind == "missing")
    context = detail.get("ctx", {})
    name = where[-1] if where else ""
    expected = _WANTED.get(kind.partition("_")[0])
    plain = detail["msg"][:1].lower() + detail["msg"][1:]
    if kind == "extra_forbidden":
        fields = _fields(model, where[:-1])
        hint = meant(name, fields) or f"; it takes: {', '.join(fields) or 'none'}"
        plain = f'unknown option "{name}"{hint}'
    elif kind == "missing":
        plain = f'the option "{name}" is missing'
    elif kind == "string_type" and isinstance(_value_at(options, where), SecretStr):
        plain = f'"{name}" cannot be a secret: the plugin takes plain text here'
    elif kind in {"value_error", "assertion_error"}:
        plain = str(context.get("error", plain))
    elif kind == "literal_error":
        plain = f"expected {context['expected']}".replace("'", '"')
    elif kind in _BOUNDS:
        bound, text = _BOUNDS[kind]
        plain = f"{text} {context[bound]}"
    elif kind in _TOO_SHORT and context.get("min_length") == 1:
        plain = "must not be empty"
    elif expected and kind.endswith(("_type", "_parsing", "_from_float")):
        plain = f"expected {expected}"
    return where, plain


def _place(
    options: Mapping[str, object], location: Sequence[str | int], *, missing: bool
) -> tuple[str, ...]:
    """Return where a fault is, without what pydantic adds: which member of a union has found it."""
    place: list[str] = []
    value: object = options
    for part in location:
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list | tuple) and part in range(len(value)):
            value = value[int(part)]
        else:
            continue
        place.append(str(part))
    return (*place, str(location[-1])) if missing else tuple(place)


def _fields(model: type[BaseModel], path: Sequence[str]) -> list[str]:
    """List the options that the table at the path takes."""
    inner: type[BaseModel] | None = model
    for name in path:
        field = inner.model_fields.get(name) if inner is not None else None
        kind = field.annotation if field is not None else None
        inner = kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None
    if inner is None:
        return []
    return [field.alias or name for name, field in inner.model_fields.items()]


def _value_at(options: Mapping[str, object], path: Sequence[str]) -> object:
    value: object = options
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def plain_secrets(model: type[PluginConfig] | None, options: Mapping[str, object]) -> Iterator[str]:
    """Return the options that must stay secret, and refer to no secret; `str` means either."""
    for name, field in model.model_fields.items() if model else ():
        kinds = get_args(field.annotation) or (field.annotation,)
        if SecretStr in kinds and str not in kinds and isinstance(options.get(name), (str, dict)):
            yield name
