"""Templates of messages: checked when the config is read, rendered in Jinja2's sandbox."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment

from gazelled.plugin import Event, Item
from gazelled_plugins import words

_NAMES = {"event": Event, "item": Item, "items": tuple, "site_name": str}

_ENVIRONMENT = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined,
    autoescape=False,  # messages are plain text
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {
    "size": words.size,
    "facts": words.facts,
    "origin": words.origin,
    "why": words.why,
}


def check(source: str) -> None:
    """
    Check a template as far as one can without an event.

    Args:
        source: The template.

    Raises:
        ValueError: With the line and what is wrong: the grammar, a name or a filter.

    """
    try:
        tree = _ENVIRONMENT.parse(source)
        _ENVIRONMENT.from_string(source)
    except TemplateSyntaxError as error:
        raise ValueError(f"line {error.lineno} of the template: {error.message}") from None
    unknown = find_undeclared_variables(tree) - set(_NAMES) - set(_ENVIRONMENT.globals)
    for node in tree.find_all(nodes.Name):
        if node.name in unknown:
            raise ValueError(_unknown(node.lineno, node.name, node.name, _NAMES))
    for part in tree.find_all(nodes.Getattr):
        owner = part.node.name if isinstance(part.node, nodes.Name) else ""
        kind = {"event": Event, "item": Item}.get(owner)
        known = _attributes(kind) if kind else [part.attr]
        if part.attr not in known:
            raise ValueError(_unknown(part.lineno, f"{owner}.{part.attr}", part.attr, known))


def render(source: str, names: Mapping[str, object]) -> str:
    """Render a template that was checked."""
    return _ENVIRONMENT.from_string(source).render(names)


def _attributes(kind: type[Event | Item]) -> list[str]:
    return [
        name
        for name in (*(f.name for f in dataclasses.fields(kind)), "item")
        if hasattr(kind, name)
    ]


def _unknown(line: int, shown: str, name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"it knows {', '.join(known)}"
    return f"line {line} of the template: there is no {shown!r}; {hint}"
