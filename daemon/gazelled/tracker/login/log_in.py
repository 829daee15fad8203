"""
Being logged in: a token, cookies of a file, or a log-in by name and password, and its renewal.

The cookies that the tracker renews are kept, and are used before those that a file holds.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from hashlib import sha256
from http import HTTPStatus

from yarl import URL

from gazelled.clock import Clock
from gazelled.errors import Reason
from gazelled.tracker.answers.classification import SESSION_COOKIE, Consequence, HttpReply, Verdict
from gazelled.tracker.answers.intake import Intake
from gazelled.tracker.key_values import KeyValues
from gazelled.tracker.login.auth import (
    Auth,
    CookieAuth,
    LoginAuth,
    TokenAuth,
    dump_cookies,
    load_cookies,
    totp,
)
from gazelled.tracker.login.cookie_file import read_cookies
from gazelled.tracker.login.credentials import (
    NO_SESSION,
    BadCredentialsCounter,
    TokenPatience,
    may_be_bad_credentials,
    no_way_in,
)
from gazelled.tracker.login.login_lockout import LockoutGuard
from gazelled.tracker.login.login_replies import attempts_left, is_counted, judge_log_in
from gazelled.tracker.sites.site import Site
from gazelled.tracker.transport.http import HttpRequest, HttpTransport, Received
from gazelled.tracker.transport.rate_limiter import SlotSource

COOKIES = "session-cookies"
LOGIN_DEADLINE = 60.0
_DELETED = {"deleted", ""}


class LogIn:
    """
    How an account is logged in at a site, and by which cookies.

    Attributes:
        number: How often it was logged in; a caller names by it the log-in that it used.
        cookies: What was had last; None before the first log-in.
        patience: With a token that the tracker does not understand.

    """

    def __init__(
        self,
        site: Site,
        auth: Auth,
        transport: HttpTransport,
        clock: Clock,
        memory: KeyValues,
        intake: Intake,
    ) -> None:
        self.auth = auth
        self.number = 0
        self.cookies: dict[str, str] | None = None
        self._site = site
        self._transport = transport
        self._clock = clock
        self._memory = memory
        self._intake = intake
        self._in_file: dict[str, str] = {}
        self._refusal: Verdict | None = None
        self._guard = LockoutGuard(site.root.host or "", clock, memory)
        self._bad_credentials = BadCredentialsCounter(memory)
        self.patience = TokenPatience(memory, clock, auth)
        self._one = asyncio.Lock()

    @property
    def is_ready(self) -> bool:
        """Whether it has what a log-in gives; a token needs none."""
        return isinstance(self.auth, TokenAuth) or bool(self.cookies)

    def headers(self) -> dict[str, str]:
        if isinstance(self.auth, TokenAuth):
            return {"Authorization": f"{self._site.scheme} {self.auth.token}".strip()}
        if not self.cookies:
            return {}
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    async def learn(self, received: Received) -> None:
        """Keep the renewed cookie that an answer brings."""
        value = received.cookies.get(SESSION_COOKIE, "")
        if value not in _DELETED and self.cookies and value != self.cookies.get(SESSION_COOKIE):
            await self._keep(self.cookies | {SESSION_COOKIE: value})

    async def accepted(self) -> None:
        await self._bad_credentials.forget()
        await self.patience.forget()

    async def renew(self, slots: SlotSource, *, ended: int) -> Verdict | None:
        """
        Be logged in by something newer than log-in number `ended`; 0 before the first.

        One caller logs in, however many wait. Return what stands in the way, or None when there is
        a session.
        """
        if isinstance(self.auth, TokenAuth):
            return None
        async with self._one:
            if self.number != ended:
                return None  # another caller was quicker
            if ended == 0 and await self._load():
                return None
            if isinstance(self.auth, CookieAuth) or self._refusal:
                return self._refusal
            verdict = await self._log_in(self.auth, slots)
            if verdict and verdict.consequence is Consequence.STOPPED:
                self._refusal = verdict
            return verdict and replace(verdict, whole=True)  # nothing goes without a session

    async def renew_lost(
        self, verdict: Verdict, slots: SlotSource, *, used: int, again: bool
    ) -> Verdict | None:
        """
        Be logged in again, since the tracker took log-in number `used` for none.

        `again` is whether it was renewed for the same call already. Return what stands in the way,
        or None when there is a session.
        """
        if isinstance(self.auth, LoginAuth):
            if again:
                return Verdict(
                    Consequence.STOPPED, NO_SESSION, reply=verdict.reply, reason=Reason.SETTINGS
                )
            problem = await self.renew(slots, ended=used)
            return problem and replace(problem, whole=True)
        if not again and await self._back_to_file(ended=used):
            return None
        if may_be_bad_credentials(verdict):
            return replace(await self._bad_credentials.judge(verdict, self.auth), whole=True)
        return no_way_in(verdict, self.auth)

    async def has_session(self) -> bool:
        """Return whether there are cookies of a session, stored or in a file; nothing is sent."""
        async with self._one:
            return bool(self.cookies) or await self._load()

    async def forget(self) -> None:
        """Forget the session, which has ended; the next request logs in, where that can be."""
        async with self._one:
            self.cookies, self.number = None, 0
            await self._memory.set_kv(COOKIES, None)

    async def resume(self) -> None:
        """Try again what was refused, and read a cookie file again: a person has said so."""
        self._refusal = None
        await self._guard.resume()
        if isinstance(self.auth, CookieAuth):
            self.cookies, self.number = None, 0

    async def _keep(self, cookies: dict[str, str]) -> None:
        self.cookies = cookies
        self._intake.learn_cookies(cookies)
        if not isinstance(self.auth, TokenAuth) and cookies != self._in_file:
            await self._memory.set_kv(COOKIES, dump_cookies(self._owner, cookies))

    @property
    def _owner(self) -> str:
        """Whose cookies are kept: a user's, or those that began as what a file holds."""
        if isinstance(self.auth, LoginAuth):
            return f"{self.auth.username} at {self._site.root}"
        held = json.dumps(self._in_file, sort_keys=True).encode()
        return f"{sha256(held).hexdigest()} at {self._site.root}"

    async def _load(self) -> bool:
        if isinstance(self.auth, CookieAuth):
            now, host = self._clock.now(), self._site.root.host or ""
            self._in_file = dict(read_cookies(self.auth.source, host, now).cookies)
        # What the tracker renewed since is newer than what the file holds.
        stored = load_cookies(self._owner, await self._memory.get_kv(COOKIES))
        cookies = stored or self._in_file
        if cookies:
            await self._keep(cookies)
            self.number += 1
        return bool(cookies)

    async def _back_to_file(self, *, ended: int) -> bool:
        """Use the cookies of the file again, once what was kept of their renewal is of no use."""
        async with self._one:
            if self.number != ended:
                return True
            if not self._in_file or self.cookies == self._in_file:
                return False
            await self._memory.set_kv(COOKIES, None)
            await self._keep(self._in_file)
            self.number += 1
            return True

    async def _log_in(self, auth: LoginAuth, slots: SlotSource) -> Verdict | None:
        if block := await self._guard.block():
            if block.stops:
                return Verdict(Consequence.STOPPED, block.text, reason=Reason.CREDENTIALS)
            left = (block.until - self._clock.now()).total_seconds()
            return Verdict(Consequence.UNAVAILABLE, block.text, after=left)
        form = [("username", auth.username), ("password", auth.password)]
        await slots.ready()  # the code of the second factor soon grows old
        if auth.totp:
            form.append(("twofa", totp(auth.totp, self._clock.now())))
        url = self._site.root.join(URL("login.php"))
        # Counted in the last moment before it is written: what fails earlier was never sent.
        request = HttpRequest(url, LOGIN_DEADLINE, form=form, before_written=self._guard.begin)
        received = await self._transport.send(request, slots)
        cookies = {name: value for name, value in received.cookies.items() if value not in _DELETED}
        if received.reply.location and SESSION_COOKIE in cookies:
            self.number += 1
            await self._guard.succeeded()
            await self._keep(cookies)
            return None
        verdict = await self._intake.read(received.reply, url, judge_log_in)
        await self._record(verdict, received.reply, url)
        return verdict

    async def _record(self, verdict: Verdict, reply: HttpReply, url: URL) -> None:
        """Record how a log-in without success ended, as far as that is known."""
        guard = self._guard
        overloaded = reply.status == HTTPStatus.TOO_MANY_REQUESTS
        if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR or overloaded or verdict.after:
            await guard.unanswered(verdict.text, after=verdict.after)
        elif verdict.explained:  # a service in front of the site answered, and checked nothing
            await guard.passed()
        elif verdict.consequence is Consequence.STOPPED and is_counted(reply, url):
            await guard.refused(attempts_left(reply))
        elif verdict.consequence is Consequence.STOPPED or reply.location:
            await guard.passed()
