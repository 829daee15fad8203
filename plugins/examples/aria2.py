"""A torrent client of one's own: aria2, by its JSON-RPC."""

from __future__ import annotations

import base64
from typing import ClassVar

import aiohttp
from gazelled.plugin import (
    Context,
    Delivery,
    EventKind,
    PluginConfig,
    RetryLater,
    SecretStr,
    TargetFault,
    target,
)


class Options(PluginConfig):
    """Where aria2 listens (`aria2c --enable-rpc`), and its secret."""

    url: str = "http://127.0.0.1:6800/jsonrpc"
    secret: SecretStr
    needs_downloads: ClassVar[bool] = True


@target(Options)
async def aria2(delivery: Delivery, options: Options, context: Context) -> None:
    """Add the torrents of an event, each once."""
    if delivery.is_test or delivery.event.kind is not EventKind.NEW:
        return
    for number, item in enumerate(delivery.event.items):
        if number < delivery.parts_sent:
            continue
        torrent = await context.download(int(item.id))
        known = await call(options, context, "aria2.tellActive", ["infoHash"])
        if torrent.infohash not in {download.get("infoHash") for download in known}:
            content = base64.b64encode(torrent.content).decode()
            await call(options, context, "aria2.addTorrent", content)
        await context.record_parts(delivery, number + 1)


async def call(
    options: Options, context: Context, method: str, *params: object
) -> list[dict[str, str]]:
    """Call a method of aria2 and return its result; what aria2 refuses is a fault of the target."""
    secret = f"token:{options.secret.get_secret_value()}"
    body = {"jsonrpc": "2.0", "id": method, "method": method, "params": [secret, *params]}
    try:
        async with context.plugin.http.post(options.url, json=body) as response:
            reply = await response.json(content_type=None)
    except aiohttp.ClientError as error:
        raise TargetFault(f"aria2 can't be reached: {error}") from error
    except ValueError as error:
        raise RetryLater("what answers there isn't aria2") from error
    if "error" in reply:
        raise TargetFault(f"aria2 refuses: {reply['error'].get('message')}")
    return reply["result"] if isinstance(reply["result"], list) else []
