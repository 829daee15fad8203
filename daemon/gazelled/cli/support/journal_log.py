"""The log of a service that doesn't run, as systemd's journal has kept it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from gazelled.errors import GazelledError
from gazelled.logs import LogLine
from gazelled.service.systemd.unit_files import Unit
from gazelled.text import word

_WITHIN = 10.0
_LAST = 500
_LEVELS = {"0": "critical", "1": "critical", "2": "critical", "3": "error", "4": "warning"}
_PREFIX = "GAZELLED_"
OF_SYSTEMD = "systemd: "
"""What lines begin with that systemd has written about the service."""


def journal_lines(unit: Unit) -> list[LogLine]:
    """
    Return the last lines of a service's log, the oldest first.

    Raises:
        GazelledError: If there is no journal, or this user may not read it.

    """
    if shutil.which("journalctl") is None:
        raise GazelledError("there is no journalctl here")
    whose = ["--user"] if unit.of_user else []
    try:
        done = subprocess.run(  # noqa: S603 - words of this program
            ["journalctl", *whose, "--unit", unit.name, "--lines", str(_LAST), "--output", "json"],  # noqa: S607 - as a person types it
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_WITHIN,
        )
    except subprocess.TimeoutExpired:
        raise GazelledError(f"journalctl took more than {_WITHIN:g} s") from None
    lines = [_line(entry) for entry in _entries(done.stdout)]
    if not lines:
        said = " ".join(done.stderr.split()) or "it has no line of this service"
        raise GazelledError(f"the journal: {said}")
    return lines


def _entries(output: str) -> Iterator[Mapping[str, object]]:
    for text in output.splitlines():
        try:
            entry = json.loads(text)
        except ValueError:
            continue
        if isinstance(entry, dict):
            yield entry


def _line(entry: Mapping[str, object]) -> LogLine:
    at = str(entry.get("__REALTIME_TIMESTAMP", ""))
    fields = {
        name.removeprefix(_PREFIX).lower(): value
        for name, value in entry.items()
        if name.startswith(_PREFIX) and isinstance(value, str)
    }
    event = fields.pop("event", "")
    # A field that the journal fills itself: what a service prints can't have it.
    if entry.get("_COMM") == "systemd":
        event = f"{OF_SYSTEMD}{entry.get('MESSAGE', '')}"
    return LogLine(
        datetime.fromtimestamp(int(at) / 1e6 if at.isdigit() else 0, UTC),
        _LEVELS.get(str(entry.get("PRIORITY", "")), "info"),
        event,
        " ".join(f"{name}={word(value)}" for name, value in fields.items()),
    )
