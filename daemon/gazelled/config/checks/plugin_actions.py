"""Actions that plugins declare, as rows of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from gazelled.config.document.problems import Problems
from gazelled.fields import FILES, FLAG, NUMBER, TAGS, TEXTS, TIME, FieldType
from gazelled.hooks.contributions import Contributed
from gazelled.plugin.action_specs import ActionSpec, FieldSpec, ListSpec, ParameterSpec
from gazelled.tracker.catalogue import (
    Action,
    AnswerTable,
    Column,
    Effect,
    ItemList,
    Listing,
    Paging,
    Parameter,
    Path,
)
from gazelled.tracker.catalogue.listing import ONE_PAGE
from gazelled.tracker.decoding import types
from gazelled.tracker.decoding.plan import Written
from gazelled.tracker.decoding.reading import Reader
from gazelled.tracker.decoding.schema import Anything, Model
from gazelled.tracker.sites.profiles import Profile

_TEXT = Reader(types.escaped, "a text")
_READERS: Mapping[FieldType, Reader] = {
    FILES: Reader(types.escaped, "a list of texts", FILES),
    FLAG: Reader(types.flag, "true or false", FLAG),
    NUMBER: types.FRACTION,
    TAGS: Reader(types.tags, "a list of tags", TAGS),
    TEXTS: Reader(types.texts, "a list of texts", TEXTS),
    TIME: Reader(types.moment, "a time", TIME),
}


def with_actions(
    profile: Profile, declared: Iterable[Contributed[ActionSpec]], problems: Problems
) -> Profile:
    """
    Return a profile whose catalogue also has the actions that plugins declare for it.

    One that gazelled has itself is left out, and that is a problem.

    Args:
        profile: The profile of the site.
        declared: What plugins declare.
        problems: Takes what is left out.

    """
    actions: dict[str, Action] = {}
    for plugin, spec in ((one.plugin, one.value) for one in declared):
        if profile.dialect.action(spec.name) is not None:
            text = f'its action "{spec.name}" is left out: gazelled has one of that name'
            problems.warn(("plugin", plugin), text)
        elif not spec.sites or profile.name in spec.sites:
            actions[spec.name] = action_of(plugin, spec)
    if not actions:
        return profile
    dialect = replace(
        profile.dialect,
        actions={**profile.dialect.actions, **actions},
        documented={*profile.dialect.documented, *actions},
    )
    return replace(profile, dialect=dialect)


def action_of(plugin: str, spec: ActionSpec) -> Action:
    """Return an action that a plugin declares, as a row of the catalogue."""
    lists = [(list_, _list_of(list_)) for list_ in spec.lists]
    return Action(
        spec.name,
        spec.about,
        {name: _parameter_of(parameter) for name, parameter in spec.parameters.items()},
        effects=_effects_of(spec),
        changes=spec.changes,
        post=spec.post,
        login=spec.login,
        note=spec.note,
        example=spec.example,
        source=f'the plugin "{plugin}"' + (f": {spec.source}" if spec.source else ""),
        listings=tuple(_listing_of(list_, items) for list_, items in lists),
        tables=tuple(_table_of(list_, items) for list_, items in lists if items.at),
    )


def _parameter_of(spec: ParameterSpec) -> Parameter:
    return Parameter(
        spec.about,
        required=spec.required,
        values=spec.values,
        style=spec.style,
        number=spec.number,
        form=spec.form,
        default=spec.default,
    )


def _effects_of(spec: ActionSpec) -> tuple[Effect, ...]:
    if not spec.marks:
        return ()
    return (Effect(spec.marks, spec.marks_when, tuple(spec.marks_unless.items())),)


@dataclass(frozen=True, eq=False, kw_only=True)
class _DeclaredItems(ItemList):
    """A list whose names are the tracker's keys, inwards with dots; no model describes it."""

    body_markup: Written = ""

    @cached_property
    def models(self) -> tuple[type[Model], ...]:
        """The models of its entries: one that knows no field."""
        return (Anything,)

    def column(self, name: str) -> Column:
        """Return where a key stands; it is read as a text."""
        written = self.body_markup if name == self.body else ""
        return Column(_path(name), _TEXT, written=written) if name else Column(())


@dataclass(frozen=True, eq=False, kw_only=True)
class _DeclaredTable(AnswerTable):
    """The same list for people: what it is known by, its title, its time, and its fields."""

    items: _DeclaredItems

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        named = {"title": self.items.title, "time": self.items.time}
        return {
            **{key: Column(_path(key), _TEXT) for key in self.items.id.split()},
            **{name: Column(_path(key), _TEXT) for name, key in named.items() if key},
            **self.items.fields,
        }

    @cached_property
    def id_key(self) -> str:
        return _path(self.id)[0] if self.id else ""


def _list_of(spec: ListSpec) -> _DeclaredItems:
    return _DeclaredItems(
        Anything,
        spec.at,
        raw=_path(spec.at),
        keyed=spec.keyed,
        kind=spec.kind,
        id=spec.id,
        url=spec.url,
        title=spec.title,
        heading=spec.heading or ("" if spec.title else spec.kind),
        time=spec.time,
        tags=spec.tags,
        size=spec.size,
        body=spec.summary,
        body_markup=spec.summary_markup,
        computed={name: _column_of(field) for name, field in spec.fields.items()},
        prefix=spec.prefix or ("" if spec.id else spec.kind),
    )


def _column_of(spec: FieldSpec) -> Column:
    reader = _READERS.get(spec.type) or _reader_of(spec.type)
    return Column(_path(spec.key), reader, spec.zero_unknown, written=spec.markup)


def _reader_of(type_: FieldType) -> Reader:
    """Return what reads a text or a whole number of a type."""
    is_text = type_.python is str
    return Reader(types.escaped if is_text else types.count, type_.noun, type_)


def _listing_of(spec: ListSpec, items: ItemList) -> Listing:
    paging = ONE_PAGE if spec.paging is None else _paging_of(spec)
    return Listing(
        lists=(items,),
        order=spec.order,
        when=spec.when,
        with_=tuple(spec.adds.items()),
        paging=paging,
        fixed=tuple(filter(None, [*spec.adds, paging.page])),
        window=spec.window,
    )


def _paging_of(spec: ListSpec) -> Paging:
    assert spec.paging  # noqa: S101 - it was asked before
    return Paging(
        spec.paging.size,
        page=spec.paging.page,
        pages=spec.paging.pages,
        last=spec.paging.last,
        oldest_first=spec.paging.oldest_first,
    )


def _table_of(spec: ListSpec, items: _DeclaredItems) -> AnswerTable:
    return _DeclaredTable(
        Anything,
        spec.at,
        raw=items.path,
        keyed=spec.keyed,
        id=next(iter(spec.id.split()), ""),
        when=spec.when,
        paging=_paging_of(spec) if spec.paging else None,
        items=items,
    )


def _path(key: str) -> Path:
    return tuple(key.split(".")) if key else ()
