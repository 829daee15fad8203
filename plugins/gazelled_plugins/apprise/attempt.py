"""
Why Apprise could not send: it returns only that it could not.

Most services send with requests, so that each answer and each error passes here. For others, errors
are seen where Apprise logs them. For others in this process who use requests nothing changes.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from gazelled.plugin import GiveUp, RetryLater, TargetFault
from gazelled_plugins import outcomes
from gazelled_plugins.apprise.smtp_errors import problem_of_mail, problem_of_recipient
from gazelled_plugins.apprise.url_secrets import UrlSecrets, without

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

LONGEST_REASON = 200
"""The most characters of a service's own words that an error shows."""

_MOST = 1_000_000
"""The most bytes of an answer that are read."""

_PIECE = 8192
"""The most bytes that are read at once."""

_BAD_REQUEST, _TOO_MANY = 400, 429
_SUCCESSES = range(200, 300)
_LOGGED_STATUS = re.compile(r"\berror=(\d{3})\b")

# Some services have one status for a message that they can't read, and for a wrong key or a chat
# that isn't there: Telegram, Pushover, Slack.
_WRONG_ADDRESS = re.compile(
    r"chat not found|user not found|chat_id is empty|upgraded to a supergroup|thread not found"
    r"|not enough rights|have no rights|need administrator rights|token is invalid"
    r"|user identifier|user key|invalid_token|channel_not_found|user_not_found",
    re.IGNORECASE,
)
_REASONS = ("description", "message", "error", "detail", "reason")
_PAUSES = {"retry_after": 1.0, "retry_after_ms": 0.001}
_MATRIX_TRANSACTION = re.compile(r"(/send/m\.room\.message/)[^/?]+")


@dataclass(slots=True)
class Attempt:
    """
    What was seen while Apprise sent one message.

    Attributes:
        where: The service, as the subject of a sentence.
        key: Identifies the message: the same whenever it is sent again.
        timeout: Seconds that an answer may take.
        secrets: The parts of its URL. Those of others are ordinary words here.
        problem: What failed last.
        logged: The last warning of Apprise.
        stopped: The error that ended what Apprise does about an answer.

    """

    where: str
    key: str
    timeout: float
    secrets: Sequence[str]
    problem: RetryLater | GiveUp | None = None
    logged: str = ""
    stopped: BaseException | None = None

    def asks(self, request: PreparedRequest) -> None:
        """Write the key where the service has a place for it."""
        if request.url is not None:  # a server keeps no second message of one transaction
            request.url = _MATRIX_TRANSACTION.sub(rf"\g<1>{self.key}", request.url)

    def answered(self, status: int, retry_after: str | None, text: str) -> None:
        """Take note of an answer."""
        if status in _SUCCESSES:
            return
        reason, pause = _explanation(text)
        problem = outcomes.from_status(status, self.where, retry_after or pause)
        if problem is None:
            return
        words = f"{problem} It says: {self.hide(reason)}" if reason else str(problem)
        if status == _BAD_REQUEST and _WRONG_ADDRESS.search(reason):
            self.problem = TargetFault(words)
        elif isinstance(problem, GiveUp):
            self.problem = GiveUp(words)
        else:
            self.problem = type(problem)(words, after=problem.after)

    def failed(self, error: BaseException) -> None:
        """Take note of an error."""
        of_mail = problem_of_mail(error, self.where, self.hide)
        self.problem = of_mail or outcomes.from_error(error, self.where)

    def saw(self, record: logging.LogRecord, text: str) -> None:
        """Take note of what Apprise logs, and of the error that it deals with meanwhile."""
        error = sys.exc_info()[1]
        if error is not None:
            if error is not self.stopped and (isinstance(error, OSError) or not self.problem):
                self.failed(error)
            return
        if record.levelno < logging.WARNING:
            return
        self.logged = self.hide(text)
        status = _LOGGED_STATUS.search(text)
        if status and not self.problem:
            self.answered(int(status[1]), None, "")
        self.problem = problem_of_recipient(self.hide(text), self.where) or self.problem

    def hide(self, text: str) -> str:
        """Return a text without any part of the URL."""
        return without(text, self.secrets)

    def outcome(self) -> RetryLater | GiveUp:
        """Return what to raise, since Apprise could not send."""
        if self.problem is not None:
            return self.problem
        words = f"{self.where} did not take the message: {self.logged or 'Apprise gives no reason'}"
        return RetryLater(words[: 2 * LONGEST_REASON])


_CURRENT: ContextVar[Attempt | None] = ContextVar("gazelled_apprise_attempt", default=None)


def _observe(record: logging.LogRecord, text: str) -> None:
    attempt = _CURRENT.get()
    if attempt is not None:
        attempt.saw(record, text)


SECRETS = UrlSecrets(_observe)
"""The parts of all URLs that are in use."""


_FIRST = Lock()
"""Targets deliver at the same time, and each answer passes here once."""


@contextmanager
def watched(attempt: Attempt) -> Iterator[None]:
    """Take note of what happens in the block, also in threads that Apprise begins."""
    with _FIRST:
        _watch_requests()
        _watch_mail()
    token = _CURRENT.set(attempt)
    try:
        yield
    finally:
        _CURRENT.reset(token)


@cache
def _watch_requests() -> None:
    """Let what requests sends for Apprise pass here: it offers no other way for all of it."""
    from requests import RequestException  # noqa: PLC0415 - only where Apprise is in use
    from requests.adapters import HTTPAdapter  # noqa: PLC0415 - likewise

    plain = HTTPAdapter.send

    def send(self: HTTPAdapter, request: PreparedRequest, *args: Any, **named: Any) -> Response:  # noqa: ANN401 - as they come
        attempt = _CURRENT.get()
        if attempt is None:
            return plain(self, request, *args, **named)
        attempt.asks(request)
        try:
            response = plain(self, request, *args, **named)
        except RequestException as error:
            attempt.failed(error)
            raise
        text = _read(response, attempt.timeout).decode("utf-8", "replace")
        attempt.answered(response.status_code, response.headers.get("Retry-After"), text)
        if response.is_redirect or response.status_code == _TOO_MANY:
            # A redirect would take passwords along, and the pause is the deliverer's.
            attempt.stopped = RequestException("gazelled deals with this answer")
            raise attempt.stopped
        return response

    HTTPAdapter.send = send  # type: ignore[method-assign]  # that is the way


@cache
def _watch_mail() -> None:
    """Let Apprise's mails have a Message-ID that every attempt repeats: it makes a new one."""
    from apprise.plugins.email import base  # noqa: PLC0415 - likewise

    plain = getattr(base, "make_msgid", None)
    if plain is None:
        return

    def make_msgid(*args: Any, **named: Any) -> str:  # noqa: ANN401 - as they come
        attempt, made = _CURRENT.get(), str(plain(*args, **named))
        return made if attempt is None else f"<{attempt.key}@{made.partition('@')[2]}"

    setattr(base, "make_msgid", make_msgid)  # noqa: B010 - the module does not export it


def _read(response: Response, seconds: float) -> bytes:
    """
    Read an answer for a limited time, and return as much as came.

    Its first line says whether the message was taken, so an answer that never ends, or breaks off,
    is as good as a whole one.
    """
    from requests import RequestException  # noqa: PLC0415 - see above
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 - likewise

    until = time.monotonic() + seconds
    received = bytearray()
    try:
        for piece in _pieces(response):
            received += piece
            if len(received) >= _MOST or time.monotonic() > until:
                break
    except (RequestException, HTTPError):
        pass
    response._content = bytes(received)  # noqa: SLF001 - requests has no other place for it
    response._content_consumed = True  # noqa: SLF001 - likewise
    return bytes(received)


def _pieces(response: Response) -> Iterator[bytes]:
    """Yield what has come of an answer, without waiting for a certain amount."""
    if response.raw.chunked or not hasattr(response.raw, "read1"):
        yield from response.iter_content(1)
    else:
        while piece := response.raw.read1(_PIECE, decode_content=True):
            yield piece


def _explanation(text: str) -> tuple[str, str | None]:
    """Return a service's reason in one line, and the seconds that it wants to be left alone."""
    tables = _tables(text)
    reasons = [table.get(name) for table in tables for name in _REASONS]
    reason = next((value for value in reasons if isinstance(value, str)), "")
    line = "".join(sign if sign.isprintable() else " " for sign in reason).split()
    pauses = (
        f"{pause * unit:.3f}"
        for table in tables
        for name, unit in _PAUSES.items()
        if isinstance(pause := table.get(name), int | float)
    )
    return " ".join(line)[:LONGEST_REASON], next(pauses, None)


def _tables(text: str) -> list[dict[str, object]]:
    """Return an answer's table and those in it; that of a plain text has it as the reason."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        answer = None if "<" in text else text
    if isinstance(answer, str):
        return [{_REASONS[0]: answer}]
    if not isinstance(answer, dict):
        return []
    errors = answer.get("errors")  # of Pushover
    if isinstance(errors, list) and errors:
        answer = {_REASONS[0]: errors[0]} | answer
    return [answer, *(part for part in answer.values() if isinstance(part, dict))]
