"""What helps when the watches ask more than they may."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.kinds import KINDS
from tests.service.test_planner import NOW

from gazelled.config import Tracker
from gazelled.model import Call, Params
from gazelled.planning.advice import advice
from gazelled.planning.planner import Past, make_plan
from gazelled.rules import Rule
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.login.auth import TokenAuth
from gazelled.tracker.sites.profiles import PROFILES
from gazelled.watches.keys.schedules import Every
from gazelled.watches.watch import Watch

TOKEN = TokenAuth("made-up")
UPLOADS = (("group_results", "0"),)


def search(name: str, **params: str) -> Watch:
    """Make a watch on uploads, all or a search."""
    listing = ACTIONS["browse"].listing()
    assert listing is not None
    call = Call("browse", tuple(sorted([*UPLOADS, *params.items()])))
    return Watch(
        name=name,
        call=call,
        listing=replace(listing, contiguous_ids=True),
        match=Rule(),
        kind=KINDS["new"],
    )


def plain(name: str, ask: str, params: Params = ()) -> Watch:
    """Make any other watch."""
    return Watch(
        name=name,
        call=Call(ask, params),
        listing=ACTIONS[ask].listing(params),
        match=Rule(),
        kind=KINDS["new"],
    )


def said(
    *watches: Watch, minutes: dict[str, int] | None = None, per: float = 60.0, share: float = 0.1
) -> list[str]:
    """Return what is advised, sentence by sentence; each watch is due every 15 minutes."""
    tracker = Tracker(
        "https://x.example",
        "X",
        TOKEN,
        share=share,
        effective=replace(PROFILES["gazelle"], per=per),
    )
    due = [
        replace(each, schedule=Every((minutes or {}).get(each.name, 15) * 60.0)) for each in watches
    ]
    plan = make_plan(tracker, due, Past(), NOW)
    assert plan.over
    return advice(plan, {each.name: each for each in watches}).split("; ")


def test_the_greediest_are_slowed_down_first() -> None:
    """As little as helps, and few of them."""
    needs, slower, share = said(
        plain("a", "stats"), plain("b", "index"), plain("c", "manifest"), minutes={"c": 60}
    )
    assert needs == ("all watches together need 9 of 6 requests an hour (share 10 % of 60)")
    assert slower == 'every = "30m" for a and b brings it to 5 of 6'
    assert share == "or raise share in [tracker]"


def test_one_alone_may_be_enough() -> None:
    """The others stay as they are."""
    _, slower, _ = said(plain("a", "stats"), plain("b", "index"), minutes={"b": 60}, per=144.0)
    assert slower == 'every = "1h" for a brings it to 2 of 2.5'


def test_too_many_are_slowed_down_together() -> None:
    """Not all of their names are told."""
    many = [plain(f"w{number}", "browse", (("year", str(number)),)) for number in range(20)]
    _, slower, *_ = said(*many, per=360.0)
    assert slower == 'every = "1d" for all watches that ask more often brings it to 0.8 of 1'


def test_what_nothing_slows_down_enough_gets_no_such_advice() -> None:
    """More of the share is what is left."""
    _, share = said(plain("a", "stats"), per=600.0, share=0.0001)
    assert share == "raise share in [tracker]"


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"taglist": "dna"}, "with.taglist of yeast could be match.tags.all"),
        (
            {"taglist": "dna", "tags_type": "0"},
            "with.taglist of yeast could be match.tags.any",
        ),
        (
            {"codec": "CC0", "year": "2020"},
            "with.codec and with.year of yeast could be match.license and match.year",
        ),
    ],
)
def test_a_search_that_a_rule_can_do_shares_all_uploads(params: dict[str, str], words: str) -> None:
    """It says with whom, and what that saves."""
    _, _, share, _ = said(search("all"), search("yeast", **params))
    assert share == (
        f"or {words}, then it shares the stream of all uploads with all, which saves 96 requests "
        "a day"
    )


def test_two_searches_can_share_what_nobody_asks_yet() -> None:
    """One stream of all uploads is cheaper than two searches."""
    _, _, share, _ = said(search("a", taglist="dna"), search("b", container="FASTA"))
    assert share == (
        "or with.taglist of a could be match.tags.all and with.container of b could be "
        "match.format, then they share the stream of all uploads, which saves 96 requests a day"
    )


def test_a_search_that_no_rule_can_do_is_left_alone() -> None:
    """Words in a description are searched for by the tracker only."""
    assert len(said(search("all"), search("yeast", description="draft"))) == 3
    gone = replace(search("yeast", taglist="dna"), kind=KINDS["gone"])
    assert len(said(search("all"), gone)) == 3


def test_one_that_asks_more_narrowly_could_ask_the_same() -> None:
    """A match can do the rest."""
    _, _, same, _ = said(plain("all", "inbox"), plain("from-ada", "inbox", (("search", "Ada"),)))
    assert same == (
        "or from-ada and all differ in with.search: the same with, and a match for the rest, would "
        "make them one request, which saves 96 requests a day"
    )


def test_a_search_for_uploads_may_be_slower() -> None:
    """Less often, or less at a time."""
    needs, slower, less, share = said(plain("mine", "my_uploads", (("learn", "100"),)), per=6.0)
    assert needs == "all watches together need 488 of 60 requests an hour (share 10 % of 600)"
    assert slower == 'every = "3h" for mine brings it to 40.7 of 60'
    assert less == (
        "or lower with.learn of mine, which takes longer: 400 requests an hour are to learn who"
        " uploaded what"
    )
    assert share == "or raise share in [tracker]"
