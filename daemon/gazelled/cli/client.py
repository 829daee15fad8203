"""Asking the daemon; when none runs, a command is the owner for as long as it takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, suppress
from typing import cast

from gazelled.cli.settings import Settings
from gazelled.clock import Clock
from gazelled.config import Config, load
from gazelled.errors import ConfigError, GazelledError, TrackerUnavailable
from gazelled.service.app import App
from gazelled.service.check import installed
from gazelled.service.compose import open_app
from gazelled.service.control.handlers import HANDLERS
from gazelled.service.control.server import NobodyThereError, ask, is_at
from gazelled.service.lock import LockTaken, owner_socket
from gazelled.tracker.login.ownership import AccountTaken

Line = Mapping[str, object]
TRIES = 50
PAUSE = 0.2
_ASK_THE_TRACKER = {"call", "doctor", "download", "watch.run"}
_CAN_BE_HANDED_OVER = {"call", "download"}
_ONLY_FOR_THE_SAME_CREDENTIALS = {"doctor"}
DELIVER_WITHIN = 60.0
LINGER = 120.0


def set_up_logs(settings: Settings) -> None:
    """Keep the log of a short command out of a person's sight, unless they want to see it."""
    settings.set_up_logs()


def whole_config(settings: Settings) -> Config:
    """
    Load the config.

    Raises:
        ConfigError: If it can't be used; the text holds all problems.

    """
    loaded = load(settings.config_file, settings.environ, known_plugins=installed())
    settings.redactor.add(*(each.get_secret_value() for each in loaded.secrets))
    if loaded.config is None:
        problems = [str(each) for each in loaded.problems if each.severity == "error"]
        raise ConfigError("\n".join(["the config must be mended first", *problems]))
    return loaded.config


def learn_secrets(settings: Settings) -> None:
    """Know the secrets of the config for what is printed, whether or not it can be used."""
    if settings.config_file.is_file():
        loaded = load(settings.config_file, settings.environ, known_plugins=installed())
        settings.redactor.add(*(each.get_secret_value() for each in loaded.secrets))


async def daemon_says(
    settings: Settings, name: str, given: Mapping[str, object]
) -> AsyncIterator[Line]:
    """
    Ask the daemon that runs.

    Args:
        settings: Where to look.
        name: The handler.
        given: Its arguments.

    Raises:
        NobodyThereError: If none runs.
        GazelledError: What the handler raised.

    """
    for folder in settings.daemon_folders:
        heard = False
        try:
            async with closing(ask(owner_socket(folder), name, given)) as lines:
                async for line in lines:
                    heard = True
                    yield line
        except NobodyThereError:
            if heard:  # it was asked, perhaps for something that must not be done twice
                raise TrackerUnavailable(
                    "gazelled ended before it was done; see gazelled status"
                ) from None
        else:
            return
    raise NobodyThereError("no gazelled is running")


async def says(settings: Settings, name: str, given: Mapping[str, object]) -> AsyncIterator[Line]:
    """
    Ask the daemon that runs, or be the owner oneself when there is none.

    Args:
        settings: Where things are.
        name: The handler.
        given: Its arguments.

    Raises:
        GazelledError: What went wrong.

    """
    try:
        async with closing(_owner_says(settings, name, given)) as lines:
            async for line in lines:
                yield line
    except AccountTaken as taken:
        async with closing(_handed_over(taken, name, given)) as lines:
            async for line in lines:
                yield line


async def _owner_says(
    settings: Settings, name: str, given: Mapping[str, object]
) -> AsyncIterator[Line]:
    for left in reversed(range(TRIES)):
        try:
            async with closing(daemon_says(settings, name, given)) as lines:
                async for line in lines:
                    yield line
        except NobodyThereError:
            pass
        else:
            return
        try:
            async with closing(_own_says(settings, name, given)) as lines:
                async for line in lines:
                    yield line
        except LockTaken:
            if not left:
                raise
            await asyncio.sleep(PAUSE)  # it is about to listen, or about to end
        else:
            return


async def _handed_over(
    taken: AccountTaken, name: str, given: Mapping[str, object]
) -> AsyncIterator[Line]:
    """
    Let the owner of the account do what it can do for others, where this user may ask it.

    Raises:
        AccountTaken: If it can't or may not be asked.
        GazelledError: What the owner raised.

    """
    holder = taken.holder
    able = _CAN_BE_HANDED_OVER | (_ONLY_FOR_THE_SAME_CREDENTIALS if holder.is_same else set())
    if name not in able or holder.socket is None or not is_at(holder.socket, holder.peer):
        raise taken
    try:
        async with closing(ask(holder.socket, name, given)) as lines:
            async for line in lines:
                yield line
    except NobodyThereError:
        raise taken from None


async def _own_says(
    settings: Settings, name: str, given: Mapping[str, object]
) -> AsyncIterator[Line]:
    config = whole_config(settings)
    folder, clock = settings.state_folder, Clock()
    # With an empty environment the socket is in the state folder, whatever systemd says.
    async with open_app(
        config, folder, clock=clock, redactor=settings.redactor, environ={}, web=False
    ) as app:
        if name in _ASK_THE_TRACKER:
            await app.ownership.claim()
        async with closing(HANDLERS[name](app, given)) as lines:
            async for line in lines:
                yield line
        await _after(app, name)


async def _after(app: App, name: str) -> None:
    """
    Deliver what is to be told, and let others finish who came to ask us meanwhile.

    Raises:
        GazelledError: If something could not be delivered.

    """
    if name in {"watch.run", "replay"}:
        await app.deliverer.drain(DELIVER_WITHIN)
        for target, row in app.deliverer.health.items():
            raise GazelledError(
                f"{target} could not be told: {row.error} The next run tries again."
            )
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER):
            while not app.dispatcher.idle:  # noqa: ASYNC110 - nothing tells; it is over soon
                await asyncio.sleep(PAUSE)


def closing(lines: AsyncIterator[Line]) -> aclosing[AsyncGenerator[Line, None]]:
    """Close a generator at the end of a block, however that is left."""
    return aclosing(cast("AsyncGenerator[Line, None]", lines))


async def only(lines: AsyncIterator[Line]) -> Line:
    """Return the last line that is said."""
    last: Line = {}
    async for line in lines:
        last = line
    return last
