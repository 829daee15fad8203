"""Completion of actions, their parameters and values, in bash, zsh and fish."""

from __future__ import annotations

from collections.abc import Mapping

import click
from click.shell_completion import CompletionItem

from gazelled.tracker.actions import ACTIONS
from gazelled.tracker.catalogue import SNAPSHOT, Action, Parameter


def actions(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of an action."""
    del ctx, param
    return [
        CompletionItem(name, help=action.about)
        for name, action in ACTIONS.items()
        if name.startswith(incomplete)
    ]


def params(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete `key=` and, after that, the values that are allowed or known."""
    del param
    action = ACTIONS.get(str(ctx.params.get("action", "")))
    if action is None:
        return []
    name, equals, begun = incomplete.partition("=")
    if not equals:
        return _names(action, incomplete, _given(ctx))
    parameter = action.params.get(name)
    return [] if parameter is None else _values(name, parameter, begun)


def _names(action: Action, begun: str, given: Mapping[str, int]) -> list[CompletionItem]:
    return [
        CompletionItem(f"{name}=", help=parameter.about)
        for name, parameter in action.params.items()
        if name.startswith(begun) and (name not in given or parameter.style != "plain")
    ]


def _values(name: str, parameter: Parameter, begun: str) -> list[CompletionItem]:
    words = SNAPSHOT.words(parameter.word) if parameter.word else tuple(parameter.values)
    return [
        CompletionItem(f"{name}={value}")
        for value in words
        if value.casefold().startswith(begun.casefold())
    ]


def _given(ctx: click.Context) -> dict[str, int]:
    """Count the parameters that stand there already."""
    texts = ctx.params.get("params") or ()
    return {str(text).partition("=")[0]: number for number, text in enumerate(texts)}
