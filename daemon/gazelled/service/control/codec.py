"""
The codec of the control protocol: frozen dataclasses to JSON data and back, by their type hints.

What is read is checked against the hints, so that neither side needs to look at types again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
_NAMES = {str: "a text", bool: "true or false", int: "a whole number", float: "a number"}


class CodecError(ValueError):
    """Data that is not what the protocol expects; the text names the key and what is wrong."""


def encode(value: object, *, brief: bool = False) -> Any:  # noqa: ANN401 - it is JSON
    """
    Return a message, or a part of one, as JSON data.

    Where it is `brief`, what is as by default is left out, so that an earlier release, which may
    not know it, understands the rest.
    """
    if is_dataclass(value):
        parts = [(field, getattr(value, field.name)) for field in fields(value)]
        return {
            field.name: encode(part, brief=brief)
            for field, part in parts
            if not (brief and field.default is not MISSING and field.default == part)
        }
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, Mapping):
        return {str(key): encode(part, brief=brief) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [encode(part, brief=brief) for part in value]
    return value


def decode(kind: Any, data: object, *, strict: bool = True) -> Any:  # noqa: ANN401 - `kind` says it
    """
    Return data as what a type hint asks for: a dataclass, or any hint that is used in one.

    Unless it is `strict`, keys that the dataclass doesn't have are ignored.

    Raises:
        CodecError: If something is missing, unknown or of another type.

    """
    return _decode(kind, data, strict, "")


def redacted(value: T, scrub: Callable[[object], object]) -> T:
    """Return a message with `scrub` applied to each value in it."""
    changed: object
    if is_dataclass(value) and not isinstance(value, type):
        parts = {part.name: redacted(getattr(value, part.name), scrub) for part in fields(value)}
        changed = replace(value, **parts)
    elif isinstance(value, tuple):
        changed = tuple(redacted(part, scrub) for part in value)
    else:
        changed = scrub(value)
    return cast("T", changed)


def _decode(kind: Any, data: object, strict: bool, at: str) -> Any:  # noqa: ANN401, FBT001 - a hint
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        return _decode_union(arguments, data, strict, at)
    if is_dataclass(kind):
        return _decode_dataclass(kind, data, strict, at)
    if origin is Literal:
        return _decode_leaf(str, data, at)  # another release may have more of them
    if origin is tuple:
        parts = enumerate(_checked(list, "a list", data, at))
        return tuple(_decode(arguments[0], part, strict, f"{at}[{key}]") for key, part in parts)
    if origin is not None:
        table = _checked(dict, "an object", data, at).items()
        return {key: _decode(arguments[1], part, strict, f"{at}.{key}") for key, part in table}
    return _decode_leaf(kind, data, at)


def _decode_leaf(kind: Any, data: object, at: str) -> object:  # noqa: ANN401 - a hint
    if kind is object:
        return data
    if kind is datetime:
        try:
            return datetime.fromisoformat(_checked(str, "a time", data, at))
        except ValueError:
            raise _error(at, f'"{data}" is not a time') from None
    if kind is float and type(data) is int:
        return float(data)
    return _checked(kind, _NAMES.get(kind, "nothing"), data, at)


def _checked(kind: type[T], wanted: str, data: object, at: str) -> T:
    if type(data) is not kind:  # true and false are no numbers here
        raise _error(at, f"expected {wanted}")
    return data


def _decode_union(kinds: tuple[Any, ...], data: object, strict: bool, at: str) -> Any:  # noqa: ANN401, FBT001 - a hint
    """Return data as the first kind that fits; of dataclasses, the first whose keys are there."""
    *firsts, last = sorted(kinds, key=lambda kind: kind is not NoneType)
    for kind in firsts:
        if is_dataclass(kind):
            if isinstance(data, dict) and _required(cast("Any", kind)) <= data.keys():
                return _decode(kind, data, strict, at)
        else:
            with suppress(CodecError):
                return _decode(kind, data, strict, at)
    return _decode(last, data, strict, at)


def _decode_dataclass(kind: Any, data: object, strict: bool, at: str) -> object:  # noqa: ANN401, FBT001 - a hint
    table = _checked(dict, "an object", data, at)
    hints = _hints(kind)
    if strict and (unknown := table.keys() - hints.keys()):
        raise _error(at, f"unknown key {', '.join(sorted(unknown))}")
    if missing := _required(kind) - table.keys():
        raise _error(at, f"missing key {', '.join(sorted(missing))}")
    # Earlier releases send null for what isn't wanted.
    known = {
        name: part
        for name, part in table.items()
        if name in hints and (part is not None or name in _required(kind))
    }
    return kind(
        **{name: _decode(hints[name], part, strict, f"{at}.{name}") for name, part in known.items()}
    )


@cache
def _hints(kind: Any) -> Mapping[str, Any]:  # noqa: ANN401 - a hint
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


@cache
def _required(kind: Any) -> frozenset[str]:  # noqa: ANN401 - a hint
    return frozenset(
        field.name
        for field in fields(kind)
        if field.default is MISSING and field.default_factory is MISSING
    )


def _error(at: str, text: str) -> CodecError:
    return CodecError(f"{at.removeprefix('.')}: {text}" if at else text)
