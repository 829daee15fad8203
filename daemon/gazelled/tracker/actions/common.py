"""What rows of several actions share: parameters, and where it is known from."""

from __future__ import annotations

from collections.abc import Mapping

from gazelled.tracker.action import Parameter
from gazelled.tracker.listing import Column
from gazelled.tracker.ontology import SNAPSHOT

DOCUMENTED = "documentation; application of 2021-03-05"
MEASURED = "application of 2021-03-05"
DOCUMENTS_ONLY = "documentation"

CATEGORIES: Mapping[str, str] = SNAPSHOT.numbers
"""The categories of data sets, by name."""

END = 1000
"""A last page for lists that end by themselves."""

SEARCH_ENGINE = "the site's search engine"
"""When it is down, the actions that share it fail, and every other one is answered."""

SWITCH: Mapping[str, str] = {"no": "0", "yes": "1"}
HASH_FORM = r"[0-9A-Fa-f]{40}"

ID = Parameter("its number", number=True)
NEEDED_ID = Parameter("its number", required=True, number=True)
PAGE = Parameter("the page, from 1", number=True, default="1")
HASH = Parameter("the infohash, 40 hexadecimal digits", form=HASH_FORM)
WAY = Parameter(
    "which way to sort", values={"ascending": "asc", "descending": "desc"}, default="desc"
)
CATEGORY = Parameter("categories, by name or number", style="flags", word="category")
TAGS = Parameter(
    "tags, with commas between; ! excludes one, whatever tags_type says", style="words"
)
TAGS_TYPE = Parameter(
    "whether one tag is enough or all are needed", values={"any": "0", "all": "1"}, default="all"
)


def same(*names: str) -> Mapping[str, str]:
    """Take values that are sent as they are."""
    return {name: name for name in names}


def at(*path: str, escaped: bool = False) -> Column:
    """Say where a column stands in an entry."""
    return Column(path, escaped=escaped)
