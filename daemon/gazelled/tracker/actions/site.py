"""The site itself, and actions that the documentation names as not implemented."""

from __future__ import annotations

from gazelled.tracker.actions.common import at
from gazelled.tracker.actions.listed_people import STATS, TERMS
from gazelled.tracker.catalogue.action import Action, Parameter, Rows
from gazelled.tracker.catalogue.params import DOCUMENTED, DOCUMENTS_ONLY, MEASURED

_ABSENT = 'the tracker answers "bad parameters"'

ROWS = (
    Action(
        "stats",
        "Figures of the site",
        note=(
            "groups counts data sets of the first category alone; seeders and leechers may be 0 "
            "for technical reasons"
        ),
        source=DOCUMENTED,
        listings=(STATS,),
    ),
    Action("manifest", "The site's web app manifest", source=DOCUMENTED),
    Action(
        "loadavg",
        "The server's load",
        note="documented as for moderators only, but open to all",
        source=DOCUMENTED,
    ),
    Action(
        "ontology",
        "Categories with their platforms and formats",
        note="tells no licences and no scopes",
        source=DOCUMENTED,
        listings=(TERMS,),
        rows=(
            Rows(
                (),
                {
                    "category": at("ID"),
                    "name": at("Name"),
                    "key": at("type"),
                    "for": at("Description"),
                },
                keyed=True,
            ),
        ),
    ),
    Action(
        "autofill",
        "What the upload form fills in",
        {"cat": Parameter("a category")},
        state="broken",
        note="the answer is always empty",
        source=MEASURED,
    ),
    Action(
        "torrent_info",
        "What a torrent file holds",
        state="absent",
        note=_ABSENT,
        source=DOCUMENTS_ONLY,
    ),
    Action(
        "checkprivate",
        "Whether a torrent file is private",
        state="absent",
        note=_ABSENT,
        source=DOCUMENTS_ONLY,
    ),
    Action(
        "votefavorite",
        "Votes for a data set",
        changes="votes for a data set",
        post=True,
        state="absent",
        note=_ABSENT,
        source=DOCUMENTS_ONLY,
    ),
)
"""The actions about the site, and those that aren't there yet."""
