"""Ending the session at the site: whether there is one is looked up without logging in."""

from __future__ import annotations

from gazelled.model import Call
from gazelled.tracker.forms.form import LOG_OUT, SESSION, FormReply, Reception
from gazelled.tracker.forms.sender import FormCaller, FormChange

_CHECK = Call(SESSION, writes=True, form=True)


def logging_out(caller: FormCaller) -> FormChange[bool]:
    """Return the change that there is no session."""

    async def read_state() -> bool:
        answer = await caller.call(_CHECK)
        return bool(answer.payload == FormReply(Reception.NO_SESSION))

    return FormChange(
        form=LOG_OUT,
        params=(),
        read_state=read_state,
        in_effect=lambda _, now: now,
        wanted="there is no session at the site, and its cookies are deleted",
        unwanted="the session at the site goes on",
    )
