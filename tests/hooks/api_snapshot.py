"""The public names of `gazelled.plugin` with their signatures, line by line."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from pydantic import BaseModel

SNAPSHOT = Path(__file__).with_name("api_snapshot.txt")
MODULES = ("gazelled.plugin", "gazelled.plugin.kinds", "gazelled.plugin.sources")
"""The public modules: their names are those in `__all__`."""


def lines() -> Iterator[str]:
    """Return a line for each public name, and for each attribute and method of public classes."""
    for module in MODULES:
        for name in import_module(module).__all__:
            value = getattr(import_module(module), name)
            if name != "SecretStr":  # pydantic's
                yield from described(f"{module}.{name}", value)


def described(name: str, value: object) -> Iterator[str]:
    """Return the lines of one name."""
    if inspect.isclass(value):
        bases = ", ".join(base.__name__ for base in value.__bases__ if base is not object)
        yield f"{name}({bases})"
        for attribute, line in sorted(members(value)):
            yield f"{name}.{attribute}{line}"
    elif inspect.isroutine(value):
        yield f"{name}{signature(value)}"
    else:
        yield f"{name} = {value}" if isinstance(value, str) else name


def members(kind: type) -> Iterator[tuple[str, str]]:
    """Return the public attributes and methods that a class of gazelled itself declares."""
    if dataclasses.is_dataclass(kind):
        for field in dataclasses.fields(kind):
            needed = (
                field.default is dataclasses.MISSING
                and field.default_factory is dataclasses.MISSING
            )
            yield field.name, f": {field.type}{'' if needed else ' = …'}"
    for name, value in vars(kind).items():
        function = value.__func__ if isinstance(value, classmethod | staticmethod) else value
        if name.startswith("_") and name != "__call__":
            continue
        if inspect.isfunction(function):
            yield name, signature(function)
        elif isinstance(value, property):
            yield name, ": property"
    if issubclass(kind, BaseModel):
        for name, annotation in vars(kind).get("__annotations__", {}).items():
            if not name.startswith("_"):
                yield name, f": {annotation}"


def signature(function: object) -> str:
    """Return the signature of a function; defaults that are no literals are cut out."""
    text = str(inspect.signature(function))  # type: ignore[arg-type] # it is callable
    return re.sub(r"<[^>]*>", "…", text).replace("'", "")


if __name__ == "__main__":  # pragma: no cover
    SNAPSHOT.write_text("\n".join(lines()) + "\n", "utf-8")
