"""Data sets: searching them, one of them, what people say of them and collect."""

from __future__ import annotations

from gazelled.tracker.actions.common import at
from gazelled.tracker.actions.listed_datasets import (
    COMMENTS,
)
from gazelled.tracker.catalogue.action import Action, Parameter, Rows
from gazelled.tracker.catalogue.listing import Paging
from gazelled.tracker.catalogue.params import (
    DOCUMENTED,
    NEEDED_ID,
)

ROWS = (
    Action(
        "tcomments",
        "Comments on a data set",
        {
            "id": NEEDED_ID,
            "page": Parameter("the page, from 1", number=True, default="the last"),
            "postid": Parameter("a comment whose page is wanted", number=True),
        },
        example="id=1",
        source=DOCUMENTED,
        listings=(COMMENTS,),
        rows=(
            Rows(
                ("comments",),
                {
                    "post": at("postId"),
                    "time": at("addedTime"),
                    "author": at("userinfo", "authorName"),
                    "text": at("bbBody", escaped=True),
                },
                id="postId",
                paging=Paging(10, oldest_first=True, starts_last=True),
            ),
        ),
    ),
)
"""The actions about data sets."""
