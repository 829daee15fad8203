"""What happened at a tracker while an earlier gazelled watched it, and what happened afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from gazelled.clock import Clock
from gazelled.testing import World

FIRST_DAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
"""A Monday."""

GIB = 2**30
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOISE = "Quantum [b]noise[/b] & <more>."


class StandingClock(Clock):
    """A clock that stands where it was set, so that every run builds the same world."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self.time = now

    def now(self) -> datetime:
        """Return the time it was set to."""
        return self.time


def first_world() -> World:
    """Build the world of the first look."""
    world = World(StandingClock(FIRST_DAY))
    me = world.user("me")
    me.uploaded, me.downloaded, me.klass = 20 * GIB, 10 * GIB, "Power User"
    world.bookmark(world.publish("Old assembly", time=FIRST_DAY - HOUR).group.id)
    world.bookmark(world.publish("Older assembly", time=FIRST_DAY - HOUR).group.id)
    for number in range(60):
        title = f"Bulk set {number}"
        world.publish(title, license="GPL", scope="Genome", time=FIRST_DAY - HOUR, tags=["bulk"])
    world.user("uploader1").uploaded = 50 * GIB
    return world


def _a_day_later(world: World) -> None:
    new = world.publish('A "quantum" <set> & more', tags=["quantum", "open.data"], seeders=5)
    world.publish("S. cerevisiae W303 reads", size=7 * GIB, accession="NC_001133.9")
    world.publish("Heat shock of BY4741", tags=["rna"], size=9 * GIB, files=2)
    world.publish(
        "Brain scans", format="FASTQ", uploader="uploader1", picture="https://a.example/1"
    )
    world.publish(group=1, format="BAM", uploader="power1")
    world.set_peers(1, seeders=3, snatched=99)
    world.collages.add(1, new.group.id)
    world.comments.write(1, NOISE)
    world.comments.edit(2, "Buy spam")
    world.requests.ask("Wanted & soon", authors=["Ada & Co"], tags=["dna"])
    world.requests.vote(1)
    world.requests.vote(4, user="me")
    world.send("Hello & <you>", "A [b]word[/b] & more")
    world.send("Dear mod", NOISE, to="mod1", sender="me")
    world.reply(3, NOISE)
    world.announce("News & <angle>", "n & [b]m[/b]")
    world.write_blog("Blog & <angle>", "n & m", important=True)
    world.forums.open("Why & <how>?", "First & <last>", forum=1)
    world.forums.reply(1, NOISE, author="uploader1")
    world.wiki.edit(2, "Be & stay [b]kind[/b]")
    me = world.user("me")
    me.seeding |= {2, 3}
    me.author_bookmarks.add(world.author("Ada & Co").id)


def _that_evening(world: World) -> None:
    world.user("me").uploaded = 8 * GIB
    world.publish("S. pombe quantum reads", tags=["quantum", "yeast"], seeders=2)
    world.publish("YPS128 assembly", tags=["yeast"], size=90 * GIB)
    world.requests.fill(1, 1)
    world.set_peers(4, seeders=1)
    world.delete(63)


def _the_third_day(world: World) -> None:
    world.publish("Yeast proteome", license="CC BY-SA", tags=["yeast", "quantum"])
    world.publish("Yeast genome, public", license="Public Domain", tags=["yeast", "dna"])
    world.send("Maintenance", "Tonight.", sender="")
    world.show_banner("The site moves", "https://example.org/moves")


def _the_night(world: World) -> None:
    world.publish("Yeast by night", tags=["yeast", "quantum"], seeders=3)
    world.send("Your question", "All reads are from one clone.", sender="uploader1")
    world.reply(2, "And again")


def _early_on_the_fourth_day(world: World) -> None:
    for number in range(1150):
        tags = ["quantum"] if number % 100 == 0 else ["lake"]
        world.publish(f"Lake {number}", tags=tags, license="GPL", lab="Lake lab", authors=[])


def _half_an_hour_later(world: World) -> None:
    for number in range(160):
        world.publish(f"Bulk load {number}", tags=["bulk"], lab="Lake lab", authors=[])


def _then_the_next_morning(world: World) -> None:
    me = world.user("me")
    me.uploaded = 30 * GIB
    me.seeding = {1, 2}
    world.publish("Morning quantum BY4741", tags=["quantum", "yeast"], seeders=2, size=6 * GIB)
    world.publish("Bulk load, the last", tags=["bulk"])
    world.publish(
        "Scanned leaves", format="FASTQ", uploader="uploader1", picture="https://a.example/2"
    )
    world.publish(group=1, format="GFF")
    world.set_peers(1, snatched=120)
    world.set_peers(4, seeders=6)
    world.edit(1, tags=["yeast", "dna", "reference"])
    world.delete(64)
    group = world.torrents[1].group.id
    world.collages.remove(1, group)
    world.comments.edit(2, "Sorry")
    world.comments.write(1, f"{NOISE} Again.")
    world.requests.delete(3)
    world.requests.vote(7, user="power1")
    world.requests.ask("Wanted on the fourth day", author="power1")
    world.requests.unfill(1)
    world.conversations[3].unread.clear()
    world.send("Hello again", "Well?")
    world.reply(3, "One more")
    world.announce("Seeders wanted")
    world.write_blog("A quiet post")
    world.write_blog("An important post", important=True)
    world.forums.open("Which aligner?", "I wonder.", forum=1)
    world.forums.reply(1, f"{NOISE} Twice.", author="uploader1")
    world.wiki.edit(2, "All new", author="root")
    world.user("power1").uploaded = 90 * GIB
    me.author_bookmarks.add(world.author("Grace Hopper & Co").id)
    world.ontology["SEQ"]["Platforms"]["99"] = "Quantum sequencer"


def _then_the_afternoon(world: World) -> None:
    me = world.user("me")
    me.uploaded = 6 * GIB
    world.publish("Afternoon quantum", tags=["quantum"], seeders=1)
    world.comments.edit(1, "More spam")
    world.conversations[1].members.discard(me.id)
    world.requests.delete(8)


def _then_nothing(_: World) -> None:
    pass


WATCHED: tuple[tuple[datetime, Callable[[World], None]], ...] = (
    (FIRST_DAY + DAY + HOUR / 2, _a_day_later),
    (FIRST_DAY + DAY + 9 * HOUR, _that_evening),
    (FIRST_DAY + 2 * DAY, _the_third_day),
    (FIRST_DAY + 2 * DAY + 14 * HOUR, _the_night),
    (FIRST_DAY + 2 * DAY + 20 * HOUR, _early_on_the_fourth_day),
    (FIRST_DAY + 2 * DAY + 20.5 * HOUR, _half_an_hour_later),
)
"""What happened while the earlier program ran, and when it looked at it."""

AFTERWARDS: tuple[tuple[datetime, Callable[[World], None]], ...] = (
    (FIRST_DAY + 3 * DAY + 3.5 * HOUR, _then_the_next_morning),
    (FIRST_DAY + 3 * DAY + 11 * HOUR, _then_the_afternoon),
    (FIRST_DAY + 4 * DAY + 4 * HOUR, _then_nothing),
)
"""What happened after it was stopped, and when the next program looks at it."""


def happen(world: World, at: datetime, what: Callable[[World], None]) -> None:
    """Let something happen at a time."""
    assert isinstance(world.clock, StandingClock)
    world.clock.time = at
    what(world)


def with_odd_entries(body: bytes) -> bytes:
    """Put entries into an answer that can't be read."""
    answer = json.loads(body)
    for name in ("results", "messages"):
        rows = answer["response"].get(name) if isinstance(answer["response"], dict) else None
        if rows:
            rows.insert(0, {**rows[0], "torrentId": None, "convId": "x7"})
            rows.insert(2, "an entry that is a text")
    return json.dumps(answer).encode()


def world_when_stopped() -> World:
    """Build the world as it was when the earlier program stopped."""
    world = first_world()
    for at, what in WATCHED:
        happen(world, at, what)
    return world
