"""
Requests of commands: to the daemon that runs, or else to this process as the owner.

What reaches the daemon is imported when it is used, so that help and completion stay quick.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from gazelled.cli import output
from gazelled.cli.render.progress import ProgressLine
from gazelled.cli.settings import Settings
from gazelled.containment import event_loop
from gazelled.errors import ConfigError, GazelledError, RequestRefused
from gazelled.service.control.codec import encode
from gazelled.service.control.protocol import CallProgress, ControlRequest, Hint, ReloadRequest
from gazelled.service.reloading.reload_reply import ReloadReply

R = TypeVar("R")


_WAITING = "waiting for gazelled"


def ask(
    settings: Settings,
    request: ControlRequest[R],
    *,
    hints: bool = True,
    doing: str = _WAITING,
) -> R:
    """
    Return the reply to a request, and show meanwhile what is waited for.

    Args:
        settings: The global options.
        request: The request.
        hints: Whether hints that come with the reply are shown.
        doing: What takes long unless a request to the tracker waits for its turn.

    """
    replies: list[R] = []
    ask_each(settings, request, replies.append, hints=hints, doing=doing)
    return replies[-1]


def ask_each(
    settings: Settings,
    request: ControlRequest[R],
    use: Callable[[R], None],
    *,
    hints: bool = True,
    doing: str = _WAITING,
) -> None:
    """Use each reply to a request as it comes, otherwise as `ask`."""
    from gazelled.cli.owner import send  # noqa: PLC0415 - completion needs none

    progress = ProgressLine(quiet=settings.quiet)

    def follow(message: Any) -> None:  # noqa: ANN401 - the request says what comes back
        if isinstance(message, CallProgress):
            progress.begin(message.asking, message.expected)
        elif not isinstance(message, Hint):
            use(message)
        elif hints and not settings.quiet:
            output.message(message.hint)

    with progress.shown(doing):
        event_loop.run(send(settings, request, follow))


def ask_daemon(
    settings: Settings, request: ControlRequest[R], *, within: float | None = None
) -> R | None:
    """
    Return the reply of the daemon that runs; None if none does.

    Raises:
        NotPermitted: If one runs that this user may not ask.
        TrackerUnavailable: If it doesn't reply, or not within some seconds.

    """
    from gazelled.cli.owner import send_to_daemon  # noqa: PLC0415 - completion needs none

    replies: list[R] = []
    with ProgressLine(quiet=settings.quiet).shown(_WAITING):
        answered = event_loop.run(send_to_daemon(settings, request, replies.append, within))
    return replies[-1] if answered else None


def show(settings: Settings, reply: R, render: Callable[[R], None]) -> None:
    """Print a reply: as JSON, or the way that a function prints it."""
    if settings.as_json:
        output.as_json(encode(reply))
    else:
        render(reply)


def apply_change(settings: Settings, undo: Callable[[], None]) -> ReloadReply | None:
    """
    Have the daemon use a config that was just changed; return None if none runs.

    Args:
        settings: The global options.
        undo: Takes the change back.

    Raises:
        ConfigError: If the daemon refuses it; the change was taken back.
        GazelledError: If the daemon could not be asked; the change stays.

    """
    try:
        reply = ask_daemon(settings, ReloadRequest(notify=False))
    except RequestRefused:  # a command has the state for a moment, or the daemon begins or ends
        return None
    except GazelledError as error:
        raise GazelledError(f"the change is written, but is not in use yet: {error}") from error
    if reply is None or reply.applied:
        return reply
    undo()
    keys = [f"{key}: restart gazelled to apply it" for key in reply.restart_needed]
    raise ConfigError("\n".join(["nothing was changed:", *reply.problems, *keys]))


def print_applied(settings: Settings, reply: ReloadReply | None) -> None:
    """Print what a change of the config means for the daemon."""
    if reply is None:
        output.message(f"Next: {settings.service_command('start') or settings.typed('run')}")
    else:
        print_reload(settings, reply)


def print_reload(settings: Settings, reply: ReloadReply) -> None:
    """Print what became of a reload: what is different, or why nothing is."""
    for problem in reply.problems:
        output.message(problem)
    if reply.applied:
        lines = reply.changes.lines()
        for line in lines:
            output.message(f"Applied: {line}")
        if not lines and not reply.restart_needed:
            output.message("Nothing has changed.")
    else:
        output.message("error: gazelled goes on with the config that it has read before")
    restart = settings.how_to_restart
    for key in reply.restart_needed:
        output.message(f"Restart gazelled to apply {key}: {restart}")
