"""What a status and an error of a service mean for a delivery."""

from __future__ import annotations

import asyncio
import errno
import http.client
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import aiohttp
import pytest
import requests
import urllib3

from gazelled.plugin import GiveUp, RetryLater, TargetFault
from gazelled_plugins.outcomes import (
    LONGEST_PAUSE,
    from_error,
    from_status,
    retry_after_seconds,
)

WHERE = "The webhook at example.org"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TLS = Path(__file__).parents[1] / "tracker" / "tls"


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        ((400, 406, 413, 414, 415, 422, 431), GiveUp),
        ((401, 402, 403, 404, 405, 407, 410, 421, 426), TargetFault),
        ((301, 302, 303, 304, 307, 308), TargetFault),
        ((408, 409, 418, 423, 425, 429, 451, 500, 501, 502, 503, 504, 507), RetryLater),
        ((100, 199, 460, 599, 999), RetryLater),
    ],
)
def test_a_status_has_its_outcome(statuses: tuple[int, ...], outcome: type[Exception]) -> None:
    """Final for the message, a fault of the target, or tried again: exactly one of them."""
    for status in statuses:
        problem = from_status(status, WHERE)
        assert type(problem) is outcome, status
        assert str(problem).startswith(WHERE), status
        assert f"({status}" in str(problem)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 226, 299])
def test_a_success_is_no_problem(status: int) -> None:
    """Every 2xx means delivered."""
    assert from_status(status, WHERE) is None


def test_each_status_has_a_sentence_of_its_own() -> None:
    """Nobody has to look a number up, or to guess which of two faults it was."""
    statuses = (400, 401, 403, 404, 410, 413, 415, 422, 429, 500, 502, 503, 504)
    texts = {str(from_status(status, WHERE)).partition(" (")[0] for status in statuses}
    assert len(texts) == len(statuses)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 2.5 ", 2.5),
        ("0", 1.0),
        ("999999999", LONGEST_PAUSE),
        (format_datetime(NOW + timedelta(minutes=5), usegmt=True), 300.0),
        (format_datetime(NOW - timedelta(minutes=5), usegmt=True), 1.0),
        ("Sun, 01 Mar 2026 13:00:00 +0100", 1.0),
        ("Sun, 01 Mar 2026 12:10:00 -0000", 600.0),
        ("", None),
        (None, None),
        ("-5", None),
        ("soon", None),
        ("nan", None),
        ("9" * 400, None),
        ("Sun, 99 Mar 2026 12:10:00 GMT", None),
        ("²", None),
    ],
)
def test_retry_after_is_read(text: str | None, seconds: float | None) -> None:
    """It is a number of seconds or a date, and anything else says nothing."""
    assert retry_after_seconds(text, NOW) == seconds


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_the_pause_that_a_service_demands_is_in_the_error(status: int) -> None:
    """`Retry-After` counts for whatever is tried again."""
    problem = from_status(status, WHERE, "90")
    assert isinstance(problem, RetryLater)
    assert problem.after == 90.0


@pytest.mark.parametrize(
    ("error", "outcome", "words"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), TargetFault, "Connection refused"),
        (OSError(errno.EHOSTUNREACH, "x"), TargetFault, "No route to host"),
        (TimeoutError(errno.ETIMEDOUT, "x"), TargetFault, "can't be reached"),
        (socket.gaierror(socket.EAI_NONAME, "x"), TargetFault, "(DNS)"),
        (UnicodeError("label empty or too long: idna"), TargetFault, "address"),
        (ssl.SSLCertVerificationError("x"), TargetFault, "certificate"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] x"), TargetFault, "TLS connection"),
        (ssl.SSLEOFError(8, "x"), RetryLater, "closed the connection"),
        (ConnectionResetError(errno.ECONNRESET, "x"), RetryLater, "closed the connection"),
        (BrokenPipeError(errno.EPIPE, "x"), RetryLater, "closed the connection"),
        (asyncio.IncompleteReadError(b"", 4), RetryLater, "closed the connection"),
        (http.client.RemoteDisconnected("x"), RetryLater, "closed the connection"),
        (TimeoutError(), RetryLater, "did not answer in time"),
        (OSError(errno.ENOSPC, "x", "/p"), TargetFault, "No space left on device"),
        (PermissionError(errno.EACCES, "x", "/p"), TargetFault, "Permission denied"),
        (FileNotFoundError(errno.ENOENT, "x", "/p"), TargetFault, "No such file"),
        (OSError("x"), RetryLater, "failed (OSError)"),
        (ValueError("x"), RetryLater, "failed (ValueError)"),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "x"), RetryLater, "failed"),
        (aiohttp.InvalidURL("x"), TargetFault, "address"),
        (aiohttp.ServerDisconnectedError(), RetryLater, "closed the connection"),
        (aiohttp.ClientPayloadError("x"), RetryLater, "closed the connection"),
        (aiohttp.ServerTimeoutError(), RetryLater, "did not answer in time"),
        (aiohttp.ConnectionTimeoutError(), TargetFault, "no connection in time"),
        (requests.exceptions.MissingSchema("x"), TargetFault, "address"),
        (requests.exceptions.InvalidSchema("x"), TargetFault, "address"),
        (requests.exceptions.ReadTimeout("x"), RetryLater, "did not answer in time"),
        (requests.exceptions.ConnectTimeout("x"), TargetFault, "no connection in time"),
        (requests.exceptions.ChunkedEncodingError("x"), RetryLater, "closed the connection"),
        (requests.exceptions.ProxyError("x"), TargetFault, "proxy"),
        (urllib3.exceptions.ProtocolError("x"), RetryLater, "closed the connection"),
    ],
)
def test_an_error_has_its_outcome(error: Exception, outcome: type[Exception], words: str) -> None:
    """Each cause has its sentence, which holds nothing of the library's own text."""
    for raised in (error, wrapped(error)):
        problem = from_error(raised, WHERE)
        if raised is error or "failed (" not in words:
            assert (type(problem), words in str(problem)) == (outcome, True), str(problem)


def wrapped(error: Exception) -> Exception:
    """Return an error as libraries wrap it, with its cause among the arguments."""
    return requests.exceptions.ConnectionError(
        urllib3.exceptions.MaxRetryError(None, "https://u:secret@example.org", error)  # type: ignore[arg-type]  # it has a pool in truth
    )


@pytest.mark.parametrize("error", [RetryLater("a", after=5), GiveUp("b"), TargetFault("c")])
def test_an_outcome_stays_what_it_is(error: RetryLater | GiveUp) -> None:
    """What was decided below is not decided again."""
    outer = RuntimeError("x")
    outer.__cause__ = error
    assert from_error(outer, WHERE) is error


def test_errors_that_are_each_others_cause_end() -> None:
    """A circle of causes is walked once."""
    one, two = ValueError("1"), ValueError("2")
    one.__cause__, two.__cause__ = two, one
    assert isinstance(from_error(one, WHERE), RetryLater)


@contextmanager
def listening(answer: bytes | None, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve one answer to each connection on loopback; None closes it at once."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                secure = context.wrap_socket(connection, server_side=True) if context else None
                with secure or connection as wire:
                    wire.recv(65_536)
                    wire.sendall(answer or b"")

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


def problem_of_aiohttp(url: str) -> RetryLater | GiveUp:
    """Return what an address means that aiohttp requests."""

    async def request() -> None:
        async with aiohttp.ClientSession() as http, http.get(url, raise_for_status=True) as answer:
            await answer.read()

    try:
        asyncio.run(request())
    except (aiohttp.ClientError, OSError, UnicodeError) as error:
        return from_error(error, WHERE)
    raise AssertionError(url)


def problem_of_requests(url: str) -> RetryLater | GiveUp:
    """Return what an address means that requests requests."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            session.get(url, timeout=60).raise_for_status()
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        return from_error(error, WHERE)
    raise AssertionError(url)


CLIENTS = pytest.mark.parametrize("problem_of", [problem_of_aiohttp, problem_of_requests])
"""Both libraries, each with its own way to wrap an error."""


@CLIENTS
def test_real_errors_of_the_libraries(problem_of: Callable[[str], RetryLater | GiveUp]) -> None:
    """What the libraries really raise is recognised, and no address stands in the sentence."""
    cases: list[tuple[str, type[Exception], str]] = [
        ("http://no-such-name.invalid/key", TargetFault, "(DNS)"),
        (f"http://{'a' * 64}.example/key", TargetFault, WHERE[4:]),
    ]
    trusted_by_nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trusted_by_nobody.load_cert_chain(TLS / "server.pem")
    with (
        socket.socket() as closed,
        listening(None) as hung_up,
        listening(None, trusted_by_nobody) as untrusted,
        listening(b"HTTP/1.1 429 X\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n") as limited,
        listening(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf") as torn,
        listening(b"220 mail.example.org ESMTP ready\r\n") as mail,
    ):
        closed.bind(("127.0.0.1", 0))  # nobody else gets the port, and nobody listens there
        address = f"http://user:secret@127.0.0.1:{closed.getsockname()[1]}/key"
        cases += [
            (address, TargetFault, "Connection refused"),
            (f"http://127.0.0.1:{hung_up}/key", RetryLater, "closed the connection"),
            (f"http://127.0.0.1:{limited}/key", RetryLater, "rate limit"),
            (f"http://127.0.0.1:{torn}/key", RetryLater, "closed the connection"),
            (f"http://127.0.0.1:{mail}/key", TargetFault, "not valid HTTP"),
            (f"https://127.0.0.1:{limited}/key", TargetFault, "TLS connection"),
            (f"https://127.0.0.1:{untrusted}/key", TargetFault, "certificate"),
        ]
        for url, outcome, words in cases:
            problem = problem_of(url)
            assert (type(problem), words in str(problem)) == (outcome, True), (url, str(problem))
            assert "key" not in str(problem)
            assert "secret" not in str(problem)
            if words == "rate limit":
                assert isinstance(problem, RetryLater)
                assert problem.after == 7.0


def test_no_library_is_loaded() -> None:
    """The libraries whose errors are read are loaded by those who use them."""
    code = (
        "import sys; import gazelled.plugin; before = set(sys.modules); "
        "import gazelled_plugins.outcomes; "
        "print(*{'aiohttp', 'requests', 'urllib3', 'apprise'} & (set(sys.modules) - before))"
    )
    shown = subprocess.run(  # noqa: S603 - this Python, with the code above
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert not shown.stdout.strip()
