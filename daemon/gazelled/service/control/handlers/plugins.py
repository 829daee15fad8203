"""Control handlers about plugins: what they keep."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import cast

from gazelled.errors import RequestRefused
from gazelled.plugin import Json
from gazelled.service.app import App
from gazelled.service.control.plugin_requests import PluginStoreReply, PluginStoreRequest
from gazelled.service.plugins.stored_values import StoredValues

_MISSING = object()


async def plugin_store(
    app: App, request: PluginStoreRequest
) -> AsyncGenerator[PluginStoreReply, None]:
    """
    Read or change a value that a plugin keeps.

    Raises:
        RequestRefused: If the key or the value can't be stored.

    """
    values = StoredValues(request.plugin, app.store.plugin_values, app.redactor.scrub_values)
    value: object = None
    try:
        match request.operation:
            case "get":
                value = await values.get(request.key, cast("Json", _MISSING))
            case "set":
                await values.set(request.key, cast("Json", request.value))
            case "delete":
                await values.delete(request.key)
            case "keys":
                value = await values.keys(request.key)
            case other:
                raise RequestRefused(f'a store has no operation "{other}"')
    except (ValueError, TypeError) as error:
        raise RequestRefused(str(error)) from None
    exists = value is not _MISSING
    yield PluginStoreReply(value if exists else None, exists)
