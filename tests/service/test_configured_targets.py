"""Targets that were renamed, removed or changed since the last start, and what waits for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from gazelled.clock import Clock
from gazelled.config import Config, TargetTable
from gazelled.delivery import Deliverer, TargetChange
from gazelled.errors import TargetFault
from gazelled.model import Delivery
from gazelled.service.configuration.configured_targets import (
    TargetChanges,
    adopt_targets,
    read_removed,
    record_targets,
)
from gazelled.service.maintenance import maintain
from gazelled.store import DeliveryChoice, Store
from gazelled.watches.events import notice_event

from .conftest import House

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def table(name: str, url: str = "ntfy://canary-topic", timeout: float = 60.0) -> TargetTable:
    """Return a target of the config, with a secret."""
    return TargetTable(name, "apprise", {"url": SecretStr(url)}, timeout=timeout)


class Home:
    """A state, and the starts of a daemon with one config after the other."""

    def __init__(self, store: Store, folder: Path, config: Config) -> None:
        self.store = store
        self.folder = folder
        self.config = config

    async def start(
        self, *tables: TargetTable, at: datetime = NOON, ends_early: bool = False
    ) -> TargetChanges:
        """Start with these targets; one that ends early reports nothing."""
        targets: Mapping[str, TargetTable] = {each.name: each for each in tables}
        config = replace(self.config, targets=targets)
        changes = await adopt_targets(config, self.store, self.folder, at)
        if not ends_early:
            await record_targets(self.store, changes)
        return changes

    async def report(self, key: str, *targets: str) -> Delivery:
        """Let something wait for targets."""
        event = notice_event(key, key, "", "", NOON)
        await self.store.outbox.add(event, targets)
        return Delivery(event, targets[0])

    async def due(self, at: datetime = NOON) -> list[str]:
        """Return the targets for which something is due, with its title."""
        due = await self.store.outbox.due(at)
        return [f"{each.delivery.event.title}@{each.delivery.target}" for each in due]


@pytest.fixture
async def home(house: House, tmp_path: Path) -> AsyncIterator[Home]:
    """Open a state."""
    folder = tmp_path / "own"
    folder.mkdir()
    async with await Store.open(folder) as store:
        yield Home(store, folder, house.config())


async def test_a_renamed_target_keeps_what_waits(home: Home) -> None:
    """Its messages, what is known of its failures, and its plugin's folder follow its name."""

    async def fail(_: Delivery) -> None:
        raise TargetFault("no such address", after=7200)

    async def ignore(_: TargetChange) -> None:
        pass

    await home.start(table("phone"), table("mail", "mailto://other"))
    await home.report("a", "phone")
    await Deliverer(home.store, fail, Clock(start=NOON), ignore).drain(60)
    (home.folder / "targets" / "phone").mkdir(parents=True)
    changes = await home.start(table("pocket"), table("mail", "mailto://other"))
    deliverer = Deliverer(home.store, fail, Clock(start=NOON), ignore)
    await deliverer.drain(60)

    assert changes == TargetChanges()
    assert await home.due(NOON + DAY) == ["a@pocket"]
    assert deliverer.health.keys() == {"pocket"}
    assert deliverer.health["pocket"].fault
    assert [each.name for each in (home.folder / "targets").iterdir()] == ["pocket"]


async def test_a_message_keeps_its_id_when_its_target_is_renamed(home: Home) -> None:
    """The receiver knows it, however often the name changes; what comes later has the new name."""
    await home.start(table("phone"))
    before = await home.report("a", "phone")
    await home.start(table("pocket"))
    await home.start(table("mobile"))
    (renamed,) = await home.store.outbox.due(NOON)
    (row,) = await home.store.deliveries.chosen(DeliveryChoice())

    assert (renamed.delivery.target, renamed.delivery.id) == ("mobile", before.id)
    assert (row.key, row.first_target) == (renamed.delivery.key, "phone")
    assert Delivery(before.event, "mobile").id != before.id


async def test_where_several_could_be_meant_none_is(home: Home) -> None:
    """Two targets with the same options take nothing over from a third."""
    await home.start(table("phone"))
    await home.report("a", "phone")
    changes = await home.start(table("one"), table("two"))

    assert await home.due() == []
    assert [(each.name, each.messages) for each in changes.removed] == [("phone", 1)]


async def test_a_target_with_other_options_is_another_one(home: Home) -> None:
    """Nothing is handed to it, since it may be somebody else's."""
    await home.start(table("phone"))
    await home.report("a", "phone")
    await home.start(table("pocket", "ntfy://other"))

    assert await home.due() == []


async def test_a_removed_target_keeps_its_messages_for_a_week(home: Home) -> None:
    """They are held, which is reported once; then they are dead letters."""
    await home.start(table("phone"), table("mail", "mailto://other"))
    delivery = await home.report("a", "phone")
    first = await home.start(table("mail", "mailto://other"))
    again = await home.start(table("mail", "mailto://other"), at=NOON + DAY)
    (held,) = await home.store.archive.deliveries_of(delivery.event.key)
    await maintain(home.store, Clock(start=NOON + 6 * DAY), [], [])
    (still,) = await home.store.archive.deliveries_of(delivery.event.key)
    await maintain(home.store, Clock(start=NOON + 7 * DAY), [], [])
    (dead,) = await home.store.archive.deliveries_of(delivery.event.key)

    assert [(it.name, it.messages, it.until) for it in first.removed] == [
        ("phone", 1, NOON + 7 * DAY)
    ]
    assert again.removed == ()
    assert (held.state, held.held, held.due_at) == ("held", "removed", NOON + 7 * DAY)
    assert still.state == "held"
    assert (dead.state, dead.error) == ("dead", "The target was removed from the config.")


async def test_a_removed_target_can_come_back(home: Home) -> None:
    """By its name, with whatever options; or by its options, with another name."""
    await home.start(table("phone"))
    await home.report("a", "phone")
    await home.start()
    by_name = await home.start(table("phone", "ntfy://other"), at=NOON + DAY)
    due_by_name = await home.due()
    await home.start(at=NOON + 2 * DAY)
    await home.start(table("pocket", "ntfy://other"), at=NOON + 3 * DAY)

    assert by_name.changed == ("phone",)
    assert due_by_name == ["a@phone"]
    assert await home.due() == ["a@pocket"]


async def test_nothing_is_said_of_a_removed_target_without_messages(home: Home) -> None:
    """There is nothing to keep."""
    await home.start(table("phone"))

    assert await home.start() == TargetChanges()


async def test_changed_options_are_noticed(home: Home) -> None:
    """Those of the plugin, secrets too, and the timeout; none at a first start."""
    first = await home.start(table("phone"), table("mail", "mailto://other"))
    same = await home.start(table("phone"), table("mail", "mailto://other"))
    secret = await home.start(table("phone", "ntfy://new"), table("mail", "mailto://other"))
    time = await home.start(table("phone", "ntfy://new", 90.0), table("mail", "mailto://other"))

    assert (first.changed, same.changed) == ((), ())
    assert (secret.changed, time.changed) == (("phone",), ("phone",))
    stored = await home.store.get_kv("targets")
    assert stored is not None
    assert "canary" not in stored


async def test_a_start_that_ends_early_leaves_its_changes_to_the_next_one(home: Home) -> None:
    """Wrong options of another plugin end a start after the state follows the config."""
    await home.start(table("phone"), table("mail", "mailto://other"), table("lab", "mailto://lab"))
    await home.report("a", "phone")
    await home.report("b", "lab")
    after = table("mail", "mailto://new"), table("office", "mailto://lab")
    await home.start(*after, ends_early=True)
    second = await home.start(*after, at=NOON + DAY)
    third = await home.start(*after, at=NOON + DAY)

    assert second.changed == ("mail",)
    assert [each.name for each in second.removed] == ["phone"]
    assert third == TargetChanges()


async def test_a_rename_can_be_undone_after_a_start_that_ended_early(home: Home) -> None:
    """What waits goes back to the old name."""
    await home.start(table("phone"))
    await home.report("a", "phone")
    await home.start(table("pocket"), ends_early=True)
    await home.start(table("phone"))

    assert await home.due() == ["a@phone"]


async def test_a_removed_target_fails_no_longer(home: Home) -> None:
    """Nothing is known of it, so that `run --once` doesn't fail for ever."""

    async def fail(_: Delivery) -> None:
        raise TargetFault("no such address")

    async def ignore(_: TargetChange) -> None:
        pass

    await home.start(table("phone"), table("mail", "mailto://other"))
    await home.report("a", "phone", "mail")
    await Deliverer(home.store, fail, Clock(start=NOON), ignore).drain(60)
    await home.start(table("mail", "mailto://other"))
    deliverer = Deliverer(home.store, fail, Clock(start=NOON), ignore)
    await deliverer.drain(60)

    assert deliverer.health.keys() == {"mail"}


async def test_a_state_of_an_earlier_release_knows_no_targets(home: Home) -> None:
    """What waits for a target that isn't configured is held, and nothing is a rename."""
    await home.report("a", "phone", "mail")
    changes = await home.start(table("mail"), table("pocket", "ntfy://new"))

    assert [each.name for each in changes.removed] == ["phone"]
    assert changes.changed == ()
    assert await home.due() == ["a@mail"]


async def test_a_config_can_be_checked_for_targets_that_it_removes(home: Home) -> None:
    """What waits is counted before a start: not for a renamed target, nor what is done."""
    await home.start(table("phone"), table("mail", "mailto://other"), table("lab", "mailto://lab"))
    for key in "ab":
        await home.report(key, "phone", "mail", "lab")
    await home.store.outbox.settle(await home.report("a", "phone"), "done", NOON)
    tables = table("pocket", "mailto://other"), table("lab", "mailto://lab")
    config = replace(home.config, targets={each.name: each for each in tables})

    assert read_removed(config, home.folder) == {"phone": 1}
    assert read_removed(config, home.folder / "nowhere") == {}


async def test_the_daemon_reports_a_removed_target(house: House) -> None:
    """A notice and the status say that something is held."""
    told, house.more = (
        house.watches,
        f'[target.pen]\nplugin = "moody"\npath = "{house.home}/pen.txt"\n',
    )
    house.watches = told.replace('"moody"', '"moody", "pen"')
    (house.home / "pen.mood").write_text("later")
    async with house.running() as app:
        await house.until(lambda: "pen" in app.deliverer.health)
    house.watches, house.more = told, ""
    async with house.running():
        await house.told("The target pen was removed")
        status = await house.status()
    [target] = [each for each in status["targets"] if each["name"] == "pen"]
    assert target["problem"] == "removed; 1 held for it"


async def test_a_test_that_arrives_sends_what_waits(house: House) -> None:
    """`gazelled target test` ends the pause of a target, over the whole daemon."""
    house.mood("later")
    async with house.running() as app:
        await house.until(lambda: "moody" in app.deliverer.health)
        house.mood("")
        await house.ask("target.test", name="moody")
        await house.until(lambda: "Watching yeast" in house.arrived())
    assert house.arrived()[0] == "gazelled says hello"
