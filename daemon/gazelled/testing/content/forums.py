"""The forums of the simulated site: categories, threads, posts, and who has read what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from gazelled.clock import Clock
from gazelled.testing.content.records import Ids, Who

CATEGORIES = {1: "Site", 5: "Community", 10: "Help", 20: "Trash"}
"""What the forums stand under."""


@dataclass(slots=True)
class PostRecord:
    """What someone wrote in a thread."""

    id: int
    author: int
    body: str
    time: datetime
    editor: int = 0
    edited: datetime | None = None


@dataclass(slots=True)
class Thread:
    """A subject and its posts, oldest first; a locked one is never new to anyone."""

    id: int
    forum: int
    title: str
    posts: list[PostRecord] = field(default_factory=list)
    locked: bool = False
    sticky: bool = False

    @property
    def first(self) -> PostRecord:
        """The post that opened it."""
        return self.posts[0]

    @property
    def last(self) -> PostRecord:
        """The newest post."""
        return self.posts[-1]


@dataclass(slots=True)
class ForumRecord:
    """A place for threads; only those who run the site see one of the staff."""

    id: int
    category: int
    name: str
    about: str
    staff: bool = False


FORUMS = (
    ForumRecord(1, 1, "Your Site", "Totally rad forum"),
    ForumRecord(2, 5, "Chat", "Expect this to fill up with spam"),
    ForumRecord(3, 10, "Help!", "I fell down and I cant get up"),
    ForumRecord(4, 20, "Trash", "Every thread ends up here eventually"),
)
"""The forums that the site begins with."""


class Forums:
    """
    What is written in the forums, and who has read it.

    Args:
        clock: Whose time it is there.
        who: Finds those who write and read.

    """

    def __init__(self, clock: Clock, who: Who) -> None:
        self.places = {forum.id: replace(forum) for forum in FORUMS}
        self.threads: dict[int, Thread] = {}
        self.subscribed: set[tuple[int, int]] = set()
        self.read: dict[tuple[int, int], int] = {}
        self._clock = clock
        self._who = who
        self._threads = Ids()
        self._posts = Ids()

    def open(
        self,
        title: str,
        body: str = "",
        *,
        forum: int = 2,
        author: str = "mod1",
        time: datetime | None = None,
    ) -> Thread:
        """Begin a thread."""
        thread = Thread(next(self._threads), self.places[forum].id, title)
        self.threads[thread.id] = thread
        self.reply(thread.id, body, author=author, time=time)
        return thread

    def put(self, thread: Thread) -> None:
        """Take in a thread that was written down, with its id and those of its posts."""
        self._threads.take(thread.id)
        self._posts.take(thread.last.id)
        self.threads[thread.id] = thread

    def reply(
        self, thread_id: int, body: str, *, author: str = "mod1", time: datetime | None = None
    ) -> PostRecord:
        """Write in a thread."""
        at = (time or self._clock.now()).replace(microsecond=0)
        post = PostRecord(next(self._posts), self._who(author).id, body, at)
        self.threads[thread_id].posts.append(post)
        return post

    def edit(self, post_id: int, body: str, *, editor: str = "mod1") -> PostRecord:
        """
        Change what a post says.

        Raises:
            KeyError: If there is no such post.

        """
        pair = self.find(post_id)
        if pair is None:
            raise KeyError(post_id)
        post = pair[1]
        post.body, post.editor = body, self._who(editor).id
        post.edited = self._clock.now().replace(microsecond=0)
        return post

    def delete(self, post_id: int) -> None:
        """
        Remove a post.

        Raises:
            KeyError: If there is no such post.

        """
        pair = self.find(post_id)
        if pair is None:
            raise KeyError(post_id)
        thread, post = pair
        thread.posts.remove(post)

    def subscribe(self, thread_id: int, *, user: str = "me") -> None:
        """Follow a thread, which one has read to its end if one never was there before."""
        user_id = self._who(user).id
        self.subscribed.add((user_id, thread_id))
        if (user_id, thread_id) not in self.read:
            self.mark_read(user_id, thread_id)

    def unsubscribe(self, thread_id: int, *, user: str = "me") -> None:
        """Follow a thread no longer."""
        self.subscribed.discard((self._who(user).id, thread_id))

    def mark_read(self, user_id: int, thread_id: int, post_id: int = 0) -> None:
        """Move the marker of a user to a post, by default the last; it never goes back."""
        place = (user_id, thread_id)
        post_id = post_id or self.threads[thread_id].last.id
        self.read[place] = max(post_id, self.read.get(place, 0))

    def catch_up(self, user_id: int) -> None:
        """Mark all that a user follows as read."""
        for thread in self.followed(user_id):
            self.mark_read(user_id, thread.id)

    def find(self, post_id: int) -> tuple[Thread, PostRecord] | None:
        """Find a post and its thread."""
        for thread in self.threads.values():
            for post in thread.posts:
                if post.id == post_id:
                    return thread, post
        return None

    def within(self, forum_id: int) -> list[Thread]:
        """List the threads of a forum: the sticky ones, then the others, by their latest post."""
        threads = [thread for thread in self.threads.values() if thread.forum == forum_id]
        threads.sort(
            key=lambda thread: (thread.sticky, thread.last.time, thread.last.id), reverse=True
        )
        return threads

    def followed(self, user_id: int) -> list[Thread]:
        """List the threads that a user follows."""
        return [
            thread for thread in self.threads.values() if (user_id, thread.id) in self.subscribed
        ]

    def is_new(self, user_id: int, thread: Thread) -> bool:
        """Return whether a thread has posts that a user who has been there hasn't seen."""
        read = self.read.get((user_id, thread.id), 0)
        return not thread.locked and 0 < read < thread.last.id

    def has_news(self, user_id: int) -> bool:
        """Return whether anything is new in the threads that a user follows."""
        return any(self.is_new(user_id, thread) for thread in self.followed(user_id))

    def by(self, user_id: int) -> Iterator[tuple[Thread, PostRecord]]:
        """Find what a user wrote, oldest first in each thread."""
        for thread in self.threads.values():
            for post in thread.posts:
                if post.author == user_id:
                    yield thread, post
