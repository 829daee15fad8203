"""
Every action that is known, by name, and the methods of the client.

Known from the tracker's public documentation and, where that differs, from its application
(github.com/biotorrents/gazelle at 7076607, of 2021-03-05), asked request by request.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from gazelled.tracker.catalogue import (
    artists,
    collages,
    comments,
    datasets,
    forum_activity,
    forums,
    messages,
    news,
    own_account,
    own_uploads,
    requests,
    site_info,
    toplists,
    users,
    wiki,
)
from gazelled.tracker.catalogue.action import Action
from gazelled.tracker.catalogue.endpoint import Client


class ActionMethods(
    datasets.DatasetEndpoints,
    requests.RequestEndpoints,
    collages.CollageEndpoints,
    toplists.TopListEndpoints,
    artists.ArtistEndpoints,
    comments.CommentsEndpoints,
    own_account.OwnEndpoints,
    own_uploads.OwnUploadsEndpoints,
    users.UserEndpoints,
    forums.ForumsEndpoints,
    forum_activity.ForumActivityEndpoints,
    messages.MessagesEndpoints,
    news.NewsEndpoints,
    wiki.WikiEndpoints,
    site_info.SiteEndpoints,
):
    """The methods of a client, by families."""


class Endpoints(ActionMethods, Client):
    """The methods of a client that sends their calls itself."""


ACTIONS: Mapping[str, Action] = {
    action.name: action
    for family in ActionMethods.__bases__
    for action in sys.modules[family.__module__].ACTIONS
}


def beyond_a_token() -> list[str]:
    """Return the actions that are useless with a token, where it doesn't load its user."""
    return sorted(
        name
        for name, action in ACTIONS.items()
        if not action.token and action.state not in {"absent", "broken"}
    )
