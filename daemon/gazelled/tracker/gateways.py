"""
What services in front of a site answer in its place: gateways, checks for browsers, blocks.

None of it is a word of the site's operators, or of its application.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

GATEWAY_STATUS = {
    520: "Web Server Returns an Unknown Error",
    521: "Web Server Is Down",
    522: "Connection Timed Out",
    523: "Origin Is Unreachable",
    524: "A Timeout Occurred",
    525: "SSL Handshake Failed",
    526: "Invalid SSL Certificate",
    527: "Railgun Error",
    530: "Origin Error",
}
"""Statuses that gateways gave themselves, in their words."""

_LOOKED_AT = 64 * 1024
_CHALLENGES = {
    "just a moment...": "Cloudflare",
    "cf-browser-verification": "Cloudflare",
    "/cdn-cgi/challenge-platform/": "Cloudflare",
    "please wait... | cloudflare": "Cloudflare",
    "checking your browser before accessing": "its protection",
    "<title>ddos-guard</title>": "DDoS-Guard",
    "making sure you&#39;re not a bot": "Anubis",
    "making sure you're not a bot": "Anubis",
    "_incapsula_resource": "Imperva",
    "you are being redirected...": "Sucuri",
}
_BLOCKS = {
    "attention required! | cloudflare": "Cloudflare",
    "sorry, you have been blocked": "Cloudflare",
    "access denied | ": "Cloudflare",
    "sucuri website firewall": "Sucuri",
    "incapsula incident id": "Imperva",
    "errors.edgesuite.net": "Akamai",
    "request blocked": "its protection",
}


@dataclass(frozen=True, slots=True)
class Guard:
    """
    A page of a service that guards a site.

    Attributes:
        name: Whose it is.
        blocks: Whether it blocks; else it wants to see a browser.

    """

    name: str
    blocks: bool


def guard_of(status: int, server: str, mitigated: str, body: bytes) -> Guard | None:
    """
    Return whose page a body is, if it is that of a service that guards the site.

    Args:
        status: The HTTP status.
        server: The Server header.
        mitigated: The cf-mitigated header, with which Cloudflare says what it did.
        body: The page.

    """
    page = body[:_LOOKED_AT].lstrip()
    if mitigated == "challenge":
        return Guard("Cloudflare", blocks=False)
    if page[:1] != b"<":
        return None
    text = page.decode("utf-8", "replace").lower()
    refused = status in {HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE, 429}
    if refused or status == HTTPStatus.OK:
        for marks, blocks in ((_BLOCKS, True), (_CHALLENGES, False)):
            if blocks and not refused:
                continue
            for mark, name in marks.items():
                if mark in text:
                    return Guard(name, blocks)
    cloudflare = server.strip().lower() == "cloudflare" and "cloudflare ray id" in text
    if cloudflare and status == HTTPStatus.FORBIDDEN:
        return Guard("Cloudflare", blocks=True)
    return None
