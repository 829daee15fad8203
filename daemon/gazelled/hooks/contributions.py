"""What plugins contribute, with the plugin of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from gazelled.hooks.loading import BadPluginError
from gazelled.hooks.plain_functions import function_failures
from gazelled.plugin import ActionSpec, DoctorCheck, PluginConfig, SiteSpec
from gazelled.plugin.kinds import AnyKind
from gazelled.plugin.sources import AnySource
from gazelled.plugin.web_routes import PluginRoute
from gazelled.rules import Extensions, MatchField, RuleFunction

if TYPE_CHECKING:
    import click

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Contributed(Generic[T]):
    """
    One thing that a plugin contributes.

    Attributes:
        plugin: The name of the plugin.
        name: The name of the thing.
        value: The thing.

    """

    plugin: str
    name: str
    value: T


By = Mapping[str, Contributed[T]]
"""What plugins contribute of one sort, by its name, in the order in which plugins are asked."""


def _none() -> Mapping[str, Contributed[T]]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Contributions:
    """
    All that the loaded plugins contribute.

    Attributes:
        options: The types of the plugins' own options, by plugin.
        targets: The types of the options of targets, by plugin.
        kinds: The kinds of watches.
        sources: The sources beside the tracker's actions.
        actions: The actions of the tracker's API.
        sites: The profiles of sites.
        match_fields: The fields of items.
        functions: The functions for `if`.
        template_filters: The filters for templates.
        commands: The commands, for `gazelled x`.
        doctor_checks: The checks of `gazelled doctor`.
        routes: The pages, by plugin and path.

    """

    options: By[type[PluginConfig]] = field(default_factory=_none)
    targets: By[type[PluginConfig]] = field(default_factory=_none)
    kinds: By[AnyKind] = field(default_factory=_none)
    sources: By[AnySource] = field(default_factory=_none)
    actions: By[ActionSpec] = field(default_factory=_none)
    sites: By[SiteSpec] = field(default_factory=_none)
    match_fields: By[MatchField] = field(default_factory=_none)
    functions: By[RuleFunction] = field(default_factory=_none)
    template_filters: By[Callable[..., object]] = field(default_factory=_none)
    commands: By[click.Command] = field(default_factory=_none)
    doctor_checks: By[DoctorCheck] = field(default_factory=_none)
    routes: By[PluginRoute] = field(default_factory=_none)

    @property
    def filters(self) -> Mapping[str, Callable[..., object]]:
        """The filters for templates by name, without their plugins."""
        return {name: contributed.value for name, contributed in self.template_filters.items()}

    @cached_property
    def extensions(self) -> Extensions:
        """What is added to rules."""
        return Extensions(
            {name: contributed.value for name, contributed in self.match_fields.items()},
            {name: contributed.value for name, contributed in self.functions.items()},
        )

    def function_failures(self, plugin: str) -> tuple[int, str]:
        """Return how many calls of a plugin's plain functions failed, and how one did."""
        computed = [field.compute for field in self.extensions.fields.values()]
        called = [function.function for function in self.extensions.functions.values()]
        return function_failures([*computed, *called], plugin)

    def joined(self, plugin: Contributions) -> Contributions:
        """
        Return these and those of a further plugin.

        Raises:
            BadPluginError: If both contribute something of one name.

        """
        merged: dict[str, Any] = {}
        for sort in (one.name for one in fields(self)):
            mine: Mapping[str, Contributed[object]] = getattr(self, sort)
            further: Mapping[str, Contributed[object]] = getattr(plugin, sort)
            for name in sorted(mine.keys() & further.keys()):
                raise BadPluginError(
                    f'gazelled_{sort}: the plugin "{mine[name].plugin}" contributes "{name}" '
                    "already; rename it, or take one of both plugins out of the config"
                )
            if further:
                merged[sort] = MappingProxyType({**mine, **further})
        return replace(self, **merged)
