"""What pages take from control handlers and from addresses, so that nothing is decided twice."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar

from gazelled.service.control.handlers import handle
from gazelled.service.control.protocol import ControlRequest

if TYPE_CHECKING:  # the app has the server that shows its pages
    from gazelled.service.app import App

R = TypeVar("R")
_LONGEST_NUMBER = 19


async def reply_to(app: App, request: ControlRequest[R]) -> R:
    """
    Return the first reply of the handler of a request.

    Raises:
        GazelledError: As the handler does.

    """
    async with aclosing(handle(app, request)) as replies:
        reply: R = await anext(replies)
        return reply


def whole_number(text: str) -> int:
    """Return a number in the address of a page; 0 for what is none, or too long to be one."""
    is_number = text.isascii() and text.isdecimal() and len(text) < _LONGEST_NUMBER
    return int(text) if is_number else 0
