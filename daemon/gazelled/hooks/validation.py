"""Shape: what a plugin offers, and whether it fits the hooks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import pluggy

from gazelled.hooks import spec
from gazelled.hooks.loading import BadPluginError
from gazelled.plugin import Target
from gazelled.text import meant


def parts(plugin: object) -> list[object]:
    """
    List the objects of a plugin that implement hooks: itself and the target in it.

    Raises:
        BadPluginError: If it has several targets, or nothing at all.

    """
    offered = [plugin] if _implementations(plugin) else []
    if isinstance(plugin, ModuleType):
        values = vars(plugin).values()
        targets = [*{id(value): value for value in values if isinstance(value, Target)}.values()]
        if len(targets) > 1:
            names = ", ".join(sorted(target.name for target in targets))
            raise BadPluginError(f"it has several targets ({names}); put each into its own file")
        offered += targets
    if not offered:
        raise BadPluginError("it has neither a function with @target nor one with @hookimpl")
    return offered


def check(manager: pluggy.PluginManager, part: object) -> None:
    """
    Check the hook implementations of an object against the specs.

    Raises:
        BadPluginError: For an unknown hook, a wrong signature, a wrapper, and a function that is
            async where it must not be, or is not where it must.

    """
    known = vars(manager.hook)
    for name, function in _implementations(part):
        where = _where(function)
        options = getattr(function, "gazelled_impl")  # noqa: B009 - set by pluggy's marker
        hook = options.get("specname") or name
        if hook not in known or not known[hook].has_spec():
            raise BadPluginError(f'{where}there is no hook "{hook}"{meant(hook, known)}')
        if options.get("wrapper") or options.get("hookwrapper"):
            raise BadPluginError(f"{where}{name} is a wrapper, and hooks can't be wrapped here")
        wanted = getattr(spec, hook)
        if inspect.iscoroutinefunction(wanted) and not inspect.iscoroutinefunction(function):
            raise BadPluginError(
                f"{where}{name} must be 'async def': it would block the daemon; "
                "for calls that block use asyncio.to_thread"
            )
        if inspect.iscoroutinefunction(function) and not inspect.iscoroutinefunction(wanted):
            raise BadPluginError(f"{where}{name} must be a plain 'def', not async")
        _check_signature(where, name, function, tuple(inspect.signature(wanted).parameters))


def _check_signature(
    where: str, name: str, function: Callable[..., object], known: Sequence[str]
) -> None:
    for parameter in inspect.signature(function).parameters.values():
        free = parameter.default is not inspect.Parameter.empty
        variable = parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
        keyword = parameter.kind is parameter.KEYWORD_ONLY
        if not free and (variable or keyword or parameter.name not in known):
            raise BadPluginError(
                f'{where}{name} takes "{parameter}", which the hook does not give; '
                f"it gives {', '.join(known)}"
            )


def _implementations(part: object) -> list[tuple[str, Callable[..., object]]]:
    """List the functions that carry pluggy's marker, without touching properties."""
    functions = []
    for name in dir(part):
        static = inspect.getattr_static(part, name, None)
        inner = getattr(static, "__func__", static)
        if isinstance(getattr(inner, "gazelled_impl", None), dict):
            functions.append((name, getattr(part, name)))
    return functions


def _where(function: Callable[..., object]) -> str:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return f"{Path(code.co_filename).name}:{code.co_firstlineno}: " if code else ""
