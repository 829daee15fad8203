"""
Authors: `artist` is broken at the tracker; its shape is that of the templates of Gazelle.

Since no answer was seen, no key is expected. One that is missing raises when it is used.
"""

from __future__ import annotations

from typing import Annotated, TypedDict, Unpack

from gazelled.tracker.catalogue.action import Action, Parameter
from gazelled.tracker.catalogue.datasets import Author
from gazelled.tracker.catalogue.endpoint import endpoint
from gazelled.tracker.catalogue.params import (
    DOCUMENTED,
    DOCUMENTS_ONLY,
    NEEDED_ID,
    SWITCH,
    ItemId,
    Switch,
    parameters,
)
from gazelled.tracker.decoding.plan import field
from gazelled.tracker.decoding.schema import AnswerModel, Model
from gazelled.tracker.decoding.types import (
    Count,
    Escaped,
    Flag,
    Id,
    Known,
    Raw,
    Size,
    Tags,
    Text,
    Time,
)


class ArtistParams(TypedDict, total=False):
    """`artist`."""

    id: ItemId
    artistname: Annotated[str, Parameter("a name")]
    artistreleases: Annotated[Switch, Parameter("releases only", values=SWITCH)]


class ArtistTag(Model):
    """A tag, and how many data sets of the author have it."""

    recorded = False

    name: Text
    count: Count


class SimilarArtist(Model):
    """An author like this one."""

    recorded = False

    artist_id: Id
    name: Escaped
    score: Count
    similar_id: Known


class ArtistStatistics(Model):
    """What there is of an author."""

    recorded = False

    num_groups: Count
    num_torrents: Count
    num_seeders: Count
    num_leechers: Count
    num_snatches: Count


class ArtistTorrent(Model):
    """A torrent of an author; `size` in bytes."""

    recorded = False

    id: Id
    group_id: Known
    media: Text | None
    platform: Text | None
    format: Text | None
    encoding: Text | None
    remaster_year: Known | None
    remastered: Flag
    remaster_title: Text | None
    remaster_record_label: Text | None
    scene: Flag
    has_log: Flag
    has_cue: Flag
    log_score: Known | None
    file_count: Count
    free_torrent: Flag
    size: Size
    leechers: Count
    seeders: Count
    snatched: Count
    time: Time
    has_file: Known | None


class ArtistGroup(Model):
    """A data set of an author; `extended_artists` as it came."""

    recorded = False

    group_id: Id
    group_name: Escaped
    group_year: Known | None
    group_record_label: Escaped | None
    group_catalogue_number: Escaped | None
    group_category_id: Known = field(key="groupCategoryID")
    tags: Tags = ()
    release_type: Known | None
    wiki_image: Text | None
    group_vanity_house: Flag
    has_bookmarked: Flag
    artists: tuple[Author, ...] = ()
    extended_artists: Raw
    torrent: tuple[ArtistTorrent, ...] = ()


class ArtistRequest(Model):
    """An open request for an author; `bounty` in bytes."""

    recorded = False

    request_id: Id
    category_id: Known
    title: Text
    year: Known | None
    time_added: Time
    votes: Count
    bounty: Size


class Artist(AnswerModel):
    """`artist`: `body` is HTML."""

    recorded = False

    id: Known
    name: Text
    notifications_enabled: Flag
    has_bookmarked: Flag
    image: Text | None
    body: Text | None
    vanity_house: Flag
    tags: tuple[ArtistTag, ...] = ()
    similar_artists: tuple[SimilarArtist, ...] = ()
    statistics: ArtistStatistics
    torrentgroup: tuple[ArtistGroup, ...] = ()
    requests: tuple[ArtistRequest, ...] = ()


ACTIONS = (
    Action(
        "artist",
        "An author and their data sets",
        parameters(ArtistParams),
        one_of=("id", "artistname"),
        state="broken",
        note="every author who exists is answered with an empty error page",
        example="id=1",
        source=DOCUMENTED,
    ),
    Action(
        "similar_artists",
        "Authors like this one",
        {
            "id": NEEDED_ID,
            "limit": Parameter("how many at most; there may be fewer", number=True),
        },
        state="absent",
        note='the tracker answers "bad parameters"',
        example="id=1",
        source=DOCUMENTS_ONLY,
    ),
)


class ArtistEndpoints:
    """The endpoints of authors."""

    @endpoint(Artist, "artist")
    def artist(self, **params: Unpack[ArtistParams]) -> None:
        """An author and their data sets; broken at BioTorrents.de."""
