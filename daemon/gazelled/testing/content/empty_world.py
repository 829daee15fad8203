"""What the simulated site can hold, and what can happen there at run time."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from importlib import resources
from typing import Any

from gazelled.clock import Clock
from gazelled.testing.content.collages import Collages
from gazelled.testing.content.comments import CommentBoard
from gazelled.testing.content.filters import Filters
from gazelled.testing.content.forums import Forums
from gazelled.testing.content.records import (
    CATEGORIES,
    AuthorRecord,
    Banner,
    BlogRecord,
    ConversationRecord,
    GroupRecord,
    Ids,
    MessageRecord,
    NewsRecord,
    TorrentRecord,
    UserRecord,
)
from gazelled.testing.content.requests import RequestBoard
from gazelled.testing.content.torrent_file import infohash
from gazelled.testing.content.wiki import WikiArticles

_GIB = 2**30


class EmptyWorld:
    """
    A site without anybody or anything, and all that can happen there.

    The ids ascend with the times and none is used twice. Whoever does something is named.

    Args:
        clock: Whose time it is there.
        reindex_delay: Seconds until an upload appears in searches; elsewhere it does at once.

    Attributes:
        forums: Threads and posts: `open`, `reply`, `edit`, `delete`, `subscribe`, `mark_read`.
        requests: Wishes: `ask`, `vote`, `fill`.
        collages: Collections: `create`, `add`, `remove`.
        comments: On data sets, requests, collages and authors: `write`, `edit`, `delete`.
        wiki: Articles: `write`, `edit`.
        filters: Notifications of uploads: `create`.
        downloads: How often a user fetched a torrent, by both ids.
        tokens_spent: For which torrents users spent a freeleech token, by both ids.
        feeds_since: When the cache was flushed, which empties the feeds of uploads.

    """

    def __init__(self, clock: Clock | None = None, *, reindex_delay: float = 0.0) -> None:
        self.clock = clock or Clock()
        self.reindex_delay = reindex_delay
        self.users: dict[int, UserRecord] = {}
        self.authors: dict[str, AuthorRecord] = {}
        self.groups: dict[int, GroupRecord] = {}
        self.torrents: dict[int, TorrentRecord] = {}
        self.news: list[NewsRecord] = []
        self.blog: list[BlogRecord] = []
        self.banner: Banner | None = None
        self.conversations: dict[int, ConversationRecord] = {}
        self.forums = Forums(self.clock, self.user)
        self.requests = RequestBoard(self.clock, self.user, self.author)
        self.collages = Collages(self.user)
        self.comments = CommentBoard(self.clock, self.user)
        self.wiki = WikiArticles(self.clock, self.user)
        self.filters = Filters(self.user)
        self.downloads: Counter[tuple[int, int]] = Counter()
        self.tokens_spent: set[tuple[int, int]] = set()
        self.feeds_since: datetime | None = None
        self._ids = {kind: Ids() for kind in ("group", "torrent", "news", "blog", "pm", "conv")}

    @cached_property
    def ontology(self) -> Any:  # noqa: ANN401 - a tree as the site tells it, to be changed
        """The categories, each with its platforms and formats."""
        text = resources.files("gazelled.testing").joinpath("ontology.json").read_text("utf-8")
        return json.loads(text)

    def user(self, name: str) -> UserRecord:
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
    ) -> TorrentRecord:
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
            home.authors = [self.author(name) for name in authors]
            home.description = text
        stem = format.lower().replace("/", "-")
        share = size // files
        content = [
            (f"part{n}.{stem}", share if n < files else size - share * (files - 1))
            for n in range(1, files + 1)
        ]
        folder = re.sub(r"[^0-9A-Za-z]", "_", home.title)
        torrent = TorrentRecord(
            id=number,
            group=home,
            hash=infohash(number, folder, tuple(content)),
            folder=folder,
            platform=platform,
            format=format,
            license=license,
            scope=scope,
            annotated=annotated,
            archive=archive,
            files=content,
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
        self.filters.see(torrent)
        return torrent

    def edit(
        self,
        group_id: int,
        *,
        title: str | None = None,
        tags: Sequence[str] | None = None,
        text: str | None = None,
        picture: str | None = None,
        organism: str | None = None,
        strain: str | None = None,
        accession: str | None = None,
        year: int | None = None,
    ) -> GroupRecord:
        """Change a data set; what isn't given stays."""
        group = self.groups[group_id]
        group.title = group.title if title is None else title
        group.tags = group.tags if tags is None else list(tags)
        group.description = group.description if text is None else text
        group.picture = group.picture if picture is None else picture
        group.organism = group.organism if organism is None else organism
        group.strain = group.strain if strain is None else strain
        group.accession = group.accession if accession is None else accession
        group.year = group.year if year is None else year
        return group

    def set_peers(
        self,
        torrent_id: int,
        *,
        seeders: int | None = None,
        leechers: int | None = None,
        snatched: int | None = None,
        stale: bool = False,
    ) -> TorrentRecord:
        """Change how many share a torrent; `stale` searches still show what they were."""
        torrent = self.torrents[torrent_id]
        torrent.listed = torrent.peers if stale else None
        torrent.seeders = torrent.seeders if seeders is None else seeders
        torrent.leechers = torrent.leechers if leechers is None else leechers
        torrent.snatched = torrent.snatched if snatched is None else snatched
        return torrent

    def bookmark(self, group_id: int, *, user: str = "me") -> None:
        """Bookmark a data set."""
        self.user(user).bookmarks.add(self.groups[group_id].id)

    def delete(self, torrent_id: int) -> None:
        """Delete a torrent, and its data set with the last one; searches forget it later."""
        gone = self.torrents[torrent_id]
        gone.gone = self.clock.now() + timedelta(seconds=self.reindex_delay)
        if not self.formats(gone.group):
            self.groups.pop(gone.group.id)
            self.collages.forget_group(gone.group.id)
            for user in self.users.values():
                user.bookmarks.discard(gone.group.id)

    def restore(self, newest: int) -> None:
        """Put an older database back: uploads above an id are lost, and it is given again."""
        for number in [torrent_id for torrent_id in self.torrents if torrent_id > newest]:
            if self.torrents[number].gone is None:
                self.delete(number)
            del self.torrents[number]
        self._ids["torrent"] = Ids()
        self._ids["torrent"].take(newest)

    def formats(self, group: GroupRecord) -> list[TorrentRecord]:
        """List what a data set holds."""
        return [
            torrent
            for torrent in self.torrents.values()
            if torrent.group is group and torrent.gone is None
        ]

    def torrent(self, torrent_id: int) -> TorrentRecord | None:
        """Find a torrent that exists."""
        record = self.torrents.get(torrent_id)
        return record if record and record.gone is None else None

    def announce(self, title: str, body: str = "", *, time: datetime | None = None) -> NewsRecord:
        """Publish an announcement; one in the future isn't shown yet."""
        at = (time or self.clock.now()).replace(microsecond=0)
        news = NewsRecord(next(self._ids["news"]), title, body, at)
        self.news.append(news)
        return news

    def write_blog(
        self,
        title: str,
        body: str = "",
        *,
        author: str = "mod1",
        time: datetime | None = None,
        important: bool = False,
    ) -> BlogRecord:
        """Publish a blog post; only one that is important is in the notifications."""
        at = (time or self.clock.now()).replace(microsecond=0)
        post = BlogRecord(next(self._ids["blog"]), author, title, body, at, important=important)
        self.blog.append(post)
        return post

    def show_banner(self, message: str, url: str = "") -> Banner:
        """Show everyone a message of the operators, in place of the one before."""
        self.banner = Banner(message, url)
        return self.banner

    def send(
        self,
        subject: str,
        body: str = "",
        *,
        to: str = "me",
        sender: str = "mod1",
        time: datetime | None = None,
    ) -> ConversationRecord:
        """Write to a user; without a sender it is the system that writes."""
        reader = self.user(to).id
        writer = self.user(sender).id if sender else 0
        conversation = ConversationRecord(next(self._ids["conv"]), subject, {reader, writer}, [])
        self.conversations[conversation.id] = conversation
        self._say(conversation, writer, body, time)
        return conversation

    def reply(self, conversation_id: int, body: str = "", *, sender: str = "mod1") -> MessageRecord:
        """Answer in a conversation, which keeps its id."""
        writer = self.user(sender).id if sender else 0
        return self._say(self.conversations[conversation_id], writer, body, None)

    def visible_news(self) -> list[NewsRecord]:
        """List the announcements that are shown, newest first."""
        now = self.clock.now()
        shown = [news for news in self.news if news.time <= now]
        return sorted(shown, key=lambda news: (news.time, news.id), reverse=True)

    def unread(self, user: UserRecord) -> int:
        """Count the conversations with something unread."""
        return sum(
            user.id in conversation.unread - conversation.deleted
            for conversation in self.conversations.values()
        )

    def _say(
        self, conversation: ConversationRecord, writer: int, body: str, time: datetime | None
    ) -> MessageRecord:
        at = (time or self.clock.now()).replace(microsecond=0)
        message = MessageRecord(next(self._ids["pm"]), writer, body, at)
        conversation.messages.append(message)
        conversation.unread |= conversation.members - {writer, 0}
        conversation.deleted -= conversation.members
        return message

    def _group(self, title: str, at: datetime, category: str) -> GroupRecord:
        group = GroupRecord(
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

    # What was written down, with its ids

    def put_group(self, group: GroupRecord) -> None:
        """Take in a data set."""
        self._ids["group"].take(group.id)
        self.groups[group.id] = group

    def put_torrent(self, torrent: TorrentRecord) -> None:
        """Take in a torrent of a data set that is there."""
        self._ids["torrent"].take(torrent.id)
        self.torrents[torrent.id] = torrent

    def put_news(self, news: NewsRecord) -> None:
        """Take in an announcement."""
        self._ids["news"].take(news.id)
        self.news.append(news)

    def put_blog_post(self, post: BlogRecord) -> None:
        """Take in a blog post."""
        self._ids["blog"].take(post.id)
        self.blog.append(post)

    def put_conversation(self, conversation: ConversationRecord) -> None:
        """Take in a conversation with its messages."""
        self._ids["conv"].take(conversation.id)
        for message in conversation.messages:
            self._ids["pm"].take(message.id)
        self.conversations[conversation.id] = conversation

    def author(self, name: str) -> AuthorRecord:
        """Find an author by name; one who isn't known yet is from now on."""
        return self.authors.setdefault(name, AuthorRecord(len(self.authors) + 1, name))
