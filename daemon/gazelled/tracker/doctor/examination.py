"""
The doctor: finds out what works at a tracker, with few requests and without a refusal.

It asks `index` first, as everyone may. Only if no API is there does it try the other name of
the endpoint; only if the tracker names another scheme does it use that; and it asks for the
user if `index` left the name or the class open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from yarl import URL

from gazelled.clock import Clock
from gazelled.model import Call
from gazelled.tracker.answers.classification import Consequence, HttpReply, Verdict
from gazelled.tracker.answers.envelope import site_name
from gazelled.tracker.doctor.findings import (
    Examination,
    Finding,
    Rating,
    clock,
    is_elsewhere,
    log_in,
    no_api,
    trouble,
    wanted_scheme,
)
from gazelled.tracker.login.api_page import ENDPOINTS
from gazelled.tracker.login.auth import TokenAuth
from gazelled.tracker.sites.profiles import ANY_SITE, PROFILES, Profile, profile_for
from gazelled.tracker.transport.dispatcher import Dispatcher
from gazelled.tracker.transport.rate_limiter import UNKNOWN_WINDOW, SlotSource

MOST_REQUESTS = 4
DEADLINE = 30.0
LONGEST_WAIT = 60.0


class Doctor:
    """
    Examines the way to a tracker.

    `deadline` is the seconds that an answer may take; `brief` is whether only the log-in is tried,
    with one request unless the API is elsewhere.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        time: Clock,
        *,
        profile: Profile,
        profiles: Mapping[str, Profile] = PROFILES,
        deadline: float = DEADLINE,
        brief: bool = False,
    ) -> None:
        self._dispatcher = dispatcher
        self._session = dispatcher.session
        self._time = time
        self._profile = profile
        self._profiles = profiles
        self._deadline = deadline
        self._brief = brief
        self._findings: list[Finding] = []
        self._reply: HttpReply | None = None

    async def examine(self) -> Examination:
        """Find out what works; never raises for what the tracker does."""
        if finding := self._held():
            return Examination((finding,), {}, 0)
        if proxy := self._session.proxy:
            self._add("proxy", Rating.NOTE, f"Requests go through the proxy {proxy.where}.")
        slots = self._dispatcher.slots(MOST_REQUESTS)
        try:
            settings = await self._examined(slots)
        finally:
            slots.close()
        if self._reply is not None:
            self._findings.append(clock(self._reply, self._session.auth))
        return Examination(tuple(self._findings), settings, slots.taken)

    def _held(self) -> Finding | None:
        """Return what forbids to ask at all; what waits for a person goes on waiting."""
        if stopped := self._dispatcher.health.stopped:
            advice = "When that is fixed: gazelled resume, then gazelled doctor once more."
            return Finding("tracker", Rating.BAD, f"gazelled has stopped. {stopped}", advice)
        if (seconds := self._dispatcher.wait()) > LONGEST_WAIT:
            text = f"The tracker asks for a pause of {seconds / 60:.0f} more minutes."
            return Finding("tracker", Rating.BAD, text, "Run gazelled doctor again then.")
        return None

    async def _examined(self, slots: SlotSource) -> Mapping[str, object]:
        verdict = await self._ask_index(slots)
        replies: dict[str, HttpReply] = {}
        if not self._session.logged_in and is_elsewhere(verdict) and verdict.reply:
            self._findings.append(no_api({"login.php": verdict.reply}, self._session.site.root))
            return {}
        if is_elsewhere(verdict) and verdict.reply:
            replies[self._session.site.endpoint] = verdict.reply
            refusal = self._session.api_page.refusal
            self._use_other_endpoint()
            if refusal is None:
                verdict = await self._ask_index(slots)
            else:  # the session has requested it by itself
                verdict = replace(verdict, reply=refusal)
            if is_elsewhere(verdict) and verdict.reply:
                replies[self._session.site.endpoint] = verdict.reply
                self._findings.append(no_api(replies, self._session.site.root))
                return {}
        me = verdict.payload if isinstance(verdict.payload, dict) else {}
        if verdict.consequence is Consequence.OK and isinstance(me.get("id"), int):
            self._found_endpoint()
            return await self._known(me, slots)
        if verdict.consequence is Consequence.OK:
            text = "its answer to index names no user"
            verdict = replace(verdict, consequence=Consequence.BROKEN, text=text)
        self._findings.append(trouble(verdict, self._url, self._session.auth))
        return {}

    def _found_endpoint(self) -> None:
        """Note where the API answers, and where it doesn't though the config says so."""
        endpoint, page = self._session.site.endpoint, self._dispatcher.session.api_page
        if endpoint != page.configured:
            text = f"The API answers at {endpoint}, not at {page.configured}."
            advice = f'Write endpoint = "{endpoint}" into [tracker].'
            known = endpoint == page.site.endpoint  # gazelled uses it by itself
            self._add("endpoint", Rating.NOTE if known else Rating.BAD, text, advice)
        else:
            self._add("endpoint", Rating.GOOD, f"The API answers at {endpoint}.")

    async def _ask_index(self, slots: SlotSource) -> Verdict:
        """Ask `index`; once more with the scheme that the tracker names, if it is another one."""
        call = Call("index", deadline=self._deadline)
        verdict = await self._ask(call, slots)
        site, scheme = self._session.site, wanted_scheme(verdict)
        if scheme is None or not isinstance(self._session.auth, TokenAuth):
            return verdict
        if scheme == site.scheme:
            text = f'The tracker doesn\'t understand the header "{scheme} …" that gazelled sends.'
            self._add("log-in", Rating.NOTE, text)
            return verdict
        self._session = self._session.at(replace(site, scheme=scheme))
        configured = f'"{site.scheme}"' if site.scheme else "nothing"
        wanted = f'"{scheme}"' if scheme else "nothing"
        text = f"The tracker wants {wanted} before the token, and the config says {configured}."
        self._add("log-in", Rating.BAD, text, f'Write scheme = "{scheme}" into [tracker].')
        return await self._ask(call, slots)

    def _use_other_endpoint(self) -> None:
        site = self._session.site
        endpoint = next(name for name in ENDPOINTS if name != site.endpoint)
        self._session = self._session.at(replace(site, endpoint=endpoint))

    async def _known(self, me: Mapping[str, object], slots: SlotSource) -> Mapping[str, object]:
        """Note who the account is, what its log-in can see, and which profile applies."""
        stats = me.get("userstats")
        name = me.get("username")
        user_class = stats.get("class") if isinstance(stats, dict) else None
        loaded = isinstance(name, str) and bool(name)
        self._findings.append(log_in(self._session.auth, loaded=loaded))
        if not (self._brief or (loaded and isinstance(user_class, str))):
            call = Call("user", (("id", str(me["id"])),), deadline=self._deadline)
            verdict = await self._ask(call, slots)
            if verdict.consequence is Consequence.OK and isinstance(verdict.payload, dict):
                name = verdict.payload.get("username")
                personal = verdict.payload.get("personal")
                user_class = personal.get("class") if isinstance(personal, dict) else None
            else:
                text = f"Its name and class can't be known: {verdict.text}"
                self._add("account", Rating.NOTE, text)
        known = isinstance(name, str) and isinstance(user_class, str)
        who = f"{name} (number {me['id']}), {user_class}" if known else f"number {me['id']}"
        self._add("account", Rating.GOOD, f"The account is {who}.")
        source = site_name(self._reply.body) if self._reply else ""
        profile = self._fitting(user_class if isinstance(user_class, str) else "", source)
        return self._settings(profile, source)

    def _fitting(self, user_class: str, source: str) -> Profile:
        site, chosen = self._session.site, self._profile
        fitting = profile_for(site.root.host or "", self._profiles, user_class=user_class)
        by_source = not fitting.hosts and bool(source)  # it may be known by another address
        if by_source:
            fitting = profile_for(source, self._profiles, user_class=user_class)
        advice = f'Write profile = "{fitting.name}" into [tracker].'
        if chosen.user_class and user_class and chosen.user_class != user_class:
            text = (
                f"The profile {chosen.name} is for users of the class {chosen.user_class}, and "
                f"you are {user_class}: the limit holds for you."
            )
            self._add("profile", Rating.BAD, text, advice)
        elif by_source and fitting.hosts and chosen.name == ANY_SITE:
            text = (
                f"The site calls itself {source}: the profile {fitting.name} applies, for "
                f"{fitting.about}."
            )
            self._add("profile", Rating.NOTE, text, advice)
        elif fitting.user_class and chosen.name != fitting.name:
            text = f"The profile {fitting.name} applies: {fitting.about}."
            self._add("profile", Rating.NOTE, text, f"{advice.removesuffix('.')} if you like.")
        else:
            text = f"The profile {chosen.name} applies: {chosen.about}."
            self._add("profile", Rating.GOOD, text)
            return chosen
        return fitting

    def _settings(self, profile: Profile, source: str) -> Mapping[str, object]:
        """Return what `[tracker]` should say beside a profile, the log-in aside."""
        site = self._session.site
        settings: dict[str, object] = {"url": site.url, "profile": profile.name}
        if source and site.name == site.root.host and source.lower() != site.name:
            settings["name"] = source
        names = ["endpoint", "scheme", "zone"]
        if not isinstance(self._session.auth, TokenAuth):
            names.remove("scheme")
        for name in names:
            if getattr(site, name) != getattr(profile, name):
                settings[name] = getattr(site, name)
        if site.per != self._profile.per and profile.per == self._profile.per:
            settings["limit"] = {"requests": site.requests, "per": site.per}
        return settings

    @property
    def _url(self) -> URL:
        site = self._session.site
        return site.root.join(URL(site.endpoint if self._session.logged_in else "login.php"))

    def _add(self, about: str, rating: Rating, text: str, advice: str = "") -> None:
        self._findings.append(Finding(about, rating, text, advice))

    async def _ask(self, call: Call, slots: SlotSource) -> Verdict:
        if slots.taken and not self._session.site.per:
            await self._time.sleep(UNKNOWN_WINDOW)  # the limit may hold for this user after all
        verdict = await self._dispatcher.look(self._session, call, slots)
        self._reply = verdict.reply or self._reply
        return verdict
