"""`gazelled deliveries`: what is not done, and how a person retries or drops it."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from gazelled.store import NAME

from .test_actions import completed

if TYPE_CHECKING:
    from tests.cli.conftest import Person

    from gazelled.testing import Simulator

PLUGIN = """
from gazelled.plugin import GiveUp, PluginConfig, RetryLater, SecretStr, target

class Options(PluginConfig):
    key: SecretStr

@target(Options)
async def hook(delivery, options, context):
    how = context.folder / "how"
    match how.read_text() if how.exists() else "fails":
        case "fails":
            raise RetryLater(f"503 at {options.key.get_secret_value()}", after=600)
        case "refuses":
            raise GiveUp("413 Payload Too Large")
    with (context.folder / "sent").open("a") as file:
        print(delivery.event.kind, file=file)
"""


OLDER = """
from gazelled.service.control import protocol
from gazelled.service.control.handlers import answering
answering.__version__ = "0.0.9"
for name in ("deliveries", "events", "tail"):
    del protocol.REQUESTS[name]
"""


@pytest.fixture
def hooked(settled: Person) -> Person:
    """Return somebody with a target that does as a file says."""
    settled.write("https://hook.example/a-key", "secrets/hook")
    settled.write(PLUGIN, "plugins/hook.py")
    text = settled.config.read_text().replace('"journal", "feed"', '"journal", "hook"')
    settled.write(
        text
        + """
[plugin.hook]
file = "hook.py"

[target.hook]
plugin = "hook"
key = { secret = "hook" }
"""
    )
    return settled


def behave(person: Person, how: str) -> None:
    """Set what the target does from now on."""
    (person.state / "targets" / "hook" / "how").write_text(how)


def sent(person: Person) -> list[str]:
    """Return the kinds of the events that the target got."""
    file = person.state / "targets" / "hook" / "sent"
    return file.read_text().split() if file.exists() else []


async def states(person: Person, *arguments: str) -> list[str]:
    """Return the states of deliveries to the target."""
    said = await person.asks("deliveries", "--target", "hook", "--json", *arguments)
    assert said.code == 0, said.err
    return [entry["state"] for entry in said.data]


async def event_key(person: Person) -> str:
    """Return the key of the event of the kind `new`."""
    (event,) = (await person.asks("events", "--kind", "new", "--json")).data
    return str(event["event_key"])


async def test_without_a_daemon(hooked: Person, sim: Simulator) -> None:
    """Listed, shown, retried until done; nothing is requested of the tracker."""
    assert (await hooked.asks("deliveries")).err == "There are no such deliveries.\n"
    assert (await hooked.runs("run", "--once")).code == 1
    sim.world.publish("Saccharomyces yeast reads")
    assert (await hooked.asks("watch", "run", "yeast")).code == 1
    requests = len(sim.arrivals)
    key = await event_key(hooked)
    said = await hooked.asks("deliveries")
    lines = said.out.splitlines()
    assert lines[0].split() == ["FOUND", "TARGET", "STATE", "KEY"]
    assert "hook    failed, next try" in lines[1]
    assert lines[2].strip() == "503 at [redacted]"
    assert lines[3].endswith(key)
    assert "a-key" not in said.out
    said = await hooked.asks("deliveries", "show", f"{key}@hook", "--json")
    (entry,) = said.data
    assert (entry["event"], entry["target"], entry["kind"]) == (key, "hook", "new")
    assert entry["title"] == "Saccharomyces yeast reads"
    assert len(entry["id"]) == 32
    assert entry["problem"] == "503 at [redacted]"
    assert (await hooked.asks("deliveries", "show", key)).out.count("DELIVERY") == 2
    behave(hooked, "works")
    said = await hooked.asks("deliveries", "retry", "--target", "hook")
    assert said.err.endswith("2 deliveries are due in their turn.\n")
    assert sent(hooked) == ["first-look", "new"]
    assert await states(hooked) == []
    assert await states(hooked, "--state", "done") == ["done", "done"]
    said = await hooked.asks("deliveries", "retry", f"{key}@hook")
    assert said.code == 1
    assert "0 deliveries are due in their turn. 1 delivery stays as before: 1 done." in said.err
    assert len(sim.arrivals) == requests


async def test_without_a_daemon_what_is_refused_is_not_promised_again(hooked: Person) -> None:
    """What waits is, at the next run."""
    assert (await hooked.runs("run", "--once")).code == 1
    said = await hooked.asks("deliveries", "retry", "--target", "hook")
    assert said.err.endswith("503 at [redacted] The next run retries.\n")
    behave(hooked, "refuses")
    said = await hooked.asks("deliveries", "retry", "--target", "hook")
    assert (said.code, said.err.splitlines()[-1]) == (
        1,
        "error: A message to hook could not be delivered: 413 Payload Too Large",
    )
    assert await states(hooked) == ["dead"]


async def test_a_daemon_retries_and_drops_what_is_dead(hooked: Person, sim: Simulator) -> None:
    """Status counts it until it is dropped; a single one is dropped without a question."""
    await hooked.daemon()
    await until_states(hooked, ["failed"])
    behave(hooked, "refuses")
    assert (await hooked.asks("deliveries", "retry", "--target", "hook")).code == 0
    await until_states(hooked, ["dead"])
    sim.world.publish("Saccharomyces yeast reads")
    assert (await hooked.asks("watch", "run", "yeast")).code == 0
    await until_states(hooked, ["dead", "dead"])
    status = (await hooked.asks("status", "--json")).data
    assert (status["counts"]["dead"], status["counts"]["given_up"]) == (2, 2)
    rows = {target["name"]: target for target in status["targets"]}
    assert (rows["hook"]["dead"], rows["hook"]["open"], rows["journal"]["dead"]) == (2, 0, 0)
    out = (await hooked.asks("status")).out
    assert "2 dead" in out
    assert "gazelled deliveries --state dead" in out
    key = await event_key(hooked)
    said = await hooked.asks("deliveries", "drop", f"{key}@hook")
    assert said.err.endswith("1 delivery was dropped.\n")
    assert await states(hooked) == ["dead"]
    assert (await hooked.asks("status", "--json")).data["counts"]["dead"] == 1
    (entry,) = (await hooked.asks("deliveries", "show", f"{key}@hook", "--json")).data
    assert (entry["state"], entry["held"]) == ("dead", "dropped")
    behave(hooked, "works")
    assert (await hooked.asks("deliveries", "retry", "--state", "dead")).code == 0
    await until_states(hooked, [])
    assert sent(hooked) == ["first-look"]
    assert (await hooked.asks("deliveries", "retry", f"{key}@hook")).code == 0
    await hooked.until(lambda: sent(hooked) == ["first-look", "new"])


async def until_states(person: Person, wanted: list[str]) -> None:
    """Wait until the deliveries to the target are in some states."""
    kept = person.state / NAME

    def read() -> list[str]:
        query = """SELECT state FROM delivery
            WHERE target = 'hook' AND state <> 'done' AND held <> 'dropped' ORDER BY id"""
        with closing(sqlite3.connect(f"file:{kept}?mode=ro", uri=True)) as db:
            return [state for (state,) in db.execute(query)]

    await person.until(lambda: read() == wanted)


async def test_what_a_policy_holds_stays_held(hooked: Person, sim: Simulator) -> None:
    """It is listed with its time, not retried, and can be dropped."""
    hooked.write(hooked.config.read_text() + 'max = "1/h"\n')
    (hooked.state / "targets" / "hook").mkdir(parents=True)
    behave(hooked, "works")
    await hooked.daemon()
    await hooked.until(lambda: sent(hooked) == ["first-look"])
    sim.world.publish("Saccharomyces yeast reads")
    assert (await hooked.asks("watch", "run", "yeast")).code == 0
    await until_states(hooked, ["held"])
    said = await hooked.asks("deliveries", "--state", "held")
    assert re.search(r"held until .+ \(maximum\)  yeast:new:", said.out)
    assert (await hooked.asks("status", "--json")).data["counts"]["held"] == 1
    said = await hooked.asks("deliveries", "retry", "--target", "hook")
    assert (said.code, await states(hooked)) == (1, ["held"])
    assert "0 deliveries are due in their turn. 1 delivery stays as before: 1 held." in said.err
    assert (await hooked.asks("deliveries", "drop", "--target", "hook")).code == 0
    assert await states(hooked) == []
    assert sent(hooked) == ["first-look"]


async def test_several_are_dropped_only_when_that_is_confirmed(
    hooked: Person, sim: Simulator
) -> None:
    """Where nobody can be asked, an option confirms it; others stay."""
    assert (await hooked.runs("run", "--once")).code == 1
    sim.world.publish("Saccharomyces yeast reads")
    assert (await hooked.asks("watch", "run", "yeast")).code == 1
    said = await hooked.asks("deliveries", "drop", "--watch", "yeast")
    assert (said.code, await states(hooked)) == (1, ["failed", "waiting"])
    assert "2 deliveries: not dropped; add --yes to confirm." in said.err
    said = await hooked.asks("deliveries", "drop", "--watch", "yeast", "--yes", "--json")
    assert said.data["changed"] == 2
    assert await states(hooked) == []
    behave(hooked, "works")
    await hooked.runs("run", "--once")
    assert sent(hooked) == []
    assert "dead" not in (await hooked.asks("status")).out


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--target", "hok"], 'there is no target "hok"; did you mean "hook"?'),
        (["--watch", "yaest"], 'there is no watch "yaest"; did you mean "yeast"?'),
        (["--state", "given-up"], "'given-up' is not one of 'waiting', 'held', 'sending'"),
        (["retry"], "which deliveries? Choose with KEY, --target, --watch or --state"),
        (["drop", "--yes"], "which deliveries? Choose with KEY, --target, --watch or --state"),
        (["--target", "hook", "retry"], "put the options behind retry"),
        (["show", "nothing"], "there is no delivery nothing"),
        (["retray"], "there is no command"),
    ],
)
async def test_mistakes(hooked: Person, arguments: list[str], text: str) -> None:
    """Each is a sentence; nothing is retried or dropped without a choice."""
    said = await hooked.asks("deliveries", *arguments)
    assert (said.code, text in said.err) == (2, True), said.err


async def test_a_key_with_a_typo_has_a_nearest_one(hooked: Person) -> None:
    """Of those that aren't done."""
    assert (await hooked.runs("run", "--once")).code == 1
    (entry,) = (await hooked.asks("deliveries", "--json")).data
    said = await hooked.asks("deliveries", "retry", entry["key"].replace("look", "lok"))
    assert f'did you mean "{entry["key"]}"?' in said.err


async def test_an_older_daemon_says_to_restart_it(hooked: Person) -> None:
    """It doesn't know these requests."""
    hooked.before = OLDER
    await hooked.daemon()
    for command in ("deliveries", "events", "tail"):
        said = await hooked.asks(command)
        assert (said.code, said.out) == (2, "")
        text = f"error: unknown request {command}; this is gazelled 0.0.9, restart it\n"
        assert said.err.replace("\x1b[K", "").replace("\r", "").endswith(text)


async def test_status_counts_without_a_daemon(hooked: Person) -> None:
    """What the last one left undone."""
    assert (await hooked.runs("run", "--once")).code == 1
    assert (
        "deliveries: 1 failed; to see them: gazelled deliveries"
        in (await hooked.asks("status")).out
    )
    data: dict[str, Any] = (await hooked.asks("status", "--json")).data
    assert data["deliveries"] == {"failed": 1}
    assert data["targets"] == {"hook": "503 at [redacted]"}


async def test_keys_targets_and_states_are_completed(hooked: Person) -> None:
    """Keys are those of what isn't done."""
    assert (await hooked.runs("run", "--once")).code == 1
    (entry,) = (await hooked.asks("deliveries", "--json")).data
    before = ["--config", str(hooked.config), "--state", str(hooked.state), "deliveries"]
    assert completed("fish", *before, "show", "yeast:f") == [f"plain,{entry['key']}"]
    assert completed("bash", *before, "retry", "--target", "ho") == ["plain,hook"]
    assert completed("bash", *before, "--state", "de") == ["plain,dead"]


async def test_check_names_targets_that_were_removed(hooked: Person) -> None:
    """Whoever removes a target learns that messages wait for it."""
    assert (await hooked.runs("run", "--once")).code == 1
    with_it = hooked.config.read_text()
    hooked.write(with_it.partition("[plugin.hook]")[0].replace('"journal", "hook"', '"journal"'))
    checked = await hooked.asks("check", "--json")

    assert checked.data["removed_targets"] == {"hook": 1}
    said = await hooked.asks("check")
    assert "1 message waits for hook, which is not in the config any more" in said.err
    hooked.write(with_it)
    assert "hook" not in (await hooked.asks("check")).err
