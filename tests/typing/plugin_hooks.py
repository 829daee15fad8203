"""Every hook of a plugin as type checkers see it; checked by mypy and pyright, never run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import assert_type

import aiohttp
import click

from gazelled.plugin import (
    FLAG,
    TEXT,
    TEXTS,
    ActionSpec,
    Answer,
    Call,
    CheckFinding,
    ConfigChange,
    Context,
    Delivery,
    DeliveryDone,
    DeliveryFailure,
    Event,
    HealthFinding,
    Item,
    ItemDecision,
    ItemsFound,
    Json,
    Metric,
    Note,
    PluginConfig,
    PluginContext,
    PluginWrite,
    RegisterAction,
    RegisterCheck,
    RegisterCommand,
    RegisterField,
    RegisterFilter,
    RegisterFunction,
    RegisterKind,
    RegisterOptions,
    RegisterRoute,
    RegisterSite,
    RegisterSource,
    RegisterTarget,
    RequestFailure,
    RouteRequest,
    SecretStr,
    SiteSpec,
    StoredEvent,
    TrackerChange,
    Value,
    Veto,
    event_json,
    hookimpl,
    target,
)
from gazelled.plugin.kinds import Kind, Look, Outcome
from gazelled.plugin.sources import Source, SourcePage, SourceRequest


class Options(PluginConfig):
    """The plugin's own options."""

    url: str = "https://example.org"


class TargetOptions(PluginConfig):
    """The options of its targets."""

    room: str


class Session:
    """What the deliveries of a target share."""

    async def send(self, text: str) -> None:
        """Send a text."""


# Lifetime


@hookimpl
async def gazelled_setup(context: PluginContext[Options]) -> AsyncIterator[None]:
    """Use everything that a plugin can use."""
    assert_type(context.options, Options)
    assert_type(context.options.url, str)
    assert_type(context.folder, Path)
    assert_type(context.site.zone, str)
    assert_type(context.clock.now(), datetime)
    assert_type(await context.tracker.call("torrent", id=3), Answer)
    assert_type(context.tracker.write, PluginWrite | None)
    assert_type(context.http, aiohttp.ClientSession)
    assert_type(context.secrets["key"], SecretStr)
    assert_type(await context.store.get("seen"), Json)
    await context.store.set("seen", {"ids": [1, 2]})
    await context.store.set("seen", object())  # type: ignore[arg-type] # not of JSON
    context.schedule(poll, every="1h")
    context.schedule(poll, hourly=True)  # type: ignore[call-arg] # there is no such key
    context.spawn(poll(), name="poll")
    assert_type(await context.to_thread(len, "abc"), int)
    await context.to_thread(len, 3)  # type: ignore[arg-type] # len takes no number
    await context.notify("week", "A week", "text", url="https://example.org", urgent=True)
    context.plugin = "other"  # type: ignore[misc] # it is frozen
    yield


@hookimpl
async def gazelled_teardown(context: PluginContext) -> None:
    """Have no options of one's own."""
    assert_type(context.options, PluginConfig)


async def poll() -> None:
    """Do something at times."""


# What the daemon does


@hookimpl
async def gazelled_answered(answer: Answer, context: PluginContext[Options]) -> None:
    """Receive an answer."""
    assert_type(answer.call, Call)
    context.log.info("plugin.seen", action=answer.call.action)


@hookimpl
async def gazelled_request_failed(failure: RequestFailure) -> None:
    """Receive a failure."""
    assert_type(failure.attempt_again, datetime | None)
    assert_type(failure.call.action, str)


@hookimpl
async def gazelled_items_found(batch: ItemsFound) -> Mapping[str, Mapping[str, Value]] | None:
    """Add fields."""
    assert_type(batch.items, tuple[Item, ...])
    return {item.id: {"accessions": (item.title,)} for item in batch.items}


@hookimpl
async def gazelled_item_decided(decision: ItemDecision) -> Veto | Note | None:
    """Veto an item, or add a note."""
    assert_type(decision.why, tuple[str, ...])
    if decision.fits:
        return Veto("no")
    return Note(3)  # type: ignore[arg-type] # it is a text


@hookimpl
async def gazelled_event_stored(stored: StoredEvent) -> None:
    """Receive an event."""
    assert_type(stored.event, Event)
    assert_type(event_json(stored.event), dict[str, object])


@hookimpl
async def gazelled_delivered(done: DeliveryDone) -> None:
    """Receive a delivery."""
    assert_type(done.delivery.target, str)
    assert_type(done.took, float)


@hookimpl
async def gazelled_delivery_failed(failure: DeliveryFailure) -> None:
    """Receive a delivery that failed."""
    assert_type(failure.retry_at, datetime | None)
    assert_type(failure.delivery, Delivery)


@hookimpl
async def gazelled_tracker_changed(change: TrackerChange) -> None:
    """Receive a change."""
    if change.state == "down":
        assert_type(change.since, datetime)


@hookimpl
async def gazelled_metrics(at: datetime, context: PluginContext[Options]) -> list[Metric]:
    """Return values."""
    assert_type(context.options, Options)
    labels = {"url": context.options.url}
    return [Metric("age_seconds", at.timestamp(), "Its age.", "gauge", labels)]


@hookimpl
async def gazelled_health_checks() -> Sequence[HealthFinding] | None:
    """Return what is wrong."""
    return [HealthFinding("its line is down", since=3)]  # type: ignore[arg-type] # it is a time


@hookimpl
async def gazelled_config_changed(change: ConfigChange) -> None:
    """Receive another one."""
    assert_type(change.watches.added, tuple[str, ...])


# Targets


async def session(options: TargetOptions, context: Context) -> AsyncIterator[Session]:
    """Open what the deliveries of a target share."""
    assert_type(options.room, str)
    assert_type(context.plugin.folder, Path)
    yield Session()


@target(TargetOptions, prepare=session)
async def room(
    delivery: Delivery, options: TargetOptions, context: Context, opened: Session
) -> None:
    """Deliver with it."""
    assert_type(delivery.is_test, bool)
    await opened.send(f"{options.room} {context.target}")


@target(TargetOptions, prepare=session)
async def short(delivery: Delivery, options: TargetOptions) -> None:
    """Deliver without it."""


@target(TargetOptions, prepare=session)  # type: ignore[arg-type] # it yields something else
async def wrong(delivery: Delivery, options: TargetOptions, context: Context, opened: int) -> None:
    """Take something else."""


@target(TargetOptions)  # type: ignore[arg-type] # nothing is yielded
async def nothing(
    delivery: Delivery, options: TargetOptions, context: Context, opened: Session
) -> None:
    """Take what there is not."""


@hookimpl
def gazelled_targets(register: RegisterTarget) -> None:
    """Register the options of targets."""
    register(TargetOptions)


@hookimpl
async def gazelled_prepare(options: TargetOptions, context: Context) -> AsyncIterator[Session]:
    """Open a session."""
    assert_type(context.plugin, PluginContext)
    assert_type(options.room, str)
    yield Session()


@hookimpl
async def gazelled_deliver(
    delivery: Delivery, options: TargetOptions, context: Context, resource: Session
) -> None:
    """Deliver with it."""
    await resource.send(f"{delivery.key} {options.room} {context.target}")


@hookimpl
async def gazelled_preview(delivery: Delivery, options: TargetOptions) -> str | None:
    """Show a message."""
    return f"{delivery.key} {options.room}"


@hookimpl
async def gazelled_history(
    since: datetime, until: datetime, options: TargetOptions
) -> list[Mapping[str, object]] | None:
    """Return what was recorded."""
    return [{"at": since.isoformat(), "until": until.isoformat(), "room": options.room}]


@hookimpl
async def gazelled_check_target(options: TargetOptions, context: Context) -> None:
    """Reach the service."""
    async with context.plugin.http.get(options.room) as reply:
        reply.raise_for_status()


# Contributions


@hookimpl
def gazelled_options(register: RegisterOptions) -> None:
    """Register the plugin's own options."""
    register(Options)
    register(Options())  # type: ignore[arg-type] # the type, not an instance


class Trend(Kind):
    """A kind of watch."""

    name = "trend"

    def decide(self, look: Look) -> Outcome:
        """Decide."""
        assert_type(look.items, tuple[Item, ...])
        return Outcome()


@hookimpl
def gazelled_kinds(register: RegisterKind) -> None:
    """Register a kind of watch."""
    register(Trend())
    register("trend")  # type: ignore[arg-type] # a kind, not its name


class Folder(Source[TargetOptions]):
    """A source."""

    name = "rooms"
    about = "rooms"
    options = TargetOptions

    async def poll(self, request: SourceRequest[TargetOptions]) -> Sequence[Item] | SourcePage:
        """Return what there is."""
        assert_type(request.options.room, str)
        assert_type(request.context.http, aiohttp.ClientSession)
        return SourcePage([Item("1", "room", request.options.room)], complete=False)


@hookimpl
def gazelled_sources(register: RegisterSource) -> None:
    """Register a source."""
    register(Folder())
    register("rooms")  # type: ignore[arg-type] # a source, not its name


@hookimpl
def gazelled_actions(register: RegisterAction) -> None:
    """Register an action."""
    register(ActionSpec(name="riplog", about="The log of a rip"))
    register("riplog")  # type: ignore[arg-type] # its declaration


@hookimpl
def gazelled_sites(register: RegisterSite) -> None:
    """Register the profile of a site."""
    register(SiteSpec(name="mine", about="Mine"))


@hookimpl
def gazelled_match_fields(register: RegisterField) -> None:
    """Register fields."""
    register("accessions", TEXTS, about="accession numbers")
    register("long", FLAG, compute=is_long)
    register("long", bool)  # type: ignore[arg-type] # a type of fields
    register("long", FLAG, compute=under)  # type: ignore[arg-type] # it takes texts


def is_long(item: Item) -> Value:
    """Compute a field."""
    return len(item.title) > 80


def under(text: str, folder: str) -> bool:
    """Compare texts."""
    return text.startswith(folder)


@hookimpl
def gazelled_functions(register: RegisterFunction) -> None:
    """Register a function."""
    register("under", under, takes=[TEXT, TEXT], returns=FLAG, example="under(title, 'x')")
    register("under", under)  # type: ignore[call-arg] # without types


@hookimpl
def gazelled_template_filters(register: RegisterFilter) -> None:
    """Register a filter."""
    register("shout", str.upper)
    register("shout", "upper")  # type: ignore[arg-type] # a function


@click.command
def hello() -> None:
    """Greet."""


@hookimpl
def gazelled_commands(register: RegisterCommand) -> None:
    """Register a command."""
    register(hello)
    register(poll)  # type: ignore[arg-type] # a command of click


async def accounts(context: PluginContext[Options]) -> Sequence[CheckFinding]:
    """Examine something."""
    return [CheckFinding(context.options.url), CheckFinding("odd", "note", "look")]


async def page(request: RouteRequest, context: PluginContext[Options]) -> object:
    """Make a page."""
    return f"{request.query.get('name', '')} {context.options.url}"


@hookimpl
def gazelled_routes(register: RegisterRoute) -> None:
    """Register a page."""
    register("", page, title="A page", public=True)
    register("data.json", poll)  # type: ignore[arg-type] # it takes a request


@hookimpl
def gazelled_doctor_checks(register: RegisterCheck) -> None:
    """Register a check."""
    register("accounts", accounts)
    register("accounts", poll)  # type: ignore[arg-type] # it takes a context
