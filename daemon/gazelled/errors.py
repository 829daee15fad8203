"""
The exceptions; each says what the caller must do.

    GazelledError
    ├── ConfigError     fix the configuration
    ├── StateError      fix the state folder
    ├── TrackerError    a call got no usable answer
    │   ├── TrackerUnavailable   retry later
    │   ├── ActionRequired       send nothing until a person has acted
    │   ├── RequestRefused       change the request
    │   └── BadAnswer            the answer can't be read; report it
    ├── RetryLater      a plugin: retry this delivery later
    └── GiveUp          a plugin: never retry this delivery
"""

from __future__ import annotations


class GazelledError(Exception):
    """The base class. The text is a sentence for people and contains no secret."""


class ConfigError(GazelledError):
    """The configuration must be fixed first."""


class StateError(GazelledError):
    """The state folder can't be used."""


class TrackerError(GazelledError):
    """A call got no usable answer."""


class TrackerUnavailable(TrackerError):  # noqa: N818 - says what it means to the caller
    """
    The tracker is not available now; retry later.

    Args:
        message: What is known about it.
        after: Seconds to wait, if known.
        action: The action that fails as a whole while the tracker answers others; empty when it
            is the tracker, or this call alone.

    """

    def __init__(self, message: str, *, after: float | None = None, action: str = "") -> None:
        super().__init__(message)
        self.after = after
        self.action = action


class ActionRequired(TrackerError):  # noqa: N818 - says what it means to the caller
    """Nothing more is sent until a person acts; the text says what to do."""


class RequestRefused(TrackerError):  # noqa: N818 - says what it means to the caller
    """The tracker refuses this call; the text contains its reason."""


class BadAnswer(TrackerError):  # noqa: N818 - says what it means to the caller
    """
    The answer could not be read.

    Args:
        message: What is wrong with it.
        raw: The answer as received; it may be incomplete.

    """

    def __init__(self, message: str, *, raw: bytes = b"") -> None:
        super().__init__(message)
        self.raw = raw


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


class GiveUp(GazelledError):  # noqa: N818 - says what it means to the caller
    """The delivery can never succeed."""
