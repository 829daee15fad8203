"""Top lists, suggestions and users' latest: answers that are bare lists or lists of lists."""

from __future__ import annotations

from collections.abc import Mapping

from gazelled.tracker.decoding.reading import Reading
from gazelled.tracker.decoding.schema import AnswerModel
from gazelled.tracker.models.listed import RecentGroup


class UserRecents(AnswerModel):
    """`user_recents`: of one category and with a picture only; None where the user hides it."""

    snatches: tuple[RecentGroup, ...] | None
    uploads: tuple[RecentGroup, ...] | None

    @classmethod
    def arrange(cls, raw: object, reading: Reading) -> Mapping[str, object]:
        """Read `hidden` as nothing told."""
        given = super().arrange(raw, reading)
        return {key: None if value == "hidden" else value for key, value in given.items()}
