"""The wiki of the simulated site."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gazelled.clock import Clock
from gazelled.testing.content.records import Ids, Who


@dataclass(slots=True)
class Article:
    """
    A page of the wiki.

    Attributes:
        aliases: The names that it is found by.
        staff: Whether only those who run the site may read it.

    """

    id: int
    title: str
    body: str
    aliases: list[str]
    author: int
    time: datetime
    revision: int = 1
    staff: bool = False


class WikiArticles:
    """
    All pages of the wiki.

    Args:
        clock: Whose time it is there.
        who: Finds those who write.

    """

    def __init__(self, clock: Clock, who: Who) -> None:
        self.articles: dict[int, Article] = {}
        self._clock = clock
        self._who = who
        self._ids = Ids()

    def write(
        self,
        title: str,
        body: str,
        *,
        author: str = "mod1",
        staff: bool = False,
        time: datetime | None = None,
    ) -> Article:
        """Write a new page; its title, simplified, is its name."""
        at = (time or self._clock.now()).replace(microsecond=0)
        alias = "".join(char for char in title.lower() if char.isalnum())
        article = Article(
            next(self._ids), title, body, [alias], self._who(author).id, at, staff=staff
        )
        self.articles[article.id] = article
        return article

    def put(self, article: Article) -> None:
        """Take in a page that was written down, with its id."""
        self._ids.take(article.id)
        self.articles[article.id] = article

    def edit(self, article_id: int, body: str, *, author: str = "mod1") -> Article:
        """Change a page, which makes a new revision."""
        article = self.articles[article_id]
        article.body, article.author = body, self._who(author).id
        article.revision += 1
        article.time = self._clock.now().replace(microsecond=0)
        return article

    def named(self, name: str) -> Article | None:
        """Find a page by one of its names, in either case."""
        wanted = name.lower()
        return next(
            (article for article in self.articles.values() if wanted in article.aliases), None
        )
