"""Loading a world that was written down: the data of a site, by kind, as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from gazelled.testing.content.collages import CollageRecord
from gazelled.testing.content.comments import CommentRecord
from gazelled.testing.content.empty_world import EmptyWorld
from gazelled.testing.content.forums import ForumRecord, PostRecord, Thread
from gazelled.testing.content.records import (
    AuthorRecord,
    BlogRecord,
    ConversationRecord,
    GroupRecord,
    MessageRecord,
    NewsRecord,
    TorrentRecord,
    UserRecord,
    digest,
)
from gazelled.testing.content.requests import RequestRecord
from gazelled.testing.content.wiki import Article

Rows = Sequence[Mapping[str, Any]]


def load(world: EmptyWorld, data: Mapping[str, Rows]) -> None:
    """
    Fill an empty world with data, by kind: `users`, `groups`, `torrents`, `threads`, ...

    Times are in UTC. Kinds that are missing stay empty. Who logs in has the password
    `NAME-password-123456`, since sites don't show passwords.
    """
    _people(world, data)
    _data_sets(world, data)
    _wishes(world, data)
    _texts(world, data)
    _forums(world, data)
    _memberships(world, data)


def _people(world: EmptyWorld, data: Mapping[str, Rows]) -> None:
    for row in data.get("users", ()):
        name = row["name"]
        world.users[row["id"]] = UserRecord(
            id=row["id"],
            name=name,
            password=f"{name}-password-123456",
            klass=row["class"],
            authkey=digest("authkey", name),
            passkey=digest("passkey", name),
            joined=_time(row["joined"]),
            last_access=_time(row["last_access"]),
            uploaded=row["uploaded"],
            downloaded=row["downloaded"],
            required_ratio=row["required_ratio"],
            profile=row["profile"],
            avatar=row.get("avatar", ""),
        )
    for row in data.get("authors", ()):
        world.authors[row["name"]] = AuthorRecord(row["id"], row["name"])


def _data_sets(world: EmptyWorld, data: Mapping[str, Rows]) -> None:
    authors = {author.id: author for author in world.authors.values()}
    for row in data.get("groups", ()):
        group = GroupRecord(
            **{key: row[key] for key in _GROUP_FIELDS},
            authors=[authors[number] for number in row["authors"]],
            tags=[tag.replace("_", ".") for tag in row["tags"]],
            time=_time(row["time"]),
        )
        world.put_group(group)
    for row in data.get("torrents", ()):
        at = _time(row["time"])
        torrent = TorrentRecord(
            **{key: row[key] for key in _TORRENT_FIELDS},
            group=world.groups[row["group"]],
            hash=row["infohash"],
            files=[(name, size) for name, size in row["files"]],
            time=at,
            searchable=at,
            freeleech=row["freetorrent"],
        )
        world.put_torrent(torrent)


_GROUP_FIELDS = (
    "id",
    "title",
    "category",
    "organism",
    "strain",
    "year",
    "accession",
    "lab",
    "location",
    "picture",
    "description",
)

_TORRENT_FIELDS = (
    "id",
    "folder",
    "platform",
    "format",
    "license",
    "scope",
    "annotated",
    "archive",
    "seeders",
    "leechers",
    "snatched",
    "uploader",
    "description",
    "anonymous",
)


def _wishes(world: EmptyWorld, data: Mapping[str, Rows]) -> None:
    authors = {author.id: author for author in world.authors.values()}
    for row in data.get("requests", ()):
        request = RequestRecord(
            id=row["id"],
            author=row["author"],
            title=row["title"],
            category=row["category"],
            description=row["description"],
            authors=[authors[number] for number in row["authors"]],
            tags=[*row["tags"]],
            time=_time(row["time"]),
            last_vote=_time(row["last_vote"]),
            votes={int(voter): bounty for voter, bounty in row["votes"].items()},
            torrent=row["torrent"],
            filler=row["filler"],
            filled=_time(row["filled"]) if row["filled"] else None,
        )
        world.requests.put(request)
    for row in data.get("collages", ()):
        collage = CollageRecord(
            id=row["id"],
            name=row["name"],
            description=row["description"],
            author=row["owner"],
            kind=row["category"],
            groups=[*row["groups"]],
            deleted=row["deleted"],
        )
        world.collages.put(collage)


def _texts(world: EmptyWorld, data: Mapping[str, Rows]) -> None:
    for row in data.get("news", ()):
        world.put_news(NewsRecord(row["id"], row["title"], row["body"], _time(row["time"])))
    for row in data.get("blog", ()):
        post = BlogRecord(
            id=row["id"],
            author=row.get("author", ""),
            title=row["title"],
            body=row["body"],
            time=_time(row["time"]),
            important=row["important"],
        )
        world.put_blog_post(post)
    for row in data.get("conversations", ()):
        messages = [
            MessageRecord(message["id"], message["sender"], message["body"], _time(message["time"]))
            for message in row["messages"]
        ]
        conversation = ConversationRecord(
            id=row["id"],
            subject=row["subject"],
            members={*row["members"]},
            messages=messages,
            unread={*row["unread"]},
            sticky={*row["sticky"]},
        )
        world.put_conversation(conversation)
    for row in data.get("comments", ()):
        comment = CommentRecord(
            row["id"], row["page"], row["on"], row["author"], row["body"], _time(row["time"])
        )
        world.comments.put(comment)
    for row in data.get("wiki", ()):
        article = Article(
            id=row["id"],
            title=row["title"],
            body=row["body"],
            aliases=[*row["aliases"]],
            author=row["author"],
            time=_time(row["date"]),
            revision=row["revision"],
            staff=row["staff"],
        )
        world.wiki.put(article)


def _forums(world: EmptyWorld, data: Mapping[str, Rows]) -> None:
    world.forums.places = {
        row["id"]: ForumRecord(
            row["id"], row["category"], row["name"], row["description"], row.get("staff", False)
        )
        for row in data.get("forums", ())
    }
    for row in data.get("threads", ()):
        posts = [
            PostRecord(post["id"], post["author"], post["body"], _time(post["time"]))
            for post in row["posts"]
        ]
        if posts:
            thread = Thread(
                row["id"], row["forum"], row["title"], posts, row["locked"], row["sticky"]
            )
            world.forums.put(thread)


def _memberships(world: EmptyWorld, data: Mapping[str, Rows]) -> None:
    for row in data.get("seeding", ()):
        user = world.users[row["user"]]
        (user.seeding if row["done"] else user.leeching).add(row["torrent"])
    for row in data.get("snatched", ()):
        world.users[row["user"]].snatched.add(row["torrent"])
    for row in data.get("bookmarks", ()):
        world.users[row["user"]].bookmarks.add(row["group"])


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
