"""The parts of a plugin: the objects that implement its hooks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from types import ModuleType

from gazelled.hooks.loading.plugin_entry import BadPluginError
from gazelled.plugin.target_function import Target

MARK = "gazelled_impl"
"""The attribute that `hookimpl` sets at a function."""


def parts_of(plugin: object) -> list[object]:
    """
    Return the objects of a plugin that implement hooks; a class is instantiated once.

    Of a module these are the module itself, the objects in it, and the classes that it defines,
    unless it holds an instance of one; abstract ones and the bases of others are no parts.

    Args:
        plugin: A module, a class or an object.

    Raises:
        BadPluginError: If there is none, or too much.
        BaseException: Whatever a class raises when it is instantiated.

    """
    if isinstance(plugin, ModuleType):
        parts = _in_module(plugin)
    elif inspect.isclass(plugin):
        parts = [plugin()] if _has_hooks(plugin) else []
    else:
        parts = [plugin] if implementations(plugin) else []
    if not parts:
        raise BadPluginError("it has neither a function with @target nor one with @hookimpl")
    return parts


def implementations(part: object) -> list[tuple[str, Callable[..., object]]]:
    """Return the functions of an object that carry pluggy's mark, without touching properties."""
    functions = []
    for name in dir(part):
        static = inspect.getattr_static(part, name, None)
        if _is_marked(static):
            functions.append((name, getattr(part, name)))
    return functions


def hook_name(name: str, function: Callable[..., object]) -> str:
    """Return the name of the hook that a marked function of a name implements."""
    return str(getattr(function, MARK).get("specname") or name)


def _in_module(module: ModuleType) -> list[object]:
    parts: list[object] = [module] if implementations(module) else []
    values = {id(value): value for value in vars(module).values()}
    parts += [value for value in values.values() if _has_hooks(type(value))]
    targets = [part.name for part in parts if isinstance(part, Target)]
    if len(targets) > 1:
        names = ", ".join(sorted(targets))
        raise BadPluginError(f"it has several targets ({names}); put each into its own file")
    own, kinds = list(_own_classes(module)), [type(part) for part in parts]
    covered = {*kinds, *(base for cls in (*own, *kinds) for base in cls.__mro__[1:])}
    parts += [cls() for cls in own if cls not in covered and not inspect.isabstract(cls)]
    return parts


def _own_classes(module: ModuleType) -> Iterator[type]:
    """Yield the classes with hooks that a module or its folder defines, each once."""
    name = module.__name__
    for cls in dict.fromkeys(filter(inspect.isclass, vars(module).values())):
        if f"{cls.__module__}.".startswith(f"{name}.") and _has_hooks(cls):
            yield cls


def _has_hooks(cls: type) -> bool:
    return any(_is_marked(value) for base in cls.__mro__[:-1] for value in vars(base).values())


def _is_marked(static: object) -> bool:
    """Return whether an attribute, as it was defined, is a marked function."""
    inner = getattr(static, "__func__", static) if _is_method(static) else static
    return inspect.isfunction(inner) and isinstance(getattr(inner, MARK, None), dict)


def _is_method(static: object) -> bool:
    return isinstance(static, staticmethod | classmethod) or inspect.ismethod(static)
