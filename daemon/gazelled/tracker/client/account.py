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
    account = _fields(index, "userstats", "notifications")
    if account["uploaded"] is None and account["id"] is not None:
        params = (("id", str(account["id"])),)
        answer = yield Call("user", params, call.lane, call.deadline)
        user = decode_as(User, answer.payload, by="token").value
        shown = _fields(user, "personal", "stats")
        account |= {key: value for key, value in shown.items() if value is not None}
    return account


def _fields(answer: Model, *parts: str) -> dict[str, object]:
    """Return the fields of an account, by their keys, from an answer and parts of it."""
    values = vars(answer)
    holders = [*(values[part] for part in parts if part in values), answer]
    fields = plan_of(Account).fields.values()
    return {
        field.key: next(
            (getattr(holder, field.name) for holder in holders if field.name in dir(holder)), None
        )
        for field in fields
    }
