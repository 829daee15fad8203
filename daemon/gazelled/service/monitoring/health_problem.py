"""What is wrong with a daemon: one problem, and all of them as a report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Severity = Literal["warning", "error"]
"""With an `error` gazelled as a whole doesn't do its job, with a `warning` a part of it."""

HealthState = Literal["ok", "degraded", "failing"]


@dataclass(frozen=True, slots=True)
class HealthProblem:
    """
    One thing that is wrong now.

    Attributes:
        subject: What it is about: `tracker`, `watch yeast`, `target phone`, `plugin x`, `config`,
            `watches` as a whole, `state`, `web`, `limit`, `gaps`.
        text: What is wrong, in one clause or sentence without secrets.
        since: Since when; None where that is not known.
        severity: Whether gazelled as a whole doesn't do its job.
        advice: What a person can do; empty where gazelled goes on by itself.

    """

    subject: str
    text: str
    since: datetime | None
    severity: Severity
    advice: str = ""


@dataclass(frozen=True, slots=True)
class HealthReport:
    """All that is wrong now, errors first; `state` is what it means for the daemon as a whole."""

    problems: tuple[HealthProblem, ...] = ()

    @classmethod
    def of(cls, problems: Iterable[HealthProblem]) -> HealthReport:
        """Return the report of problems in any order."""
        return cls(tuple(sorted(problems, key=lambda problem: problem.severity != "error")))

    @property
    def state(self) -> HealthState:
        """`failing` with an error, `degraded` with a warning, `ok` with neither."""
        if any(problem.severity == "error" for problem in self.problems):
            return "failing"
        return "degraded" if self.problems else "ok"
