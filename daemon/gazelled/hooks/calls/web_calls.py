"""What plugins serve over HTTP by functions: who is asked for an address, and what came of it."""

from __future__ import annotations

from typing import cast

import structlog

from gazelled.errors import GiveUp, RetryLater
from gazelled.hooks import isolation
from gazelled.hooks.calls.hook_calls import HookCaller
from gazelled.hooks.calls.target_calls import seconds
from gazelled.hooks.web_handlers import WebRoutes, checked
from gazelled.plugin import RouteRequest, WebFile
from gazelled.plugin.web_routes import PluginRoute

log = structlog.stdlib.get_logger(__name__)


class WebCalls:
    """
    Asks plugins for what they serve.

    Attributes:
        routes: The addresses, and who serves them.

    """

    def __init__(self, caller: HookCaller) -> None:
        self._caller = caller
        self.routes = WebRoutes()

    async def file(self, path: str) -> WebFile | None:
        """
        Return what a plugin serves at an address, without its first slash; None if there is none.

        Raises:
            RetryLater: If the plugin says so, fails or takes too long.

        """
        if not (place := self.routes.find(path)):
            return None
        route, rest = place

        async def handle(rest: str) -> WebFile | None:
            return checked(await route.handler(rest))

        state = self._caller.plugins[route.plugin]
        what, limit = f"serve {route.path}", min(self._caller.limits.deliver_limit, route.timeout)
        error, file = await self._caller.run(state, handle, [rest], what, limit)
        if isinstance(error, GiveUp):
            return None
        if error is not None:
            text = isolation.describe(error, self._caller.scrub)
            name, after = route.target, None
            if isinstance(error, RetryLater):
                after = seconds(error.after)
            log.warning("plugin.serve_failed", plugin=route.plugin, target=name, error=text)
            raise RetryLater(text, after=after) from error
        return cast("WebFile | None", file)

    def route(self, plugin: str, path: str) -> tuple[PluginRoute, str] | None:
        """Return the page of a plugin at a path, and what stands behind its folder in that."""
        routes = self._caller.registry.contributions.routes
        if route := routes.get(f"{plugin}/{path}"):
            return route.value, ""
        parts = path.split("/")
        for many in range(len(parts) - 1, 0, -1):
            if route := routes.get(f"{plugin}/{'/'.join(parts[:many])}/"):
                return route.value, "/".join(parts[many:])
        return None

    async def page(self, plugin: str, route: PluginRoute, request: RouteRequest) -> object:
        """
        Return what the function of a page makes.

        Raises:
            RetryLater: If the plugin says so, fails or takes too long.
            GiveUp: If the plugin says that there is nothing.

        """
        state = self._caller.plugins[plugin]
        context, what = self._caller.plugin_context(plugin), f"page {route.path or '/'}"
        outcome = await self._caller.run(state, route.function, [request, context], what)
        if outcome.error is None:
            return outcome.value
        if isinstance(outcome.error, GiveUp):
            raise GiveUp(isolation.words(outcome.error, self._caller.scrub)) from outcome.error
        text = self._caller.describe(plugin, outcome.error)
        log.warning("plugin.page_failed", plugin=plugin, path=route.path, error=text)
        after = seconds(outcome.error.after) if isinstance(outcome.error, RetryLater) else None
        raise RetryLater(text, after=after) from outcome.error
