"""Files of torrents through the daemon."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from gazelled.errors import RequestRefused
from gazelled.tracker.decoding.bencode import read_torrent

if TYPE_CHECKING:
    from .conftest import House

SEES_ALL = """
from gazelled.plugin import hookimpl

@hookimpl
async def gazelled_answer(answer):
    with open({path!r}, "ab") as file:
        file.write(answer.call.action.encode() + b" " + answer.raw + b"\\n")
"""


def log_in(house: House) -> None:
    """Log in with a password."""
    house.auth = 'login = { username = "me", password = { env = "PASSWORD" } }'
    house.environ["PASSWORD"] = house.sim.world.user("me").password


async def test_a_file_is_handed_over(house: House) -> None:
    """The second time from the cache; what the tracker refuses keeps nothing back."""
    log_in(house)
    async with house.opened():
        said = await house.ask("download", ids=[9999, 3, 3])
    refused, first, second = (line for line in said if "expected" not in line)
    assert (refused["id"], "bad id" in refused["problem"]) == (9999, True)
    assert (first["fetched"], second["fetched"]) == (True, False)
    torrent = read_torrent(base64.b64decode(first["content"]))
    assert torrent.infohash == first["infohash"]
    assert torrent.infohash.upper() == house.sim.world.torrents[3].hash
    asked = [each.action for each in house.sim.arrivals if each.action]
    assert asked == ["index", "torrent", "torrent", "download"]


async def test_a_token_is_told_what_it_takes(house: House) -> None:
    """Nothing is asked."""
    async with house.opened():
        *_, last = await house.ask("download", ids=[3])
    assert "A token can't download from BioTorrents.de" in last["problem"]
    assert house.sim.arrivals == []


async def test_without_a_number_there_is_nothing_to_fetch(house: House) -> None:
    """It says what it wants."""
    async with house.opened():
        with pytest.raises(RequestRefused, match="the ids of torrents"):
            await house.ask("download", ids=[])


async def test_no_plugin_sees_a_file(house: House) -> None:
    """The passkey stands in it; the redactor knows it from then on."""
    log_in(house)
    seen = house.home / "seen"
    (house.home / "plugins" / "sees_all.py").write_text(SEES_ALL.format(path=str(seen)))
    house.more = '[plugin.sees_all]\nfile = "sees_all.py"\n'
    passkey = house.sim.world.user("me").passkey
    async with house.opened():
        await house.ask("download", ids=[3])
        await house.ask("call", action="stats")
        await house.until(lambda: seen.exists() and b"stats" in seen.read_bytes())
    assert b"download" not in seen.read_bytes()
    assert passkey not in house.redactor.scrub(f"x{passkey}x")
