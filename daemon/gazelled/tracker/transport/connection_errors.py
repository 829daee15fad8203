"""
Errors of the connection, in sentences: what failed on the way, and what to do about it.

Errors of libraries hold the address with all that stands in it, so their own texts aren't kept.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import aiohttp
from yarl import URL

from gazelled.errors import BadAnswer, ConfigError, GazelledError, TrackerError, TrackerUnavailable
from gazelled.tracker.answers.classification import phrase
from gazelled.tracker.transport.content import is_about_encoding, unreadable
from gazelled.tracker.transport.proxies import IN_CONFIG, Proxy
from gazelled.tracker.transport.trust import ssl_context

LARGEST_HEADER = 2**16
"""What a line of an answer's head may hold in bytes, as in browsers."""

_NOT_YET_VALID, _EXPIRED = 9, 10
_NAME, _ADDRESS = 62, 64
_UNKNOWN_ISSUER = frozenset({2, 18, 19, 20, 21, 24, 27})
_NO_CHECK_TIME = 0x200000
_NOT_TLS = (
    "WRONG_VERSION_NUMBER",
    "HTTP_REQUEST",
    "PACKET_LENGTH_TOO_LONG",
    "RECORD_LAYER_FAILURE",
    "UNEXPECTED_MESSAGE",
    "UNKNOWN_PROTOCOL",
)
_NO_SHARED_TLS = ("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "NO_PROTOCOLS_AVAILABLE")
_TLS_RECORD = ("\\x15\\x03", "\\x16\\x03", "\x15\x03", "\x16\x03")
_TOO_LARGE = ("Got more than", "Too many headers")
_PROBE = 10.0
_MOST_NAMES = 5


class Unreachable(TrackerUnavailable):
    """No answer came, and the text says what to do about it."""


async def connection_error(
    error: Exception, url: URL, *, ca: Path | None, proxy: Proxy | None
) -> GazelledError:
    """Return what to raise for an error of aiohttp."""
    match error:
        case aiohttp.ClientHttpProxyError():
            return proxy_error(proxy, error.status, url)
        case aiohttp.ClientProxyConnectionError():
            name = f"the proxy {proxy.where}" if proxy else "the proxy"
            return Unreachable(
                f"{name} can't be reached ({_cause(error.os_error)}): check its address, or write "
                'proxy = "none" in [tracker] to do without'
            )
        case aiohttp.ClientConnectorCertificateError():
            return await _certificate(error.certificate_error, url, ca=ca, proxy=proxy)
        case aiohttp.ClientConnectorSSLError():
            return _tls(error.os_error, url)
        case aiohttp.ClientConnectorError():
            return _no_connection(error, url)
        case aiohttp.ClientResponseError():
            return not_http_error(error.message, url)
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError():
            return TrackerUnavailable("it closed the connection without an answer")
    return TrackerUnavailable(f"the connection failed ({type(error).__name__})")


def proxy_error(proxy: Proxy | None, status: int, url: URL) -> GazelledError:
    """Return what to raise when a proxy answered; None stands for one that isn't configured."""
    name = f"the proxy {proxy.where}" if proxy else "a proxy on the way"
    if status != HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return Unreachable(
            f"{name} answers {phrase(status)} in place of {url.host}: it can't reach the tracker, "
            "or isn't allowed to"
        )
    if proxy and proxy.has_password:
        text = f"refuses its user name or password (407): check them in {_place(proxy)}."
    else:
        text = (
            "wants a password (407): write its address, with user name and password before the @, "
            'to the file secrets/proxy beside the config, and proxy = { secret = "proxy" } in '
            "[tracker]."
        )
    return ConfigError(f"{name[0].upper()}{name[1:]} {text}")


def _place(proxy: Proxy) -> str:
    return "the secret that proxy in [tracker] names" if proxy.origin == IN_CONFIG else proxy.origin


def _cause(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _no_connection(error: aiohttp.ClientConnectorError, url: URL) -> TrackerUnavailable:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Unreachable(f"the name {url.host} can't be looked up: no network, or a typo in url")
    return TrackerUnavailable(f"no connection ({_cause(error.os_error)})")


def not_http_error(problem: str, url: URL) -> TrackerError:
    """Return what to raise for an answer whose head can't be read, by the parser's problem."""
    if problem.startswith(_TOO_LARGE):
        return Unreachable(
            f"the head of its answer is larger than {LARGEST_HEADER // 1024} KiB, more than "
            "browsers take: something in front of the tracker adds to it; inform its operators"
        )
    if is_about_encoding(problem):
        return BadAnswer(unreadable(problem.rpartition(": ")[2].partition(".")[0]))
    if any(record in problem for record in _TLS_RECORD):
        return Unreachable(f"TLS is spoken at port {url.port}: write https:// in url")
    return Unreachable(
        "what answers there doesn't speak HTTP as it should: check url and its port; if both are "
        "right, something on the way damages the answers"
    )


def _tls(error: OSError, url: URL) -> TrackerUnavailable:
    why = (getattr(error, "reason", None) or "").upper()
    if any(sign in why for sign in _NOT_TLS):
        return Unreachable(
            f"no TLS is spoken at {url.host}:{url.port}: check the port in url; if that is right, "
            "it serves plain http:// (which gazelled uses on this machine only)"
        )
    if any(sign in why for sign in _NO_SHARED_TLS):
        return Unreachable(
            "it speaks only versions of TLS that are no longer safe; inform its operators"
        )
    if "UNRECOGNIZED_NAME" in why:
        return Unreachable(f"the server knows no site {url.host}: check url in [tracker]")
    cause = why.lower().replace("_", " ") or type(error).__name__
    return TrackerUnavailable(f"the TLS handshake failed ({cause})")


async def _certificate(
    error: Exception, url: URL, *, ca: Path | None, proxy: Proxy | None
) -> TrackerUnavailable:
    """Return what is wrong with a certificate, by the reason of OpenSSL and what it says."""
    code = getattr(error, "verify_code", 0)
    if code in _UNKNOWN_ISSUER:
        also = "is known neither to this machine nor in the file ca" if ca else "is unknown"
        return Unreachable(
            f"its certificate isn't trusted, since its issuer {also}; if it has its own CA, name "
            "that as ca in [tracker]"
        )
    if code not in {_NAME, _ADDRESS, _EXPIRED, _NOT_YET_VALID}:
        cause = getattr(error, "verify_message", "") or type(error).__name__
        return Unreachable(f"its certificate is not valid ({cause})")
    certificate = {} if proxy else await _fetch_certificate(url, ca)
    if code in {_NAME, _ADDRESS}:
        names = _names(certificate)
        others = f", but for {names}" if names else ""
        return Unreachable(
            f"its certificate isn't for {url.host}{others}: check url in [tracker]; if that is "
            "right, its operators have to get a certificate for that name"
        )
    clock = f"this machine's clock says {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    if code == _EXPIRED:
        since = f" on {certificate['notAfter']}" if "notAfter" in certificate else ""
        return Unreachable(
            f"its certificate expired{since}, and its operators have to renew it ({clock})"
        )
    since = f" before {certificate['notBefore']}" if "notBefore" in certificate else " yet"
    return Unreachable(f"its certificate isn't valid{since}, and {clock}: set the clock right")


async def _fetch_certificate(url: URL, ca: Path | None) -> Mapping[str, object]:
    """Return a refused certificate, by a handshake without a request; empty if it isn't trusted."""
    lenient = ssl_context(ca)
    lenient.check_hostname = False
    lenient.verify_flags |= _NO_CHECK_TIME
    try:
        async with asyncio.timeout(_PROBE):
            _, writer = await asyncio.open_connection(
                url.host, url.port, ssl=lenient, server_hostname=url.host
            )
    except (OSError, ValueError):
        return {}
    certificate = writer.get_extra_info("peercert") or {}
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    dates = {
        key: datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate[key]), UTC)
        .date()
        .isoformat()
        for key in ("notAfter", "notBefore")
        if key in certificate
    }
    return dict(certificate) | dates


def _names(certificate: Mapping[str, object]) -> str:
    alternatives = certificate.get("subjectAltName", ())
    names = [
        "".join(sign for sign in str(name) if sign.isprintable())[:80]
        for _, name in (alternatives if isinstance(alternatives, tuple) else ())
    ]
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more
