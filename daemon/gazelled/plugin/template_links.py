"""Links that filters of templates return: each message writes them as its format does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """
    A link, as the result of a filter for templates, alone or in a list.

    Attributes:
        text: What is read.
        url: The address of a web page; what is none is left out.

    """

    text: str
    url: str
