"""Another token in the config: used by a reload once the tracker has said whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gazelled.testing import Fault, Simulator

if TYPE_CHECKING:
    from tests.cli.conftest import Person

FILE = "secrets/tracker-token"


async def looks(settled: Person) -> int:
    """Run the watch; return the exit code."""
    return (await settled.asks("watch", "run", "yeast")).code


def renewed(sim: Simulator) -> str:
    """Return a new token of the user, which is the only one that works."""
    sim.revoke()
    sim.forget_tokens()
    return sim.token()


async def test_a_renewed_token_is_used(settled: Person, sim: Simulator) -> None:
    """The same account goes on by it, and a start afterwards doesn't ask again whose it is."""
    await settled.daemon()
    assert await looks(settled) == 0
    token = renewed(sim)
    settled.write(token, FILE)
    said = await settled.asks("--json", "reload")
    assert (said.code, said.data["restart_needed"], said.data["problems"]) == (0, [], [])
    assert "tracker.token" in said.data["changes"]["other"]
    assert token not in said.out
    sim.world.publish("yeast anew")
    assert await looks(settled) == 0
    assert "yeast anew" in (await settled.asks("events")).out
    assert (await settled.asks("reload")).err == "Nothing has changed.\n"
    assert (await settled.asks("stop")).code == 0
    asked = [arrival.action for arrival in sim.arrivals].count("index")
    await settled.daemon()
    assert await looks(settled) == 0
    assert [arrival.action for arrival in sim.arrivals].count("index") == asked


async def test_a_refused_token_ends_a_stop_once_it_is_renewed(
    settled: Person, sim: Simulator
) -> None:
    """The daemon that has stopped for the old token asks again by the new one at once."""
    await settled.daemon()
    assert await looks(settled) == 0
    sim.revoke()
    await looks(settled)
    assert (await settled.asks("status")).code == 6
    sim.forget_tokens()
    settled.write(sim.token(), FILE)
    assert (await settled.asks("reload")).code == 0
    assert await looks(settled) == 0
    assert (await settled.asks("status")).code == 0


async def test_a_token_that_is_refused(settled: Person, sim: Simulator) -> None:
    """The reload says what a start says, and the token before goes on."""
    await settled.daemon()
    assert await looks(settled) == 0
    settled.write(sim.new_token(), FILE)  # which counts as revoked beside an older one
    said = await settled.asks("reload")
    assert said.code == 2
    assert "tracker.token: " in said.err
    assert "token revoked" in said.err
    assert "make a new one" in said.err
    assert await looks(settled) == 0


async def test_a_token_of_another_account(settled: Person, sim: Simulator) -> None:
    """It is refused, and nothing of the config is used."""
    await settled.daemon()
    assert await looks(settled) == 0
    settled.write(sim.token("twofa1"), FILE)
    said = await settled.asks("reload")
    assert said.code == 2
    assert "another account" in said.err
    assert await looks(settled) == 0
    assert sim.arrivals[-1].user_id == sim.world.user("me").id


async def test_a_token_that_nobody_can_confirm(settled: Person, sim: Simulator) -> None:
    """While the tracker is down the reload is refused, and can be asked for again."""
    await settled.daemon()
    assert await looks(settled) == 0
    settled.write(renewed(sim), FILE)
    sim.fail(Fault.BAD_GATEWAY)
    said = await settled.asks("reload")
    assert said.code == 2
    assert "can't be found out now" in said.err
    sim.repair()
    assert (await settled.asks("reload")).code == 0
