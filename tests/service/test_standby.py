"""A second daemon on the account: it stands by, says so, and takes over."""

from __future__ import annotations

import socket
from contextlib import suppress

from gazelled.errors import TrackerUnavailable
from gazelled.service.systemd.sd_notify import Notifier
from gazelled.tracker.key_values import InMemoryStore
from gazelled.tracker.login.auth import TokenAuth
from gazelled.tracker.login.ownership import Ownership
from gazelled.tracker.sites.site import Site

from .conftest import House


def other(house: House) -> Ownership:
    """Make another process's claim to the account, by its own log-in and with its own memory."""
    site = Site(house.sim.url, "BioTorrents.de", per=6.0)
    auth = TokenAuth(house.environ["TOKEN"])
    return Ownership(
        site, auth, InMemoryStore(), clock=house.clock, control=None, rest=lambda _: None
    )


async def test_it_stands_by_and_takes_over(house: House) -> None:
    """Nothing is sent while another process has the account; then all that is due is asked."""
    taken = other(house)
    await taken.claim()
    path = house.home / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(0)
        async with house.running(Notifier({"NOTIFY_SOCKET": str(path)})) as app:
            await house.told("Another process uses your account at BioTorrents.de")
            status = await house.status()
            assert status["tracker"]["state"] == "elsewhere"
            assert {each["next"] for each in status["watches"]} == {None}
            assert status["summary"].startswith("Standing by. Another gazelled, process ")
            heard: list[str] = []
            with suppress(BlockingIOError):
                while True:
                    heard.append(manager.recv(4096).decode())
            assert any(line.startswith("STATUS=Standing by. Another") for line in heard)
            with suppress(TrackerUnavailable):
                await house.ask("call", action="stats")
            with suppress(TrackerUnavailable):
                await house.ask("doctor")
            tries = app.clock.monotonic() + 600
            await house.until(lambda: app.clock.monotonic() > tries)
            assert house.sim.arrivals == []
            assert len(house.journal()) == 1
            taken.release()
            await house.told(
                "This gazelled uses your account at BioTorrents.de now", "Watching yeast"
            )
            assert (await house.status())["tracker"]["state"] == "up"
    assert [each.action for each in house.sim.arrivals][:2] == ["index", "browse"]


async def test_a_resume_does_not_send_what_another_one_has_to(house: House) -> None:
    """A person can end a pause, but not another process's right."""
    taken = other(house)
    await taken.claim()
    async with house.running():
        await house.told("Another process uses your account at BioTorrents.de")
        await house.ask("resume")
        assert (await house.status())["tracker"]["state"] == "elsewhere"
    taken.release()
    assert house.sim.arrivals == []


async def test_an_account_that_turns_out_to_be_another_ones(house: House) -> None:
    """With other credentials that is known once index has told the number, and no sooner."""
    auth = TokenAuth("of another log-in")
    site = Site(house.sim.url, "BioTorrents.de", per=6.0)
    taken = Ownership(
        site, auth, InMemoryStore(), clock=house.clock, control=None, rest=lambda _: None
    )
    await taken.claim()
    await taken.learn({"id": house.sim.world.user("me").id})
    async with house.running():
        await house.told("Another process uses your account at BioTorrents.de")
        assert [each.action for each in house.sim.arrivals] == ["index"]
        taken.release()
        await house.told("Watching yeast")
    assert [each.action for each in house.sim.arrivals][:2] == ["index", "browse"]
