"""
Yourself: who you are (index, account), your friends.

Amounts are bytes. Known from recorded answers of the public application, and its templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Required, TypedDict

from gazelled.tracker.catalogue.action import Action, Parameter
from gazelled.tracker.catalogue.endpoint import endpoint
from gazelled.tracker.catalogue.listing import ItemList, Listing
from gazelled.tracker.catalogue.params import DOCUMENTED, MEASURED, ItemId, Number, parameters
from gazelled.tracker.decoding.payload import read_text
from gazelled.tracker.decoding.plan import field
from gazelled.tracker.decoding.reading import Odd, Reading
from gazelled.tracker.decoding.schema import AnswerModel, Model
from gazelled.tracker.decoding.types import Count, Flag, Fraction, Id, Known, Ratio, Size, Text


class RecommendationParams(TypedDict, total=False):
    """`send_recommendation`."""

    friend: Required[Annotated[Number, Parameter("a user's number", number=True)]]
    type: Required[Annotated[Literal["torrent", "artist", "collage"], Parameter("of what")]]
    id: Required[ItemId]
    note: Annotated[str, Parameter("a few words")]


class Transfers(Model):
    """What somebody uploaded and downloaded; `told_ratio` as the tracker writes it."""

    uploaded: Size | None
    downloaded: Size | None
    told_ratio: Ratio | None = field(key="ratio")

    @property
    def ratio(self) -> float | None:
        """Uploaded by downloaded; None before any download, or when one of them is unknown."""
        if self.uploaded is None or not self.downloaded or self.downloaded < 0:
            return None
        return self.uploaded / self.downloaded


class Account(AnswerModel):
    """
    The account, as far as the log-in can tell; the rest is None.

    Amounts are bytes; the ratio is None before any download.
    """

    id: Known
    username: Text | None = field(rule=True)
    class_: Text = field(key="class", rule="user_class")
    uploaded: Size | None = field(rule=True)
    downloaded: Size | None = field(rule=True)
    ratio: Fraction | None = field(rule=True)
    required_ratio: Fraction | None = field(key="required_ratio", rule=True)
    messages: Count = field(rule=True)
    notifications: Count | None = field(rule=True)
    new_announcement: Flag | None = field(key="new_announcement", rule=True)
    new_blog: Flag | None = field(key="new_blog", rule=True)
    new_subscriptions: Flag | None = field(key="new_subscriptions", rule=True)


class Counters(Model):
    """Your unread counters; by token only the messages are known."""

    messages: Count
    notifications: Count | None
    new_announcement: Flag | None
    new_blog: Flag | None
    new_subscriptions: Flag | None


class OwnStats(Transfers):
    """Your statistics; unknown by token."""

    required_ratio: Fraction | None = field(key="requiredratio")
    class_: Text | None = field(key="class")


class Index(AnswerModel):
    """`index`: who you are. A bare token is told the id and the unread messages, nothing else."""

    username: Text | None
    id: Known
    authkey: Text | None = field(repr=False)
    passkey: Text | None = field(repr=False)
    notifications: Counters
    userstats: OwnStats

    @classmethod
    def arrange(cls, raw: object, reading: Reading) -> Mapping[str, object]:
        """Return the answer without what the tracker makes up before it loads a token's user."""
        answer = super().arrange(raw, reading)
        if reading.by == "cookie" or answer.get("username") is not None:
            return answer
        loaded = dict(answer)
        for key, true in (("notifications", {"messages"}), ("userstats", set[str]())):
            part = answer.get(key)
            if isinstance(part, dict):
                loaded[key] = {
                    name: value if name in true or isinstance(value, dict | list) else None
                    for name, value in part.items()
                }
        return loaded


class Friend(Model):
    """A friend who takes recommendations."""

    friend_id: Id = field(key="FriendID")
    username: Text = field(key="Username")


class Friends(AnswerModel):
    """`get_friends`: your friends, in JSON inside of JSON."""

    friends: tuple[Friend, ...]

    @classmethod
    def arrange(cls, raw: object, _reading: Reading) -> Mapping[str, object]:
        """Return the list that is packed in a text."""
        friends = read_text(raw) if isinstance(raw, str) else raw
        if isinstance(friends, list):
            return {"friends": friends}
        raise Odd("a list in a text")


ACCOUNT = Listing(
    lists=(
        ItemList(
            Account,
            "",
            kind="account",
            id="id",
            title="username",
            heading="Your account",
            url="user.php?id={id}",
        ),
    ),
    order="value",
    blind=("notifications", "new_announcement", "new_blog", "new_subscriptions"),
)

ACTIONS = (
    Action(
        "account",
        "Your amounts, ratio, class and unread counters, as far as the log-in may see them",
        blind=(
            "A token sees unread messages only; whether there are news, blog posts, "
            "notifications or subscriptions stays unknown."
        ),
        note=(
            "made of index and, where that isn't enough, user: one request with a cookie, two with "
            "a token; the ratio is computed, and unknown before any download"
        ),
        source="composed by gazelled",
        composed=True,
        listings=(ACCOUNT,),
    ),
    Action(
        "index",
        "Your account, statistics and unread counters",
        blind="A token sees your id and the unread messages; all else is empty, 0 or true.",
        note="a ratio above 999.99 is cut at its comma: compute it from the amounts",
        source=DOCUMENTED,
    ),
    Action(
        "get_friends",
        "Your friends who take recommendations",
        state="undocumented",
        note="JSON inside of JSON",
        source=f"{MEASURED}; named in the documentation",
    ),
    Action(
        "send_recommendation",
        "Recommends something to a friend",
        parameters(RecommendationParams),
        changes="sends a message to your friend",
        post=True,
        state="undocumented",
        example='friend=5 type=torrent id=1 note="Worth a look"',
        source=f"{MEASURED}; named in the documentation",
    ),
)


class OwnEndpoints:
    """The endpoints of your account."""

    @endpoint(Index, "index")
    def index(self) -> None:
        """Who you are; a token is told the id and the unread messages only."""

    @endpoint(Friends, "get_friends")
    def get_friends(self) -> None:
        """Your friends who take recommendations."""
