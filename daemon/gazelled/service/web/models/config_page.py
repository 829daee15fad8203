"""The page of the config: what is in use, with secrets masked, and what `check` finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gazelled.config.document.config_files import stamp_of
from gazelled.config.document.problems import Problem, place_of
from gazelled.service.configuration.effective import effective_tables
from gazelled.service.web.web_page import PageRequest

if TYPE_CHECKING:  # the app has the server that shows its pages
    from gazelled.service.app import App

MOST_WATCHES = 50


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A file of the config, when it was changed, and whether that was after it was read."""

    place: str
    changed: datetime
    is_newer: bool


@dataclass(frozen=True, slots=True)
class ConfigFinding:
    """What is wrong with the files as they are now: `error` or `warning`, the place, the key."""

    severity: str
    place: str
    key: str
    text: str


@dataclass(frozen=True, slots=True)
class ConfigTable:
    """A table of the config as it counts: its header, such as `[target.phone]`, and its keys."""

    header: str
    text: str


@dataclass(frozen=True, slots=True)
class ConfigPage:
    """
    The config.

    Attributes:
        checked: Whether the files could be checked.
        more: How many watches are not among the tables.
        resting: The watches that are disabled, or lack a plugin.

    """

    now: datetime
    file: str
    files: tuple[ConfigFile, ...]
    checked: bool
    findings: tuple[ConfigFinding, ...]
    tables: tuple[ConfigTable, ...]
    more: int
    resting: tuple[str, ...]


async def config_page(app: App, _: PageRequest) -> ConfigPage:
    """Return the page of the config."""
    findings = await app.reloader.findings() if app.reloader else None
    tables = [ConfigTable(header, text) for header, text in effective_tables(app)]
    watches = [table for table in tables if table.header.startswith("[watch.")]
    left_out = {table.header for table in watches[MOST_WATCHES:]}
    return ConfigPage(
        now=app.clock.now(),
        file=str(app.config.file),
        files=tuple(_files(app)),
        checked=findings is not None,
        findings=tuple(_finding(app, problem) for problem in findings or ()),
        tables=tuple(table for table in tables if table.header not in left_out),
        more=len(left_out),
        resting=tuple(app.config.resting),
    )


def _files(app: App) -> Iterator[ConfigFile]:
    known = {file: (at, size) for file, at, size in app.config.stamp}
    for file, at, size in stamp_of(app.config.file):
        changed = datetime.fromtimestamp(at / 1e9, UTC)
        yield ConfigFile(place_of(file, None), changed, known.get(file) != (at, size))


def _finding(app: App, problem: Problem) -> ConfigFinding:
    scrub = app.redactor.scrub
    place = place_of(problem.file, problem.line)
    return ConfigFinding(problem.severity, place, scrub(problem.key), scrub(problem.message))
