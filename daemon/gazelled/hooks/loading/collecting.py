"""Collects what a plugin contributes: each hook gets its `register`, which checks what it takes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pluggy

from gazelled.fields import AGE, TIME, FieldType
from gazelled.hooks.contributions import Contributed, Contributions
from gazelled.hooks.loading import BadPluginError
from gazelled.hooks.loading.kind_answers import contain_answers
from gazelled.hooks.loading.kind_checks import check_kind
from gazelled.hooks.loading.source_checks import check_source
from gazelled.hooks.plain_functions import ContainedFunction
from gazelled.model import Value
from gazelled.plugin import ActionSpec, ComputeField, DoctorCheck, PluginConfig, SiteSpec
from gazelled.plugin.kinds import Kind
from gazelled.plugin.sources import Source
from gazelled.plugin.web_routes import PluginRoute, RouteFunction
from gazelled.rules import FUNCTION_NAMES, MatchField, RuleFunction, is_taken
from gazelled.tracker.catalogue.actions import ACTIONS

if TYPE_CHECKING:  # only plugins with commands load it
    import click


class _Collector:
    """Takes what one plugin registers, checks it, and keeps it by its sort and name."""

    def __init__(self, plugin: str, scrub: Callable[[str], str]) -> None:
        self._plugin = plugin
        self._scrub = scrub
        self._sorts: dict[str, dict[str, Contributed[Any]]] = {}

    def contributions(self) -> Contributions:
        """Return all that was registered."""
        sorts: dict[str, Any] = {sort: MappingProxyType(all_) for sort, all_ in self._sorts.items()}
        return Contributions(**sorts)

    def _add(self, sort: str, name: object, value: object) -> None:
        if not (isinstance(name, str) and name):
            raise BadPluginError(f"gazelled_{sort} must register something with a name")
        by_name = self._sorts.setdefault(sort, {})
        if name in by_name:
            raise ValueError(f'gazelled_{sort} registers "{name}" twice')
        by_name[name] = Contributed(self._plugin, name, value)

    def options(self, options: object, /) -> None:
        """Take the type of the plugin's own options, once."""
        self._add_model("options", options)

    def targets(self, options: object) -> None:
        """Take the type of the options of targets, once."""
        self._add_model("targets", options)

    def _add_model(self, sort: str, options: object) -> None:
        if not (inspect.isclass(options) and issubclass(options, PluginConfig)):
            raise BadPluginError(f"gazelled_{sort} must register a subclass of PluginConfig")
        if sort in self._sorts:
            whose = "of targets" if sort == "targets" else "of a plugin"
            raise ValueError(f"the options {whose} can be registered only once")
        self._add(sort, self._plugin, options)

    def named(self, sort: str, type_: type) -> Callable[[object], None]:
        """Return what takes things that have a name themselves."""

        def register(thing: object, /) -> None:
            if not isinstance(thing, type_):
                raise BadPluginError(f"gazelled_{sort} must register a {type_.__name__}")
            if isinstance(thing, Kind):
                check_kind(thing)
                contain_answers(thing, self._plugin)
            if isinstance(thing, Source):
                check_source(thing)
            self._add(sort, getattr(thing, "name", None), thing)

        return register

    def match_fields(
        self,
        name: str,
        type_: FieldType,
        /,
        *,
        about: str = "",
        compute: ComputeField | None = None,
    ) -> None:
        """Take a field of items."""
        _check_word("match_fields", name)
        _check_types("match_fields", [type_], {TIME, AGE})
        if action := _action_with(name):
            raise BadPluginError(
                f'gazelled_match_fields: "{name}" is a field of {action}; take another name'
            )
        if compute is not None:
            _check_function("match_fields", name, compute)
            compute = ContainedFunction(self._plugin, name, compute, type_, self._scrub)
        self._add("match_fields", name, MatchField(name, type_, about, compute))

    def functions(
        self,
        name: str,
        function: Callable[..., Value],
        /,
        *,
        takes: Sequence[FieldType],
        returns: FieldType,
        example: str = "",
    ) -> None:
        """Take a function for `if`."""
        _check_word("functions", name)
        _check_types("functions", [*takes, returns], {TIME})
        _check_function("functions", name, function)
        if name in FUNCTION_NAMES:
            raise BadPluginError(f'gazelled_functions: "{name}" is a function of gazelled itself')
        contained = ContainedFunction(self._plugin, name, function, returns, self._scrub)
        taken = ", ".join(type_.noun for type_ in takes)
        rule_function = RuleFunction(
            name, contained, tuple(takes), returns, example or f"{name}({taken})"
        )
        self._add("functions", name, rule_function)

    def template_filters(self, name: str, function: Callable[..., object], /) -> None:
        """Take a filter for templates."""
        _check_word("template_filters", name)
        _check_function("template_filters", name, function)
        if not isinstance(function, Hashable):
            raise BadPluginError(f'gazelled_template_filters: "{name}" has no hash; use a function')
        self._add("template_filters", name, function)

    def commands(self, command: click.Command, /) -> None:
        """Take a command."""
        from click import Command  # noqa: PLC0415 - a plugin with commands has loaded it

        if not isinstance(command, Command):
            raise BadPluginError("gazelled_commands must register a command of click")
        self._add("commands", command.name, command)

    def doctor_checks(self, name: str, check: DoctorCheck, /) -> None:
        """Take a check of the doctor."""
        if not inspect.iscoroutinefunction(check):
            raise BadPluginError(f'the check "{name}" must be "async def"')
        self._add("doctor_checks", name, check)

    def routes(
        self, path: str, function: RouteFunction, /, *, title: str = "", public: bool = False
    ) -> None:
        """Take a page."""
        if not _ROUTE.fullmatch(path) or {".", ".."} & {*path.split("/")}:
            raise ValueError(f"gazelled_routes: {path!r} is no path below /plugins/{self._plugin}/")
        if not inspect.iscoroutinefunction(function):
            raise BadPluginError(f'gazelled_routes: the function of "{path}" must be "async def"')
        route = PluginRoute(path, function, str(title), bool(public))
        self._add("routes", f"{self._plugin}/{path}", route)


_ROUTE = re.compile(r"(?:[\w.~-]+(?:/[\w.~-]+)*/?)?", re.ASCII)
_NAMED = {
    "kinds": Kind,
    "sources": Source,
    "actions": ActionSpec,
    "sites": SiteSpec,
}
_OWN_WAYS = (
    "options",
    "targets",
    "match_fields",
    "functions",
    "template_filters",
    "commands",
    "doctor_checks",
    "routes",
)


def collect(
    plugin: str,
    implementations: Callable[[str], Iterable[pluggy.HookImpl]],
    scrub: Callable[[str], str] = str,
) -> Contributions:
    """
    Return what a plugin contributes.

    Args:
        plugin: Its name.
        implementations: Returns its implementations of a hook.
        scrub: Takes secrets out of what its functions return and raise.

    Raises:
        BadPluginError: If it registers what can't be used.
        Exception: Whatever else the plugin raises.

    """
    collector = _Collector(plugin, scrub)
    registers: dict[str, Callable[..., None]] = {
        **{sort: collector.named(sort, type_) for sort, type_ in _NAMED.items()},
        **{sort: getattr(collector, sort) for sort in _OWN_WAYS},
    }
    for sort, register in registers.items():
        for hook in implementations(f"gazelled_{sort}"):
            if hook.function(*([register] if hook.argnames else [])) is not None:
                raise BadPluginError(
                    f"gazelled_{sort} must call register; what it returns is not used"
                )
    return collector.contributions()


def _check_word(sort: str, name: object) -> None:
    written = isinstance(name, str) and name.isascii() and name.isidentifier()
    if not written or is_taken(str(name)):
        raise ValueError(
            f"gazelled_{sort}: {name!r} is no name; it takes letters, digits and _, and no digit "
            "at its beginning"
        )


def _check_types(sort: str, types: Sequence[object], useless: Collection[FieldType]) -> None:
    if not all(isinstance(type_, FieldType) for type_ in types):
        raise BadPluginError(f"gazelled_{sort} takes types of fields, such as TEXT")
    for type_ in types:
        if isinstance(type_, FieldType) and type_ in useless:
            raise BadPluginError(f"gazelled_{sort} takes no {type_.name}; use TEXT or NUMBER")


def _action_with(field_name: str) -> str:
    """Return an action of the tracker whose answer has a field; empty if none has."""
    if field_name in {"title", "size", "tags", "age"}:
        return "every answer"
    names = (
        action.name
        for action in ACTIONS.values()
        for listing in action.listings
        if field_name in listing.fields or field_name in listing.more
    )
    return next(names, "")


def _check_function(sort: str, name: str, function: object) -> None:
    if not callable(function) or inspect.iscoroutinefunction(function):
        raise BadPluginError(f'gazelled_{sort}: "{name}" needs a plain function, not async')
