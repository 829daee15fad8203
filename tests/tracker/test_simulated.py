"""The catalogue and the simulated tracker know the same actions."""

from __future__ import annotations

from gazelled.testing.site.answers import ACTIONS as SERVED
from gazelled.tracker.catalogue.actions import ACTIONS


def test_every_action_is_served() -> None:
    """What the tracker answers is served, and nothing is served that the catalogue lacks."""
    answered = {row.name for row in ACTIONS.values() if row.state != "absent" and not row.composed}
    assert answered == set(SERVED) - {"download"}
