"""What services take: the format of their messages and how long these may be, as each counts."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

from gazelled_plugins.messages.formats import (
    CHAT,
    DISCORD,
    MARKDOWN,
    MATRIX,
    PLAIN,
    SLACK,
    TELEGRAM,
    Format,
)
from gazelled_plugins.messages.shortening import Limits
from gazelled_plugins.messages.texts import in_bytes, in_json, in_utf16

_TAGS = re.compile(r"<[^<>]*>")
_NTFY_MESSAGE = 4095
"""Bytes; ntfy makes an attachment of a message that reaches its limit, or refuses it."""

_NTFY_JSON = 7200
"""Bytes; Apprise makes one of a request of more than 8,000, of which title and topic need some."""


def _in_ntfy(text: str) -> int:
    return max(in_bytes(text), -(in_json(text, ascii_only=True) * _NTFY_MESSAGE // -_NTFY_JSON))


def in_telegram(text: str) -> int:
    """Return how long Telegram finds a text, in which Apprise makes two signs of a line feed."""
    return in_utf16(text) + text.count("\n")


def _in_telegram_html(text: str) -> int:
    """Return how long Telegram finds a text with markup, which it doesn't count."""
    return in_telegram(html.unescape(_TAGS.sub("", text)))


@dataclass(frozen=True, slots=True)
class Service:
    """
    What a service takes.

    Attributes:
        form: The format of the body.
        limits: The lengths of title and body; a title of 0 is a part of the body.

    """

    form: Format
    limits: Limits


SERVICES: Mapping[tuple[str, ...], Service] = {
    ("discord",): Service(DISCORD, Limits(2000, 0, in_utf16)),
    ("gchat",): Service(CHAT, Limits(4000, 0, in_bytes)),
    ("gotify", "gotifys"): Service(PLAIN, Limits(30_000)),
    ("mailto", "mailtos"): Service(PLAIN, Limits(1_000_000)),
    ("mastodon", "mastodons", "toot", "toots"): Service(CHAT, Limits(500, 0)),
    ("matrix", "matrixs"): Service(MATRIX, Limits(20_000, 0, in_json)),
    ("mmost", "mmosts"): Service(MARKDOWN, Limits(16_383, 0)),
    ("ntfy", "ntfys"): Service(PLAIN, Limits(_NTFY_MESSAGE, 200, _in_ntfy)),
    ("pover",): Service(PLAIN, Limits(1024, 250)),
    ("rocket", "rockets"): Service(MARKDOWN, Limits(5000, 0)),
    ("signal", "signals"): Service(PLAIN, Limits(2000, 0, in_bytes)),
    ("slack",): Service(SLACK, Limits(3000, 0)),
    ("tgram",): Service(TELEGRAM, Limits(4096, 0, _in_telegram_html)),
    ("zulip",): Service(MARKDOWN, Limits(10_000, 60)),
}
"""By the schemes of Apprise's URLs."""

_BY_SCHEME = {scheme: one for schemes, one in SERVICES.items() for scheme in schemes}


def service(scheme: str, title: int = 250, body: int = 32_768) -> Service:
    """
    Return what a service takes.

    Args:
        scheme: The scheme of its Apprise URL, such as `tgram`.
        title: The longest title if the service isn't known here; 0 if it has none.
        body: Likewise the longest body, in characters.

    """
    return _BY_SCHEME.get(scheme.lower()) or Service(CHAT, Limits(body, title))
