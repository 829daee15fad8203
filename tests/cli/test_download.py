"""`gazelled download`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gazelled.testing import Simulator
from gazelled.tracker.decoding.bencode import read_torrent

if TYPE_CHECKING:
    from .conftest import Person


@pytest.fixture
def member(settled: Person, sim: Simulator) -> Person:
    """Return somebody who logs in with a password."""
    settled.write(sim.world.user("me").password, "secrets/password")
    login = 'login = { username = "me", password = { secret = "password" } }'
    config = settled.config.read_text()
    settled.write(config.replace('token = { secret = "tracker-token" }', login))
    return settled


async def test_files_are_put_where_one_says(member: Person, sim: Simulator) -> None:
    """Only their owner can read them, and the second time nothing is asked."""
    folder = member.folder / "files"
    said = await member.asks("download", "3", "5", "3", "--to", str(folder))
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [str(folder / "3.torrent"), str(folder / "5.torrent")]
    file = folder / "3.torrent"
    assert read_torrent(file.read_bytes()).infohash.upper() == sim.world.torrents[3].hash
    assert file.stat().st_mode & 0o777 == 0o600
    before = len(sim.arrivals)
    again = await member.asks("--json", "download", "3", "--to", str(folder))
    assert [each["fetched"] for each in again.data] == [False]
    assert "content" not in again.data[0]
    assert len(sim.arrivals) == before


async def test_what_is_refused_keeps_no_other_back(member: Person) -> None:
    """The exit code tells."""
    folder = member.folder / "files"
    said = await member.asks("download", "9999", "3", "--to", str(folder))
    assert (said.code, said.out) == (4, f"{folder / '3.torrent'}\n")
    assert said.err == "error: 9999: bad id parameter\n"


async def test_a_token_cannot(settled: Person, sim: Simulator) -> None:
    """It says what would."""
    said = await settled.asks("download", "3")
    assert said.code == 4
    assert "log-in with user name and password, or a cookie" in said.err
    assert sim.arrivals == []


async def test_a_folder_that_cannot_be_written_is_told(member: Person) -> None:
    """In one sentence."""
    member.write("", "file")
    said = await member.asks("download", "3", "--to", str(member.folder / "file" / "below"))
    assert said.code == 1
    assert "could not be written" in said.err


async def test_a_number_is_wanted(settled: Person) -> None:
    """Names aren't."""
    assert (await settled.asks("download", "yeast")).code == 2
    assert (await settled.asks("download", "0")).code == 2


async def test_what_is_known_and_how_many_a_day(member: Person, sim: Simulator) -> None:
    """An infohash belongs to one torrent and saves a request; the maximum is the config's."""
    torrent, folder = sim.world.torrents[3], str(member.folder)
    config = member.config.read_text()
    member.write(config.replace("[tracker]", "[tracker]\ndownloads_a_day = 1"))
    known = await member.asks("download", "3", "--infohash", torrent.hash, "--to", folder)
    assert known.code == 0, known.err
    assert [each.action for each in sim.arrivals if each.action] == ["index", "download"]
    said = await member.asks("download", "4", "--to", folder)
    assert said.code == 4
    assert "1 file was fetched within a day, which is enough" in said.err
    assert (await member.asks("download", "4", "--a-day", "2", "--to", folder)).code == 0
    both = await member.asks("download", "3", "4", "--infohash", torrent.hash)
    assert both.code == 2
    assert "--infohash belongs to one torrent" in both.err


async def test_a_token_is_spent_where_that_is_confirmed(member: Person, sim: Simulator) -> None:
    """Nothing is asked without --yes."""
    me = sim.world.user("me")
    me.tokens = 1
    said = await member.asks("download", "3", "--use-token")
    assert "spends one of your freeleech tokens; add --yes to confirm" in said.err
    assert sim.arrivals == []
    folder = str(member.folder)
    said = await member.asks("download", "3", "4", "--use-token", "--yes", "--to", folder)
    assert (said.code, me.tokens, sim.world.tokens_spent) == (4, 0, {(me.id, 3)})
    assert "4: No freeleech token can be spent on torrent 4: you have none left" in said.err
