"""Why an item was reported or wasn't, from what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gazelled.errors import ConfigError, RequestRefused
from gazelled.model import Change, Delivery, Event, EventKind, Item, Position, StreamId
from gazelled.store import Hole, LookTransaction

if TYPE_CHECKING:
    from gazelled.service.app import App

    from .conftest import House

UPLOADS = StreamId("browse group_results=0")
WATCH = """
[watch.yeast]
ask = "browse"
tell = ["moody", "journal"]
"""
MATCH = """
[watch.yeast.match]
license = ["CC0"]
size.max = "50 GiB"
files.any = "*.fasta"
"""
MINUTE = timedelta(minutes=1)


def reads(name: str, licence: str | None = "CC0", **fields: object) -> Item:
    """Make an upload."""
    more = {"license": licence, **fields}
    return Item(name, "torrent", f"Reads {name}", size=2**30, group=f"g{name}", fields=more)


def new(item: Item, app: App, watch: str = "yeast") -> Event:
    """Make the event of an item."""
    key = f"{watch}:new:{item.id}"
    return Event(key, EventKind.NEW, watch, app.clock.now(), item.title, "", (item,))


async def looked(
    app: App,
    *items: Item,
    told: bool = False,
    watch: str = "yeast",
    **more: Any,  # noqa: ANN401 - as `LookTransaction`
) -> None:
    """Commit a look that finds items."""
    rules = {each.name: each.rule for each in app.config.watches.values()}
    events: list[tuple[Event, Sequence[str]]] = [
        (new(item, app, watch), ("moody", "journal")) for item in items if told
    ]
    found: dict[str, Any] = {
        "stream": UPLOADS,
        "watermark": Position(100),
        "begun": ["yeast"],
        **more,
    }
    found = {"known": [item.id for item in items], **found}
    await app.store.commit_look(
        LookTransaction(at=app.clock.now(), rules=rules, items=[*items], events=events, **found)
    )


async def begun(app: App, **more: Any) -> None:  # noqa: ANN401 - as `LookTransaction`
    """Commit a first look, at a time of its own."""
    await looked(app, **more)
    await app.clock.sleep(1.0)


async def asked(house: House, item: str, watch: str = "") -> Any:  # noqa: ANN401 - it is JSON
    """Ask why."""
    (line,) = await house.ask("why", item=item, watch=watch)
    return line["why"]


async def test_what_was_told(house: House) -> None:
    """Each demand, what the item has, and what became of the message."""
    house.watches = WATCH + MATCH.replace("files.any", "# files.any")
    async with house.opened() as app:
        await begun(app)
        await looked(app, reads("63"), told=True)
        delivery = Delivery(new(reads("63"), app), "journal")
        await app.store.outbox.settle(delivery, "done", app.clock.now())
        (sight,) = (await asked(house, "63"))["seen"]
    (watch,) = sight["watches"]
    assert (sight["kind"], sight["title"], sight["stream"]) == ("torrent", "Reads 63", UPLOADS)
    assert (watch["verdict"], watch["note"], watch["now"]) == (True, "", None)
    assert watch["clauses"] == [
        {"asked": 'license = ["CC0"]', "has": "CC0", "holds": True},
        {"asked": 'size.max = "50 GiB"', "has": "1 ≤ 50 GiB", "holds": True},
    ]
    (event,) = watch["told"]
    states = {each["target"]: each["state"] for each in event["deliveries"]}
    assert states == {"moody": "waiting", "journal": "done"}


@pytest.mark.parametrize(
    ("licence", "verdict", "has"),
    [
        ("CC BY", False, "licence CC BY, wanted CC0"),
        (None, None, "licence unknown"),
    ],
)
async def test_what_was_not_told(
    house: House, licence: str | None, verdict: object, has: str
) -> None:
    """A demand that failed, or that the tracker told nothing for, is named."""
    house.watches = WATCH + MATCH.replace("files.any", "# files.any")
    async with house.opened() as app:
        await begun(app)
        await looked(app, reads("63", licence))
        (sight,) = (await asked(house, "63", "yeast"))["seen"]
    (watch,) = sight["watches"]
    assert (watch["verdict"], watch["told"], watch["note"]) == (verdict, [], "")
    assert watch["clauses"][0] == {
        "asked": 'license = ["CC0"]',
        "has": has,
        "holds": verdict,
    }


async def test_the_rule_was_changed(house: House) -> None:
    """The rule of then decides, and what the one of now would say is told beside it."""
    house.watches = WATCH + 'match.license = "CC0"\n'
    async with house.opened() as app:
        await begun(app)
        await looked(app, reads("63", "CC BY"))
    house.watches = WATCH + """if = 'license == "CC BY"'\n"""
    async with house.opened() as app:
        (sight,) = (await asked(house, "63"))["seen"]
    (watch,) = sight["watches"]
    assert watch["verdict"] is False
    assert watch["now"]["verdict"] is True
    (clause,) = watch["now"]["clauses"]
    assert clause["asked"] == 'license == "CC BY"'


async def test_known_from_the_first_look(house: House) -> None:
    """What was there already was no news, and isn't kept."""
    async with house.opened() as app:
        rules = {"yeast": app.config.watches["yeast"].rule}
        look = LookTransaction(
            UPLOADS, known=["7"], begun=["yeast"], at=app.clock.now(), rules=rules
        )
        await app.store.commit_look(look)
        (sight,) = (await asked(house, "7"))["seen"]
    (watch,) = sight["watches"]
    assert (sight["at"], sight["kind"]) == (None, "torrent")
    assert watch["note"].startswith("it was already there at the first look (2026-03-02)")


@pytest.mark.parametrize("kind", ["change", "gone", "alert"])
async def test_what_is_known_and_not_kept(house: House, kind: str) -> None:
    """Each watch has its word, also one that told nothing of what is only known by its number."""
    more = {"change": 'fields = ["seeders"]', "gone": "", "alert": 'if = "seeders < 2"'}[kind]
    house.watches = f'[watch.yeast]\nkind = "{kind}"\nask = "browse"\n{more}\ntell = ["journal"]\n'
    async with house.opened() as app:
        rules = {"yeast": app.config.watches["yeast"].rule}
        look = LookTransaction(
            UPLOADS, known=["7"], begun=["yeast"], at=app.clock.now(), rules=rules
        )
        await app.store.commit_look(look)
        (sight,) = (await asked(house, "7"))["seen"]
    (watch,) = sight["watches"]
    assert (sight["at"], watch["verdict"]) == (None, None)
    assert "not stored" in watch["note"]


async def test_a_notice(house: House) -> None:
    """What it says, and to whom it was told: no watch decided on it."""
    async with house.opened() as app:
        about = Item("stopped:1", "notice", "Stopped", url="https://x/")
        at = app.clock.now()
        notice = Event("notice:stopped:1", EventKind.NOTICE, "", at, "Stopped", "Act.", (about,))
        await app.store.outbox.add(notice, ["journal"])
        found = await asked(house, "notice:stopped:1")
        same = await asked(house, "notice:stopped:1@journal")
    (sight,) = found["seen"]
    (shown,) = sight["watches"]
    assert (sight["kind"], sight["title"], shown["note"]) == ("notice", "Stopped", "Act.")
    assert [each["target"] for event in shown["told"] for each in event["deliveries"]] == [
        "journal"
    ]
    assert same["seen"] == found["seen"]


async def test_seen_by_others_before(house: House) -> None:
    """A watch that came later was told nothing of what its source had shown before."""
    async with house.opened() as app:
        await looked(app, reads("63"), begun=[])
        (sight,) = (await asked(house, "63"))["seen"]
    (watch,) = sight["watches"]
    assert watch["verdict"] is True
    assert watch["note"].startswith("it was already there at this watch's first look")


async def test_caught_up_from_before_a_watch(house: House) -> None:
    """A watch that began while its source caught up was told nothing of what came before it."""
    async with house.opened() as app:
        await begun(app)
        await looked(app, reads("63"))
        await looked(app, reads("101"))
        for item, note in (
            ("63", "it comes before 100, up to which"),
            ("101", "no record is stored"),
        ):
            (sight,) = (await asked(house, item))["seen"]
            (watch,) = sight["watches"]
            assert watch["verdict"] is True
            assert watch["note"].startswith(note)


async def test_seen_in_two_sources(house: House) -> None:
    """Each watch stands where it looks, also when all of them told of the item."""
    house.watches = WATCH + WATCH.replace("yeast", "search") + 'with = { searchstr = "reads" }\n'
    async with house.opened() as app:
        await begun(app)
        search = f"{UPLOADS} searchstr=reads"
        await begun(app, stream=search, begun=["search"])
        await looked(app, reads("163"), told=True)
        await looked(app, reads("163"), told=True, watch="search", stream=search, begun=[])
        seen = (await asked(house, "163"))["seen"]
    shown = {each["stream"]: [watch["watch"] for watch in each["watches"]] for each in seen}
    assert shown == {UPLOADS: ["yeast"], search: ["search"]}
    assert all(watch["told"] for each in seen for watch in each["watches"])


async def test_one_number_of_several_kinds(house: House) -> None:
    """A data set and a conversation of the same number stand under headings of their own."""
    house.watches += '[watch.inbox]\nask = "inbox"\nevery = "15m"\ntell = ["journal"]\n'
    message = Item("5:12", "conversation", "Hello")
    async with house.opened() as app:
        await begun(app)
        await looked(app, reads("5"), told=True)
        await looked(app, message, stream=[*app.watcher.sources][1])
        seen = (await asked(house, "5"))["seen"]
        found = {each["kind"]: each for each in seen}
        assert found.keys() == {"torrent", "conversation"}
        assert [each["watch"] for each in found["conversation"]["watches"]] == ["inbox"]
        assert found["conversation"]["watches"][0]["told"] == []
        address = f"{house.sim.url}/inbox.php?action=viewconv&id=5"
        (sight,) = (await asked(house, address))["seen"]
        assert (sight["id"], sight["kind"]) == ("5:12", "conversation")
        (sight,) = (await asked(house, "torrents.php?id=9&torrentid=5"))["seen"]
        assert (sight["id"], sight["kind"]) == ("5", "torrent")
        (sight,) = (await asked(house, "yeast:new:5@journal"))["seen"]
        assert (sight["id"], sight["kind"]) == ("5", "torrent")


async def test_a_conversation_of_the_first_look(house: House) -> None:
    """Its revisions are known, though nothing else is kept of them."""
    house.watches = '[watch.inbox]\nask = "inbox"\ntell = ["journal"]\n'
    async with house.opened() as app:
        (stream,) = app.watcher.sources
        await looked(app, stream=stream, begun=["inbox"], known=["5:12"])
        (sight,) = (await asked(house, "5"))["seen"]
    (watch,) = sight["watches"]
    assert (sight["id"], sight["kind"]) == ("5:12", "conversation")
    assert watch["note"].startswith("it was already there at the first look")


async def test_changes(house: House) -> None:
    """What was told about an item that isn't kept is told with it, before and after."""
    async with house.opened() as app:
        item = reads("63")
        change = Change("seeders", 3, 1)
        event = Event(
            key="yeast:change:63",
            kind=EventKind.CHANGE,
            watch="yeast",
            at=app.clock.now(),
            title="Reads 63",
            text="",
            items=(item,),
            changes=(change,),
        )
        await app.store.outbox.add(event, ["journal"])
        (sight,) = (await asked(house, "63"))["seen"]
    (told,) = sight["watches"][0]["told"]
    assert (told["kind"], told["changes"]) == (
        "change",
        [{"field": "seeders", "before": 3, "after": 1}],
    )


async def test_an_event_is_explained_as_it_was(house: House) -> None:
    """Its key names it alone: with its values, and neither another event nor a namesake."""
    house.watches = (
        '[watch.few]\nask = "browse"\nkind = "alert"\nif = "seeders <= 1"\ntell = ["journal"]\n'
        '[watch.inbox]\nask = "inbox"\nevery = "15m"\ntell = ["journal"]\n'
    )
    async with house.opened() as app:
        rules = {each.name: each.rule for each in app.config.watches.values()}
        events = [
            Event(
                key=f"few:raised:5@{number}",
                kind=EventKind.RAISED,
                watch="few",
                at=app.clock.now() + number * MINUTE,
                title=f"Reads 5: seeders {seeders}",
                text="",
                items=(reads("5", seeders=seeders), reads("6", seeders=0)),
            )
            for number, seeders in ((1, 1), (2, 0))
        ]
        look = LookTransaction(UPLOADS, at=app.clock.now(), begun=["few"], rules=rules)
        await app.store.commit_look(look)
        for event in events:
            await app.store.outbox.add(event, ["journal"])
        inbox = [*app.watcher.sources][1]
        message = Item("5:12", "conversation", "Hello")
        await app.store.commit_look(
            LookTransaction(inbox, at=app.clock.now(), items=[message], known=["5:12"])
        )
        for number, has in ((1, "seeders 1"), (2, "seeders 0")):
            sights = (await asked(house, f"few:raised:5@{number}"))["seen"]
            assert [(each["id"], each["kind"]) for each in sights] == [
                ("5", "torrent"),
                ("6", "torrent"),
            ]
            (watch,) = sights[0]["watches"]
            assert (watch["watch"], watch["verdict"]) == ("few", True)
            assert [each["has"] for each in watch["clauses"]] == [f"{has}, at most 1"]
            assert [each["title"] for each in watch["told"]] == [f"Reads 5: {has}"]
        # By its number alone it is meant as it was told last, beside its namesake.
        found = {each["kind"]: each for each in (await asked(house, "5"))["seen"]}
        assert found.keys() == {"torrent", "conversation"}
        (watch,) = found["torrent"]["watches"]
        assert [each["has"] for each in watch["clauses"]] == ["seeders 0, at most 1"]


async def test_an_event_that_is_not_kept(house: House) -> None:
    """That is said, with what can be asked instead."""
    async with house.opened():
        with pytest.raises(RequestRefused, match=r"no event yeast:new:63 is stored.* its id: 63$"):
            await asked(house, "yeast:new:63")


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("120", "the list was read up to 100, and 120 comes after that"),
        ("30", "it is in the gap between 20 and 40 that was missed"),
        ("50", "it is between 45 and 60, where catching up is still in progress"),
        ("3", "it is older than everything in the first look, which started at 10"),
        ("90", "the tracker didn't list it"),
    ],
)
async def test_never_seen(house: House, item: str, reason: str) -> None:
    """Where it would be in what was seen of the source says why."""
    async with house.opened() as app:
        await looked(app, floor=Position(10), gaps=[("20", "40")], holes=[Hole(45, 60)])
        found = await asked(house, item)
    (unseen,) = found["unseen"]
    assert (found["seen"], unseen["watches"]) == ([], ["yeast"])
    assert unseen["text"].startswith(reason)


async def test_nowhere_to_be_seen(house: House) -> None:
    """Without a look, or a watch for such things, that is why."""
    async with house.opened():
        (unseen,) = (await asked(house, "63"))["unseen"]
        assert unseen["text"] == "there has been no look yet"
        (unseen,) = (await asked(house, f"{house.sim.url}/inbox.php?action=viewconv&id=5"))[
            "unseen"
        ]
        assert unseen["text"].startswith(
            "no watch requests a list that could contain it; it would be in inbox"
        )


async def test_what_means_nothing(house: House) -> None:
    """An unknown watch and another site's address are sentences."""
    async with house.opened():
        with pytest.raises(ConfigError, match='no watch "yast"; did you mean "yeast"'):
            await asked(house, "63", "yast")
        with pytest.raises(RequestRefused, match=r"not a page of BioTorrents\.de"):
            await asked(house, "https://example.org/torrents.php?torrentid=63")
        with pytest.raises(RequestRefused, match="does not identify a single item"):
            await asked(house, f"{house.sim.url}/rules.php?p=63")


async def test_why_an_upload_is_not_known_as_mine(house: House) -> None:
    """It may be another's, or not yet asked for."""
    house.watches = '[watch.mine]\nask = "my_uploads"\ntell = ["journal"]\n'
    world = house.sim.world
    for number in (20, 58):
        world.torrents[number].uploader = world.user("me").id
    async with house.opened() as app:
        await app.run_watch("mine")

        async def reason(item: str) -> str:
            (said,) = await house.ask("why", item=item, watch="")
            (unseen,) = said["why"]["unseen"]
            return str(unseen["text"]).partition("; next")[0]

        assert await reason("59") == "you did not upload it, or you did so anonymously"
        assert (await reason("30")).startswith("its uploader is not known yet")
        for _ in range(3):
            await app.run_watch("mine")
        assert await reason("3") == (
            "all your uploads that your profile counts are found, and it is none of them"
        )
        own = world.publish("Mine", uploader="me")
        await house.ask("call", action="my_uploads")
        assert await reason(str(own.id)) == "it was found to be yours after the last look"
