"""Receivers of HTTP on this machine, shaped like services that people use, with their limits."""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote


@dataclass(frozen=True)
class Request:
    """What came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever the service gets
        """Its content."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What is answered."""

    status: int = 200
    content: object = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        """Its content as it is sent."""
        return (
            self.content.encode()
            if isinstance(self.content, str)
            else json.dumps(self.content).encode()
        )


Answer = Callable[[Request], Reply]


class HttpReceiver(ThreadingHTTPServer):
    """
    A receiver.

    Args:
        answer: Returns the answer to a request.

    Attributes:
        requests: What came, in order.
        trouble: `hangs`, `drips`, `drips the head`, `drips the body`, `drips chunks`, `dies`,
            `dies in the body`; empty for none.
        dripping: The seconds for which it drips the head; then it goes on.
        delay: The seconds after which it answers.
        tls: The context with its certificate; None without encryption.

    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.requests: list[Request] = []
        self.trouble = ""
        self.delay = 0.0
        self.dripping = 0.0
        self.tls: ssl.SSLContext | None = None
        self.over = threading.Event()

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection, encrypted if there is a context for it."""
        connection, address = super().get_request()
        if self.tls is None:
            return connection, address
        connection.settimeout(60)
        return self.tls.wrap_socket(
            connection, server_side=True, do_handshake_on_connect=False
        ), address

    @property
    def host(self) -> str:
        """Its host and port."""
        return f"127.0.0.1:{self.server_port}"


@contextmanager
def running(answer: Answer) -> Iterator[HttpReceiver]:
    """Run a receiver."""
    with HttpReceiver(answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: HttpReceiver

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True  # the other side has gone

    def _take(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = Request(self.command, self.path, dict(self.headers), body)
        self.server.requests.append(request)
        reply = self.server.answer(request)
        over, trouble = self.server.over, self.server.trouble
        over.wait(self.server.delay)
        self.close_connection = True
        if trouble == "dies":
            return
        if trouble == "hangs":
            over.wait()
            return
        if trouble == "drips":
            while not over.wait(0.02):
                self.wfile.write(b"H")
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if trouble == "drips the head":
            self._drip_head(self.server.dripping)
        longer = 1000 if "body" in trouble else 0
        if trouble == "drips chunks":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            while not over.wait(0.02):
                self.wfile.write(b"1\r\n \r\n")
            return
        self.send_header("Content-Length", str(len(reply.body) + longer))
        self.end_headers()
        self.wfile.write(reply.body)
        while trouble == "drips the body" and not over.wait(0.02):
            self.wfile.write(b" ")

    def _drip_head(self, seconds: float) -> None:
        self.flush_headers()
        self.wfile.write(b"X-Slow: ")
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.server.over.wait(0.02):
            self.wfile.write(b"x")
        self.wfile.write(b"\r\n")

    do_GET = do_POST = do_PUT = do_DELETE = _take  # noqa: N815 - the names there

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Stay silent."""


def always(status: int, content: object = "", **headers: str) -> Answer:
    """Answer everything alike."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: Reply(status, content, named)


def ntfy(request: Request) -> Reply:
    """
    Answer as ntfy does that takes no attachments.

    What reaches 4096 bytes is one, and so is what doesn't come as JSON.
    """
    if len(request.body) > 2 * 4096:
        return Reply(413, {"code": 41303, "http": 413, "error": "JSON body too large"})
    message = request.json["message"] if request.body.startswith(b"{") else ""
    if not message or len(message.encode()) >= 4096:
        return Reply(400, {"code": 40014, "http": 400, "error": "attachments not allowed"})
    return Reply(200, {"id": "x", "event": "message", "message": message})


def discord(request: Request) -> Reply:
    """Answer as a web hook of Discord does: at most 2000 UTF-16 code units."""
    content = request.json.get("content", "")
    if not content:
        return Reply(400, {"message": "Cannot send an empty message", "code": 50006})
    if len(content.encode("utf-16-le")) // 2 > 2000:
        return Reply(400, {"message": "Invalid Form Body", "code": 50035})
    return Reply(204)


def slack(request: Request) -> Reply:
    """Answer as a web hook of Slack does: a section of 1 to 3000 characters."""
    [attachment] = request.json["attachments"]
    texts = [block["text"]["text"] for block in attachment["blocks"] if block["type"] == "section"]
    right = all(1 <= len(text) <= 3000 for text in texts) and texts
    return Reply(200, "ok") if right else Reply(400, "invalid_blocks")


class _TelegramMarkup(HTMLParser):
    """Checks markup as Telegram does, and counts the text without it."""

    TAGS = frozenset({"b", "i", "u", "s", "a", "code", "pre", "strong", "em"})

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.open: list[str] = []
        self.problem = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        self.open.append(tag)
        if tag not in self.TAGS:
            self.problem = f'Unsupported start tag "{tag}"'

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.problem = f'Unexpected end tag "{tag}"'

    def handle_data(self, data: str) -> None:
        self.text += data


def telegram(request: Request) -> Reply:
    """Answer as the bot API of Telegram does: valid HTML, and 4096 UTF-16 code units of text."""
    markup = _TelegramMarkup()
    markup.feed(request.json["text"])
    markup.close()
    problem = markup.problem or ("Can't find end tag" if markup.open else "")
    if problem:
        return _telegram_error(f"Bad Request: can't parse entities: {problem}")
    if len(markup.text.encode("utf-16-le")) // 2 > 4096:
        return _telegram_error("Bad Request: message is too long")
    if request.json["chat_id"] in (404, "404"):
        return _telegram_error("Bad Request: chat not found")
    return Reply(200, {"ok": True, "result": {"message_id": 1, "text": markup.text}})


def _telegram_error(text: str) -> Reply:
    return Reply(400, {"ok": False, "error_code": 400, "description": text})


class Matrix:
    """A home server of Matrix: a message of a transaction that it knows is not sent again."""

    def __init__(self) -> None:
        self.messages: dict[tuple[str, str], dict[str, Any]] = {}
        self.logins = 0

    def __call__(self, request: Request) -> Reply:
        """Answer one request."""
        path = unquote(request.path).partition("?")[0]
        if path.endswith("/login"):
            self.logins += 1
            return Reply(
                200,
                {"access_token": f"token{self.logins}", "home_server": "x", "user_id": "@g:x"},
            )
        if "/join" in path:
            return Reply(200, {"room_id": "!room:x"})
        if sent := re.search(r"/rooms/(.+)/send/m\.room\.message/(.+)$", path):
            if len(json.dumps(request.json, ensure_ascii=False).encode()) > 65_000:
                return Reply(413, {"errcode": "M_TOO_LARGE", "error": "event too large"})
            token = request.headers.get("Authorization", "")
            self.messages.setdefault((token, sent[2]), request.json)
            return Reply(200, {"event_id": "$1"})
        return Reply(404, {"errcode": "M_NOT_FOUND", "error": "not here"})
