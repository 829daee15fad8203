"""
Messages through Apprise: a phone, a chat, a mail; any of its services.

    [target.phone]
    plugin = "apprise"
    url = { secret = "phone" }    # ntfy://… tgram://… mailtos://…
    # title = "{{ event.title }}"
    # body = "{{ item.size | size }} {{ item.fields.format }}"

The templates are Jinja2's, sandboxed, over `event`, `item` (its first), `items` and
`site_name`, with the filters `size`, `facts`, `origin` and `why`.
"""

from __future__ import annotations

import asyncio
import difflib
import logging
import re
from typing import TYPE_CHECKING, ClassVar

from pydantic import field_validator

from gazelled.plugin import (
    Context,
    Delivery,
    Event,
    EventKind,
    PluginConfig,
    RetryLater,
    SecretStr,
    target,
)
from gazelled_plugins.messages import Templates, compose, sandbox

if TYPE_CHECKING:
    from apprise import Apprise

WAIT_FOR_FIX = 3600.0
"""Seconds between two attempts with an URL that Apprise doesn't understand."""


class Options(PluginConfig):
    """
    What `[target.NAME]` may hold.

    Attributes:
        url: One Apprise URL.
        title: A template for the headline.
        body: A template for the rest.

    """

    combines: ClassVar[bool] = True

    url: SecretStr
    title: str | None = None
    body: str | None = None

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
        """Let Apprise read the URL, which needs no network."""
        if problem := problem_of(self.url.get_secret_value()):
            raise ValueError(problem)

    @field_validator("title", "body")
    @classmethod
    def _compiles(cls, source: str | None) -> str | None:
        if source is not None:
            sandbox.check(source)
        return source


@target(Options)
async def apprise(delivery: Delivery, options: Options, context: Context) -> None:
    """Send one message."""
    await asyncio.to_thread(send, delivery.event, options, context)


def send(event: Event, options: Options, context: Context) -> None:
    """Send one message; it blocks."""
    import apprise as library  # noqa: PLC0415 - it takes a third of a second, for a phone in use

    url = options.url.get_secret_value()
    _QUIET.learn(url)
    service = _service(url)
    if service is None:
        raise RetryLater(
            f"{problem_of(url)} Correct the URL of {context.target} and restart gazelled; its "
            "messages wait.",
            after=WAIT_FOR_FIX,
        )
    title, body = message(event, options, context)
    kinds = {
        EventKind.NOTICE: library.NotifyType.WARNING,
        EventKind.RAISED: library.NotifyType.WARNING,
        EventKind.CLEARED: library.NotifyType.SUCCESS,
    }
    sent = service.notify(
        title=title,
        body=body or title,
        notify_type=kinds.get(event.kind, library.NotifyType.INFO),
        body_format=library.NotifyFormat.TEXT,
    )
    if not sent:
        raise RetryLater("The service can't be reached, or refused the message.")


def message(event: Event, options: Options, context: Context) -> tuple[str, str]:
    """Return the title and the body, from the templates as far as they work."""
    templates = Templates().or_else(options.title, options.body)
    composed = compose(event, templates, context)
    return composed.title, composed.body


def problem_of(url: str) -> str:
    """Return why Apprise can't use an URL, in a sentence with no part of it but its scheme."""
    import apprise as library  # noqa: PLC0415 - see above

    _QUIET.learn(url)
    logger = logging.getLogger("apprise")
    logger.disabled = True  # what it would say is in the sentence below
    try:
        understood = _service(url) is not None
    finally:
        logger.disabled = False
    if understood:
        return ""
    scheme = url.partition("://")[0].lower()
    forms = {
        name: schema["details"]["templates"]
        for schema in library.Apprise().details()["schemas"]
        for name in (*(schema["protocols"] or ()), *(schema["secure_protocols"] or ()))
    }
    if scheme in forms:
        shown = " or ".join(form.replace("{schema}", scheme) for form in forms[scheme][:2])
        return f"Apprise can't use this {scheme}:// URL; the format is {shown}."
    if scheme in {"http", "https"}:
        return (
            "This is the address of a web page. An Apprise URL begins with the service's name, "
            "such as ntfy://… or discord://…; json://… sends to an address of your own."
        )
    (close,) = difflib.get_close_matches(scheme, forms, n=1) or ("",)
    hint = f"Did you mean {close}://?" if close else "See the list of services of Apprise."
    return f"Apprise knows no service {scheme}://. {hint}"


def _service(url: str) -> Apprise | None:
    """Make Apprise's object for the URL; None if it doesn't understand it."""
    import apprise as library  # noqa: PLC0415 - see above

    asset = library.AppriseAsset(
        app_id="gazelled", app_desc="gazelled", storage_mode="memory", async_mode=False
    )
    notifier = library.Apprise.instantiate(url, asset=asset)
    if notifier is None:
        return None
    if "overflow=" not in url:
        notifier.overflow_mode = library.OverflowMode.SPLIT
    service = library.Apprise(asset=asset)
    service.add(notifier)
    return service


class _Quiet(logging.Filter):
    """Removes parts of the URLs from what Apprise logs, since it logs hosts and paths."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: set[str] = set()

    def learn(self, url: str) -> None:
        """Know the parts of one more URL, and see to it that this filter is in place."""
        rest = url.partition("://")[2]
        self._parts |= {part for part in re.split(r"[/@:?&=+,#]", rest) if len(part) > 3}  # noqa: PLR2004 - shorter parts are everywhere
        logger = logging.getLogger("apprise")
        logger.addFilter(self)
        for noisy in (logger, logging.getLogger("urllib3"), logging.getLogger("requests")):
            noisy.setLevel(max(noisy.level, logging.WARNING))  # below, they log whole addresses

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        for part in sorted(self._parts, key=len, reverse=True):
            text = text.replace(part, "…")
        record.msg, record.args = text, ()
        return True


_QUIET = _Quiet()
