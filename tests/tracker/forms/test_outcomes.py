"""Each change by a form, whatever becomes of it: what is said is what is so at the site."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gazelled.errors import ActionRequired, ConfigError, RequestRefused
from gazelled.testing import Fault, Simulator
from gazelled.tracker import Api, Login, Token, WriteOutcome, connect

from .conftest import ALL, ANSWER, QUICK, Case

HUGE = pytest.param(10**5000, id="huge")
MINUS_HUGE = pytest.param(-(10**5000), id="minus huge")


def sent(sim: Simulator, case: Case) -> int:
    """Count how often the form reached the site."""
    return sum(arrival.action == case.action for arrival in sim.arrivals)


async def test_it_is_done_and_read_back(sim: Simulator, api: Api, any_case: Case) -> None:
    """One form, and the state is read before and after."""
    any_case.prepare(sim.world)
    written = await any_case.do(api)
    assert (written.outcome, written.in_effect) == (WriteOutcome.DONE, True), written
    assert any_case.holds(sim.world)
    assert sent(sim, any_case) == 1
    assert min(sim.gaps()) >= QUICK.per  # the site doesn't count forms; gazelled does


async def test_what_is_so_already_is_not_sent(sim: Simulator, api: Api, case: Case) -> None:
    """Asked twice, the second time sends no form."""
    case.prepare(sim.world)
    await case.do(api)
    again = await case.do(api)
    assert (again.outcome, again.in_effect) == (WriteOutcome.ALREADY, True)
    assert "already" in again.text
    assert sent(sim, case) == 1


@pytest.mark.parametrize("fault", [Fault.DROP, Fault.EMPTY_500, Fault.BAD_GATEWAY])
async def test_an_answer_that_is_lost_before_is_unknown(
    sim: Simulator, api: Api, any_case: Case, fault: Fault
) -> None:
    """It isn't so, that is said, and it isn't sent again."""
    any_case.prepare(sim.world)
    sim.fail(fault, times=1, action=any_case.action)
    written = await any_case.do(api)
    assert written.outcome is WriteOutcome.UNKNOWN
    assert not any_case.holds(sim.world)
    assert written.in_effect is (None if fault is Fault.BAD_GATEWAY else False), written
    assert sent(sim, any_case) == 1


@pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.STORED_500, Fault.CUT_OFF])
async def test_an_answer_that_is_lost_after_is_looked_up(
    sim: Simulator, api: Api, any_case: Case, fault: Fault
) -> None:
    """It is so, as reading shows, and it isn't sent again."""
    any_case.prepare(sim.world)
    sim.fail(fault, times=1, action=any_case.action)
    written = await any_case.do(api)
    assert (written.outcome, written.in_effect) == (WriteOutcome.DONE, True), written
    assert any_case.holds(sim.world)
    assert sent(sim, any_case) == 1


async def test_an_expired_session_is_renewed_and_it_is_sent_once_more(
    sim: Simulator, api: Api, any_case: Case
) -> None:
    """The redirect to the log-in proves that nothing was done."""
    any_case.prepare(sim.world)
    sim.fail(Fault.SESSION_LOST, times=1, action=any_case.action)
    written = await any_case.do(api)
    assert written.outcome is WriteOutcome.DONE
    assert any_case.holds(sim.world)
    assert sent(sim, any_case) == 2


async def test_a_key_that_was_reset_is_fetched_once_more(
    sim: Simulator, api: Api, any_case: Case
) -> None:
    """The site refuses an old key without a word; `index` shows that it is old."""
    any_case.prepare(sim.world)
    old, key = b"0123456789abcdef" * 2, sim.world.user("me").authkey.encode()
    sim.settings.rewrite = lambda body: body.replace(key, old)
    sim.fail(Fault.REWRITTEN, times=1, action="index")
    written = await any_case.do(api)
    assert written.outcome is WriteOutcome.DONE, written
    assert any_case.holds(sim.world)
    assert sent(sim, any_case) == 2


async def test_a_key_that_is_never_taken_is_no_reason_to_go_on(
    sim: Simulator, api: Api, any_case: Case
) -> None:
    """Two forms at most, and what is so is said."""
    any_case.prepare(sim.world)
    sim.fail(Fault.EMPTY_500, action=any_case.action)
    written = await any_case.do(api)
    assert (written.outcome, written.in_effect) == (WriteOutcome.UNKNOWN, False)
    assert sent(sim, any_case) == 1


async def test_a_locked_account_changes_nothing(sim: Simulator, api: Api, any_case: Case) -> None:
    """A page with status 200 is no success; its title is the reason."""
    any_case.prepare(sim.world)
    sim.fail(Fault.LOCKED_ACCOUNT, action=any_case.action)
    written = await any_case.do(api)
    assert (written.outcome, written.in_effect) == (WriteOutcome.REFUSED, False)
    assert "Locked Account" in written.text
    assert not any_case.holds(sim.world)
    assert sent(sim, any_case) == 1


async def test_a_refusal_has_the_words_of_the_site(
    sim: Simulator, api: Api, any_case: Case
) -> None:
    """They stand in a page with status 500; it isn't tried again."""
    any_case.prepare(sim.world)
    sim.settings.words = "Your <b>privileges</b> have been removed &amp; stay so."
    sim.fail(Fault.REFUSED, action=any_case.action)
    written = await any_case.do(api)
    assert (written.outcome, written.in_effect) == (WriteOutcome.REFUSED, False)
    assert "Your privileges have been removed & stay so." in written.text
    assert not any_case.holds(sim.world)
    assert sent(sim, any_case) == 1


async def test_two_at_once_are_made_one_after_the_other(
    sim: Simulator, api: Api, case: Case
) -> None:
    """Else both would see the state before, and what turns over would be sent twice."""
    case.prepare(sim.world)
    both = await asyncio.gather(case.do(api), case.do(api))
    assert {written.outcome for written in both} == {WriteOutcome.DONE, WriteOutcome.ALREADY}
    assert case.holds(sim.world)
    assert sent(sim, case) == 1


async def test_an_answer_is_never_kept_for_two_messages(sim: Simulator, api: Api) -> None:
    """Equal ones are two, and each is looked for by itself."""
    texts = len(sim.world.conversations[2].messages)
    both = await asyncio.gather(ANSWER.do(api), ANSWER.do(api))
    assert [written.outcome for written in both] == [WriteOutcome.DONE] * 2
    assert len(sim.world.conversations[2].messages) == texts + 2


async def test_no_text_holds_the_key(sim: Simulator, api: Api, any_case: Case) -> None:
    """Neither what is returned nor what is raised."""
    key = sim.world.user("me").authkey
    for fault in (Fault.ANSWER_LOST, Fault.BAD_GATEWAY, Fault.FORBIDDEN):
        any_case.prepare(sim.world)
        sim.fail(fault, times=1, action=any_case.action)
        try:
            text = (await any_case.do(api)).text
        except Exception as problem:  # noqa: BLE001 - whatever it is
            text = f"{problem!r} {problem}"
        assert key not in text


async def test_without_permission_nothing_is_sent(sim: Simulator, any_case: Case) -> None:
    """The error says what to allow where."""
    auth = Login("me", sim.world.user("me").password)
    async with connect(sim.url, auth, profile=QUICK, clock=sim.clock) as api:
        with pytest.raises(RequestRefused, match=r"allow = \[.*\[tracker\].*connect"):
            await any_case.do(api)
    assert sim.arrivals == []


async def test_a_token_is_refused_before_anything_is_sent(sim: Simulator, any_case: Case) -> None:
    """Forms take no token; the error says what they take."""
    auth = Token(sim.token())
    async with connect(sim.url, auth, profile=QUICK, clock=sim.clock, allow=ALL) as api:
        with pytest.raises(RequestRefused, match="log-in with user name and password"):
            await any_case.do(api)
    assert sim.arrivals == []


async def test_a_stop_by_the_operators_is_an_error(
    sim: Simulator, api: Api, any_case: Case
) -> None:
    """A 403 stops everything, as for every request."""
    any_case.prepare(sim.world)
    sim.fail(Fault.FORBIDDEN, action=any_case.action)
    with pytest.raises(ActionRequired):
        await any_case.do(api)
    assert not any_case.holds(sim.world)


@pytest.mark.parametrize(
    ("allow", "words"),
    [
        ({"bookmarks"}, 'did you mean "bookmark"'),
        ("bookmark", "allow: expected"),
        (None, "allow: expected"),
        ({3}, 'no change to allow "3"'),
    ],
)
async def test_only_known_permissions_are_taken(sim: Simulator, allow: Any, words: str) -> None:  # noqa: ANN401 - mistakes
    """A mistake is an error of the library's own, with a suggestion where there is one."""
    with pytest.raises(ConfigError, match=words):
        async with connect(sim.url, Token(sim.token()), allow=allow):
            pass


@pytest.mark.parametrize("number", [0, -1, "7", 7.0, True, None, 10**18, HUGE, MINUS_HUGE])
async def test_only_numbers_are_taken(sim: Simulator, api: Api, number: Any) -> None:  # noqa: ANN401 - mistakes
    """What is sent as a number is one; nothing is sent otherwise."""
    for change in (api.write.subscribe, api.write.delete, api.write.stick):
        with pytest.raises(RequestRefused, match="expected a number from 1"):
            await change(number)
    with pytest.raises(RequestRefused, match="needs a text"):
        await api.write.answer(2, number if number != "7" else " ")
    for kind in ("collage", None, ["group"], number):  # collages can't be read back
        with pytest.raises(RequestRefused, match="kind of bookmark"):
            await api.write.bookmark(kind, 7)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(RequestRefused, match="number of a conversation"):
        await api.write.mark_read()
    assert sim.arrivals == []
