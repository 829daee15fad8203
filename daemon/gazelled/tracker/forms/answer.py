"""
Answering in a conversation: sent once, and looked for among its messages.

The conversation is opened for that, which marks it as read. A message is never sent again unless it
is certain that the site didn't take it, and unless the conversation doesn't have it.
"""

from __future__ import annotations

from collections.abc import Sequence

from gazelled.errors import Reason, RequestRefused, TrackerUnavailable
from gazelled.markup import safe_text
from gazelled.model import Params
from gazelled.redact import REDACTED
from gazelled.tracker.catalogue.actions import Endpoints
from gazelled.tracker.catalogue.messages import Message, ViewConv
from gazelled.tracker.forms import texts
from gazelled.tracker.forms.inbox import BoxReader
from gazelled.tracker.forms.sender import FormChange

LONGEST = 49_135
"""The maximum bytes of a message; the site cuts longer ones silently."""

_SEALED = ("[Encrypted]", "", None)
"""What all messages are while the site's database key is missing; those stored then are empty."""


def check_text(text: str) -> str:
    """Return a message without blanks around it; raise RequestRefused if it can't be sent."""
    text = text.strip() if type(text) is str else ""
    if not text:
        raise RequestRefused("a message needs a text", reason=Reason.BAD_PARAMETERS)
    try:
        length = len(text.encode())
    except UnicodeEncodeError:
        raise RequestRefused(
            "a message can't hold half of a surrogate pair, or bytes that are not UTF-8",
            reason=Reason.BAD_PARAMETERS,
        ) from None
    if length > LONGEST:
        raise RequestRefused(
            f"the message has {length:,} bytes, and the site cuts it at {LONGEST:,}: shorten it",
            reason=Reason.BAD_PARAMETERS,
        )
    return text


async def answering(api: Endpoints, number: int, text: str) -> FormChange[ViewConv]:
    """Return the change that sends a message to the others of a conversation."""
    me = (await api.index()).id
    first = await api.inbox_viewconv(id=number, mark_read=True)
    # Whoever writes just this in one message of several seals nothing.
    if first.messages and all(message.bb_body in _SEALED for message in first.messages):
        raise TrackerUnavailable(texts.SEALED)
    others = {message.sender_id for message in first.messages if message.sender_id}
    to = sorted(others - {me}) or await _recipient(api, number)
    if not to:
        raise RequestRefused(texts.nobody(number), reason=Reason.NOT_PERMITTED)
    params: Params = (
        ("convid", str(number)),
        ("toid", ",".join(map(str, to))),
        ("body", text),
    )

    opened = [first]

    async def read_state() -> ViewConv:
        if opened:
            return opened.pop()
        return await api.inbox_viewconv(id=number, mark_read=True)

    def in_effect(before: ViewConv, now: ViewConv) -> bool:
        known = {message.message_id for message in before.messages}
        new = [message for message in now.messages if message.message_id not in known]
        return any(message.sender_id == me and _is(message, text) for message in new)

    return FormChange(
        form="answer",
        params=params,
        read_state=read_state,
        in_effect=in_effect,
        wanted=f"your message is in conversation {number}",
        unwanted=f"your message is not in conversation {number}",
    )


async def _recipient(api: Endpoints, number: int) -> list[int]:
    """Return the recipient of a conversation that nobody has answered yet."""
    boxes = await BoxReader(api, [number], ("sentbox",)).read_state()
    conversation = boxes.conversations.get(number)
    return [conversation.sender_id] if conversation and conversation.sender_id else []


def _is(message: Message, text: str) -> bool:
    shown = " ".join((message.bb_body or "").split())
    # The daemon's answers have a mark in the place of what looks like a secret.
    return consists_of(" ".join(safe_text(text).split()), shown.split(REDACTED))


def consists_of(text: str, parts: Sequence[str]) -> bool:
    """Return whether a text consists of these parts in order, with any text between them."""
    first, last = parts[0], parts[-1]
    if len(parts) == 1 or not text.startswith(first) or not text.endswith(last):
        return len(parts) == 1 and text == first
    place, end = len(first), len(text) - len(last)
    for part in parts[1:-1]:
        place = text.find(part, place, end)
        if place < 0:
            return False
        place += len(part)
    return place <= end
