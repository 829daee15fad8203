"""Which action is answered by what."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gazelled.testing.actions.about import (
    artist,
    autofill,
    better,
    loadavg,
    manifest,
    ontology,
    preview,
    stats,
    unknown,
    wiki,
)
from gazelled.testing.actions.account import index, user
from gazelled.testing.actions.bounties import request, requests
from gazelled.testing.actions.datasets import (
    browse,
    download,
    torrent,
    torrentgroup,
    torrentgroupalbumart,
)
from gazelled.testing.actions.forum import forum, raw_bbcode
from gazelled.testing.actions.history import subscriptions, userhistory
from gazelled.testing.actions.inbox import inbox
from gazelled.testing.actions.lists import bookmarks, collage
from gazelled.testing.actions.news import (
    announcements,
    clear_user_notification,
    get_user_notifications,
    news_ajax,
)
from gazelled.testing.actions.people import (
    community_stats,
    get_friends,
    send_recommendation,
    user_recents,
    usersearch,
)
from gazelled.testing.actions.replies import tcomments
from gazelled.testing.actions.top10 import top10
from gazelled.testing.actions.upload_filters import notifications
from gazelled.testing.site.exchange import Reply
from gazelled.testing.site.visit import Visit

ACTIONS: Mapping[str, Callable[[Visit], Reply]] = {
    "announcements": announcements,
    "artist": artist,
    "autofill": autofill,
    "better": better,
    "bookmarks": bookmarks,
    "browse": browse,
    "clear_user_notification": clear_user_notification,
    "collage": collage,
    "community_stats": community_stats,
    "download": download,
    "forum": forum,
    "get_friends": get_friends,
    "get_user_notifications": get_user_notifications,
    "inbox": inbox,
    "index": index,
    "loadavg": loadavg,
    "manifest": manifest,
    "news_ajax": news_ajax,
    "notifications": notifications,
    "ontology": ontology,
    "preview": preview,
    "raw_bbcode": raw_bbcode,
    "request": request,
    "requests": requests,
    "send_recommendation": send_recommendation,
    "stats": stats,
    "subscriptions": subscriptions,
    "tcomments": tcomments,
    "top10": top10,
    "torrent": torrent,
    "torrentgroup": torrentgroup,
    "torrentgroupalbumart": torrentgroupalbumart,
    "user": user,
    "user_recents": user_recents,
    "userhistory": userhistory,
    "usersearch": usersearch,
    "wiki": wiki,
}
"""
The actions that are served; every other one is `unknown`.

Those which the documentation lists as not implemented are among the others: `similar_artists`,
`torrent_info`, `checkprivate`, `votefavorite`.
"""

__all__ = ["ACTIONS", "unknown"]
