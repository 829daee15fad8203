"""What the config says about one plugin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from gazelled.tracker.forms.allowed import NOTHING, Allowed

CORE_KEYS = frozenset(
    ("file", "module", "required", "disabled", "order", "allow", "share", "tell", "secrets")
)
"""The keys that each `[plugin.NAME]` has; all others are the plugin's own options."""


@dataclass(frozen=True, slots=True)
class PluginSettings:
    """
    `[plugin.NAME]`, checked; or what holds for a plugin that has no table.

    Attributes:
        name: The name that targets and people use.
        file: Its Python file, or its folder with an `__init__.py`.
        module: Its module, as `package.module` or `package.module:object`; without it and without
            a file it is an installed plugin.
        has_table: Whether it has a table; otherwise it is always loaded, or a target names it.
        unusable: Why it must not be imported; empty if it may.
        required: Whether nothing starts without it.
        disabled: Whether it is not imported at all.
        order: Its place among all plugins that implement a hook: lower ones are called first.
        allow: The changes that it may make by forms of the website.
        share: The part of the tracker's limit that is its own; None if it has none.
        tell: The targets of its notices; None if they are those of `[notices]`.
        secrets: The secrets that it may use, by name.
        options: Its own options as they were read, with references replaced.

    """

    name: str
    file: Path | None = None
    module: str = ""
    has_table: bool = False
    unusable: str = ""
    required: bool = False
    disabled: bool = False
    order: int = 0
    allow: frozenset[Allowed] = NOTHING
    share: float | None = None
    tell: tuple[str, ...] | None = None
    secrets: Mapping[str, SecretStr] = field(default_factory=dict, repr=False)
    options: Mapping[str, object] = field(default_factory=dict, repr=False)

    @property
    def key(self) -> str:
        """The key of the table that says what to import; empty for an installed plugin."""
        return "file" if self.file else "module" if self.module else ""
