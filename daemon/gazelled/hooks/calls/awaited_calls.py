"""Hooks that have a say: they are awaited, and what they return is checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TypeGuard, TypeVar

from gazelled.containment.read_only import read_only
from gazelled.errors import GiveUp, RetryLater, SourceError
from gazelled.hooks import isolation
from gazelled.hooks.calls.hook_calls import HookCaller, HookFailure
from gazelled.hooks.calls.monitoring_results import checked_findings, checked_metrics
from gazelled.model import Value
from gazelled.plugin import (
    CheckFinding,
    HealthFinding,
    ItemDecision,
    ItemsFound,
    Metric,
    Note,
    PluginConfig,
    Veto,
)
from gazelled.plugin.sources import SourceRequest
from gazelled.rules import MatchField

AddedFields = Mapping[str, Mapping[str, Value]]
"""Values of fields, by the id of an item and the name of the field."""

CHECK_LIMIT = 60.0
"""Seconds that a check of the doctor may take."""

MONITORING_LIMIT = 2.0
"""Seconds that metrics and health checks may take: somebody waits for them."""

_RATINGS = ("good", "note", "bad")

T = TypeVar("T")


class AwaitedCalls:
    """Calls hooks whose results count: fields of items, vetoes, polls of sources, checks."""

    def __init__(self, caller: HookCaller) -> None:
        self._caller = caller

    async def items_found(self, plugin: str, batch: ItemsFound) -> AddedFields:
        """
        Return the fields that a plugin adds to items: only such as it has registered.

        Raises:
            HookFailure: If it fails, takes too long, rests or returns something else.

        """
        fields = {
            name: one.value
            for name, one in self._caller.registry.contributions.match_fields.items()
            if one.plugin == plugin and one.value.compute is None
        }
        check = partial(_added_fields, {item.id for item in batch.items}, fields)
        what = f"items of {batch.source}"
        added: dict[str, dict[str, Value]] = {}
        for result in await self._results(
            plugin, "gazelled_items_found", what, check, {"batch": read_only(batch)}
        ):
            for item, values in result.items():
                added.setdefault(item, {}).update(values)
        return added

    async def item_decided(self, plugin: str, decision: ItemDecision) -> Veto | Note | None:
        """
        Return whether a plugin vetoes an item, or what it notes of it.

        Raises:
            HookFailure: If it fails, takes too long, rests or returns something else.

        """
        name, what = "gazelled_item_decided", f"item of {decision.watch}"
        results = await self._results(
            plugin, name, what, self._opinion, {"decision": read_only(decision)}
        )
        notes = [result.text for result in results if isinstance(result, Note)]
        veto = next((result for result in results if isinstance(result, Veto)), None)
        return veto or (Note("; ".join(notes)) if notes else None)

    async def poll(self, name: str, options: PluginConfig, at: datetime) -> object:
        """
        Return what a source that a plugin brings has now.

        Args:
            name: Its name.
            options: What `with` of the watches says.
            at: The time.

        Raises:
            SourceError: If it fails, takes too long or rests.

        """
        contributed = self._caller.registry.contributions.sources[name]
        state, source = self._caller.plugins[contributed.plugin], contributed.value
        request = SourceRequest(options, self._caller.plugin_context(state.name), at)
        outcome = await self._caller.run(
            state, source.poll, [request], f"poll {name}", source.timeout
        )
        if outcome.error is None:
            return outcome.value
        if isinstance(outcome.error, RetryLater | GiveUp):
            text = isolation.words(outcome.error, self._caller.scrub)
            raise SourceError(f"The source {name}: {text}") from outcome.error
        raise SourceError(f"{self._caller.describe(state.name, outcome.error)}.") from outcome.error

    async def doctor_check(self, name: str) -> tuple[CheckFinding, ...]:
        """Return what a check that a plugin contributes finds; that it fails is a finding, too."""
        check = self._caller.registry.contributions.doctor_checks[name]
        state = self._caller.plugins[check.plugin]
        scrub = self._caller.scrub
        if state.contained.excluded:
            return (CheckFinding(f"{state.contained.problem}.", "bad"),)
        context, what = self._caller.plugin_context(check.plugin), f"check {name}"
        outcome = await self._caller.run(state, check.value, [context], what, CHECK_LIMIT)
        if outcome.error is not None:
            return (CheckFinding(self._caller.describe(check.plugin, outcome.error), "bad"),)
        findings = outcome.value
        if not isinstance(findings, list | tuple) or not all(map(_is_finding, findings)):
            text = (
                f'The check of the plugin "{check.plugin}" must return a list of CheckFindings, '
                f"each with texts and a rating: {', '.join(_RATINGS)}."
            )
            return (CheckFinding(text, "bad"),)
        return tuple(
            CheckFinding(scrub(finding.text), finding.rating, scrub(finding.advice))
            for finding in findings
        )

    async def metrics(self, plugin: str, at: datetime) -> tuple[Metric, ...]:
        """
        Return the metrics of a plugin.

        Args:
            plugin: The plugin, which has the hook.
            at: The time.

        Raises:
            HookFailure: If it fails, takes too long, rests or returns something else.

        """
        check = partial(checked_metrics, scrub=self._caller.scrub)
        results = await self._results(
            plugin, "gazelled_metrics", "metrics", check, {"at": at}, MONITORING_LIMIT
        )
        return tuple(metric for result in results for metric in result)

    async def health_checks(self, plugin: str, at: datetime) -> tuple[HealthFinding, ...]:
        """
        Return what is wrong with a plugin, as it says itself.

        Args:
            plugin: The plugin, which has the hook.
            at: The time.

        Raises:
            HookFailure: If it fails, takes too long, rests or returns something else.

        """
        check = partial(checked_findings, scrub=self._caller.scrub)
        results = await self._results(
            plugin, "gazelled_health_checks", "health checks", check, {"at": at}, MONITORING_LIMIT
        )
        return tuple(finding for result in results for finding in result)

    async def _results(
        self,
        plugin: str,
        hook_name: str,
        what: str,
        check: Callable[[object], T],
        arguments: Mapping[str, object],
        limit: float | None = None,
    ) -> Sequence[T]:
        """Return what the implementations of a plugin return, checked; or raise HookFailure."""
        state, scrub = self._caller.plugins[plugin], self._caller.scrub
        results: list[T] = []
        for hook in self._caller.registry.of(plugin, hook_name):
            if state.resting:
                raise HookFailure(f'The plugin "{plugin}" is paused after several failures.')
            error, value = await self._caller.call(state, hook, what, arguments, limit)
            if error is None:
                try:
                    results.append(check(value))
                except ValueError as wrong:
                    error = wrong
                    state.failed(wrong, scrub)
            state.judge(error, hook_name, scrub)
            if error is not None:
                raise HookFailure(self._caller.describe(plugin, error)) from error
        return results

    def _opinion(self, value: object) -> Veto | Note | None:
        if value is None:
            return None
        text: object = value.reason if isinstance(value, Veto) else ""
        text = value.text if isinstance(value, Note) else text
        if not (isinstance(text, str) and text.strip()):
            raise ValueError("it must return a Veto with a reason, a Note with a text, or None")
        line = isolation.words(ValueError(text), self._caller.scrub)
        return Veto(line) if isinstance(value, Veto) else Note(line)


def _added_fields(
    items: set[str], fields: Mapping[str, MatchField], value: object
) -> dict[str, dict[str, Value]]:
    """Return the fields that were added to items; raise ValueError for what was not registered."""
    added: dict[str, dict[str, Value]] = {}
    for item, values in _pairs({} if value is None else value):
        if item not in items:
            raise ValueError("it returns fields of an item that it was not asked about")
        added[item] = {}
        for name, raw in _pairs(values):
            if name not in fields:
                raise ValueError(
                    f'it returns the field "{name}", which it has not registered without compute'
                )
            try:
                added[item][name] = fields[name].type.checked(raw)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from error
    return added


def _pairs(value: object) -> list[tuple[str, object]]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ValueError("it must return fields by their names, by the ids of items, all texts")
    return list(value.items())


def _is_finding(value: object) -> TypeGuard[CheckFinding]:
    return (
        isinstance(value, CheckFinding)
        and all(isinstance(text, str) for text in (value.text, value.advice))
        and value.rating in _RATINGS
    )
