"""What a first look tells: `first = "baseline"`, `"last:5"` or `"since:2026-01-01"`."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from gazelled.config.model import BASELINE, First
from gazelled.text import meant

_LAST = re.compile(r"last:\s*(\d{1,4})", re.ASCII)
_DIGITS = 5
_SINCE = re.compile(r"since:\s*(\d{4}-\d{2}-\d{2})", re.ASCII)


def parse_first(text: str, zone: str) -> First:
    """
    Read what a first look tells.

    Args:
        text: The text.
        zone: The time zone of a day.

    Raises:
        ValueError: With a sentence.

    """
    text = text.strip()
    if text == "baseline":
        return BASELINE
    if found := _LAST.fullmatch(text):
        if not int(found[1]):
            raise ValueError('last:0 tells nothing; that is "baseline"')
        return First(last=int(found[1]))
    if found := _SINCE.fullmatch(text):
        try:
            day = datetime.fromisoformat(found[1]).replace(tzinfo=ZoneInfo(zone))
            return First(since=day.astimezone(UTC))
        except (ValueError, OverflowError):
            raise ValueError(f"{found[1]} is no day") from None
    raise ValueError('wanted "baseline", "last:5" or "since:2026-01-01"' + _meant(text))


def _meant(text: str) -> str:
    """Say what was probably meant."""
    if found := re.fullmatch(r"last\W+(\d+)", text, re.ASCII):
        return f'; did you mean "last:{found[1]}"?' if len(found[1]) < _DIGITS else "; 9999 at most"
    if found := re.fullmatch(r"since\W+(\d{4}-\d{2}-\d{2}).*", text, re.ASCII):
        return f'; did you mean "since:{found[1]}"?'
    return meant(text, ("baseline",))
