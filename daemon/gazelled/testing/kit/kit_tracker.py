"""The tracker of tests: answers that the test has set, or those of the simulated tracker."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gazelled.containment.read_only import read_only
from gazelled.errors import RequestRefused, TrackerError
from gazelled.model import Answer, Call
from gazelled.plugin.plugin_context import NO_TRACKER
from gazelled.testing.kit.kit_clock import AT

if TYPE_CHECKING:  # large, and most tests do without
    from gazelled.testing.simulator import Simulator


class KitTracker:
    """
    The tracker of `PluginContext`.

    Attributes:
        answers: The answers by action, or an error to raise instead.
        simulator: Answers all other actions, if it is set.
        calls: The requests that were sent.
        forms: The forms that the plugin may send.
        changes: The forms that it has sent, with their fields.

    """

    def __init__(self) -> None:
        self.answers: dict[str, object] = {}
        self.simulator: Simulator | None = None
        self.calls: list[Call] = []
        self.forms: set[str] = set()
        self.changes: list[tuple[str, dict[str, object]]] = []

    @property
    def write(self) -> KitTracker | None:
        """What sends forms, if the plugin may send any."""
        return self if self.forms else None

    async def call(self, action: str, /, **params: object) -> Answer:
        """
        Return an answer.

        Raises:
            TrackerError: If the test has set it, or no answer.

        """
        call = Call(action, tuple(sorted((name, str(value)) for name, value in params.items())))
        self.calls.append(call)
        if action in self.answers:
            payload = self.answers[action]
        elif self.simulator is not None:
            try:
                payload = self.simulator.answer(action, dict(call.params))
            except LookupError as error:
                raise RequestRefused(str(error)) from error
        else:
            return await NO_TRACKER.call(action, **params)
        if isinstance(payload, TrackerError):
            raise payload
        raw = json.dumps({"status": "success", "response": payload}).encode()
        return read_only(Answer(call, payload, raw, AT, 0.0))

    async def do(self, form: str, /, **params: object) -> str:
        """
        Record a form that is sent.

        Raises:
            RequestRefused: If the plugin may not send it.

        """
        if form not in self.forms:
            raise RequestRefused(f"the form {form} is not allowed")
        self.changes.append((form, params))
        return "Done."
