"""Top lists, suggestions and users' latest: answers that are bare lists or lists of lists."""

from __future__ import annotations

from collections.abc import Mapping

from gazelled.tracker.decoding.reading import Odd, Reading
from gazelled.tracker.decoding.schema import AnswerModel, Model
from gazelled.tracker.decoding.types import Count, Escaped, Fraction, Known, Tags, Text, Time
from gazelled.tracker.models.listed import BetterTorrent, RecentGroup


class _Bare(AnswerModel):
    """An answer that is a list: it becomes the field `results`."""

    @classmethod
    def arrange(cls, raw: object, _reading: Reading) -> Mapping[str, object]:
        """Give the list a key."""
        if isinstance(raw, list):
            return {"results": raw}
        if isinstance(raw, dict) and "results" in raw:
            return raw
        raise Odd("a list")


class TopTorrent(Model):
    """A torrent in a top list; `data` is what was transferred of it, in bytes."""

    torrent_id: Known
    group_id: Known
    author: Escaped
    group_name: Escaped
    group_category: Known
    group_year: Known
    platform: Text
    tags: Tags
    snatched: Count
    seeders: Count
    leechers: Count
    data: Count
    size: Count
    picture: Text


class TopTag(Model):
    """A tag in a top list."""

    name: Text
    uses: Count


class TopUser(Model):
    """A user in a top list; amounts in bytes, speeds in bytes a second."""

    id: Known
    username: Text
    uploaded: Count
    up_speed: Fraction
    downloaded: Count
    down_speed: Fraction
    num_uploads: Count
    join_date: Time


class TopTorrentList(Model):
    """One top list: `limit` is how many were asked for."""

    caption: Text
    tag: Text
    limit: Count
    results: tuple[TopTorrent, ...] | None


class TopTagList(Model):
    """One top list: `limit` is how many were asked for."""

    caption: Text
    tag: Text
    limit: Count
    results: tuple[TopTag, ...] | None


class TopUserList(Model):
    """One top list: `limit` is how many were asked for."""

    caption: Text
    tag: Text
    limit: Count
    results: tuple[TopUser, ...] | None


class TopTorrents(_Bare):
    """`top10`: the top lists of torrents."""

    results: tuple[TopTorrentList, ...]


class TopTags(_Bare):
    """`top10` with `type=tags`: the top lists of tags."""

    results: tuple[TopTagList, ...]


class TopUsers(_Bare):
    """`top10` with `type=users`: the top lists of users."""

    results: tuple[TopUserList, ...]


class Better(_Bare):
    """`better`: suggested improvements; broken at the tracker, the shape is its template's."""

    results: tuple[BetterTorrent, ...]


class UserRecents(AnswerModel):
    """`user_recents`: of one category and with a picture only; None where the user hides it."""

    snatches: tuple[RecentGroup, ...] | None
    uploads: tuple[RecentGroup, ...] | None

    @classmethod
    def arrange(cls, raw: object, reading: Reading) -> Mapping[str, object]:
        """Read `hidden` as nothing told."""
        given = super().arrange(raw, reading)
        return {key: None if value == "hidden" else value for key, value in given.items()}
