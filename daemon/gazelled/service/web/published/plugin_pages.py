"""Pages of plugins below `/plugins/NAME/`: which function makes one, and what it may return."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from urllib.parse import unquote

from aiohttp import web

from gazelled.errors import GiveUp, RetryLater
from gazelled.hooks import Bus
from gazelled.hooks.web_handlers import checked
from gazelled.plugin import RouteRequest, WebFile
from gazelled.plugin.web_routes import PluginRoute
from gazelled.service.web import web_texts
from gazelled.service.web.feed_server import HEADERS
from gazelled.service.web.page_answers import Refusal, json_answer

_BELOW = "/plugins/"


@dataclass(frozen=True, slots=True)
class RoutePlace:
    """A page of a plugin, as it was asked for: `rest` stands behind the folder in its path."""

    path: str
    plugin: str
    route: PluginRoute
    rest: str


@dataclass(frozen=True, slots=True)
class PluginPage:
    """The model of a page of a plugin; the content is a text, or says itself that it is HTML."""

    plugin: str
    title: str
    content: object

    @property
    def is_html(self) -> bool:
        """Whether the plugin has made HTML, and escaped what is foreign in it."""
        return hasattr(self.content, "__html__")


def find_route(bus: Bus, path: str) -> RoutePlace | None:
    """Return the page of a plugin at an address, as it was sent; None if there is none."""
    plugin, slash, below = path.removeprefix(_BELOW).partition("/")
    if not path.startswith(_BELOW) or not slash:
        return None
    place = bus.web.route(unquote(plugin), unquote(below))
    return None if place is None else RoutePlace(path, unquote(plugin), *place)


def listed_pages(bus: Bus) -> tuple[tuple[str, str], ...]:
    """Return the addresses and titles of the pages that have a title."""
    routes = bus.contributions.routes.items()
    return tuple((f"{_BELOW}{name}", one.value.title) for name, one in routes if one.value.title)


async def make_page(
    bus: Bus, place: RoutePlace, request: RouteRequest
) -> PluginPage | web.Response:
    """
    Return what the function of a page makes: for the frame, or as a response of its own.

    Raises:
        Refusal: If there is nothing, or the plugin fails.

    """
    try:
        made = await bus.web.page(place.plugin, place.route, request)
        if made is None:
            raise Refusal(404, web_texts.NOT_FOUND)
        if isinstance(made, str):
            return PluginPage(place.plugin, place.route.title or place.plugin, _shown(made))
        return _response(made, public=place.route.public)
    except GiveUp as error:
        raise Refusal(404, str(error) or web_texts.NOT_FOUND) from None
    except RetryLater as error:
        after = 60.0 if error.after is None else error.after
        raise Refusal(503, str(error), Retry_After=str(math.ceil(after))) from None
    except (TypeError, ValueError, RecursionError):
        text = f'The plugin "{place.plugin}" made something that can\'t be shown.'
        raise Refusal(503, text) from None


def _shown(text: str) -> str:
    """Return a text, or HTML, as it is shown; raise TypeError or ValueError if it can't be."""
    from markupsafe import Markup  # noqa: PLC0415 - with the first page

    if as_html := getattr(text, "__html__", None):
        try:
            text = Markup(as_html())  # noqa: S704 - the plugin has made it
        except Exception as error:  # noqa: BLE001 - the plugin's
            raise TypeError(str(error)) from None
    text.encode()
    return text


def _response(made: object, *, public: bool) -> web.Response:
    """Return a file or data; raise TypeError or ValueError if it is neither."""
    if not isinstance(made, WebFile):
        json.dumps(made, allow_nan=False)
        return json_answer(made)
    file = checked(made)
    assert file is not None  # noqa: S101 - it is none if nothing was made
    headers = {"Content-Type": file.type, **HEADERS}
    headers["Cache-Control"] = "no-cache" if public and not file.private else "no-store"
    return web.Response(body=file.content, headers=headers)
