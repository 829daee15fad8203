"""
Sends forms of the website: with the account's key, once, and without following where they lead.

The key is learnt from `index` by the session's cookie, is held in memory, and stands in no call:
it is added at the last moment.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

from yarl import URL

from gazelled.clock import Clock
from gazelled.errors import BadAnswer, Reason, TrackerUnavailable
from gazelled.model import Call
from gazelled.tracker.answers.classification import Consequence, HttpReply, Verdict
from gazelled.tracker.answers.intake import Intake
from gazelled.tracker.forms.form import (
    FORMS,
    LOG_OUT,
    SESSION,
    AnswerLost,
    FormReply,
    Reception,
)
from gazelled.tracker.forms.form_replies import judge_form
from gazelled.tracker.forms.texts import NEEDS_LOG_IN, NO_KEY, NOTHING_TO_END
from gazelled.tracker.login.auth import TokenAuth
from gazelled.tracker.login.log_in import LogIn
from gazelled.tracker.sites.site import Site
from gazelled.tracker.transport.http import HttpRequest, HttpTransport, Received
from gazelled.tracker.transport.rate_limiter import SlotSource

LearnKey = Callable[[], Awaitable[Verdict]]
"""A function that sends `index`, whose answer contains the key."""


OF_SESSION = frozenset({SESSION, LOG_OUT})
"""The forms about the existing session, which must not log in."""


class FormPost:
    """Sends the forms of an account."""

    def __init__(
        self, site: Site, clock: Clock, transport: HttpTransport, log_in: LogIn, intake: Intake
    ) -> None:
        self._site = site
        self._clock = clock
        self._transport = transport
        self._log_in = log_in
        self._intake = intake

    async def send(self, call: Call, slots: SlotSource, learn_key: LearnKey) -> Verdict:
        """
        Send a form once, and return how it was taken.

        An error without a word may mean that the key is no longer the account's. Then, and only if
        `index` has another one now, it is certain that nothing was done.

        Raises:
            AnswerLost: If it was sent and no answer came.
            TrackerUnavailable: If it was not sent.
            BadAnswer: If it was not sent, since `index` could not be read.

        """
        if isinstance(self._log_in.auth, TokenAuth):
            text = NOTHING_TO_END if call.action in OF_SESSION else NEEDS_LOG_IN
            return Verdict(Consequence.REFUSED, text, reason=Reason.NOT_PERMITTED)
        if call.action == SESSION:
            return await self._look_for_session(learn_key)
        if not self._intake.authkey:
            verdict = await learn_key()
            if verdict.consequence is not Consequence.OK:
                return verdict
            if not self._intake.authkey:
                return Verdict(Consequence.REFUSED, NO_KEY, reply=verdict.reply)
        key = self._intake.authkey
        verdict = await self._post(call, key, slots)
        if isinstance(sent := verdict.payload, FormReply) and sent.reception is Reception.WORDLESS:
            with suppress(TrackerUnavailable, BadAnswer):  # the form was sent, whatever this does
                await learn_key()
            if self._intake.authkey != key:
                return replace(verdict, payload=FormReply(Reception.OLD_KEY))
        return verdict

    async def _look_for_session(self, learn_key: LearnKey) -> Verdict:
        """Check which log-in has a session; delete the cookies of one that has ended."""
        gone = FormReply(Reception.NO_SESSION)
        if not await self._log_in.has_session():
            reply = HttpReply(0, b"", self._clock.now())
            return Verdict(Consequence.OK, payload=gone, reply=reply)
        verdict = await learn_key()
        if verdict.consequence is Consequence.OK:
            log_in = str(self._log_in.number)
            return replace(verdict, payload=FormReply(Reception.ACCEPTED, log_in))
        if verdict.consequence is not Consequence.SESSION_LOST:
            return verdict
        await self._log_in.forget()
        return Verdict(Consequence.OK, payload=gone, reply=verdict.reply)

    async def _post(self, call: Call, key: str, slots: SlotSource) -> Verdict:
        form = FORMS[call.action]
        fields = [*form.fields, *call.params, ("auth", key)]
        url = self._site.root.join(URL(form.page))
        request = HttpRequest(
            url if form.post else url.with_query(fields),
            call.deadline,
            self._log_in.headers(),
            form=fields if form.post else (),
            once=True,
        )
        try:
            received = await send_once(self._transport, request, slots)
        except BadAnswer as error:
            raise AnswerLost(self._intake.text(str(error))) from None
        await self._log_in.learn(received)
        verdict = await self._intake.read(received.reply, url, partial(judge_form, form))
        if not isinstance(sent := verdict.payload, FormReply):
            return verdict
        # Its words are decoded only now, and may quote what was sent.
        return replace(verdict, payload=replace(sent, text=self._intake.text(sent.text)))


async def send_once(transport: HttpTransport, request: HttpRequest, slots: SlotSource) -> Received:
    """Send a form; raise AnswerLost if it was written and no answer came."""
    written = False

    async def note_written() -> None:
        nonlocal written
        slots.writing()
        written = True

    try:
        return await transport.send(replace(request, before_written=note_written), slots)
    except TrackerUnavailable as error:
        if written:
            raise AnswerLost(str(error), after=error.after, until=error.until) from None
        raise
