"""A veto: what a colleague has already isn't reported."""

from __future__ import annotations

from pathlib import Path

from gazelled.plugin import (
    ItemDecision,
    PluginConfig,
    PluginContext,
    RegisterOptions,
    Veto,
    hookimpl,
)


class Options(PluginConfig):
    """`[plugin.colleague-has]`: a file with a title in each line, and whose list it is."""

    list: Path
    who: str = "a colleague"


@hookimpl
def gazelled_options(register: RegisterOptions) -> None:
    """Take options from `[plugin.colleague-has]`."""
    register(Options)


@hookimpl
async def gazelled_item_decided(
    decision: ItemDecision, context: PluginContext[Options]
) -> Veto | None:
    """Veto an item whose title is in the list; `gazelled why` shows the reason."""
    titles = await context.to_thread(read, context.options.list)
    if decision.item.title.casefold() in titles:
        return Veto(f"{context.options.who} has it")
    return None


def read(file: Path) -> set[str]:
    """Return the titles of the list, in lower case; an absent list has none."""
    if not file.exists():
        return set()
    return {line.strip().casefold() for line in file.read_text("utf-8").splitlines()}
