"""The hooks with which plugins contribute something, as pluggy specifications; none is async."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from gazelled.plugin import (
        RegisterAction,
        RegisterCheck,
        RegisterCommand,
        RegisterField,
        RegisterFilter,
        RegisterFunction,
        RegisterKind,
        RegisterOptions,
        RegisterRoute,
        RegisterSite,
        RegisterSource,
        RegisterTarget,
    )

hookspec = pluggy.HookspecMarker("gazelled")


@hookspec
def gazelled_targets(register: RegisterTarget) -> None:
    """
    Declare that this plugin delivers to targets.

    Called once, right after the plugin was imported; not async.

    Args:
        register: Takes the type of the options of each target, once.

    Version added: 0.1.0

    """


@hookspec
def gazelled_options(register: RegisterOptions) -> None:
    """
    Declare the plugin's own options, the keys of `[plugin.NAME]`.

    Called once, right after the plugin was imported; not async.

    Args:
        register: Takes their type, once.

    Version added: 0.1.0

    """


@hookspec
def gazelled_kinds(register: RegisterKind) -> None:
    """
    Contribute kinds of watches.

    Called once, right after the plugin was imported; not async.

    Args:
        register: Takes each kind.

    Version added: 0.1.0

    """


@hookspec
def gazelled_sources(register: RegisterSource) -> None:
    """
    Contribute sources of items beside the tracker's actions.

    Called once, right after the plugin was imported; not async.

    Args:
        register: Takes each source.

    Version added: 0.1.0

    """


@hookspec
def gazelled_actions(register: RegisterAction) -> None:
    """
    Contribute actions of the tracker's API.

    Called once, right after the plugin was imported; not async.

    Args:
        register: Takes each action.

    Version added: 0.1.0

    """


@hookspec
def gazelled_sites(register: RegisterSite) -> None:
    """
    Contribute profiles of sites.

    Called once, right after the plugin was imported; not async.

    Args:
        register: Takes each profile.

    Version added: 0.1.0

    """


@hookspec
def gazelled_match_fields(register: RegisterField) -> None:
    """
    Contribute fields of items, for rules, templates and `gazelled why`.

    Called once, right after the plugin was imported; not async.

    Args:
        register: Takes the name and the type of each field, and perhaps what computes it.

    Version added: 0.1.0

    """


@hookspec
def gazelled_functions(register: RegisterFunction) -> None:
    """
    Contribute functions for `if`.

    Called once, right after the plugin was imported; not async.

    Args:
        register: Takes the name of each function, the function and its types.

    Version added: 0.1.0

    """


@hookspec
def gazelled_template_filters(register: RegisterFilter) -> None:
    """
    Contribute filters for templates of messages.

    Called once, right after the plugin was imported; not async.

    Args:
        register: Takes the name of each filter and its function.

    Version added: 0.1.0

    """


@hookspec
def gazelled_commands(register: RegisterCommand) -> None:
    """
    Contribute commands, for `gazelled x NAME`.

    Called once, right after the plugin was imported; not async.

    Args:
        register: Takes each command.

    Version added: 0.1.0

    """


@hookspec
def gazelled_doctor_checks(register: RegisterCheck) -> None:
    """
    Contribute checks of `gazelled doctor`.

    Called once, right after the plugin was imported; not async.

    Args:
        register: Takes the name of each check and its function.

    Version added: 0.1.0

    """


@hookspec
def gazelled_routes(register: RegisterRoute) -> None:
    """
    Contribute pages and data below `/plugins/NAME/` of the daemon's page.

    Called once, right after the plugin was imported; not async.

    Args:
        register: Takes the path of each page and its function.

    Version added: 0.1.0

    """
