"""Loads the configuration: reads, checks everything, and builds it when it is whole."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from gazelled.config.checks.duplicate_watches import hint_at_twins
from gazelled.config.checks.notices_table import check_notices
from gazelled.config.checks.profile_table import check_profiles, choose_profile
from gazelled.config.checks.tracker_table import WAYS, check_tracker, digest, host_of
from gazelled.config.checks.watch_table import CheckContext, check_defaults, check_watch
from gazelled.config.document.config_files import gather
from gazelled.config.document.key_lines import Key
from gazelled.config.document.problems import Problem, Report, Severity, Source
from gazelled.config.document.references import References
from gazelled.config.expansion import split_each
from gazelled.config.model import Config, Log, Notices, TargetTable, Watch, Web
from gazelled.config.quiet_hours import Quiet, parse_quiet
from gazelled.config.tables import (
    LimitTable,
    LoginTable,
    PluginTable,
    Root,
    TargetSection,
    TrackerTable,
    read_tables,
)
from gazelled.regular_file import is_regular
from gazelled.text import meant, unknown
from gazelled.tracker.transport.proxies import is_loopback

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_LISTEN = re.compile(r"(?:\[([0-9a-fA-F:]+)\]|([^:\[\]\s]+)):(\d{1,5})", re.ASCII)
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Loaded:
    """
    What became of loading a configuration.

    Attributes:
        config: The configuration; None when there is an error.
        problems: Everything that is wrong or doubtful, in the order of the files.
        source: Where each key stands.
        targets: The targets, as far as they could be read, also without a configuration.
        plugins: The files of plugins likewise.
        secrets: The secrets that were found, likewise.

    """

    config: Config | None
    problems: list[Problem]
    source: Source
    targets: Mapping[str, TargetTable] = field(default_factory=dict)
    plugins: Mapping[str, Path | None] = field(default_factory=dict)
    secrets: tuple[SecretStr, ...] = ()

    def problem(
        self, key: Sequence[str | int], message: str, severity: Severity = "error"
    ) -> Problem:
        """Make a problem of a key, with its file and line; it isn't added to `problems`."""
        return self.source.problem(key, message, severity)


def load(
    path: Path,
    environ: Mapping[str, str],
    *,
    known_plugins: Collection[str] | None = None,
    instead: Mapping[str, Mapping[str, object]] | None = None,
    base: Path | None = None,
) -> Loaded:
    """
    Load the configuration; bad content is never an exception.

    Args:
        path: The config file; those in conf.d beside it are read too.
        environ: The environment, for secrets.
        known_plugins: The names of installed plugins; not checked when None.
        instead: Whole tables that stand in for those of the file, such as `tracker`.
        base: The folder that secrets and files are looked for in; the one of the file when None.

    """
    document, source, unread = gather(path)
    document.update(instead or {})
    report = Report(source)
    report.problems += unread
    if any(not problem.key for problem in unread):
        return Loaded(None, report.sorted(), source)  # half a config would only look worse
    tables = read_tables(document, report)
    references = References(base or path.parent, environ, report)
    profiles = check_profiles(tables.profile, report)
    for name in tables.profile:
        _check_name(("profile", name), report)
    profile = choose_profile(tables.tracker.profile, host_of(tables.tracker.url), profiles, report)
    login = _given(document, "tracker") | _strays(document)
    tracker = check_tracker(tables.tracker, login, profile, references, report)
    plugins = {
        name: _plugin(name, table, known_plugins, references, report)
        for name, table in tables.plugin.items()
    }
    known = None if known_plugins is None else {*known_plugins, *_given(document, "plugin")}
    targets = {
        name: _target(name, table, known, references, report)
        for name, table in tables.target.items()
    }
    floor = tracker.limit.floor if tracker else profile.floor
    by_token = login.intersection(WAYS) == {"token"} and not profile.token_loads_user
    around = CheckContext(_given(document, "target"), floor, by_token, profile.music)
    notices, watches, resting = _interests(document, tables, around, report)
    web, log = _web(tables.web.listen, report), Log(tables.log.format, tables.log.level)
    secrets = tuple(dict.fromkeys(references.found))
    if tracker is None or any(problem.severity == "error" for problem in report.problems):
        return Loaded(None, report.sorted(), source, targets, plugins, secrets)
    config = Config(
        file=path,
        tracker=tracker,
        notices=notices,
        watches=watches,
        targets=targets,
        plugins=plugins,
        web=web,
        log=log,
        secrets=secrets,
        digest=digest(tracker),
        resting=resting,
    )
    return Loaded(config, report.sorted(), source, targets, plugins, secrets)


def _given(document: Mapping[str, object], *key: str) -> set[str]:
    """Name the keys of a table as it was read."""
    table: object = document
    for part in key:
        table = table.get(part) if isinstance(table, Mapping) else None
    return {str(name) for name in table} if isinstance(table, Mapping) else set()


def _strays(document: Mapping[str, object]) -> set[str]:
    """Name the keys of [tracker] that landed in a table below it."""
    inner = _given(document, "tracker", "limit") - LimitTable.keys()
    return TrackerTable.keys() & (inner | _given(document, "tracker", "login") - LoginTable.keys())


def _check_name(key: Key, report: Report) -> None:
    if not _NAME.fullmatch(str(key[-1])):
        text = "a name has letters from a to z, digits, - and _ only"
        report.error(key, f"{text}, begins with a letter or digit, and has 64 at most")


def _interests(
    document: Mapping[str, object], tables: Root, around: CheckContext, report: Report
) -> tuple[Notices, dict[str, Watch], dict[str, Watch]]:
    """Check whom to tell of what; tell also which watches are disabled."""
    notices = check_notices(tables.notices, around.targets, report)
    check_defaults(tables.watch_defaults, around, report)
    watches: dict[str, Watch] = {}
    resting: dict[str, Watch] = {}
    for name in list(tables.watch):
        table = tables.watch.pop(name)  # what a thousand weigh makes room for what they become
        _check_name(("watch", name), report)
        given = _given(document, "watch", name)
        for each, part in split_each(name, table, given, report).items():
            watch = check_watch(each, part, given, tables.watch_defaults, around, report)
            (resting if table.disabled else watches)[each] = watch
    hint_at_twins(watches, report)
    return notices, watches, resting


def _plugin(
    name: str,
    table: PluginTable,
    known: Collection[str] | None,
    references: References,
    report: Report,
) -> Path | None:
    """Find a plugin's file; an installed one that is named to be loaded has none."""
    key = ("plugin", name)
    _check_name(key, report)
    if not table.file and not report.told((*key, "file")):
        if known is not None and name not in known:
            question = meant(name, known) or "."
            text = f"no plugin of this name is installed{question} For a file of yours"
            report.error(key, f'{text} write file = "my_plugin.py"')
        return None
    places = [references.path(f"plugins/{table.file}"), references.path(table.file)]
    if table.file.startswith(("/", "~/")):
        places = places[1:]
    found = next((place for place in places if is_regular(place)), None)
    if found is None and not report.told((*key, "file")):
        looked = " and ".join(str(place.parent) for place in places)
        report.error((*key, "file"), f"no such file in {looked}")
    return (found or places[-1]).absolute()


def _target(
    name: str,
    table: TargetSection,
    known: Collection[str] | None,
    references: References,
    report: Report,
) -> TargetTable:
    key = ("target", name)
    _check_name(key, report)
    if not table.plugin and not report.told((*key, "plugin")):
        report.error((*key, "plugin"), 'missing; write plugin = "apprise" or another plugin')
    elif known is not None and table.plugin and table.plugin not in known:
        report.error((*key, "plugin"), unknown(f'plugin "{table.plugin}"', table.plugin, known))
    options = {
        option: references.resolve((*key, option), value)
        for option, value in (table.model_extra or {}).items()
    }
    return TargetTable(name, table.plugin, options, _quiet((*key, "quiet"), table.quiet, report))


def _quiet(key: Key, text: str, report: Report) -> Quiet | None:
    """Read the quiet hours of a target."""
    try:
        return parse_quiet(text) if text else None
    except ValueError as error:
        report.error(key, str(error))
        return None


def _web(listen: str, report: Report) -> Web:
    found = _LISTEN.fullmatch(listen)
    if found is None or int(found[3]) > _LAST_PORT:
        report.error(("web", "listen"), 'wanted an address and a port, like "127.0.0.1:8765"')
    elif not is_loopback(found[1] or found[2]):
        report.error(
            ("web", "listen"), "only this machine itself can be listened on: 127.0.0.1, ::1"
        )
    return Web(listen)
