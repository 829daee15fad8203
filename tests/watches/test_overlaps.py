"""Looks that overlap know of each other."""

from __future__ import annotations

from gazelled.model import StreamId
from gazelled.watches.streams.overlaps import Overlaps

SHOP, INBOX = StreamId("shop"), StreamId("inbox")


def test_a_look_alone_is_the_newest() -> None:
    """Also when others were judged by before it was asked for."""
    overlaps = Overlaps()
    for _ in range(2):
        turn = overlaps.begin(SHOP)
        turn.answered()
        assert turn.is_newest
        assert not turn.is_outdated
        turn.note_commit(judges=True)


def test_what_was_answered_while_another_was_asked_for_is_newer() -> None:
    """Whoever commits later then compares no states."""
    overlaps = Overlaps()
    slow, quick = overlaps.begin(SHOP), overlaps.begin(SHOP)
    quick.answered()
    quick.note_commit(judges=True)
    slow.answered()
    assert (slow.is_newest, slow.is_outdated) == (False, True)


def test_what_was_answered_earlier_is_not_newer() -> None:
    """A look that was asked for when another one was over may be judged by."""
    overlaps = Overlaps()
    early = overlaps.begin(SHOP)
    early.answered()
    late = overlaps.begin(SHOP)
    early.note_commit(judges=True)
    late.answered()
    assert (late.is_newest, late.is_outdated) == (True, True)


def test_other_streams_and_parts_of_looks_judge_nothing() -> None:
    """They only make known what others have to look up."""
    overlaps = Overlaps()
    turn, other, part = overlaps.begin(SHOP), overlaps.begin(INBOX), overlaps.begin(SHOP)
    for each in (other, part):
        each.answered()
    other.note_commit(judges=True)
    part.note_commit(judges=False)
    assert (turn.is_newest, turn.is_outdated) == (True, True)
