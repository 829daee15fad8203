"""What a first look reports: `first = "baseline"`, `"last:5"` or `"since:2026-01-01"`."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from gazelled.model import FirstLook
from gazelled.text import meant

_LAST = re.compile(r"last:\s*(\d{1,4})", re.ASCII)
_MOST_DIGITS = 4
_SINCE = re.compile(r"since:\s*(\d{4}-\d{2}-\d{2})", re.ASCII)


BASELINE = FirstLook()


def parse_first(text: str, zone: str) -> FirstLook:
    """Read what a first look reports; a day begins in the zone. Else raise ValueError."""
    text = text.strip()
    if text == "baseline":
        return BASELINE
    if last := _LAST.fullmatch(text):
        if not int(last[1]):
            raise ValueError('last:0 reports nothing; that is "baseline"')
        return FirstLook(last=int(last[1]))
    if since := _SINCE.fullmatch(text):
        try:
            day = datetime.fromisoformat(since[1]).replace(tzinfo=ZoneInfo(zone))
            return FirstLook(since=day.astimezone(UTC))
        except (ValueError, OverflowError):
            raise ValueError(f"{since[1]} is not a valid date") from None
    raise ValueError('expected "baseline", "last:5" or "since:2026-01-01"' + _question(text))


def _question(text: str) -> str:
    """Ask what was probably meant."""
    if last := re.fullmatch(r"last\W+(\d+)", text, re.ASCII):
        if len(last[1]) > _MOST_DIGITS:
            return "; 9999 at most"
        return f'; did you mean "last:{last[1]}"?'
    if since := re.fullmatch(r"since\W+(\d{4}-\d{2}-\d{2}).*", text, re.ASCII):
        return f'; did you mean "since:{since[1]}"?'
    return meant(text, ("baseline",))
