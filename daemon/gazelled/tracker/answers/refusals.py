"""
Why the tracker refuses a call, for programs that decide by it.

Its words are few: "bad parameters" stands for what is wrong, missing, or not there. What the
catalogue finds wrong with the call tells these apart. All words were seen at the real application
of BioTorrents.de.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from yarl import URL

from gazelled.errors import Reason
from gazelled.tracker.catalogue import Action, check
from gazelled.tracker.catalogue.actions import ACTIONS

_WORDS = {
    "no such": Reason.NOT_FOUND,
    "not found": Reason.NOT_FOUND,
    "no results": Reason.NOT_FOUND,
    "insufficient permissions": Reason.NOT_PERMITTED,
    "higher user class": Reason.NOT_PERMITTED,
    "no search terms": Reason.BAD_PARAMETERS,
    "empty postid": Reason.BAD_PARAMETERS,
    "all parameters are valid": Reason.BAD_PARAMETERS,
}
_VAGUE = ("", "bad parameters", "bad id parameter", "bad hash parameter")
_STATUS: Mapping[int, Reason] = {
    HTTPStatus.BAD_REQUEST: Reason.BAD_PARAMETERS,
    HTTPStatus.NOT_FOUND: Reason.NOT_FOUND,
    HTTPStatus.UNPROCESSABLE_ENTITY: Reason.BAD_PARAMETERS,
}


def reason_of(status: int, words: str, url: URL) -> Reason:
    """Return why a call is refused, by the status, the tracker's words and what was asked."""
    said = words.lower()
    for phrase, reason in _WORDS.items():
        if phrase in said:
            return reason
    usual = _STATUS.get(status, Reason.OTHER)
    if said not in _VAGUE or usual is Reason.NOT_FOUND:
        return usual
    action = ACTIONS.get(url.query.get("action", ""))
    return (_cause(action, url) if action else None) or (Reason.BAD_PARAMETERS if said else usual)


def _cause(action: Action, url: URL) -> Reason | None:
    """Return the reason of a refusal without one; None if the catalogue can't decide it."""
    params = {name: value for name, value in url.query.items() if name != "action"}
    if check(action, params).errors:
        return Reason.BAD_PARAMETERS
    needed = [(name, param) for name, param in action.params.items() if param.required]
    numbers = {number for name, param in needed if param.number for number in (name, param.unless)}
    if params.keys() & {*numbers, *action.one_of}:
        return Reason.NOT_FOUND
    if action.classes or not action.token:
        return Reason.NOT_PERMITTED
    return None
