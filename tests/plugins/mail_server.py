"""Mail servers on this machine: a real one whose replies a test sets, and one that misbehaves."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from types import TracebackType
from typing import Any, Self

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Arrived:
    """One message as the server took it."""

    sender: str
    recipients: list[str]
    options: list[str]
    message: EmailMessage


@dataclass
class MailServer:
    """
    A real SMTP server of aiosmtpd.

    Attributes:
        refused: The replies to recipients, by their address.
        sender_reply: The reply to the sender, unless it is accepted.
        content_reply: The reply to the content.
        delay: The seconds after which the content is confirmed.
        dies: Whether the connection is cut instead of the confirmation.
        login: The user name and password that it takes; it requires a log-in then.
        login_reply: The reply to a wrong password.
        most: The most bytes of a message.
        arrived: The messages that came, confirmed or not.

    """

    authority: trustme.CA | None = None
    implicit: bool = False
    refused: dict[str, str] = field(default_factory=dict)
    sender_reply: str = "250 OK"
    content_reply: str = "250 OK"
    delay: float = 0.0
    dies: bool = False
    login: tuple[str, str] | None = None
    login_reply: str = "535 5.7.8 Authentication credentials invalid"
    most: int = 10_000_000
    arrived: list[Arrived] = field(default_factory=list)
    log_ins: int = 0
    port: int = 0

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)))
        self._thread.start()
        assert ready.wait(60)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if self.authority else None
        if self.authority is not None and context is not None:
            self.authority.issue_cert("127.0.0.1").configure_cert(context)
        starttls = None if self.implicit else context

        def session() -> SMTP:
            return SMTP(
                self,
                loop=self._loop,
                hostname="mail.example.org",
                data_size_limit=self.most,
                tls_context=starttls,
                require_starttls=starttls is not None,
                auth_require_tls=False,
                authenticator=self._authenticate,
            )

        implicit = context if self.implicit else None
        server = await self._loop.create_server(session, "127.0.0.1", 0, ssl=implicit)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._stop.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    def _authenticate(self, server: SMTP, *rest: Any) -> AuthResult:  # noqa: ANN401 - as aiosmtpd calls it
        del server
        self.log_ins += 1
        data = rest[-1]
        assert isinstance(data, LoginPassword)
        right = (data.login.decode(), data.password.decode()) == self.login
        return AuthResult(success=right, handled=False, message=None if right else self.login_reply)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the sender or not."""
        del server
        if self.login is not None and not session.authenticated:
            return "530 5.7.0 Authentication required"
        if self.sender_reply.startswith("2"):
            envelope.mail_from, envelope.mail_options = address, options
        return self.sender_reply

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: object, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient or not."""
        del server, session, options
        reply = self.refused.get(address, "250 OK")
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, session: object, envelope: Envelope) -> str:  # noqa: N802 - likewise
        """Take the content, and confirm it or not."""
        del session
        assert isinstance(envelope.content, bytes)
        assert envelope.mail_from is not None
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        recipients = list(envelope.rcpt_tos)
        arrived = Arrived(envelope.mail_from, recipients, envelope.mail_options, message)
        self.arrived.append(arrived)
        await asyncio.sleep(self.delay)
        if self.dies:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return self.content_reply


class RawServer:
    """
    A server that says whatever a test wants, to one connection after the other.

    Args:
        talk: Talks with one connection, and ends it by returning.

    """

    def __init__(self, talk: Callable[[socket.socket, threading.Event], None]) -> None:
        self._talk = talk
        self._over = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                try:
                    self._talk(connection, self._over)
                except OSError:
                    continue
