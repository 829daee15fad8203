"""Requests that pause watches, which are part of the control protocol."""

from __future__ import annotations

from dataclasses import dataclass

from gazelled.service.control.protocol import ControlRequest


@dataclass(frozen=True, slots=True)
class WatchPauseReply:
    """Whether the watch is paused now, and whether that is new."""

    watch: str
    paused: bool
    changed: bool


@dataclass(frozen=True, slots=True)
class WatchPauseRequest(ControlRequest[WatchPauseReply]):
    """Ask nothing for a watch until it is resumed, over restarts too."""

    name: str


@dataclass(frozen=True, slots=True)
class WatchResumeRequest(ControlRequest[WatchPauseReply]):
    """Ask for a paused watch again, at once."""

    name: str
