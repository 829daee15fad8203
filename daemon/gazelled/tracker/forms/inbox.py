"""
Conversations: deleting them, marking them as read or unread, and keeping them on top.

Their state is read from the lists, which marks nothing as read. The site changes all conversations
of a form or none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from gazelled.errors import Reason, RequestRefused
from gazelled.model import Params
from gazelled.text import either
from gazelled.tracker.catalogue.actions import Endpoints
from gazelled.tracker.catalogue.messages import Conversation
from gazelled.tracker.forms.sender import FormChange

Box = Literal["inbox", "sentbox"]
_BOXES: tuple[Box, ...] = ("inbox", "sentbox")


@dataclass(frozen=True, slots=True)
class Boxes:
    """
    The conversations of interest as the lists show them.

    Attributes:
        last: The last page of each box that one was on.

    """

    conversations: Mapping[int, Conversation]
    last: Mapping[Box, int]


class BoxReader:
    """
    Finds conversations in the boxes.

    Every page is read until all are found. Those that are `required` have to be there the first
    time, and may be on any page later; the others are looked for where they were, and a page
    behind that.
    """

    def __init__(
        self,
        api: Endpoints,
        numbers: Sequence[int],
        boxes: Sequence[Box],
        *,
        required: bool = False,
    ) -> None:
        self._api = api
        self._numbers = numbers
        self._boxes = boxes
        self._required = required
        self._before: Boxes | None = None

    async def read_state(self) -> Boxes:
        """Return the conversations that are there; raise RequestRefused if one is missing."""
        conversations: dict[int, Conversation] = {}
        last: dict[Box, int] = {}
        for box in self._boxes:
            page, pages = 0, self._pages(box)
            seen: set[int] = set()
            while page < pages and len(conversations) < len(self._numbers):
                page += 1
                answer = await self._api.inbox(type=box, page=page)
                listed = {conversation.conv_id for conversation in answer.messages}
                # A page with nothing new is the last, whatever number of pages it claims.
                pages = min(pages, answer.pages or 1) if listed - seen else page
                seen |= listed
                for conversation in answer.messages:
                    if (number := conversation.conv_id) in self._numbers:
                        conversations.setdefault(number, conversation)
                        last[box] = page
        boxes = Boxes(conversations, last)
        if self._before is None:
            missing = [number for number in self._numbers if number not in conversations]
            if missing and self._required:
                text = f"{_names(missing)} not in your inbox"
                raise RequestRefused(text, reason=Reason.NOT_FOUND)
            self._before = boxes
        return boxes

    def _pages(self, box: Box) -> float:
        """Return how many pages of a box may hold them."""
        if self._before is None or self._required:
            return float("inf")
        last = self._before.last.get(box)
        return 0 if last is None else last + 1


def deleting(api: Endpoints, numbers: Sequence[int]) -> FormChange[Boxes]:
    """Return the change that deletes conversations from both boxes."""
    names = _names(numbers)
    return FormChange(
        form="change_conversations",
        params=lambda boxes: _chosen(boxes.conversations, "delete"),
        read_state=BoxReader(api, numbers, _BOXES).read_state,
        in_effect=lambda _, now: not now.conversations,
        wanted=f"{names} in neither of your boxes",
        unwanted=f"{names} still in your boxes",
    )


def marking(api: Endpoints, numbers: Sequence[int], *, unread: bool) -> FormChange[Boxes]:
    """Return the change that marks conversations of the inbox as unread, or as read."""
    names = _names(numbers)
    state, other = ("unread", "read") if unread else ("read", "unread")

    def wrong(boxes: Boxes) -> dict[int, Conversation]:
        return {
            number: conversation
            for number, conversation in boxes.conversations.items()
            if conversation.unread is not unread
        }

    return FormChange(
        form="change_conversations",
        params=lambda boxes: _chosen(wrong(boxes), state),
        read_state=BoxReader(api, numbers, ("inbox",), required=True).read_state,
        in_effect=lambda _, now: not wrong(now) and len(now.conversations) == len(numbers),
        wanted=f"{names} {state}",
        unwanted=f"{names} {other}, at least in part" if len(numbers) > 1 else f"{names} {other}",
    )


def sticking(api: Endpoints, number: int, *, wanted: bool) -> FormChange[Boxes]:
    """Return the change that makes a conversation of the inbox sticky, or not sticky."""
    sticky, plain = f"conversation {number} is sticky", f"conversation {number} is not sticky"
    reader = BoxReader(api, [number], ("inbox",), required=True)

    def in_effect(_: Boxes, now: Boxes) -> bool:
        conversation = now.conversations.get(number)
        return conversation is not None and conversation.sticky is wanted

    return FormChange(
        form="change_conversation",
        params=(("convid", str(number)), *((("sticky", "1"),) if wanted else ())),
        read_state=reader.read_state,
        in_effect=in_effect,
        wanted=sticky if wanted else plain,
        unwanted=plain if wanted else sticky,
    )


def _chosen(conversations: Mapping[int, Conversation], what: str) -> Params:
    return (*(("messages[]", str(number)) for number in conversations), (what, "1"))


def _names(numbers: Sequence[int]) -> str:
    """Return the subject of a sentence about conversations, with its verb."""
    if len(numbers) == 1:
        return f"conversation {numbers[0]} is"
    return f"conversations {either([str(number) for number in numbers], 'and')} are"
