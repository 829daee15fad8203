"""The simulated collages."""

from __future__ import annotations

from gazelled.testing import World


def test_add_and_remove() -> None:
    """A data set is in a collage once, in the order of adding."""
    collages = World().collages
    made = collages.create("Reads", groups=[3])
    for group in (1, 3, 2, 1):
        collages.add(made.id, group)
    assert made.groups == [3, 1, 2]
    collages.remove(made.id, 1)
    assert made.groups == [3, 2]
