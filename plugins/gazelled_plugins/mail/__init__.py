"""
Messages by mail: text and HTML in one message, one thread for each watch.

    [target.inbox]
    plugin = "mail"
    host = "smtp.example.org"
    username = "lab@example.org"
    password = { secret = "mail" }
    from = "gazelled <lab@example.org>"
    to = ["lab@example.org"]
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from typing import ClassVar, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from gazelled.plugin import (
    Context,
    Delivery,
    GiveUp,
    PluginConfig,
    RetryLater,
    SecretStr,
    TargetFault,
    target,
)
from gazelled_plugins.extras import require
from gazelled_plugins.mail import smtp
from gazelled_plugins.mail.accepted import Accepted, prune
from gazelled_plugins.mail.envelope import build, parse_address
from gazelled_plugins.messages import Limits, Templates, check_with_samples, compose
from gazelled_plugins.smtp_replies import Reply

_PORTS = {"implicit": 465, "starttls": 587, "none": 25}
_STARTTLS_PORTS = {25, 587}
_LIMITS = Limits(body=200_000, title=250)
"""Servers take more; nobody reads it."""
_SHOWN = {"From", "To", "Subject", "Message-ID", "References", "List-Id"}


class Options(PluginConfig):
    """
    What `[target.NAME]` may hold.

    Attributes:
        host: The mail server that takes messages of this account.
        port: Its port; that of `tls` when None.
        tls: How the connection is encrypted; see `mode`.
        ca: A file of certificate authorities that are trusted beside the system's.
        username: The user name; empty without a log-in.
        password: The password.
        sender: The address in `From`; the key is `from`.
        to: The addresses of the recipients.
        templates: The user's words for subject, text and HTML.

    """

    combines: ClassVar[bool] = True
    beside_config: ClassVar[frozenset[str]] = frozenset({"ca"})

    host: str
    port: int | None = Field(default=None, ge=1, le=65535)
    tls: Literal["implicit", "starttls", "none"] | None = None
    ca: Path | None = None
    username: str = ""
    password: SecretStr | None = None
    sender: str = Field(alias="from")
    to: tuple[str, ...]
    templates: Templates = Templates()

    def check_thoroughly(self) -> None:
        """Try the templates with a sample of every kind of event."""
        filters, events = self.template_filters, self.sample_events()
        check_with_samples(self.templates, filters=filters, events=events)

    @model_validator(mode="before")
    @classmethod
    def _has_its_library(cls, options: object) -> object:
        require("mail", "aiosmtplib")
        return options

    @field_validator("host")
    @classmethod
    def _is_a_host(cls, host: str) -> str:
        if not host or not host.isprintable() or set(host) & set("/@ "):
            raise ValueError('expected the name of a mail server, such as "smtp.example.org"')
        return host

    @field_validator("sender")
    @classmethod
    def _is_an_address(cls, text: str) -> str:
        parse_address(text)
        return text

    @field_validator("to", mode="before", json_schema_input_type=str | list[str])
    @classmethod
    def _are_addresses(cls, value: object) -> object:
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list | tuple) or not texts:
            raise ValueError("expected an address, or a list of addresses")
        specs = [parse_address(str(text)).addr_spec.lower() for text in texts]
        if len(set(specs)) < len(specs):
            raise ValueError("an address is in the list twice")
        return texts

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if (self.password is None) == bool(self.username):
            raise ValueError("username and password go together")
        if self.mode == "none" and not _is_loopback(self.host):
            raise ValueError(
                'tls = "none" is for a mail server on this machine: write "implicit" or "starttls"'
            )
        return self

    @property
    def mode(self) -> str:
        """How the connection is encrypted, as is usual for the host and the port unless given."""
        if self.tls is not None:
            return self.tls
        if _is_loopback(self.host):
            return "none"
        return "starttls" if self.port in _STARTTLS_PORTS else "implicit"

    @property
    def port_in_use(self) -> int:
        """The port, that of `mode` unless given."""
        return self.port or _PORTS[self.mode]

    @property
    def recipients(self) -> tuple[Address, ...]:
        """To whom messages go."""
        return tuple(map(parse_address, self.to))


async def prepare(options: Options, context: Context) -> None:
    """Delete what is kept of deliveries that were given up long ago."""
    del options
    prune(context.folder)


def preview(delivery: Delivery, options: Options, context: Context) -> str:
    """Return the headers and both parts of the message."""
    message = _message(delivery, options, context)
    parts = [f"{name}: {value}" for name, value in message.items() if name in _SHOWN]
    for part in message.iter_parts() if message.is_multipart() else [message]:
        parts += ["", f"[{part.get_content_type()}]", part.get_content().rstrip()]
    return "\n".join(parts)


async def check(options: Options, context: Context) -> None:
    """Connect to the mail server and log in; nothing is sent."""
    await asyncio.to_thread(smtp.check, _server(options, context))


@target(Options, prepare=prepare, preview=preview, check=check)
async def mail(delivery: Delivery, options: Options, context: Context) -> None:
    """Send one message to every recipient that does not have it yet."""
    await context.in_thread(delivery, send, delivery, options, context)


def send(delivery: Delivery, options: Options, context: Context) -> None:
    """Send the message; it blocks."""
    recipients = [address.addr_spec for address in options.recipients]
    accepted = Accepted(context.folder, delivery.id)
    earlier = accepted.load()
    waiting = [address for address in recipients if address not in earlier]
    if not waiting:
        return
    server = _server(options, context)
    content = _message(delivery, options, context).as_bytes()
    sender = parse_address(options.sender).addr_spec
    refused = smtp.send(server, sender, waiting, content)
    if not refused:
        accepted.clear()
        return
    if len(refused) < len(recipients):
        accepted.record(address for address in recipients if address not in refused)
    raise _problem(refused, len(recipients), server)


def _message(delivery: Delivery, options: Options, context: Context) -> EmailMessage:
    message = compose(delivery.event, options.templates, context, limits=_LIMITS, html=True)
    return build(
        delivery,
        sender=parse_address(options.sender),
        recipients=options.recipients,
        date=datetime.now(ZoneInfo(context.zone)),
        title=message.title,
        text=message.body,
        html=message.html,
    )


def _server(options: Options, context: Context) -> smtp.Server:
    return smtp.Server(
        host=options.host,
        port=options.port_in_use,
        tls=options.mode,
        ca=options.ca,
        username=options.username,
        password=options.password.get_secret_value() if options.password else "",
        timeout=context.timeout,
    )


def _problem(
    refused: Mapping[str, Reply], everyone: int, server: smtp.Server
) -> RetryLater | GiveUp:
    """Return what to raise for refused recipients; those that may be accepted later come first."""
    rest = "; the others have the message" if len(refused) < everyone else ""
    for address, reply in refused.items():
        if not reply.refuses_recipient:
            return RetryLater(f"{server} takes nothing for {address} for now ({reply}){rest}.")
    if not server.username and all(reply.forbids_relaying for reply in refused.values()):
        reply = next(iter(refused.values()))
        return TargetFault(f"{server} relays nothing without a log-in ({reply}){rest}.")
    listed = ", ".join(f"{address} ({reply})" for address, reply in refused.items())
    return GiveUp(f"{server} refuses {listed}{rest}.")


def _is_loopback(host: str) -> bool:
    """Return whether a host is this machine, without looking its name up."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"
