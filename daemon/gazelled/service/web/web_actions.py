"""What can be done from the page: requests of the control protocol, by the same handlers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, get_type_hints

from gazelled.service.app import App
from gazelled.service.control.codec import CodecError, decode, encode
from gazelled.service.control.handlers.answering import messages
from gazelled.service.control.protocol import (
    REQUESTS,
    CallProgress,
    ControlRequest,
    Failure,
    Hint,
)
from gazelled.service.reloading.reload_reply import ReloadReply
from gazelled.service.web.page_answers import Refusal
from gazelled.service.web.web_texts import DONE, UNDER_WAY

PATIENCE = 2.0
"""Seconds that a page waits for what an action does; it goes on by itself afterwards."""


def _from_form(name: str, form: Mapping[str, list[str]]) -> ControlRequest[Any]:
    """Return the request of a form: a text each key, several of one name for a list."""
    kind = _kind(name)
    hints = get_type_hints(kind)
    data: dict[str, object] = {}
    for key, values in form.items():
        if hints.get(key) is bool:
            data[key] = values[-1] == "yes"
        else:
            data[key] = values[-1] if hints.get(key) is str else values
    return _decoded(name, kind, data)


def _from_json(name: str, body: bytes) -> ControlRequest[Any]:
    kind = _kind(name)
    try:
        data = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise Refusal(400, "expected a JSON object") from None
    return _decoded(name, kind, data)


def _kind(name: str) -> type[ControlRequest[Any]]:
    if name not in DONE or name not in REQUESTS:
        raise Refusal(400, f"there is no action {name}")
    return REQUESTS[name]


def _decoded(name: str, kind: type[ControlRequest[Any]], data: object) -> ControlRequest[Any]:
    try:
        request: ControlRequest[Any] = decode(kind, data)
    except (CodecError, RecursionError) as error:
        raise Refusal(400, f"{name}: {error}") from None
    return request


@dataclass(frozen=True, slots=True)
class ActionOutcome:
    """What became of an action, in a sentence, and whether it failed."""

    text: str
    failed: bool = False


class WebActions:
    """Does what is asked for; what takes longer than a page waits goes on by itself."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._running: set[asyncio.Task[Any]] = set()

    async def do_json(self, name: str, body: bytes) -> tuple[Any, bool]:
        """
        Do an action by the JSON object of its request; return the reply, and whether it is done.

        Raises:
            Refusal: If there is no such action, or it can't be done like this.

        """
        reply = await self._reply(_from_json(name, body))
        return encode(reply), not isinstance(reply, Failure)

    async def begin(self, name: str, form: Mapping[str, list[str]]) -> ActionOutcome:
        """
        Do an action by its form; return what became of it, or that it is under way.

        Raises:
            Refusal: If there is no such action, or it can't be done like this.

        """
        task = asyncio.create_task(self._reply(_from_form(name, form)), name=f"action {name}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        done, _ = await asyncio.wait({task}, timeout=PATIENCE)
        if not done:
            return ActionOutcome(UNDER_WAY)
        reply = task.result()
        if isinstance(reply, Failure):
            return ActionOutcome(reply.text, failed=True)
        refused = isinstance(reply, ReloadReply) and not reply.applied
        return ActionOutcome(DONE[name](reply), failed=refused)

    async def end(self) -> None:
        """Cancel what still runs."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait({*self._running}, timeout=PATIENCE)

    async def _reply(self, request: ControlRequest[Any]) -> Any:  # noqa: ANN401 - of any request
        """Return the last reply to a request; a failed one ends with a `Failure`."""
        async with aclosing(messages(self._app, request)) as replies:
            kinds = (Hint, CallProgress)
            return [reply async for reply in replies if not isinstance(reply, kinds)][-1]
