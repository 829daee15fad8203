"""Filters that other plugins contribute: contained, and bounded as all that a template makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from jinja2 import pass_context
from jinja2.exceptions import SecurityError, TemplateRuntimeError
from jinja2.runtime import Context

from gazelled.plugin import Link
from gazelled_plugins.messages.budget import check_length, count_step
from gazelled_plugins.messages.filters import linked
from gazelled_plugins.messages.texts import harmless

Filters = Mapping[str, Callable[..., object]]
"""Filters by the names that templates have for them."""

MOST = 1_000
"""The most parts of a list that a filter returns."""

_LONGEST_REASON = 200


def contained(name: str, function: Callable[..., object]) -> Callable[..., object]:
    """
    Return a filter of a plugin as templates may use it.

    Whatever it raises fails the template, so that the default message is sent. A `Link`, or a list
    with one in it, is written as the format writes links; all else is text of others.

    Args:
        name: Its name.
        function: What the plugin has registered.

    """

    @pass_context
    def run(context: Context, value: object, *arguments: object, **named: object) -> object:
        count_step(context)
        try:
            made = _plain(function(value, *arguments, **named))
        except SecurityError:
            raise
        except (Exception, SystemExit) as error:
            raise TemplateRuntimeError(f'the filter "{name}" failed: {_reason(error)}') from error
        if isinstance(made, Link):
            return linked(context, made)
        if isinstance(made, tuple) and any(isinstance(part, Link) for part in made):
            return ", ".join(linked(context, part) for part in made)
        return made

    return cast("Callable[..., object]", run)


def _plain(made: object) -> object:
    """Return a result as values that a template can do nothing with but write and compare them."""
    if isinstance(made, bool | int | float | None):
        return made
    if isinstance(made, Link):
        check_length(made.text, made.url)
        return Link(harmless(str(made.text)), str(made.url))
    if isinstance(made, list | tuple):
        if len(made) > MOST:
            raise SecurityError(f"a filter returns {MOST:,} parts at most")
        parts = tuple(map(_plain, made))
        check_length(*parts)
        return parts
    text = str(made)
    check_length(text)
    return harmless(text)


def _reason(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())[:_LONGEST_REASON]
    except Exception:  # noqa: BLE001 - an error of a plugin may be as broken as the plugin
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
