"""Ending the session at the site: whether there is one is looked up without logging in."""

from __future__ import annotations

from gazelled.model import Call
from gazelled.tracker.forms.form import LOG_OUT, SESSION, FormReply, Reception
from gazelled.tracker.forms.sender import Deed, FormCaller

_LOOK = Call(SESSION, writes=True, form=True)


def logging_out(caller: FormCaller) -> Deed[bool]:
    """Return the change that there is no session."""

    async def look() -> bool:
        answer = await caller.call(_LOOK)
        return bool(answer.payload == FormReply(Reception.NO_SESSION))

    return Deed(
        form=LOG_OUT,
        params=(),
        look=look,
        holds=lambda _, now: now,
        wanted="there is no session at the site, and its cookies are forgotten",
        unwanted="the session at the site goes on",
    )
