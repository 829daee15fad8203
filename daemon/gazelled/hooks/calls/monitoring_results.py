"""What plugins say of how they are, checked: metrics, and what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from gazelled.plugin import HealthFinding, Metric
from gazelled.text import either

MOST_METRICS = 100
"""So many values a plugin may have."""

MOST_FINDINGS = 10
"""So many things may be wrong with a plugin."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}", re.ASCII)
_MOST_LABELS = 5
_LONGEST = 100
_LONGEST_TEXT = 300
_KINDS = ("counter", "gauge")
_NOT_ENDS = ("_total", "_created", "_bucket", "_count", "_sum", "_info")
"""What the formats put behind names themselves: two of that name make a scraper drop everything."""


def checked_metrics(value: object, scrub: Callable[[str], str]) -> tuple[Metric, ...]:
    """Return metrics as they may be shown; raise ValueError for anything else."""
    alike: dict[str, tuple[str, tuple[str, ...]]] = {}
    shown: dict[tuple[str, tuple[str, ...]], Metric] = {}
    for metric in _list(value, MOST_METRICS, Metric):
        labels = _labels(metric, scrub)
        name = metric.name.removesuffix("_total") if metric.kind == "counter" else metric.name
        about = scrub(" ".join(metric.help.split()))[:_LONGEST]
        sort = (metric.kind, tuple(labels))
        one_sort = alike.setdefault(name, sort) == sort
        _demand(one_sort, f"the metric {name} has values of two kinds, or with other labels")
        key = (name, tuple(labels.values()))
        _demand(key not in shown, f"the metric {name} has two values with the same labels")
        shown[key] = Metric(name, _number(name, metric.value), about, metric.kind, labels)
    return tuple(shown.values())


def _number(name: str, value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"the value of the metric {name} is too large") from None


def _labels(metric: Any, scrub: Callable[[str], str]) -> dict[str, str]:  # noqa: ANN401 - a plugin's
    """Return the labels of a metric, sorted; raise ValueError if anything of it can't be shown."""
    name, labels = metric.name, metric.labels
    _demand(_is_name(name), "a metric must have a name of small letters, digits and underscores")
    ends = name.endswith(_NOT_ENDS) and not (metric.kind == "counter" and name.endswith("_total"))
    _demand(not ends, f"the metric {name} must not end with {either(_NOT_ENDS)}")
    is_number = isinstance(metric.value, int | float)
    _demand(is_number, f"the metric {name} must have a number as its value")
    _demand(_is_text(metric.help), f"the help of the metric {name} must be a text")
    _demand(metric.kind in _KINDS, f"the metric {name} must be a {' or a '.join(_KINDS)}")
    _demand(isinstance(labels, Mapping), f"the labels of the metric {name} must be a mapping")
    _demand(len(labels) <= _MOST_LABELS, f"the metric {name} has over {_MOST_LABELS} labels")
    are_names = all(_is_name(label) for label in labels)
    _demand(are_names, f"the metric {name} has a label that can't be one")
    are_texts = all(_is_text(text) for text in labels.values())
    _demand(are_texts, f"the labels of the metric {name} must be texts")
    return {label: scrub(" ".join(labels[label].split()))[:_LONGEST] for label in sorted(labels)}


def checked_findings(value: object, scrub: Callable[[str], str]) -> tuple[HealthFinding, ...]:
    """Return findings as they may be shown; raise ValueError for anything else."""
    shown = []
    for finding in _list(value, MOST_FINDINGS, HealthFinding):
        text, advice, since = finding.text, finding.advice, finding.since
        _demand(_is_text(text) and text.strip() != "", "a HealthFinding needs a text")
        _demand(_is_text(advice), "the advice of a HealthFinding must be a text")
        is_time = since is None or (isinstance(since, datetime) and since.tzinfo is not None)
        _demand(is_time, "since must be an aware datetime, or None")
        text, advice = (scrub(" ".join(one.split()))[:_LONGEST_TEXT] for one in (text, advice))
        shown.append(HealthFinding(text, advice, since))
    return tuple(shown)


def _demand(holds: bool, text: str) -> None:  # noqa: FBT001 - it is what is demanded
    if not holds:
        raise ValueError(text)


def _is_name(name: object) -> bool:
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def _is_text(value: object) -> bool:
    """Return whether it is a text that can be written, without half of a surrogate pair."""
    try:
        if isinstance(value, str):
            value.encode()
            return True
    except UnicodeEncodeError:
        pass
    return False


def _list(value: object, most: int, kind: type) -> list[Any]:
    values = [] if value is None else value
    if not isinstance(values, list | tuple) or not all(isinstance(one, kind) for one in values):
        raise ValueError(f"it must return a list of objects of the class {kind.__name__}, or None")
    _demand(len(values) <= most, f"it returns {len(values)} of them; {most} are allowed")
    return [*values]
