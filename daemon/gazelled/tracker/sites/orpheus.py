"""
Orpheus: the actions that differ there, what is known of all of them, and its limits.

Known from the API documentation of Orpheus (its development paper 7, version 2 of 2024-11-06) and
from its published source (github.com/OPSnet/Gazelle); nothing of it was requested there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gazelled.tracker.catalogue.action import Action
from gazelled.tracker.catalogue.actions import ACTIONS as CATALOGUE
from gazelled.tracker.catalogue.params import parameters
from gazelled.tracker.sites.dialect import Dialect
from gazelled.tracker.sites.music import (
    MusicEndpoints,
    MusicParams,
    MusicRequestsParams,
    SimilarParams,
)

SOURCE = "documentation of 2024-11-06 and published source of Orpheus"
_BROWSE = CATALOGUE["browse"]
_UNSENT = (
    *("year", "accession", "lab", "location", "platform", "format", "license", "scope", "archive"),
    *("annotated", "authors"),
)
"""What rules can ask for elsewhere: without groups an entry has none of it."""
_DIFFERENT: Mapping[str, Action] = {
    action.name: action
    for action in (
        replace(
            _BROWSE,
            about="Releases, newest first, or a search",
            params=parameters(MusicParams),
            blind="",
            note=(
                "without group_results each torrent comes alone, without its format and encoding"
            ),
            caveats=tuple(caveat for caveat in _BROWSE.caveats if caveat.parameter == "page"),
            vain={},
            example="searchstr=jazz format=FLAC",
            listings=tuple(replace(listing, unsent=_UNSENT) for listing in _BROWSE.listings),
            source=SOURCE,
        ),
        replace(CATALOGUE["torrent"], blind="", source=SOURCE),
        replace(CATALOGUE["torrentgroup"], source=SOURCE),
        replace(
            CATALOGUE["requests"],
            params=parameters(MusicRequestsParams),
            vain={},
            example="search=jazz",
            source=SOURCE,
        ),
        replace(
            CATALOGUE["artist"],
            about="An artist and their releases",
            state="works",
            note="",
            source=SOURCE,
        ),
        replace(CATALOGUE["better"], state="works", note="", source=SOURCE),
        replace(
            CATALOGUE["similar_artists"],
            about="Artists like this one",
            params=parameters(SimilarParams),
            state="works",
            note="",
            source=SOURCE,
        ),
    )
}


def _absent(name: str) -> Action:
    return replace(
        CATALOGUE[name],
        state="absent",
        note="it has no such action",
        source="published source of Orpheus",
    )


_ABSENT = ("manifest", "ontology", "community_stats", "send_recommendation", "autofill")
_DESCRIBED = (
    *("index", "account", "user", "inbox", "top10", "usersearch", "requests", "request"),
    *("bookmarks", "subscriptions", "forum", "artist", "similar_artists", "browse", "torrent"),
    *("torrentgroup", "collage", "notifications", "announcements"),
)
"""The actions in its documentation."""
_PUBLISHED = (
    *("tcomments", "user_recents", "userhistory", "better", "wiki", "raw_bbcode", "preview"),
    *("torrentgroupalbumart", "loadavg", "stats", "get_friends", "news_ajax", "votefavorite"),
    *("get_user_notifications", "clear_user_notification"),
)
"""The actions of the catalogue that only its published source has."""

ORPHEUS = Dialect(
    actions={**_DIFFERENT, **{name: _absent(name) for name in _ABSENT}},
    endpoints=MusicEndpoints,
    documented=(*_DESCRIBED, *_PUBLISHED),
)
"""The API of Orpheus."""

LIMITS: Mapping[str, tuple[int, float]] = {
    **dict.fromkeys(("announcements", "notifications", "top10", "news_ajax"), (2, 60.0)),
    **dict.fromkeys(("request", "user"), (4, 60.0)),
    **dict.fromkeys(("requests", "bookmarks", "collage", "usersearch", "wiki"), (5, 60.0)),
    "similar_artists": (10, 60.0),
    **dict.fromkeys(("inbox", "torrentgroup"), (15, 60.0)),
    "artist": (15, 30.0),
}
"""
How many requests of an action pass in how many seconds; of all others five in ten.

One counter is for all of them: the action that begins to count decides how long, and each action
from which number on it is refused.
"""
