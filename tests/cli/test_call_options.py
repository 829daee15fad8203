"""What `gazelled call` does beyond one answer as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Person

    from gazelled.testing import Simulator


async def test_a_table_has_the_main_columns(settled: Person, sim: Simulator) -> None:
    """One line for each torrent, sizes as people read them."""
    group = sim.world.publish("A &quot;title&quot;", size=5 * 2**30).group
    said = await settled.asks("call", "browse", "searchstr=title", "--table")
    head, *rows = said.out.splitlines()
    assert head.split()[:3] == ["GROUP", "TORRENT", "TITLE"]
    assert [row.split()[0] for row in rows] == [str(group.id)]
    assert "5 GiB" in rows[0]


async def test_anything_else_is_a_table_of_names(settled: Person) -> None:
    """Values are named by the keys that lead to them."""
    said = await settled.asks("call", "account", "--table")
    assert said.out.splitlines()[0].split() == ["NAME", "VALUE"]
    assert [line.split()[1] for line in said.out.splitlines() if line.startswith("username")] == [
        "me"
    ]


async def test_an_empty_list_is_said_to_be_empty(settled: Person) -> None:
    """Nothing on standard output, a word for people."""
    said = await settled.asks("call", "browse", "searchstr=nothingatall", "--table")
    assert (said.code, said.out) == (0, "")
    assert "The list is empty." in said.err


async def test_pages_are_one_answer(settled: Person, sim: Simulator) -> None:
    """Each page is a request of its own."""
    for number in range(60):
        sim.world.publish(f"Many {number}")
    said = await settled.asks("call", "browse", "searchstr=many", "--pages", "all")
    assert len(said.data["results"]) == 60
    assert [each.action for each in sim.arrivals] == ["index", "browse", "browse"]
    assert min(sim.gaps()) >= 0.1


async def test_raw_is_the_body(settled: Person) -> None:
    """With its envelope, as it came."""
    said = await settled.asks("call", "stats", "--raw")
    assert json.loads(said.out)["status"] == "success"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["browse", "--table", "--raw"], "exclude each other"),
        (["browse", "--pages", "0"], 'wanted a number of pages or "all", not "0"'),
        (["browse", "page=2", "--pages", "2"], "--pages turns the pages itself; leave page out"),
        (["torrent", "id=1", "--pages", "2"], "torrent has no pages to turn"),
        (["inbox", "type=viewconv", "id=1", "--pages", "2"], "inbox has no pages to turn"),
        (
            ["checkprivate"],
            "the documentation says that checkprivate is not implemented; --force sends it anyway",
        ),
        (["inbox", "type=viewconv"], 'inbox needs the parameter "id" with type=viewconv'),
        (["forum", "type=viewthread", "postid=7", "--pages", "2"], "--pages needs threadid"),
        (
            ["forum", "type=viewthread"],
            'forum needs the parameter "threadid" or "postid" with type=viewthread',
        ),
        (["forum", "threadid=1"], "the tracker ignores threadid without type=viewthread"),
        (["torrent", "id=1", f"hash={'a' * 40}"], 'torrent takes "id" or "hash", not both'),
        (["browse", "size_min=5"], "the tracker ignores size_min without size_unit"),
        (["browse", "order_by=cataloguenumber"], 'order_by takes no "cataloguenumber"'),
    ],
)
async def test_mistakes_cost_no_request(
    settled: Person, sim: Simulator, arguments: list[str], words: str
) -> None:
    """They are told before anything is sent."""
    said = await settled.asks("call", *arguments)
    assert (said.code, said.out) == (2, "")
    assert words in said.err
    assert sim.arrivals == []


async def test_what_is_hardly_meant_is_hinted_at(settled: Person) -> None:
    """And asked all the same."""
    said = await settled.asks("call", "browse", "freetorrent=yes", "media=Ilumina")
    assert said.code == 0
    assert "hint: the tracker has a bug here and finds nothing with freetorrent" in said.err
    assert 'hint: "Ilumina" is no platform that gazelled knows of' in said.err


async def test_force_asks_all_the_same(settled: Person) -> None:
    """The tracker has the last word."""
    said = await settled.asks("call", "checkprivate", "--force")
    assert (said.code, said.err) == (4, "error: bad parameters\n")


async def test_an_unknown_action_is_sent_by_force(settled: Person, sim: Simulator) -> None:
    """With whatever it is given; the tracker has the last word here, too."""
    said = await settled.asks("call", "quota", "day=3")
    assert said.code == 2
    assert 'unknown action "quota"; see gazelled actions; --force sends it anyway' in said.err
    said = await settled.asks("call", "quota", "day=3", "--force")
    assert (said.code, said.err) == (
        4,
        "hint: gazelled knows no action quota\nerror: bad parameters\n",
    )
    assert sim.arrivals[-1].action == "quota"
    said = await settled.asks("call", "browse", "page=x", "--force")
    assert said.code == 0
    assert said.err.startswith('hint: page takes a whole number, not "x"\n')
    said = await settled.asks("call", "download", "id=5", "--force")
    assert "use gazelled download or api.download" in said.err


async def test_a_watch_of_the_account_hands_over_its_parts(settled: Person, sim: Simulator) -> None:
    """The plugins see the answers that it is made of."""
    text = settled.config.read_text().replace(
        "[target.journal]", '[watch.me]\nask = "account"\n[target.journal]'
    )
    settled.write(text)
    plan = settled.types("--json", "check").data["plan"]
    assert [each["requests_per_run"] for each in plan["watches"]] == [1, 2]
    said = await settled.asks("watch", "run", "me")
    assert said.code == 0, said.err
    assert [each.action for each in sim.arrivals] == ["index", "user"]
