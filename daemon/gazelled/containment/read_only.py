"""What plugins are handed: values that can't be changed, all the way down."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import fields, is_dataclass, replace
from typing import Any, NoReturn, TypeVar, cast

T = TypeVar("T")


class ReadOnlyDict(dict[str, Any]):
    """A dictionary that can't be changed; a copy of it can."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("what gazelled hands to plugins can't be changed; change a copy")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def copy(self) -> dict[str, Any]:
        return dict(self)

    def __copy__(self) -> dict[str, Any]:
        return dict(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return {key: deepcopy(value, memo) for key, value in self.items()}

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[dict[str, Any]]]:
        return dict, (dict(self),)


def read_only(value: T) -> T:
    """Return a value whose mappings and lists can't be changed; what is neither stays as it is."""
    return cast("T", _read_only(value))


def _read_only(value: Any) -> Any:  # noqa: ANN401 - of any type
    if isinstance(value, str | bytes | int | float | None | ReadOnlyDict):
        return value
    if isinstance(value, Mapping):
        return ReadOnlyDict({key: _read_only(inner) for key, inner in value.items()})
    if type(value) in {list, tuple}:
        return tuple(_read_only(inner) for inner in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {}
        for field in fields(value):
            before = getattr(value, field.name)
            after = _read_only(before)
            if after is not before and field.init:
                changed[field.name] = after
        return replace(value, **changed) if changed else value
    return value
