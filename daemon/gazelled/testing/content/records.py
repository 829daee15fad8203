"""What the simulated site is made of: users, groups, torrents, news, blog posts, conversations."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Self

CATEGORIES = (
    "Sequences",
    "Graphs",
    "Systems",
    "Geometric",
    "Scalars/Vectors",
    "Patterns",
    "Constraints",
    "Images",
    "Spatial",
    "Models",
    "Documents",
    "Machine Data",
)
"""The categories; the first has the id 1."""

DONOR = 20
"""The class that the rate limit exempts."""

CLASSES = {"User": 2, "Power User": 3, "Elite": 4, "Moderator": 11, "Sysop": 15, "Donor": DONOR}
"""The names of the classes and their ids."""

STAFF = frozenset({"Moderator", "Sysop"})
"""The classes that see what others don't."""

FILTERING = frozenset({"Power User", "Elite", "Donor", "Sysop"})
"""The classes that may be notified of what their filters find."""


@dataclass(slots=True)
class UserRecord:
    """
    Someone with an account.

    Attributes:
        totp: The secret of the second factor, in base32; empty without one.
        confirmed: Whether the address was confirmed; one can't log in before.
        paranoia: How much is hidden from others, 0 to 7.
        read_news: The newest news that was read.
        read_blog: The newest blog post that was read.
        tokens: How many torrents may be downloaded without counting.
        unread_first: Whether the inbox shows unread conversations first.
        bookmarks: The ids of groups; the other kinds of bookmarks have sets of their own.
        friends: The ids of others; the API lists only those who take recommendations.
        seeding: The ids of torrents, as in the next two.

    """

    id: int
    name: str
    password: str
    klass: str
    authkey: str
    passkey: str
    joined: datetime
    last_access: datetime
    uploaded: int = 20 * 2**30
    downloaded: int = 8 * 2**30
    required_ratio: float = 0.0
    totp: str = ""
    enabled: bool = True
    confirmed: bool = True
    paranoia: int = 0
    profile: str = ""
    title: str = ""
    avatar: str = ""
    takes_recommendations: bool = False
    read_news: int = 0
    read_blog: int = 0
    tokens: int = 0
    unread_first: bool = False
    bookmarks: set[int] = field(default_factory=set)
    author_bookmarks: set[int] = field(default_factory=set)
    request_bookmarks: set[int] = field(default_factory=set)
    collage_bookmarks: set[int] = field(default_factory=set)
    friends: set[int] = field(default_factory=set)
    seeding: set[int] = field(default_factory=set)
    leeching: set[int] = field(default_factory=set)
    snatched: set[int] = field(default_factory=set)

    @property
    def class_id(self) -> int:
        """The id of its class."""
        return CLASSES[self.klass]

    @property
    def exempt(self) -> bool:
        """Whether the rate limit doesn't apply."""
        return self.class_id == DONOR or self.id in {0, 1}

    @property
    def rss_key(self) -> str:
        """The key of its feeds, which only the pages of the site show."""
        return hashlib.md5(
            f"{self.id} reads {self.passkey}".encode(), usedforsecurity=False
        ).hexdigest()

    @property
    def staff(self) -> bool:
        """Whether it runs the site."""
        return self.klass in STAFF

    @property
    def may_filter(self) -> bool:
        """Whether it may be notified of what its filters find."""
        return self.klass in FILTERING


def digest(kind: str, name: str) -> str:
    """Return the key of a kind that a user has, alike each time."""
    return hashlib.md5(f"{kind} of {name}".encode(), usedforsecurity=False).hexdigest()


Who = Callable[[str], UserRecord]
"""Finds a user by name."""


class Ids:
    """The ids of one kind of thing: they ascend, and none is given twice."""

    def __init__(self) -> None:
        self._last = 0

    def __iter__(self) -> Self:
        """Return itself: ids never end."""
        return self

    def __next__(self) -> int:
        """Return the next id."""
        self._last += 1
        return self._last

    def take(self, number: int) -> None:
        """Mark an id as used, and with it all lower ones."""
        self._last = max(self._last, number)


@dataclass(slots=True)
class AuthorRecord:
    """Someone who made a data set."""

    id: int
    name: str


@dataclass(slots=True)
class GroupRecord:
    """A data set, of which there may be several formats."""

    id: int
    title: str
    category: int
    organism: str
    strain: str
    authors: list[AuthorRecord]
    year: int
    accession: str
    lab: str
    location: str
    picture: str
    tags: list[str]
    description: str
    time: datetime

    @property
    def signed(self) -> list[AuthorRecord]:
        """Its authors in the order in which the site names them: by name."""
        return sorted(self.authors, key=lambda author: author.name)


Stored = Literal["clean", "announced", "missing"]
"""
How the site keeps a file: without an announce address, with the uploader's own, so that the key
stands twice when the site adds one, or not at all, so that what it hands out has no `info`.
"""


@dataclass(slots=True)
class TorrentRecord:
    """
    One format of a data set.

    Attributes:
        hash: The infohash of its file, in upper case.
        folder: What its files lie in; it stays as the title was at the upload.
        uploader: The id of the user who uploaded it.
        version: What the uploader calls this state of the data; searches find it, no answer has it.
        anonymous: Whether the uploader is hidden.
        listed: Seeders, leechers and snatches as searches still show them; None for as they are.
        stored: How the site keeps its file, which it hands out all the same.
        file: The file itself, where there is real data; else one with made-up pieces is handed out.
        searchable: When the search index takes it in.
        gone: When the search index forgets it; None while it exists.

    """

    id: int
    group: GroupRecord
    hash: str
    folder: str
    platform: str
    format: str
    license: str
    scope: str
    annotated: bool
    archive: str
    files: list[tuple[str, int]]
    time: datetime
    searchable: datetime
    seeders: int
    leechers: int
    snatched: int
    uploader: int
    description: str = ""
    version: str = "1.0"
    anonymous: bool = False
    freeleech: int = 0
    listed: tuple[int, int, int] | None = None
    stored: Stored = "clean"
    file: bytes | None = field(default=None, repr=False)
    gone: datetime | None = None

    @property
    def peers(self) -> tuple[int, int, int]:
        """Its seeders, leechers and snatches, as searches show them."""
        return self.listed or (self.seeders, self.leechers, self.snatched)

    @property
    def size(self) -> int:
        """All its files together."""
        return sum(size for _, size in self.files)


@dataclass(slots=True)
class NewsRecord:
    """An announcement of the site; one in the future isn't shown yet."""

    id: int
    title: str
    body: str
    time: datetime


@dataclass(slots=True)
class BlogRecord:
    """A post in the site's blog; only an important one is in the notifications."""

    id: int
    author: str
    title: str
    body: str
    time: datetime
    thread: int = 0
    important: bool = False


@dataclass(slots=True)
class Banner:
    """
    What the operators show to everyone; there is one at a time.

    Attributes:
        message: What it says.
        url: Where it leads.
        importance: How it looks.
        read: The ids of those who dismissed it.

    """

    message: str
    url: str = ""
    importance: str = "alert"
    read: set[int] = field(default_factory=set)


@dataclass(slots=True)
class MessageRecord:
    """One message of a conversation; the system's come from user 0."""

    id: int
    sender: int
    body: str
    time: datetime


@dataclass(slots=True)
class ConversationRecord:
    """Messages between users, with what each of them made of it."""

    id: int
    subject: str
    members: set[int]
    messages: list[MessageRecord]
    unread: set[int] = field(default_factory=set)
    sticky: set[int] = field(default_factory=set)
    deleted: set[int] = field(default_factory=set)

    def received(self, user_id: int) -> list[MessageRecord]:
        """What others wrote to a member."""
        return [message for message in self.messages if message.sender != user_id]

    def sent(self, user_id: int) -> list[MessageRecord]:
        """What a member wrote."""
        return [message for message in self.messages if message.sender == user_id]
