"""The search behind `browse`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gazelled.clock import Clock
from gazelled.testing import World
from gazelled.testing.content.search import search

YEAST = "Saccharomyces cerevisiae"


def titles(world: World, **query: str) -> list[str]:
    """Return the titles that a search finds."""
    found = search(world, query, grouped=True)
    assert found is not None
    return [hits[0].group.title for hits in found.page]


@pytest.fixture
def world() -> World:
    """A world with one data set that no other is like."""
    world = World()
    world.publish(
        "Unique zebra & friend's reads",
        organism="Equus quagga",
        strain="Grevy",
        accession="ZB_000007.2",
        lab="Savanna Lab",
        location="Etosha",
        text="A [b]striped[/b] one",
        scope="Proteome",
        tags=["zebra", "single.cell"],
        authors=["Ada Müller"],
        category="Images",
        platform="Nanopore",
        format="BAM",
        license="CC BY-SA",
        year=1999,
        size=3 * 2**30,
        freeleech=1,
    )
    return world


@pytest.mark.parametrize(
    "query",
    [
        {"searchstr": "ZEBRA unique"},
        {"searchstr": "müller zebra"},
        {"searchstr": "quag"},
        {"searchstr": "uagg"},
        {"searchstr": "reading quaggas"},
        {"searchstr": "quagga !yeast"},
        {"GroupTitle2": "quagga"},
        {"Groupnamejp": "grevy"},
        {"artistname": "müller", "searchstr": "quagga"},
        {"cataloguenumber": "ZB_000007.2"},
        {"numbers": "ZB_000007"},
        {"studio": "Savanna"},
        {"series": "Etosha"},
        {"location": "etosha"},
        {"filelist": "part1", "searchstr": "quagga"},
        {"description": "striped"},
        {"resolution": "Proteome", "searchstr": "quagga"},
        {"media": "PacBio|Nanopore", "searchstr": "quagga"},
        {"codec": "CC BY", "searchstr": "quagga"},
        {"hash": "HASH"},
        {"groupname": "friend's"},
        {"taglist": "zebra"},
        {"taglist": "zebra,single.cell", "tags_type": "1"},
        {"taglist": "zebra, nothing", "tags_type": "0"},
        {"taglist": "zebra,!yeast"},
        {"searchstr": "quagga", "filter_cat[8]": "1"},
        {"searchstr": "quagga", "filter_cat": "images|graphs"},
        {"year": "1999"},
        {"year": "1998-2000"},
        {"searchstr": "quagga", "container": "bam"},
        {"searchstr": "quagga", "freetorrent": "1"},
        {"searchstr": "quagga", "size_min": "2.5", "size_max": "4", "size_unit": "3"},
    ],
)
def test_found(world: World, query: dict[str, str]) -> None:
    """Each way of asking finds the one that fits."""
    if query.get("hash"):
        query = {"hash": world.torrents[max(world.torrents)].hash.lower()}
    assert titles(world, **query) == ["Unique zebra & friend's reads"]


@pytest.mark.parametrize(
    "query",
    [
        {"searchstr": "zebra nothing"},
        {"searchstr": "quagga !equus"},
        {"searchstr": "quagga -yeast"},
        {"searchstr": '"quagga"'},
        {"searchstr": "quagga | yeast"},
        {"searchstr": "ga"},
        {"taglist": "zebra,!single.cell", "tags_type": "0"},
        {"taglist": "zebra single.cell"},
        {"artistname": "yeast", "searchstr": "quagga"},
        {"media": "PacBio|Sanger", "searchstr": "quagga"},
        {"taglist": "zebra,nothing"},
        {"searchstr": "quagga", "filter_cat[1]": "1"},
        {"searchstr": "quagga", "year": "2000"},
        {"searchstr": "quagga", "freetorrent": "0"},
        {"searchstr": "quagga", "size_max": "2", "size_unit": "3"},
        {"searchstr": "quagga", "codec": "MIT"},
    ],
)
def test_not_found(world: World, query: dict[str, str]) -> None:
    """Whatever doesn't hold excludes it."""
    assert titles(world, **query) == []


@pytest.mark.parametrize(
    "query",
    [
        {"groupnamerj": "nothing"},
        {"groupnamejp": "nothing"},
        {"accession": "nothing"},
        {"format": "BAM"},
        {"platform": "PacBio"},
        {"license": "CC0"},
        {"scope": "Genome"},
        {"freetorrent": "3"},
        {"freetorrent": "any"},
        {"year": "abc"},
        {"size_unit": "3", "size_min": "4"},
        {"size_min": "4"},
        {"vanityhouse": "1"},
        {"releasetype": "1"},
    ],
)
def test_ignored(world: World, query: dict[str, str]) -> None:
    """What the site doesn't look at filters nothing, and it doesn't say so."""
    assert titles(world, **query) == titles(world)


def test_the_whole_group_is_shown(world: World) -> None:
    """Formats that don't match are shown with those that do, unless the platform is asked for."""
    world.publish(group=max(world.groups), platform="PacBio", format="CSV")
    by_format = search(world, {"container": "CSV", "searchstr": "quagga"}, grouped=True)
    by_platform = search(world, {"media": "PacBio", "searchstr": "quagga"}, grouped=True)
    assert by_format
    assert by_platform
    assert (by_format.exact, by_platform.exact) == (False, True)
    assert [len(hits) for hits in by_platform.page] == [1]


def test_equal_ones_ascend(world: World) -> None:
    """What is equal stands in the order of the ids, whichever way it is ordered."""
    first = search(world, {"order_by": "year", "year": "2010"}, grouped=False)
    last = search(world, {"order_by": "year", "order_way": "asc", "year": "2010"}, grouped=False)
    assert first
    assert last
    ids = [hits[0].id for hits in first.page]
    assert len(ids) > 1
    assert ids == sorted(ids) == [hits[0].id for hits in last.page]


def test_yeast_of_the_demo() -> None:
    """A dozen yeast sequences are there to begin with."""
    assert len(titles(World(), searchstr=YEAST, **{"filter_cat[1]": "1"})) == 12


def test_newest_first(world: World) -> None:
    """A group comes up again when one of its data sets is added to."""
    world.publish(group=1, format="BAM")
    assert titles(world)[:2] == [world.groups[1].title, "Unique zebra & friend's reads"]


def test_ungrouped_descends(world: World) -> None:
    """Without grouping the ids strictly descend."""
    world.publish(group=1)
    found = search(world, {}, grouped=False)
    assert found is not None
    ids = [hits[0].id for hits in found.page]
    assert ids == sorted(world.torrents, reverse=True)[:50]


def test_page_twenty_for_ever() -> None:
    """Pages beyond the twentieth repeat it, and the number of results says how many there are."""
    world = World()
    for number in range(1000):
        world.publish(f"Set {number}")
    last = search(world, {"page": "20"}, grouped=False)
    beyond = search(world, {"page": "21"}, grouped=False)
    assert last is not None
    assert last == beyond
    assert len(last.page) == 50
    assert last.total == len(world.torrents)


def test_orders(world: World) -> None:
    """It orders by what is asked, and by time for want of sense."""
    assert titles(world, order_by="year", order_way="asc")[0] == "Unique zebra & friend's reads"
    assert titles(world, order_by="nonsense") == titles(world)
    assert search(world, {"order_by": "cataloguenumber"}, grouped=True) is None


def test_reindex_delay() -> None:
    """The index learns of uploads and deletions later than the site."""
    clock = Clock(start=datetime(2026, 11, 23, 9, tzinfo=UTC))
    world = World(clock, reindex_delay=300)
    new = world.publish("Quagga")
    assert titles(world, searchstr="quagga") == []
    new.searchable -= timedelta(seconds=300)
    assert titles(world, searchstr="quagga") == ["Quagga"]
    world.delete(new.id)
    assert titles(world, searchstr="quagga") == ["Quagga"]
    new.gone = clock.now()
    assert titles(world, searchstr="quagga") == []
