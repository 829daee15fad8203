"""One form that someone sent who is logged in, and the ways in which the site answers forms."""

from __future__ import annotations

from dataclasses import dataclass

from gazelled.testing.content.records import UserRecord
from gazelled.testing.content.world import World
from gazelled.testing.site import pages
from gazelled.testing.site.exchange import HTML, SimulatedReply, SimulatedRequest
from gazelled.testing.site.php import is_number


@dataclass(frozen=True, slots=True)
class FormVisit:
    """A form, who sent it, and whether the operators haven't entered the database key yet."""

    ask: SimulatedRequest
    world: World
    user: UserRecord
    site: str
    sealed: bool = False

    def get(self, name: str) -> str:
        """Return a field of the address; empty without."""
        return self.ask.query.get(name, "")

    def post(self, name: str) -> str:
        """Return a field of the body; empty without."""
        return self.ask.form.get(name, "")

    def number(self, name: str) -> int | None:
        """Return an id of the address, which a body doesn't replace; None if it isn't one."""
        text = self.get(name)
        return int(text) if is_number(text) else None

    def nothing(self) -> SimulatedReply:
        """Answer success with an empty page, as forms do that scripts of the site send."""
        return SimulatedReply(200, HTML)

    def to(self, place: str) -> SimulatedReply:
        """Answer success with a redirect; its body is a page that nobody sees."""
        page = pages.bad_request(site=self.site, inner=True)
        return SimulatedReply(302, HTML, page, (("Location", place),))

    def refuse(self, words: str) -> SimulatedReply:
        """Refuse with a sentence."""
        text = f"A function supplied its own error message: {words}"
        return self._error("Other Error", text)

    def forbid(self) -> SimulatedReply:
        """Refuse for want of a permission: the status says nothing of it."""
        return self._error("403 Forbidden", "You just tried to go to a page you can't see.")

    def not_there(self) -> SimulatedReply:
        """Refuse what doesn't exist."""
        return self._error("404 Not Found", "You just tried to go to a page that doesn't exist.")

    def invalid(self) -> SimulatedReply:
        """Refuse a number that is none, as PHP 8 says it."""
        return self.refuse("0")

    def bad_request(self) -> SimulatedReply:
        """Refuse what makes no sense."""
        return self._error("400 Bad Request", "Something was wrong with your request.")

    def _error(self, title: str, text: str) -> SimulatedReply:
        return SimulatedReply(500, HTML, pages.refusal(title, text, site=self.site))
