"""One visit of someone who was let in, and the envelopes that answers come in."""

from __future__ import annotations

from dataclasses import dataclass

from gazelled.testing.content.records import UserRecord
from gazelled.testing.content.world import World
from gazelled.testing.site import pages
from gazelled.testing.site.auth import BEARER, Visitor
from gazelled.testing.site.exchange import JSON, NO_CACHE, SimulatedReply, SimulatedRequest
from gazelled.testing.site.php import encode, to_int


@dataclass(frozen=True, slots=True)
class Visit:
    """
    A request that was let in.

    Attributes:
        site: The name of the site, the `source` of its answers.
        endpoint: The page that serves the API.
        scheme: What stands before a token.
        sealed: Whether the operators haven't entered the database key yet.

    """

    ask: SimulatedRequest
    world: World
    visitor: Visitor
    site: str
    endpoint: str = "ajax.php"
    scheme: str = BEARER
    sealed: bool = False

    @property
    def user(self) -> UserRecord:
        """Who asks."""
        return self.visitor.user

    @property
    def loaded(self) -> bool:
        """Whether the site knows more of who asks than the id."""
        return self.visitor.loaded

    def param(self, name: str) -> str:
        """Return a parameter of the address; empty without."""
        return self.ask.query.get(name, "")

    def success(
        self, response: object, *, content_type: str = JSON, info: bool = True, cached: bool = False
    ) -> SimulatedReply:
        """
        Wrap a response in the envelope.

        Args:
            response: What the action returns.
            content_type: What it claims to be.
            info: Whether the action is one of those that say where they come from.
            cached: Whether the answer comes without the headers that forbid to keep it.

        """
        body: dict[str, object] = {"status": "success", "response": response}
        if info:
            body["info"] = {"source": self.site, "version": 1}
        if info and self.loaded and self.user.klass == "Sysop":
            body["debug"] = _DEBUG
        return SimulatedReply(200, content_type, encode(body), () if cached else NO_CACHE)

    def bare_success(self, values: dict[str, object]) -> SimulatedReply:
        """Return other keys than a response beside the status, as an empty page of a forum does."""
        return SimulatedReply(200, JSON, encode({"status": "success", **values}), NO_CACHE)

    def failure(self, error: str, *, status: str = "failure") -> SimulatedReply:
        """Refuse in the site's words, which is a success for HTTP."""
        info = {"source": self.site, "version": 1}
        return SimulatedReply(200, JSON, encode({"status": status, "error": error, "info": info}))

    def bare_failure(self) -> SimulatedReply:
        """Refuse without a reason."""
        return SimulatedReply(200, JSON, b'{"status":"failure"}', NO_CACHE)

    def error_page(
        self, before: bytes = b'{"status":"failure"}', *, title: str = pages.BAD_REQUEST
    ) -> SimulatedReply:
        """Fail as actions do that call the error page: JSON and HTML in one body."""
        return SimulatedReply(500, JSON, before + pages.error(title, site=self.site, inner=True))

    def away(self, location: str, *headers: tuple[str, str]) -> SimulatedReply:
        """Send elsewhere, and say that it is JSON."""
        page = pages.bad_request(site=self.site, inner=True)
        return SimulatedReply(302, JSON, page, (*headers, ("Location", location)))

    def empty(self) -> SimulatedReply:
        """Return nothing, successfully."""
        return SimulatedReply(200, JSON, b"", NO_CACHE)

    def page(self) -> int:
        """Return the number of the page; the first by default."""
        return max(to_int(self.param("page") or "1"), 1)

    def fatal(self) -> SimulatedReply:
        """Fail as PHP does, without a word."""
        return SimulatedReply(500, JSON)


_DEBUG = {
    "queries": [
        ["SELECT `Username` FROM `users_main` WHERE `ID` = '1'", 0.7679462432861328, []],
        ["SELECT COUNT(UserID) FROM users_notify_torrents", 0.23412704467773438, None],
    ],
    "searches": [],
}
"""What the site shows its Sysop."""
