"""What is known of a plugin once its import was tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gazelled.hooks.loading.plugin_origin import PluginOrigin, origin_of
from gazelled.hooks.loading.plugin_settings import PluginSettings
from gazelled.plugin import PluginConfig

LoadState = Literal["loaded", "left out", "disabled"]
"""What became of loading a plugin."""


@dataclass(frozen=True, slots=True)
class PluginProblem:
    """Why a plugin was left out: a sentence that says where it is and what to do."""

    plugin: str
    message: str

    def __str__(self) -> str:
        return f"plugin {self.plugin}: {self.message}"


class BadPluginError(Exception):
    """A plugin can't be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class PluginEntry:
    """
    One plugin of this process.

    Attributes:
        settings: What the config says about it.
        state: Whether it was loaded.
        reason: Why it was left out; empty otherwise.
        hooks: The names of the hooks that it implements, in the order of the specifications.
        model: The type of its own options; None if it has none.
        target_model: The type of the options of its targets; None if it delivers to none.
        options: Its own options, checked; None if it has none, or wrong ones.
        share: The part of the tracker's limit that it declares as its own; None without one.
        deprecations: What it uses that a later version of the API removes, a sentence each.

    """

    settings: PluginSettings
    state: LoadState
    reason: str = ""
    hooks: tuple[str, ...] = ()
    model: type[PluginConfig] | None = None
    target_model: type[PluginConfig] | None = None
    options: PluginConfig | None = None
    share: float | None = None
    deprecations: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def origin(self) -> PluginOrigin:
        """Where it comes from."""
        return origin_of(self.settings)

    @property
    def problem(self) -> PluginProblem | None:
        """Why it was left out; None if it was loaded or is disabled."""
        return PluginProblem(self.name, self.reason) if self.state == "left out" else None
