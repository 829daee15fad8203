"""What the texts of keys look like, as JSON Schema: the patterns of what the checks accept."""

from __future__ import annotations

from collections.abc import Mapping

from gazelled.config.document.references import WAYS
from gazelled.tracker.forms.allowed import ALLOWED
from gazelled.units import DURATION, SHARE, SIZE
from gazelled.watches.keys.schedules import DAYS, LONG_DAYS

Schema = dict[str, object]

_EACH = r".*\{each\}.*"
_BLANK = r"\s*"
_CLOCK = r"([01]?\d|2[0-3]):[0-5]\d"


def any_case(pattern: str) -> str:
    """Return a pattern that fits capitals, too: JSON Schema has no flag for that."""
    either, in_set, escaped = "", False, False
    for sign in pattern:
        if escaped or not sign.isalpha():
            either += sign
            in_set = not escaped and (sign == "[" or (in_set and sign != "]"))
        else:
            either += f"{sign}{sign.upper()}" if in_set else f"[{sign}{sign.upper()}]"
        escaped = not escaped and sign == "\\"
    return either


def _text(*patterns: str) -> Schema:
    """Return a text that fits one of several patterns, with blanks around it."""
    return {"type": "string", "pattern": f"^{_BLANK}({'|'.join(patterns)}){_BLANK}$"}


def duration() -> Schema:
    """Return a duration, or the term of a watch in its place."""
    return _text(_LENGTH, _EACH)


def size() -> Schema:
    """Return a size in bytes or with a unit, or the term of a watch in its place."""
    return {"anyOf": [_text(any_case(SIZE.pattern), _EACH), {"type": "integer", "minimum": 0}]}


def _number(**bounds: float) -> Schema:
    return {"type": "number", **bounds}


_NAMES = tuple(zip(DAYS, LONG_DAYS, strict=True))
_LENGTH = any_case(DURATION.pattern)
_DAY = f"({'|'.join(any_case(f'{day}({long[len(day) :]})?') for day, long in _NAMES)})"
_DAYS = rf"{_DAY}(\s*-\s*{_DAY})?((\s*,\s*|\s+){_DAY}(\s*-\s*{_DAY})?)*"
_ON = rf"({any_case('daily')}|{any_case('every day')}|{_DAYS})"
_AT = rf"{_ON}\s+{_CLOCK}"
_SPAN = rf"({_ON}\s*)?{_CLOCK}\s*-\s*({_CLOCK}|24:00)(\s+\S+)?"
_RATE = any_case(r"[1-9]\d{0,5} ?/ ?(hour|day|week|[hdw])")
_QUIET = _text(_SPAN)

REFERENCE: Schema = {
    "type": "object",
    "oneOf": [{"required": [way]} for way in WAYS],
    "properties": {way: {"type": "string", "minLength": 1} for way in WAYS},
    "additionalProperties": False,
}
_FILE: Schema = {**REFERENCE, "not": {"required": ["env"]}}

NAME = "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"
"""What a watch, target, plugin or profile may be called."""

FORMS: Mapping[str, Schema] = {
    "allow": {"type": "array", "items": {"enum": [*ALLOWED]}},
    "any": {},
    "burst": {"type": "integer", "minimum": 0},
    "cron": {"type": "string", "pattern": rf"^(\s*[\w*,/-]+(\s+[\w*,/-]+){{4}}\s*|{_EACH})$"},
    "digest": {"anyOf": [_text(_LENGTH, _AT), {"const": ""}]},
    "duration": _text(_LENGTH),
    "each": {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True},
    "endpoint": {"type": "string", "pattern": "^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$"},
    "file": _FILE,
    "first": _text("baseline", r"last:\s*(?!0+\s*$)\d{1,4}", r"since:\s*\d{4}-\d{2}-\d{2}", _EACH),
    "hosts": {"type": "array", "items": {"pattern": "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"}},
    "max": {"anyOf": [_text(_RATE), {"const": ""}]},
    "needed": {"type": "string", "minLength": 1},
    "pause": {"anyOf": [_text(_LENGTH), _number(minimum=0, exclusiveMaximum=10**9)]},
    "plain": {"type": "string", "pattern": "^[ -~]*$"},
    "proxy": {"anyOf": [{"type": "string"}, REFERENCE]},
    "quiet": {"anyOf": [_QUIET, {"type": "array", "items": _QUIET}, {"const": ""}]},
    "schedule": _text(_LENGTH, _AT, _EACH),
    "schedule-or-none": {"anyOf": [_text(_LENGTH, _AT), {"const": ""}]},
    "scheme": {"type": "string", "pattern": "^([A-Za-z][A-Za-z0-9-]*)?$"},
    "secret": REFERENCE,
    "texts": {
        "anyOf": [
            {"type": "string", "minLength": 1},
            {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
        ]
    },
    "share": {"anyOf": [_text(SHARE.pattern), _number(exclusiveMinimum=0, maximum=1)]},
}
"""By the names that `key(…, form=…)` has for them."""
