"""A person's calls, for each action of the catalogue."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from gazelled.errors import RequestRefused
from gazelled.tracker.catalogue.actions import ACTIONS

if TYPE_CHECKING:
    from .conftest import House

ANSWERED = sorted(
    name
    for name, action in ACTIONS.items()
    if action.state in {"works", "undocumented"} and not action.changes
)
BLIND_ERRORS = {"top10", "wiki", "notifications", "raw_bbcode", "forum"}
"""What a token gets a refusal for, with the example's parameters."""


def example(name: str) -> dict[str, object]:
    """Read the parameters of an action's example."""
    pairs = [each.split("=", 1) for each in shlex.split(ACTIONS[name].example)]
    return {key: value for key, value in pairs}  # noqa: C416 - pairs are lists


async def test_each_action_by_token(house: House) -> None:
    """What a token can't see is told with each answer; what it can't ask is refused."""
    told: dict[str, str] = {}
    async with house.opened():
        for name in ANSWERED:
            try:
                *_, last = await house.ask("call", action=name, params=example(name), yes=True)
                told[name] = last["blind"]
            except RequestRefused as problem:
                told[name] = "refused" if ACTIONS[name].blind in str(problem) else "unexplained"
    assert {name for name, text in told.items() if text == "refused"} == BLIND_ERRORS
    assert {name: text for name, text in told.items() if text not in {"", "refused"}} == {
        name: ACTIONS[name].blind
        for name in ANSWERED
        if ACTIONS[name].blind and name not in BLIND_ERRORS
    }


async def test_each_action_by_cookie(house: House) -> None:
    """With a log-in nothing is hidden but what needs a class."""
    house.auth = 'login = { username = "power1", password = { env = "PASSWORD" } }'
    house.environ["PASSWORD"] = house.sim.world.user("power1").password
    async with house.opened():
        for name in ANSWERED:
            *_, last = await house.ask("call", action=name, params=example(name), yes=True)
            assert last["blind"] == ""
            assert last["answer"] is not None, name


@pytest.mark.parametrize("by", ["token", "cookie"])
async def test_what_changes_something_is_done_once_and_when_meant(house: House, by: str) -> None:
    """Without a yes nothing is sent; with one it is sent once, whatever becomes of it."""
    if by == "cookie":
        house.auth = 'login = { username = "me", password = { env = "PASSWORD" } }'
        house.environ["PASSWORD"] = house.sim.world.user("me").password
    changing = [name for name, action in ACTIONS.items() if action.changes]
    answers: dict[str, str] = {}
    async with house.opened():
        for name in changing:
            with pytest.raises(RequestRefused, match=r"add --yes to confirm|not implemented"):
                await house.ask("call", action=name, params=example(name))
            try:
                await house.ask("call", action=name, params=example(name), yes=True, force=True)
                answers[name] = "done"
            except RequestRefused as problem:
                answers[name] = str(problem)
    asked = [each.action for each in house.sim.arrivals if each.action in changing]
    assert sorted(asked) == sorted(changing)
    assert answers["clear_user_notification"] == "done"
    assert answers["votefavorite"] == "bad parameters"


async def test_what_is_absent_is_asked_when_forced(house: House) -> None:
    """The documentation may be behind."""
    async with house.opened():
        with pytest.raises(RequestRefused, match="not implemented; --force"):
            await house.ask("call", action="torrent_info")
        with pytest.raises(RequestRefused, match="bad parameters"):
            await house.ask("call", action="torrent_info", force=True)
    assert [each.action for each in house.sim.arrivals] == ["index", "torrent_info"]


async def test_a_thread_is_read_gently(house: House) -> None:
    """The read marker moves only when that is meant."""
    house.auth = 'login = { username = "me", password = { env = "PASSWORD" } }'
    house.environ["PASSWORD"] = house.sim.world.user("me").password
    forums, me = house.sim.world.forums, house.sim.world.user("me").id
    thread = next(each for each in forums.threads if (me, each) not in forums.read)
    params = {"type": "viewthread", "threadid": thread}
    async with house.opened():
        await house.ask("call", action="forum", params=params)
        assert (me, thread) not in forums.read
        loud = {**params, "updatelastread": 1}
        with pytest.raises(
            RequestRefused, match="forum marks the thread as read; add --yes to confirm"
        ):
            await house.ask("call", action="forum", params=loud)
        await house.ask("call", action="forum", params=loud, yes=True)
    assert (me, thread) in forums.read


async def test_a_conversation_is_read_when_that_is_meant(house: House) -> None:
    """Reading one marks it; listing doesn't."""
    me = house.sim.world.user("me")
    unread = house.sim.world.unread(me)
    number = next(
        each.id for each in house.sim.world.conversations.values() if me.id in each.unread
    )
    async with house.opened():
        await house.ask("call", action="inbox")
        assert house.sim.world.unread(me) == unread
        params = {"type": "viewconv", "id": number}
        with pytest.raises(RequestRefused, match="inbox marks the conversation as read"):
            await house.ask("call", action="inbox", params=params)
        await house.ask("call", action="inbox", params=params, yes=True)
    assert house.sim.world.unread(me) == unread - 1


async def test_the_account_is_composed(house: House) -> None:
    """A token needs two requests, a log-in one; what can't be known is null."""
    async with house.opened():
        *_, last = await house.ask("call", action="account")
    asked = [each.action for each in house.sim.arrivals]
    assert asked == ["index", "user"]
    me, answer = house.sim.world.user("me"), last["answer"]
    assert (answer["uploaded"], answer["username"]) == (me.uploaded, "me")
    assert answer["ratio"] == pytest.approx(me.uploaded / me.downloaded)
    assert answer["messages"] == house.sim.world.unread(me)
    assert answer["new_announcement"] is None


async def test_uploads_are_searched_for_as_long_as_one_confirms(house: House) -> None:
    """What takes long is refused with how long it takes; what was learnt is kept."""
    world = house.sim.world
    for number in (20, 45):
        world.torrents[number].uploader = world.user("me").id
    async with house.opened():
        long = r"sends about 1,022 requests, which takes .*; add --yes to confirm"
        with pytest.raises(RequestRefused, match=long):
            await house.ask("call", action="my_uploads", params={"learn": "all"})
        *_, last = await house.ask("call", action="my_uploads", params={"learn": 20}, yes=True)
    answer = last["answer"]
    assert [each["torrent"]["id"] for each in answer["uploads"]] == [45]
    assert (answer["count"], answer["known"] + answer["remaining"]) == (2, max(world.torrents))
    house.sim.arrivals.clear()
    async with house.opened():
        *_, last = await house.ask("call", action="my_uploads", params={"learn": "all"}, yes=True)
        assert [each["torrent"]["id"] for each in last["answer"]["uploads"]] == [45, 20]
        assert last["answer"]["remaining"] == 0
        house.sim.arrivals.clear()
        # It is short from now on, and nothing has to be confirmed.
        await house.ask("call", action="my_uploads", params={"learn": "all"})
    asked = [each.action for each in house.sim.arrivals]
    assert asked == ["index", "user", "torrentgroup", "torrentgroup"]


async def test_pages_are_put_together(house: House) -> None:
    """All pages make one answer, the newest first, with nothing twice."""
    for number in range(120):
        house.sim.world.publish(f"Set {number}")
    async with house.opened():
        *_, last = await house.ask(
            "call", action="browse", params={"group_results": 0}, pages="all"
        )
        *_, two = await house.ask("call", action="browse", params={"group_results": 0}, pages=2)
        with pytest.raises(RequestRefused, match="torrent has no pages to turn"):
            await house.ask("call", action="torrent", params={"id": 1}, pages=2)
    ids = [each["torrents"][0]["torrentId"] for each in last["answer"]["results"]]
    assert len(ids) == len(set(ids)) == len(house.sim.world.torrents)
    assert ids == sorted(ids, reverse=True)
    assert len(two["answer"]["results"]) == 100


async def test_raw_is_what_came_without_keys(house: House) -> None:
    """The body is as the tracker wrote it, but for secrets."""
    me = house.sim.world.user("me")
    house.auth = 'login = { username = "me", password = { env = "PASSWORD" } }'
    house.environ["PASSWORD"] = me.password
    async with house.opened():
        *_, last = await house.ask("call", action="index", raw=True)
    (text,) = last["raw"]
    assert text.startswith('{"status":"success","response":{"username":"me"')
    assert me.authkey not in text
    assert me.passkey not in text


async def test_the_sites_own_words_are_learned(house: House) -> None:
    """A platform that isn't known is doubted, until the site has told its words."""
    params = {"media": "Ilumina"}
    async with house.opened() as app:
        first, *_ = await house.ask("call", action="browse", params=params)
        assert first["hint"].startswith('"Ilumina" is no platform that gazelled knows of')
        app.ontology = type(app.ontology)(())
        await house.ask("call", action="ontology")
        assert len(app.ontology.categories) == 12


async def test_broken_actions_fail_in_a_sentence(house: House) -> None:
    """They may be asked, since the site may have fixed them, and hold nobody up."""
    async with house.opened():
        for name in ("artist", "autofill", "preview"):
            with pytest.raises(RequestRefused, match=f"{name} is broken at the tracker"):
                await house.ask("call", action=name, params=example(name))
        await house.ask("call", action="index")


async def test_what_the_tracker_ignores_is_sent_when_forced(house: House) -> None:
    """It is refused with what to use instead; who insists gets what the tracker says to it."""
    async with house.opened():  # nothing is scheduled
        await house.ask("call", action="index")
        with pytest.raises(RequestRefused, match=r"write container, or match\.format in a rule"):
            await house.ask("call", action="browse", params={"format": "FASTQ"})
        with pytest.raises(RequestRefused, match="whole number"):
            await house.ask("call", action="browse", params={"page": "x"})
        with pytest.raises(RequestRefused, match='no action "quota"'):
            await house.ask("call", action="quota")
        with pytest.raises(RequestRefused, match="bad parameters"):
            await house.ask("call", action="quota", params={"day": "3"}, force=True)
        with pytest.raises(RequestRefused, match="add --yes to confirm"):
            await house.ask("call", action="announcements", params={"x": "1"}, force=True)
        before = len(house.sim.arrivals)
        lines = await house.ask("call", action="browse", params={"format": "FASTQ"}, force=True)
        assert "results" in lines[-1]["answer"]
        assert len(house.sim.arrivals) == before + 1
