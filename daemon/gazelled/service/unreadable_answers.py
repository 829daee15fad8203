"""Answers that can't be read are kept, for whoever looks for the cause."""

from __future__ import annotations

import os
from pathlib import Path

import structlog

from gazelled.errors import BadAnswer
from gazelled.redact import Redactor

log = structlog.stdlib.get_logger(__name__)

FOLDER = "broken"
LONGEST = 2**20


def save_unreadable(folder: Path, asked: str, problem: BadAnswer, redactor: Redactor) -> None:
    """Keep an answer, the last one of each action, without secrets in it."""
    text = problem.raw[:LONGEST].decode("utf-8", "replace")
    # An answer that broke off may end within a secret; with a quote it can be recognised.
    clean = redactor.scrub(f'{text}"').removesuffix('"')
    path = folder / FOLDER / f"{asked.partition(' ')[0]}.txt"
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(file, "w", encoding="utf-8") as kept:  # noqa: PTH123 - a descriptor has no path
            kept.write(clean)
    except OSError as error:
        log.warning("answer.save_failed", asked=asked, error=error.strerror)
