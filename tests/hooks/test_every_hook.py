"""Every hook has a typed caller, a helper in the kit, and a bundled plugin that uses it."""

from __future__ import annotations

import inspect
from importlib.metadata import entry_points
from typing import get_type_hints

import pytest
from tests.hooks.test_docs import HOOKS, SPECS

from gazelled.hooks import Contributions
from gazelled.hooks.calls.awaited_calls import AwaitedCalls
from gazelled.hooks.calls.lifetime_calls import LifetimeCalls
from gazelled.hooks.calls.observing_calls import ObservingCalls
from gazelled.hooks.calls.target_calls import TargetCalls
from gazelled.hooks.loading import BUILTIN, GROUP
from gazelled.hooks.loading.plugin_parts import hook_name, implementations, parts_of
from gazelled.testing.plugin_kit import AsyncLoadedPlugin, LoadedPlugin, PluginTarget

LIFETIME = {"gazelled_setup": "all_set_up", "gazelled_teardown": "all_set_up"}
"""Hooks that are called for all plugins at once."""

DEPRECATED = {"gazelled_answer": "answered"}
"""Hooks that are called beside those that replace them."""

IN_THE_KIT = {
    "gazelled_setup": "__enter__",
    "gazelled_teardown": "__exit__",
    "gazelled_targets": "target",
    "gazelled_check_target": "check",
    "gazelled_kinds": "watch",
    "gazelled_sources": "poll",
    "gazelled_functions": "function",
    "gazelled_doctor_checks": "doctor_check",
    "gazelled_routes": "route",
    **DEPRECATED,
}
"""Helpers of the kit that don't have the name of their hook."""

CONTRIBUTIONS = {name for name, spec in SPECS.items() if not inspect.iscoroutinefunction(spec)}


def plain(name: str) -> str:
    """Return the name of a hook without its beginning."""
    return name.removeprefix("gazelled_")


@pytest.mark.parametrize("name", [name for name in HOOKS if name not in CONTRIBUTIONS])
def test_each_hook_has_a_typed_caller(name: str) -> None:
    """One class has a method for it, with the types of the spec where both have a parameter."""
    callers = (ObservingCalls, AwaitedCalls, LifetimeCalls, TargetCalls)
    called_as = {**LIFETIME, **DEPRECATED}.get(name, plain(name))
    (method,) = (vars(one)[called_as] for one in callers if called_as in vars(one))
    called = inspect.signature(method).parameters
    shared = [one for one in inspect.signature(SPECS[name]).parameters if one in called]
    assert shared or name in LIFETIME
    assert all(parameter.annotation for parameter in called.values() if parameter.name != "self")
    spec = inspect.signature(SPECS[name]).parameters
    assert [called[one].annotation for one in shared] == [spec[one].annotation for one in shared]


@pytest.mark.parametrize("name", sorted(CONTRIBUTIONS))
def test_each_contribution_is_collected(name: str) -> None:
    """What is registered is an attribute of the contributions, with its plugin."""
    assert plain(name) in inspect.signature(Contributions).parameters
    (register,) = inspect.signature(SPECS[name]).parameters.values()
    assert str(register.annotation).startswith("Register")


@pytest.mark.parametrize("kind", [LoadedPlugin, AsyncLoadedPlugin])
@pytest.mark.parametrize("name", HOOKS)
def test_each_hook_has_a_helper(name: str, kind: type) -> None:
    """A plugin or a target of the kit has a method or a property for it."""
    helper = IN_THE_KIT.get(name, plain(name))
    if kind is AsyncLoadedPlugin and helper.startswith("__"):
        helper = f"__a{helper.removeprefix('__')}"
    assert hasattr(kind, helper) or hasattr(PluginTarget, helper)


def test_each_hook_is_used_by_a_bundled_plugin() -> None:
    """Gazelled itself uses what it offers, the deprecated aside."""
    used = {
        hook_name(name, function)
        for group in (GROUP, BUILTIN)
        for entry in entry_points(group=group)
        for part in parts_of(entry.load())
        for name, function in implementations(part)
    }
    assert set(HOOKS) - used - DEPRECATED.keys() == set()


def test_hints_of_specs_can_be_read() -> None:
    """Each spec names types that the public API has."""
    from gazelled import plugin  # noqa: PLC0415 - a name that others here have

    for name in CONTRIBUTIONS:
        names = vars(plugin) | {"return": None}
        assert get_type_hints(SPECS[name], names)
