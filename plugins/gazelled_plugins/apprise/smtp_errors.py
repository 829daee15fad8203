"""What the errors of Apprise's mail mean: it sends with smtplib."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Callable

from gazelled.plugin import GiveUp, RetryLater, TargetFault
from gazelled_plugins import smtp_replies
from gazelled_plugins.smtp_replies import Reply, Step

_LOGGED_REPLY = re.compile(r"\brefused: (\d{3}) (.*)", re.DOTALL)
_STEPS: tuple[tuple[type[smtplib.SMTPResponseException], Step], ...] = (
    (smtplib.SMTPConnectError, Step.CONNECT),
    (smtplib.SMTPHeloError, Step.CONNECT),
    (smtplib.SMTPAuthenticationError, Step.LOG_IN),
    (smtplib.SMTPSenderRefused, Step.SENDER),
    (smtplib.SMTPDataError, Step.CONTENT),
)


def problem_of_mail(
    error: BaseException, where: str, hide: Callable[[str], str]
) -> RetryLater | GiveUp | None:
    """
    Return what to raise for an error of smtplib; None for any other.

    Args:
        error: The error.
        where: The service, as the subject of a sentence.
        hide: Removes secrets from the server's words, which may repeat an address.

    """
    match error:
        case smtplib.SMTPRecipientsRefused():
            replies = [Reply(code, hide(_text(text))) for code, text in error.recipients.values()]
            # One that is refused for now keeps the message alive for the others.
            reply = next((one for one in replies if not one.final), replies[0])
            return smtp_replies.problem_of(reply, Step.RECIPIENTS, where)
        case smtplib.SMTPResponseException():
            step = next((step for kind, step in _STEPS if isinstance(error, kind)), Step.CONNECT)
            reply = Reply(error.smtp_code, hide(_text(error.smtp_error)))
            return smtp_replies.problem_of(reply, step, where)
        case smtplib.SMTPServerDisconnected():
            return RetryLater(f"{where} closed the connection and confirmed nothing.")
        case smtplib.SMTPException():
            return TargetFault(f"{where} does not offer the encryption or log-in of the URL.")
    return None


def problem_of_recipient(text: str, where: str) -> RetryLater | GiveUp | None:
    """Return what to raise for a reply to a recipient that Apprise logs; None for other texts."""
    reply = _LOGGED_REPLY.search(text)
    if reply is None:
        return None
    return smtp_replies.problem_of(Reply(int(reply[1]), reply[2]), Step.RECIPIENTS, where)


def _text(text: str | bytes) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text
