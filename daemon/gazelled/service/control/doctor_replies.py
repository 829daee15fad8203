"""Replies about what works: the doctor's, and that of the check of a target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """A finding; see `gazelled.tracker.doctor.findings.Finding`."""

    about: str
    mark: str
    text: str
    advice: str


@dataclass(frozen=True, slots=True)
class DoctorResult:
    """What works at the tracker, and what to write into `[tracker]` beside the log-in."""

    well: bool
    requests: int
    findings: tuple[DoctorFinding, ...]
    settings: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class DoctorReply:
    """What the doctor found."""

    report: DoctorResult


@dataclass(frozen=True, slots=True)
class TargetCheckReply:
    """
    A target that can be reached.

    Attributes:
        checked: Whether its plugin can tell; if not, nothing is known.

    """

    target: str
    checked: bool
