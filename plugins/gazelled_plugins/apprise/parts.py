"""Long messages in several parts, each of whole lines, where an URL asks for that."""

from __future__ import annotations

import re

from gazelled_plugins.messages import Format, Limits
from gazelled_plugins.messages.shortening import fitted

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)(?:[^A-Za-z0-9<>][^<>]*)?>")
_SINGLE = {"br", "hr"}
_FENCE = "```"


def split(body: str, limits: Limits, form: Format, url: str = "") -> list[str]:
    """
    Return a body in parts that a service takes, or one shortened part.

    Args:
        body: The body, with its markup.
        limits: What the service takes.
        form: The format of the body.
        url: Where all of it can be read, shown where the text was cut.

    """
    parts: list[str] = []
    for line in body.split("\n"):
        short = fitted(line, limits, form, url)
        joined = f"{parts[-1]}\n{short}" if parts else short
        if parts and limits.measure(joined) <= limits.body:
            parts[-1] = joined
        else:
            parts.append(short)
    parts = [part for part in parts if part.strip()] or [body]
    whole = all(_is_whole(part, form) for part in parts)
    return parts if whole else [fitted(body, limits, form, url)]


def _is_whole(text: str, form: Format) -> bool:
    """Return whether no markup of a part goes on in another one."""
    if form.grammar == "markdown":
        return text.count(_FENCE) % 2 == 0
    balance = [
        (-1 if tag[1] else 1) for tag in _TAG.finditer(text) if tag[2].lower() not in _SINGLE
    ]
    return form.grammar == "plain" or sum(balance) == 0
