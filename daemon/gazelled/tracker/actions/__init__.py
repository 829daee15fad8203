"""
The rows of the action catalogue.

Known from the tracker's public documentation and, where that differs, from its application
(github.com/biotorrents/gazelle at 7076607, of 2021-03-05), asked request by request.
"""

from __future__ import annotations

from collections.abc import Mapping

from gazelled.tracker.action import Action
from gazelled.tracker.actions import datasets, people, site, talk
from gazelled.tracker.actions.common import CATEGORIES
from gazelled.tracker.actions.listed_datasets import UPLOADS
from gazelled.tracker.actions.listed_talk import ANNOUNCEMENTS, CONVERSATIONS, SITE_NOTIFICATIONS

__all__ = [
    "ACTIONS",
    "ANNOUNCEMENTS",
    "CATEGORIES",
    "CONVERSATIONS",
    "SITE_NOTIFICATIONS",
    "UPLOADS",
]

ACTIONS: Mapping[str, Action] = {
    row.name: row for row in (*datasets.ROWS, *people.ROWS, *talk.ROWS, *site.ROWS)
}
"""Every action that is known, by name."""
