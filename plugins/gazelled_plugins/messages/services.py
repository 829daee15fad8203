"""What services take: the format of their messages and how long these may be, as each counts."""

from __future__ import annotations

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
from gazelled_plugins.messages.texts import in_bytes, in_utf16


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
    ("matrix", "matrixs"): Service(MATRIX, Limits(20_000, 0, in_bytes)),
    ("mmost", "mmosts"): Service(MARKDOWN, Limits(16_383, 0)),
    ("ntfy", "ntfys"): Service(PLAIN, Limits(4000, 200, in_bytes)),
    ("pover",): Service(PLAIN, Limits(1024, 250)),
    ("rocket", "rockets"): Service(MARKDOWN, Limits(5000, 0)),
    ("signal", "signals"): Service(PLAIN, Limits(2000, 0, in_bytes)),
    ("slack",): Service(SLACK, Limits(3000, 0)),
    ("tgram",): Service(TELEGRAM, Limits(4096, 0, in_utf16)),
    ("zulip",): Service(MARKDOWN, Limits(10_000, 60)),
}
"""By the schemes of Apprise's URLs. Telegram counts without the markup; here it counts as well."""

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
