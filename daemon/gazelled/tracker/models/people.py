"""
Users: you (index), others (user, usersearch, community_stats), friends.

Amounts are bytes. Known from recorded answers of the public application, and its templates.
"""

from __future__ import annotations

from collections.abc import Mapping

from gazelled.tracker.decoding.payload import read_text
from gazelled.tracker.decoding.plan import field
from gazelled.tracker.decoding.reading import Odd, Reading
from gazelled.tracker.decoding.schema import AnswerModel, Model
from gazelled.tracker.decoding.types import Count, Flag, Fraction, Known, Ratio, Text, Time


class _Traffic(Model):
    uploaded: Count
    downloaded: Count
    told_ratio: Ratio = field(key="ratio")

    @property
    def ratio(self) -> float | None:
        """Uploaded by downloaded; None before any download, or when one of them is unknown."""
        if self.uploaded is None or not self.downloaded or self.downloaded < 0:
            return None
        return self.uploaded / self.downloaded


class Counters(Model):
    """Your unread counters; by token only the messages are known."""

    messages: Count
    notifications: Count
    new_announcement: Flag
    new_blog: Flag
    new_subscriptions: Flag


class OwnStats(_Traffic):
    """Your statistics; unknown by token."""

    required_ratio: Fraction = field(key="requiredratio")
    class_: Text = field(key="class")


class Index(AnswerModel):
    """`index`: who you are. A bare token is told the id and the unread messages, nothing else."""

    username: Text
    id: Known
    authkey: Text = field(repr=False)
    passkey: Text = field(repr=False)
    notifications: Counters
    userstats: OwnStats

    @classmethod
    def arrange(cls, raw: object, reading: Reading) -> Mapping[str, object]:
        """Forget what the tracker answers to a token without having loaded its user."""
        given = super().arrange(raw, reading)
        if reading.by == "cookie" or given.get("username") is not None:
            return given
        kept = dict(given)
        for key, true in (("notifications", {"messages"}), ("userstats", set[str]())):
            part = given.get(key)
            if isinstance(part, dict):
                kept[key] = {
                    name: value if name in true or isinstance(value, dict | list) else None
                    for name, value in part.items()
                }
        return kept


class UserStats(_Traffic):
    """A user's statistics."""

    joined_date: Time
    last_access: Time
    required_ratio: Fraction


class Ranks(Model):
    """In which percentile a user is, from 0 to 100."""

    uploaded: Count
    downloaded: Count
    uploads: Count
    requests: Count
    bounty: Count
    posts: Count
    artists: Count
    overall: Count


class Personal(Model):
    """A user's class and state; `paranoia` is how much they hide. The passkey is never told."""

    class_: Text = field(key="class")
    paranoia: Count
    paranoia_text: Text
    donor: Flag
    warned: Flag
    enabled: Flag
    passkey: Text = field(repr=False)


class Community(Model):
    """What a user did; bounties in bytes, `uploaded` in torrents."""

    posts: Count
    torrent_comments: Count
    artist_comments: Count
    collage_comments: Count
    request_comments: Count
    collages_started: Count
    collages_contrib: Count
    requests_filled: Count
    bounty_earned: Count
    requests_voted: Count
    bounty_spent: Count
    uploaded: Count
    groups: Count
    seeding: Count
    leeching: Count
    snatched: Count
    invited: Count
    artists_added: Count


class User(AnswerModel):
    """`user`: a profile; `profile_text` is HTML. What a user may hide is None in place of 0."""

    username: Text
    avatar: Text
    is_friend: Flag
    profile_text: Text
    stats: UserStats
    ranks: Ranks
    personal: Personal
    community: Community

    @classmethod
    def arrange(cls, raw: object, reading: Reading) -> Mapping[str, object]:
        """Forget the zeros of a user who hides figures: they are written for hidden ones, too."""
        given = super().arrange(raw, reading)
        personal = given.get("personal")
        if not isinstance(personal, dict) or personal.get("paranoia") in (0, "0", None):
            return given
        kept = dict(given)
        for key in ("stats", "ranks", "community"):
            part = given.get(key)
            if isinstance(part, dict):
                kept[key] = {name: None if _zero(value) else value for name, value in part.items()}
        return kept


class FoundUser(Model):
    """A user whose name fits."""

    user_id: Known
    username: Text
    donor: Flag
    warned: Flag
    enabled: Flag
    class_: Text = field(key="class")
    avatar: Text


class UserSearch(AnswerModel):
    """`usersearch`: 30 users a page."""

    current_page: Count
    pages: Count
    results: tuple[FoundUser, ...]


class CommunityStats(AnswerModel):
    """`community_stats`: what a user transfers; None where they hide it. `seedingperc` is in %."""

    leeching: Count
    seeding: Count
    snatched: Count
    usnatched: Count
    downloaded: Count
    udownloaded: Count
    seedingperc: Fraction


class Friend(Model):
    """A friend who takes recommendations."""

    friend_id: Known = field(key="FriendID")
    username: Text = field(key="Username")


class Friends(AnswerModel):
    """`get_friends`: your friends, in JSON inside of JSON."""

    friends: tuple[Friend, ...]

    @classmethod
    def arrange(cls, raw: object, _reading: Reading) -> Mapping[str, object]:
        """Unpack the list."""
        found = read_text(raw) if isinstance(raw, str) else raw
        if isinstance(found, list):
            return {"friends": found}
        raise Odd("a list in a text")


def _zero(value: object) -> bool:
    return isinstance(value, int | float | str) and value in (0, "0")
