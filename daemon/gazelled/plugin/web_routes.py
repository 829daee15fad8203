"""Pages of plugins: what is asked of a function of `gazelled_routes`, and what it may return."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from gazelled.plugin.plugin_context import PluginContext


@dataclass(frozen=True, slots=True)
class RouteRequest:
    """
    What a page of a plugin is asked for.

    Attributes:
        path: What stands behind the path that was registered; empty unless that is a folder.
        query: The parameters of the address; of a name that is there twice, the last one.
        form: The fields of a form that was sent, likewise.
        method: `GET`, or `POST` for a form.
        address: The path of all pages of the plugin, ending in a slash, for links in pages.
        csrf: What a form has to send back as its field `csrf`.

    """

    path: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict, repr=False)
    method: Literal["GET", "POST"] = "GET"
    address: str = "/"
    csrf: str = field(default="", repr=False)


RouteFunction = Callable[[RouteRequest, PluginContext[Any]], Awaitable[object]]
"""
Makes a page of what is asked.

It returns a text; `markupsafe.Markup` for HTML, in the frame of the page; a `WebFile` as it is; a
list, a dictionary or another value of JSON as JSON; or None where there is nothing.
"""


@dataclass(frozen=True, slots=True)
class PluginRoute:
    """
    A page of a plugin.

    Attributes:
        path: Its address below `/plugins/NAME/`; all below it if it ends in a slash.
        function: Makes it.
        title: Its title; with one it is in the list of pages.
        public: Whether it is open without the token.

    """

    path: str
    function: RouteFunction
    title: str = ""
    public: bool = False
