"""Reaching the owner of the state: the daemon, or this process for as long as a command takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import Any

from gazelled.cli.settings import Settings
from gazelled.clock import Clock
from gazelled.config import Config, Loaded, load
from gazelled.errors import ConfigError, GazelledError, NotPermitted, StateClosed
from gazelled.hooks.loading.plugin_origin import installed_names
from gazelled.regular_file import is_regular
from gazelled.service.app import App
from gazelled.service.compose import open_app
from gazelled.service.control.client import NobodyThereError, ask
from gazelled.service.control.handlers import handle
from gazelled.service.control.patience import DaemonHeldUpError
from gazelled.service.control.protocol import (
    CallRequest,
    ControlRequest,
    DeliveriesRetryRequest,
    DoctorRequest,
    DoRequest,
    DownloadRequest,
    ReplayRequest,
    WatchRunRequest,
)
from gazelled.service.control.sockets import is_at
from gazelled.service.file_owner import acting_as_oneself
from gazelled.service.lock import (
    LockTaken,
    closed_to_me,
    described,
    how_to_ask,
    owner_pid,
    owner_socket,
)
from gazelled.service.systemd.service_state import service_state
from gazelled.service.systemd.unit_files import Unit
from gazelled.tracker.login.ownership import AccountTaken

Use = Callable[[Any], None]
TRIES = 50
PAUSE = 0.2
DELIVER_WITHIN = 60.0
LINGER = 120.0
_ASK_THE_TRACKER = (CallRequest, DoRequest, DoctorRequest, DownloadRequest, WatchRunRequest)
_OF_SERVICE = ("the environment variable ", 'there is no secret "', "could not be read: Permission")
_DELIVER = (DeliveriesRetryRequest, ReplayRequest, WatchRunRequest)


def load_config(settings: Settings) -> Config:
    """Load the config; if it can't be used, raise a ConfigError that holds all problems."""
    loaded = load_plugins(settings)
    if loaded.config is None:
        problems = [str(problem) for problem in loaded.problems if problem.is_error]
        raise ConfigError("\n".join(["fix the config first (gazelled check):", *problems]))
    return loaded.config


def config_errors(settings: Settings) -> tuple[str, ...]:
    """
    Return the errors of the config, with their lines, and register its secrets; none for no config.

    What a service has and this user doesn't, its secrets and environment, is no error.
    """
    if not is_regular(settings.config_file):
        return ()
    texts = [str(problem) for problem in load_plugins(settings).problems if problem.is_error]
    if settings.service_command("start"):
        texts = [text for text in texts if not any(map(text.__contains__, _OF_SERVICE))]
    return tuple(map(settings.redactor.scrub, texts))


def load_plugins(settings: Settings) -> Loaded:
    """Load the config with its plugins, as far as it can be used, and register its secrets."""
    loaded = load(
        settings.config_file,
        settings.environ,
        known_plugins=installed_names(),
        terms=settings.import_terms,
    )
    settings.register(loaded.secrets)
    return loaded


async def send(settings: Settings, request: ControlRequest[Any], use: Use) -> None:
    """Ask the daemon that runs, or be the owner if there is none, and use what comes back."""
    try:
        await _send_to_owner(settings, request, use)
    except AccountTaken as taken:
        await _send_to_holder(taken, request, use)


async def send_to_daemon(
    settings: Settings, request: ControlRequest[Any], use: Use, within: float | None = None
) -> bool:
    """
    Ask the daemon that runs, and use what comes back; return False if none runs.

    Args:
        within: The seconds for the whole of it; None for as long as it takes.

    Raises:
        NotPermitted: If the daemon of this config runs, and this user may not ask it.
        StateClosed: If the state folder that was named can't be entered by this user.
        DaemonHeldUpError: If it doesn't reply, or not within the seconds.

    """
    for folder in settings.daemon_folders:
        socket = owner_socket(folder)
        try:
            async with asyncio.timeout(within):
                await _use_each(ask(socket, request, state=folder), use)
        except NobodyThereError:
            continue
        except NotPermitted:
            if settings.state is not None and (closed := closed_to_me(folder)):
                raise StateClosed(closed) from None
            # In a state folder that can't be entered there may be no daemon at all.
            mine = folder == settings.state_folder or not is_regular(settings.own_config)
            if mine and socket.parent != folder and not _is_stopped(settings):
                raise NotPermitted(
                    f"gazelled is running, and you may not ask it; {how_to_ask(folder)}"
                ) from None
        except TimeoutError:
            pid = owner_pid(folder)
            who = f"gazelled (process {pid})" if pid else "gazelled"
            raise DaemonHeldUpError(
                f"{who} runs, and has not replied within {within:g} s."
            ) from None
        else:
            return True
    return False


def silent_owner(settings: Settings) -> tuple[int, str]:
    """Return the process that has the state where nobody listens, and a sentence; 0 for none."""
    for folder in settings.daemon_folders:
        pid = owner_pid(folder)
        if pid and "socket" in described(folder):
            socket = owner_socket(folder)
            return pid, (
                f"gazelled is running (process {pid}), and nobody listens at {socket}: it is "
                "beginning or ending, or that was removed, and it makes another in five minutes."
            )
    return 0, ""


def _is_stopped(settings: Settings) -> bool:
    """Return whether the system's service is known not to run: its folder may outlive it."""
    state = service_state(Unit(instance=settings.instance))
    return state is not None and state.state in {"inactive", "failed"}


async def _send_to_owner(settings: Settings, request: ControlRequest[Any], use: Use) -> None:
    for left in reversed(range(TRIES)):
        if await send_to_daemon(settings, request, use):
            return
        try:
            await be_owner(settings, request, use)
        except LockTaken:
            if not left:
                raise
            await asyncio.sleep(PAUSE)  # it is about to listen, or about to end
        else:
            return


async def _send_to_holder(taken: AccountTaken, request: ControlRequest[Any], use: Use) -> None:
    """Let the owner of the account do what it can do for others, where this user may ask it."""
    holder = taken.holder
    # A doctor examines a log-in: another one would answer for its own.
    able = isinstance(request, CallRequest | DoRequest | DownloadRequest) or (
        isinstance(request, DoctorRequest) and holder.is_same
    )
    if not able or holder.socket is None or not is_at(holder.socket, holder.peer):
        raise taken
    try:
        await _use_each(ask(holder.socket, request), use)
    except (NobodyThereError, NotPermitted):
        raise taken from None


async def be_owner(settings: Settings, request: ControlRequest[Any], use: Use) -> None:
    """
    Answer a request as the owner of the state.

    Raises:
        LockTaken: If another process owns the state.
        AccountTaken: If another process uses the account.

    """
    # With an empty environment the socket is in the state folder, whatever systemd says.
    async with open_app(
        load_config(settings),
        settings.state_folder,
        clock=Clock(),
        redactor=settings.redactor,
        environ={},
        web=False,
    ) as app:
        if isinstance(request, _ASK_THE_TRACKER):
            await app.dispatcher.session.claim()
        await _use_each(handle(app, request), use)
        if isinstance(request, _DELIVER):
            await _deliver(app)
        with suppress(TimeoutError):  # others may have come to ask this owner meanwhile
            async with asyncio.timeout(LINGER):
                while not app.dispatcher.idle:  # noqa: ASYNC110 - nothing signals it; it is over soon
                    await asyncio.sleep(PAUSE)


async def _use_each(messages: AsyncGenerator[Any, None], use: Use) -> None:
    """Use each message; what is asked for ends with it, however that ends."""
    async with aclosing(messages):
        async for message in messages:
            with acting_as_oneself():
                use(message)


async def _deliver(app: App) -> None:
    await app.deliverer.drain(DELIVER_WITHIN)
    for target, row in app.deliverer.health.items():
        waits = await app.store.outbox.oldest(target) is not None
        again = " The next run retries." if waits else ""  # what was refused is dead
        raise GazelledError(f"A message to {target} could not be delivered: {row.error}{again}")
