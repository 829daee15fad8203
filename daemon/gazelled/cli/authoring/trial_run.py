"""One trial: the plugin is loaded, its options are checked, and it is shown what was chosen."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gazelled.cli.authoring.trial import HookCall, HookTrial, TriedTarget
from gazelled.cli.authoring.trial_context import SITE, TrialCapabilities
from gazelled.errors import GazelledError
from gazelled.hooks.loading import PluginEntry, PluginSettings
from gazelled.hooks.options import OptionProblem, check_options
from gazelled.hooks.registry import Registry
from gazelled.model import Answer
from gazelled.plugin import Context, PluginConfig, PluginContext
from gazelled.store.plugins.peeking import EventSample

TARGET = "try"
"""The name of the target that stands for one of the plugin's."""


@dataclass(frozen=True, slots=True)
class TrialPlan:
    """
    What a plugin is tried with.

    Attributes:
        settings: The plugin.
        options: Its own options and those of a target, by name.
        samples: The events.
        answers: The answers, which also stand for what the plugin requests.
        shows_answers: Whether it is shown the answers.
        trouble_at: When something fails, to show that; None if nothing does.

    """

    settings: PluginSettings
    options: Mapping[str, object]
    samples: Sequence[EventSample]
    answers: Sequence[Answer]
    shows_answers: bool = False
    trouble_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrialReport:
    """
    What a plugin did.

    Attributes:
        calls: Each call of a hook.
        held_back: What it would have sent or begun, a line each.
        remarks: What was not tried, a sentence each.

    """

    calls: tuple[HookCall, ...]
    held_back: tuple[str, ...]
    remarks: tuple[str, ...]


async def run_trial(plan: TrialPlan, scrub: Callable[[str], str]) -> TrialReport:
    """
    Load a plugin, show it all that was chosen and report what it did.

    Raises:
        GazelledError: If it can't be loaded, or its own options are wrong.

    """
    registry, name = Registry(scrub=scrub), plan.settings.name
    entry = registry.load(plan.settings)
    if entry.problem:
        raise GazelledError(str(entry.problem))
    entry, own = _own_options(entry, plan.options)
    trial = HookTrial(registry, name, scrub)
    capabilities, remarks = TrialCapabilities(plan.answers), list[str]()
    with tempfile.TemporaryDirectory(prefix="gazelled-try-") as folder:
        context = capabilities.context(name, own, Path(folder))
        target, remark = _target(registry, entry, plan.options, context)
        remarks += [remark] if remark else []
        async with trial.bus, trial.bus.lifetimes.all_set_up({name: context}) as problems:
            if not problems:
                for sample in plan.samples:
                    await trial.show_event(sample, target)
                for answer in plan.answers if plan.shows_answers else ():
                    await trial.show_answer(answer)
                if plan.trouble_at is not None:
                    await trial.show_trouble(plan.trouble_at)
    return TrialReport(
        tuple(trial.calls), tuple(map(scrub, capabilities.held_back)), tuple(remarks)
    )


def _names(model: type[PluginConfig] | None) -> set[str]:
    fields = model.model_fields if model else {}
    return {field.alias or name for name, field in fields.items()}


def _own_options(
    entry: PluginEntry, options: Mapping[str, object]
) -> tuple[PluginEntry, PluginConfig]:
    """Return the plugin's own options; what a target has is a target's."""
    mine, targets = _names(entry.model), _names(entry.target_model)
    if unknown := sorted(options.keys() - mine - targets):
        raise GazelledError(
            f'the plugin {entry.name} has no option "{unknown[0]}"; it has: '
            f"{', '.join(sorted(mine | targets)) or 'none'}"
        )
    chosen = {name: value for name, value in options.items() if name in mine}
    checked = check_options(
        entry.model or PluginConfig, {**entry.settings.options, **chosen}, Path.cwd()
    )
    if not isinstance(checked, PluginConfig):
        raise GazelledError(f"the options of the plugin {entry.name}: {_sentences(checked)}")
    return entry, checked


def _target(
    registry: Registry,
    entry: PluginEntry,
    options: Mapping[str, object],
    context: PluginContext,
) -> tuple[TriedTarget | None, str]:
    """Return a target of the plugin, and why there is none."""
    model = entry.target_model
    if model is None:
        return None, ""
    chosen = {name: value for name, value in options.items() if name in _names(model)}
    checked = check_options(model, chosen, Path.cwd(), registry.contributions.filters)
    if not isinstance(checked, PluginConfig):
        wrong = _sentences(checked)
        return None, f"No message is shown; the options of a target are: {wrong}; see --option."
    own = context.folder.parent / TARGET
    own.mkdir()
    return TriedTarget(
        checked,
        Context(
            target=TARGET,
            folder=own,
            public=context.public,
            address=context.address,
            site_name=SITE.name,
            site_url=SITE.url,
            log=context.log,
            plugin=context,
            template_filters=registry.contributions.filters,
        ),
    ), ""


def _sentences(problems: Sequence[OptionProblem]) -> str:
    return "; ".join(f"{'.'.join(path)}: {text}" if path else text for path, text in problems)
