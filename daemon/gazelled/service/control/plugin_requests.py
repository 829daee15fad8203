"""Requests about plugins and of their commands, which are part of the control protocol."""

from __future__ import annotations

from dataclasses import dataclass

from gazelled.service.control.protocol import ControlRequest


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
