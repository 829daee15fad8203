"""The control handlers of the daemon itself: going on, ending, backing up, test messages."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from gazelled.errors import ConfigError, GiveUp, RequestRefused, RetryLater
from gazelled.logs import recent_lines
from gazelled.model import Delivery
from gazelled.service.app import App
from gazelled.service.control import protocol
from gazelled.service.reloading.reload_reply import ReloadReply
from gazelled.text import missing
from gazelled.watches.events import notice_event


async def resume(app: App, _: protocol.ResumeRequest) -> AsyncGenerator[protocol.ResumeReply, None]:
    """Send requests to the tracker again at once after a stop, and retry paused messages."""
    why = app.dispatcher.health.hindrance()
    due = await app.resume()
    rested = await app.deliverer.resume()
    yield protocol.ResumeReply(app.redactor.scrub(why), tuple(due), rested)


async def stop(app: App, _: protocol.StopRequest) -> AsyncGenerator[protocol.StopReply, None]:
    """End the daemon."""
    app.stopping.set()
    yield protocol.StopReply(stopping=app.serving)


async def reload(app: App, request: protocol.ReloadRequest) -> AsyncGenerator[ReloadReply, None]:
    """Read the config again, and use it from now on unless something is wrong with it."""
    yield await app.reload(notify=request.notify)


async def back_up(
    app: App, _: protocol.StateBackupRequest
) -> AsyncGenerator[protocol.StateBackupReply, None]:
    """Make a backup of the state, while everything goes on."""
    backup = await app.store.back_up(app.clock.now())
    yield protocol.StateBackupReply(str(backup.file), backup.at)


async def test_target(
    app: App, request: protocol.TargetTestRequest
) -> AsyncGenerator[protocol.TargetTestReply, None]:
    """Send a target a test message; raise RequestRefused if it could not be delivered."""
    name = request.name
    if name not in app.config.targets:
        raise ConfigError(missing("target", name, app.config.targets))
    event = notice_event(
        f"test-{name}",
        "gazelled says hello",
        "If you can read this, messages reach you.",
        app.site.url,
        app.clock.now(),
    )
    try:
        await app.deliver(Delivery(event, name, is_test=True))
    except (RetryLater, GiveUp) as error:
        raise RequestRefused(f"{name}: {error}") from None
    await app.deliverer.forgive(name, works=True)
    yield protocol.TargetTestReply(name)


async def log_lines(_: App, __: protocol.LogRequest) -> AsyncGenerator[protocol.LogReply, None]:
    """Return the last lines of the log."""
    yield protocol.LogReply(tuple(recent_lines()))
