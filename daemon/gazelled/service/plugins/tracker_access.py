"""`context.tracker`: reads within the plugin's budget, and the changes that the config allows."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

import structlog

from gazelled.errors import Reason, RequestRefused, TrackerError
from gazelled.model import Answer, Call
from gazelled.plugin.plugin_context import PluginWrite
from gazelled.service.plugin_access import ReadOnlyTracker
from gazelled.service.plugins.budgets import PluginCalls
from gazelled.text import either, missing
from gazelled.tracker.client.api import Api
from gazelled.tracker.decoding.reading import By
from gazelled.tracker.forms.allowed import Allowed
from gazelled.tracker.forms.sender import FormCaller, WriteOutcome, WriteResult, one_change
from gazelled.tracker.forms.write import FormWriter
from gazelled.tracker.sites.site import Site

log = structlog.stdlib.get_logger(__name__)

CHANGES = tuple(name for name in vars(FormWriter) if not name.startswith("_"))
"""The forms that can be sent: the methods of the writer."""


@dataclass(frozen=True, slots=True)
class TrackerAccess:
    """The tracker as a plugin has it; `write` is None unless the config allows changes."""

    reads: ReadOnlyTracker
    write: PluginWrite | None = None

    async def call(self, action: str, /, **params: object) -> Answer:
        """
        Send a request and return its answer: see `ReadOnlyTracker`.

        Raises:
            TrackerError: If there is no answer.

        """
        return await self.reads.call(action, **params)


class WriteAccess:
    """
    Makes changes for one plugin, as `gazelled do` makes them for people.

    Args:
        calls: Counts the requests; the first waits for the budget.
        caller: Sends them, and makes one change at a time, whoever wants it.
        allow: The kinds of changes that `[plugin.NAME] allow` names.
        scrub: Takes secrets out of what the site says.

    """

    def __init__(
        self,
        plugin: str,
        calls: PluginCalls,
        caller: FormCaller,
        *,
        site: Site,
        by: By,
        allow: frozenset[Allowed],
        scrub: Callable[[str], str],
    ) -> None:
        self._plugin = plugin
        self._calls = calls
        self._caller = caller
        charging = _Charging(calls, caller)
        self._writer = FormWriter(Api(charging, site, by), charging, by, allow, plugin=plugin)
        self._scrub = scrub

    async def do(self, form: str, /, **params: object) -> str:
        """
        Send a form, unless its effect is there already, and return what became of it.

        Raises:
            RequestRefused: If it is not allowed, there is no such form, its fields are wrong, or
                the site refuses it.
            TrackerError: If nothing was sent, or it is unknown whether it had an effect.

        """
        change = _bound(self._writer, form, params)
        await self._calls.ready()
        async with one_change(self._caller):
            result = await change()
        outcome = result.outcome.value
        log.info("plugin.change_made", plugin=self._plugin, change=form, outcome=outcome)
        text = self._scrub(result.text)
        match result.outcome:
            case WriteOutcome.DONE | WriteOutcome.ALREADY:
                return text
            case WriteOutcome.REFUSED:
                raise RequestRefused(text)
        raise TrackerError(text)


class _Charging:
    """Sends the requests of a change without a pause between them, and counts them."""

    def __init__(self, calls: PluginCalls, caller: FormCaller) -> None:
        self._calls = calls
        self._caller = caller

    async def call(self, call: Call) -> Answer:
        self._calls.charge()
        return await self._caller.call(call)


def _bound(
    writer: FormWriter, form: str, params: Mapping[str, object]
) -> Callable[[], Awaitable[WriteResult]]:
    """Return what makes a change; nothing is sent yet."""
    if form not in CHANGES:
        raise RequestRefused(missing("form", form, CHANGES), reason=Reason.BAD_PARAMETERS)
    method = getattr(writer, form)
    takes = inspect.signature(method).parameters
    if params.keys() != takes.keys():
        fields = either([*takes], "and") if takes else "no fields"
        raise RequestRefused(f"{form} takes {fields}", reason=Reason.BAD_PARAMETERS)
    arguments: list[object] = []
    for name, parameter in takes.items():
        value = params[name]
        if parameter.kind is parameter.VAR_POSITIONAL and isinstance(value, list | tuple):
            arguments += value
        else:
            arguments.append(value)
    return partial(method, *arguments)
