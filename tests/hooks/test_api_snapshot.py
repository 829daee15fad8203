"""The public API changes only on purpose."""

from __future__ import annotations

from tests.hooks.api_snapshot import SNAPSHOT, lines

ADVICE = "if that is meant: python -m tests.hooks.api_snapshot, and API_VERSION if it is released"


def test_nothing_is_removed_or_changed() -> None:
    """A plugin that works goes on working with the same major version."""
    pinned = SNAPSHOT.read_text("utf-8").splitlines()
    assert sorted(set(pinned) - set(lines())) == [], ADVICE


def test_what_is_new_is_pinned() -> None:
    """What is added is part of the API from now on."""
    pinned = SNAPSHOT.read_text("utf-8").splitlines()
    assert sorted(set(lines()) - set(pinned)) == [], ADVICE
