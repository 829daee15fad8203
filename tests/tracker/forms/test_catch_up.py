"""Catching up with a forum: what counts is what the site marks, on whatever page it stands."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gazelled.testing import Simulator
from gazelled.tracker import Api, WriteOutcome


@pytest.fixture
def busy(sim: Simulator) -> Simulator:
    """A forum with sixty recent threads behind an old sticky one, all of them read."""
    forums, long_ago = sim.world.forums, sim.clock.now() - timedelta(days=400)
    rules = forums.open("Rules", "Be kind", time=long_ago)
    rules.sticky = True
    for number in range(60):
        forums.open(f"Thread {number}", "New", time=sim.clock.now() - timedelta(hours=60 - number))
    for thread in forums.within(2):
        forums.mark_read(2, thread.id)
    return sim


async def test_an_old_sticky_thread_hides_no_second_page(busy: Simulator, api: Api) -> None:
    """It stands on the first page, and what is unread on the second counts."""
    forums = busy.world.forums
    thread = next(each for each in forums.threads.values() if each.title == "Thread 3")
    forums.read.pop((2, thread.id))
    assert (await api.write.catch_up_forum(2)).outcome is WriteOutcome.DONE
    assert forums.read[2, thread.id] == thread.last.id


async def test_an_unread_sticky_thread_is_something_to_do(busy: Simulator, api: Api) -> None:
    """However old it is: the site marks it, too."""
    forums = busy.world.forums
    rules = next(each for each in forums.threads.values() if each.sticky)
    forums.read.pop((2, rules.id))
    written = await api.write.catch_up_forum(2)
    assert written.outcome is WriteOutcome.DONE
    assert forums.read[2, rules.id] == rules.last.id
    assert (await api.write.catch_up_forum(2)).outcome is WriteOutcome.ALREADY


async def test_an_old_thread_that_is_unread_is_none_of_it(busy: Simulator, api: Api) -> None:
    """The site would not mark it, so nothing would become of a form."""
    busy.world.forums.open("Old", "Forgotten", time=busy.clock.now() - timedelta(days=90))
    written = await api.write.catch_up_forum(2)
    assert written.outcome is WriteOutcome.ALREADY
