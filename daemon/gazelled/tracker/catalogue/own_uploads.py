"""
Your uploads, which gazelled finds by asking who uploaded what.

No list of the tracker shows the uploader, and no search finds by it: the details do, and the
profile tells how many there are. Known from recorded answers of the public application.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, TypedDict

from gazelled.tracker.catalogue.action import Action, Parameter
from gazelled.tracker.catalogue.datasets import TORRENT, Group, TorrentDetails
from gazelled.tracker.catalogue.listing import Listing
from gazelled.tracker.catalogue.params import Number, parameters
from gazelled.tracker.catalogue.tables import AnswerTable
from gazelled.tracker.decoding.schema import AnswerModel, Model
from gazelled.tracker.decoding.types import Count

MY_UPLOADS = "my_uploads"
LEARN = 20
"""The maximum number of requests for unknown uploaders, unless given."""
ALL = "all"


class MyUploadsParams(TypedDict, total=False):
    """`my_uploads`."""

    learn: Annotated[
        Number,
        Parameter(
            "how many requests to send for unknown uploaders at most",
            values={ALL: ALL},
            form="[0-9]{1,9}",
            default=str(LEARN),
        ),
    ]


class OwnUpload(Model):
    """A torrent of yours with its data set, as `torrent` answers."""

    group: Group
    torrent: TorrentDetails


class MyUploads(AnswerModel):
    """
    `my_uploads`: your uploads, the newest first, as they are now.

    `count` is how many you have, as your profile says; None if it hides that. `known` is the number
    of ids whose uploader is known, `remaining` that of the ids still to request: 0 once all of your
    uploads are found. Those that you uploaded anonymously can't be found, only counted.
    """

    uploads: tuple[OwnUpload, ...]
    count: Count | None
    known: Count
    remaining: Count


UPLOADED = Listing(
    lists=(replace(TORRENT.lists[0], answer=MyUploads, at="uploads"),),
    remaining="remaining",
)

ACTIONS = (
    Action(
        MY_UPLOADS,
        "Your uploads, as they are now",
        parameters(MyUploadsParams),
        note=(
            "composed of index, user, browse and details. No list names uploaders, so each data "
            "set is requested once, newest first, and what is known is stored, until as many are "
            "found as your profile counts; then it is two requests and one for each of your data "
            "sets. Anonymous uploads can't be found"
        ),
        example="learn=20",
        source="composed by gazelled",
        composed=True,
        listings=(UPLOADED,),
        tables=(AnswerTable(MyUploads, "uploads", first="torrent title"),),
    ),
)


class OwnUploadsEndpoints:
    """The place of `my_uploads`, a method of the client itself, since it takes several calls."""
