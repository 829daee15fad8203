"""
Data sets that were put together: collages, bookmarks, matches of filters, latest, suggestions.

Sizes are bytes. Known from recorded answers of the public application, and its templates.
"""

from __future__ import annotations

from pydantic import Field

from gazelled.tracker.models.base import Answer, Model
from gazelled.tracker.models.types import (
    Count,
    Escaped,
    Flag,
    Known,
    Moment,
    Numbers,
    OnlyYes,
    Raw,
    Tags,
    Text,
)


class ListedTorrent(Model):
    """A torrent in a collage or among bookmarks."""

    id: Known = None
    torrent_id: Known = Field(None, alias="torrentid")
    group_id: Known = None
    platform: Text
    file_count: Count
    size: Count
    seeders: Count
    leechers: Count
    snatched: Count
    free_torrent: OnlyYes
    reported: Flag = None
    time: Moment
    has_file: Known = None


class ListedGroup(Model):
    """A data set in a collage or among bookmarks."""

    id: Known
    name: Escaped
    year: Known
    category_id: Known = None
    accession: Escaped
    vanity_house: Flag
    tag_list: Tags
    picture: Text
    torrents: tuple[ListedTorrent, ...] | None


class ListedArtist(Model):
    """An author in a collage of authors."""

    id: Known
    name: Escaped
    image: Text


class Collage(Answer):
    """`collage`: `description` is HTML; 0 for the most groups means without limit."""

    id: Known
    name: Escaped
    description: Text
    creator_id: Known = Field(alias="creatorID")
    deleted: Flag
    collage_category_id: Count = Field(alias="collageCategoryID")
    collage_category_name: Text
    locked: Flag
    max_groups: Count
    max_groups_per_user: Count
    has_bookmarked: Flag
    subscriber_count: Count
    torrent_group_id_list: Numbers = Field(alias="torrentGroupIDList")
    torrent_groups: tuple[ListedGroup, ...] | None = Field(None, alias="torrentgroups")
    artists: tuple[ListedArtist, ...] | None = None


class TorrentBookmarks(Answer):
    """`bookmarks`: the data sets that you marked."""

    bookmarks: tuple[ListedGroup, ...]


class BookmarkedArtist(Model):
    """An author that you marked."""

    artist_id: Known
    artist_name: Escaped


class ArtistBookmarks(Answer):
    """`bookmarks` with `type=artists`: the authors that you marked."""

    artists: tuple[BookmarkedArtist, ...]


class Match(Model):
    """A torrent that a notification filter found; the audio fields come from Gazelle's past."""

    torrent_id: Known
    group_id: Known
    group_name: Escaped
    group_category_id: Known
    wiki_image: Text
    torrent_tags: Tags
    size: Count
    file_count: Count
    format: Text
    encoding: Text
    media: Text
    scene: Flag
    group_year: Known
    remaster_year: Known
    remaster_title: Text
    snatched: Count
    seeders: Count
    leechers: Count
    notification_time: Moment
    has_log: Flag
    has_cue: Flag
    log_score: Known
    free_torrent: Flag
    log_in_db: Flag
    unread: Flag


class Notifications(Answer):
    """`notifications`: 50 a page; reading any page marks all matches as read."""

    current_pages: Count
    pages: Count
    num_new: Count
    results: tuple[Match, ...]


class RecentGroup(Model):
    """A data set that a user uploaded or downloaded lately; `artists` as they came."""

    id: Known = Field(alias="ID")
    name: Escaped = Field(alias="Name")
    wiki_image: Text = Field(alias="WikiImage")
    artists: Raw = None


class BetterTorrent(Model):
    """A torrent that could be better; the address to download it holds your keys."""

    torrent_id: Known
    group_id: Known
    artist: Raw
    group_name: Escaped
    group_year: Known
    missing_v2: Flag = Field(None, alias="missingV2")
    missing_v0: Flag = Field(None, alias="missingV0")
    missing_320: Flag = Field(None, alias="missing320")
    download_url: Text = Field(repr=False)
