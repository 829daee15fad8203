"""What plugins serve over HTTP by functions: the addresses, and who may use which."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from gazelled.plugin import WebFile, WebHandler

_PATH = re.compile(r"[^/.\0][^/\0]*/?")
_TYPE = re.compile(r"[a-z]+/[\w.+-]+(?:; ?charset=[\w-]+)?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class WebRoute:
    """The function of a target that serves an address, or all those below a folder."""

    path: str
    plugin: str
    target: str
    timeout: float
    handler: WebHandler


class WebRoutes:
    """The addresses that plugins serve."""

    def __init__(self) -> None:
        self._routes: dict[str, WebRoute] = {}

    def drop(self, targets: Collection[str]) -> None:
        """Serve no address of some targets any more."""
        gone = [path for path, route in self._routes.items() if route.target in targets]
        for path in gone:
            del self._routes[path]

    def copied(self) -> WebRoutes:
        """Return others with the same addresses."""
        routes = WebRoutes()
        routes.join(self, shared=False)
        return routes

    def join(self, other: WebRoutes, *, shared: bool = True) -> None:
        """Have the addresses of others alone; what is added there later is had here if shared."""
        self._routes.clear()
        self._routes.update(other._routes)
        if shared:
            other._routes = self._routes

    def registering(
        self, plugin: str, target: str, timeout: float = 60.0
    ) -> Callable[[str, WebHandler], None]:
        """Return `Context.serve` of a target, which may take so many seconds for an answer."""

        def serve(path: str, handler: WebHandler, /) -> None:
            if not _PATH.fullmatch(path):
                raise ValueError(f"{path!r} is neither a file's name nor a folder's with its slash")
            if (other := self._routes.get(path)) and other.plugin != plugin:
                raise ValueError(f"{path} is served by the target {other.target} already")
            self._routes[path] = WebRoute(path, plugin, target, timeout, handler)

        return serve

    def find(self, path: str) -> tuple[WebRoute, str] | None:
        """Return who serves an address, and what stands behind the folder in it."""
        folder, slash, rest = path.partition("/")
        route = self._routes.get(folder + slash)
        return (route, rest) if route else None


def checked(result: object) -> WebFile | None:
    """Return what a function served; raise TypeError if it can't be sent."""
    if result is None:
        return None
    if not (isinstance(result, WebFile) and isinstance(result.content, bytes)):
        raise TypeError(f"it returned {type(result).__name__}, not a WebFile of bytes")
    if not _TYPE.fullmatch(result.type):
        raise TypeError("the type of its WebFile is no media type, such as text/csv")
    return result
