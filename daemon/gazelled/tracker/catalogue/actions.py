"""
Every action that is known, by name.

Known from the tracker's public documentation and, where that differs, from its application
(github.com/biotorrents/gazelle at 7076607, of 2021-03-05), asked request by request.
"""

from __future__ import annotations

from collections.abc import Mapping

from gazelled.tracker.actions import datasets as old_datasets
from gazelled.tracker.actions import people, site, talk
from gazelled.tracker.catalogue import (
    artists,
    collages,
    datasets,
    messages,
    news,
    requests,
    toplists,
)
from gazelled.tracker.catalogue.action import Action

ACTIONS: Mapping[str, Action] = {
    row.name: row
    for row in (
        *datasets.ACTIONS,
        *requests.ACTIONS,
        *collages.ACTIONS,
        *toplists.ACTIONS,
        *artists.ACTIONS,
        *old_datasets.ROWS,
        *people.ROWS,
        *messages.ACTIONS,
        *news.ACTIONS,
        *talk.ROWS,
        *site.ROWS,
    )
}

ENDPOINTS = (
    datasets.DatasetEndpoints,
    requests.RequestEndpoints,
    collages.CollageEndpoints,
    toplists.TopListEndpoints,
    artists.ArtistEndpoints,
    messages.MessagesEndpoints,
    news.NewsEndpoints,
)
"""The methods of the client, by families."""
