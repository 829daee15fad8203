"""
The control handlers: what the daemon does for people, by name.

One table, which the control socket serves and the CLI uses; a handler yields a line for each
thing that it has to say.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping

from gazelled.errors import ConfigError, GiveUp, RequestRefused, RetryLater
from gazelled.explain.replay import replay
from gazelled.explain.try_rule import try_rule
from gazelled.explain.why import why
from gazelled.model import Delivery
from gazelled.service.app import App
from gazelled.service.control.calls import call
from gazelled.service.control.doctor import doctor
from gazelled.service.control.download import download
from gazelled.service.control.status import iso, status
from gazelled.service.control.watches import watch_forget, watch_told
from gazelled.text import meant
from gazelled.watches.events import notice_event

Lines = AsyncGenerator[Mapping[str, object], None]
Handler = Callable[[App, Mapping[str, object]], Lines]


async def resume(app: App, given: Mapping[str, object]) -> Lines:
    """Ask the tracker again at once, whatever stopped gazelled, and send messages that rest."""
    del given
    why = app.dispatcher.health.hindrance()
    due = await app.resume()
    rested = await app.deliverer.resume()
    yield {"resumed": app.redactor.scrub(why), "due": due, "rested": rested}


async def stop(app: App, given: Mapping[str, object]) -> Lines:
    """End the daemon."""
    del given
    app.stopping.set()
    yield {"stopping": True}


async def watch_run(app: App, given: Mapping[str, object]) -> Lines:
    """
    Run a watch now.

    Args:
        app: The daemon.
        given: `name`.

    Raises:
        TrackerError: If the tracker can't be asked.

    """
    name = str(given.get("name", ""))
    if name not in app.config.watches:
        raise ConfigError(f'There is no watch "{name}"{meant(name, app.config.watches)}')
    before = (await app.store.counts())["events"]
    await app.run_watch(name)
    yield {"watch": name, "events": (await app.store.counts())["events"] - before}


async def target_test(app: App, given: Mapping[str, object]) -> Lines:
    """
    Send a test message to a target.

    Args:
        app: The daemon.
        given: `name`.

    Raises:
        Refused: If it could not be delivered.

    """
    name = str(given.get("name", ""))
    if name not in app.config.targets:
        raise ConfigError(f'There is no target "{name}"{meant(name, app.config.targets)}')
    now = app.clock.now()
    text = "If you can read this, messages reach you."
    event = notice_event(f"test-{name}", "gazelled says hello", text, app.site.url, now)
    try:
        await app.deliver(Delivery(event, name))
    except (RetryLater, GiveUp) as error:
        raise RequestRefused(f"{name}: {error}") from None
    yield {"target": name, "delivered": True}


async def state_backup(app: App, given: Mapping[str, object]) -> Lines:
    """
    Make a backup of the state, while everything goes on.

    Raises:
        StateError: If it can't be written.

    """
    del given
    made = await app.store.back_up(app.clock.now())
    yield {"file": str(made.file), "at": iso(made.at)}


HANDLERS: Mapping[str, Handler] = {
    "call": call,
    "status": status,
    "resume": resume,
    "stop": stop,
    "watch.run": watch_run,
    "watch.told": watch_told,
    "watch.forget": watch_forget,
    "target.test": target_test,
    "doctor": doctor,
    "download": download,
    "state.backup": state_backup,
    "why": why,
    "try": try_rule,
    "replay": replay,
}
"""Every handler, by name."""
