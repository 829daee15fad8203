"""
Data sets (groups) and their torrents: browse, torrent, torrentgroup and what lists them.

Sizes are bytes. Known from recorded answers of the public application, and its templates.
"""

from __future__ import annotations

from collections.abc import Mapping

from gazelled.tracker.decoding.files import File, files_of
from gazelled.tracker.decoding.plan import plan_of
from gazelled.tracker.decoding.reading import Reading
from gazelled.tracker.decoding.schema import AnswerModel, Model
from gazelled.tracker.decoding.types import (
    Count,
    Escaped,
    Flag,
    Known,
    OnlyYes,
    Own,
    Tags,
    Text,
    Time,
)


class Author(Model):
    """An author; the name is plain here."""

    id: Known
    name: Text


class EscapedAuthor(Model):
    """An author, in answers that encode the name."""

    id: Known
    name: Escaped


class BrowseTorrent(Model):
    """A torrent in a search result. `seeders`, `leechers` and `snatches` may be stale for long."""

    torrent_id: Known
    authors: tuple[Author, ...] | None
    platform: Text
    format: Text
    license: Text
    scope: Text
    annotated: Flag
    archive: Text
    file_count: Count
    time: Time
    size: Count
    snatches: Count
    seeders: Count
    leechers: Count
    is_freeleech: Flag
    is_neutral_leech: Flag
    is_personal_freeleech: Flag
    can_use_token: Own
    has_snatched: OnlyYes


class BrowseGroup(Model):
    """A data set in a search result; `group_time` is that of its newest torrent, if grouped."""

    group_id: Known
    group_name: Escaped
    author: Text
    picture: Text
    tags: Tags
    bookmarked: Flag
    group_year: Known
    group_time: Time
    accession: Escaped
    lab: Escaped
    location: Escaped
    max_size: Count
    total_snatched: Count
    total_seeders: Count
    total_leechers: Count
    torrents: tuple[BrowseTorrent, ...] | None

    @classmethod
    def arrange(cls, raw: object, reading: Reading) -> Mapping[str, object]:
        """Give a torrent that other sites list alone, without a list around it, its own object."""
        given = super().arrange(raw, reading)
        if "torrents" in given or "torrentId" not in given:
            return given
        keys = plan_of(BrowseTorrent).keys
        torrent = {key: value for key, value in given.items() if key in keys}
        torrent.setdefault("time", given.get("groupTime"))
        group = {key: value for key, value in given.items() if key not in keys}
        return {**group, "torrents": [torrent]}


class Browse(AnswerModel):
    """`browse`: a page of 50 data sets; without hits there are no page numbers."""

    current_page: Count = None
    pages: Count = None
    results: tuple[BrowseGroup, ...]


class Group(Model):
    """A data set: `description` is HTML, `time` that of its newest torrent."""

    description: Text
    picture: Text
    id: Known
    name: Escaped
    organism: Escaped
    strain: Escaped
    authors: tuple[Author, ...] | None
    year: Known
    accession: Escaped
    category_id: Known
    category_name: Text
    time: Time
    is_bookmarked: Flag
    tags: Tags


class TorrentDetails(Model):
    """A torrent: `description` is BBCode, `file_list` as it came; an anonymous user has no id."""

    id: Known
    info_hash: Text
    platform: Text
    format: Text
    license: Text
    scope: Text
    annotated: Flag
    archive: Text
    file_count: Count
    size: Count
    seeders: Count
    leechers: Count
    snatched: Count
    free_torrent: Flag
    reported: Flag
    time: Time
    description: Escaped
    file_list: Text
    file_path: Escaped
    user_id: Known
    username: Text

    @property
    def files(self) -> tuple[File, ...] | None:
        """Its files, as far as the list can be read; None without a list."""
        return None if self.file_list is None else files_of(self.file_list)


class Torrent(AnswerModel):
    """`torrent`: one torrent and its data set."""

    group: Group
    torrent: TorrentDetails


class TorrentGroup(AnswerModel):
    """`torrentgroup`: one data set with all its torrents."""

    group: Group
    torrents: tuple[TorrentDetails, ...] | None


class AlbumArt(AnswerModel):
    """`torrentgroupalbumart`: the address of a picture, the site's placeholder when it has none."""

    picture: Text
