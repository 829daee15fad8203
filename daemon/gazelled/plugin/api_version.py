"""The version of the API for plugins, and which of its names are deprecated."""

from __future__ import annotations

import re
from dataclasses import dataclass

API_VERSION = "1.1"
"""The version of the API. The second number grows with what is added, the first with what goes."""


@dataclass(frozen=True, slots=True)
class Deprecation:
    """
    A name of the API that a later version removes.

    Attributes:
        name: The name, as plugins write it.
        replacement: What to write instead.
        removed_in: The version of the API that removes it.

    """

    name: str
    replacement: str
    removed_in: str

    def __str__(self) -> str:
        return (
            f"{self.name} is deprecated and goes with version {self.removed_in} of the plugin API; "
            f"use {self.replacement}"
        )


DEPRECATIONS = (Deprecation("gazelled_answer", "gazelled_answered", "2.0"),)
"""Every deprecated name of the API."""


def unfit_api(wanted: object) -> str:
    """
    Return why this version of the API can't run a plugin; empty if it can.

    Args:
        wanted: The `requires_api` of the plugin, such as `"1.0"`.

    """
    numbers = re.fullmatch(r"(\d+)\.(\d+)", wanted, re.ASCII) if isinstance(wanted, str) else None
    if numbers is None:
        return f'requires_api must be a text of two numbers, such as "{API_VERSION}"'
    major, minor = map(int, numbers.groups())
    own_major, own_minor = map(int, API_VERSION.split("."))
    if major == own_major and minor <= own_minor:
        return ""
    advice = "update gazelled" if (major, minor) > (own_major, own_minor) else "update the plugin"
    return f"it needs version {wanted} of the plugin API, and this is {API_VERSION}; {advice}"
