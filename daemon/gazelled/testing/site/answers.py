"""Which action is answered by what."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType

from gazelled.testing.actions import (
    about,
    account,
    bounties,
    datasets,
    forum,
    history,
    inbox,
    lists,
    news,
    people,
    replies,
    top10,
    upload_filters,
)
from gazelled.testing.site.exchange import SimulatedReply
from gazelled.testing.site.visit import Visit

Handler = Callable[[Visit], SimulatedReply]


def _handlers(family: ModuleType) -> Iterator[tuple[str, Handler]]:
    """Return the public functions of a module that take a visit and nothing else."""
    for name, function in inspect.getmembers(family, inspect.isfunction):
        own = function.__module__ == family.__name__ and not name.startswith("_")
        if own and list(inspect.signature(function).parameters) == ["visit"]:
            yield name, function


ACTIONS: Mapping[str, Handler] = {
    name: handler
    for family in (
        about,
        account,
        bounties,
        datasets,
        forum,
        history,
        inbox,
        lists,
        news,
        people,
        replies,
        top10,
        upload_filters,
    )
    for name, handler in _handlers(family)
}
"""
The actions that are served: the public functions of the modules above, by their names.

Every other one is `unknown`, also those that the documentation lists as not implemented:
`similar_artists`, `torrent_info`, `checkprivate`, `votefavorite`.
"""


def unknown(visit: Visit) -> SimulatedReply:
    """Refuse what isn't an action, or isn't one yet."""
    return visit.failure("bad parameters")
