"""What a page is made of: its address, its template, and the view that makes its model."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import unquote

from gazelled.errors import GazelledError

if TYPE_CHECKING:  # the app has the server that shows its pages
    from gazelled.service.app import App


class NoSuchPageError(GazelledError):
    """There is nothing at an address; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """
    What a page is asked for.

    Attributes:
        path: The address below the prefix.
        parts: What stands in the place of each `{name}` of the page's path, unquoted.
        query: The parameters of the address; of a name that is there twice, the last one.

    """

    path: str
    parts: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


View = Callable[["App", PageRequest], Awaitable[object]]
"""Makes the model of a page, a frozen dataclass; raises `NoSuchPageError` if there is none."""


@dataclass(frozen=True)
class WebPage:
    """
    A page: the same model is rendered for people and returned as JSON below `/api/v1`.

    Attributes:
        path: Its address, such as `/watches/{name}`.
        template: The name of its template.
        view: Makes its model.

    """

    path: str
    template: str
    view: View

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(self.path)))

    def parts_of(self, path: str) -> Mapping[str, str] | None:
        """Return the parts of an address, as it was sent; None if it isn't one of this page."""
        if (match := self._pattern.fullmatch(path)) is None:
            return None
        return {name: unquote(part) for name, part in match.groupdict().items()}


@dataclass(frozen=True, slots=True)
class Frame:
    """
    What stands around every page.

    Attributes:
        root: What goes before each address: the prefix, without a slash at its end.
        path: The address of the page, below the root.
        csrf: What a form has to send back in its field `csrf`.
        message: What became of the last action of this visitor; empty if there was none.
        has_failed: Whether that failed.
        can_log_out: Whether the visitor has a session.
        title: The title, where the page itself has none.
        plugin_pages: The addresses and titles of pages of plugins, for those who may see them.

    """

    root: str = ""
    path: str = "/"
    csrf: str = ""
    message: str = ""
    has_failed: bool = False
    can_log_out: bool = False
    title: str = ""
    plugin_pages: tuple[tuple[str, str], ...] = ()

    def url(self, path: str) -> str:
        """Return an address as it is written in a page."""
        return f"{self.root}{path}"
