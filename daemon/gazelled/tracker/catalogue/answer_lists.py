"""Lists in answers, and the fields of their entries, found by the names that the models have."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from functools import cached_property
from typing import Literal

from gazelled.fields import FILES, TEXTS, WORDS, FieldType
from gazelled.tracker.decoding.plan import Branch, Leaf, Written, plan_of
from gazelled.tracker.decoding.reading import Reader
from gazelled.tracker.decoding.scalars import listed
from gazelled.tracker.decoding.schema import Model
from gazelled.tracker.decoding.types import TEXT, list_of

Path = tuple[str, ...]
"""Where a value stands in an answer: keys from the outside in; `*` is each entry of a list."""

_MARKED_UP: Mapping[str, FieldType] = {"bbcode": WORDS, "files": FILES, "html": WORDS}


def at(value: object, path: Sequence[str]) -> object:
    """Return what stands at a path, None where there is nothing; with `*`, a list of all."""
    for depth, key in enumerate(path):
        if key == "*":
            inside = listed(value)
            return None if inside is None else [at(entry, path[depth + 1 :]) for entry in inside]
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


@dataclass(frozen=True, slots=True)
class Column:
    """
    Where a field stands in an entry of a list, and how it is read.

    `zero` is whether 0 means that the tracker doesn't know.

    Attributes:
        hidden: What is not 0 where 0 may stand for what a user hides.
        over: What the number is divided by.
        written: The markup that is taken out of a text.

    """

    path: Path
    reader: Reader = TEXT
    zero: bool = False
    hidden: Path = ()
    over: Path = ()
    written: Written = ""

    @property
    def type(self) -> FieldType:
        """What rules, tables and messages take it for."""
        return _MARKED_UP.get(self.written, self.reader.type)


def column_of(models: Sequence[type[Model]], name: str, elsewhere: Collection[str] = ()) -> Column:
    """
    Return a field by its name, inwards with dots, of the first model that has it.

    Of the names `elsewhere`, such as parameters of the call, none stands in a model. Raise KeyError
    if there is no such field.
    """
    first, _, rest = name.partition(".")
    for field in (plan_of(model).fields.get(first) for model in models):
        if isinstance(field, Leaf):
            info = field.info
            hidden = tuple(filter(None, info.hidden.split(".")))
            return Column((field.key,), field.reader, info.zero, hidden, written=info.written)
        if isinstance(field, Branch):
            column = column_of([field.model], rest) if rest else Column(())
            if not field.many or not rest:
                return replace(column, path=(field.key, *column.path))
            reader = replace(column.reader, read=list_of(column.reader.read), type=TEXTS)
            return replace(column, path=(field.key, "*", *column.path), reader=reader)
    if first in elsewhere:
        return Column((first,))
    raise KeyError(name)


def marked(
    model: type[Model], mark: Literal["rule", "column"], around: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield what the fields that have a mark are called by it, and their names."""
    for field in plan_of(model).fields.values():
        name = f"{around}{field.name}"
        title = field.info.rule if mark == "rule" else field.info.column
        if title:
            inner = f".{field.info.inner}" if field.info.inner else ""
            yield field.name if title is True else title, name + inner
        elif isinstance(field, Branch) and not field.many:
            yield from marked(field.model, mark, f"{name}.")


@dataclass(frozen=True, eq=False)
class AnswerList:
    """
    A list in an answer. Names are those of fields, inwards with dots.

    Attributes:
        answer: The model of the answer.
        at: The list in it; empty if the answer is itself the only entry.
        nested: The list in each entry whose members are meant; the entry's keys stay visible.
        raw: Where the list stands in what the tracker sends, if the model rearranges that.
        keyed: Whether it is an object there, whose keys become the entries' `type`.

    """

    answer: type[Model]
    at: str
    _: KW_ONLY
    nested: str = ""
    raw: Path | None = None
    keyed: bool = False

    @cached_property
    def models(self) -> tuple[type[Model], ...]:
        """The models of its entries: the members', and that of the entries around them."""
        entry = _inside(self.answer, self.at)
        return (_inside(entry, self.nested), entry) if self.nested else (entry,)

    @cached_property
    def path(self) -> Path:
        """Where it is: keys from the payload inwards."""
        if self.raw is not None or not self.at:
            return self.raw or ()
        return column_of([self.answer], self.at).path

    def entries_of(self, value: object) -> list[object] | None:
        """Return the entries of what stands where the list is; None if that is no list."""
        if self.keyed and isinstance(value, Mapping):
            return [
                {"type": name, **entry} if isinstance(entry, Mapping) else entry
                for name, entry in value.items()
            ]
        return [] if value == {} else listed(value)

    @cached_property
    def nested_key(self) -> str:
        return column_of(self.models[1:], self.nested).path[0] if self.nested else ""


def _inside(model: type[Model], path: str) -> type[Model]:
    for name in filter(None, path.split(".")):
        field = plan_of(model).fields[name]
        assert isinstance(field, Branch)  # noqa: S101 - a declaration is at fault
        model = field.model
    return model
