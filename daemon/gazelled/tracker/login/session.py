"""
The session: one account on one tracker, logged in by whatever means it has.

It turns a call into requests: the call itself, a log-in when one is needed, the hop of a
legitimate redirect. Each of them takes its own slot.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from yarl import URL

from gazelled.clock import Clock
from gazelled.errors import BadAnswer, ConfigError, Reason, TrackerUnavailable
from gazelled.model import Call
from gazelled.redact import Redactor
from gazelled.tracker.answers.classification import (
    Consequence,
    HttpReply,
    Verdict,
    classify,
)
from gazelled.tracker.answers.intake import INDEX, Intake
from gazelled.tracker.answers.torrent_files import DOWNLOAD, file_page, judge_file
from gazelled.tracker.catalogue.action import Action
from gazelled.tracker.event_log import event_logger
from gazelled.tracker.forms.form import AnswerLost
from gazelled.tracker.key_values import InMemoryStore, KeyValues, load_json, save_json
from gazelled.tracker.login.api_page import ApiPage
from gazelled.tracker.login.auth import Auth
from gazelled.tracker.login.form_post import OF_SESSION, FormPost, send_once
from gazelled.tracker.login.log_in import COOKIES, LogIn
from gazelled.tracker.login.ownership import AccountTaken, Ownership
from gazelled.tracker.sites.site import Site
from gazelled.tracker.transport.call_queue import Abandoned
from gazelled.tracker.transport.connection_errors import Unreachable
from gazelled.tracker.transport.http import HttpRequest, HttpTransport, NoAnswerInTime
from gazelled.tracker.transport.proxies import Proxy
from gazelled.tracker.transport.rate_limiter import SlotSource

log = event_logger(__name__)

KEYS = f"{COOKIES} keys"
"""The account's keys are kept with its session, so that they are known after a restart, too."""

MOST_HOPS = 3
_GO_ON = {Consequence.REDIRECTED, Consequence.SESSION_LOST}
_BROKEN_ACTIONS_SAY = {HTTPStatus.OK, HTTPStatus.INTERNAL_SERVER_ERROR}
_WAIT = "it asks for a pause"


class Session:
    """
    An account's session.

    Args:
        memory: Keeps the session cookie, and how many log-ins were refused.
        redactor: Knows the secrets, and learns those that come to light on the way. Without one
            the account's answers keep them.
        ownership: The right to use the account; None where nobody else can.
        search: Whether the API is searched for where the configured page isn't there.

    Attributes:
        api_page: Where the API is.
        auth: How the account logs in.
        ownership: The right to use the account.

    """

    def __init__(
        self,
        site: Site,
        auth: Auth,
        transport: HttpTransport,
        clock: Clock,
        *,
        memory: KeyValues,
        redactor: Redactor | None = None,
        ownership: Ownership | None = None,
        search: bool = True,
    ) -> None:
        self.api_page = ApiPage(site, memory if search else None)
        self.auth = auth
        self.ownership = ownership
        self._transport = transport
        self._clock = clock
        self._memory = memory
        self._redactor = redactor
        self._intake = Intake(auth, redactor)
        self._log_in = LogIn(site, auth, transport, clock, memory, self._intake)
        self._forms = FormPost(site, clock, transport, self._log_in, self._intake)
        self._keys: tuple[str, ...] | None = None
        self._introduction = asyncio.Lock()
        self._warned: set[str] = set()

    @property
    def site(self) -> Site:
        """The site, with the page that answers its API."""
        return self.api_page.site

    @property
    def taken(self) -> AccountTaken | None:
        return self.ownership.problem if self.ownership else None

    async def claim(self) -> None:
        """Take the account; raise AccountTaken if another process has it."""
        if self.ownership:
            await self.ownership.claim()

    @property
    def logged_in(self) -> bool:
        return self._log_in.is_ready

    @property
    def proxy(self) -> Proxy | None:
        return self._transport.proxy

    def at(self, site: Site) -> Session:
        """Return a session of the same account for what may be another side of the site."""
        return Session(
            site,
            self.auth,
            self._transport,
            self._clock,
            memory=self._memory,
            redactor=self._redactor,
            ownership=self.ownership,
            search=False,
        )

    def follow(self, site: Site) -> None:
        """Go by another limit of the site."""
        self.api_page.follow(site)
        if self.ownership:
            self.ownership.site = site

    def by(self, auth: Auth, *, is_trial: bool = False) -> Session:
        """Return a session by another way to log in; a trial keeps nothing, and owns nothing."""
        session = Session(
            self.site,
            auth,
            self._transport,
            self._clock,
            memory=InMemoryStore() if is_trial else self._memory,
            redactor=self._redactor,
            ownership=None if is_trial else self.ownership,
        )
        session.api_page = self.api_page
        return session

    async def ask(self, call: Call, slots: SlotSource) -> Verdict:
        """
        Send a call, log in if that is needed, and return what the answer means.

        Never raises for what the tracker or the network does.
        """
        await self.api_page.load()
        if self._keys is None and self._redactor is not None:
            self._intake.learn_own(await load_json(self._memory, KEYS, _read_keys) or ())
            self._keys = self._intake.keys
        try:
            return await self._ask_as_owner(self.ownership, call, slots)
        except AccountTaken as error:
            return Verdict(Consequence.ELSEWHERE, str(error))
        except TrackerUnavailable as error:
            return Verdict(
                Consequence.UNAVAILABLE,
                self._intake.text(str(error)),
                after=error.after,
                explained=isinstance(error, Unreachable),
                whole=not isinstance(error, NoAnswerInTime | AnswerLost | Abandoned),
                lost=isinstance(error, AnswerLost),
            )
        except BadAnswer as error:
            reply = self._intake.clean(HttpReply(0, error.raw, self._clock.now(), complete=False))
            return Verdict(Consequence.BROKEN, self._intake.text(str(error)), reply=reply)
        except ConfigError as error:
            return Verdict(Consequence.STOPPED, str(error), reason=Reason.SETTINGS)

    async def _ask_as_owner(
        self, ownership: Ownership | None, call: Call, slots: SlotSource
    ) -> Verdict:
        """Send a call once the account is known to be this process's alone."""
        if ownership is None:
            return await self._ask(call, slots)
        await ownership.claim()
        if call.action != INDEX and not _is_of_session(call):
            # Calls that come together ask once whose account it is.
            async with self._introduction:
                if ownership.must_ask and (problem := await self._introduce(ownership, slots)):
                    return problem
        await ownership.give_way()
        verdict = await self._ask(call, slots)
        if call.action == INDEX and verdict.consequence is Consequence.OK:
            await ownership.learn(verdict.payload)
        return verdict

    async def _introduce(self, ownership: Ownership, slots: SlotSource) -> Verdict | None:
        """Ask whose account it is; return what stands in the way of going on, or None."""
        verdict = await self._ask(Call(INDEX), slots)
        match verdict.consequence:
            case Consequence.OK:
                await ownership.learn(verdict.payload)
            case Consequence.REFUSED | Consequence.BROKEN:
                ownership.give_up()
            case Consequence.UNAVAILABLE if verdict.reply is not None and not verdict.after:
                ownership.fail()
        return verdict if ownership.must_ask else None

    async def _ask(self, call: Call, slots: SlotSource) -> Verdict:
        if _is_of_session(call):
            return await self._once(call, slots)
        for again in (False, True):
            if problem := await self._log_in.renew(slots, ended=0):
                return replace(problem, whole=True)
            await slots.ready()  # another call may log in meanwhile
            used = self._log_in.number
            verdict = await self._once(call, slots)
            if verdict.consequence is not Consequence.SESSION_LOST:
                if verdict.consequence is Consequence.OK:
                    await self._log_in.accepted()
                # The daemon goes on trying, and reports it; a script has nobody who waits.
                if verdict.reason is Reason.CREDENTIALS and self._redactor is None:
                    return await self._log_in.patience.judge(verdict)
                return verdict
            if problem := await self._log_in.renew_lost(verdict, slots, used=used, again=again):
                return problem
            # To a form and a file, a redirect to the log-in says that nothing was done.
            if call.writes and not call.form and call.action != DOWNLOAD:
                text = "the session had ended; nothing was changed"
                return Verdict(Consequence.UNAVAILABLE, text)
        raise AssertionError("the second round returns")

    async def _once(self, call: Call, slots: SlotSource) -> Verdict:
        if not call.form:
            return await self._send(call, slots)
        return await self._forms.send(call, slots, lambda: self._send(Call(INDEX), slots))

    async def _send(self, call: Call, slots: SlotSource) -> Verdict:
        """Send a call to the API, and to its other page if it isn't there any more."""
        site = self.site
        verdict = await self._send_to(site, call, slots)
        if call.writes or call.action == DOWNLOAD:
            return verdict
        other = self.api_page.instead(verdict, site.endpoint)
        if other is None:
            return verdict
        answer = await self._send_to(other, call, slots)
        return answer if await self.api_page.learn(other, answer) else verdict

    async def _send_to(self, site: Site, call: Call, slots: SlotSource) -> Verdict:
        file = call.action == DOWNLOAD
        spends = file and call.writes
        request = self._request(site, call)
        slots.action = call.action
        for _ in range(1 + MOST_HOPS):
            if spends:
                received = await send_once(self._transport, request, slots)
            else:
                received = await self._transport.send(request, slots)
            await self._log_in.learn(received)
            reply = received.reply
            if call.writes and not file and not reply.body and reply.status == HTTPStatus.OK:
                return Verdict(Consequence.OK, reply=reply)
            judge = judge_file if file else classify
            verdict = await self._intake.read(reply, request.url, judge, call.action)
            await self._keep_keys()
            self._note_warnings(call.action, verdict.warnings)
            if verdict.after and verdict.consequence in _GO_ON:
                return replace(verdict, consequence=Consequence.UNAVAILABLE, text=_WAIT)
            if spends and verdict.consequence in {Consequence.REDIRECTED, Consequence.UNAVAILABLE}:
                text = verdict.text or "it redirects in place of the file"
                return replace(verdict, consequence=Consequence.UNAVAILABLE, text=text, lost=True)
            if verdict.consequence is not Consequence.REDIRECTED:
                return _known_broken(self.site.dialect.action(call.action), call, verdict)
            url = self._redirected(call, URL(reply.location))
            request = HttpRequest(url, call.deadline, self._log_in.headers())
        return Verdict(Consequence.UNAVAILABLE, "it redirects in circles")

    def _request(self, site: Site, call: Call) -> HttpRequest:
        file = call.action == DOWNLOAD
        page = file_page(site, self.auth) if file else ""
        # What no catalogue describes is asked for as a page is, though it may change something.
        post = call.writes and not file and self.site.dialect.action(call.action) is not None
        params, form = ((), call.params) if post else (call.params, ())
        url = site.root.join(URL(page or site.endpoint))
        url = url.with_query([("action", call.action), *params])
        return HttpRequest(
            url, call.deadline, self._log_in.headers(), form=form, post=post, once=call.writes
        )

    def _redirected(self, call: Call, target: URL) -> URL:
        """Return where a redirect leads; what keeps a thread unread, trackers leave out of it."""
        action = self.site.dialect.action(call.action)
        query = tuple(target.query.items())
        return target.extend_query(action.kept_gentle(call.params, query)) if action else target

    def _note_warnings(self, action: str, warnings: str) -> None:
        if warnings and action not in self._warned:
            self._warned.add(action)
            log.warning("answer.warnings_removed", action=action, text=warnings)

    async def _keep_keys(self) -> None:
        """Keep the account's keys, if an answer holds others than before."""
        if self._redactor is not None and self._intake.keys != self._keys:
            self._keys = self._intake.keys
            await save_json(self._memory, KEYS, self._keys)

    async def resume(self) -> None:
        await self._log_in.resume()


def _is_of_session(call: Call) -> bool:
    """Return whether a call is about the existing session, and must not log in."""
    return call.form and call.action in OF_SESSION


def _known_broken(action: Action | None, call: Call, verdict: Verdict) -> Verdict:
    """Return a refusal for a page from an action that is known to be broken: it is no outage."""
    reply = verdict.reply
    if verdict.consequence is not Consequence.UNAVAILABLE or reply is None or verdict.after:
        return verdict
    if action is None or action.state != "broken" or reply.status not in _BROKEN_ACTIONS_SAY:
        return verdict
    text = f"{call.action} is broken at the tracker: {verdict.text}"
    return replace(verdict, consequence=Consequence.REFUSED, text=text)


def _read_keys(stored: Any) -> list[str]:  # noqa: ANN401 - JSON
    return [str(key) for key in stored]
