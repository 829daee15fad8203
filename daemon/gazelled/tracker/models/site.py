"""
The site itself: figures, news, wiki, the ontology of categories.

Known from recorded answers of the public application, and its templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from gazelled.tracker.decoding.plan import field
from gazelled.tracker.decoding.reading import Odd, Partly, Reader, Reading
from gazelled.tracker.decoding.schema import AnswerModel, Model, keyed
from gazelled.tracker.decoding.types import (
    Count,
    Fractions,
    Known,
    Raw,
    Text,
    Texts,
    each,
    text,
)


class Stats(AnswerModel):
    """`stats`: figures of the site; 0 `max_users` is no limit, peers may be unknown for a time."""

    max_users: Count
    enabled_users: Count
    users_active_this_day: Count
    users_active_this_week: Count
    users_active_this_month: Count
    torrent_count: Count
    group_count: Count
    artist_count: Count
    request_count: Count
    filled_request_count: Count
    seeder_count: Known
    leecher_count: Known


class Icon(Model):
    """A picture of the web app."""

    src: Text
    sizes: Text
    type: Text


class Manifest(AnswerModel):
    """`manifest`: the site's web app manifest."""

    name: Text
    short_name: Text = field(key="short_name")
    description: Text
    start_url: Text = field(key="start_url")
    display: Text
    background_color: Text = field(key="background_color")
    theme_color: Text = field(key="theme_color")
    icons: tuple[Icon, ...] | None


class LoadAverage(AnswerModel):
    """`loadavg`: the server's load over 1, 5 and 15 minutes."""

    load_average: Fractions


def _formats(value: Any, reading: Reading) -> dict[str, dict[str, tuple[str, ...]]]:  # noqa: ANN401 - JSON
    endings = each(text)
    try:
        return {
            kind: {name: endings(listed, reading) or () for name, listed in _object(named).items()}
            for kind, named in _object(value).items()
        }
    except Partly:  # the whole is kept as it came: its entries have no place of their own
        raise Odd from None


Formats = Annotated[
    dict[str, dict[str, tuple[str, ...]]] | None,
    Reader(_formats, "file endings by format by kind"),
]
"""The endings of files, by format, by kind of format."""


class Category(Model):
    """A category of data sets, with its short name, platforms and formats."""

    key: Text
    id: Known = field(key="ID")
    name: Text = field(key="Name")
    icon: Text = field(key="Icon")
    platforms: Texts = field(key="Platforms")
    formats: Formats = field(key="Formats")
    description: Text = field(key="Description")


class Ontology(AnswerModel):
    """`ontology`: the categories."""

    categories: tuple[Category, ...]

    @classmethod
    def arrange(cls, raw: object, reading: Reading) -> Mapping[str, object]:
        """Turn the object keyed by short names into a list."""
        return {"categories": keyed(super().arrange(raw, reading), "key")}


class Anything(AnswerModel):
    """The answer of an action without a model, as it came."""

    value: Raw

    @classmethod
    def arrange(cls, raw: object, _reading: Reading) -> Mapping[str, object]:
        """Take it whole."""
        return {"value": raw}


def _object(value: object) -> dict[str, Any]:
    if value in ([], None):
        return {}
    if not isinstance(value, dict):
        raise Odd
    return value
