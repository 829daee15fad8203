"""
The session: one account on one tracker, logged in by whatever means it has.

It turns a call into requests: the call itself, a log-in when one is needed, the hop of a
legitimate redirect. Each of them takes its own slot.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from hashlib import sha256
from http import HTTPStatus

import structlog
from yarl import URL

from gazelled.clock import Clock
from gazelled.errors import BadAnswer, ConfigError, TrackerUnavailable
from gazelled.model import Call
from gazelled.redact import Redactor
from gazelled.tracker.answers.classification import (
    SESSION_COOKIE,
    Consequence,
    HttpReply,
    Verdict,
    classify,
)
from gazelled.tracker.answers.intake import INDEX, Intake
from gazelled.tracker.answers.torrent_files import DOWNLOAD, file_page, judge_file
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.key_values import KeyValues, load_json, save_json
from gazelled.tracker.login.auth import (
    Auth,
    CookieAuth,
    LoginAuth,
    TokenAuth,
    dump_cookies,
    load_cookies,
    totp,
)
from gazelled.tracker.login.cookie_file import read_cookie_file
from gazelled.tracker.login.credentials import (
    NO_SESSION,
    BadCredentialsCounter,
    may_be_bad_credentials,
    no_way_in,
)
from gazelled.tracker.login.login_lockout import LockoutGuard
from gazelled.tracker.login.login_replies import attempts_left, is_counted, judge_log_in
from gazelled.tracker.login.ownership import AccountTaken, Ownership
from gazelled.tracker.sites.site import Site
from gazelled.tracker.transport.connection_errors import Unreachable
from gazelled.tracker.transport.http import HttpRequest, HttpTransport, NoAnswerInTime, Received
from gazelled.tracker.transport.proxies import Proxy
from gazelled.tracker.transport.rate_limiter import SlotSource

log = structlog.stdlib.get_logger(__name__)

COOKIES = "session-cookies"
KEYS = f"{COOKIES} keys"
"""The account's keys are kept with its session, so that they are known after a restart, too."""

MOST_HOPS = 3
LOGIN_DEADLINE = 60.0
_GO_ON = {Consequence.REDIRECTED, Consequence.SESSION_LOST}
_BROKEN_ACTIONS_SAY = {HTTPStatus.OK, HTTPStatus.INTERNAL_SERVER_ERROR}
_WAIT = "it wants to be left alone for a while"
_DELETED = {"deleted", ""}


class Session:
    """
    An account's session.

    Args:
        memory: Keeps the session cookie, and how many log-ins were refused.
        redactor: Knows the secrets, and learns those that come to light on the way. Without one
            the account's answers keep them.
        ownership: The right to use the account; None where nobody else can.

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
    ) -> None:
        self.site = site
        self.auth = auth
        self._ownership = ownership
        self._transport = transport
        self._clock = clock
        self._memory = memory
        self._redactor = redactor
        self._intake = Intake(auth, redactor)
        self._keys: tuple[str, ...] | None = None
        self._cookies: dict[str, str] | None = None
        self._in_file: dict[str, str] = {}
        self._log_ins = 0
        self._refusal: Verdict | None = None
        self._log_in_guard = LockoutGuard(site.root.host or "", clock, memory)
        self._bad_credentials = BadCredentialsCounter(memory)
        self._logging_in = asyncio.Lock()
        self._introduction = asyncio.Lock()
        self._warned: set[str] = set()

    @property
    def taken(self) -> AccountTaken | None:
        """Who has the account instead of this process."""
        return self._ownership.problem if self._ownership else None

    async def claim(self) -> None:
        """
        Take the account, unless it is taken already.

        Raises:
            AccountTaken: If another process has it.

        """
        if self._ownership:
            await self._ownership.claim()

    @property
    def logged_in(self) -> bool:
        """Whether it has what a log-in gives; a token needs none."""
        return isinstance(self.auth, TokenAuth) or bool(self._cookies)

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
            ownership=self._ownership,
        )

    async def ask(self, call: Call, slots: SlotSource) -> Verdict:
        """
        Send a call, log in if that is needed, and return what the answer means.

        Never raises for what the tracker or the network does.
        """
        if self._keys is None and self._redactor is not None:
            self._intake.learn_own(await load_json(self._memory, KEYS) or ())
            self._keys = self._intake.keys
        try:
            return await self._ask_as_owner(self._ownership, call, slots)
        except AccountTaken as error:
            return Verdict(Consequence.ELSEWHERE, str(error))
        except TrackerUnavailable as error:
            return Verdict(
                Consequence.UNAVAILABLE,
                self._intake.text(str(error)),
                after=error.after,
                explained=isinstance(error, Unreachable),
                whole=not isinstance(error, NoAnswerInTime),
            )
        except BadAnswer as error:
            reply = self._intake.clean(HttpReply(0, error.raw, self._clock.now(), complete=False))
            return Verdict(Consequence.BROKEN, self._intake.text(str(error)), reply=reply)
        except ConfigError as error:
            return Verdict(Consequence.STOPPED, str(error))

    async def _ask_as_owner(
        self, ownership: Ownership | None, call: Call, slots: SlotSource
    ) -> Verdict:
        """Send a call once the account is known to be this process's alone."""
        if ownership is None:
            return await self._ask(call, slots)
        await ownership.claim()
        if call.action != INDEX:
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
        for renewed in (False, True):
            problem = await self._renew(slots, ended=0)
            if problem:
                return replace(problem, whole=True)
            await slots.ready()  # another call may log in meanwhile
            log_in = self._log_ins
            verdict = await self._send(call, slots)
            if verdict.consequence is not Consequence.SESSION_LOST:
                if verdict.consequence is Consequence.OK:
                    await self._bad_credentials.forget()
                return verdict
            if not isinstance(self.auth, LoginAuth):
                if renewed or not await self._back_to_file(ended=log_in):
                    return await self._no_way_in(verdict)
            elif renewed:
                return Verdict(Consequence.STOPPED, NO_SESSION, reply=verdict.reply)
            elif problem := await self._renew(slots, ended=log_in):
                return replace(problem, whole=True)
            if call.writes:
                return Verdict(
                    Consequence.UNAVAILABLE, "the session had ended; nothing was changed"
                )
        raise AssertionError("the second round returns")

    async def _no_way_in(self, verdict: Verdict) -> Verdict:
        if may_be_bad_credentials(verdict):
            return replace(await self._bad_credentials.judge(verdict, self.auth), whole=True)
        return no_way_in(verdict, self.auth)

    async def _send(self, call: Call, slots: SlotSource) -> Verdict:
        file = call.action == DOWNLOAD
        request = self._request(call)
        for _ in range(1 + MOST_HOPS):
            received = await self._transport.send(request, slots)
            await self._learn(received)
            reply = received.reply
            if call.writes and not reply.body and reply.status == HTTPStatus.OK:
                return Verdict(Consequence.OK, reply=reply)
            judge = judge_file if file else classify
            verdict = await self._intake.read(reply, request.url, judge, call.action)
            await self._keep_keys()
            self._note_warnings(call.action, verdict.warnings)
            if verdict.after and verdict.consequence in _GO_ON:
                return replace(verdict, consequence=Consequence.UNAVAILABLE, text=_WAIT)
            if verdict.consequence is not Consequence.REDIRECTED:
                return _known_broken(call, verdict)
            request = HttpRequest(URL(reply.location), call.deadline, self._headers())
        return Verdict(Consequence.UNAVAILABLE, "it redirects in circles")

    def _request(self, call: Call) -> HttpRequest:
        page = file_page(self.site, self.auth) if call.action == DOWNLOAD else ""
        params, form = ((), call.params) if call.writes else (call.params, ())
        url = self.site.root.join(URL(page or self.site.endpoint))
        url = url.with_query([("action", call.action), *params])
        return HttpRequest(url, call.deadline, self._headers(), form=form, post=call.writes)

    def _note_warnings(self, action: str, warnings: str) -> None:
        if warnings and action not in self._warned:
            self._warned.add(action)
            log.warning("answer.warnings_removed", action=action, text=warnings)

    def _headers(self) -> dict[str, str]:
        if isinstance(self.auth, TokenAuth):
            return {"Authorization": f"{self.site.scheme} {self.auth.token}".strip()}
        if not self._cookies:
            return {}
        pairs = (f"{name}={value}" for name, value in self._cookies.items())
        return {"Cookie": "; ".join(pairs)}

    async def _learn(self, received: Received) -> None:
        """Keep the renewed cookie that an answer brings."""
        value = received.cookies.get(SESSION_COOKIE, "")
        if value not in _DELETED and self._cookies and value != self._cookies.get(SESSION_COOKIE):
            await self._keep_cookies(self._cookies | {SESSION_COOKIE: value})

    async def _keep_keys(self) -> None:
        """Keep the account's keys, if an answer holds others than before."""
        if self._redactor is not None and self._intake.keys != self._keys:
            self._keys = self._intake.keys
            await save_json(self._memory, KEYS, self._keys)

    async def _keep_cookies(self, cookies: dict[str, str]) -> None:
        self._cookies = cookies
        self._intake.learn_cookies(cookies)
        if not isinstance(self.auth, TokenAuth) and cookies != self._in_file:
            await self._memory.set_kv(COOKIES, dump_cookies(self._owner, cookies))

    @property
    def _owner(self) -> str:
        """Whose cookies are kept: a user's, or those that began as what a file holds."""
        if isinstance(self.auth, LoginAuth):
            return f"{self.auth.username} at {self.site.root}"
        held = json.dumps(self._in_file, sort_keys=True).encode()
        return f"{sha256(held).hexdigest()} at {self.site.root}"

    async def _renew(self, slots: SlotSource, *, ended: int) -> Verdict | None:
        """
        Be logged in by something newer than the log-in that is known to have ended.

        One caller logs in, however many wait.

        Args:
            slots: Where a log-in takes its slot.
            ended: The number of the log-in that is of no use any more; 0 before the first.

        Returns:
            What stands in the way, or None when there is a session.

        """
        if isinstance(self.auth, TokenAuth):
            return None
        async with self._logging_in:
            if self._log_ins != ended:
                return None
            if ended == 0 and await self._load():
                return None
            if isinstance(self.auth, CookieAuth) or self._refusal:
                return self._refusal
            verdict = await self._log_in(self.auth, slots)
            if verdict and verdict.consequence is Consequence.STOPPED:
                self._refusal = verdict
            return verdict and replace(verdict, whole=True)  # nothing goes without a session

    async def _load(self) -> bool:
        if isinstance(self.auth, CookieAuth):
            now, host = self._clock.now(), self.site.root.host or ""
            self._in_file = dict(read_cookie_file(self.auth.file, host, now).cookies)
        # What the tracker renewed since is newer than what the file holds.
        kept = load_cookies(self._owner, await self._memory.get_kv(COOKIES))
        cookies = kept or self._in_file
        if cookies:
            await self._keep_cookies(cookies)
            self._log_ins += 1
        return bool(cookies)

    async def _back_to_file(self, *, ended: int) -> bool:
        """Use the cookies of the file again, once what was kept of their renewal is of no use."""
        async with self._logging_in:
            if self._log_ins != ended:
                return True
            if not self._in_file or self._cookies == self._in_file:
                return False
            await self._memory.set_kv(COOKIES, None)
            await self._keep_cookies(self._in_file)
            self._log_ins += 1
            return True

    async def _log_in(self, auth: LoginAuth, slots: SlotSource) -> Verdict | None:
        guard = self._log_in_guard
        if block := await guard.block():
            if block.stops:
                return Verdict(Consequence.STOPPED, block.text)
            left = (block.until - self._clock.now()).total_seconds()
            return Verdict(Consequence.UNAVAILABLE, block.text, after=left)
        form = [("username", auth.username), ("password", auth.password)]
        await slots.ready()  # the code of the second factor soon grows old
        if auth.totp:
            form.append(("twofa", totp(auth.totp, self._clock.now())))
        url = self.site.root.join(URL("login.php"))
        request = HttpRequest(url, LOGIN_DEADLINE, form=form, before_written=guard.begin)
        received = await self._transport.send(request, slots)
        cookies = {name: value for name, value in received.cookies.items() if value not in _DELETED}
        if received.reply.location and SESSION_COOKIE in cookies:
            self._log_ins += 1
            await guard.succeeded()
            await self._keep_cookies(cookies)
            return None
        verdict = await self._intake.read(received.reply, url, judge_log_in)
        await self._record(verdict, received.reply, url)
        return verdict

    async def _record(self, verdict: Verdict, reply: HttpReply, url: URL) -> None:
        """Record how a log-in without success ended, as far as that is known."""
        guard = self._log_in_guard
        overloaded = reply.status == HTTPStatus.TOO_MANY_REQUESTS
        if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR or overloaded or verdict.after:
            await guard.unanswered(verdict.text, after=verdict.after)
        elif verdict.explained:  # a service in front of the site answered, and checked nothing
            await guard.passed()
        elif verdict.consequence is Consequence.STOPPED and is_counted(reply, url):
            await guard.refused(attempts_left(reply))
        elif verdict.consequence is Consequence.STOPPED or reply.location:
            await guard.passed()

    async def resume(self) -> None:
        """Try again what was refused, and read a cookie file again: a person has said so."""
        self._refusal = None
        await self._log_in_guard.resume()
        if isinstance(self.auth, CookieAuth):
            self._cookies, self._log_ins = None, 0


def _known_broken(call: Call, verdict: Verdict) -> Verdict:
    """Return a refusal for a page from an action that is known to be broken: it is no outage."""
    action = ACTIONS.get(call.action)
    reply = verdict.reply
    if verdict.consequence is not Consequence.UNAVAILABLE or reply is None or verdict.after:
        return verdict
    if action is None or action.state != "broken" or reply.status not in _BROKEN_ACTIONS_SAY:
        return verdict
    text = f"{call.action} is broken at the tracker: {verdict.text}"
    return replace(verdict, consequence=Consequence.REFUSED, text=text)
