"""Conversations by forms: what is particular about them."""

from __future__ import annotations

import pytest

from gazelled.errors import Reason, RequestRefused, TrackerUnavailable
from gazelled.testing import Fault, Simulator
from gazelled.tracker import Api, WriteOutcome
from gazelled.tracker.forms.answer import consists_of


async def test_a_setting_of_the_user_leads_elsewhere(sim: Simulator, api: Api) -> None:
    """The redirect of success depends on it."""
    sim.world.user("me").unread_first = True
    written = await api.write.stick(2)
    assert written.outcome is WriteOutcome.DONE
    assert "answers" not in written.text


async def test_a_conversation_far_back_is_found(sim: Simulator, api: Api) -> None:
    """Sticky ones come first: it moves to the first page and back to the third."""
    for number in range(60):
        sim.world.send(f"Later {number}")
    assert (await api.write.stick(2)).outcome is WriteOutcome.DONE
    assert (await api.write.unstick(2)).outcome is WriteOutcome.DONE
    assert (await api.write.delete(2)).outcome is WriteOutcome.DONE
    assert 2 in sim.world.conversations[2].deleted


async def test_only_those_are_sent_that_are_not_so(sim: Simulator, api: Api) -> None:
    """Of several conversations."""
    sim.world.conversations[2].unread.add(2)
    sim.world.conversations[3].unread.discard(2)
    written = await api.write.mark_unread(2, 3, 3)
    assert written.text == "Conversations 2 and 3 are unread."
    assert sim.world.conversations[2].unread >= {2}
    assert sim.world.conversations[3].unread >= {2}


async def test_a_sent_conversation_can_be_deleted(sim: Simulator, api: Api) -> None:
    """It is in the sentbox alone."""
    conversation = sim.world.send("Hello", "Hi", to="mod1", sender="me")
    assert (await api.write.delete(conversation.id)).outcome is WriteOutcome.DONE
    assert 2 in conversation.deleted
    again = await api.write.delete(conversation.id)
    assert again.outcome is WriteOutcome.ALREADY


@pytest.mark.parametrize("number", [999_999, 1_000_000])
async def test_what_is_not_in_the_inbox_can_not_be_marked(
    sim: Simulator, api: Api, number: int
) -> None:
    """Nothing is sent."""
    with pytest.raises(
        RequestRefused, match=f"conversation {number} is not in your inbox"
    ) as error:
        await api.write.mark_read(2, number)
    assert error.value.reason is Reason.NOT_FOUND
    assert not any(arrival.action == "masschange" for arrival in sim.arrivals)


async def test_an_answer_reaches_the_other(sim: Simulator, api: Api) -> None:
    """It is unread there, and read here, since it was opened."""
    conversation = sim.world.conversations[2]
    other = next(iter(conversation.members - {2}))
    conversation.unread = {2}
    written = await api.write.answer(2, "  Which strain?\n\n[b]W303[/b]  ")
    assert written.text == "Your message is in conversation 2."
    assert conversation.messages[-1].body == "Which strain?\n\n[b]W303[/b]"
    assert conversation.unread == {other}


async def test_the_same_answer_twice_is_two_messages(sim: Simulator, api: Api) -> None:
    """An older message with the same words proves nothing."""
    before = len(sim.world.conversations[2].messages)
    assert (await api.write.answer(2, "Thanks")).outcome is WriteOutcome.DONE
    sim.fail(Fault.EMPTY_500, times=1, action="takecompose")
    lost = await api.write.answer(2, "Thanks")
    assert (lost.outcome, lost.in_effect) == (WriteOutcome.UNKNOWN, False)
    assert (await api.write.answer(2, "Thanks")).outcome is WriteOutcome.DONE
    assert len(sim.world.conversations[2].messages) == before + 2


async def test_what_nobody_answered_goes_to_whom_it_was_sent(sim: Simulator, api: Api) -> None:
    """Who that is only the sentbox shows."""
    conversation = sim.world.send("Hello", "Hi", to="mod1", sender="me")
    assert (await api.write.answer(conversation.id, "Still there?")).outcome is WriteOutcome.DONE
    assert conversation.unread == {sim.world.user("mod1").id}


async def test_the_system_takes_no_answer(sim: Simulator, api: Api) -> None:
    """There is nobody to send it to."""
    conversation = sim.world.send("Welcome", "Read the rules", sender="")
    with pytest.raises(RequestRefused, match="the system wrote it"):
        await api.write.answer(conversation.id, "Thank you")
    assert not any(arrival.action == "takecompose" for arrival in sim.arrivals)


async def test_nothing_is_sent_while_messages_are_sealed(sim: Simulator, api: Api) -> None:
    """The site would store an empty message and redirect as after success."""
    sim.fail(Fault.DATABASE_KEY)
    with pytest.raises(TrackerUnavailable, match=r"\[Encrypted\]"):
        await api.write.answer(2, "Thank you")
    assert not any(arrival.action == "takecompose" for arrival in sim.arrivals)


async def test_somebody_who_writes_that_seals_nothing(sim: Simulator, api: Api) -> None:
    """Messages are sealed all together; one that says so is a message."""
    sim.world.reply(2, "[Encrypted]", sender="mod1")
    assert (await api.write.answer(2, "What do you mean?")).outcome is WriteOutcome.DONE


@pytest.mark.parametrize(
    ("text", "words"),
    [(" \n", "needs a text"), ("x" * 49_136, "49,136 bytes"), ("a\ud800b", "surrogate")],
)
async def test_what_the_site_would_spoil_is_refused(
    sim: Simulator, api: Api, text: str, words: str
) -> None:
    """Before a request is spent; the site cuts long texts without a word."""
    with pytest.raises(RequestRefused, match=words) as error:
        await api.write.answer(2, text)
    assert error.value.reason is Reason.BAD_PARAMETERS
    assert sim.arrivals == []


async def test_a_foreign_conversation_is_refused(sim: Simulator, api: Api) -> None:
    """By the API, before anything is sent."""
    foreign = sim.world.send("Between others", to="mod1", sender="power1")
    with pytest.raises(RequestRefused):
        await api.write.answer(foreign.id, "Hello")
    assert len(foreign.messages) == 1


@pytest.mark.parametrize(
    ("text", "shown", "same"),
    [
        ("my key is 12345, keep it", "my key is •, keep it", True),
        ("12345 and 678", "• and •", True),
        ("12345", "•", True),
        ("as it is", "as it is", True),
        ("as it is", "as it was", False),
        ("abc", "ab•bc", False),  # nothing is used twice
        ("1 b 2 a 3", "1 • a • b • 3", False),
        ("my key is 12345, keep it", "your key is •, keep it", False),
    ],
)
def test_a_message_without_its_secrets_is_recognised(text: str, shown: str, *, same: bool) -> None:
    """Whatever a mark stands for, what is around it must be there, in its order."""
    assert consists_of(text, shown.split("•")) is same
