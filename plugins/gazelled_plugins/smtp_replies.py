"""What the replies of a mail server mean for a delivery, by how far its session has come."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from gazelled.plugin import GiveUp, RetryLater, TargetFault

PASSWORD_PAUSE = 3600.0
"""Seconds after a refused password: servers ban addresses that try too often."""

LONGEST = 200
"""The most characters of a reply that an error shows."""

_LOG_IN_FIRST = 530
_TOO_LARGE = 552
_FINAL = range(500, 600)


class Step(Enum):
    """How far a session has come; the same reply means something else at each step."""

    CONNECT = "connect"
    LOG_IN = "log-in"
    SENDER = "sender"
    RECIPIENTS = "recipients"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that refuses something."""

    code: int
    text: str

    @property
    def final(self) -> bool:
        """Whether it is the same at the next attempt."""
        return self.code in _FINAL

    @property
    def refuses_recipient(self) -> bool:
        """Whether a recipient is refused for good; a full mailbox may be emptied."""
        return self.final and self.code != _TOO_LARGE

    @property
    def forbids_relaying(self) -> bool:
        """Whether it is about who may send to others, rather than about the recipient."""
        return self.final and ("5.7." in self.text or "relay" in self.text.lower())

    def __str__(self) -> str:
        """Return the reply in one line."""
        words = "".join(sign if sign.isprintable() else " " for sign in self.text).split()
        return " ".join([str(self.code), *words])[:LONGEST]


def problem_of(reply: Reply, step: Step, where: str) -> RetryLater | GiveUp:
    """
    Return what to raise for a reply.

    Args:
        reply: The reply.
        step: What it answers.
        where: The server, as the subject of a sentence.

    """
    if reply.code == _LOG_IN_FIRST:
        return TargetFault(f"{where} requires a log-in or TLS first ({reply}).")
    if not reply.final or (step is Step.RECIPIENTS and not reply.refuses_recipient):
        return RetryLater(f"{where} takes no messages for now ({reply}).")
    match step:
        case Step.CONNECT:
            return TargetFault(f"{where} refuses the connection ({reply}).")
        case Step.LOG_IN:
            text = f"{where} refuses the user name or password ({reply})."
            return TargetFault(text, after=PASSWORD_PAUSE)
        case Step.SENDER if reply.code != _TOO_LARGE:
            return TargetFault(f"{where} refuses the address of the sender ({reply}).")
        case Step.RECIPIENTS:
            return GiveUp(f"{where} refuses the recipient ({reply}).")
        case _ if reply.code == _TOO_LARGE:
            return GiveUp(f"{where} refuses the message as too large ({reply}).")
        case _:
            return GiveUp(f"{where} refuses the message ({reply}).")
