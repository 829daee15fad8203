"""One message to one mail server, over aiosmtplib, and what its replies mean for the delivery."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gazelled.plugin import GiveUp, RetryLater, TargetFault
from gazelled_plugins import outcomes, smtp_replies
from gazelled_plugins.smtp_replies import Reply, Step

if TYPE_CHECKING:
    from aiosmtplib import SMTP

PATIENCE = 9
"""How many times the timeout a server may take to confirm a message that it has received."""


@dataclass(frozen=True, slots=True)
class Server:
    """
    A mail server and how it is used.

    Attributes:
        host: Its name or address.
        port: Its port.
        tls: `implicit`, `starttls` or `none`.
        ca: A file of certificate authorities that are trusted beside the system's.
        username: The user name; empty without a log-in.
        password: The password.
        timeout: Seconds that it may take for each step.

    """

    host: str
    port: int
    tls: str
    ca: Path | None
    username: str
    password: str = field(repr=False)
    timeout: float

    def __str__(self) -> str:
        """Return it as the subject of a sentence."""
        return f"The mail server {self.host}"


def send(
    server: Server, sender: str, recipients: Sequence[str], message: bytes
) -> Mapping[str, Reply]:
    """
    Send a message to recipients, and return those that were refused; it blocks.

    All others have the message when this returns.

    Raises:
        GiveUp: If the server refuses the message for good.
        TargetFault: If the server can't be used with these settings.
        RetryLater: If it failed for now, or it is not known whether it was sent.

    """
    return asyncio.run(_send(server, sender, recipients, message))


def check(server: Server) -> None:
    """
    Connect to a server and log in, and send nothing; it blocks.

    Raises:
        TargetFault: If the server can't be used with these settings.
        RetryLater: If it failed for now.

    """
    asyncio.run(_check(server))


async def _check(server: Server) -> None:
    async with _session(server):
        pass


async def _send(
    server: Server, sender: str, recipients: Sequence[str], message: bytes
) -> Mapping[str, Reply]:
    import aiosmtplib  # noqa: PLC0415 - an extra, and it takes time at each start

    async with _session(server) as (client, progress):
        progress.step = Step.SENDER
        size = [f"SIZE={len(message)}"] if client.supports_extension("size") else []
        await client.mail(sender, options=size)
        progress.step = Step.RECIPIENTS
        refused: dict[str, Reply] = {}
        for recipient in recipients:
            try:
                await client.rcpt(recipient)
            except aiosmtplib.SMTPRecipientRefused as error:
                refused[recipient] = Reply(error.code, error.message)
        if len(refused) < len(recipients):
            progress.step = Step.CONTENT
            await client.data(message, timeout=server.timeout * PATIENCE)
    return refused


@dataclass(slots=True)
class _Progress:
    """How far a session has come."""

    step: Step = Step.CONNECT


@asynccontextmanager
async def _session(server: Server) -> AsyncIterator[tuple[SMTP, _Progress]]:
    """Connect and log in; errors become what they mean for the delivery."""
    import aiosmtplib  # noqa: PLC0415 - see above

    progress = _Progress()
    client: SMTP | None = None
    try:
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            timeout=server.timeout,
            use_tls=server.tls == "implicit",
            start_tls=server.tls == "starttls",
            tls_context=_tls(server),
        )
        await client.connect()
        if server.username:
            progress.step = Step.LOG_IN
            await client.login(server.username.encode(), server.password.encode())
        if client.is_ehlo_or_helo_needed:
            await client.ehlo()
        yield client, progress
    except (aiosmtplib.SMTPException, OSError) as error:
        raise _problem_of(error, progress.step, server) from None
    finally:
        if client is not None:
            await _leave(client)


def _tls(server: Server) -> ssl.SSLContext | None:
    """Return what a certificate is checked with; it must be valid, for this host."""
    if server.tls == "none":
        return None
    context = ssl.create_default_context()
    if server.ca is not None:
        try:
            context.load_verify_locations(cafile=server.ca)
        except (OSError, ssl.SSLError):
            raise TargetFault(
                f"The certificate authorities in {server.ca} can't be read: correct the option ca."
            ) from None
    return context


async def _leave(client: SMTP) -> None:
    """End the session; what was sent is sent, however that goes."""
    from aiosmtplib import SMTPException  # noqa: PLC0415 - see above

    transport = client.transport
    with suppress(SMTPException, OSError):
        await client.quit(timeout=2.0)
    client.close()
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()  # TLS would say goodbye for longer than the event loop lasts
        await asyncio.sleep(0)


def _problem_of(error: Exception, step: Step, server: Server) -> RetryLater | GiveUp:
    """Return what to raise for an error of a session, by how far it had come."""
    code, text = getattr(error, "code", None), getattr(error, "message", "")
    if isinstance(code, int) and code > 0:
        return smtp_replies.problem_of(Reply(code, str(text)), step, str(server))
    if step is Step.CONTENT:
        return RetryLater(
            f"{server} did not confirm the message; it is sent again with the same Message-ID, by "
            "which mail programs know it."
        )
    if not isinstance(error, OSError) or isinstance(code, int):
        return _problem_of_abilities(step, server)
    problem = outcomes.from_error(error, str(server))
    if isinstance(error, TimeoutError) or isinstance(problem, TargetFault):
        return problem
    return RetryLater(f"{server} closed the connection.")


def _problem_of_abilities(step: Step, server: Server) -> TargetFault:
    """Return what to raise when the server can't do what the options require."""
    if step is Step.LOG_IN:
        return TargetFault(f"{server} offers no log-in that gazelled knows.")
    if server.tls == "starttls":
        return TargetFault(
            f"{server} does not offer STARTTLS, and nothing is sent without encryption: correct "
            "port and tls."
        )
    return TargetFault(f"{server} does not speak SMTP as expected: correct port and tls.")
