"""The process of the daemon while the code of plugins runs in it: traces, marks, output."""

from __future__ import annotations

import faulthandler
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gazelled.containment.exclusions import Exclusions
from gazelled.containment.log_guard import GUARD
from gazelled.containment.printed_output import without_secrets
from gazelled.containment.running_mark import MARK, Crash


@contextmanager
def guarded(folder: Path, scrub: Callable[[str], str]) -> Iterator[Crash | None]:
    """
    Guard the process, and yield how an earlier one crashed.

    What an earlier process was doing when it crashed is counted first; a crash of this one leaves
    a trace of all threads on standard error.

    Args:
        folder: The state folder.
        scrub: Takes secrets out of what is printed.

    """
    if not faulthandler.is_enabled():
        faulthandler.enable(sys.__stderr__ or 2)
    crash = MARK.open(folder)
    if crash is not None:
        Exclusions(folder).crashed(crash)
    try:
        with without_secrets(scrub):
            yield crash
    finally:
        GUARD.end()
        MARK.close()
