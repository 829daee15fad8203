"""
What a status or an error of a service means for a delivery, in one sentence each.

A fault of the message is final for it, a fault of the target makes all of its messages wait, and
whatever else failed is tried again. Errors of libraries hold addresses with all that stands in
them, so their own texts are not kept; libraries that are not loaded stay so.
"""

from __future__ import annotations

import errno
import os
import re
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from gazelled.plugin import GiveUp, RetryLater, TargetFault

LONGEST_PAUSE = 24 * 3600.0
"""The most seconds that a service can ask for."""

_REFUSED_MESSAGES: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "can't read the message",
    HTTPStatus.NOT_ACCEPTABLE: "has no answer in a form that it is asked for",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "refuses the message as too large",
    HTTPStatus.REQUEST_URI_TOO_LONG: "refuses the address of the message as too long",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "takes no messages of this type",
    HTTPStatus.UNPROCESSABLE_ENTITY: "refuses the content of the message",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "refuses the headers of the message as too large",
}
_FAULTS: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "refuses the user name, password, key or token",
    HTTPStatus.PAYMENT_REQUIRED: "demands a payment first",
    HTTPStatus.FORBIDDEN: "denies access",
    HTTPStatus.NOT_FOUND: "has nothing at this address",
    HTTPStatus.METHOD_NOT_ALLOWED: "takes no messages at this address",
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED: "is behind a proxy that requires a password",
    HTTPStatus.GONE: "says that this address is gone for good",
    HTTPStatus.MISDIRECTED_REQUEST: "doesn't serve the host of this address",
    HTTPStatus.UPGRADE_REQUIRED: "requires another protocol",
}
_TROUBLES: dict[int, str] = {
    HTTPStatus.REQUEST_TIMEOUT: "waited too long for the message",
    HTTPStatus.CONFLICT: "is busy with something that is in conflict with the message",
    HTTPStatus.LOCKED: "is locked for now",
    HTTPStatus.TOO_EARLY: "takes no messages yet",
    HTTPStatus.TOO_MANY_REQUESTS: "gets more messages than its rate limit allows",
    HTTPStatus.INTERNAL_SERVER_ERROR: "has an internal error",
    HTTPStatus.BAD_GATEWAY: "can't be reached by the gateway in front of it",
    HTTPStatus.SERVICE_UNAVAILABLE: "is not available for now",
    HTTPStatus.GATEWAY_TIMEOUT: "gives no answer to the gateway in front of it",
    HTTPStatus.INSUFFICIENT_STORAGE: "has no space left",
}

_REDIRECTS = range(300, 400)
_SUCCESSES = range(200, 300)
_SECONDS = re.compile(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)
_MOST_CAUSES = 20

_NAMES = {"ClientConnectorDNSError", "NameResolutionError"}
_ADDRESSES = {
    *("InvalidURL", "NonHttpUrlClientError", "MissingSchema", "InvalidSchema", "URLRequired"),
    *("LocationValueError",),
}
_PROXIES = {"ClientHttpProxyError", "ClientProxyConnectionError", "ProxyError"}
_NOT_HTTP = {"HttpProcessingError", "BadStatusLine", "LineTooLong"}
_LOST = {"RemoteDisconnected", "ClientPayloadError"}
"""What libraries derive from an invalid answer although it was only cut off."""

_REDIRECTED = {"TooManyRedirects", "RedirectClientError"}
_CERTIFICATES = {"ClientConnectorCertificateError", "SSLCertVerificationError"}
_NO_CONNECTION_IN_TIME = {"ConnectionTimeoutError", "ConnectTimeout", "ConnectTimeoutError"}
_NO_ANSWER_IN_TIME = {"TimeoutError", "ReadTimeout", "ReadTimeoutError", "Timeout"}
_BROKEN_OFF = {
    *("ServerDisconnectedError", "ClientPayloadError", "ChunkedEncodingError", "ProtocolError"),
    *("IncompleteRead", "IncompleteReadError", "RemoteDisconnected", "ConnectionResetError"),
    *("BrokenPipeError", "ConnectionAbortedError", "SSLEOFError", "SSLZeroReturnError"),
    *("EOFError",),
}
_UNREACHABLE = {
    *(errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN),
    *(errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.ETIMEDOUT),
}


def from_status(
    status: int, where: str, retry_after: str | None = None
) -> RetryLater | GiveUp | None:
    """
    Return what to raise for the status of an answer; None for a success.

    Args:
        status: The status of HTTP.
        where: What answered, as the subject of a sentence: "The webhook at example.org".
        retry_after: The header `Retry-After`: seconds, or a date.

    """
    if status in _SUCCESSES:
        return None
    named = f"({_phrase(status)})"
    after = retry_after_seconds(retry_after)
    if status in _REDIRECTS:
        return TargetFault(
            f"{where} redirects to another address {named}, which gazelled doesn't follow: "
            "configure the address that it leads to.",
            after=after,
        )
    if what := _REFUSED_MESSAGES.get(status):
        return GiveUp(f"{where} {what} {named}.")
    if what := _FAULTS.get(status):
        return TargetFault(f"{where} {what} {named}.", after=after)
    what = _TROUBLES.get(status, "refuses the message")
    return RetryLater(f"{where} {what} {named}.", after=after)


def retry_after_seconds(text: str | None, now: datetime | None = None) -> float | None:
    """
    Return the seconds of a header `Retry-After`, at least one and at most a day.

    Args:
        text: Its value, in seconds or as a date.
        now: The time from which a date counts, aware; the present when None.

    Returns:
        None where it is missing or can't be read.

    """
    text = (text or "").strip()
    if _SECONDS.fullmatch(text):
        seconds = float(text)
    else:
        try:
            date = parsedate_to_datetime(text)
        except ValueError:
            return None
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        seconds = (date - (now or datetime.now(UTC))).total_seconds()
    return min(max(seconds, 1.0), LONGEST_PAUSE)


def from_error(error: BaseException, where: str) -> RetryLater | GiveUp:
    """
    Return what to raise for an error of the network, of TLS, of a library or of the disk.

    Args:
        error: An error of aiohttp, requests, urllib3, ssl, socket or the system; its causes count.
        where: What it concerns, as the subject of a sentence.

    """
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, RetryLater | GiveUp):
            return cause
    names = {parent.__name__ for cause in causes for parent in type(cause).__mro__}
    return (
        _from_answer(causes, names, where)
        or _from_tls(causes, names, where)
        or _from_address(causes, names, where)
        or _from_system(causes, names, where)
        or RetryLater(f"{where} failed ({type(error).__name__}).")
    )


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Return an error and what it was raised for, which libraries keep in several places."""
    queue: list[object] = [error]
    seen: set[int] = set()
    while queue and len(seen) < _MOST_CAUSES:
        cause = queue.pop(0)
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        queue += [cause.__cause__, cause.__context__, *cause.args]
        queue += [getattr(cause, name, None) for name in ("reason", "os_error")]


def _from_answer(
    causes: list[BaseException], names: set[str], where: str
) -> RetryLater | GiveUp | None:
    """Return what an answer means that a library raises as an error, or a proxy's."""
    if names & _PROXIES:
        return TargetFault(f"{where} can't be reached by the proxy.")
    if names & _REDIRECTED:
        return TargetFault(f"{where} redirects to another address: configure that.")
    if names & _NOT_HTTP and not names & _LOST:
        return TargetFault(f"{where} sends an answer that is not valid HTTP.")
    for cause in causes:
        response = getattr(cause, "response", None)
        status = getattr(response if response is not None else cause, "status_code", None)
        status = getattr(cause, "status", None) if status is None else status
        headers = getattr(response, "headers", None) or getattr(cause, "headers", None) or {}
        if isinstance(status, int) and (problem := _refusal(status, where, headers)):
            return problem
    return None


def _refusal(status: int, where: str, headers: object) -> RetryLater | GiveUp | None:
    after = headers.get("Retry-After") if hasattr(headers, "get") else None
    return from_status(status, where, after if isinstance(after, str) else None)


def _from_tls(causes: list[BaseException], names: set[str], where: str) -> RetryLater | None:
    if names & _CERTIFICATES:
        reasons = [getattr(cause, "verify_message", "") for cause in causes]
        reason = next(filter(None, reasons), "certificate verify failed")
        return TargetFault(f"The TLS certificate of {_lowered(where)} is not valid ({reason}).")
    if names & _BROKEN_OFF:
        return RetryLater(f"{where} closed the connection before its answer was complete.")
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            reason = getattr(cause, "reason", "") or type(cause).__name__
            reason = reason.lower().replace("_", " ")
            return TargetFault(f"The TLS connection to {_lowered(where)} failed ({reason}).")
    return None


def _from_address(causes: list[BaseException], names: set[str], where: str) -> RetryLater | None:
    if names & _NAMES or any(isinstance(cause, socket.gaierror) for cause in causes):
        return TargetFault(f"The host name of {_lowered(where)} can't be looked up (DNS).")
    no_name = any(isinstance(cause, UnicodeError) and "idna" in str(cause) for cause in causes)
    if no_name or names & _ADDRESSES:
        return TargetFault(f"The address of {_lowered(where)} is not valid.")
    return None


def _from_system(causes: list[BaseException], names: set[str], where: str) -> RetryLater | None:
    numbers = [cause.errno for cause in causes if isinstance(cause, OSError) and cause.errno]
    if names & _NO_CONNECTION_IN_TIME and not numbers:
        return TargetFault(f"{where} can't be reached (no connection in time).")
    for number in numbers:
        what = "can't be reached" if number in _UNREACHABLE else "can't be used"
        return TargetFault(f"{where} {what} ({os.strerror(number)}).")
    if names & _NO_ANSWER_IN_TIME:
        return RetryLater(f"{where} did not answer in time.")
    return None


def _lowered(where: str) -> str:
    """Return the subject of a sentence as it stands inside of one."""
    article = re.match(r"(The|A|An) ", where)
    return where[0].lower() + where[1:] if article else where
