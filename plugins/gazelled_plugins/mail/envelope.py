"""The message as it is sent: text and HTML in one, with headers that mail programs sort by."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from gazelled.plugin import Delivery, Event

_POLICY = SMTP.clone(cte_type="7bit")
"""Servers that take seven bits only get the same message as others."""

_NOTICES = "notices"
_DIGESTS = "digests"


def parse_address(text: str) -> Address:
    """
    Return the address that a text holds, with or without a name.

    Raises:
        ValueError: If it isn't exactly one address with a domain.

    """
    header = SMTP.header_factory("To", " ".join(text.split()))
    addresses: Sequence[Address] = header.addresses
    if len(addresses) != 1 or header.defects or not addresses[0].domain:
        raise ValueError('expected one address, such as "Lab <lab@example.org>"')
    [address] = addresses
    domain = address.domain.encode("idna").decode()
    return Address(address.display_name, address.username, domain)


def build(
    delivery: Delivery,
    *,
    sender: Address,
    recipients: Sequence[Address],
    date: datetime,
    title: str,
    text: str,
    html: str,
) -> EmailMessage:
    """
    Return the message of a delivery; its id is the same on every attempt.

    Args:
        delivery: The delivery; the watch of its event names the thread.
        sender: From whom it comes.
        recipients: To whom it goes.
        date: When it is sent, in the zone of the target.
        title: The subject.
        text: The body as plain text.
        html: The same as HTML; empty for none.

    """
    message = EmailMessage(policy=_POLICY)
    thread = _thread(delivery.event)
    root = _message_id(_digest(f"{delivery.target}/{thread}"), sender)
    message["From"] = sender
    message["To"] = recipients
    message["Subject"] = _subject(title)
    message["Date"] = format_datetime(date)
    message["Message-ID"] = _message_id(delivery.id, sender)
    message["In-Reply-To"] = root
    message["References"] = root
    message["List-Id"] = f"<{_label(thread)}.gazelled.{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_encodable(text))
    if html:
        message.add_alternative(_encodable(html), subtype="html")
    return message


def _subject(title: str) -> str:
    """Return a title in one line, without what a header would decode, into whatever it hides."""
    return " ".join(_encodable(title).replace("=?", "= ?").split())


def _thread(event: Event) -> str:
    """Return what an event is sorted by: its watch, also for a digest of one watch."""
    watches = {part.watch for part in event.events} or {event.watch}
    return (watches.pop() or _NOTICES) if len(watches) == 1 else _DIGESTS


def _message_id(name: str, sender: Address) -> str:
    return f"<{name}@{sender.domain}>"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _label(name: str) -> str:
    """Return a name as a label of a list's id."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or _digest(name)


def _encodable(text: str) -> str:
    """Return a text without what no encoding can hold."""
    return text.encode("utf-8", "replace").decode()
