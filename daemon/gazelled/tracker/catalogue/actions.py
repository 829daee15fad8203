"""
Every action that is known, by name.

Known from the tracker's public documentation and, where that differs, from its application
(github.com/biotorrents/gazelle at 7076607, of 2021-03-05), asked request by request.
"""

from __future__ import annotations

from collections.abc import Mapping

from gazelled.tracker.actions import people, site
from gazelled.tracker.catalogue import (
    artists,
    collages,
    comments,
    datasets,
    forum_activity,
    forums,
    messages,
    news,
    requests,
    toplists,
    wiki,
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
        *people.ROWS,
        *comments.ACTIONS,
        *forums.ACTIONS,
        *forum_activity.ACTIONS,
        *messages.ACTIONS,
        *news.ACTIONS,
        *wiki.ACTIONS,
        *site.ROWS,
    )
}

ENDPOINTS = (
    datasets.DatasetEndpoints,
    requests.RequestEndpoints,
    collages.CollageEndpoints,
    toplists.TopListEndpoints,
    artists.ArtistEndpoints,
    comments.CommentsEndpoints,
    forums.ForumsEndpoints,
    forum_activity.ForumActivityEndpoints,
    messages.MessagesEndpoints,
    news.NewsEndpoints,
    wiki.WikiEndpoints,
)
"""The methods of the client, by families."""
