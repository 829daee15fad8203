"""Loads the plugins of a config, and checks their own options against what they declare."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from pydantic import SecretStr

from gazelled.config.document.key_lines import Key
from gazelled.config.document.problems import KeyPlaces, Problem, Problems
from gazelled.config.document.references import no_reference
from gazelled.config.model import TargetTable
from gazelled.hooks.loading import PluginEntry, PluginSettings
from gazelled.hooks.loading.plugin_origin import entries_of, is_bundled
from gazelled.hooks.loading.plugin_settings import CORE_KEYS
from gazelled.hooks.options import beside_config, paths_beside_config, plain_secrets
from gazelled.hooks.registry import Registry
from gazelled.redact import Redactor
from gazelled.text import meant


def scrubber(secrets: Iterable[SecretStr]) -> Callable[[str], str]:
    """Return what takes secrets out of a text; it costs nothing until it is called."""

    @cache
    def redactor() -> Redactor:
        made = Redactor()
        made.add(*(secret.get_secret_value() for secret in secrets))
        return made

    return lambda text: redactor().scrub(text)


def load_plugins(
    registry: Registry,
    plugins: Mapping[str, PluginSettings],
    targets: Mapping[str, TargetTable],
    folder: Path,
    problems: Problems,
) -> None:
    """
    Import all plugins that may contribute to what the config can say.

    Those that only targets name, and that come with gazelled, are left for later: they contribute
    nothing but their targets, and most commands need none.

    Args:
        registry: Takes them.
        plugins: The tables of plugins, checked.
        targets: The tables of targets, checked.
        folder: The folder that relative paths are meant from.
        problems: Takes what is wrong.

    """
    registry.load_builtin(plugins)
    always = [record.settings for record in registry.records.values()]
    for settings in [*always, *_in_order(plugins, targets, {*registry.records})]:
        record = registry.load(settings)
        if record.problem and settings.required:
            key = place_of_plugin(record, targets)
            if not problems.at(key):
                problems.error(key, record.reason)
        elif record.state == "loaded":
            _check_options(record, registry, folder, problems)


def left_out(
    registry: Registry, targets: Mapping[str, TargetTable], places: KeyPlaces
) -> list[Problem]:
    """Return the plugins that are left out and not required, each as an error at its place."""
    return [
        places.problem(place_of_plugin(record, targets), record.reason)
        for record in registry.records.values()
        if record.problem and not record.settings.required
    ]


def place_of_plugin(record: PluginEntry, targets: Mapping[str, TargetTable]) -> Key:
    """Return the key of the config that names a plugin."""
    if record.settings.key:
        return ("plugin", record.name, record.settings.key)
    target = next((name for name, table in targets.items() if table.plugin == record.name), None)
    if record.settings.has_table or target is None:
        return ("plugin", record.name)
    return ("target", target, "plugin")


def _in_order(
    plugins: Mapping[str, PluginSettings],
    targets: Mapping[str, TargetTable],
    loaded: Collection[str],
) -> Iterator[PluginSettings]:
    """Yield the plugins that aren't loaded yet, as the config orders them."""
    ordered = sorted(plugins.values(), key=lambda settings: settings.order)
    yield from (settings for settings in ordered if settings.name not in loaded)
    named = dict.fromkeys(table.plugin for table in targets.values())
    for name in (name for name in named if name not in plugins and name not in loaded):
        if entries_of(name) and not is_bundled(name):
            yield PluginSettings(name)


def _check_options(
    record: PluginEntry, registry: Registry, folder: Path, problems: Problems
) -> None:
    """Check the own options of a plugin that was loaded."""
    at: Key = ("plugin", record.name)
    for text in (*record.deprecations, *_never_added(record, registry)):
        problems.warn(at, text)
    options = record.settings.options
    for option in plain_secrets(record.model, options):
        problems.error((*at, option), no_reference(option, options[option]))
    for path, text in registry.check_own_options(record.name, folder):
        key = (*at, *path)
        if not problems.below(key[:3]):  # a reference that leads nowhere is reported already
            problems.error(key, _explained(text, key, record))
    if checked := registry.records[record.name].options:
        for option, file in paths_beside_config(options, checked, folder).items():
            problems.warn((*at, option), beside_config(file, f"plugins/{record.name}"))


def _never_added(record: PluginEntry, registry: Registry) -> Iterator[str]:
    """Yield what is wrong with fields that nobody gives."""
    if "gazelled_items_found" in record.hooks:
        return
    for name, field in registry.contributions.match_fields.items():
        if field.plugin == record.name and field.value.compute is None:
            yield (
                f'its field "{name}" is never known: gazelled_match_fields has no compute for it,'
                " and the plugin has no gazelled_items_found"
            )


def _explained(text: str, key: Key, record: PluginEntry) -> str:
    """Return what is wrong with an option, with the key that was meant if it is unknown."""
    if not text.startswith("unknown option"):
        return text
    is_own = len(key) == len(("plugin", "NAME", "key"))
    fields = record.model.model_fields if record.model else {}
    names = {field.alias or name for name, field in fields.items()}
    hint = meant(str(key[-1]), names | CORE_KEYS) if is_own else ""
    return f'unknown option "{key[-1]}"{hint}' if hint else text
