"""The base of all options: those of targets and those of plugins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationInfo, field_validator

from gazelled.model import Event, Value
from gazelled.plugin.samples import sample_events


class PluginConfig(BaseModel):
    """
    Options: the keys of `[target.NAME]` beside `plugin`, or those of `[plugin.NAME]`.

    Use the type `SecretStr` for secrets. A relative `Path` is resolved from the folder that the
    target, or the plugin, has in the state, unless there is such a file beside the config.

    Attributes:
        needs_downloads: Whether the targets fetch files of torrents, with `Context.download`. Then
            `gazelled check` reports a log-in that can't.
        publishes: Whether the targets write files into `Context.public` or use `Context.serve`,
            so that the daemon listens for HTTP.
        combines: Whether several events can become one message here: a digest, or one upload that
            several watches found. Without it every event arrives by itself.
        beside_config: The options of type `Path` that name files which a person writes, such as
            certificates: they are resolved from the folder of the config.
        renamed: The options that have another name now, by their former ones, with dots for inner
            tables. What is written under a former name counts as if it had the new one, unless
            there is an option of that name still; `gazelled check` shows what to write instead.

    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    needs_downloads: ClassVar[bool] = False
    publishes: ClassVar[bool] = False
    combines: ClassVar[bool] = False
    beside_config: ClassVar[frozenset[str]] = frozenset()
    renamed: ClassVar[Mapping[str, str]] = MappingProxyType({})
    _template_filters: Mapping[str, Callable[..., object]] = PrivateAttr(default_factory=dict)
    _added_fields: Mapping[str, Value] = PrivateAttr(default_factory=dict)

    def model_post_init(self, context: Any, /) -> None:  # noqa: ANN401 - pydantic's
        """Keep what the options are checked with, beside the folder of the config."""
        self._template_filters = (context or {}).get("template_filters", {})
        self._added_fields = (context or {}).get("added_fields", {})

    @property
    def template_filters(self) -> Mapping[str, Callable[..., object]]:
        """The filters that plugins contribute for templates, by name."""
        return self._template_filters

    def sample_events(self) -> tuple[Event, ...]:
        """Return an event of every kind, whose items have the fields that plugins add, too."""
        return sample_events(self._added_fields)

    def wants_downloads(self) -> bool:
        """Return whether this target fetches files; override it where an option decides that."""
        return self.needs_downloads

    @classmethod
    def units(cls, event: Event) -> int:
        """
        Return how much of a target's `max` the message of an event uses: 1 unless overridden.

        Args:
            event: The event.

        """
        del event
        return 1

    def check_thoroughly(self) -> None:
        """
        Check what takes too long for each start; `gazelled check` calls this, the daemon doesn't.

        It must not send anything.

        Raises:
            ValueError: If something is wrong; the message is a sentence without values. With an
                `OptionFaults`, each is shown at its option, as an error or as a warning.

        """

    @field_validator("*")
    @classmethod
    def _from_the_folder(cls, value: object, info: ValidationInfo) -> object:
        """Make a relative path absolute."""
        if not isinstance(value, Path):
            return value
        context, path = info.context or {}, value.expanduser()
        own_folder = context.get("own_folder")
        beside = (context.get("folder") or Path.cwd()) / path
        if own_folder is None or info.field_name in cls.beside_config or _is_there(beside):
            return beside
        return own_folder / path


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
