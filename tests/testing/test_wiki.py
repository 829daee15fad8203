"""The simulated wiki."""

from __future__ import annotations

from gazelled.testing import World


def test_write_and_edit() -> None:
    """An article is found by its simplified title, and an edit makes a revision."""
    wiki = World().wiki
    made = wiki.write("How to seed", "Leave it on.")
    assert wiki.named("howtoseed") is made
    wiki.edit(made.id, "Leave it on. Please.")
    assert (made.revision, made.body) == (2, "Leave it on. Please.")
    assert wiki.named("nosuch") is None
