"""Requests about plugins and of their commands, which are part of the control protocol."""

from __future__ import annotations

from dataclasses import dataclass

from gazelled.service.control.plugin_overview import PluginOverview
from gazelled.service.control.protocol import ControlRequest
from gazelled.service.plugins.forgetting import Forgotten


@dataclass(frozen=True, slots=True)
class PluginsRequest(ControlRequest[PluginOverview]):
    """Return what is known of every plugin."""


@dataclass(frozen=True, slots=True)
class PluginEnableReply:
    """Whether it was left out or rested, and whether it is used again before the next start."""

    was_out: bool
    runs: bool


@dataclass(frozen=True, slots=True)
class PluginEnableRequest(ControlRequest[PluginEnableReply]):
    """Use a plugin again that was left out or rests."""

    plugin: str


@dataclass(frozen=True, slots=True)
class PluginForgetRequest(ControlRequest[Forgotten]):
    """Delete all that a plugin keeps, unless it is used by the daemon that is asked."""

    plugin: str


@dataclass(frozen=True, slots=True)
class PluginStoreReply:
    """The value of a key, the keys with a prefix, or None; and whether the key is there."""

    value: object = None
    exists: bool = True


@dataclass(frozen=True, slots=True)
class PluginStoreRequest(ControlRequest[PluginStoreReply]):
    """
    Read or change a value that a plugin keeps, for a command of it.

    Attributes:
        operation: `get`, `set`, `delete` or `keys`.
        key: The key; for `keys` the beginning of the keys that are meant.
        value: The value for `set`, of JSON.

    """

    plugin: str
    operation: str
    key: str
    value: object = None
