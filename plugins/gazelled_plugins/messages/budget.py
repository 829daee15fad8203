"""Bounds for whole templates: how often their loops and calls run, how long their texts are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

from jinja2 import nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer

STEPS = "_steps"
"""The name under which a template finds how often its loops and calls have run."""

MOST_STEPS = 100_000
"""The most times that all loops and calls of a template run together."""

LONGEST = 1_000_000
"""The most characters of a text that a template joins, and of all that it writes."""


@pass_context
def counted(context: Context, values: Iterable[object]) -> Iterator[object]:
    """Yield the values of a loop, as long as the template's loops are within their bound."""
    for value in values:
        count_step(context)
        yield value


def count_step(context: Context) -> None:
    """Raise SecurityError if a template's loops and calls are no longer within their bound."""
    steps = cast("list[int]", context.resolve(STEPS))
    steps[0] += 1
    if steps[0] > MOST_STEPS:
        raise SecurityError(f"the loops of a template run {MOST_STEPS:,} times at most")


def joined(values: Iterable[object], separator: str = "") -> str:
    """Return values as one text, unless that is huge."""
    texts = [str(value) for value in values]
    _check_total(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


def replaced(text: str, old: str, new: str, count: int = -1) -> str:
    """Return a text with another one in the place of a part, unless that is huge."""
    times = text.count(old) if count < 0 else min(text.count(old), count)
    _check_total(len(text) + times * (len(new) - len(old)))
    return text.replace(old, new, count)


def check_length(*parts: object) -> None:
    """Raise SecurityError if texts or lists are huge together."""
    _check_total(sum(len(part) for part in parts if isinstance(part, str | list | tuple)))


def _check_total(total: int) -> None:
    if total > LONGEST:
        raise SecurityError(f"a template makes {LONGEST:,} characters or elements at most")


class _Bounds(NodeTransformer):
    """Puts the functions above around the loops and the sums of texts of a template."""

    def visit_For(self, node: nodes.For, *args: Any, **kwargs: Any) -> nodes.For:  # noqa: ANN401, N802 - Jinja's
        self.generic_visit(node, *args, **kwargs)
        node.iter = nodes.Filter(
            node.iter, counted.__name__, [], [], None, None, lineno=node.lineno
        )
        return node

    def visit_Concat(self, node: nodes.Concat, *args: Any, **kwargs: Any) -> nodes.Filter:  # noqa: ANN401, N802 - likewise
        self.generic_visit(node, *args, **kwargs)
        texts = nodes.List(node.nodes, lineno=node.lineno)
        return nodes.Filter(texts, joined.__name__, [], [], None, None, lineno=node.lineno)


def bounded(tree: nodes.Template) -> nodes.Template:
    """Return a template with bounds; it needs the filters `counted` and `joined`."""
    _Bounds().visit(tree)
    return tree
