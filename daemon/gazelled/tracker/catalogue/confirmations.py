"""What must be said before an action is asked for: sentences, empty when there is nothing."""

from __future__ import annotations

from gazelled.model import Params
from gazelled.tracker.catalogue.action import Action
from gazelled.tracker.catalogue.actions import ACTIONS


def absent(action: Action) -> str:
    """Return the sentence that the tracker doesn't have an action."""
    if action.state != "absent":
        return ""
    return f"the documentation says that {action.name} is not implemented; --force sends it anyway"


def not_by_name(action: Action) -> str:
    """Return why an action can't be called by its name, not even by force."""
    if not action.name:
        return "an action needs a name"
    if action.name == "download":
        return "files are downloaded by a method and a command of their own, which count them"
    return ""


def consequence(action: Action, params: Params) -> str:
    """Return what a request changes."""
    if action.changes:
        return f"{action.name} {action.changes}"
    marks = action.marks(params)
    return f"{action.name} marks {marks} as read" if marks else ""


def unpaged(action: Action, params: Params) -> str:
    """Return why pages can't be turned."""
    table = action.paged(params)
    if table is None or table.paging is None:
        return f"{action.name} has no pages to turn"
    if table.paging.page in dict(params):
        return f"--pages turns the pages itself; leave {table.paging.page} out"
    if table.paging.of and table.paging.of not in dict(params):
        return f"--pages needs {table.paging.of}"
    return ""


def beyond_a_token() -> list[str]:
    """Return the actions that are useless with a token, where it doesn't load its user."""
    return sorted(
        name
        for name, action in ACTIONS.items()
        if not action.token and action.state not in {"absent", "broken"}
    )
