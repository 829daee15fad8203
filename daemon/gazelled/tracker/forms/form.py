"""
The forms of the website as data: where each goes, and what shows that it was taken.

Known from the application of 2021-03-05. None of them works by token, none looks at a Referer, and
none is counted by the site's rate limit; gazelled takes a slot of the limit for each all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from gazelled.errors import TrackerUnavailable
from gazelled.model import Params


@dataclass(frozen=True, slots=True)
class Form:
    """
    A form.

    Attributes:
        page: The page that takes it, from the address of the site.
        fields: What it always holds; the account's key is added when it is sent.
        post: Whether it is sent as a POST, with all fields in the body; else as a GET.
        success: The pattern of where it redirects to when it was taken; empty if it answers 200
            with an empty body then.

    """

    page: str
    fields: Params = ()
    post: bool = False
    success: str = ""


def _get(page: str, action: str, success: str = "") -> Form:
    return Form(page, (("action", action),), success=success)


def _inbox(action: str) -> Form:
    # Where it leads depends on a setting of the user.
    return Form(
        "inbox.php", (("action", action),), post=True, success=r"inbox\.php(\?sort=unread)?"
    )


FORMS: Mapping[str, Form] = {
    "bookmark": _get("bookmarks.php", "add"),
    "unbookmark": _get("bookmarks.php", "remove"),
    "toggle_subscription": _get("userhistory.php", "thread_subscribe"),
    "catch_up_subscriptions": _get(
        "userhistory.php", "catchup", r"userhistory\.php\?action=subscriptions"
    ),
    "catch_up_notifications": _get(
        "torrents.php", "notify_catchup", r"torrents\.php\?action=notify"
    ),
    "catch_up_forum": _get("forums.php", "catchup", r"forums\.php\?action=viewforum&forumid=\d+"),
    "answer": _inbox("takecompose"),
    "change_conversations": _inbox("masschange"),
    "change_conversation": _inbox("takeedit"),
    "log_out": Form("logout.php", success=r"login\.php"),
}
"""The forms by the name that a call has as its action."""

SESSION = "session"
"""The name of the form that checks whether there is a session, without ever logging in."""

LOG_OUT = "log_out"


class Reception(Enum):
    """How the site took a form."""

    ACCEPTED = auto()
    """As a success; whether anything was changed must be read."""
    REFUSED = auto()
    """With a sentence, or with a page in place of an answer; nothing was done."""
    WORDLESS = auto()
    """With an error without a text: it may have been carried out before."""
    ODD = auto()
    """In a way that isn't known; its words are what the site does."""
    OLD_KEY = auto()
    """Not at all: the account's key was wrong. The new one is known by now."""
    LOST = auto()
    """Unknown: there is no answer."""
    NO_SESSION = auto()
    """Not at all: there is no session. Of `SESSION` alone; every other form logs in."""


@dataclass(frozen=True, slots=True)
class FormReply:
    """How the site took a form, and its words."""

    reception: Reception
    text: str = ""


class AnswerLost(TrackerUnavailable):
    """A form was sent and no answer came: whether it took effect must be read."""
