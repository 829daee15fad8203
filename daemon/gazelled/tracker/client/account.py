"""
The account in one answer: `index` and, where that isn't enough, `user` of oneself.

To a bare token `index` shows only who it belongs to and how many messages are unread; `user` shows
it the amounts and the class. To a cookie `index` shows everything.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Generator

from gazelled.model import Answer, Call

Asker = Callable[[Call], Awaitable[Answer]]


def account_steps(call: Call) -> Generator[Call, Answer, dict[str, object]]:
    """
    Yield the calls for the account, take their answers, and return what they show.

    What the log-in can't see is None; so is the ratio before any download.

    Raises:
        BadAnswer: If an answer can't be read.

    """
    # A daemon that never asks for the account does without the models of all answers.
    from gazelled.tracker.catalogue.own_account import Index  # noqa: PLC0415 - see above
    from gazelled.tracker.catalogue.users import User  # noqa: PLC0415 - see above
    from gazelled.tracker.decoding.schema import decode_as  # noqa: PLC0415 - see above

    answer = yield Call("index", (), call.lane, call.deadline)
    # Read as a token's: it forgets what wasn't loaded, and a cookie's is loaded.
    index = decode_as(Index, answer.payload, by="token").value
    stats, counters = index.userstats, index.notifications
    facts: dict[str, object] = {
        "id": index.id,
        "username": index.username,
        "class": stats.class_,
        "uploaded": stats.uploaded,
        "downloaded": stats.downloaded,
        "ratio": stats.ratio,
        "required_ratio": stats.required_ratio,
        "messages": counters.messages,
        "notifications": counters.notifications,
        "new_announcement": counters.new_announcement,
        "new_blog": counters.new_blog,
        "new_subscriptions": counters.new_subscriptions,
    }
    if stats.uploaded is None and index.id is not None:
        params = (("id", str(index.id)),)
        answer = yield Call("user", params, call.lane, call.deadline)
        user = decode_as(User, answer.payload, by="token").value
        facts |= {
            "username": user.username,
            "class": user.personal.class_,
            "uploaded": user.stats.uploaded,
            "downloaded": user.stats.downloaded,
            "ratio": user.stats.ratio,
            "required_ratio": user.stats.required_ratio,
        }
    return facts


COMPOSED = {"account": account_steps}
"""The actions that gazelled makes of others."""


async def account(ask: Asker, call: Call) -> Answer:
    """Ask for the account; raises a TrackerError if a part can't be had."""
    took = 0.0
    steps = account_steps(call)
    part = await ask(next(steps))
    while True:
        took += part.took
        try:
            step = steps.send(part)
        except StopIteration as end:
            payload = end.value
            raw = json.dumps(payload).encode()
            return Answer(call, payload, raw, part.at, took)
        part = await ask(step)


def composing(ask: Asker) -> Asker:
    """Return an asker that answers composed actions, too."""

    async def asked(call: Call) -> Answer:
        return await (account(ask, call) if call.action in COMPOSED else ask(call))

    return asked
