"""
The site itself, and actions that the documentation names as not implemented.

Known from recorded answers of the public application, and its templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypedDict, Unpack

from gazelled.tracker.catalogue.action import Action, Parameter
from gazelled.tracker.catalogue.endpoint import endpoint
from gazelled.tracker.catalogue.listing import ItemList, Listing
from gazelled.tracker.catalogue.params import DOCUMENTED, DOCUMENTS_ONLY, MEASURED, parameters
from gazelled.tracker.catalogue.tables import AnswerTable
from gazelled.tracker.decoding.plan import field
from gazelled.tracker.decoding.reading import Odd, Partly, Reader, Reading
from gazelled.tracker.decoding.schema import AnswerModel, Anything, Model, keyed
from gazelled.tracker.decoding.types import Count, Fractions, Id, Known, Text, Texts, list_of, text

_ABSENT = 'the tracker answers "bad parameters"'


class AutoFillParams(TypedDict, total=False):
    """`autofill`."""

    cat: Annotated[str, Parameter("a category")]


class Stats(AnswerModel):
    """`stats`: figures of the site; 0 `max_users` is no limit, peers may be unknown for a time."""

    enabled_users: Count = field(rule="users")
    users_active_this_day: Count = field(rule="users_today")
    users_active_this_week: Count = field(rule="users_this_week")
    users_active_this_month: Count = field(rule="users_this_month")
    max_users: Count = field(rule=True, zero=True)
    torrent_count: Count = field(rule="torrents")
    group_count: Count = field(rule="groups")
    artist_count: Count = field(rule="author_count")
    request_count: Count = field(rule="requests")
    filled_request_count: Count = field(rule="requests_filled")
    seeder_count: Known | None = field(rule="seeders")
    leecher_count: Known | None = field(rule="leechers")


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
    icons: tuple[Icon, ...]


class LoadAverage(AnswerModel):
    """`loadavg`: the server's load over 1, 5 and 15 minutes."""

    load_average: Fractions


def _formats(value: Any, reading: Reading) -> dict[str, dict[str, tuple[str, ...]]]:  # noqa: ANN401 - JSON
    endings = list_of(text)
    try:
        return {
            kind: {name: endings(listed, reading) or () for name, listed in _object(named).items()}
            for kind, named in _object(value).items()
        }
    except Partly:  # the whole is kept as it came: its entries have no place of their own
        raise Odd from None


def _object(value: object) -> dict[str, Any]:
    if value in ([], None):
        return {}
    if not isinstance(value, dict):
        raise Odd
    return value


Formats = Annotated[
    dict[str, dict[str, tuple[str, ...]]],
    Reader(_formats, "file endings by format by kind"),
]
"""The endings of files, by format, by kind of format."""


class Category(Model):
    """A category of data sets, with its short name, platforms and formats."""

    id: Id = field(key="ID", column="category")
    name: Text = field(key="Name", rule="category", column="name")
    key: Text = field(key="type", column="key")
    description: Text = field(key="Description", column="for")
    icon: Text = field(key="Icon")
    platforms: Texts = field(key="Platforms")
    formats: Formats = field(key="Formats")


class Ontology(AnswerModel):
    """`ontology`: the categories."""

    categories: tuple[Category, ...]

    @classmethod
    def arrange(cls, raw: object, reading: Reading) -> Mapping[str, object]:
        """Return the object keyed by short names as a list."""
        return {"categories": keyed(super().arrange(raw, reading), "type")}


STATS = Listing(
    lists=(
        ItemList(
            Stats,
            "",
            kind="site figures",
            id="",
            heading="Figures of the site",
            url="index.php",
            prefix="site",
        ),
    ),
    order="value",
)


def _categories(kind: str, *terms: str) -> ItemList:
    """Return how the categories are read, or a vocabulary that stands in each of them."""
    return ItemList(
        Ontology,
        "categories",
        raw=(),
        kind=kind,
        keyed=True,
        terms=terms,
        id="id term" if terms else "id",
        title="term" if terms else "name",
        url="torrents.php?filter_cat[{ID}]=1",
        prefix=f"{kind}:",
    )


TERMS = Listing(
    lists=(
        _categories("category"),
        _categories("platform", "Platforms", "*"),
        _categories("format", "Formats", "*", "#"),
    ),
)

ACTIONS = (
    Action(
        "stats",
        "Figures of the site",
        note=(
            "groups counts data sets of the first category alone; seeders and leechers may be 0 "
            "for technical reasons"
        ),
        source=DOCUMENTED,
        listings=(STATS,),
    ),
    Action("manifest", "The site's web app manifest", source=DOCUMENTED),
    Action(
        "loadavg",
        "The server's load",
        note="documented as for moderators only, but open to all",
        source=DOCUMENTED,
    ),
    Action(
        "ontology",
        "Categories with their platforms and formats",
        note="has no licences and no scopes",
        source=DOCUMENTED,
        listings=(TERMS,),
        tables=(AnswerTable(Ontology, "categories", raw=(), keyed=True),),
    ),
    Action(
        "autofill",
        "What the upload form fills in",
        parameters(AutoFillParams),
        state="broken",
        note="the answer is always empty",
        source=MEASURED,
    ),
    Action(
        "torrent_info",
        "What a torrent file holds",
        state="absent",
        note=_ABSENT,
        source=DOCUMENTS_ONLY,
    ),
    Action(
        "checkprivate",
        "Whether a torrent file is private",
        state="absent",
        note=_ABSENT,
        source=DOCUMENTS_ONLY,
    ),
    Action(
        "votefavorite",
        "Votes for a data set",
        changes="votes for a data set",
        post=True,
        state="absent",
        note=_ABSENT,
        source=DOCUMENTS_ONLY,
    ),
)


class SiteEndpoints:
    """The endpoints of the site itself."""

    @endpoint(Stats, "stats")
    def stats(self) -> None:
        """Figures of the site."""

    @endpoint(Manifest, "manifest")
    def manifest(self) -> None:
        """The site's web app manifest."""

    @endpoint(LoadAverage, "loadavg")
    def loadavg(self) -> None:
        """The server's load."""

    @endpoint(Ontology, "ontology")
    def ontology(self) -> None:
        """Categories with their platforms and formats."""

    @endpoint(Anything, "autofill")
    def autofill(self, **params: Unpack[AutoFillParams]) -> None:
        """What the upload form fills in; broken at BioTorrents.de."""
