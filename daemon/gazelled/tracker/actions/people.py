"""Users: you and others."""

from __future__ import annotations

from gazelled.tracker.actions.common import at
from gazelled.tracker.actions.listed_people import ACCOUNT, FIGURES, FOUND_USERS, RECENTS, USER
from gazelled.tracker.catalogue.action import Action, Parameter, Rows
from gazelled.tracker.catalogue.listing import Paging
from gazelled.tracker.catalogue.params import DOCUMENTED, MEASURED, NEEDED_ID, PAGE, same

ROWS = (
    Action(
        "account",
        "Your amounts, ratio, class and unread counters, whatever the log-in can tell",
        blind=(
            "A token is told of unread messages only; whether there are news, blog posts, "
            "notifications or subscriptions stays unknown."
        ),
        note=(
            "made of index and, where that doesn't tell, user: one request with a cookie, two with "
            "a token; the ratio is computed, and unknown before any download"
        ),
        source="composed by gazelled",
        composed=True,
        listings=(ACCOUNT,),
    ),
    Action(
        "index",
        "Who you are, your statistics and unread counters",
        blind="A token is told your id and the unread messages; all else is empty, 0 or true.",
        note="a ratio above 999.99 is cut at its comma: compute it from the amounts",
        source=DOCUMENTED,
    ),
    Action(
        "user",
        "A user's profile",
        {"id": NEEDED_ID},
        note="figures that a user hides are 0",
        example="id=2",
        source=DOCUMENTED,
        listings=(USER,),
    ),
    Action(
        "usersearch",
        "Users by name",
        {
            "search": Parameter("a part of the name; % stands for anything", required=True),
            "page": PAGE,
        },
        example="search=mod",
        source=DOCUMENTED,
        listings=(FOUND_USERS,),
        rows=(
            Rows(
                ("results",),
                {
                    "user": at("userId"),
                    "name": at("username"),
                    "class": at("class"),
                    "donor": at("donor"),
                    "enabled": at("enabled"),
                },
                id="userId",
                paging=Paging(30),
            ),
        ),
    ),
    Action(
        "community_stats",
        "What a user transfers and did for the community",
        {"userid": NEEDED_ID},
        note=(
            "numbers are texts, with commas; what a user hides is false; a user who doesn't exist "
            "has 0"
        ),
        example="userid=2",
        source=DOCUMENTED,
        listings=(FIGURES,),
    ),
    Action(
        "user_recents",
        "A user's latest uploads and downloads",
        {
            "userid": NEEDED_ID,
            "limit": Parameter("how many", number=True, most=50, default="15"),
        },
        note="only data sets of the first category that have a picture: mostly empty",
        example="userid=5",
        source=DOCUMENTED,
        listings=(RECENTS,),
        rows=tuple(
            Rows((name,), {name: at("ID"), "title": at("Name", escaped=True)})
            for name in ("uploads", "snatches")
        ),
    ),
    Action(
        "get_friends",
        "Your friends who take recommendations",
        state="undocumented",
        note="JSON inside of JSON",
        source=f"{MEASURED}; named in the documentation",
    ),
    Action(
        "send_recommendation",
        "Recommends something to a friend",
        {
            "friend": Parameter("a user's number", required=True, number=True),
            "type": Parameter(
                "of what", required=True, values=same("torrent", "artist", "collage")
            ),
            "id": NEEDED_ID,
            "note": Parameter("a few words"),
        },
        changes="sends a message to your friend",
        post=True,
        state="undocumented",
        example='friend=5 type=torrent id=1 note="Worth a look"',
        source=f"{MEASURED}; named in the documentation",
    ),
)
"""The actions about users."""
