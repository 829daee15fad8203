"""The simulated requests."""

from __future__ import annotations

from gazelled.testing import World


def test_life_of_a_request() -> None:
    """It is asked for, voted for, filled, found wrong, and removed."""
    requests = World().requests
    wish = requests.ask("Wanted", tags=["yeast"], bounty=100)
    requests.vote(wish.id, user="mod1", bounty=20)
    requests.vote(wish.id, user="mod1", bounty=20)
    assert (wish.bounty, len(wish.votes)) == (140, 2)
    requests.fill(wish.id, 5)
    assert (wish.torrent, wish.filler) == (5, 5)
    requests.unfill(wish.id)
    assert (wish.torrent, wish.filler, wish.filled) == (0, 0, None)
    requests.delete(wish.id)
    assert wish.id not in requests.all
