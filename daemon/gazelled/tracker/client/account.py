"""
The account in one answer: `index` and, where that isn't enough, `user` of oneself.

To a bare token `index` shows only who it belongs to and how many messages are unread; `user` shows
it the amounts and the class. To a cookie `index` shows everything.
"""

from __future__ import annotations

from collections.abc import Generator

from gazelled.model import Answer, Call
from gazelled.tracker.catalogue.own_account import Account, Index
from gazelled.tracker.catalogue.users import User
from gazelled.tracker.decoding.plan import plan_of
from gazelled.tracker.decoding.schema import Model, decode_as


def account_steps(call: Call) -> Generator[Call, Answer, dict[str, object]]:
    """
    Yield the calls for the account, take their answers, and return what they show.

    What the log-in can't see is None; so is the ratio before any download.

    Raises:
        BadAnswer: If an answer can't be read.

    """
    answer = yield Call("index", (), call.lane, call.deadline)
    # Read as a token's: it forgets what wasn't loaded, and a cookie's is loaded.
    index = decode_as(Index, answer.payload, by="token").value
    account = _fields(Account, index, index.userstats, index.notifications)
    if index.userstats.uploaded is None and index.id is not None:
        params = (("id", str(index.id)),)
        answer = yield Call("user", params, call.lane, call.deadline)
        user = decode_as(User, answer.payload, by="token").value
        account |= _fields(Account, user, user.personal, user.stats)
    return account


def _fields(model: type[Model], *parts: Model) -> dict[str, object]:
    """Return the fields of a model that parts of other answers have, by their keys."""
    return {
        field.key: getattr(part, name)
        for name, field in plan_of(model).fields.items()
        for part in parts
        if hasattr(part, name)
    }
