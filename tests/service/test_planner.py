"""The plan: what shares a request, what a run needs, how fresh that really is."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.kinds import KINDS

from gazelled.config import Tracker
from gazelled.model import Call, Params
from gazelled.planning.planner import Past, make_plan
from gazelled.rules import CompileContext, Rule, parse_expression, parse_match
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.catalogue.listing import Details, Listing
from gazelled.tracker.client.upload_search import UploaderIndex
from gazelled.tracker.login.auth import CookieAuth, TokenAuth
from gazelled.tracker.sites.profiles import PROFILES
from gazelled.watches.keys.schedules import At, Every
from gazelled.watches.watch import Watch

if TYPE_CHECKING:
    from gazelled.planning.plan import Plan
    from gazelled.watches.keys.schedules import Schedule

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
TRACKER = Tracker("https://tracker.example", "Tracker", TokenAuth("made-up"))
DAILY = At((), 18, 0, "UTC")


def watch(
    name: str,
    ask: str = "browse",
    params: Params = (),
    kind: str = "new",
    match: Rule | None = None,
) -> Watch:
    """Make a watch as the daemon runs it."""
    listing = ACTIONS[ask].listing(params)
    return Watch(
        name=name,
        call=Call(ask, params),
        listing=listing,
        match=match or Rule(),
        kind=KINDS[kind],
    )


def told_more(listing: Listing | None) -> Listing:
    """Return a list whose items alone tell their uploader, too."""
    assert listing is not None
    (list_,) = listing.lists
    uploader = {"uploader": list_.column(list_.title)}
    one = replace(listing, lists=(replace(list_, computed=uploader),), details=None)
    return replace(listing, details=Details("torrent", "id", one))


def plan(
    *watches: Watch,
    past: Past | None = None,
    tracker: Tracker = TRACKER,
    every: Schedule = Every(3600.0),  # noqa: B008 - frozen
    **schedules: Schedule,
) -> Plan:
    """Make a plan; a watch is due each hour unless something else is said."""
    due = [replace(each, schedule=schedules.get(each.name, every)) for each in watches]
    return make_plan(tracker, due, past or Past(), NOW)


def test_watches_that_ask_the_same_share_a_request() -> None:
    """The one that asks most often decides."""
    last = {"stats": NOW - timedelta(minutes=10)}
    made = plan(watch("a", "stats"), watch("b", "stats"), past=Past(last), b=Every(1800.0))
    (planned,) = made.planned
    assert (planned.watches, planned.requests, planned.load) == (("a", "b"), 1, 2.0)
    assert planned.next == NOW + timedelta(minutes=20)
    assert made.of("b") is planned


@pytest.mark.parametrize(
    ("kinds", "pages"),
    [(["new"], 1), (["change"], 7), (["gone"], 7), (["alert"], 7), (["new", "alert"], 7)],
)
def test_states_need_all_pages(kinds: list[str], pages: int) -> None:
    """As many as the list had when it was last seen whole."""
    watches = [watch(str(number), kind=kind) for number, kind in enumerate(kinds)]
    assert plan(*watches).planned[0].pages == 1
    made = plan(*watches, past=Past(pages={"browse": 7}))
    assert (made.planned[0].pages, made.per_hour) == (pages, pages)


@pytest.mark.parametrize("kind", ["new", "report", "gone"])
def test_lists_without_an_order_need_all_pages(kind: str) -> None:
    """What is new may stand on any of them."""
    one = watch("a", "usersearch", (("search", "r"),), kind)
    made = plan(one, past=Past(pages={one.source: 4}))
    assert made.planned[0].pages == 4


@pytest.mark.parametrize(
    ("tracker", "requests"),
    [(TRACKER, 2), (replace(TRACKER, auth=CookieAuth(Path("cookies.txt"))), 1)],
)
def test_the_account_needs_two_requests_by_token(tracker: Tracker, requests: int) -> None:
    """It is made of two actions there."""
    assert plan(watch("me", "account"), tracker=tracker).planned[0].requests == requests


def test_a_rule_that_needs_details_says_so() -> None:
    """In a match, an expression or the end of an alert; what they cost is learned."""
    listing = told_more(ACTIONS["browse"].listing())
    fields = dict(listing.fields) | dict(listing.more)
    table, _ = parse_match({"uploader": "someone"}, CompileContext(fields))
    written, _ = parse_expression("uploader == 'someone'", CompileContext(fields))
    plain = watch("a", match=parse_match({"year": 2020}, CompileContext(fields))[0])
    plain = replace(plain, listing=listing)
    assert plan(plain).planned[0].cost == "1"
    for needs in (
        replace(plain, match=table),
        replace(plain, match=written),
        replace(plain, kind=KINDS["alert"], raised=written),
        replace(plain, kind=KINDS["alert"], cleared=written),
    ):
        assert plan(needs).planned[0].cost == "1 + details"
        made = plan(needs, past=Past(details={"browse": 0.5}))
        assert (made.planned[0].cost, made.per_hour) == ("1 + 0.5 details", 1.5)


def heralding(name: str, ask: str, params: Params = ()) -> Watch:
    """Make a watch on a list that the sentinel speaks for."""
    made = watch(name, ask, params)
    assert made.listing is not None
    return replace(made, listing=replace(made.listing, announced_by=("Something",)))


def test_the_sentinel_speaks_for_news_and_messages() -> None:
    """They share its request, and are asked themselves when it names them, and daily."""
    made = plan(
        watch("s", "stats"),
        heralding("mail", "inbox"),
        heralding("news", "announcements"),
        mail=Every(7200.0),
        news=Every(1800.0),
    )
    assert [(each.asks, each.watches, each.cost) for each in made.planned] == [
        ("stats", ("s",), "1"),
        ("get_user_notifications", ("mail", "news"), "1"),
        ("inbox", ("mail",), "when named, and daily"),
        ("announcements", ("news",), "when named, and daily"),
    ]
    assert made.per_hour == pytest.approx(1 + 2 + 0.5 + 2)
    assert (made.of("mail").asks, made.of("mail").fresh) == ("inbox", 7200.0)


@pytest.mark.parametrize(
    ("named", "an_hour"), [(None, 2.0), (1.0, 2.0), (0.25, 0.5), (0.0, 1 / 24), (7.0, 2.0)]
)
def test_what_the_sentinel_causes_is_counted(named: float | None, an_hour: float) -> None:
    """As often as it named something, once that is known; at least once a day."""
    past = Past(named={} if named is None else {"inbox": named})
    made = plan(
        heralding("mail", "inbox"),
        watch("bell", "get_user_notifications"),
        mail=Every(1800.0),
        past=past,
    )
    assert made.of("mail").per_hour == pytest.approx(an_hour)


def test_who_watches_the_sentinel_shares_it() -> None:
    """It stands in the plan once."""
    made = plan(heralding("mail", "inbox"), watch("bell", "get_user_notifications"))
    assert [(each.asks, each.watches) for each in made.planned] == [
        ("get_user_notifications", ("mail", "bell")),
        ("inbox", ("mail",)),
    ]
    assert made.of("bell").asks == "get_user_notifications"


def test_what_must_be_seen_whole_is_asked_itself() -> None:
    """The sentinel names only what is new."""
    mail = replace(heralding("mail", "inbox"), kind=KINDS["gone"])
    made = plan(mail, watch("bell", "get_user_notifications"))
    assert [each.cost for each in made.planned] == ["1", "1"]


def test_waiting_for_each_other_is_in_the_plan() -> None:
    """When all is due at once the last one waits for all; clock times have an offset, too."""
    made = plan(
        watch("a", "stats"), watch("b", kind="gone"), past=Past(pages={"browse": 9}), b=DAILY
    )
    first, second = made.planned
    assert (first.fresh, first.really) == (3600.0, 3660.0)
    assert (second.fresh, second.really) == (86400.0, 86400.0 + 60 + 300)


def test_more_than_the_limit_never_ends() -> None:
    """No promise can be kept then."""
    slow = replace(TRACKER, effective=replace(PROFILES["gazelle"], per=3600.0))
    assert plan(watch("a", "stats"), tracker=slow).planned[0].really == inf


def test_without_a_limit_nothing_waits() -> None:
    """There is no share, either."""
    made = plan(
        watch("a", "stats"),
        tracker=replace(TRACKER, effective=replace(PROFILES["gazelle"], per=0.0)),
    )
    assert (made.planned[0].really, made.over, made.limit) == (3600.0, False, inf)


def test_what_the_watcher_keeps_is_read() -> None:
    """Whatever else is kept beside it, and if it is no number."""
    kept = {
        "pages:browse x=1": "4",
        "pages:top10": "0",
        "pages:odd": "many",
        "details:browse x=1": "0.25",
        "salt": "7",
    }
    past = Past.read({"stats": NOW}, kept)
    assert (past.last_runs, past.pages) == ({"stats": NOW}, {"browse x=1": 4, "top10": 1})
    assert past.details == {"browse x=1": 0.25}


def test_uploads_are_planned_as_far_as_they_are_learnt() -> None:
    """Two requests, each data set of mine, and what is still to be learnt; then when that ends."""
    mine = watch("a", "my_uploads", (("learn", "100"),), kind="alert")
    (first,) = plan(mine).planned
    assert (first.cost, first.progress) == ("22 + 100 to learn", None)
    learnt = UploaderIndex(1000, [(900, 1)], [(1, 599)], {7: [3], 8: [2, 4]}, count=4)
    (then,) = plan(mine, past=Past(learnt=learnt)).planned
    assert then.cost == "5 + 100 to learn"
    assert then.progress
    assert then.progress.figures == "400 of 1,000 uploads are known"
    # Six runs an hour apart, the first now; each of them asks for twenty minutes.
    assert then.progress.complete_by == NOW + timedelta(hours=5, minutes=20)
    learnt.count = 3
    (at_last,) = plan(mine, past=Past(learnt=learnt)).planned
    assert (at_last.cost, at_last.progress) == ("4", None)


def test_all_uploads_are_planned_by_name() -> None:
    """The plan says `all`; an account that is known to have none needs two requests."""
    mine = watch("a", "my_uploads", (("learn", "all"),), kind="alert")
    (asked,) = plan(mine, past=Past(learnt=UploaderIndex(count=0))).planned
    assert (asked.asks, asked.cost) == ("my_uploads learn=all", "2")
    (asked,) = plan(mine, past=Past(learnt=UploaderIndex(9, [(7, 1)], count=1))).planned
    assert asked.cost == "3 + 1 to learn"
    (asked,) = plan(mine).planned
    assert asked.cost == "22 + 1000 to learn"


def test_what_is_learnt_of_uploads_is_read_from_the_state() -> None:
    """Of the account that was asked for last."""
    kept = {
        3: asdict(UploaderIndex(10)),
        2: asdict(UploaderIndex(20, [(19, 5)], [(1, 4)], {6: [2]})),
    }
    past = Past.read({}, {"own_uploads": json.dumps(kept)})
    assert past.learnt == UploaderIndex(20, [(19, 5)], [(1, 4)], {6: [2]})
    assert past.learnt.remaining == 5
