"""
Parameters are checked before a request is spent on them, and written as they are sent.

What the tracker would answer with an error is an error, and so is what it would ignore without a
word, unless a person insists; what it takes, but a person hardly means, is a hint.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gazelled.model import Params
from gazelled.text import either, meant, shortened
from gazelled.tracker.catalogue.action import Action, Parameter
from gazelled.tracker.catalogue.listing import When, holds
from gazelled.tracker.catalogue.vocabulary import SNAPSHOT, Vocabulary

Told = tuple[str, str]
"""The name of a parameter and a sentence about it."""


@dataclass(frozen=True, slots=True)
class Checked:
    """
    What a check found; `params` are as they are sent.

    The rest stands by parameter: `errors` are what the tracker would answer with one, `ignored` is
    what it would ignore, and `hints` are about what is doubtful. What is `unsendable` stands among
    the errors.
    """

    params: Params
    errors: tuple[Told, ...] = ()
    ignored: tuple[Told, ...] = ()
    hints: tuple[Told, ...] = ()
    unsendable: tuple[Told, ...] = ()

    @property
    def wrong(self) -> tuple[Told, ...]:
        """All that stands in the way of a request that means what it says."""
        return self.errors + self.ignored

    def objections(self, *, force: bool = False) -> list[str]:
        """Return why this can't be sent, a sentence each; by `force` only what can't be written."""
        return [sentence for _, sentence in (self.unsendable if force else self.wrong)]

    def remarks(self) -> list[str]:
        """Return what is to be said of what is sent, a sentence each."""
        return [sentence for _, sentence in (*self.wrong, *self.hints)]


def check(
    action: Action,
    params: Mapping[str, object],
    *,
    beside: Params = (),
    ontology: Vocabulary = SNAPSHOT,
) -> Checked:
    """
    Check values, one or a list by name, and write them as they are sent.

    `beside` is sent as well, whatever is given.
    """
    notes = _Notes(ontology)
    for name, value in params.items():
        plain, _, index = name.partition("[")
        parameter = action.params.get(plain)
        if plain == "action":
            notes.refuse(name, "action is the name of the action itself, and no parameter")
        elif parameter is None or index:  # the tracker's own spelling, such as filter_cat[1]
            if parameter is None:
                notes.ignore(name, action.vain.get(plain) or _unknown(action, plain))
            notes.sent += [(name, text) for text in _texts(name, value, notes)]
        else:
            _write(parameter, name, value, notes)
    sent = {name.partition("[")[0]: value for name, value in (*beside, *notes.sent)}
    _together(action, sent | dict.fromkeys(set(params) - set(sent), "?"), notes)
    return Checked(
        tuple(sorted(notes.sent)),
        tuple(notes.errors),
        tuple(notes.ignored),
        tuple(notes.hints),
        tuple(notes.unsendable),
    )


_NUMBER = re.compile(r"[0-9]{1,18}")
_TOO_LONG = 10**1000
"""Python writes no number that is much longer."""
_SAME = tuple(
    names.split()
    for names in (
        "searchstr search searchterm query",
        "taglist tags tag",
        "order_by order",
        "order_way sort",
        "filter_cat category categories cat",
        "freetorrent freeleech",
        "hash infohash info_hash",
        "limit count",
        "page offset",
        "name artistname search title username",
        "id userid user torrentid groupid requestid collageid forumid threadid postid convid",
    )
)
"""Names of one parameter in actions and client libraries; each action takes one of them."""


def _unknown(action: Action, name: str) -> str:
    own = [
        f'"{word}"' for words in _SAME if name in words for word in words if word in action.params
    ]
    guess = meant(name, action.params) or ("" if action.params else "; it takes none")
    hint = f"; did you mean {either(own)}?" if own else guess
    return f'{action.name} takes no parameter "{name}"{hint}'


def encode(
    action: Action,
    params: Mapping[str, object],
    *,
    ontology: Vocabulary = SNAPSHOT,
    force: bool = False,
) -> Params:
    """Write parameters as they are sent; raise ValueError with a sentence for each objection."""
    checked = check(action, params, ontology=ontology)
    if objections := checked.objections(force=force):
        raise ValueError(objections)
    return checked.params


@dataclass(slots=True)
class _Notes:
    ontology: Vocabulary
    sent: list[tuple[str, str]] = field(default_factory=list)
    errors: list[Told] = field(default_factory=list)
    ignored: list[Told] = field(default_factory=list)
    hints: list[Told] = field(default_factory=list)
    unsendable: list[Told] = field(default_factory=list)

    def refuse(self, name: str, sentence: str) -> None:
        self.unsendable.append((name, sentence))
        self.error(name, sentence)

    def error(self, name: str, sentence: str) -> None:
        self.errors.append((name, sentence))

    def ignore(self, name: str, sentence: str) -> None:
        self.ignored.append((name, sentence))

    def hint(self, name: str, sentence: str) -> None:
        self.hints.append((name, sentence))


def _write(parameter: Parameter, name: str, value: object, notes: _Notes) -> None:
    if isinstance(value, list | tuple) and parameter.style == "plain":
        notes.error(name, f"{name} takes one value, not a list")
        notes.sent += [(name, text) for text in _texts(name, value, notes)]
        return
    texts = [_value(parameter, name, text, notes) for text in _texts(name, value, notes)]
    if parameter.style == "flags":
        notes.sent += [(f"{name}[{text}]", "1") for text in texts]
    elif parameter.style == "many":
        notes.sent += [(f"{name}[{index}]", text) for index, text in enumerate(texts)]
    elif texts:
        notes.sent.append((name, ",".join(texts)))


def _texts(name: str, value: object, notes: _Notes) -> list[str]:
    """Write one value, or each of a list."""
    texts: list[str] = []
    for part in value if isinstance(value, list | tuple) else [value]:
        if isinstance(part, bool):
            texts.append("1" if part else "0")
        elif isinstance(part, int) and abs(part) >= _TOO_LONG:
            notes.refuse(name, f"{name} takes no number of a thousand digits")
        elif isinstance(part, str | int | float):
            texts.append(str(part))
        else:
            notes.refuse(name, f"{name} takes a text or a number, not {type(part).__name__}")
    return texts


def _value(parameter: Parameter, name: str, text: str, notes: _Notes) -> str:
    """Check one value; give it back as it is sent."""
    if parameter.word == "category":
        return _category(name, text, notes)
    if why := parameter.vain.get(text.lower()):
        notes.ignore(name, why)
        return parameter.values.get(text.lower(), text)
    if parameter.number and not _NUMBER.fullmatch(text):
        notes.error(name, f'{name} takes a whole number, not "{shortened(text, 40)}"')
    elif parameter.most and int(text) > parameter.most:
        notes.error(name, f"{name} takes {parameter.most} at most, not {text}")
    elif parameter.values and not (parameter.form and re.fullmatch(parameter.form, text)):
        number = parameter.form and re.fullmatch(parameter.form, "1")
        return _one_of(parameter.values, name, text, notes, "a whole number or " if number else "")
    elif parameter.form and not re.fullmatch(parameter.form, text):
        notes.ignore(name, f'{name} takes {parameter.about}, not "{text}"')
    else:
        _doubt(parameter, name, text, notes)
    return text


def _doubt(parameter: Parameter, name: str, text: str, notes: _Notes) -> None:
    """Report what the tracker takes, but a person hardly means."""
    for pattern, why in parameter.doubts.items():
        if re.search(pattern, text):
            notes.hint(name, why)
    if parameter.word:
        for part in filter(None, map(str.strip, text.split("|"))):
            if doubt := notes.ontology.doubt(parameter.word, part, partly=True):
                notes.hint(name, doubt)


def _category(name: str, text: str, notes: _Notes) -> str:
    numbers = notes.ontology.numbers
    if not text.isdecimal():
        return _one_of(numbers, name, text, notes)
    if text not in numbers.values():
        most = max(map(int, numbers.values()), default=0)
        notes.hint(name, f"{name} {text} is no category that gazelled knows of, from 1 to {most}")
    return text


def _one_of(
    values: Mapping[str, str], name: str, text: str, notes: _Notes, beside: str = ""
) -> str:
    codes = {key.lower(): code for key, code in values.items()}
    codes |= {code: code for code in values.values()}
    if text.lower() not in codes:
        hint = meant(text, values) or f"; it takes {beside}{', '.join(values)}"
        notes.error(name, f'{name} takes no "{text}"{hint}')
    return codes.get(text.lower(), text)


def _together(action: Action, params: Mapping[str, str], notes: _Notes) -> None:
    """Check what belongs together."""
    for name in action.params:
        _in_place(action, name, params, notes)
    if action.one_of:
        _check_one_of(action, params, notes)
    for caveat in action.caveats:
        if holds(caveat.when, params):
            add = notes.ignore if caveat.ignored else notes.hint
            add(caveat.parameter, caveat.text)


def _in_place(action: Action, name: str, params: Mapping[str, str], notes: _Notes) -> None:
    """Check whether a parameter belongs here, and isn't missing."""
    parameter = action.params[name]
    fits = holds(parameter.only, params)
    if name in params and not fits:
        if not _wrong(parameter.only, notes):
            notes.ignore(name, f"the tracker ignores {name} without {_said(parameter.only)}")
    elif _is_missing(name, parameter, params) and fits:
        place = f" with {_said(parameter.only, params)}" if parameter.only else ""
        notes.error(name, f"{_needs(action, [name, parameter.unless])}{place}")
    elif name in params and parameter.needs and not params.keys() & parameter.needs:
        notes.ignore(name, f"the tracker ignores {name} without {either(parameter.needs)}")


def _check_one_of(action: Action, params: Mapping[str, str], notes: _Notes) -> None:
    """Check that one of several parameters is there, and no other of them."""
    present = [name for name in action.one_of if params.get(name)]
    if not present:
        notes.error(action.one_of[0], _needs(action, action.one_of))
    elif len(present) > 1:
        choices = either([f'"{name}"' for name in action.one_of])
        notes.error(present[1], f"{action.name} takes {choices}, not both")


def _needs(action: Action, names: Sequence[str]) -> str:
    choices = either([f'"{name}"' for name in names if name])
    return f"{action.name} needs the parameter {choices}"


def _is_missing(name: str, parameter: Parameter, params: Mapping[str, str]) -> bool:
    return parameter.required and not params.get(name) and not params.get(parameter.unless)


def _wrong(when: When, notes: _Notes) -> bool:
    """Return whether a deciding parameter is invalid itself, which is reported already."""
    return any(name in when for name, _ in notes.errors)


def _said(when: When, params: Mapping[str, str] | None = None) -> str:
    """Write parameters as one types them: the given ones, or those that are wanted."""
    params = params or {}
    return " and ".join(
        f"{name}={params.get(name) or either([value for value in values if value])}"
        if "*" not in values
        else name
        for name, values in when.items()
    )
