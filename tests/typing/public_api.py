"""The public API for plugins as type checkers see it; checked by mypy, never run."""

from __future__ import annotations

from pathlib import Path
from typing import Any, assert_type

from gazelled.plugin import (
    Answer,
    Call,
    Context,
    Delivery,
    Event,
    EventKind,
    Fetch,
    GiveUp,
    Item,
    PluginConfig,
    RegisterTarget,
    RetryLater,
    SecretStr,
    TorrentFile,
    Value,
    hookimpl,
    target,
)


class Options(PluginConfig):
    """Options."""

    url: SecretStr
    path: Path = Path("x")


class Others(PluginConfig):
    """Other options."""


@target(Options)
async def short(delivery: Delivery, options: Options) -> None:
    """Take two arguments."""
    assert_type(delivery.event, Event)
    assert_type(delivery.event.item, Item)
    assert_type(delivery.event.kind, EventKind)
    assert_type(delivery.key, str)
    assert_type(delivery.attempt, int)
    assert_type(options.url.get_secret_value(), str)
    raise RetryLater("no", after=3.5)


@target(Options)
async def long(delivery: Delivery, options: Options, context: Context) -> None:
    """Take three arguments."""
    assert_type(context.folder, Path)
    assert_type(context.download, Fetch)
    assert_type(await context.download(3), TorrentFile)
    context.log.info("plugin.tried", key=delivery.key, path=options.path)
    raise GiveUp("no")


@target(Others)  # type: ignore[arg-type] # the options are of another type
async def wrong(delivery: Delivery, options: Options) -> None:
    """Take other options than it says."""


@target(Options)  # type: ignore[arg-type] # it isn't async
def blocking(delivery: Delivery, options: Options) -> None:
    """Block."""


@target(Options)  # type: ignore[arg-type] # it takes too few
async def few(delivery: Delivery) -> None:
    """Take one argument."""


@target(str)  # type: ignore[type-var] # it isn't a model of options
async def no_options(delivery: Delivery, options: str) -> None:
    """Take no options."""


@hookimpl
async def gazelled_answer(answer: Answer) -> None:
    """See an answer."""
    assert_type(answer.call, Call)
    assert_type(answer.payload, Any)
    assert_type(answer.raw, bytes)


@hookimpl
def gazelled_targets(register: RegisterTarget) -> None:
    """Register options."""
    register(Options)
    register(Options(url=SecretStr("x")))  # type: ignore[arg-type] # the type, not an instance


def told(item: Item) -> Value:
    """Read a field."""
    licence: str | None = item.fields.get("license")
    return licence
