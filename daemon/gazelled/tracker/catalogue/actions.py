"""
Every action that is known, by name, and the methods of the client.

Known from the tracker's public documentation and, where that differs, from its application
(github.com/biotorrents/gazelle at 7076607, of 2021-03-05), asked request by request.
"""

from __future__ import annotations

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

ACTIONS: Mapping[str, Action] = {
    action.name: action
    for family in (
        datasets,
        requests,
        collages,
        toplists,
        artists,
        comments,
        own_account,
        own_uploads,
        users,
        forums,
        forum_activity,
        messages,
        news,
        wiki,
        site_info,
    )
    for action in family.ACTIONS
}


class ActionMethods(
    datasets.DatasetEndpoints,
    requests.RequestEndpoints,
    collages.CollageEndpoints,
    toplists.TopListEndpoints,
    artists.ArtistEndpoints,
    comments.CommentsEndpoints,
    own_account.OwnEndpoints,
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
