"""One visit of someone who was let in, and the envelopes that answers come in."""

from __future__ import annotations

from dataclasses import dataclass

from gazelled.testing import pages
from gazelled.testing.auth import Visitor
from gazelled.testing.exchange import JSON, NO_CACHE, Ask, Reply
from gazelled.testing.php import encode
from gazelled.testing.records import User
from gazelled.testing.world import World


@dataclass(frozen=True, slots=True)
class Visit:
    """
    A request that was let in.

    Attributes:
        site: The name of the site, the `source` of its answers.
        sealed: Whether the operators haven't entered the database key yet.

    """

    ask: Ask
    world: World
    visitor: Visitor
    site: str
    sealed: bool = False

    @property
    def user(self) -> User:
        """Who asks."""
        return self.visitor.user

    def param(self, name: str) -> str:
        """Tell a parameter of the address; empty without."""
        return self.ask.query.get(name, "")

    def success(
        self, response: object, *, content_type: str = JSON, info: bool = True, cached: bool = False
    ) -> Reply:
        """
        Wrap a response in the envelope.

        Args:
            response: What the action tells.
            content_type: What it claims to be.
            info: Whether the action is one of those that say where they come from.
            cached: Whether the answer comes without the headers that forbid to keep it.

        """
        body: dict[str, object] = {"status": "success", "response": response}
        if info:
            body["info"] = {"source": self.site, "version": 1}
        if info and self.visitor.by_cookie and self.user.klass == "Sysop":
            body["debug"] = _DEBUG
        return Reply(200, content_type, encode(body), () if cached else NO_CACHE)

    def failure(self, error: str, *, status: str = "failure") -> Reply:
        """Refuse in the site's words, which is a success for HTTP."""
        info = {"source": self.site, "version": 1}
        return Reply(200, JSON, encode({"status": status, "error": error, "info": info}))

    def error_page(self) -> Reply:
        """Fail as actions do that call the error page: JSON and HTML in one body."""
        page = pages.bad_request(site=self.site, inner=True)
        return Reply(500, JSON, b'{"status":"failure"}' + page)

    def fatal(self) -> Reply:
        """Fail as PHP does, without a word."""
        return Reply(500, JSON)


_DEBUG = {
    "queries": [
        ["SELECT `Username` FROM `users_main` WHERE `ID` = '1'", 0.7679462432861328, []],
        ["SELECT COUNT(UserID) FROM users_notify_torrents", 0.23412704467773438, None],
    ],
    "searches": [],
}
"""What the site shows its Sysop."""
