"""Tables about plugins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gazelled.cli import output
from gazelled.text import shortened

if TYPE_CHECKING:
    from gazelled.cli.authoring.plugin_details import OptionDetails, PluginDetails
    from gazelled.service.control.plugin_overview import PluginInfo, PluginOverview

_LONGEST = 100
_OF_TARGETS = {"deliver", "preview", "history", "prepare", "check_target", "targets"}
_CONTRIBUTIONS = {
    *("options", "targets", "kinds", "sources", "actions", "sites", "match_fields", "functions"),
    *("template_filters", "commands", "doctor_checks", "routes"),
}
"""The hooks whose order means nothing: each target has its plugin, and names are unique."""


def print_overview(reply: PluginOverview) -> None:
    """Print all plugins, and in which order those with the same hook are called."""
    output.table(
        reply.plugins,
        {
            "PLUGIN": lambda row: row.name,
            "STATE": lambda row: row.state,
            "FROM": _origin,
            "TARGETS": lambda row: ", ".join(row.targets),
            "HOOKS": lambda row: shortened(", ".join(map(_short, row.hooks)), _LONGEST // 2),
            "CALLS": lambda row: str(row.health.calls or "") if row.health else "",
            "FAILED": lambda row: str(row.health.failures or "") if row.health else "",
            "REQUESTS": _requests,
            "TROUBLE": lambda row: shortened(_trouble(row), _LONGEST),
        },
    )
    _print_order(reply.calling)
    if not reply.running:
        output.message("gazelled is not running; its config is shown.")
    for row in reply.plugins:
        if row.state in {"left out", "resting"}:
            output.message(f"{row.name} is {row.state}: {row.reason}")
        for sentence in row.deprecations:
            output.message(f"{row.name}: {sentence}")


def _print_order(calling: Mapping[str, tuple[str, ...]]) -> None:
    rows = [
        (hook, plugins)
        for hook, plugins in calling.items()
        if len(plugins) > 1 and _short(hook) not in _OF_TARGETS | _CONTRIBUTIONS
    ]
    if rows:
        output.line()
        output.table(
            rows, {"HOOK": lambda row: _short(row[0]), "CALLED": lambda row: ", ".join(row[1])}
        )


def _short(hook: str) -> str:
    return hook.removeprefix("gazelled_")


def _origin(row: PluginInfo) -> str:
    if row.form == "installed":
        return f"{row.distribution} {row.version}"
    return f"{row.form} {row.version}" if row.form == "bundled" else row.place or row.form


def _requests(row: PluginInfo) -> str:
    usage = row.resources.requests if row.resources else None
    if usage is None or not (usage.calls or usage.waiting or usage.share):
        return ""
    of = "" if usage.per_hour is None else f", {usage.per_hour:.3g} an hour"
    waiting = f", {usage.waiting} wait" if usage.waiting else ""
    return f"{usage.calls}{of}{waiting}"


def _trouble(row: PluginInfo) -> str:
    return row.reason or (row.health.trouble if row.health else "")


def print_details(plugin: PluginDetails) -> None:
    """Print one plugin."""
    origin = plugin.origin
    package = f", {origin.distribution} {origin.version}" if origin.distribution else ""
    output.line(f"{plugin.name}  {plugin.state}  {origin.form}{package}  {origin.place}")
    if plugin.reason:
        output.line(plugin.reason)
    if plugin.about:
        output.line()
        output.line(plugin.about)
    _print_options(f"[plugin.{plugin.name}]", plugin.options)
    _print_options("[target.NAME]", plugin.target_options)
    if plugin.contributes:
        output.line()
        output.table(
            plugin.contributes,
            {
                "CONTRIBUTES": lambda row: row.sort,
                "NAME": lambda row: row.name,
                "MEANING": lambda row: row.about,
            },
        )
    output.line()
    output.line(f"Hooks: {', '.join(map(_short, plugin.hooks)) or 'none'}")
    for sentence in plugin.deprecations:
        output.message(sentence)


def _print_options(table: str, options: tuple[OptionDetails, ...]) -> None:
    if options:
        output.line()
        output.table(
            options,
            {
                table: lambda row: row.name,
                "TYPE": lambda row: row.type,
                "DEFAULT": lambda row: "required" if row.default is None else row.default,
                "MEANING": lambda row: row.about,
            },
        )
