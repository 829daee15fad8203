"""
The types of the models' fields, each tolerant of the ways in which PHP writes it.

Null is None in all of them, and so are the values by which the tracker says nothing. Known from
its public application (github.com/biotorrents/gazelle at 7076607): its templates encode entities
wherever the database class does, so encoded and plain texts have types of their own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Never, TypeVar, cast

from gazelled.fields import COUNT, FLAG, NUMBER, SIZE, TAGS, TEXTS, TIME
from gazelled.markup import decode_entities
from gazelled.tracker.decoding import scalars
from gazelled.tracker.decoding.payload import LARGEST
from gazelled.tracker.decoding.plan import Identity
from gazelled.tracker.decoding.reading import Odd, Partly, Reader, Reading
from gazelled.tracker.decoding.scalars import DECIMAL, WHOLE

R = TypeVar("R")

_FLAGS = {"0": False, "1": True, "false": False, "true": True}
_NO_RATIO = frozenset({"", "--", "-", "∞", "Inf"})
_BREAK = re.compile(r"<br ?/?>(?=\r?\n)")


def _odd() -> Never:
    raise Odd


def taken(take: Callable[[Any, Reading], R | None], value: object, reading: Reading) -> R | None:
    """Return a value as it is taken; None, or the good part of a list, where it is odd."""
    if value is None:
        return None
    try:
        return take(value, reading)
    except Odd:
        return None
    except Partly as partly:
        return cast("R", partly.value)


def text(value: Any, _reading: Reading) -> str | None:  # noqa: ANN401 - a value of any JSON type
    """Take a text; numbers are written out, and an empty text or false is none."""
    if type(value) is str:
        return value or None
    if value is False:
        return None
    if type(value) is int and -LARGEST < value < LARGEST:
        return str(value)
    if type(value) is float and math.isfinite(value):
        return str(value)
    raise Odd


def escaped(value: Any, reading: Reading) -> str | None:  # noqa: ANN401 - likewise
    """Take a text in which the tracker encodes HTML entities, and decode them."""
    plain = text(value, reading)
    return None if plain is None else decode_entities(plain)


def broken_lines(value: Any, reading: Reading) -> str | None:  # noqa: ANN401 - likewise
    """Take an encoded text whose line breaks were marked up, too."""
    plain = text(value, reading)
    return None if plain is None else decode_entities(_BREAK.sub("", plain))


def count(value: Any, _reading: Reading) -> int | None:  # noqa: ANN401 - likewise
    """Take a whole number, also as a text, with commas, or with a fraction of zeros."""
    number: int | None = None
    if type(value) is int:
        number = value
    elif value is False or value == "":
        return None
    elif type(value) is float and value.is_integer():
        number = int(value)
    elif type(value) is str and WHOLE.fullmatch(value):
        number = int(value.replace(",", ""))
    elif type(value) is str and DECIMAL.fullmatch(value) and not value.partition(".")[2].strip("0"):
        number = int(value.partition(".")[0].replace(",", ""))
    if number is None or not -LARGEST < number < LARGEST:
        raise Odd
    return number


def known(value: Any, reading: Reading) -> int | None:  # noqa: ANN401 - likewise
    """Take a whole number of which 0 says that there is none."""
    return count(value, reading) or None


def fraction(value: Any, _reading: Reading) -> float | None:  # noqa: ANN401 - likewise
    """Take a number."""
    number: int | float | None = None
    if value is False or value == "":
        return None
    if type(value) is str and DECIMAL.fullmatch(value):
        number = float(value.replace(",", ""))
    elif type(value) is int or type(value) is float:
        number = value
    if number is None or not -LARGEST < number < LARGEST:  # NaN is in no range
        raise Odd
    return float(number)


def ratio(value: Any, reading: Reading) -> float | None:  # noqa: ANN401 - likewise
    """Take a ratio: 0 and -1 and their signs say that nothing was downloaded yet."""
    if type(value) is str and value in _NO_RATIO:
        return None
    number = fraction(value, reading)
    return number if number is not None and number > 0 else None


def flag(value: Any, _reading: Reading) -> bool | None:  # noqa: ANN401 - likewise
    """Take yes or no, also as 1 or 0; an empty text is neither."""
    if type(value) is bool:
        return value
    if type(value) is int and value in (0, 1):
        return value == 1
    if type(value) is str and (value == "" or value.lower() in _FLAGS):
        return _FLAGS.get(value.lower())
    raise Odd


def only_yes(value: Any, reading: Reading) -> bool | None:  # noqa: ANN401 - likewise
    """Take a flag that the tracker never sets, so that no says nothing."""
    return flag(value, reading) or None


def own(value: Any, reading: Reading) -> bool | None:  # noqa: ANN401 - likewise
    """Take a flag about the user, of which no says nothing when a token asks."""
    answer = flag(value, reading)
    return answer if reading.by == "cookie" else answer or None


def moment(value: Any, reading: Reading) -> datetime | None:  # noqa: ANN401 - likewise
    """Take a time of the site's zone, or a unix time, as an aware time in UTC."""
    if not value or value == "0" or (type(value) is str and value.startswith("0000")):
        return None if isinstance(value, str | int) else _odd()
    time = scalars.moment(value, reading.zone)
    return _odd() if time is None else time


def raw(value: Any, _reading: Reading) -> object:  # noqa: ANN401 - likewise
    """Take anything as it came."""
    return value


def entries(value: Any) -> list[Any]:  # noqa: ANN401 - likewise
    """Take a list, which PHP writes as an object when it has holes; raise Odd if it is neither."""
    rows = [] if value == {} else scalars.listed(value)
    return _odd() if rows is None else rows


def list_of(
    read: Callable[[Any, Reading], Any],
) -> Callable[[Any, Reading], tuple[Any, ...] | None]:
    """Make a reader of lists of a reader; entries that say nothing are left out."""

    def read_list(value: Any, reading: Reading) -> tuple[Any, ...] | None:  # noqa: ANN401 - likewise
        if value is False or value == "":
            return None
        good: list[Any] = []
        odd: list[object] = []
        for entry in entries(value):
            try:
                good.append(None if entry is None else read(entry, reading))
            except Odd:
                odd.append(entry)
        values = tuple([item for item in good if item is not None])
        if odd:
            raise Partly(values, odd)
        return values

    return read_list


texts = list_of(text)


def tags(value: Any, reading: Reading) -> tuple[str, ...] | None:  # noqa: ANN401 - likewise
    """Take tags, a list or a text with spaces between, in the spelling with dots."""
    words = value.split() if type(value) is str else value
    plain = texts(words, reading)
    return None if plain is None else tuple([word.replace("_", ".") for word in plain])


def commas(value: Any, reading: Reading) -> tuple[str, ...] | None:  # noqa: ANN401 - likewise
    """Take words with commas between."""
    plain = escaped(value, reading)
    return None if plain is None else tuple(word.strip() for word in plain.split(",") if word)


TEXT = Reader(text, "a text")
FRACTION = Reader(fraction, "a number", NUMBER)

Text = Annotated[str, TEXT]
"""Plain text, or BBCode or HTML as its field's name says. Empty is None where it may be that."""
Escaped = Annotated[str, Reader(escaped, "a text")]
"""Text whose entities were decoded, since the tracker encodes them there."""
BrokenLines = Annotated[str, Reader(broken_lines, "a text")]
"""Likewise, with the `<br />` before its line breaks taken out."""
Count = Annotated[int, Reader(count, "a whole number", COUNT)]
"""How many."""
Size = Annotated[int, Reader(count, "a whole number", SIZE)]
"""How many bytes."""
Known = Annotated[int, Reader(known, "a whole number", COUNT)]
"""A number that is never 0: an id, a year. 0 says that there is none."""
Id = Annotated[Known, Identity]
"""What an entry is known by: without it the entry can't be read."""
Fraction = Annotated[float, FRACTION]
"""A number with a fraction."""
Ratio = Annotated[float, Reader(ratio, "a number", NUMBER)]
"""Uploaded by downloaded as the tracker writes it: cut at 999.99. None before any download."""
Flag = Annotated[bool, Reader(flag, "true or false", FLAG)]
"""Yes or no."""
OnlyYes = Annotated[bool, Reader(only_yes, "true or false", FLAG)]
"""A flag that the tracker was never seen to set: yes, or unknown."""
Own = Annotated[bool, Reader(own, "true or false", FLAG)]
"""A flag about the user: unknown in place of no when a token asked."""
Time = Annotated[datetime, Reader(moment, "a time", TIME)]
"""A time, aware, in UTC."""
Tags = Annotated[tuple[str, ...], Reader(tags, "a list of tags", TAGS)]
"""Tags in the spelling with dots."""
Texts = Annotated[tuple[str, ...], Reader(texts, "a list of texts", TEXTS)]
"""Texts."""
Commas = Annotated[tuple[str, ...], Reader(commas, "words with commas between", TEXTS)]
"""Words that came as one text."""
Numbers = Annotated[tuple[int, ...], Reader(list_of(count), "a list of whole numbers", TEXTS)]
"""Whole numbers."""
Fractions = Annotated[tuple[float, ...], Reader(list_of(fraction), "a list of numbers", TEXTS)]
"""Numbers."""
Raw = Annotated[object, Reader(raw, "anything")]
"""A value as it came."""
