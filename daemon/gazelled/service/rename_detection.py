"""Watches that got another name keep what they know, so that they miss and repeat nothing."""

from __future__ import annotations

from collections import Counter

import structlog

from gazelled.config import Config
from gazelled.store import Store

log = structlog.stdlib.get_logger(__name__)


async def adopt_state(config: Config, store: Store) -> None:
    """
    Hand the state of a watch to the one that has its rule now.

    A watch was renamed if it was configured until now and isn't any more, and just one that
    nothing is known of has the same rule. Where several could be meant, all of them begin anew.

    Args:
        config: The configuration.
        store: The state.

    """
    gone = await store.watches.removed(config.watches.keys() | config.resting.keys())
    if not gone:
        return
    known = await store.watches.names()
    come = {name: each.rule for name, each in config.watches.items() if name not in known}
    often = Counter(gone.values()), Counter(come.values())
    olds = {rule: name for name, rule in gone.items()}
    for name, rule in come.items():
        if all(counts[rule] == 1 for counts in often):
            await store.watches.rename(olds[rule], name)
            log.info("watch.renamed", watch=name, before=olds[rule])
