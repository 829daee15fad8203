"""
The page that answers the API: the configured one, or the other that sites of this kind have.

A site that moves its API from `ajax.php` to `api.php` answers the old page with 404. Then the
other one is requested, once in the life of a process, and used from then on if it speaks as the
API does; anything else that a 404 may mean leaves everything as it is.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from gazelled.errors import BadAnswer
from gazelled.tracker.answers.classification import Consequence, HttpReply, Verdict
from gazelled.tracker.answers.envelope import read_envelope
from gazelled.tracker.event_log import event_logger
from gazelled.tracker.key_values import KeyValues, as_object, load_json, save_json
from gazelled.tracker.sites.site import Site

log = event_logger(__name__)

ENDPOINTS = ("ajax.php", "api.php")
_KEY = "endpoint"


class ApiPage:
    """
    Knows where the API of a site is.

    Args:
        site: The site as configured.
        memory: Keeps what was found; None for a site that is taken as it is.

    Attributes:
        site: The site, with the page that answers.
        configured: The page that the config names.
        refusal: What came from the other page, if it was requested and is no API.

    """

    def __init__(self, site: Site, memory: KeyValues | None) -> None:
        self.site = site
        self.configured = site.endpoint
        self.refusal: HttpReply | None = None
        self._memory = memory
        self._searched = memory is None or site.endpoint not in ENDPOINTS
        self._loaded = self._searched

    async def load(self) -> None:
        """Load what was found before, for this address and this config."""
        if self._loaded or self._memory is None:
            return
        self._loaded = True
        saved = await load_json(self._memory, _KEY, as_object) or {}
        if saved.get("at") == self._at and saved.get("is") in ENDPOINTS:
            self.site = replace(self.site, endpoint=saved["is"])

    def follow(self, site: Site) -> None:
        """Go by another limit of the site; its page stays the one that was found."""
        self.site = replace(site, endpoint=self.site.endpoint)

    def instead(self, verdict: Verdict, requested: str) -> Site | None:
        """Return the site with another page to request, after a reply of the requested one."""
        if not _is_missing(verdict):
            return None
        if requested != self.site.endpoint:  # found meanwhile
            return self.site
        if self._searched:
            return None
        self._searched = True
        other = next(page for page in ENDPOINTS if page != requested)
        return replace(self.site, endpoint=other)

    async def learn(self, site: Site, verdict: Verdict) -> bool:
        """Use a page from now on if its reply is one of the API; return whether it is."""
        if site == self.site:
            return True
        if not _is_api(verdict):
            self.refusal = verdict.reply
            return False
        self.site = site
        log.info("endpoint.found", endpoint=site.endpoint, configured=self.configured)
        if self._memory is not None:
            await save_json(self._memory, _KEY, {"at": self._at, "is": site.endpoint})
        return True

    @property
    def _at(self) -> str:
        return f"{self.site.root.with_user(None)} {self.configured}"


def _is_missing(verdict: Verdict) -> bool:
    """Return whether the site itself replied that there is no such page."""
    reply = verdict.reply
    if reply is None or reply.status != HTTPStatus.NOT_FOUND or not reply.complete:
        return False
    unexplained = not verdict.after and not verdict.explained
    return verdict.consequence is Consequence.UNAVAILABLE and unexplained and not _is_api(verdict)


def _is_api(verdict: Verdict) -> bool:
    """Return whether only the API can have sent it: data, a refusal, a redirect to the log-in."""
    if verdict.consequence in {Consequence.OK, Consequence.SESSION_LOST}:
        return True
    try:
        envelope = read_envelope(verdict.reply.body) if verdict.reply else None
    except BadAnswer:
        return False
    return envelope is not None and "status" in envelope.content
