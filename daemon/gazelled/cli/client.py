"""
Requests of commands: to the daemon that runs, or else to this process as the owner.

What reaches the daemon is imported when it is used, so that help and completion stay quick.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from gazelled.cli import output
from gazelled.cli.render.progress import ProgressLine
from gazelled.cli.settings import SYSTEM_CONFIG, Settings
from gazelled.containment import event_loop
from gazelled.errors import GazelledError
from gazelled.service.control.codec import encode
from gazelled.service.control.protocol import CallProgress, ControlRequest, Hint, StatusRequest

R = TypeVar("R")


def ask(settings: Settings, request: ControlRequest[R], *, hints: bool = True) -> R:
    """Return the reply to a request, and show meanwhile what is waited for."""
    replies: list[R] = []
    ask_each(settings, request, replies.append, hints=hints)
    return replies[-1]


def ask_each(
    settings: Settings, request: ControlRequest[R], use: Callable[[R], None], *, hints: bool = True
) -> None:
    """Use each reply to a request as it comes, and show meanwhile what is waited for."""
    from gazelled.cli.owner import send  # noqa: PLC0415 - completion needs none

    progress = ProgressLine()

    def follow(message: Any) -> None:  # noqa: ANN401 - the request says what comes back
        if isinstance(message, CallProgress):
            progress.begin(message.asking, message.expected)
        elif not isinstance(message, Hint):
            use(message)
        elif hints:
            output.message(message.hint)

    async def wait() -> None:
        async with progress.shown():
            await send(settings, request, follow)

    event_loop.run(wait())


def ask_daemon(settings: Settings, request: ControlRequest[R]) -> R | None:
    """Return the reply of the daemon that runs; None if none does."""
    from gazelled.cli.owner import send_to_daemon  # noqa: PLC0415 - completion needs none

    replies: list[R] = []
    answered = event_loop.run(send_to_daemon(settings, request, replies.append))
    return replies[-1] if answered else None


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
