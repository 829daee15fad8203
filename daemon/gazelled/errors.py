"""
Few exceptions; each says what the caller must do.

    GazelledError
    ├── ConfigError     fix the configuration
    ├── StateError      fix the state folder
    ├── TrackerError    a call got no usable answer
    │   ├── TrackerUnavailable   ask again later
    │   ├── ActionRequired       ask nothing until a person has acted
    │   ├── RequestRefused       change what is asked
    │   └── BadAnswer            the answer can't be read; report it
    ├── RetryLater      a plugin: try this delivery again later
    └── GiveUp          a plugin: never try this delivery again
"""

from __future__ import annotations


class GazelledError(Exception):
    """The base of all. Its text is a sentence for people and holds no secret."""


class ConfigError(GazelledError):
    """The configuration must be fixed first."""


class StateError(GazelledError):
    """The state folder can't be used as it is."""


class TrackerError(GazelledError):
    """A call got no usable answer."""


class TrackerUnavailable(TrackerError):  # noqa: N818 - says what it means to the caller
    """
    The tracker can't answer now; ask again later.

    Args:
        message: What is known of it.
        after: Seconds to wait, if known.
        action: The action that fails as a whole while the tracker answers others; empty when it
            is the tracker, or this call alone.

    """

    def __init__(self, message: str, *, after: float | None = None, action: str = "") -> None:
        super().__init__(message)
        self.after = after
        self.action = action


class ActionRequired(TrackerError):  # noqa: N818 - says what it means to the caller
    """Nothing more is sent until a person acts; the text says what they can do."""


class RequestRefused(TrackerError):  # noqa: N818 - says what it means to the caller
    """The tracker refuses this call; the text keeps its words."""


class BadAnswer(TrackerError):  # noqa: N818 - says what it means to the caller
    """
    The answer can't be read.

    Args:
        message: What is wrong with it.
        raw: The answer as it came, as far as it came.

    """

    def __init__(self, message: str, *, raw: bytes = b"") -> None:
        super().__init__(message)
        self.raw = raw


class RetryLater(GazelledError):  # noqa: N818 - says what it means to the caller
    """
    The delivery failed for now and is tried again.

    Args:
        message: Why, for people.
        after: Seconds to wait; the deliverer decides when it is None.

    """

    def __init__(self, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class GiveUp(GazelledError):  # noqa: N818 - says what it means to the caller
    """The delivery can never succeed."""
