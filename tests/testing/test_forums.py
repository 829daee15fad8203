"""The simulated forums and who has read what."""

from __future__ import annotations

import pytest

from gazelled.testing import World


def test_following() -> None:
    """A thread that is followed is new when someone writes, and read when one catches up."""
    world = World()
    forums, me = world.forums, world.user("me").id
    thread = forums.open("Hello", author="power1")
    forums.subscribe(thread.id)
    assert not forums.has_news(me)
    forums.reply(thread.id, "Anyone?")
    assert forums.has_news(me)
    forums.catch_up(me)
    assert not forums.has_news(me)
    forums.unsubscribe(thread.id)
    assert thread not in forums.followed(me)


def test_the_marker_never_goes_back() -> None:
    """Looking at an old page doesn't make later posts unread."""
    forums = World().forums
    forums.mark_read(2, 1)
    forums.mark_read(2, 1, forums.threads[1].first.id)
    assert forums.read[2, 1] == forums.threads[1].last.id


def test_a_locked_thread_is_never_new() -> None:
    """What nobody can answer isn't news."""
    forums = World().forums
    forums.reply(1, "Closed.")
    forums.threads[1].locked = True
    assert not forums.has_news(2)


def test_no_such_post() -> None:
    """What isn't there can't be edited."""
    with pytest.raises(KeyError):
        World().forums.edit(9999, "x")
