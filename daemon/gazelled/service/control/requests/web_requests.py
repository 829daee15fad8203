"""Requests about the page, which are part of the control protocol."""

from __future__ import annotations

from dataclasses import dataclass

from gazelled.service.control.protocol import ControlRequest


@dataclass(frozen=True, slots=True)
class WebTokenReply:
    """A new token, which is stored nowhere; and the link with it, empty where nothing listens."""

    token: str
    link: str


@dataclass(frozen=True, slots=True)
class WebTokenRequest(ControlRequest[WebTokenReply]):
    """Make a token for the page; the one before and its log-ins end."""


@dataclass(frozen=True, slots=True)
class WebRevokeReply:
    """Whether there was a token."""

    revoked: bool


@dataclass(frozen=True, slots=True)
class WebRevokeRequest(ControlRequest[WebRevokeReply]):
    """End the token of the page, and all log-ins."""
