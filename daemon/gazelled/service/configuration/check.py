"""
Checks a configuration wholly, before anything runs: files, plugins, options, pace.

Nothing is asked and nothing is delivered; files of plugins are imported.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from pydantic import SecretStr

from gazelled.config import Config, Loaded, Problem, load
from gazelled.config.checks.target_table import TargetSection, unlike
from gazelled.config.document.key_lines import Key
from gazelled.config.document.misplaced_keys import where_it_belongs
from gazelled.config.document.problems import Severity, in_order
from gazelled.config.document.references import no_reference
from gazelled.config.document.toml_writer import toml_value
from gazelled.config.model import TargetTable
from gazelled.errors import ConfigError
from gazelled.hooks import Bus
from gazelled.hooks.loading.plugin_origin import installed_names
from gazelled.hooks.options import (
    OptionProblem,
    beside_config,
    check_thoroughly,
    former_names,
    paths_beside_config,
    plain_secrets,
    with_new_names,
    written_place,
)
from gazelled.hooks.registry import ImportTerms, Registry
from gazelled.planning.advice import advice, slowed_most
from gazelled.planning.config_plan import plan_of
from gazelled.planning.plan import Plan
from gazelled.planning.planner import Past
from gazelled.plugin import OptionFault, PluginConfig
from gazelled.redact import is_secret_key
from gazelled.service.destinations import TARGETS
from gazelled.text import either, meant
from gazelled.tracker.catalogue.actions import beyond_a_token
from gazelled.tracker.login.auth import CookieAuth, TokenAuth
from gazelled.tracker.login.cookie_file import read_cookies
from gazelled.watches.keys.schedules import closest
from gazelled.watches.watch import WatchTable

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class _Folders:
    """The folder of the config, and that of the state if it is known."""

    config: Path
    state: Path | None

    def of_target(self, name: str) -> Path | None:
        """Return the folder that a target has in the state."""
        return self.state / TARGETS / name if self.state else None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """
    What a check found; there is neither config nor plan when there is an error.

    The plugins that are left out can't be used; the daemon runs without them and says so. The
    registry has those that were loaded.
    """

    config: Config | None
    problems: list[Problem]
    left_out: list[Problem]
    plan: Plan | None
    secrets: tuple[SecretStr, ...]
    registry: Registry

    @property
    def blind(self) -> str:
        """Return what the configured log-in can't see; nothing when it can see all."""
        if self.config is None or not self.config.tracker.bare_token:
            return ""
        rest = (
            ", nor fetch .torrent files" if not self.config.tracker.profile.token_downloads else ""
        )
        blind = either(beyond_a_token())
        return f"A token can't request {blind}{rest}: that requires login or cookies."

    @property
    def idle(self) -> str:
        """Return that nothing is requested; empty if a watch runs, or the config is invalid."""
        if self.config is None or self.config.watches:
            return ""
        return "No watch runs, so nothing is requested. gazelled watch add writes one."

    @property
    def partial(self) -> Sequence[str]:
        """Return what watches for news don't see, since what they request doesn't list it."""
        if self.config is None:
            return ()
        watches = [watch for watch in self.config.watches.values() if watch.kind.news_only]
        said = (watch.listing.partial for watch in watches if watch.listing)
        return [*dict.fromkeys(sentence for sentence in said if sentence)]

    @property
    def all(self) -> list[Problem]:
        """All errors and warnings, in the order of the files."""
        return in_order([*self.problems, *self.left_out])


def check(
    path: Path,
    environ: Mapping[str, str],
    now: datetime,
    past: Past | None = None,
    *,
    base: Path | None = None,
    thorough: bool = False,
    as_service: bool = False,
    terms: ImportTerms = ImportTerms(),  # noqa: B008 - it is frozen
    state: Path | None = None,
) -> CheckResult:
    """
    Check a configuration.

    Args:
        past: What earlier runs taught, as far as known.
        base: The folder that secrets and files are looked for in; the one of the file when None.
        thorough: Whether plugins make the checks that take too long for each start.
        as_service: Whether files that others can change are refused, and not only warned of.
        terms: Which plugins are not imported, and who learns the secrets before.
        state: The state folder, for relative paths in options.

    """
    loaded = load(
        path,
        environ,
        known_plugins=installed_names(),
        base=base,
        as_service=as_service,
        terms=terms,
    )
    problems = list(loaded.problems)
    folders = _Folders(base or path.parent, state)
    wrong, left_out = _check_targets(loaded, folders, thorough=thorough)
    problems += wrong
    if loaded.config is None:
        return CheckResult(
            None, in_order(problems), left_out, None, loaded.secrets, loaded.registry
        )
    problems += _check_cookies(loaded, loaded.config, now)
    plan = plan_of(loaded.config, past or Past(), now)
    if plan.over:
        key = _too_often(plan, loaded, loaded.config)
        problems.append(loaded.places.problem(key, advice(plan, loaded.config.watches)))
    problems += _check_shares(loaded, loaded.config)
    failed = any(problem.is_error for problem in problems)
    config = None if failed else loaded.config
    return CheckResult(config, in_order(problems), left_out, plan, loaded.secrets, loaded.registry)


def _too_often(plan: Plan, loaded: Loaded, config: Config) -> Key:
    """Return where the schedule stands of what has to be slowed down."""
    planned = slowed_most(plan)
    names = (planned or max(plan.planned, key=lambda group: group.load)).watches
    table = min(names, key=lambda name: closest(config.watches[name].schedule)).partition(":")[0]
    places = [("watch", table), ("watch-defaults",)]
    keys = [(*place, name) for place in places for name in ("every", "cron")] if planned else []
    return next((key for key in keys if loaded.places.has(key)), ("watch", table))


def _check_shares(loaded: Loaded, config: Config) -> list[Problem]:
    """Return which plugin takes a share of its own that isn't left."""
    left = 1 - config.tracker.share
    for name, settings in config.plugins.items():
        left -= settings.share or 0.0
        if left < -_ROUNDING:
            text = "all shares together, that of [tracker] included, are more than the whole limit"
            return [loaded.places.problem(("plugin", name, "share"), text)]
    return []


def _check_cookies(loaded: Loaded, config: Config, now: datetime) -> list[Problem]:
    auth, key = config.tracker.auth, ("tracker", "cookies")
    if not isinstance(auth, CookieAuth):
        return []
    try:
        jar = read_cookies(auth.source, urlsplit(config.tracker.url).hostname or "", now)
    except ConfigError as error:
        return [loaded.places.problem(key, str(error))]
    return [
        loaded.places.problem(
            key, f"the cookie {name} expired on {at:%Y-%m-%d}; it isn't sent", "warning"
        )
        for name, at in jar.expired.items()
    ]


def _check_targets(
    loaded: Loaded, folders: _Folders, *, thorough: bool
) -> tuple[list[Problem], list[Problem]]:
    """Return what is wrong with the targets and plugins, and which plugins can't be loaded."""
    reported = {problem.key for problem in loaded.problems if problem.is_error}
    wanted = [
        target.plugin
        for name, target in loaded.targets.items()
        if target.plugin and f"target.{name}.plugin" not in reported
    ]
    registry = loaded.registry
    registry.load_installed(wanted)
    bus = Bus(folder=folders.config, registry=registry)
    wrong: list[Problem] = []
    for name, target in loaded.targets.items():
        if target.plugin in bus.health():
            wrong += _check_target(loaded, bus, name, target, reported, folders, thorough=thorough)
    for record in registry.records.values() if thorough else ():
        for fault in check_thoroughly(record.options) if record.options else ():
            severity: Severity = "error" if fault.is_error else "warning"
            key = ("plugin", record.name, *fault.key)
            wrong.append(loaded.places.problem(key, fault.text, severity))
    return wrong, loaded.left_out


def _check_target(
    loaded: Loaded,
    bus: Bus,
    name: str,
    target: TargetTable,
    reported: set[str],
    folders: _Folders,
    *,
    thorough: bool,
) -> list[Problem]:
    model = bus.options(target.plugin)
    wrong: list[Problem] = []
    checked = bus.check_options(target.plugin, target.options, folders.of_target(name))
    if isinstance(checked, PluginConfig):
        downloads = checked.wants_downloads()
    else:
        downloads = model is not None and model.needs_downloads
    tracker = loaded.config.tracker if downloads and loaded.config else None
    if tracker and isinstance(tracker.auth, TokenAuth) and not tracker.profile.token_downloads:
        text = (
            f"a token can't fetch .torrent files from {tracker.name}, which {target.plugin} needs: "
            "that requires login or cookies"
        )
        wrong.append(loaded.places.problem(("target", name, "plugin"), text))
    current = with_new_names(model, target.options)
    for option in plain_secrets(model, current):
        text = no_reference(option, current[option])
        place = written_place(model, target.options, (option,))
        wrong.append(loaded.places.problem(("target", name, *place), text))
        reported.add(wrong[-1].key)
    for fault in [
        *_former_names(target, model),
        *_uncombinable(target, model),
        *_wrong_options(checked),
        *(_thorough(bus, target, checked, folders.of_target(name)) if thorough else ()),
        *_beside_config(target, checked, folders),
    ]:
        key = ("target", name, *written_place(model, target.options, fault.key))
        severity: Severity = "error" if fault.is_error else "warning"
        problem = loaded.places.problem(key, _explained(fault.text, key, model), severity)
        # A reference that leads nowhere is reported already.
        if not any(f"{earlier}.".startswith(f"{problem.key}.") for earlier in reported):
            wrong.append(problem)
    return wrong


def _former_names(target: TargetTable, model: type[PluginConfig] | None) -> list[OptionFault]:
    """Return a warning for each option that has its former name, with the line to write."""
    faults: list[OptionFault] = []
    hidden = {*plain_secrets(model, with_new_names(model, target.options))}
    for former, place in former_names(model, target.options).items():
        new, value = ".".join(place), target.options[former]
        text = f"is {new} now; write {new}"
        if isinstance(value, str | int) and not (is_secret_key(former) or place[0] in hidden):
            line = toml_value(value)
            text = f"{former} = {line} has another name now; write {new} = {line}"
        faults.append(OptionFault((former,), text, is_error=False))
    return faults


def _beside_config(
    target: TargetTable, checked: PluginConfig | list[OptionProblem], folders: _Folders
) -> list[OptionFault]:
    """Return which relative paths are meant from the config, only since they exist there."""
    if not isinstance(checked, PluginConfig):
        return []
    paths = paths_beside_config(target.options, checked, folders.config)
    return [
        OptionFault((option,), beside_config(path, f"targets/{target.name}"), is_error=False)
        for option, path in paths.items()
    ]


def _uncombinable(target: TargetTable, model: type[PluginConfig] | None) -> list[OptionFault]:
    """Return which keys of a target make one message of events that the plugin must get alone."""
    uncombinable = target.uncombinable(model) if model else {}
    return [OptionFault((key,), text) for key, text in uncombinable.items()]


def _explained(text: str, key: Key, model: type[PluginConfig] | None) -> str:
    """Return what is wrong with an option, and where it belongs if the plugin doesn't know it."""
    if model is None or not text.startswith("unknown option"):
        return text
    name = str(key[-1])
    belongs = where_it_belongs(key, model.model_fields, WatchTable.keys() - {"zone"})
    # Of the keys that all targets have, one may be nearer than any option.
    is_own = len(key) == len(("target", "NAME", "key"))
    keys = {*model.model_fields, *TargetSection.model_fields} if is_own else ()
    hint = meant(name, keys)
    return unlike(name) or belongs or (f'unknown option "{name}"{hint}' if hint else text)


def _wrong_options(options: PluginConfig | list[OptionProblem]) -> Sequence[OptionFault]:
    """Return what is wrong with the options of a target."""
    if isinstance(options, PluginConfig):
        return ()
    return [OptionFault(path or ("plugin",), text) for path, text in options]


def _thorough(
    bus: Bus,
    target: TargetTable,
    checked: PluginConfig | list[OptionProblem],
    own_folder: Path | None,
) -> Sequence[OptionFault]:
    """Return what a thorough check finds; a folder that the daemon will make counts as there."""
    if not isinstance(checked, PluginConfig):
        return ()
    if own_folder is None or os.path.isdir(own_folder):  # noqa: PTH112 - it may be closed
        return check_thoroughly(checked)
    with TemporaryDirectory() as instead:
        again = bus.check_options(target.plugin, target.options, Path(instead))
        faults = check_thoroughly(again) if isinstance(again, PluginConfig) else ()
    return [replace(fault, text=fault.text.replace(instead, str(own_folder))) for fault in faults]
