"""
Messages through Apprise: a phone, a chat, a mail; any of its services.

    [target.phone]
    plugin = "apprise"
    url = { secret = "phone" }    # ntfy://… tgram://… mailtos://…

    [target.phone.templates]
    title = "{{ event.title }}"
    body = "{{ item.size | size }} {{ item.fields.format }}"
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import field_validator

from gazelled.plugin import (
    Context,
    Delivery,
    EventKind,
    GiveUp,
    PluginConfig,
    SecretStr,
    TargetFault,
    target,
)
from gazelled_plugins.apprise import library
from gazelled_plugins.apprise.attempt import Attempt, watched
from gazelled_plugins.apprise.parts import split
from gazelled_plugins.apprise.url_secrets import secrets_of
from gazelled_plugins.messages import (
    Format,
    Source,
    Templates,
    check_with_samples,
    compose,
    service,
)

WAIT_FOR_FIX = 3600.0
"""Seconds between two attempts with an URL that Apprise doesn't understand."""

_TYPES = {
    EventKind.NOTICE: "warning",
    EventKind.RAISED: "warning",
    EventKind.CLEARED: "success",
}
"""What Apprise marks a message as; all others are `info`."""


class Options(PluginConfig):
    """
    What `[target.NAME]` may hold.

    Attributes:
        url: One Apprise URL.
        templates: The user's words for messages.
        title: A template for the headline; an earlier spelling.
        body: A template for the rest; likewise.

    """

    combines: ClassVar[bool] = True
    renamed: ClassVar[Mapping[str, str]] = {"title": "templates.title", "body": "templates.body"}

    url: SecretStr
    templates: Templates = Templates()
    title: Source = None
    body: Source = None

    @field_validator("url")
    @classmethod
    def _looks_like_one(cls, url: SecretStr) -> SecretStr:
        text = url.get_secret_value()
        if not re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*://\S", text):
            raise ValueError("expected one Apprise URL, such as ntfy://…, tgram://… or mailtos://…")
        if len(text.split("\n")) > 1:
            raise ValueError("several lines; write one URL here, and a target for each of them")
        return url

    def check_thoroughly(self) -> None:
        """Let Apprise read the URL, and try the templates, which needs no network."""
        url = self.url.get_secret_value()
        if problem := library.problem_of(url):
            raise ValueError(problem)
        form = service(url.partition("://")[0]).form
        filters, events = self.template_filters, self.sample_events()
        check_with_samples(self.words, form, filters=filters, events=events)

    @property
    def words(self) -> Templates:
        """The user's words, in whichever spelling."""
        return self.templates.or_else(title=self.title, body=self.body)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """
    A message as the service gets it.

    Attributes:
        notifier: Apprise's object for the URL.
        form: The format of the bodies.
        title: The headline; empty where it is a part of the body.
        bodies: The rest, in one part unless the URL asks for several.
        addressees: To whom of the URL each part is sent by itself.
        secrets: The parts of the URL.

    """

    notifier: Any
    form: Format
    title: str
    bodies: Sequence[str]
    addressees: Sequence[Mapping[str, list[object]]]
    secrets: Sequence[str] = field(repr=False)

    @property
    def count(self) -> int:
        """How many messages the service gets."""
        return len(self.bodies) * len(self.addressees)

    def title_of(self, index: int) -> str:
        """Return the headline of a part."""
        count = f" ({index + 1}/{len(self.bodies)})" if self.title and len(self.bodies) > 1 else ""
        return f"{self.title}{count}"


async def preview(delivery: Delivery, options: Options, context: Context) -> str:
    """Return title and body of each part, in the format that the service gets."""
    outgoing = await context.in_thread(delivery, _outgoing, delivery, options, context)
    shown = []
    for index, body in enumerate(outgoing.bodies):
        shown += [text for text in (outgoing.title_of(index), body) if text]
    return "\n".join([f"[{outgoing.form.name}]", *shown])


@target(Options, preview=preview)
async def apprise(delivery: Delivery, options: Options, context: Context) -> None:
    """Send what earlier attempts have not sent: each part, to each chat or recipient of the URL."""
    outgoing = await context.in_thread(delivery, _outgoing, delivery, options, context)
    refusal: GiveUp | None = None
    for number in range(delivery.parts_sent, outgoing.count):
        try:
            await context.in_thread(delivery, _send, delivery, outgoing, number, context)
        except GiveUp as error:
            if outgoing.count == 1:
                raise
            refusal = error  # final for this one alone
            context.log.warning("message.part_refused", part=number + 1, error=str(error))
        if outgoing.count > 1:
            await context.record_parts(delivery, number + 1)
    if refusal is not None:
        raise refusal


def _outgoing(delivery: Delivery, options: Options, context: Context) -> Outgoing:
    """Write the message for the service of the URL; loading Apprise takes a while."""
    url = options.url.get_secret_value()
    notifier = library.notifier_of(url)
    if notifier is None:
        raise TargetFault(
            f"{library.problem_of(url)} Correct the URL of {context.target}, then: "
            "gazelled reload. Its messages wait.",
            after=WAIT_FOR_FIX,
        )
    library.set_up(notifier, url, context.timeout)
    style, limits = library.style_of(notifier, url)
    message = compose(delivery.event, options.words, context, style.form, style.limits)
    bodies = [message.body]
    if limits is not None:
        bodies = split(message.body, limits, style.form, context.site_url)
    addressees = library.addressees_of(notifier)
    return Outgoing(notifier, style.form, message.title, bodies, addressees, secrets_of(url))


def _send(delivery: Delivery, outgoing: Outgoing, number: int, context: Context) -> None:
    """Send one part to one chat or recipient; it blocks."""
    attempt = Attempt(
        where=f"The service {outgoing.notifier.service_name}",
        key=f"{delivery.id}.{number}",
        timeout=context.timeout,
        secrets=outgoing.secrets,
    )
    addressee, index = divmod(number, len(outgoing.bodies))
    with watched(attempt):
        sent = library.send(
            outgoing.notifier,
            outgoing.form,
            outgoing.title_of(index),
            outgoing.bodies[index],
            to=outgoing.addressees[addressee],
            kind=_TYPES.get(delivery.event.kind, "info"),
            key=attempt.key,
        )
    if not sent:
        raise attempt.outcome()
