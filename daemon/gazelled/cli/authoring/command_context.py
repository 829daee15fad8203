"""What a command of a plugin can use: the tracker and the store through whoever owns them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

import structlog

from gazelled.cli import output
from gazelled.cli.owner import send
from gazelled.cli.settings import Settings
from gazelled.errors import ConfigError, RequestRefused
from gazelled.model import Answer, Call
from gazelled.plugin import Json, PluginConfig, PluginContext, SiteFacts
from gazelled.service.control.plugin_requests import PluginStoreReply, PluginStoreRequest
from gazelled.service.control.protocol import CallRequest, ControlRequest
from gazelled.service.plugin_access import ReadOnlyTracker
from gazelled.service.plugins.outside_http import OutsideHttp
from gazelled.tracker.sites.dialect import Dialect

if TYPE_CHECKING:
    from gazelled.config import Loaded

R = TypeVar("R")


def command_context(
    settings: Settings, loaded: Loaded, plugin: str
) -> tuple[PluginContext, Callable[[], Awaitable[None]]]:
    """
    Return what a command of a plugin can use, and what closes it.

    Raises:
        ConfigError: If the config has errors.

    """
    config = loaded.config
    if config is None:
        problems = [str(problem) for problem in loaded.problems if problem.is_error]
        raise ConfigError("\n".join(["fix the config first (gazelled check):", *problems]))
    record, site = loaded.registry.records[plugin], config.tracker.site
    folder = settings.state_folder / "plugins" / plugin
    public = settings.state_folder / "public"
    for path in (folder, public):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    http = OutsideHttp(f"plugin {plugin}", site.url, config.tracker.ca)
    context = PluginContext(
        plugin,
        record.options or PluginConfig(),
        folder=folder,
        public=public,
        address=f"http://{config.web.listen}/",
        site=SiteFacts(site.name, site.url, site.zone),
        log=structlog.stdlib.get_logger("gazelled.plugin").bind(plugin=plugin),
        tracker=_Tracker(settings, config.tracker.profile.dialect),
        store=_Store(settings, plugin),
        secrets=record.settings.secrets,
        to_thread=asyncio.to_thread,
        open_http=http.session,
    )
    return context, http.close


async def _ask(settings: Settings, request: ControlRequest[R]) -> R:
    """Return the reply of the daemon, or of this process as the owner."""
    replies: list[Any] = []
    await send(settings, request, replies.append)
    reply: R = replies[-1]
    return reply


class _Tracker:
    """Hands requests to whoever owns the account, as `gazelled call` does; it only reads."""

    def __init__(self, settings: Settings, dialect: Dialect) -> None:
        self.write: None = None
        self._settings = settings
        self._dialect = dialect

    async def call(self, action: str, /, **params: object) -> Answer:
        """
        Send a request in its turn, and return the answer.

        Raises:
            RequestRefused: If there is no such action, its parameters are wrong, or it changes
                something.
            TrackerError: If there is no answer.

        """

        async def hand_over(call: Call) -> Answer:
            reply = await _ask(self._settings, CallRequest(action, params, raw=True))
            raw = "".join(reply.raw).encode()
            return Answer(call, reply.answer, raw, output.now(), reply.took)

        return await ReadOnlyTracker(hand_over, self._dialect).call(action, **params)


class _Store:
    """The values of the plugin, read and written by whoever owns the state."""

    def __init__(self, settings: Settings, plugin: str) -> None:
        self._settings = settings
        self._plugin = plugin

    async def _do(self, operation: str, key: str, value: Json = None) -> PluginStoreReply:
        request = PluginStoreRequest(self._plugin, operation, key, value)
        try:
            return await _ask(self._settings, request)
        except RequestRefused as error:
            raise ValueError(str(error)) from None

    async def get(self, key: str, default: Json = None, /) -> Json:
        """Return a value, or the default if there is none."""
        reply = await self._do("get", key)
        return cast("Json", reply.value) if reply.exists else default

    async def set(self, key: str, value: Json, /) -> None:
        """Store a value; it is on the disk afterwards."""
        await self._do("set", key, value)

    async def delete(self, key: str, /) -> None:
        """Remove a value, if there is one."""
        await self._do("delete", key)

    async def keys(self, prefix: str = "", /) -> Sequence[str]:
        """Return the keys that begin so, sorted."""
        reply = await self._do("keys", prefix)
        return tuple(map(str, cast("Sequence[object]", reply.value)))
