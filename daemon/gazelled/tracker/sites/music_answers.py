"""
The answers of sites for music, where they differ from those of BioTorrents.de.

Known from the API documentation of Orpheus (its development paper 7, version 2 of 2024-11-06) and
from its published source (github.com/OPSnet/Gazelle); nothing of it was requested there.
"""

from __future__ import annotations

from collections.abc import Mapping

from gazelled.tracker.catalogue.datasets import with_torrents
from gazelled.tracker.decoding.files import File, files_of
from gazelled.tracker.decoding.plan import field
from gazelled.tracker.decoding.reading import Reading
from gazelled.tracker.decoding.schema import AnswerModel, Model
from gazelled.tracker.decoding.types import (
    Count,
    Escaped,
    Flag,
    Id,
    Known,
    Own,
    Size,
    Tags,
    Text,
    Time,
)

PAGE = 50
"""How many entries a full page of `browse` has."""


class MusicArtist(Model):
    """An artist; `aliasid` is the number of the name that was used."""

    id: Id
    name: Escaped
    aliasid: Known | None = None


class Release(Model):
    """What a torrent of a site for music says of its release."""

    media: Text
    format: Text
    encoding: Text
    remastered: Flag
    remaster_year: Known | None
    remaster_title: Escaped | None
    remaster_record_label: Escaped | None = None
    remaster_catalogue_number: Escaped | None = None
    scene: Flag
    has_log: Flag
    has_cue: Flag
    log_score: Count


class MusicBrowseTorrent(Model):
    """A torrent in a search result; of a flat entry all but numbers and `time` is None."""

    torrent_id: Id
    edition_id: Known | None = None
    artists: tuple[MusicArtist, ...] = ()
    media: Text | None = None
    format: Text | None = None
    encoding: Text | None = None
    remastered: Flag | None = None
    remaster_year: Known | None = None
    remaster_title: Escaped | None = None
    remaster_record_label: Escaped | None = None
    remaster_catalogue_number: Escaped | None = None
    scene: Flag | None = None
    vanity_house: Flag | None = None
    has_log: Flag | None = None
    log_score: Count | None = None
    has_cue: Flag | None = None
    file_count: Count
    time: Time
    size: Size
    snatches: Count
    seeders: Count
    leechers: Count
    is_freeleech: Flag
    is_neutral_leech: Flag
    is_personal_freeleech: Flag
    can_use_token: Own | None
    has_snatched: Flag | None = None


class MusicBrowseGroup(Model):
    """
    A release in a search result.

    Without groups, and for what isn't music, it came flat, with one torrent in it: then the fields
    from `artist` on are None, and `category` isn't.
    """

    group_id: Id
    group_name: Escaped
    tags: Tags
    category: Text | None = None
    group_time: Time
    artist: Escaped | None = None
    cover: Text | None = None
    bookmarked: Flag | None = None
    vanity_house: Flag | None = None
    group_year: Known | None = None
    release_type: Text | None = None
    max_size: Size | None = None
    total_snatched: Count | None = None
    total_seeders: Count | None = None
    total_leechers: Count | None = None
    torrents: tuple[MusicBrowseTorrent, ...]

    @classmethod
    def arrange(cls, raw: object, reading: Reading) -> Mapping[str, object]:
        """Return the torrent of a flat entry in a list."""
        return with_torrents(super().arrange(raw, reading), MusicBrowseTorrent)


class MusicBrowse(AnswerModel):
    """
    `browse` at a site for music: a page of 50 releases.

    `pages` is None where the site's number can't be right: its published source computes it from
    the number of the page, so that a full first page says that it is the last.
    """

    current_page: Count | None = None
    pages: Count | None = None
    results: tuple[MusicBrowseGroup, ...]

    @classmethod
    def arrange(cls, raw: object, reading: Reading) -> Mapping[str, object]:
        answer = super().arrange(raw, reading)
        results, page, pages = (answer.get(key) for key in ("results", "currentPage", "pages"))
        full = isinstance(results, list) and len(results) >= PAGE
        if full and isinstance(page, int) and isinstance(pages, int) and pages <= page:
            return {key: value for key, value in answer.items() if key != "pages"}
        return answer


class MusicInfo(Model):
    """Who made a release, by their parts."""

    artists: tuple[MusicArtist, ...]
    with_: tuple[MusicArtist, ...] = field(key="with")
    composers: tuple[MusicArtist, ...]
    conductor: tuple[MusicArtist, ...]
    dj: tuple[MusicArtist, ...]
    remixed_by: tuple[MusicArtist, ...]
    producer: tuple[MusicArtist, ...]
    arranger: tuple[MusicArtist, ...] = ()


class MusicGroup(Model):
    """A release: `wiki_body` is HTML, `wiki_bbcode` BBCode; `music_info` is for music alone."""

    id: Id
    name: Escaped
    year: Known | None
    record_label: Escaped | None
    catalogue_number: Escaped | None
    release_type: Known | None
    release_type_name: Text | None = None
    category_id: Known
    category_name: Text
    time: Time
    vanity_house: Flag
    is_bookmarked: Flag | None = None
    tags: Tags = ()
    wiki_body: Text | None
    wiki_bbcode: Escaped | None = field(default=None, key="wikiBBcode")
    wiki_image: Text | None
    music_info: MusicInfo | None


class MusicTorrentDetails(Release):
    """
    A torrent of a release: `description` is BBCode, `file_list` as it came.

    `info_hash` is there for your own torrents, and for one that was requested by its infohash.
    """

    id: Id
    info_hash: Text | None = None
    log_checksum: Flag | None = None
    log_count: Count | None = None
    file_count: Count
    size: Size
    seeders: Count
    leechers: Count
    snatched: Count
    free_torrent: Flag
    reported: Flag | None = None
    time: Time
    description: Escaped | None
    file_list: Text
    file_path: Escaped
    user_id: Known
    username: Text

    @property
    def files(self) -> tuple[File, ...]:
        """Its files, as far as the list can be read."""
        return files_of(self.file_list)


class MusicTorrent(AnswerModel):
    """`torrent` at a site for music: one torrent and its release."""

    group: MusicGroup
    torrent: MusicTorrentDetails


class MusicTorrentGroup(AnswerModel):
    """`torrentgroup` at a site for music: one release with all its torrents."""

    group: MusicGroup
    torrents: tuple[MusicTorrentDetails, ...]


class MusicFoundRequest(Model):
    """A request in a list; `artists` are all of them, whatever their part."""

    request_id: Id
    title: Escaped
    category_id: Known
    category_name: Text
    requestor_id: Known
    requestor_name: Text
    time_added: Time
    last_vote: Time
    vote_count: Count
    bounty: Size
    artists: tuple[MusicArtist, ...]
    year: Known | None
    image: Text | None
    description: Escaped | None
    record_label: Escaped | None = None
    catalogue_number: Escaped | None
    release_type: Text | None
    bitrate_list: Text | None
    format_list: Text | None
    media_list: Text | None
    log_cue: Text | None
    is_filled: Flag
    filler_id: Known | None
    filler_name: Text | None
    torrent_id: Known | None
    time_filled: Time | None

    @classmethod
    def arrange(cls, raw: object, reading: Reading) -> Mapping[str, object]:
        """Return the artists in one list; they come in a list for each part."""
        entry = super().arrange(raw, reading)
        parts = entry.get("artists")
        if not isinstance(parts, list) or not all(isinstance(part, list) for part in parts):
            return entry
        return {**entry, "artists": [artist for part in parts for artist in part]}


class MusicRequests(AnswerModel):
    """`requests` at a site for music: 25 a page, newest first."""

    current_page: Count
    pages: Count
    results: tuple[MusicFoundRequest, ...]


class LikeArtist(Model):
    """An artist like another one, and how many think so."""

    id: Id
    name: Escaped
    score: Count


class SimilarArtists(AnswerModel):
    """`similar_artists` at a site for music: a mere list."""

    artists: tuple[LikeArtist, ...]

    @classmethod
    def arrange(cls, raw: object, _reading: Reading) -> Mapping[str, object]:
        return {"artists": raw}
