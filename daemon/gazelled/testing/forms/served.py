"""Which page takes which form, and what is checked before any of them: the session and the key."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gazelled.testing.content.world import World
from gazelled.testing.forms import bookmark_forms, inbox_forms, reading_forms
from gazelled.testing.forms.form_visit import FormVisit
from gazelled.testing.site.auth import Gate
from gazelled.testing.site.exchange import HTML, SimulatedReply, SimulatedRequest

Handler = Callable[[FormVisit], SimulatedReply]

FORMS: Mapping[tuple[str, str], Handler] = {
    ("/bookmarks.php", "add"): bookmark_forms.add,
    ("/bookmarks.php", "remove"): bookmark_forms.remove,
    ("/userhistory.php", "thread_subscribe"): reading_forms.thread_subscribe,
    ("/userhistory.php", "catchup"): reading_forms.catch_up_subscriptions,
    ("/torrents.php", "notify_catchup"): reading_forms.catch_up_notifications,
    ("/forums.php", "catchup"): reading_forms.catch_up_forum,
    ("/inbox.php", "takecompose"): inbox_forms.takecompose,
    ("/inbox.php", "masschange"): inbox_forms.masschange,
    ("/inbox.php", "takeedit"): inbox_forms.takeedit,
}
"""The forms by their page and their action."""


_LOG_OUT = "/logout.php"


def is_form(ask: SimulatedRequest) -> bool:
    """Return whether a request sends a form."""
    return ask.path == _LOG_OUT or (ask.path, ask.action or "") in FORMS


def take(
    ask: SimulatedRequest, world: World, gate: Gate, *, site: str, sealed: bool
) -> SimulatedReply:
    """Take a form of someone who is logged in and knows their key."""
    if ask.path == _LOG_OUT:
        return gate.log_out(ask)
    visitor = gate.enter(ask)
    if ask.action == "notify_catchup" and "session" not in ask.cookies:
        return SimulatedReply(500, HTML)  # the key is asked for before the session here
    if isinstance(visitor, SimulatedReply):
        return visitor
    user = visitor.user
    # The key counts wherever it stands; a wrong one is refused without a word.
    if (ask.form.get("auth") or ask.query.get("auth")) != user.authkey:
        return SimulatedReply(500, HTML)
    return FORMS[ask.path, ask.action or ""](FormVisit(ask, world, user, site, sealed=sealed))
