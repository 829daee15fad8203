"""
Requests of commands: to the daemon that runs, or else to this process as the owner.

What reaches the daemon is imported when it is used, so that help and completion stay quick.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import TypeVar

from gazelled.cli import output
from gazelled.cli.render.progress import ProgressLine
from gazelled.cli.settings import SYSTEM_CONFIG, Settings
from gazelled.errors import GazelledError
from gazelled.service.control.codec import encode
from gazelled.service.control.protocol import CallProgress, ControlRequest, Hint, StatusRequest

R = TypeVar("R")


def ask(settings: Settings, request: ControlRequest[R], *, hints: bool = True) -> R:
    """
    Return the reply to a request, and show meanwhile what is waited for.

    Args:
        settings: Where things are.
        request: The request.
        hints: Whether to print hints.

    Raises:
        GazelledError: What went wrong.

    """
    replies: list[R] = []
    ask_each(settings, request, replies.append, hints=hints)
    return replies[-1]


def ask_each(
    settings: Settings, request: ControlRequest[R], use: Callable[[R], None], *, hints: bool = True
) -> None:
    """
    Use each reply to a request as it comes, and show meanwhile what is waited for.

    Raises:
        GazelledError: What went wrong.

    """
    from gazelled.cli.owner import messages  # noqa: PLC0415 - completion needs none

    async def follow() -> None:
        progress = ProgressLine()
        async with progress.shown(), aclosing(messages(settings, request)) as replies:
            async for reply in replies:
                if isinstance(reply, CallProgress):
                    progress.begin(reply.asking, reply.expected)
                elif not isinstance(reply, Hint):
                    use(reply)
                elif hints:
                    output.message(reply.hint)

    asyncio.run(follow())


def ask_daemon(settings: Settings, request: ControlRequest[R]) -> R | None:
    """
    Return the reply of the daemon that runs; None if none does.

    Raises:
        GazelledError: What the handler raised.

    """
    from gazelled.cli.owner import daemon_messages  # noqa: PLC0415 - completion needs none
    from gazelled.service.control.client import NobodyThereError  # noqa: PLC0415 - likewise

    async def replies() -> list[R]:
        async with aclosing(daemon_messages(settings, request)) as messages:
            return [message async for message in messages]

    try:
        return asyncio.run(replies())[-1]
    except NobodyThereError:
        return None


def show(settings: Settings, reply: R, render: Callable[[R], None]) -> None:
    """Print a reply: as JSON, or the way that a function prints it."""
    if settings.as_json:
        output.as_json(encode(reply))
    else:
        render(reply)


def print_how_to_apply(settings: Settings) -> None:
    """Print how a change of the config is applied: a daemon that runs has read it at its start."""
    try:
        status = ask_daemon(settings, StatusRequest())
    except GazelledError:
        status = None
    if status is None or not status.running:
        output.message("Next: gazelled run")
    elif settings.config_file == SYSTEM_CONFIG:
        output.message("Restart gazelled to apply the change: systemctl restart gazelled")
    else:
        output.message(
            "Restart gazelled to apply the change: gazelled stop, then gazelled run; or "
            "systemctl --user restart gazelled"
        )
