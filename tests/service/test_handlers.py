"""What the daemon does for people, by name."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gazelled.errors import RequestRefused
from gazelled.service.control.handlers import HANDLERS
from gazelled.service.control.protocol import REQUESTS
from gazelled.testing import Fault

if TYPE_CHECKING:
    from .conftest import House


def test_the_table() -> None:
    """These are the handlers, and no others."""
    names = "call deliveries deliveries.drop deliveries.retry do doctor download events"
    names += " log plugin.enable plugin.forget plugin.store plugins preview"
    names += " reload replay resume state.backup status stop tail target.check target.test try"
    names += " watch.forget watch.pause watch.resume watch.run watch.told web.revoke web.token why"
    assert sorted(HANDLERS) == sorted(REQUESTS) == names.split()


async def test_doctor(house: House) -> None:
    """First how long it will take, then what was found: only the house's clock is off."""
    async with house.opened():
        expected, said = await house.ask("doctor")
    assert expected["expected"] >= 0
    marks = {each["about"]: each["mark"] for each in said["report"]["findings"]}
    assert [about for about, mark in marks.items() if mark != "good"] == ["profile", "clock"]
    assert (said["report"]["well"], said["report"]["requests"]) == (False, 2)
    assert said["report"]["settings"] == {"url": house.sim.url, "profile": "biotorrents"}


async def test_call(house: House) -> None:
    """First how long it will take, then the answer, without the secrets in it."""
    async with house.opened():
        first, last = await house.ask("call", action="torrent", params={"id": 3})
    assert 0 <= first["expected"] <= 12.0
    assert last["answer"]["torrent"]["id"] == 3
    assert last["took"] >= 0


async def test_secrets_stay_here(house: House) -> None:
    """The keys in an answer don't leave the daemon, not even over its socket."""
    me = house.sim.world.user("me")
    house.auth = 'login = { username = "me", password = { env = "PASSWORD" } }'
    house.environ["PASSWORD"] = me.password
    async with house.opened():
        _, last = await house.ask("call", action="index")
    assert last["answer"]["username"] == "me"
    assert me.authkey not in str(last)
    assert me.passkey not in str(last)


async def test_call_with_yes(house: House) -> None:
    """What changes something is done when it is meant."""
    me = house.sim.world.user("me")
    unread = house.sim.world.unread(me)
    async with house.opened():
        with pytest.raises(RequestRefused, match="add --yes to confirm"):
            await house.ask("call", action="clear_user_notification", params={"type": "Inbox"})
        assert house.sim.world.unread(me) == unread > 0
        params = {"type": "Inbox"}
        await house.ask("call", action="clear_user_notification", params=params, yes=True)
    assert house.sim.world.unread(me) == 0


async def test_watch_run(house: House) -> None:
    """A watch runs now, tells how many events came of it, and isn't due again at once."""
    house.watches = house.watches.replace("15m", "7d")
    async with house.running():
        await house.told("Watching yeast")
        house.sim.world.publish("S288C reads")
        (line,) = await house.ask("watch.run", name="yeast")
        assert line == {"watch": "yeast", "events": 1}
        await house.told("S288C reads")
        (line,) = await house.ask("watch.run", name="yeast")
        assert line == {"watch": "yeast", "events": 0}


async def test_target_test(house: House) -> None:
    """A test message goes straight to the target; what is wrong with that is told."""
    async with house.opened():
        assert await house.ask("target.test", name="moody") == [
            {"target": "moody", "delivered": True}
        ]
        assert house.arrived() == ["gazelled says hello"]
        assert (house.home / "moody.tests").read_text() == "test "
        for mood, words in (
            ("later", "not today"),
            ("never", "not today"),
            ("bug", 'The plugin "moody" failed: ValueError'),
        ):
            house.mood(mood)
            with pytest.raises(RequestRefused, match=words):
                await house.ask("target.test", name="moody")


async def test_status(house: House) -> None:
    """How the tracker, the watches, the targets and the plugins are."""
    house.watches = house.watches.replace("15m", "7d")
    async with house.running():
        await house.told("Watching yeast")
        await house.until(lambda: "Watching yeast" in house.arrived())
        assert not (house.home / "moody.tests").exists()
        found = await house.status()
        (watch,) = found["watches"]
        assert found["tracker"]["state"] == "up"
        assert found["summary"].startswith("Watching 1; BioTorrents.de answered")
        assert (watch["name"], watch["trouble"]) == ("yeast", "")
        assert watch["last"] < watch["next"]
        assert {each["name"]: each["problem"] for each in found["targets"]} == {
            "journal": "",
            "feed": "",
            "moody": "",
        }
        assert found["plugins"]["moody"]["failures"] == 0
        assert found["counts"]["events"] == 1
        house.sim.fail(Fault.STATUS_ERROR, times=1)
        with pytest.raises(RequestRefused):
            await house.ask("watch.run", name="yeast")
        (watch,) = (await house.status())["watches"]
        assert watch["trouble"].startswith("Search returned an error")


async def test_resume(house: House) -> None:
    """Going on says what it was that stopped us."""
    async with house.running():
        await house.told("Watching yeast")
        house.sim.fail(Fault.FORBIDDEN)
        await house.told("BioTorrents.de: stopped until you act")
        assert (await house.status())["summary"].startswith("BioTorrents.de: stopped until you act")
        house.sim.repair()
        (line,) = await house.ask("resume")
        assert "Your client asks too often" in line["resumed"]
        await house.ask("call", action="stats")


async def test_stop(house: House) -> None:
    """The daemon ends on demand; a command that owns the state for a moment is none."""
    async with house.opened() as app:
        assert await house.ask("stop") == [{"stopping": False}]
    async with house.running() as app:
        await house.until(lambda: app.serving)
        assert await house.ask("stop") == [{"stopping": True}]
        async with asyncio.timeout(30):
            await app.stopping.wait()
