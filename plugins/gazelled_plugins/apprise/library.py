"""Apprise's object for an URL: what it understands, how long it waits, what it takes."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from gazelled_plugins.apprise.attempt import SECRETS
from gazelled_plugins.messages import (
    CHAT,
    DISCORD,
    HTML,
    MARKDOWN,
    SLACK,
    TELEGRAM,
    Format,
    Limits,
    Service,
    service,
)
from gazelled_plugins.messages.services import in_telegram

_OWN = {"json", "jsons", "xml", "xmls", "form", "forms"}
"""Services of the user's own, which can look a header up."""

COUNT = 10
"""The room in titles for the number of a part."""

_ADDRESSEES = ("targets", "topics", "rooms", "channels")
"""What Apprise's objects call the list of those that a message goes to."""

_DIALECTS = (DISCORD, SLACK)
"""Formats that are sent as they are; Apprise would escape them a second time."""


def notifier_of(url: str) -> Any | None:  # noqa: ANN401 - Apprise has no types
    """Make Apprise's object for an URL; None if Apprise doesn't understand it."""
    import apprise as library  # noqa: PLC0415 - it takes a third of a second, for a phone in use

    SECRETS.learn(url)
    asset = library.AppriseAsset(
        app_id="gazelled", app_desc="gazelled", storage_mode="memory", async_mode=False
    )
    return library.Apprise.instantiate(url, asset=asset)


def option_of(url: str, name: str) -> str:
    """Return an option of an URL in lower case, such as `overflow`; empty if there is none."""
    options = {key.lower(): value for key, value in parse_qsl(url.partition("?")[2])}
    return options.get(name, "").lower()


def set_up(notifier: Any, url: str, timeout: float) -> None:  # noqa: ANN401 - likewise
    """
    Let Apprise's object wait as long as the target may take, and leave retries to gazelled.

    Args:
        notifier: The object.
        url: Its URL; a time limit that it has is as its author wants it.
        timeout: The seconds that the target may take.

    """
    import apprise as library  # noqa: PLC0415 - see above

    if not option_of(url, "cto"):
        notifier.socket_connect_timeout = timeout
    if not option_of(url, "rto"):
        notifier.socket_read_timeout = timeout
    notifier.retry = 0
    notifier.optional = False  # it would call a message sent that was not
    notifier.overflow_mode = library.OverflowMode.UPSTREAM


def addressees_of(notifier: Any) -> list[dict[str, list[object]]]:  # noqa: ANN401 - likewise
    """
    Return the chats or recipients of an URL, so that one that fails doesn't affect the others.

    Returns:
        For each, the attributes of Apprise's object that let it send there and nowhere else.

    """
    if getattr(notifier, "users", None):
        return [{}]  # of Matrix, beside its rooms: they can't be told apart
    for name in _ADDRESSEES:
        everyone = getattr(notifier, name, None)
        if isinstance(everyone, list) and len(everyone) > 1:
            # Apprise makes sets of some, and each attempt needs the order of the one before.
            return [{name: [one]} for one in sorted(everyone, key=repr)]
    return [{}]


def style_of(notifier: Any, url: str) -> tuple[Service, Limits | None]:  # noqa: ANN401 - likewise
    """
    Return the format and the limits of messages, as the service and its URL want them.

    Returns:
        What messages are composed for; and the limits of each part, if the URL asks for several.

    """
    # `schema` of some is that of their requests, http.
    names = notifier.secure_protocol or notifier.protocol
    scheme = names if isinstance(names, str) else names[0]
    known = service(scheme, notifier.title_maxlen, notifier.body_maxlen)
    form, limits = known.form, known.limits
    match option_of(url, "format"):
        case "text":
            form = CHAT
        case "html" if form.grammar != "html":
            form = HTML
        case "markdown" if form.grammar != "markdown":
            form = MARKDOWN
    if known.form is TELEGRAM and form is not TELEGRAM:
        limits = replace(limits, measure=in_telegram)
    overflow = option_of(url, "overflow")
    if overflow not in {"upstream", "split"}:
        return Service(form, limits), None
    room = limits.title - COUNT if limits.title > COUNT else limits.title
    endless = Limits(0, room, limits.measure)
    return Service(form, endless), limits if overflow == "split" else None


def send(
    notifier: Any,  # noqa: ANN401 - likewise
    form: Format,
    title: str,
    body: str,
    *,
    to: Mapping[str, list[object]],
    kind: str,
    key: str,
) -> bool:
    """
    Send a message, and return whether the service took it; it blocks.

    Args:
        notifier: Apprise's object.
        form: The format of the body.
        title: The headline; it may be empty.
        body: The rest.
        to: To whom of the URL, as `addressees_of` returns it.
        kind: What Apprise marks the message as.
        key: Identifies the message: the same whenever it is sent again.

    """
    import apprise as library  # noqa: PLC0415 - see above

    formats = {"html": library.NotifyFormat.HTML, "markdown": library.NotifyFormat.MARKDOWN}
    body_format = formats.get(form.grammar, library.NotifyFormat.TEXT)
    if form.grammar != "plain" and form is not DISCORD:  # its Markdown is for embeds
        notifier.notify_format = body_format
    for name, addressee in to.items():
        setattr(notifier, name, list(addressee))
    if form is SLACK:
        notifier.use_blocks = True
    if notifier.schema in _OWN:
        notifier.headers["Idempotency-Key"] = key
    target = library.Apprise(asset=notifier.asset)
    target.add(notifier)
    return bool(
        target.notify(
            title=title,
            body=body,
            notify_type=kind,
            body_format=None if form in _DIALECTS else body_format,
        )
    )


def problem_of(url: str) -> str:
    """Return why Apprise can't use an URL, in a sentence with no part of it but its scheme."""
    import apprise as library  # noqa: PLC0415 - see above

    logger = logging.getLogger("apprise")
    logger.disabled = True  # what it would say is in the sentence below
    try:
        understood = notifier_of(url) is not None
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
