"""The sources that plugins bring: what each is as an action, and its options as parameters."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from gazelled.model import Params
from gazelled.plugin import PluginConfig
from gazelled.plugin.sources import AnySource
from gazelled.tracker.catalogue import Action, Parameter
from gazelled.tracker.sites.dialect import Dialect
from gazelled.watches.plugins.source_listing import listing_of

_TABLES = ("[", "{")


@dataclass(frozen=True, slots=True)
class PluginSource:
    """A source, the plugin that brings it, and what it is as an action."""

    plugin: str
    source: AnySource
    action: Action

    @classmethod
    def of(cls, plugin: str, source: AnySource) -> PluginSource:
        """Return a source of a plugin."""
        params = {
            field.alias or name: Parameter(
                field.description or "",
                required=field.is_required(),
                default="" if field.is_required() else _shown(field),
            )
            for name, field in source.options.model_fields.items()
        }
        action = Action(
            source.name,
            source.about,
            params,
            login="none",
            note=f'gazelled asks the plugin "{plugin}", not the tracker',
            example=source.example,
            source="a plugin",
            composed=True,
            listings=(listing_of(source),),
        )
        return cls(plugin, source, action)


class SourceSet(Mapping[str, PluginSource]):
    """The sources that plugins bring, by the name that `ask` of a watch has."""

    def __init__(self, sources: Mapping[str, PluginSource] | None = None) -> None:
        self._sources = sources or {}

    @classmethod
    def of(cls, sources: Iterable[tuple[str, AnySource]]) -> SourceSet:
        """Return sources, each with its plugin before it."""
        return cls({source.name: PluginSource.of(plugin, source) for plugin, source in sources})

    def __getitem__(self, name: str) -> PluginSource:
        return self._sources[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)

    def beside(self, dialect: Dialect) -> Dialect:
        """Return what watches can ask at a site: its actions, and these."""
        own = {name: one.action for name, one in self._sources.items()}
        return replace(dialect, actions={**dialect.actions, **own}) if own else dialect


def params_of(options: Mapping[str, object]) -> Params:
    """Return the options of a source as a call has them: as texts."""
    return tuple(sorted((name, _text(value)) for name, value in options.items()))


def options_of(params: Params, model: type[PluginConfig], context: object) -> PluginConfig:
    """
    Return the options of a source from the texts of a call.

    Args:
        params: What `params_of` made.
        model: The type of the options.
        context: What the model's validators get: the folder of relative paths.

    Raises:
        ValueError: If they aren't valid any more.

    """
    texts = dict(params)
    read = {name: _value(text) if text.startswith(_TABLES) else text for name, text in params}
    try:
        return model.model_validate(read, context=context)
    except ValidationError:
        pass  # a text that looks like a list
    try:
        return model.model_validate(texts, context=context)
    except ValidationError as error:
        wrong = error.errors(include_input=False)
    names = ", ".join(str(detail["loc"][0]) for detail in wrong)
    raise ValueError(f"the options are not valid: {names}")


def _shown(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text
