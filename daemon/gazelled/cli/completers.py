"""Completion of actions, their parameters and values, in bash, zsh and fish."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from functools import partial
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from gazelled.cli.settings import Settings
from gazelled.cli.support.known_instances import of_the_system, of_this_user
from gazelled.regular_file import expanded, read_regular
from gazelled.service.systemd.instance_names import INSTANCE, is_instance_name
from gazelled.tracker.catalogue import SNAPSHOT, Parameter
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.sites.profiles import PROFILES

_LARGEST = 4 * 1024 * 1024
"""The most bytes of a file of the config."""


def _settings(ctx: click.Context) -> Settings:
    """Return the settings by the global options of the line; a shell that asks runs no command."""
    settings, options = ctx.ensure_object(Settings), ctx.find_root().params
    if is_instance_name(name := str(options.get("instance") or "")):
        settings.environ = {**settings.environ, INSTANCE: name}
    config = options.get("config") or settings.environ.get("GAZELLED_CONFIG")
    settings.config = expanded(Path(config)) if config else None
    return settings


def actions(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of an action."""
    del ctx, param
    return [
        CompletionItem(name, help=action.about)
        for name, action in ACTIONS.items()
        if name.startswith(incomplete)
    ]


def asks(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete what a watch can ask: the name of an action, or of a plugin's source."""
    sources = [
        CompletionItem(name, help=one.source.about)
        for name, one in _settings(ctx).sources.items()
        if name.startswith(incomplete)
    ]
    return [*actions(ctx, param, incomplete), *sources]


def kinds(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a kind of watch."""
    del param
    return [
        CompletionItem(name, help=kind.about)
        for name, kind in _settings(ctx).kinds.items()
        if name.startswith(incomplete)
    ]


def profiles(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a profile that comes with gazelled."""
    del ctx, param
    return [
        CompletionItem(name, help=profile.about)
        for name, profile in PROFILES.items()
        if name.startswith(incomplete)
    ]


def params(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete `key=` and, after that, the values that are allowed or known."""
    del param
    action = ACTIONS.get(str(ctx.params.get("action") or ctx.params.get("ask", "")))
    if action is None:
        return []
    name, equals, begun = incomplete.partition("=")
    if not equals:
        pairs = ctx.params.get("params") or ctx.params.get("with_") or ()
        typed = {str(text).partition("=")[0] for text in pairs}
        return [
            CompletionItem(f"{name}=", help=parameter.about)
            for name, parameter in action.params.items()
            if name.startswith(incomplete) and (name not in typed or parameter.style != "plain")
        ]
    parameter = action.params.get(name)
    return [] if parameter is None else _values(name, parameter, begun)


def _tables(
    kind: str, ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the names of a kind of table in the config; a file that can't be read has none."""
    del param
    config = _settings(ctx).config_file
    named: dict[str, object] = {}
    # What reads the config takes a third of a second to import, at each key.
    for file in (config, *sorted((config.parent / "conf.d").glob("[!.]*.toml"))):
        with suppress(OSError, ValueError, RecursionError):
            tables = tomllib.loads(read_regular(file, _LARGEST).decode("utf-8-sig")).get(kind)
            named |= tables if isinstance(tables, dict) else {}
    return [
        CompletionItem(name, help=str(table.get("about", "")) if isinstance(table, dict) else "")
        for name, table in named.items()
        if name.startswith(incomplete)
    ]


def instances(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of an instance that has a config or a state."""
    del param
    here = _settings(ctx)
    known = {
        one.instance: str(one.config_file) for one in (*of_the_system(here), *of_this_user(here))
    }
    return [
        CompletionItem(name, help=config)
        for name, config in sorted(known.items())
        if name and name.startswith(incomplete)
    ]


watches, targets = partial(_tables, "watch"), partial(_tables, "target")


def plugins(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a plugin: of the config, or installed."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - for this alone

    installed = entry_points(group="gazelled.plugins").names
    known = _tables("plugin", ctx, param, incomplete)
    taken = {item.value for item in known}
    return known + [
        CompletionItem(name) for name in sorted(installed - taken) if name.startswith(incomplete)
    ]


def deliveries(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the key of a delivery that isn't done, where the state can be read."""
    from gazelled.store.database import read_delivery_keys  # noqa: PLC0415 - for this alone

    del param
    root, settings = ctx.find_root().params, _settings(ctx)
    option = root.get("state")
    folders = [option] if isinstance(option, Path) else settings.daemon_folders
    keys = dict.fromkeys(key for folder in folders for key in read_delivery_keys(folder))
    return [CompletionItem(key) for key in keys if key.startswith(incomplete)]


def _values(name: str, parameter: Parameter, begun: str) -> list[CompletionItem]:
    words = SNAPSHOT.words(parameter.word) if parameter.word else tuple(parameter.values)
    return [
        CompletionItem(f"{name}={value}")
        for value in words
        if value.casefold().startswith(begun.casefold())
    ]
