"""Reaching the owner of the state: the daemon, or this process for as long as a command takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import Any

from gazelled.cli.settings import Settings
from gazelled.clock import Clock
from gazelled.config import Config, Loaded, load
from gazelled.errors import ConfigError, GazelledError
from gazelled.hooks.loading.plugin_origin import installed_names
from gazelled.service.app import App
from gazelled.service.compose import open_app
from gazelled.service.control.client import NobodyThereError, ask
from gazelled.service.control.handlers import handle
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
from gazelled.service.lock import LockTaken, owner_socket
from gazelled.tracker.login.ownership import AccountTaken

Use = Callable[[Any], None]
TRIES = 50
PAUSE = 0.2
DELIVER_WITHIN = 60.0
LINGER = 120.0
_ASK_THE_TRACKER = (CallRequest, DoRequest, DoctorRequest, DownloadRequest, WatchRunRequest)
_DELIVER = (DeliveriesRetryRequest, ReplayRequest, WatchRunRequest)


def load_config(settings: Settings) -> Config:
    """Load the config; if it can't be used, raise a ConfigError that holds all problems."""
    loaded = load_plugins(settings)
    if loaded.config is None:
        problems = [str(problem) for problem in loaded.problems if problem.is_error]
        raise ConfigError("\n".join(["fix the config first (gazelled check):", *problems]))
    return loaded.config


def learn_secrets(settings: Settings) -> None:
    """Register the secrets of the config for what is printed, whether or not it can be used."""
    if settings.config_file.is_file():
        load_plugins(settings)


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


async def send_to_daemon(settings: Settings, request: ControlRequest[Any], use: Use) -> bool:
    """Ask the daemon that runs, and use what comes back; return False if none runs."""
    for folder in settings.daemon_folders:
        with suppress(NobodyThereError):
            await _use_each(ask(owner_socket(folder), request, state=folder), use)
            return True
    return False


async def _send_to_owner(settings: Settings, request: ControlRequest[Any], use: Use) -> None:
    for left in reversed(range(TRIES)):
        if await send_to_daemon(settings, request, use):
            return
        try:
            await _be_owner(settings, request, use)
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
    except NobodyThereError:
        raise taken from None


async def _be_owner(settings: Settings, request: ControlRequest[Any], use: Use) -> None:
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
            use(message)


async def _deliver(app: App) -> None:
    await app.deliverer.drain(DELIVER_WITHIN)
    for target, row in app.deliverer.health.items():
        waits = await app.store.outbox.oldest(target) is not None
        again = " The next run retries." if waits else ""  # what was refused is dead
        raise GazelledError(f"A message to {target} could not be delivered: {row.error}{again}")
