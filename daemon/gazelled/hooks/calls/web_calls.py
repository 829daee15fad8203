"""What plugins serve over HTTP by functions: who is asked for an address, and what came of it."""

from __future__ import annotations

from typing import cast

import structlog

from gazelled.errors import GiveUp, RetryLater
from gazelled.hooks import isolation
from gazelled.hooks.calls.hook_calls import HookCaller
from gazelled.hooks.calls.target_calls import seconds
from gazelled.hooks.web_handlers import WebRoutes, checked
from gazelled.plugin import WebFile

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
