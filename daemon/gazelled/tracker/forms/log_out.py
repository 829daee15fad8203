"""Ending the session at the site: whether there is one is looked up without logging in."""

from __future__ import annotations

from gazelled.model import Call
from gazelled.tracker.forms.form import LOG_OUT, SESSION, FormReply, Reception
from gazelled.tracker.forms.sender import FormCaller, FormChange

_CHECK = Call(SESSION, writes=True, form=True)


def logging_out(caller: FormCaller) -> FormChange[str]:
    """Return the change that the session ends, whoever logs in again meanwhile."""

    async def read_state() -> str:
        """Return which log-in has the session; empty if there is none."""
        reply = (await caller.call(_CHECK)).payload
        assert isinstance(reply, FormReply)  # noqa: S101 - a form's answer has no other payload
        return "" if reply.reception is Reception.NO_SESSION else reply.text

    return FormChange(
        form=LOG_OUT,
        params=(),
        read_state=read_state,
        in_effect=lambda before, now: not now or now != before,
        wanted="the session at the site has ended, and its cookies are deleted",
        unwanted="the session at the site goes on",
    )
