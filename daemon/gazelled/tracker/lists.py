"""The lists whose pages can be turned: what their entries are known by, and their order."""

from __future__ import annotations

from gazelled.tracker.catalogue.endpoint import PagedList
from gazelled.tracker.models import (
    UserSearch,
)
from gazelled.tracker.models.people import FoundUser

USERS: PagedList[UserSearch, FoundUser] = PagedList(
    entries=lambda answer: answer.results,
    pages=lambda answer: answer.pages,
    id=lambda entry: entry.user_id,
)
