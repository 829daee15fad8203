"""What is wrong with the daemon itself: its plugins, config, state folder and listeners."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from gazelled.config.document.config_files import Stamp, gather, stamp_of
from gazelled.service.app import App
from gazelled.service.monitoring.health_problem import HealthProblem

LEAST_FREE = 16 * 1024 * 1024
"""With fewer bytes free where the state is, it can't be written for long."""


def plugin_problems(app: App) -> list[HealthProblem]:
    """Return the plugins that are left out, or paused after failures."""
    reasons = dict(app.left_out())
    health = app.bus.health()
    reasons |= {name: state.left_out for name, state in health.items() if state.left_out}
    problems = [
        HealthProblem(f"plugin {name}", f"left out: {text}", None, "warning", "gazelled plugins")
        for name, text in reasons.items()
    ]
    problems += [
        HealthProblem(f"plugin {name}", f"paused: {state.trouble}", None, "warning")
        for name, state in health.items()
        if state.resting and name not in reasons
    ]
    return problems


def config_problems(app: App) -> list[HealthProblem]:
    """Return that the config on disk is another than the one in use, or that it has an error."""
    config, (known, keys) = app.config, app.restart_needed
    stamp = stamp_of(config.file)
    if app.refused and stamp and stamp == app.refused[0]:  # with its secrets and plugins as then
        _, problem, at = app.refused
        text = f"a reload refused the config on disk: {problem}"
        return [HealthProblem("config", text, at, "warning", "gazelled check, gazelled reload")]
    if keys and stamp == known:
        since = _changed(stamp) if stamp else None
        text = f"the config on disk differs in {', '.join(keys)}, which needs a restart"
        return [HealthProblem("config", text, since, "warning", "restart gazelled")]
    if stamp == config.stamp or not config.file.parent.is_dir():  # the service can't see them
        return []
    if not stamp:
        text = f"{config.file} is gone; the next start needs it"
        return [HealthProblem("config", text, None, "warning", "put it back, or gazelled init")]
    since = _changed(stamp)
    if error := _error(config.file, stamp):
        text = f"the config on disk has an error: {error}"
        return [HealthProblem("config", text, since, "warning", "gazelled check")]
    text = "the config on disk is newer than the one in use"
    return [HealthProblem("config", text, since, "warning", "gazelled reload")]


def _changed(stamp: Stamp) -> datetime:
    """Return when a config was changed last."""
    return datetime.fromtimestamp(max(at for _, at, _ in stamp) / 1e9, UTC)


def idle_problems(app: App) -> Iterator[HealthProblem]:
    """Return that no watch runs."""
    if not app.config.watches:
        text = "no watch runs, so nothing is requested"
        yield HealthProblem("watches", text, None, "warning", "gazelled watch add")


@lru_cache(maxsize=1)
def _error(file: Path, stamp: Stamp) -> str:  # noqa: ARG001 - what it is kept for
    """Return why a config on disk can't be read, which holds as long as its stamp."""
    _, _, unread = gather(file)
    return str(unread[0]) if unread else ""


def state_problems(app: App) -> list[HealthProblem]:
    """Return that the state can't be written, or that its disk is nearly full."""
    folder, outage = app.folder, app.outage
    if outage.problem:
        return [HealthProblem("state", outage.problem, outage.since, "error")]
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        text = f"the state folder {folder} can't be used: {error.strerror}"
        return [HealthProblem("state", text, None, "error")]
    if free >= LEAST_FREE:
        return []
    text = f"the disk of {folder} is nearly full: {free // 2**20} MiB are free"
    return [HealthProblem("state", text, None, "warning", "make room there")]


def listener_problems(app: App) -> Iterator[HealthProblem]:
    """Return the listeners that gazelled can't have."""
    if app.control_problem:
        yield HealthProblem("control socket", app.control_problem, None, "warning")
    if app.web and app.web.problem:
        yield HealthProblem("web", app.web.problem, None, "warning")
