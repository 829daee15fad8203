"""Typed calls against the simulated tracker."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from inspect import signature
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Required, cast, get_args, get_origin, get_type_hints

import pytest

from gazelled.clock import Clock
from gazelled.errors import (
    ActionRequired,
    BadAnswer,
    ConfigError,
    Reason,
    RequestRefused,
    StateError,
    TrackerError,
    TrackerUnavailable,
)
from gazelled.model import Answer, Call, Lane
from gazelled.testing import Fault, Simulator
from gazelled.testing.site.answers import ACTIONS as SIMULATED
from gazelled.testing.site.answers import Handler
from gazelled.testing.site.exchange import SimulatedReply
from gazelled.testing.site.visit import Visit
from gazelled.tracker import Api, Login, Profile, Token, connect, models
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.catalogue.answer_models import MODELS
from gazelled.tracker.catalogue.endpoint import Endpoint
from gazelled.tracker.client.file_store import FileStore
from gazelled.tracker.decoding.drift import Drifts

SPEED = 200.0
QUICK = Profile("quick", "A pretend site", per=1.0)


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """A simulated tracker whose clock is fast."""
    async with Simulator(clock=Clock(speed=SPEED), per=1.0) as simulator:
        yield simulator


@pytest.fixture
async def api(sim: Simulator) -> AsyncIterator[Api]:
    """A client with a token."""
    async with connect(sim.url, Token(sim.token()), profile=QUICK, clock=sim.clock) as api:
        yield api


@pytest.fixture
async def me(sim: Simulator) -> AsyncIterator[Api]:
    """A client that is logged in."""
    auth = Login("me", sim.world.user("me").password)
    async with connect(sim.url, auth, profile=QUICK, clock=sim.clock) as api:
        yield api


async def test_a_typed_call_answers_with_the_model(api: Api) -> None:
    """Fields in place of keys."""
    found = await api.browse(searchstr="yeast", filter_cat=["Sequences"])
    assert isinstance(found, models.Browse)
    assert found.results[0].torrents


async def test_a_running_program_sees_what_methods_take(api: Api) -> None:
    """So notebooks complete parameters and show them in their help."""
    user, thread, browse = [signature(m) for m in (api.user, api.forum_viewthread, api.browse)]
    assert str(user.replace(return_annotation=user.empty)) == "(*, id: int | str)"
    assert list(thread.parameters) == ["threadid", "postid", "page", "mark_read"]
    assert browse.parameters["searchstr"].default is ...
    assert browse.return_annotation is models.Browse
    assert not signature(api.stats).parameters


async def test_a_result_has_all_that_is_known(api: Api) -> None:
    """The model, the text to the byte, and how they differ."""
    result = await api.stats.result()
    assert isinstance(result.value, models.Stats)
    assert result.answer.raw.startswith(b'{"status":"success"')
    assert result.drift == ()


@pytest.mark.parametrize(
    ("action", "given", "reason"),
    [
        ("torrent", {"id": 999999}, Reason.NOT_FOUND),
        ("collage", {"id": 999999}, Reason.NOT_FOUND),
        ("wiki", {"id": 1}, Reason.NOT_PERMITTED),
        ("torrent", {"id": "x"}, Reason.BAD_PARAMETERS),
        ("brows", {}, Reason.BAD_PARAMETERS),
        ("announcements", {}, Reason.UNCONFIRMED),
        ("clear_user_notification", {"type": "News"}, Reason.UNCONFIRMED),
    ],
)
async def test_reasons_of_refusals(
    api: Api, action: str, given: dict[str, object], reason: Reason
) -> None:
    """A program decides by the reason, whether the tracker refuses or the library does."""
    with pytest.raises(RequestRefused) as caught:
        await api.call(action, given)
    assert caught.value.reason is reason


async def test_a_post_that_is_not_there(me: Api) -> None:
    """The tracker refuses without a word; what is asked for is a thing, so that isn't there."""
    with pytest.raises(RequestRefused) as caught:
        await me.forum_viewthread(postid=999999)
    assert caught.value.reason is Reason.NOT_FOUND
    assert str(caught.value).startswith("it probably doesn't exist: no reason given (500")


async def test_an_outage_says_until_when(sim: Simulator, api: Api) -> None:
    """A program knows when to try again, by an attribute."""
    sim.fail(Fault.RETRY_AFTER)
    before = sim.clock.now()
    for _ in range(2):  # by the tracker's answer, and by the pause that follows
        with pytest.raises(TrackerUnavailable) as caught:
            await api.stats()
        assert caught.value.reason is Reason.UNAVAILABLE
        assert caught.value.until
        assert timedelta() < caught.value.until - before


async def test_a_stop_says_what_to_do(sim: Simulator) -> None:
    """A program knows what a person must do, by an attribute."""
    revoked = sim.token()
    sim.revoke()
    async with connect(sim.url, Token(revoked), profile=QUICK, clock=sim.clock) as api:
        for _ in range(2):
            with pytest.raises(ActionRequired) as caught:
                await api.stats()
            assert caught.value.reason is Reason.CREDENTIALS


async def test_a_call_by_name_is_the_same(api: Api) -> None:
    """Its parameters come as a mapping."""
    result = await api.call("torrent", {"id": 5})
    assert result.value == await api.torrent(id=5)
    assert isinstance(result.answer.payload, dict)


async def test_what_a_token_cannot_know_is_none(api: Api, me: Api) -> None:
    """The log-in decides, not the model."""
    assert (await api.index()).userstats.uploaded is None
    assert (await me.index()).userstats.uploaded == 20 * 2**30


async def test_the_account_is_told_whatever_the_log_in(api: Api, me: Api) -> None:
    """A token takes one request more."""
    by_token, by_cookie = await api.account(), await me.account()
    assert by_token.ratio == by_cookie.ratio == 2.0
    assert (by_token.new_blog, by_cookie.new_blog) == (None, True)


@pytest.mark.parametrize(
    ("action", "given", "words"),
    [
        ("brwse", {}, 'no action "brwse"; did you mean "browse"?'),
        ("browse", {"serchstr": "x"}, 'did you mean "searchstr"?'),
        ("torrent", {}, "needs the parameter"),
        ("announcements", {}, "marks the news as read; pass mark_read=True"),
        ("inbox", {"type": "viewconv", "id": 1}, "pass mark_read=True"),
        ("clear_user_notification", {"type": "News"}, "pass confirm=True"),
        ("similar_artists", {"id": 1}, "not implemented; force=True"),
        ("account", {}, "there is a method for it"),
    ],
)
async def test_what_is_wrong_or_not_agreed_to_is_not_asked(
    api: Api, sim: Simulator, action: str, given: dict[str, object], words: str
) -> None:
    """The sentence says what to do."""
    with pytest.raises(RequestRefused) as refused:
        await api.call(action, given)
    assert words in str(refused.value)
    assert sim.arrivals == []


async def test_reading_marks_only_when_that_is_said(me: Api, sim: Simulator) -> None:
    """A conversation and the news; a thread can be read without a mark."""
    reader = sim.world.user("me")
    assert (await me.forum_viewthread(threadid=2)).posts
    assert (reader.id, 2) not in sim.world.forums.read
    await me.forum_viewthread(threadid=2, mark_read=True)
    assert (reader.id, 2) in sim.world.forums.read
    late, marker = sim.world.forums.reply(1, "New!").id, sim.world.forums.read[reader.id, 1]
    page = await me.forum_viewthread(postid=late)
    assert (page.thread_id, page.current_page) == (1, 2)
    # The redirect leaves updatelastread out.
    assert sim.world.forums.read[reader.id, 1] == marker < late
    await me.forum_viewthread(postid=late, mark_read=True)
    assert sim.world.forums.read[reader.id, 1] == late
    unread = sim.world.unread(reader)
    conversation = next(
        each.id for each in sim.world.conversations.values() if reader.id in each.unread
    )
    assert (await me.inbox_viewconv(id=conversation, mark_read=True)).messages
    assert sim.world.unread(reader) == unread - 1


async def test_what_writes_stands_by_itself(me: Api, sim: Simulator) -> None:
    """Calling it there is agreement enough."""
    await me.write.clear_user_notification(type="News")
    assert [each.action for each in sim.arrivals][-1] == "clear_user_notification"


async def test_the_banner_of_the_operators_can_be_dismissed(me: Api, sim: Simulator) -> None:
    """Its type is one of those that are marked as read."""
    sim.world.show_banner("We move on Friday")
    notified = await me.get_user_notifications()
    assert "Global" in {each.type for each in notified.notifications}
    await me.write.clear_user_notification(type="Global")
    notified = await me.get_user_notifications()
    assert "Global" not in {each.type for each in notified.notifications}


async def test_what_is_absent_can_be_forced(api: Api) -> None:
    """The tracker says what it thinks of it."""
    with pytest.raises(RequestRefused, match="bad parameters"):
        await api.call("similar_artists", {"id": 1}, force=True)


@pytest.fixture
def quota(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add to the site an action that no catalogue knows, which answers what it was sent."""

    def answer(visit: Visit) -> SimulatedReply:
        return visit.success(sorted(visit.ask.query.items()))

    monkeypatch.setitem(cast("dict[str, Handler]", SIMULATED), "quota", answer)


@pytest.mark.usefixtures("quota")
async def test_whatever_a_site_adds_can_be_called_by_force(api: Api) -> None:
    """With any parameters, as they are given; the answer is as it came."""
    with pytest.raises(RequestRefused, match='no action "quota"; force=True sends it') as refused:
        await api.call("quota", {"day": 3})
    assert refused.value.reason is Reason.BAD_PARAMETERS
    result = await api.call("quota", {"day": 3, "at": ["a", "b c"], "wet": True}, force=True)
    assert isinstance(result.value, models.Anything)
    assert result.value.value == result.answer.payload
    assert ["at", "b c"] in result.answer.payload
    assert result.answer.payload[-2:] == [["day", "3"], ["wet", "1"]]


async def test_what_is_invalid_is_sent_by_force(api: Api) -> None:
    """Unknown values and parameters, too; what can't be written is refused all the same."""
    with pytest.raises(RequestRefused, match="whole number"):
        await api.call("browse", {"page": "x"})
    result = await api.call("browse", {"page": "x", "novel": 1}, force=True)
    assert result.answer.call.params == (("novel", "1"), ("page", "x"))
    assert result.answer.payload["currentPage"] == 0
    for given in ({"novel": {"a": 1}}, {"page": None}, {"action": "index"}):
        with pytest.raises(RequestRefused, match=r"takes a text or a number|no parameter"):
            await api.call("browse", given, force=True)
    with pytest.raises(RequestRefused, match="download, which count downloads"):
        await api.call("download", {"id": 5}, force=True)


async def test_force_confirms_nothing(api: Api) -> None:
    """What is known to change or mark something needs what it always needs."""
    with pytest.raises(RequestRefused, match="confirm=True"):
        await api.call("clear_user_notification", {"type": "Novel"}, force=True)
    with pytest.raises(RequestRefused, match="mark_read=True"):
        await api.call("announcements", {"novel": 1}, force=True)


@pytest.mark.usefixtures("quota")
async def test_what_is_unknown_is_sent_once(api: Api, sim: Simulator) -> None:
    """It may change something: it isn't shared with an equal call, and never sent again."""
    same = [api.call("quota", {"day": 3}, force=True) for _ in range(2)]
    await asyncio.gather(*same)
    assert [each.action for each in sim.arrivals[-2:]] == ["quota", "quota"]
    before = len(sim.arrivals)
    sim.fail(Fault.DROP, times=1)
    with pytest.raises(TrackerUnavailable):
        await api.call("quota", {"day": 3}, force=True, lane=Lane.CATCH_UP)
    assert len(sim.arrivals) == before + 1


class Bent:
    """Hands on calls and bends what is answered."""

    def __init__(self, api: Api, bend: Callable[[Answer], Answer] = lambda answer: answer) -> None:
        self.calls: list[Call] = []
        self._api = api
        self._bend = bend

    async def call(self, call: Call) -> Answer:
        """Ask."""
        self.calls.append(call)
        return self._bend(await self._api._caller.call(call))


async def test_drift_is_told_once_for_each_way(api: Api) -> None:
    """What can still be read is used, and nothing is lost."""

    def bend(answer: Answer) -> Answer:
        assert isinstance(answer.payload, dict)
        return replace(answer, payload=answer.payload | {"novel": 1})

    told: list[str] = []
    drifts = Drifts(lambda action, _: told.append(action))
    bent = Api(Bent(api, bend), api.site, drifts=drifts)
    first, second = await bent.stats.result(), await bent.stats.result()
    assert [str(each) for each in first.drift] == ["novel is new: a number"]
    assert first.value.extra == second.value.extra == {"novel": 1}
    assert told == ["stats"]


async def test_an_answer_that_cannot_be_read_keeps_its_text(api: Api) -> None:
    """It says which action it was."""
    bent = Bent(api, lambda answer: replace(answer, payload=[1], raw=b"raw"))
    with pytest.raises(BadAnswer, match=r"^browse: ") as broken:
        await Api(bent, api.site).browse()
    assert broken.value.raw == b"raw"


def without(key: str) -> Callable[[Answer], Answer]:
    """Leave a key out of the first entry of a search."""

    def bend(answer: Answer) -> Answer:
        first, *rest = answer.payload["results"]
        first = {name: value for name, value in first.items() if name != key}
        return replace(answer, payload={**answer.payload, "results": [first, *rest]})

    return bend


async def test_an_answer_without_a_field_that_is_always_there_is_bad(sim: Simulator) -> None:
    """The error names the field and keeps the text; `force` gets the answer as it came."""
    found: list[str] = []
    async with connect(
        sim.url,
        Token(sim.token()),
        profile="biotorrents",
        clock=sim.clock,
        on_drift=lambda _, drift: found.extend(str(each) for each in drift),
    ) as api:
        bent = Api(Bent(api, without("groupName")), api.site, drifts=api._drifts)
        with pytest.raises(BadAnswer, match=r"^browse: .* no results\[\]\.groupName") as bad:
            await bent.browse()
        assert bad.value.raw.startswith(b'{"status":"success"')
        with pytest.raises(BadAnswer, match="groupName"):
            [group async for group in bent.browse.items(newest=5)]
    assert found == ["results[].groupName is missing: it was a text"]


async def test_an_entry_without_its_number_is_left_out(sim: Simulator) -> None:
    """It is drift, and kept in `extra`."""
    async with connect(sim.url, Token(sim.token()), profile="biotorrents", clock=sim.clock) as api:
        whole = await api.browse()
        result = await Api(Bent(api, without("groupId")), api.site).browse.result()
    assert len(result.value.results) == len(whole.results) - 1
    assert {each.kind for each in result.drift} == {"missing", "odd"}
    (entry,) = cast("list[dict[str, object]]", result.value.extra["results"])
    assert entry["groupYear"] == whole.results[0].group_year


async def test_where_little_is_known_a_missing_field_raises_when_it_is_used(api: Api) -> None:
    """Other sites lack fields; what they have can be used, and nothing is None in silence."""
    group = (await Api(Bent(api, without("lab")), api.site).browse()).results[0]
    assert group.lab is None
    group = (await Api(Bent(api, without("bookmarked")), api.site).browse()).results[0]
    assert group.group_name
    with pytest.raises(BadAnswer, match=r"no \"bookmarked\" in its BrowseGroup: .*getattr"):
        assert group.bookmarked
    assert "bookmarked" not in group.model_dump()
    assert not hasattr(group, "bookmarked")
    assert getattr(group, "bookmarked", None) is None
    with pytest.raises(AttributeError):
        assert group.novel  # type: ignore[attr-defined]  # the point of the test


async def test_pages_are_turned_in_the_catching_up_lane(api: Api) -> None:
    """A person's call goes first, whatever is being read."""
    bent = Bent(api)
    other = Api(bent, api.site)
    found = [group async for group in other.browse.items(newest=55)]
    await other.stats()
    assert len(found) == 55
    lanes = [call.lane for call in bent.calls]
    assert lanes == [Lane.CATCH_UP, Lane.CATCH_UP, Lane.PERSON]


async def test_every_list_is_read_whole(me: Api, api: Api, sim: Simulator) -> None:
    """Newest first, whatever the order of the site."""
    torrents = [group.torrents async for group in api.browse.items()]
    assert [each[0].torrent_id for each in torrents if each] == sorted(
        sim.world.torrents, reverse=True
    )
    requests = [each.request_id async for each in api.requests.items()]
    assert requests == sorted(sim.world.requests.all, reverse=True)
    comments = [each.post_id async for each in api.tcomments.items(id=1)]
    assert comments == sorted(each.id for each in sim.world.comments.on("torrents", 1))[::-1]
    posts = [each.post_id async for each in me.forum_viewthread.items(threadid=1)]
    assert posts == [post.id for post in sim.world.forums.threads[1].posts][::-1]
    threads = {each.topic_id async for each in me.forum_viewforum.items(forumid=2)}
    assert threads == {each.id for each in sim.world.forums.threads.values() if each.forum == 2}
    inbox = [each.conv_id async for each in me.inbox.items()]
    assert len(inbox) == len(set(inbox)) > 3
    assert [each async for each in api.usersearch.items(search="1")]
    history = [each.post_id async for each in me.userhistory.items(userid=5)]
    assert history == sorted(set(history), key=lambda each: -(each or 0))


async def test_a_busy_inbox_is_read_whole(me: Api, sim: Simulator) -> None:
    """A reply brings a conversation to the front of what was read already."""
    for number in range(60):
        time = sim.clock.now() - timedelta(days=90, hours=number)
        sim.world.send(f"Letter {number}", time=time)
    oldest = max(sim.world.conversations)
    known = {each.id for each in sim.world.conversations.values() if 2 in each.members}
    found: list[int | None] = []
    async for conversation in me.inbox.items():
        found.append(conversation.conv_id)
        if len(found) == 25:
            sim.world.reply(oldest, "Still there?")
    received = {each for each in known if sim.world.conversations[each].received(2)}
    assert sorted(found) == sorted(received)  # type: ignore[type-var] # each has an id


async def test_uploads_and_deletions_lose_nothing(api: Api, sim: Simulator) -> None:
    """Neither what is deleted before what is read, nor what is uploaded, disturbs."""
    for number in range(130):
        sim.world.publish(f"Set {number}")
    before = set(sim.world.torrents)
    deleted: set[int] = set()
    found: list[int | None] = []
    async for group in api.browse.items():
        assert group.torrents
        found.append(group.torrents[0].torrent_id)
        if len(found) in {50, 100}:
            for each in sorted(before)[-20 * len(found) // 50 :][:7]:
                sim.world.delete(each)
                deleted.add(each)
            sim.world.publish("Late")
    assert len(found) == len(set(found))
    assert before - deleted <= set(found) <= before


async def test_a_user_by_name_who_cannot_be_read(api: Api) -> None:
    """It isn't said that there is none, and another site may leave out how many pages there are."""
    bent = Api(Bent(api, without("userId")), api.site)
    with pytest.raises(BadAnswer, match='can\'t be read; "donor1" may be one') as caught:
        await bent.user_by_name("donor1")
    assert caught.value.raw.startswith(b'{"status":"success"')

    def unpaged(answer: Answer) -> Answer:
        payload = {name: value for name, value in answer.payload.items() if name != "pages"}
        return replace(answer, payload=payload)

    assert (await Api(Bent(api, unpaged), api.site).user_by_name("donor1")).username == "donor1"


async def test_a_user_by_name(api: Api, sim: Simulator) -> None:
    """Names that contain it are others; case doesn't matter, and what is none is refused."""
    names = ["a_b", *(f"donor1{number:02}" for number in range(70))]
    for number, name in enumerate(names, start=100):
        sim.world.users[number] = replace(sim.world.user("shy1"), id=number, name=name)
    donor = await api.user_by_name(" Donor1 ")
    assert donor.username == "donor1"
    assert (await api.user_by_name("A_B")).username == "a_b"
    arrivals = len(sim.arrivals)
    for name in ("onor1", "donor1%", "axb"):
        with pytest.raises(RequestRefused, match=f'there is no user "{name}"') as refused:
            await api.user_by_name(name)
        assert refused.value.reason is Reason.NOT_FOUND
    assert len(sim.arrivals) == arrivals + 3 + 3 + 1
    for nothing in (" ", 5):
        with pytest.raises(RequestRefused, match="takes the name of a user") as refused:
            await api.user_by_name(nothing)  # type: ignore[arg-type] # as scripts may
        assert refused.value.reason is Reason.BAD_PARAMETERS
    assert len(sim.arrivals) == arrivals + 3 + 3 + 1


async def test_pages_in_another_order(api: Api, sim: Simulator) -> None:
    """Everything once, as the site orders it, from a page on if one is given."""
    for number in range(120):
        sim.world.publish(f"Reads {number}", size=(number * 37 % 100 + 1) * 2**20)
    sizes = [torrent.size for torrent in sim.world.torrents.values()]
    pages = api.browse.items(order_by="size", order_way="ascending")
    found = [group.torrents[0] async for group in pages if group.torrents]
    assert [torrent.size for torrent in found] == sorted(sizes)
    assert pages.read == -(-len(sizes) // 50)
    later = api.browse.items(order_by="size", order_way="ascending", page=2)
    assert [group.torrents async for group in later] == [(torrent,) for torrent in found[50:]]
    bounties = [each.bounty async for each in api.requests.items(order="bounty")]
    assert bounties == sorted(bounties, key=lambda bounty: -(bounty or 0))


async def test_pages_of_groups(api: Api, sim: Simulator) -> None:
    """A data set that gets a torrent while one turns pages isn't returned twice."""
    for number in range(60):
        sim.world.publish(f"Reads {number}")
    group = next(each for each in sim.world.groups.values() if each.title == "Reads 30")
    found: list[int | None] = []
    async for each in api.browse.items(group_results=True):
        found.append(each.group_id)
        if len(found) == 40:
            sim.world.publish(group=group.id)
    assert sorted(found, key=str) == sorted(sim.world.groups, key=str)


@pytest.mark.parametrize("own", [{"order_by": "size"}, {"page": 2}, {"group_results": True}])
async def test_only_the_usual_order_has_a_place_to_stop(api: Api, own: dict[str, Any]) -> None:
    """What is the usual order anyway is no order of one's own."""
    for stop in ({"until_id": 3}, {"until": datetime.now(UTC)}):
        with pytest.raises(RequestRefused, match="with an order or a page of your own") as refused:
            api.browse.items(**own, **stop)
        assert refused.value.reason is Reason.BAD_PARAMETERS
    usual = api.browse.items(
        order_by="time", order_way="descending", group_results=False, until_id=3
    )
    assert [group.torrents[0].torrent_id async for group in usual if group.torrents][-1] == 4


async def test_what_has_no_pages_in_order_is_refused(api: Api, me: Api) -> None:
    """With what is wrong with it."""
    with pytest.raises(RequestRefused, match="each page is a new draw"):
        api.browse.items(order_by="random")
    with pytest.raises(RequestRefused, match="items takes no page"):
        api.tcomments.items(id=1, page=2)  # type: ignore[call-arg] # it begins with the last
    with pytest.raises(RequestRefused, match="items takes no postid"):
        me.forum_viewthread.items(threadid=1, postid=3)  # type: ignore[call-arg] # likewise
    for wrong in ({"page": "x"}, {"newest": "5"}, {"until_id": True}):
        with pytest.raises(RequestRefused, match="takes a whole number"):
            api.browse.items(**wrong)
    with pytest.raises(RequestRefused, match="until takes a time with a zone"):
        api.browse.items(until="2026-01-01")  # type: ignore[arg-type] # likewise
    with pytest.raises(RequestRefused, match="ignores page"):
        await me.forum_viewthread(postid=3, page=2)


async def test_a_time_to_stop_at_needs_a_zone(api: Api, sim: Simulator) -> None:
    """Whose midnight is it?"""
    with pytest.raises(ValueError, match="zone"):
        api.browse.items(until=sim.clock.now().replace(tzinfo=None))


async def test_a_profile_is_found_by_host_or_name(sim: Simulator) -> None:
    """One that isn't there is named."""
    with pytest.raises(ConfigError, match="biotorrents"):
        async with connect(sim.url, Token("x" * 20), profile="nonsense"):
            pass
    async with connect("https://biotorrents.de", Token("x" * 20)) as api:
        assert (api.site.name, api.site.per) == ("biotorrents.de", 6.0)
    async with connect("https://orpheus.network", Token("x" * 20)) as api:
        assert (api.site.scheme, api.by) == ("token", "cookie")
    async with connect("https://x.example", Token("x" * 20), profile="biotorrents-donor") as api:
        assert (api.site.per, api.site.requests) == (0.0, 2)


async def test_the_first_request_waits_for_a_window(sim: Simulator) -> None:
    """Nobody knows what was asked before."""
    begun = sim.clock.monotonic()
    async with connect(sim.url, Token(sim.token()), profile=QUICK, clock=sim.clock) as api:
        await api.stats()
    assert sim.arrivals[0].at - begun >= 1.0


async def test_a_folder_keeps_the_session(sim: Simulator, tmp_path: Path) -> None:
    """A script that runs each hour doesn't log in each hour."""
    auth = Login("me", sim.world.user("me").password)
    for _ in range(2):
        async with connect(
            sim.url, auth, profile=QUICK, clock=sim.clock, folder=tmp_path / "kept"
        ) as api:
            await api.index()
    assert [each.path for each in sim.arrivals].count("/login.php") == 1
    file = tmp_path / "kept" / "memory.json"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


async def test_a_pause_of_the_last_time_is_told_with_its_end(
    sim: Simulator, tmp_path: Path
) -> None:
    """A script is told when it connects, and not of commands that it doesn't have."""
    sim.settings.retry_after = "3600"
    sim.fail(Fault.RETRY_AFTER, times=1)
    token = Token(sim.token())
    async with connect(sim.url, token, profile=QUICK, clock=sim.clock, folder=tmp_path) as api:
        with pytest.raises(TrackerUnavailable, match=r"until (\S+ )?\d\d:\d\d \(503"):
            await api.index()
    with pytest.raises(TrackerUnavailable, match=r"until (\S+ )?\d\d:\d\d \(503") as told:
        async with connect(sim.url, token, profile=QUICK, clock=sim.clock, folder=tmp_path):
            pytest.fail("it must not come so far")
    assert "gazelled" not in str(told.value)
    assert told.value.after
    assert 3000 < told.value.after <= 3600
    assert len(sim.arrivals) == 1


async def test_a_memory_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """It may hold that nothing must be sent."""
    file = tmp_path / "memory.json"
    for damaged in ("", "{", "[1]", "null", '"x"', "[" * 100_000, "\x00"):
        file.write_text(damaged)
        with pytest.raises(StateError, match="is damaged: it holds no JSON object"):
            FileStore(file)
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(StateError, match="can't be read: it is not a regular file"):
        FileStore(file)
    file.unlink()
    memory = FileStore(file)
    await memory.set_kv("a", "1")
    await memory.set_kv("b", "2")
    await memory.set_kv("a", None)
    assert (await memory.get_kv("a"), await FileStore(file).get_kv("b")) == (None, "2")


async def test_trouble_has_the_usual_types(api: Api, sim: Simulator) -> None:
    """What to do is said by the exception."""
    sim.fail(Fault.BAD_GATEWAY)
    with pytest.raises(TrackerError, match="502"):
        await api.stats()


DECLARED = {
    name: declared
    for base in Api.__mro__
    for name, declared in vars(base).items()
    if isinstance(declared, Endpoint)
}
TABLES = {
    (declared.action, declared.fixed.get("type", "")): declared for declared in DECLARED.values()
}


def test_every_action_has_a_method() -> None:
    """Those that write stand in `write`; those that aren't there can be asked by name only."""
    typed = {declared.action for declared in DECLARED.values()}
    others = {"account", "my_uploads", "clear_user_notification", "send_recommendation"}
    absent = {action.name for action in ACTIONS.values() if action.state == "absent"}
    assert typed | others | absent == set(ACTIONS)
    assert {kind for kind in MODELS if kind not in TABLES} <= {
        ("account", ""),
        ("my_uploads", ""),
        ("forum", ""),
        ("bookmarks", ""),
        ("userhistory", ""),
    }


@pytest.mark.parametrize("name", DECLARED)
def test_the_types_of_parameters_are_the_catalogues(name: str) -> None:
    """Names, what is needed, and which values there are: none is missing and none is made up."""
    declared = DECLARED[name]
    action, fixed = ACTIONS[declared.action], declared.fixed
    given = hints(name)
    given.pop("mark_read", None)
    wanted = {
        key: parameter
        for key, parameter in action.params.items()
        if key not in fixed
        and key != "updatelastread"
        and (not parameter.needs or {*parameter.needs} & {*given, "type"})
        and all(fixed.get(each, "") in values for each, values in parameter.only.items())
    }
    if name == "top10":
        wanted.pop("type")
    assert set(given) == set(wanted)
    for key, parameter in wanted.items():
        kind, needed = given[key]
        assert needed == (parameter.required and not parameter.unless), key
        values = [str(each) for each in literals(kind)]
        assert set(values) <= {*parameter.values, "yes", "no"}, key
        assert not values or key in {"details", "type"} or set(values) == set(parameter.values)


def hints(name: str) -> dict[str, tuple[object, bool]]:
    """Return the parameters of a method: their types, and whether they are needed."""
    annotation = get_type_hints(DECLARED[name].declared).get("params")
    if annotation is None:
        return {}
    (table,) = get_args(annotation)
    marked = get_type_hints(table, include_extras=True)
    return {
        key: (kind, get_origin(marked[key]) is Required or key in table.__required_keys__)
        for key, kind in get_type_hints(table).items()
    }


def literals(kind: object) -> list[object]:
    """Return the values that a type names."""
    if get_origin(kind) is Literal:
        return [*get_args(kind)]
    if isinstance(kind, UnionType) or get_args(kind):
        return [value for part in get_args(kind) for value in literals(part)]
    return []


def test_importing_a_part_loads_no_more() -> None:
    """Neither the models nor the store nor the watches."""
    check = """
import sys
import gazelled.tracker.transport.dispatcher, gazelled.tracker.login.session
assert "pydantic" not in sys.modules
from gazelled.tracker import connect
for name in ("store", "watches", "config", "service"):
    assert f"gazelled.{name}" not in sys.modules, name
import gazelled.tracker as tracker
assert all(getattr(tracker, name) for name in tracker.__all__)
assert sorted(tracker._HOMES) == sorted(tracker.__all__)
try:
    tracker.nonsense
except AttributeError:
    print("well")
"""
    done = subprocess.run(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", check], check=False, capture_output=True, text=True, timeout=30
    )
    assert (done.stderr, done.stdout) == ("", "well\n")
