"""What a person chose for a trial: the plugin, its options, and what it is shown."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from gazelled.cli import output
from gazelled.cli.authoring.trial_run import TrialPlan
from gazelled.cli.options import pairs
from gazelled.cli.settings import Settings
from gazelled.errors import GazelledError
from gazelled.hooks.loading import PluginSettings
from gazelled.model import Answer
from gazelled.plugin import sample_events
from gazelled.regular_file import expanded
from gazelled.service.configuration.drop_ins import put_value, read_value
from gazelled.store.plugins.peeking import EventSample, read_samples
from gazelled.testing.recordings import read_recordings


def choose(
    settings: Settings,
    plugin: str,
    kinds: Sequence[str],
    replay: int | None,
    answers: Path | None,
    options: Sequence[str],
    *,
    trouble: bool,
) -> TrialPlan:
    """
    Return what a plugin is tried with; a sample of each kind of event if nothing was chosen.

    Raises:
        GazelledError: If there are no stored events or no answers, or an option has two meanings.
        UsageError: If an option is no `KEY=VALUE`.

    """
    chosen = list(_samples(kinds))
    if replay is not None:
        chosen += _stored(settings, replay)
    recorded: tuple[Answer, ...] = ()
    if answers is not None:
        try:
            recorded = read_recordings(answers)
        except ValueError as error:
            raise GazelledError(str(error)) from None
    if not (kinds or replay or recorded or trouble):
        chosen = _samples([event.kind for event in sample_events()])
    table: dict[str, object] = {}
    for key, value in pairs(tuple(options)):
        put_value(table, key, read_value(value))
    return TrialPlan(
        plugin_settings(plugin),
        table,
        chosen,
        recorded,
        shows_answers=bool(recorded),
        trouble_at=output.now() if trouble else None,
    )


def plugin_settings(plugin: str) -> PluginSettings:
    """Return the settings of a plugin: of a file, a folder, or one that is installed."""
    path = expanded(Path(plugin))
    if os.path.lexists(path):  # what is too long for a path isn't there either
        return PluginSettings(path.stem.replace("_", "-"), file=path.absolute())
    if path.suffix or len(path.parts) > 1:
        raise GazelledError(f"there is no file {path}")
    return PluginSettings(plugin)


def _samples(kinds: Sequence[str]) -> list[EventSample]:
    return [EventSample(event, ("phone",)) for event in sample_events() if event.kind in kinds]


def _stored(settings: Settings, number: int) -> list[EventSample]:
    """Return the last events of the state that a daemon uses, or would use."""
    for folder in settings.daemon_folders:
        if samples := read_samples(folder, number):
            return samples
    folders = " or ".join(map(str, settings.daemon_folders))
    raise GazelledError(f"no events are stored in {folders}; --event shows samples")
