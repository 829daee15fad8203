"""What the web server says to people beside its pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gazelled.text import counted

UNDER_WAY = "This is under way, and goes on without this page."

NO_TOKEN_YET = "There is no token yet. Run: gazelled web token"  # noqa: S105 - a sentence
TOKEN_NEEDED = "The token is needed."  # noqa: S105 - a sentence
WRONG_TOKEN = "This is not the token. A new one: gazelled web token"  # noqa: S105 - a sentence
LOGGED_OUT = "You are logged out."
FOREIGN = "A page of another site has sent this; nothing was done."
NO_CSRF = "The form is not valid any more. Load the page again, and repeat it."
NOT_FOUND = "There is nothing at this address."
TOO_LARGE = "The request is too large."
FAILED = "The page could not be made, for an internal error; see the log."
METRICS_CLOSED = 'The token is needed, or metrics = "open" in [web].'
TOO_SLOW = "The page was not ready in time; try again."
MANY_STREAMS = "Too many pages follow what changes; close some."


def wait(seconds: float) -> str:
    """Return that too many wrong tokens were sent."""
    return f"Too many wrong tokens were sent. Try again in {max(1, round(seconds / 60))} min."


def wrong_host(address: str) -> str:
    """Return that a request has to name this machine."""
    return f"Ask for {address}/. A proxy in front has to send this as Host."


def _retried(reply: Any) -> str:  # noqa: ANN401 - the table names its type
    return f"{counted(reply.changed, 'delivery', 'deliveries')} will be tried again at once."


def _dropped(reply: Any) -> str:  # noqa: ANN401 - likewise
    return f"{counted(reply.changed, 'delivery', 'deliveries')} dropped."


def _run(reply: Any) -> str:  # noqa: ANN401 - likewise
    return f"{reply.watch} has run: {counted(reply.events, 'event', 'events')}."


def _resumed(reply: Any) -> str:  # noqa: ANN401 - likewise
    if not (reply.resumed or reply.due or reply.rested):
        return "Nothing was stopped."
    due = f" Due at once: {', '.join(reply.due)}." if reply.due else ""
    rested = f" Messages retried: {reply.rested}." if reply.rested else ""
    return f"Requests are sent again.{due}{rested}"


def _paused(reply: Any) -> str:  # noqa: ANN401 - likewise
    return f"{reply.watch} is {'paused' if reply.paused else 'resumed'}."


def _reloaded(reply: Any) -> str:  # noqa: ANN401 - likewise
    lines = reply.changes.lines()
    if not reply.applied:
        keys = [f"{key} needs a restart" for key in reply.restart_needed]
        return f"Nothing was changed: {'; '.join([*reply.problems, *keys])}"
    restart = f" From the next start on: {', '.join(reply.restart_needed)}."
    done = "; ".join(lines) or "nothing differs"
    notes = "".join(f" {problem}" for problem in reply.problems)
    return f"The config was read again: {done}.{restart if reply.restart_needed else ''}{notes}"


DONE: Mapping[str, Callable[[Any], str]] = {
    "deliveries.drop": _dropped,
    "deliveries.retry": _retried,
    "reload": _reloaded,
    "resume": _resumed,
    "watch.pause": _paused,
    "watch.resume": _paused,
    "watch.run": _run,
}
"""What became of each action, by its name: these requests can be sent from the page."""
