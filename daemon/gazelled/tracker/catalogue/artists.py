"""
Authors: `artist` is broken at the tracker; its shape is that of the templates of Gazelle.

Since no answer was seen, no key is expected, and each may be there.
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

    name: Text = None
    count: Count = None


class SimilarArtist(Model):
    """An author like this one."""

    artist_id: Known = None
    name: Escaped = None
    score: Count = None
    similar_id: Known = None


class ArtistStatistics(Model):
    """What there is of an author."""

    num_groups: Count = None
    num_torrents: Count = None
    num_seeders: Count = None
    num_leechers: Count = None
    num_snatches: Count = None


class ArtistTorrent(Model):
    """A torrent of an author; `size` in bytes."""

    id: Known = None
    group_id: Known = None
    media: Text = None
    platform: Text = None
    format: Text = None
    encoding: Text = None
    remaster_year: Known = None
    remastered: Flag = None
    remaster_title: Text = None
    remaster_record_label: Text = None
    scene: Flag = None
    has_log: Flag = None
    has_cue: Flag = None
    log_score: Known = None
    file_count: Count = None
    free_torrent: Flag = None
    size: Size = None
    leechers: Count = None
    seeders: Count = None
    snatched: Count = None
    time: Time = None
    has_file: Known = None


class ArtistGroup(Model):
    """A data set of an author; `extended_artists` as it came."""

    group_id: Known = None
    group_name: Escaped = None
    group_year: Known = None
    group_record_label: Escaped = None
    group_catalogue_number: Escaped = None
    group_category_id: Known = field(default=None, key="groupCategoryID")
    tags: Tags = None
    release_type: Known = None
    wiki_image: Text = None
    group_vanity_house: Flag = None
    has_bookmarked: Flag = None
    artists: tuple[Author, ...] | None = None
    extended_artists: Raw = None
    torrent: tuple[ArtistTorrent, ...] | None = None


class ArtistRequest(Model):
    """An open request for an author; `bounty` in bytes."""

    request_id: Known = None
    category_id: Known = None
    title: Text = None
    year: Known = None
    time_added: Time = None
    votes: Count = None
    bounty: Size = None


class Artist(AnswerModel):
    """`artist`: `body` is HTML."""

    id: Known = None
    name: Text = None
    notifications_enabled: Flag = None
    has_bookmarked: Flag = None
    image: Text = None
    body: Text = None
    vanity_house: Flag = None
    tags: tuple[ArtistTag, ...] | None = None
    similar_artists: tuple[SimilarArtist, ...] | None = None
    statistics: ArtistStatistics | None = None
    torrentgroup: tuple[ArtistGroup, ...] | None = None
    requests: tuple[ArtistRequest, ...] | None = None


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
