"""A small, believable world of open biological data, and what can happen in it at run time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count

from gazelled.clock import Clock
from gazelled.testing import library
from gazelled.testing.records import (
    CATEGORIES,
    Author,
    BlogPost,
    Conversation,
    Group,
    Message,
    News,
    Torrent,
    User,
)

_GIB = 2**30


class World:
    """
    Everything that the simulated site knows.

    It is built alike each time, with its times counted back from the clock's now. The ids
    ascend with the times and none is used twice.

    Args:
        clock: Whose time it is there.
        reindex_delay: Seconds until an upload appears in searches; elsewhere it does at once.

    """

    def __init__(self, clock: Clock | None = None, *, reindex_delay: float = 0.0) -> None:
        self.clock = clock or Clock()
        self.reindex_delay = reindex_delay
        self.users: dict[int, User] = {}
        self.authors: dict[str, Author] = {}
        self.groups: dict[int, Group] = {}
        self.torrents: dict[int, Torrent] = {}
        self.news: list[News] = []
        self.blog: list[BlogPost] = []
        self.conversations: dict[int, Conversation] = {}
        self._ids = {kind: count(1) for kind in ("group", "torrent", "news", "blog", "pm", "conv")}
        self._start = self.clock.now().replace(microsecond=0)
        self._people()
        self._data_sets()
        self._texts()

    def user(self, name: str) -> User:
        """
        Find a user by name.

        Raises:
            KeyError: If there is none.

        """
        for user in self.users.values():
            if user.name == name:
                return user
        raise KeyError(name)

    def publish(  # noqa: PLR0913 - an upload form has this many fields
        self,
        title: str = "",
        *,
        group: int | None = None,
        organism: str = "Saccharomyces cerevisiae",
        strain: str = "S288C",
        category: str = "Sequences",
        platform: str = "Illumina HiSeq",
        format: str = "FASTQ",  # noqa: A002 - the tracker's word
        license: str = "CC0",  # noqa: A002 - the tracker's word
        scope: str = "Genome",
        tags: Sequence[str] = ("yeast", "dna"),
        authors: Sequence[str] = ("Barbara McClintock",),
        lab: str = "Sanger Institute",
        location: str = "Hinxton",
        picture: str = "",
        accession: str = "",
        year: int | None = None,
        size: int = _GIB,
        files: int = 3,
        seeders: int = 1,
        leechers: int = 0,
        snatched: int = 0,
        uploader: str = "uploader1",
        anonymous: bool = False,
        freeleech: int = 0,
        annotated: bool = False,
        archive: str = "gzip",
        text: str = "",
        time: datetime | None = None,
    ) -> Torrent:
        """
        Upload a data set, or one more format of it.

        `group` is the id of the data set that gets one more format, which needs no title. The
        size is split into so many `files`. `freeleech` is 1 when downloading is free and 2 when it
        counts in neither way. `text` is the description, in BBCode. With a `time` it has been there
        since, for searches too; without one it is uploaded now and waits for the search index.
        """
        now = self.clock.now()
        at = (time or now).replace(microsecond=0)
        number = next(self._ids["torrent"])
        home = self.groups[group] if group else self._group(title, at, category)
        if not group:
            home.organism, home.strain, home.accession = organism, strain, accession
            home.lab, home.location, home.picture = lab, location, picture
            home.tags, home.year = list(tags), year or at.year
            home.authors = [self._author(name) for name in authors]
            home.description = text
        stem = format.lower().replace("/", "-")
        share = size // files
        torrent = Torrent(
            id=number,
            group=home,
            hash=hashlib.sha1(f"torrent {number}".encode()).hexdigest().upper(),  # noqa: S324 - BitTorrent's hash
            platform=platform,
            format=format,
            license=license,
            scope=scope,
            annotated=annotated,
            archive=archive,
            files=[
                (f"part{n}.{stem}", share if n < files else size - share * (files - 1))
                for n in range(1, files + 1)
            ],
            time=at,
            searchable=at if time else now + timedelta(seconds=self.reindex_delay),
            seeders=seeders,
            leechers=leechers,
            snatched=snatched,
            uploader=self.user(uploader).id,
            anonymous=anonymous,
            freeleech=freeleech,
            description=text,
        )
        self.torrents[number] = torrent
        return torrent

    def delete(self, torrent_id: int) -> None:
        """Delete a torrent, and its data set with the last one; searches forget it later."""
        gone = self.torrents[torrent_id]
        gone.gone = self.clock.now() + timedelta(seconds=self.reindex_delay)
        if not self.formats(gone.group):
            self.groups.pop(gone.group.id)

    def formats(self, group: Group) -> list[Torrent]:
        """List what a data set holds."""
        return [
            torrent
            for torrent in self.torrents.values()
            if torrent.group is group and torrent.gone is None
        ]

    def torrent(self, torrent_id: int) -> Torrent | None:
        """Find a torrent that exists."""
        found = self.torrents.get(torrent_id)
        return found if found and found.gone is None else None

    def announce(self, title: str, body: str = "", *, time: datetime | None = None) -> News:
        """Publish an announcement; one in the future isn't shown yet."""
        at = (time or self.clock.now()).replace(microsecond=0)
        news = News(next(self._ids["news"]), title, body, at)
        self.news.append(news)
        return news

    def write_blog(
        self, title: str, body: str = "", *, author: str = "mod1", time: datetime | None = None
    ) -> BlogPost:
        """Publish a blog post."""
        at = (time or self.clock.now()).replace(microsecond=0)
        post = BlogPost(next(self._ids["blog"]), author, title, body, at)
        self.blog.append(post)
        return post

    def send(
        self,
        subject: str,
        body: str = "",
        *,
        to: str = "me",
        sender: str = "mod1",
        time: datetime | None = None,
    ) -> Conversation:
        """Write to a user; without a sender it is the system that writes."""
        reader = self.user(to).id
        writer = self.user(sender).id if sender else 0
        conversation = Conversation(next(self._ids["conv"]), subject, {reader, writer}, [])
        self.conversations[conversation.id] = conversation
        self._say(conversation, writer, body, time)
        return conversation

    def reply(self, conversation_id: int, body: str = "", *, sender: str = "mod1") -> Message:
        """Answer in a conversation, which keeps its id."""
        writer = self.user(sender).id if sender else 0
        return self._say(self.conversations[conversation_id], writer, body, None)

    def visible_news(self) -> list[News]:
        """List the announcements that are shown, newest first."""
        now = self.clock.now()
        shown = [news for news in self.news if news.time <= now]
        return sorted(shown, key=lambda news: (news.time, news.id), reverse=True)

    def unread(self, user: User) -> int:
        """Count the conversations with something unread."""
        return sum(user.id in each.unread for each in self.conversations.values())

    def _say(
        self, conversation: Conversation, writer: int, body: str, time: datetime | None
    ) -> Message:
        at = (time or self.clock.now()).replace(microsecond=0)
        message = Message(next(self._ids["pm"]), writer, body, at)
        conversation.messages.append(message)
        conversation.unread |= conversation.members - {writer, 0}
        return message

    def _group(self, title: str, at: datetime, category: str) -> Group:
        group = Group(
            id=next(self._ids["group"]),
            title=title,
            category=CATEGORIES.index(category) + 1,
            organism="",
            strain="",
            authors=[],
            year=at.year,
            accession="",
            lab="",
            location="",
            picture="",
            tags=[],
            description="",
            time=at,
        )
        self.groups[group.id] = group
        return group

    def _author(self, name: str) -> Author:
        return self.authors.setdefault(name, Author(len(self.authors) + 1, name))

    def _people(self) -> None:
        start = self._start
        for number, (name, klass, password) in enumerate(_PEOPLE, start=1):
            self.users[number] = User(
                id=number,
                name=name,
                password=password,
                klass=klass,
                authkey=_digest("authkey", name),
                passkey=_digest("passkey", name),
                joined=start - timedelta(days=200),
                last_access=start,
            )
        me = self.user("me")
        me.downloaded, me.required_ratio = 10 * _GIB, 0.05
        me.profile = "About [b]me[/b] & <you>"
        me.bookmarks, me.friends = {1}, {self.user("uploader1").id}
        self.user("uploader1").uploaded, self.user("uploader1").downloaded = 5 * 2**40, 0
        self.user("disabled1").enabled = False
        self.user("unconfirmed1").confirmed = False
        self.user("twofa1").totp = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
        self.user("shy1").paranoia = 7

    def _data_sets(self) -> None:
        first = self._start - timedelta(hours=12 * len(library.ROWS))
        group: int | None = None
        for number, row in enumerate(library.ROWS, start=1):
            lab, location = library.LABS[number % len(library.LABS)]
            names = library.AUTHORS[number % 7 : number % 7 + 1 + number % 2]
            torrent = self.publish(
                row.title,
                group=None if row.title else group,
                organism=row.organism,
                strain=row.strain,
                category=row.category or "Sequences",
                platform=row.platform,
                format=row.format,
                license=row.license,
                scope=row.scope,
                tags=row.tags.split(" "),
                authors=names if row.tags else (),
                lab=lab,
                location=location,
                picture=f"https://pics.example.org/{number}.png" if number % 6 == 0 else "",
                accession=f"NC_{number + 10:06}.1" if number % 3 else "",
                year=2001 + number % 20,
                size=int(row.gib * _GIB) + number,
                files=1 + number % 4,
                seeders=number % 7,
                leechers=number % 3,
                snatched=number * 5 % 37,
                anonymous=number == 13,  # noqa: PLR2004 - one of them
                freeleech=int(number % 10 == 0),
                annotated=number % 4 == 0,
                archive=("", "gzip", "zip", "7z")[number % 4],
                text=f"[b]{row.title}[/b]\nSee [url=https://example.org/{number}]the paper[/url].",
                time=first + timedelta(hours=12 * number - 1),
            )
            group = torrent.group.id

    def _texts(self) -> None:
        start = self._start
        for age, (title, body) in zip(range(len(library.NEWS), 0, -1), library.NEWS, strict=True):
            self.announce(title, body, time=start - timedelta(days=3 * age))
        for age, (title, body) in zip(range(len(library.BLOG), 0, -1), library.BLOG, strict=True):
            self.write_blog(title, body, time=start - timedelta(days=5 * age))
        ages = range(len(library.MESSAGES), 0, -1)
        for age, (sender, subject, body) in zip(ages, library.MESSAGES, strict=True):
            at = start - timedelta(hours=7 * age)
            conversation = self.send(subject, body, sender=sender, time=at)
            if age % 2:
                conversation.unread.clear()
        self.conversations[3].sticky.add(self.user("me").id)
        self.send("Question about W303", "Which lab?", to="mod1", sender="me", time=start)
        self.send("Hi donor", "Thank you.", to="donor1", time=start)
        newbie = self.user("newbie1")
        newbie.read_news, newbie.read_blog = self.news[-1].id, self.blog[-1].id


def _digest(kind: str, name: str) -> str:
    return hashlib.md5(f"{kind} of {name}".encode(), usedforsecurity=False).hexdigest()


_PEOPLE = (
    ("root", "Sysop", "root-password-123456"),
    ("me", "User", "me-password-123456"),
    ("donor1", "Donor", "donor-password-123456"),
    ("mod1", "Moderator", "mod-password-1234567"),
    ("uploader1", "Power User", "uploader-password-1234"),
    ("power1", "Power User", "power-password-123456"),
    ("disabled1", "User", "disabled-password-1234"),
    ("twofa1", "User", "twofa-password-123456"),
    ("unconfirmed1", "User", "unconfirmed-password-1"),
    ("newbie1", "User", "newbie-password-1234"),
    ("shy1", "User", "shy-password-1234567"),
)
