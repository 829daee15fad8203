"""
The exceptions; each says what the caller must do.

    GazelledError
    ├── ConfigError     fix the configuration
    ├── StateError      fix the state folder
    │   └── StateUnavailable     retry later: the disk, or who may write there, is at fault
    ├── NotPermitted    ask as another user
    │   └── StateClosed          likewise, or open the state folder
    ├── TrackerError    a call got no usable answer
    │   ├── TrackerUnavailable   retry later
    │   ├── ActionRequired       send nothing until a person has acted
    │   ├── RequestRefused       change the request
    │   ├── BadAnswer            the answer can't be read; report it
    │   └── SourceError          a plugin's source can't be asked or read; fix the plugin
    ├── KindError      a kind of watch failed: the watch looks again later
    ├── RetryLater      a plugin: retry this delivery later
    │   └── TargetFault          retry all of this target's deliveries later
    └── GiveUp          a plugin: never retry this delivery
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum


class Reason(StrEnum):
    """
    Why a call got no usable answer, for programs that decide by it.

    The first five are reasons of `RequestRefused`; `limited` is also one of `TrackerUnavailable`,
    as are `unavailable` and `in_use`. The next three are what a person must do after an
    `ActionRequired`. `other` is whatever the tracker doesn't explain.
    """

    NOT_FOUND = "not_found"
    NOT_PERMITTED = "not_permitted"
    BAD_PARAMETERS = "bad_parameters"
    UNCONFIRMED = "unconfirmed"
    LIMITED = "limited"
    UNAVAILABLE = "unavailable"
    IN_USE = "in_use"
    CREDENTIALS = "credentials"
    STAFF = "staff"
    SETTINGS = "settings"
    UNREADABLE = "unreadable"
    OTHER = "other"

    @classmethod
    def _missing_(cls, _: object) -> Reason:
        """Return what a reason of another release is read as."""
        return cls.OTHER


class GazelledError(Exception):
    """The base class. The text is a sentence for people and contains no secret."""


class ConfigError(GazelledError):
    """The configuration must be fixed first."""


class StateError(GazelledError):
    """The state folder can't be used."""


class StateUnavailable(StateError):  # noqa: N818 - says what it means to the caller
    """The state is sound, as far as known, but it can't be read or written now; retry later."""


class NotPermitted(GazelledError):  # noqa: N818 - says what it means to the caller
    """A daemon runs that this user may not ask."""


class StateClosed(NotPermitted):
    """A state folder can't be entered, so nobody knows whether a daemon runs on it."""


class KindError(GazelledError):
    """The kind of a watch failed at a look: the watch looks again later, others go on."""


class TrackerError(GazelledError):
    """
    A call got no usable answer.

    Args:
        message: A sentence for people.
        reason: Why; None for the one that is usual for the class.
        after: Seconds to wait before the next try, if known.
        until: The time of the next try, aware, if known.

    """

    usual = Reason.OTHER

    def __init__(
        self,
        message: str,
        *,
        reason: Reason | None = None,
        after: float | None = None,
        until: datetime | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason or self.usual
        self.after = after
        self.until = until


class TrackerUnavailable(TrackerError):  # noqa: N818 - says what it means to the caller
    """
    The tracker is not available now; retry later.

    Args:
        message: What is known about it.
        reason: `unavailable`; `limited` after requests were refused for the rate limit; `in_use`
            when another process has the account.
        after: Seconds to wait, if known.
        until: The time until which nothing is sent, aware, if known.
        action: The action that fails as a whole while the tracker answers others; empty when it
            is the tracker, or this call alone.

    """

    usual = Reason.UNAVAILABLE

    def __init__(
        self,
        message: str,
        *,
        reason: Reason | None = None,
        after: float | None = None,
        until: datetime | None = None,
        action: str = "",
    ) -> None:
        super().__init__(message, reason=reason, after=after, until=until)
        self.action = action


class ActionRequired(TrackerError):  # noqa: N818 - says what it means to the caller
    """
    Nothing more is sent until a person acts; the text says what to do.

    So does `reason`: replace the `credentials`, ask the `staff` of the site, or correct `settings`.
    """


class RequestRefused(TrackerError):  # noqa: N818 - says what it means to the caller
    """
    This call is refused, by the tracker or before it is sent; the text contains the reason.

    `reason` is `not_found`, `not_permitted`, `bad_parameters`, `unconfirmed` for a call that marks
    or changes something, `limited` with `after` and `until`, or `other`.
    """


class BadAnswer(TrackerError):  # noqa: N818 - says what it means to the caller
    """
    The answer could not be read.

    Args:
        message: What is wrong with it.
        raw: The answer as received; it may be incomplete.

    """

    usual = Reason.UNREADABLE

    def __init__(self, message: str, *, raw: bytes = b"") -> None:
        super().__init__(message)
        self.raw = raw


class SourceError(TrackerError):
    """A source that a plugin brings can't be asked or read; it is asked again at its next time."""


class RetryLater(GazelledError):  # noqa: N818 - says what it means to the caller
    """
    The delivery failed, and is retried later.

    Args:
        message: The reason, for people.
        after: Seconds to wait; the deliverer decides when it is None.

    """

    def __init__(self, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class TargetFault(RetryLater):
    """
    The target itself is at fault, such as its address or password: all of its deliveries wait.

    None of them is lost by it, however long it lasts.

    Args:
        message: The reason, for people.
        after: Seconds to wait; the deliverer decides when it is None.

    """


class GiveUp(GazelledError):  # noqa: N818 - says what it means to the caller
    """The delivery can never succeed."""
