"""Plugins add fields to items: where they matter, once, and without holding anything up."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from tests.kinds import KINDS
from tests.watches.conftest import Post
from tests.watches.plugin_parts import Sheet, taking_part

from gazelled.errors import TrackerUnavailable
from gazelled.fields import COUNT, TEXTS
from gazelled.model import Event, EventKind, FirstLook, Item, Lane, StreamId
from gazelled.watches.catching_up import CatchUp
from gazelled.watches.details import APART, MOST_LOOKED_AT, MOST_TRIES
from gazelled.watches.plugins.enrichment import BATCH, MOST_ASKED

UPLOADS = StreamId("browse group_results=0")


def news(events: list[Event]) -> list[str]:
    """Return the titles of what is new."""
    return [event.title for event in events if event.kind is EventKind.NEW]


async def test_a_rule_looks_at_what_a_plugin_adds(post: Post) -> None:
    """Only items that fit otherwise are asked about; events and stored items have the field."""
    sheet = Sheet()
    post.participants = taking_part([sheet])
    watch = post.watch("ours", "browse", match={"license": "CC0"}, condition="len(accessions) == 1")
    await post.run(watch)
    assert sheet.asked == []
    made = post.sim.world.publish("Ours", license="CC0")
    post.sim.world.publish("Theirs", license="CC BY")
    (event,) = await post.run(watch)
    assert (event.title, event.item.fields["accessions"]) == ("Ours", (f"SRR{made.id}",))
    assert event.why == ("CC0", f"len(accessions) == 1: accessions SRR{made.id}")
    assert sheet.asked == [["Ours"]]
    assert sheet.batches[0].watches == ("ours",)
    (stored,) = await post.store.archive.item(str(made.id))
    assert stored.item.fields["accessions"] == (f"SRR{made.id}",)


async def test_messages_have_fields_that_no_rule_looks_at(post: Post) -> None:
    """Whatever may be reported as new is asked about."""
    sheet = Sheet()
    post.participants = taking_part([sheet])
    watch = post.watch("all", "browse")
    await post.run(watch)
    made = post.sim.world.publish("Reads")
    (event,) = await post.run(watch)
    assert event.item.fields["accessions"] == (f"SRR{made.id}",)


async def test_a_field_that_a_plugin_leaves_out_is_unknown(post: Post) -> None:
    """Unknown never matches."""
    post.participants = taking_part([Sheet(rows=lambda _: {})])
    watch = post.watch("ours", "browse", match={"accessions": ["SRR1"]})
    await post.run(watch)
    post.sim.world.publish("Reads")
    assert await post.run(watch) == []


async def test_later_plugins_see_what_earlier_ones_gave(post: Post) -> None:
    """What doesn't fit by then isn't asked about any more."""
    first = Sheet(rows=lambda item: {"accessions": (item.title[:4],)})
    second = Sheet(
        rows=lambda item: {"runs": len(item.fields["accessions"])},
        plugin="runs",
        types={"runs": COUNT},
    )
    post.participants = taking_part([first, second])
    watch = post.watch("ours", "browse", match={"accessions": ["S288"], "runs": 1})
    await post.run(watch)
    post.sim.world.publish("S288C reads")
    post.sim.world.publish("W303 reads")
    assert news(await post.run(watch)) == ["S288C reads"]
    assert first.asked == [["S288C reads", "W303 reads"]]
    assert second.asked == [["S288C reads"]]


async def test_fields_are_computed_of_every_item(post: Post) -> None:
    """From the list, from details and from what plugins gave."""
    post.participants = taking_part(
        [Sheet()],
        runs=lambda item: len(item.fields.get("accessions") or ()),
        letters=lambda item: len(item.title),
    )
    watch = post.watch("ours", "browse", match={"letters": 5, "runs": {"min": 1}})
    await post.run(watch)
    post.sim.world.publish("Reads")
    post.sim.world.publish("More reads")
    (event,) = await post.run(watch)
    assert (event.title, event.item.fields["runs"]) == ("Reads", 1)


async def test_a_failing_plugin_is_asked_again(post: Post) -> None:
    """Soon, with nothing committed meanwhile; once it works nothing is missing."""
    sheet = Sheet(failures=MOST_TRIES - 1)
    post.participants = taking_part([sheet])
    watch = post.watch("ours", "browse", condition="known(accessions)")
    sheet.failures = 0
    await post.run(watch)
    sheet.failures = MOST_TRIES - 1
    post.sim.world.publish("Reads")
    for pause in (60.0, 240.0):
        with pytest.raises(TrackerUnavailable, match='"sheet" failed: the sheet is locked') as held:
            await post.run(watch)
        assert (held.value.after, bool(held.value.action)) == (pause, True)
        assert await post.store.archive.items(UPLOADS, post.clock.now() - APART) == []
    assert news(await post.run(watch)) == ["Reads"]
    assert post.troubles == []


async def test_after_three_tries_its_fields_are_unknown(post: Post) -> None:
    """Over restarts; who doesn't need it is notified then."""
    sheet = Sheet()
    post.participants = taking_part([sheet])
    needs = post.watch("needs", "browse", condition="known(accessions)")
    plain = post.watch("plain", "browse")
    await post.run(needs, plain)
    sheet.failures = 100
    made = post.sim.world.publish("Reads")
    for _ in range(MOST_TRIES - 1):
        with pytest.raises(TrackerUnavailable):
            await post.run(needs, plain)
    events = await post.run(needs, plain)
    assert [event.watch for event in events] == ["plain"]
    (row,) = (await post.store.enrichments.fields(UPLOADS, [str(made.id)]))[str(made.id)]
    assert (row.fields, row.tries) == (None, MOST_TRIES)
    assert row.error == 'The plugin "sheet" failed: the sheet is locked'
    asked = len(sheet.batches)
    assert await post.run(needs, plain) == []
    assert len(sheet.batches) == asked


async def test_items_wait_for_several_failing_plugins_as_long_as_for_one(post: Post) -> None:
    """Each is tried three times in the same looks, and one between them is asked once."""
    sheets = [Sheet(plugin=name, types={name: COUNT}) for name in ("a", "b", "c")]
    post.participants = taking_part(sheets)
    watch = post.watch("plain", "browse")
    await post.run(watch)
    sheets[0].failures = sheets[2].failures = 100
    post.sim.world.publish("Reads")
    for _ in range(MOST_TRIES - 1):
        with pytest.raises(TrackerUnavailable):
            await post.run(watch)
    assert news(await post.run(watch)) == ["Reads"]
    assert sheets[1].asked == [["Reads"]]


async def test_the_last_try_is_about_each_item_alone(post: Post) -> None:
    """So that one item at which a plugin fails takes no other with it."""
    sheet = Sheet(bad="Bad")
    post.participants = taking_part([sheet])
    watch = post.watch("ours", "browse", condition="known(accessions)")
    await post.run(watch)
    for title in ("Good", "Bad", "Better"):
        post.sim.world.publish(title)
    for _ in range(MOST_TRIES - 1):
        with pytest.raises(TrackerUnavailable):
            await post.run(watch)
    assert news(await post.run(watch)) == ["Good", "Better"]
    assert sheet.asked[-3:] == [["Good"], ["Bad"], ["Better"]]


async def test_a_person_who_tries_again_at_once_wears_no_try_out(post: Post) -> None:
    """What fails may be an outage of a minute."""
    sheet = Sheet()
    post.participants = taking_part([sheet])
    watch = post.watch("ours", "browse", condition="known(accessions)")
    await post.run(watch)
    sheet.failures = 2 * MOST_TRIES
    post.sim.world.publish("Reads")
    watcher = post.watcher(watch)
    for _ in range(2 * MOST_TRIES):
        with pytest.raises(TrackerUnavailable):
            await watcher.run(UPLOADS, Lane.PERSON)
    await watcher.run(UPLOADS, Lane.PERSON)
    assert news(await post.events()) == ["Reads"]


async def test_what_was_given_is_not_asked_for_again(post: Post) -> None:
    """Neither after a look that failed later, nor after a crash: it is written down at once."""
    sheet, second = Sheet(), Sheet(plugin="runs", types={"runs": COUNT}, rows=lambda _: {"runs": 1})
    post.participants = taking_part([sheet, second])
    watch = post.watch("ours", "browse", match={"runs": 1}, condition="known(accessions)")
    await post.run(watch)
    post.sim.world.publish("Reads")
    second.failures = 1
    with pytest.raises(TrackerUnavailable):
        await post.run(watch)
    (event,) = await post.run(watch)
    assert sheet.asked == [["Reads"]]
    assert event.item.fields["runs"] == 1


async def test_a_list_is_asked_about_once(post: Post) -> None:
    """Where states are compared all is seen at each look, and is enriched from what is kept."""
    sheet = Sheet(rows=lambda _: {"runs": 1}, types={"runs": COUNT})
    post.participants = taking_part([sheet])
    post.sim.world.publish("Old", lab="Reads of ours")
    post.sim.world.publish("Other", lab="MPI")
    watch = post.watch("runs", "browse", match={"lab": "Reads of ours"})
    watch = replace(watch, kind=KINDS["change"], fields=("runs", "seeders"))
    await post.run(watch)
    await post.run(watch)
    assert sheet.asked == [["Old"]]
    post.sim.world.publish("New", lab="Reads of ours")
    await post.run(watch)
    assert sheet.asked == [["Old"], ["New"]]
    assert news(await post.events()) == []


async def test_a_list_that_no_rule_enriches_is_not_asked_about(post: Post) -> None:
    """Where states are compared a plugin is asked only if the watch names its field."""
    sheet = Sheet()
    post.participants = taking_part([sheet])
    post.sim.world.publish("Old")
    watch = replace(post.watch("seeders", "browse"), kind=KINDS["change"], fields=("seeders",))
    await post.run(watch)
    assert sheet.asked == []


async def test_a_list_is_asked_about_for_what_is_computed_of_what_a_plugin_adds(
    post: Post,
) -> None:
    """The rule names only the field that the plugin computes of the one that it adds."""

    def runs(item: Item) -> int:
        accessions = item.fields.get("accessions")
        return len(accessions) if isinstance(accessions, tuple) else 0

    sheet = Sheet(lambda item: {"accessions": ("SRR1",) * (1 + (item.title == "Two"))})
    sheet.computed = frozenset({"runs"})
    post.participants = taking_part([sheet], runs=runs)
    for title in ("One", "Two"):
        post.sim.world.publish(title)
    report = replace(post.watch("two", "browse", condition="runs == 2"), kind=KINDS["report"])
    (event,) = await post.run(report)
    assert [item.title for item in event.items] == ["Two"]


async def test_a_long_list_is_asked_about_bit_by_bit(post: Post) -> None:
    """What isn't known yet is unknown, and so neither gone nor raised."""
    sheet = Sheet()
    post.participants = taking_part([sheet])
    for number in range(MOST_ASKED):
        post.sim.world.publish(f"Set {number}")
    gone = replace(post.watch("ours", "browse", condition="known(accessions)"), kind=KINDS["gone"])
    await post.run(gone)
    assert [len(batch) for batch in sheet.asked] == [BATCH] * (MOST_ASKED // BATCH)
    assert await post.run(gone) == []
    ids = [item.id for batch in sheet.batches for item in batch.items]
    assert len(ids) == len({*ids}) > MOST_ASKED


async def test_a_first_look_asks_about_what_it_may_report(post: Post) -> None:
    """Nothing for a baseline; as many as for details where the rule depends on the plugin."""
    sheet = Sheet(rows=lambda item: {"accessions": (item.title,)})
    post.participants = taking_part([sheet])
    for number in range(MOST_LOOKED_AT + 10):
        post.sim.world.publish(f"Set{number}")
    needs = post.watch("needs", "browse", match={"accessions": ["Set20", "Set1"]})
    await post.run(needs)
    assert sheet.asked == []
    other = replace(needs, name="last", first=FirstLook(last=2))
    whole = replace(post.watch("all", "browse"), kind=KINDS["change"], fields=("seeders",))
    events = await post.run(other, whole)
    assert news(events) == ["Set20"]
    assert sum(map(len, sheet.asked)) == MOST_LOOKED_AT
    post.sim.world.publish("Newest")
    sheet.batches.clear()
    plain = replace(post.watch("plain", "browse"), first=FirstLook(last=2))
    await post.run(plain, whole)
    assert sheet.asked == [["Newest"]]


async def test_a_first_look_does_without_a_plugin_that_fails(post: Post) -> None:
    """Nothing could be written down of its tries; what comes later is enriched."""
    sheet = Sheet(failures=1)
    post.participants = taking_part([sheet])
    post.sim.world.publish("Old")
    watch = replace(post.watch("ours", "browse"), first=FirstLook(last=1))
    events = await post.run(watch)
    assert news(events) == ["Old"]
    made = post.sim.world.publish("New")
    (event,) = await post.run(watch)
    assert event.item.fields["accessions"] == (f"SRR{made.id}",)


async def test_what_is_caught_up_is_enriched(post: Post) -> None:
    """A plugin that fails meanwhile is asked again after a pause, without another request."""
    sheet = Sheet()
    post.participants = taking_part([sheet])
    watch = post.watch("ours", "browse", condition="known(accessions)", last_page=1)
    await post.run(watch)
    for number in range(60):
        post.sim.world.publish(f"Reads {number}")
    watcher = post.watcher(watch, catch_up=1000)
    await watcher.run(UPLOADS)
    before = len(news(await post.events()))
    sheet.batches.clear()
    sheet.failures = 1
    post.asked.clear()
    clock = post.clock
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    clock.sleep = sleep  # type: ignore[method-assign] # time passes at once
    while await watcher.holes():
        await CatchUp(watcher, watcher.contiguous, post.site, post.dispatcher.call, clock).once()
    assert waited == [60.0]
    first, second = sheet.asked
    assert first == second == [f"Reads {number}" for number in range(10)]
    assert len(news(await post.events())) == before + 10


async def test_a_report_is_enriched_where_its_rule_needs_that(post: Post) -> None:
    """It keeps to its own schedule, so the plugin is asked each time."""
    sheet = Sheet(rows=lambda item: {"accessions": (item.title,)})
    post.participants = taking_part([sheet])
    for title in ("A", "B"):
        post.sim.world.publish(title)
    report = replace(
        post.watch("week", "browse", match={"accessions": ["A"]}), kind=KINDS["report"]
    )
    (event,) = await post.run(report)
    assert [item.title for item in event.items] == ["A"]


async def test_a_plugin_that_hangs_holds_up_no_other_source(post: Post) -> None:
    """It is asked before a look takes its turn to commit."""
    go = asyncio.Event()
    sheet = Sheet(hangs=go)
    post.participants = taking_part([sheet])
    slow, other = post.watch("slow", "browse"), post.watch("news", "announcements")
    go.set()
    await post.run(slow, other)
    go.clear()
    sheet.begun.clear()
    post.sim.world.publish("Reads")
    watcher = post.watcher(slow, other)
    held = asyncio.ensure_future(watcher.run(UPLOADS))
    await sheet.begun.wait()
    await watcher.run(other.source)
    assert not held.done()
    go.set()
    await held
    assert news(await post.events()) == ["Reads"]


async def test_values_are_cleaned_before_they_are_kept(post: Post) -> None:
    """No secret and nothing that would harm a terminal gets in by a plugin."""
    sheet = Sheet(rows=lambda _: {"accessions": ("SRR1\x1b[2J", "hunter2")})
    parts = taking_part([sheet])
    post.participants = replace(parts, scrub=lambda text: text.replace("hunter2", "[…]"))
    watch = post.watch("ours", "browse")
    await post.run(watch)
    post.sim.world.publish("Reads")
    (event,) = await post.run(watch)
    assert event.item.fields["accessions"] == ("SRR1\ufffd[2J", "[…]")


async def test_a_stored_value_of_another_type_is_unknown(post: Post) -> None:
    """A plugin may change its mind with a new release."""
    first = Sheet(rows=lambda _: {"runs": ("SRR1",)}, types={"runs": TEXTS})
    post.sim.world.publish("Old")
    post.participants = taking_part([first])
    watch = replace(post.watch("runs", "browse", condition="known(runs)"), kind=KINDS["gone"])
    await post.run(watch)
    second = Sheet(types={"runs": COUNT})
    post.participants = taking_part([second])
    await post.run(replace(post.watch("more", "browse", condition="runs > 0"), kind=KINDS["alert"]))
    assert second.asked == []
