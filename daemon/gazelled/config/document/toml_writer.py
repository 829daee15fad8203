"""Writes a table as TOML the way people do: a line for each key, and no table below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import tomli_w

_WIDE = 100
_DOTTED = "match"


def written(name: str, table: Mapping[str, object], kind: str = "watch") -> str:
    """Write `[watch.NAME]`, or the table of another kind."""
    lines = [line for key, value in table.items() for line in _lines(toml_key(key), value)]
    return "\n".join([f"[{kind}.{toml_key(name)}]", *lines, ""])


def _lines(key: str, value: object) -> Iterator[str]:
    line = f"{key} = {toml_value(value)}"
    fits = len(line) <= _WIDE and key.partition(".")[0] != _DOTTED
    if isinstance(value, Mapping) and value and not fits:
        for name, inner in value.items():
            yield from _lines(f"{key}.{toml_key(name)}", inner)
    elif isinstance(value, list) and len(line) > _WIDE:
        yield from (f"{key} = [", *(f"    {toml_value(member)}," for member in value), "]")
    else:
        yield line


def toml_value(value: object) -> str:
    """Write a value on one line."""
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{toml_key(key)} = {toml_value(inner)}" for key, inner in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, str) and _stays(value):
        return f"'{value}'"
    return tomli_w.dumps({"x": value}).removeprefix("x = ").removesuffix("\n")


def _stays(text: str) -> bool:
    """Return whether single quotes leave a text as it was typed, and double quotes don't."""
    return bool({'"', "\\"} & set(text)) and "'" not in text and text.isprintable()


def toml_key(name: str) -> str:
    """Write a key, in quotes where it needs them."""
    return tomli_w.dumps({name: 0}).removesuffix(" = 0\n")
