"""What watches, tables and checks need of an action, derived from its parameters and models."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from types import UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    Required,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from gazelled.fields import TEXTS
from gazelled.tracker.catalogue.action import Parameter, Rows
from gazelled.tracker.catalogue.endpoint import PagedList
from gazelled.tracker.catalogue.listing import Column, Listing, Paging, Path, Source, When
from gazelled.tracker.decoding.plan import Branch, Leaf, plan_of
from gazelled.tracker.decoding.schema import AnswerModel, Model
from gazelled.tracker.decoding.types import broken_lines, each, escaped

M = TypeVar("M", bound=AnswerModel)
R = TypeVar("R", bound=Model)

Spot = tuple[tuple[Leaf | Branch, ...], Path]
"""A field, with those around it, and the keys that lead to it."""


def parameters(*tables: type[Any], **more: Parameter) -> Mapping[str, Parameter]:
    """
    Return the parameters that the types of methods declare.

    Args:
        tables: Typed dictionaries; what has no `Parameter` in its annotation is not sent.
        more: Parameters that belong to methods and are not among theirs.

    """
    found = dict(more)
    for table in tables:
        for name, hint in get_type_hints(table, include_extras=True).items():
            for parameter in _marks(hint):
                needed = get_origin(hint) is Required or name in table.__required_keys__
                values = parameter.values or {str(value): str(value) for value in _literals(hint)}
                found.setdefault(name, replace(parameter, required=needed, values=values))
    return found


def _marks(hint: object) -> Iterator[Parameter]:
    if get_origin(hint) is Required:
        hint = get_args(hint)[0]
    if get_origin(hint) is Annotated:
        yield from (mark for mark in get_args(hint) if isinstance(mark, Parameter))


def _literals(hint: object) -> Iterator[object]:
    """Return the values that a type names."""
    origin = get_origin(hint)
    if origin is Literal:
        yield from (value for value in get_args(hint) if not isinstance(value, bool))
    elif origin in {Annotated, Required}:
        yield from _literals(get_args(hint)[0])
    elif origin in {Union, UnionType}:
        for part in get_args(hint):
            yield from _literals(part)


def source(  # noqa: PLR0913 - all by name, as a declaration has them
    answer: type[Model],
    at: str,
    *,
    id: str,  # noqa: A002 - what it is
    title: str = "",
    time: str = "",
    group: str = "",
    tags: str = "",
    size: str = "",
    body: str = "",
    text_id: str = "",
    beside: str = "",
    nested: str = "",
    raw: Path | None = None,
    fields: Mapping[str, Column] | None = None,
    **more: Any,  # noqa: ANN401 - see `Source`
) -> Source:
    """
    Return how a list of an answer is read as items.

    Names are those of fields, inwards with dots: of the members, of the entries around them, and
    of the answer itself. What rules can ask of an item is said by `rule=` at the fields.

    Args:
        answer: The model of the answer.
        at: The list in it; empty if the answer is itself the only item.
        id: What makes up the id, with blanks between.
        title: The title.
        time: When it appeared.
        group: What several formats of one data set have in common.
        tags: Its tags.
        size: Its size in bytes.
        body: The text to summarise.
        text_id: What an entry is known by, too, where its id is 0.
        beside: Fields of the answer, or parameters, that entries get too, with blanks between.
        nested: The list in each entry whose members are the items.
        raw: Where the list stands in what the tracker sends, if the model rearranges that.
        fields: Fields that are computed of several, or stand in no model.
        more: The other attributes of `Source`.

    """
    entry = _member(answer, at)
    around = [_member(entry, nested)] if nested else []
    models = [*around, entry, *([answer] if beside else [])]
    besides = beside.split()
    others = [*besides, "term"]  # what `terms` adds to an entry stands in no model, either
    rules = dict(_marked(answer, "rule", besides))
    for model in (entry, *around):
        rules |= _marked(model, "rule")

    def find(name: str) -> Path:
        return _find(models, name, others)[1]

    def column(name: str) -> Column:
        return _column(*_find(models, name, others)) if name else Column(())

    return Source(
        path=_find([answer], at)[1] if raw is None and at else raw or (),
        id=tuple(find(name) for name in id.split()),
        title=column(title),
        time=find(time) if time else (),
        group=find(group) if group else (),
        tags=find(tags) if tags else (),
        size=find(size) if size else (),
        body=column(body) if body else None,
        text_id=find(text_id) if text_id else (),
        beside=tuple(find(name)[0] for name in besides),
        nested=_find([entry], nested)[1][0] if nested else "",
        one=not at,
        names={
            "at": at,
            "id": id.split(maxsplit=1)[0] if id else "",
            "time": time,
            "nested": nested,
        },
        fields=rules | dict(fields or {}),
        **more,
    )


def renamed(list_: Source, **names: str) -> Source:
    """Return a list whose fields have other names for rules: new ones by the old ones."""
    fields = {names.get(name, name): column for name, column in list_.fields.items()}
    return replace(list_, fields=fields)


def table(
    answer: type[Model],
    at: str,
    *,
    id: str = "",  # noqa: A002 - what it is
    nested: str = "",
    raw: Path | None = None,
    keyed: bool = False,
    first: str = "",
    when: When | None = None,
    paging: Paging | None = None,
) -> Rows:
    """
    Return how people see a list: with the fields that have a `column=`.

    Args:
        answer: The model of the answer.
        at: The list in it.
        id: What an entry is known by, when it moves from page to page.
        nested: The list in each entry whose members are the rows.
        raw: Where the list stands in what the tracker sends, if the model rearranges that.
        keyed: Whether it is an object, whose keys become the entries' `type`.
        first: The columns that stand in front of the others, with blanks between.
        when: With which parameters the answer has it.
        paging: Its pages; None when it has none.

    """
    entry = _member(answer, at)
    models = [entry, *([_member(entry, nested)] if nested else [])]
    columns = {name: column for model in models for name, column in _marked(model, "column")}
    columns = {name: columns[name] for name in first.split()} | columns
    return Rows(
        _find([answer], at)[1] if raw is None else raw,
        {name: replace(column, reader=None) for name, column in columns.items()},
        nested=_find([entry], nested)[1][0] if nested else "",
        keyed=keyed,
        id=_find(models, id)[1][0] if id else "",
        when=when or {},
        paging=paging,
    )


def paged_list(
    answer: type[M],  # noqa: ARG001 - only its type counts, and that of its entries
    entry: type[R],  # noqa: ARG001 - likewise
    listing: Listing,
    *,
    number: str = "",
    ordered: bool | None = None,
    timed: bool = True,
) -> PagedList[M, R]:
    """
    Return how the typed client turns the pages of a list.

    Args:
        answer: The model of a page.
        entry: The model of an entry.
        listing: How watches read it: where it stands, what entries are known by, its order.
        number: Which page it is, where that isn't known from the request.
        ordered: Whether ids strictly descend; None when that is so where they are the order.
        timed: Whether times descend, so that they say where to stop.

    """
    (list_,) = listing.sources
    names = list_.names
    inner = names["nested"]
    descends = listing.order == "id" and not listing.oldest_first

    def get(name: str) -> Callable[[Any], Any]:
        if not name:
            return lambda _: None
        read = attrgetter(name)
        if not inner:
            return read
        members = attrgetter(inner)
        return lambda each: read(members(each)[0]) if members(each) else None

    return PagedList(
        entries=attrgetter(names["at"]),
        pages=attrgetter("pages"),
        id=get(names["id"]),
        time=get(names["time"] if timed else ""),
        front=get(listing.front),
        number=attrgetter(number) if number else lambda _: None,
        ordered=descends if ordered is None else ordered,
        add=dict(listing.with_),
        without=tuple(name for name in listing.fixed if name != listing.page),
    )


def _member(model: type[Model], path: str) -> type[Model]:
    """Return the model that stands at a path of names."""
    for name in filter(None, path.split(".")):
        field = plan_of(model).fields[name]
        assert isinstance(field, Branch)  # noqa: S101 - a declaration is at fault
        model = field.model
    return model


def _marked(
    model: type[Model], mark: Literal["rule", "column"], only: Collection[str] | None = None
) -> Iterator[tuple[str, Column]]:
    """Return the fields of a model that have a mark, and those of the objects in it."""
    for name, field in plan_of(model).fields.items():
        if only is None or name in only:
            yield from _marks_of(field, mark, name, [model])


def _marks_of(
    field: Leaf | Branch, mark: Literal["rule", "column"], name: str, among: Sequence[type[Model]]
) -> Iterator[tuple[str, Column]]:
    said = field.info.rule if mark == "rule" else field.info.column
    if said:
        spot = _find(among, f"{name}.{field.info.inner}".rstrip("."))
        yield field.name if said is True else said, _column(*spot)
    elif isinstance(field, Branch) and not field.many:
        for inner in plan_of(field.model).fields.values():
            yield from _marks_of(inner, mark, f"{name}.{inner.name}", among)


def _find(models: Sequence[type[Model]], name: str, beside: Sequence[str] = ()) -> Spot:
    """
    Find a field by its name, inwards with dots, in the first model that has it.

    Raises:
        KeyError: If none has.

    """
    first, *rest = name.split(".")
    for model in models:
        field = plan_of(model).fields.get(first)
        if field is None:
            continue
        if not rest:
            return (field,), (field.key,)
        assert isinstance(field, Branch)  # noqa: S101 - a declaration is at fault
        inner, path = _find([field.model], ".".join(rest))
        return (field, *inner), (field.key, *(("*",) if field.many else ()), *path)
    if name in beside:  # a parameter of the call
        return (), (name,)
    raise KeyError(name)


def _column(fields: tuple[Leaf | Branch, ...], path: Path) -> Column:
    """Return how a field is read as a field of items."""
    if not fields:
        return Column(path)
    leaf = fields[-1]
    assert isinstance(leaf, Leaf)  # noqa: S101 - a declaration is at fault
    reader, info = leaf.reader, leaf.info
    if "*" in path:
        reader = replace(reader, read=each(reader.read), type=TEXTS)
    written = fields[0].info.written or info.written
    return Column(
        path,
        reader.type,
        escaped=leaf.read in (escaped, broken_lines),
        zero=info.zero,
        hidden=tuple(info.hidden.split(".")) if info.hidden else (),
        written=written,
        reader=reader,
    )
