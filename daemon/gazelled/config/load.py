"""Loads the configuration: reads it, checks everything, and builds it if there is no error."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from gazelled.config.checks.context import CheckContext
from gazelled.config.checks.contributed import kinds_of, sources_of
from gazelled.config.checks.declared_shares import with_declared
from gazelled.config.checks.duplicate_watches import warn_of_duplicates
from gazelled.config.checks.loaded_plugins import left_out, load_plugins, scrubber
from gazelled.config.checks.notices_table import check_notices
from gazelled.config.checks.plugin_actions import with_actions
from gazelled.config.checks.plugin_sites import sites_of
from gazelled.config.checks.plugin_table import PluginTableCheck, check_plugin
from gazelled.config.checks.profile_table import LimitTable, check_profiles, choose_profile
from gazelled.config.checks.target_table import check_target
from gazelled.config.checks.tracker_table import (
    WAYS,
    LoginTable,
    TrackerTable,
    check_tracker,
    host_of,
)
from gazelled.config.checks.watch_table import check_defaults, check_watch
from gazelled.config.checks.web_table import check_web, with_own_port
from gazelled.config.document.config_files import gather, stamp_of
from gazelled.config.document.file_writers import FileWriters
from gazelled.config.document.misplaced_keys import NAMED
from gazelled.config.document.problems import KeyPlaces, Problem, Problems, Severity
from gazelled.config.document.references import References
from gazelled.config.expansion import split_each
from gazelled.config.model import Config, TargetTable
from gazelled.config.tables import Root, read_tables
from gazelled.containment.printed_output import without_secrets
from gazelled.hooks.loading import PluginSettings
from gazelled.hooks.loading.plugin_origin import installed_names, reserved_names
from gazelled.hooks.registry import ImportTerms, Registry
from gazelled.text import either
from gazelled.tracker.sites.profiles import ANY_SITE, PROFILES, Profile
from gazelled.watches.watch import Watch

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Loaded:
    """
    What became of loading a configuration.

    `config` is None when there is an error; the profile, targets, plugins and secrets are there as
    far as they could be read all the same. The problems are in the order of the files; a plugin
    that is left out is no problem that stops anything, unless it is required.
    """

    config: Config | None
    problems: list[Problem]
    places: KeyPlaces
    targets: Mapping[str, TargetTable] = field(default_factory=dict)
    plugins: Mapping[str, PluginSettings] = field(default_factory=dict)
    secrets: tuple[SecretStr, ...] = ()
    profile: Profile = PROFILES[ANY_SITE]
    registry: Registry = field(default_factory=Registry)
    known_profiles: Mapping[str, Profile] = field(default_factory=lambda: PROFILES)

    @property
    def profiles(self) -> Mapping[str, Profile]:
        """All profiles by name, with the actions that plugins declare."""
        actions, ignored = self.registry.contributions.actions, Problems(self.places)
        return {
            name: with_actions(profile, actions.values(), ignored)
            for name, profile in self.known_profiles.items()
        }

    @property
    def left_out(self) -> list[Problem]:
        """The plugins that can't be used, of those that were loaded yet."""
        return left_out(self.registry, self.targets, self.places)


def load(
    path: Path,
    environ: Mapping[str, str],
    *,
    known_plugins: Collection[str] | None = None,
    instead: Mapping[str, Mapping[str, object]] | None = None,
    base: Path | None = None,
    as_service: bool = False,
    terms: ImportTerms = ImportTerms(),  # noqa: B008 - it is frozen
) -> Loaded:
    """
    Load the configuration, with conf.d beside it; bad content is never an exception.

    Args:
        known_plugins: The names of installed plugins; not checked when None.
        instead: Whole tables that stand in for those of the file, such as `tracker`.
        base: The folder that secrets and files are looked for in; the one of the file when None.
        as_service: Whether files that others can change are refused, and not only warned of.
        terms: Which plugins are not imported, and who learns the secrets before.

    """
    stamp = stamp_of(path)  # first: what is changed while it is read is newer
    document, places, unread = gather(path)
    document.update(instead or {})
    problems = Problems(places, unread)
    if any(not problem.key for problem in unread):
        # Half a config would only look worse.
        registry = Registry(excluded=terms.excluded, earlier=terms.earlier)
        load_plugins(registry, {}, {}, path.parent, Problems(places))
        sites = sites_of(registry.contributions.sites.values(), Problems(places))
        known = {**PROFILES, **sites}
        return Loaded(None, problems.sorted(), places, registry=registry, known_profiles=known)
    tables = read_tables(document, problems)
    _check_names(tables, problems)
    folder = base or path.parent
    references = References(folder, environ, problems)
    login = _written(document, "tracker") | _misplaced(document)
    check = PluginTableCheck(
        installed=installed_names() if known_plugins is None else known_plugins,
        builtin=reserved_names(),
        targets=_written(document, "target"),
        by_token=login.intersection(WAYS) == {"token"},
        references=references,
        problems=problems,
        writers=FileWriters(),
        as_service=as_service,
    )
    _check_writers(check)
    plugins = {name: check_plugin(name, table, check) for name, table in tables.plugin.items()}
    installed = _plugin_names(document, known_plugins)
    targets = {
        name: check_target(name, table, installed, references, problems)
        for name, table in tables.target.items()
    }
    hidden = [*references.secrets, *_all_secrets(document, folder, environ, places)]
    if terms.learn is not None:
        terms.learn(hidden)
    scrub = scrubber(hidden)
    registry = Registry(scrub=scrub, excluded=terms.excluded, earlier=terms.earlier)
    # A daemon that reloads keeps what was learned out of all that it prints.
    guarded = terms.learn is not None and terms.earlier is not None
    with nullcontext() if guarded else without_secrets(scrub):
        load_plugins(registry, plugins, targets, folder, problems)
    sites = sites_of(registry.contributions.sites.values(), problems)
    profiles = check_profiles(tables.profile, sites, problems)
    tracker_table = _with_url(tables.tracker, login, registry)
    host = host_of(tracker_table.url)
    chosen = choose_profile(tracker_table.profile, host, profiles, problems)
    profile = with_actions(chosen, registry.contributions.actions.values(), problems)
    tracker = check_tracker(tracker_table, login, profile, references, problems)
    sources = sources_of(registry, profile.dialect, problems)
    context = CheckContext(
        targets=check.targets,
        floor=(tracker.effective if tracker else profile).floor,
        by_token=check.by_token and not profile.token_loads_user,
        problems=problems,
        kinds=kinds_of(registry, problems),
        dialect=sources.beside(profile.dialect),
        sources=sources,
        folder=folder,
        extensions=registry.contributions.extensions,
    )
    notices = check_notices(
        tables.notices, context.targets, references, tracker_table.url, problems
    )
    watches, resting = _watches(document, tables, context, _unavailable(registry))
    web = with_own_port(tables.web, environ)
    check_web(web, problems)
    secrets = tuple(dict.fromkeys(references.secrets))
    config = None
    if tracker and not problems.has_errors:
        config = Config(
            file=path,
            tracker=tracker,
            notices=notices,
            watches=watches,
            targets=targets,
            plugins=with_declared(plugins, registry, tracker.share, problems),
            web=web,
            log=tables.log,
            secrets=secrets,
            kinds=context.kinds,
            sources=sources,
            resting=resting,
            registry=registry,
            stamp=stamp,
            profiles=profiles,
        )
    return Loaded(
        config, problems.sorted(), places, targets, plugins, secrets, profile, registry, profiles
    )


def _with_url(table: TrackerTable, written: set[str], registry: Registry) -> TrackerTable:
    """Return `[tracker]` with the address of a plugin's site that it names, unless it has one."""
    site = registry.contributions.sites.get(table.profile)
    if site is None or not site.value.url or "url" in written:
        return table
    written.add("url")
    return table.model_copy(update={"url": site.value.url})


def _plugin_names(
    document: Mapping[str, object], known_plugins: Collection[str] | None
) -> Collection[str] | None:
    """Return the names that a target may have as plugin; None if they are unknown."""
    return None if known_plugins is None else {*known_plugins, *_written(document, "plugin")}


def _check_names(tables: Root, problems: Problems) -> None:
    for kind in ("profile", "watch", "target", "plugin"):
        for name in getattr(tables, kind):
            if not _NAME.fullmatch(str(name)):
                text = "a name has letters from a to z, digits, - and _ only, begins with a letter"
                problems.error((kind, name), f"{text} or digit, and has 64 at most")


def _check_writers(check: PluginTableCheck) -> None:
    """Report the files of the config that others can change."""
    severity: Severity = "error" if check.as_service else "warning"
    places = check.problems.places
    for file in dict.fromkeys([places.main, *places.lines]):
        for fault in check.writers.unreported(check.writers.faults(file)):
            check.problems.add(Problem(file, None, "", fault, severity))


def _all_secrets(
    document: Mapping[str, object], folder: Path, environ: Mapping[str, str], places: KeyPlaces
) -> list[SecretStr]:
    """Return every secret that the config refers to, before the tables are checked one by one."""
    references = References(folder, environ, Problems(places))
    for name, value in document.items():
        tables = value.values() if name in NAMED and isinstance(value, dict) else [value]
        for table in tables:
            for option, inner in table.items() if isinstance(table, dict) else ():
                references.resolve((name, option), inner)
    return references.secrets


def _written(document: Mapping[str, object], *key: str) -> set[str]:
    """Return the keys of a table as it was read, fitting or not."""
    table: object = document
    for part in key:
        table = table.get(part) if isinstance(table, Mapping) else None
    return {str(name) for name in table} if isinstance(table, Mapping) else set()


def _misplaced(document: Mapping[str, object]) -> set[str]:
    """Return the keys of [tracker] that landed in a table below it."""
    limit = _written(document, "tracker", "limit") - LimitTable.keys()
    login = _written(document, "tracker", "login") - LoginTable.keys()
    return TrackerTable.keys() & (limit | login)


def _unavailable(registry: Registry) -> str:
    """Return which plugins are missing, so that watches that need them rest; empty if none is."""
    names = [name for name, entry in registry.records.items() if entry.state != "loaded"]
    which, are = either(names), "is" if len(names) == 1 else "are"
    return f"the watch rests while {which}, which it may need, {are} not loaded" if names else ""


def _watches(
    document: Mapping[str, object], tables: Root, context: CheckContext, unavailable: str
) -> tuple[dict[str, Watch], dict[str, Watch]]:
    """
    Check the watches; return those that run, and those that rest.

    What a plugin that isn't loaded would have contributed is unknown. A watch that names what
    nothing has then may need it: everything else runs without that watch.
    """
    problems = context.problems
    defaults = tables.watch_defaults
    check_defaults(defaults, context)
    running: dict[str, Watch] = {}
    resting: dict[str, Watch] = {}
    for name in list(tables.watch):
        table = tables.watch.pop(name)  # what a thousand weigh makes room for what they become
        written = _written(document, "watch", name)
        for full_name, part in split_each(name, table, written, problems).items():
            before = len(problems)
            watch = check_watch(full_name, part, written, defaults, context)
            rests = unavailable and problems.demote(before, unavailable)
            (resting if rests or table.disabled else running)[full_name] = watch
    warn_of_duplicates(running, problems)
    return running, resting
