"""Which page takes which form, and what is checked before any of them: the session and the key."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gazelled.testing.content.world import World
from gazelled.testing.forms import bookmark_forms
from gazelled.testing.forms.form_visit import FormVisit
from gazelled.testing.site.auth import Gate
from gazelled.testing.site.exchange import HTML, SimulatedReply, SimulatedRequest

Handler = Callable[[FormVisit], SimulatedReply]

FORMS: Mapping[tuple[str, str], Handler] = {
    ("/bookmarks.php", "add"): bookmark_forms.add,
    ("/bookmarks.php", "remove"): bookmark_forms.remove,
}
"""The forms by their page and their action."""


def is_form(ask: SimulatedRequest) -> bool:
    """Return whether a request sends a form."""
    return (ask.path, ask.action or "") in FORMS


def take(
    ask: SimulatedRequest, world: World, gate: Gate, *, site: str, sealed: bool
) -> SimulatedReply:
    """Take a form of someone who is logged in and knows their key."""
    visitor = gate.enter(ask)
    if isinstance(visitor, SimulatedReply):
        return visitor
    user = visitor.user
    # The key counts wherever it stands; a wrong one is refused without a word.
    if (ask.form.get("auth") or ask.query.get("auth")) != user.authkey:
        return SimulatedReply(500, HTML)
    return FORMS[ask.path, ask.action or ""](FormVisit(ask, world, user, site, sealed=sealed))
