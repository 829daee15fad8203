"""
Data sets that were put together: collages, bookmarks, matches of filters, latest, suggestions.

Sizes are bytes. Known from recorded answers of the public application, and its templates.
"""

from __future__ import annotations

from gazelled.tracker.decoding.plan import field
from gazelled.tracker.decoding.schema import AnswerModel, Model
from gazelled.tracker.decoding.types import (
    Count,
    Escaped,
    Flag,
    Known,
    Numbers,
    OnlyYes,
    Raw,
    Tags,
    Text,
    Time,
)


class ListedTorrent(Model):
    """A torrent in a collage or among bookmarks."""

    id: Known = None
    torrent_id: Known = field(default=None, key="torrentid")
    group_id: Known = None
    platform: Text
    file_count: Count
    size: Count
    seeders: Count
    leechers: Count
    snatched: Count
    free_torrent: OnlyYes
    reported: Flag = None
    time: Time
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


class Collage(AnswerModel):
    """`collage`: `description` is HTML; 0 for the most groups means without limit."""

    id: Known
    name: Escaped
    description: Text
    creator_id: Known = field(key="creatorID")
    deleted: Flag
    collage_category_id: Count = field(key="collageCategoryID")
    collage_category_name: Text
    locked: Flag
    max_groups: Count
    max_groups_per_user: Count
    has_bookmarked: Flag
    subscriber_count: Count
    torrent_group_id_list: Numbers = field(key="torrentGroupIDList")
    torrent_groups: tuple[ListedGroup, ...] | None = field(default=None, key="torrentgroups")
    artists: tuple[ListedArtist, ...] | None = None


class TorrentBookmarks(AnswerModel):
    """`bookmarks`: the data sets that you marked."""

    bookmarks: tuple[ListedGroup, ...]


class BookmarkedArtist(Model):
    """An author that you marked."""

    artist_id: Known
    artist_name: Escaped


class ArtistBookmarks(AnswerModel):
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
    notification_time: Time
    has_log: Flag
    has_cue: Flag
    log_score: Known
    free_torrent: Flag
    log_in_db: Flag
    unread: Flag


class Notifications(AnswerModel):
    """`notifications`: 50 a page; reading any page marks all matches as read."""

    current_pages: Count
    pages: Count
    num_new: Count
    results: tuple[Match, ...]


class RecentGroup(Model):
    """A data set that a user uploaded or downloaded lately; `artists` as they came."""

    id: Known = field(key="ID")
    name: Escaped = field(key="Name")
    wiki_image: Text = field(key="WikiImage")
    artists: Raw = None


class BetterTorrent(Model):
    """A torrent that could be better; the address to download it holds your keys."""

    torrent_id: Known
    group_id: Known
    artist: Raw
    group_name: Escaped
    group_year: Known
    missing_v2: Flag = field(default=None, key="missingV2")
    missing_v0: Flag = field(default=None, key="missingV0")
    missing_320: Flag = field(default=None, key="missing320")
    download_url: Text = field(repr=False)
