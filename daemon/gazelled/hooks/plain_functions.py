"""
Plain functions of plugins, which rules call: fields that are computed, and functions of `if`.

They run in the event loop and can't be interrupted, so what they do wrong is contained as far as
that goes: whatever one raises or returns makes its value unknown, and one that is slow again and
again isn't called for a while.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from types import MappingProxyType

import structlog

from gazelled.containment.contained_plugin import ContainedPlugin
from gazelled.containment.plugin_call import caller, calling
from gazelled.fields import FieldType
from gazelled.hooks import isolation
from gazelled.markup import safe_text
from gazelled.model import Item, Value

log = structlog.stdlib.get_logger(__name__)

SLOW = 0.25
"""After so many seconds a call was slow: nothing else happens meanwhile."""

MOST_SLOW = 3
"""After so many slow calls in a row a function rests."""

RESTS_FOR = 600.0
"""How long it does, in seconds."""


class ContainedFunction:
    """
    A plain function of a plugin; calling it raises nothing.

    Args:
        plugin: The name of the plugin.
        name: What the function is called in rules.
        type_: The type of its results; anything else counts as a failure.
        scrub: Takes secrets out of what it returns and raises.

    Attributes:
        failures: How many calls failed or were slow.
        last_error: How the last of them did.

    """

    def __init__(
        self,
        plugin: str,
        name: str,
        function: Callable[..., Value],
        type_: FieldType,
        scrub: Callable[[str], str] = str,
    ) -> None:
        self.plugin = plugin
        self.name = name
        self.failures = 0
        self.last_error = ""
        call = caller()  # it is registered by the plugin's own code
        self._contained = call.plugin if call else ContainedPlugin(plugin)
        self._function = function
        self._type = type_
        self._scrub = scrub
        self._slow_in_a_row = 0
        self._rests_until = 0.0

    def __call__(self, *arguments: object) -> Value:
        """Return the result; None, which is unknown, if the function fails or rests."""
        begun = time.monotonic()
        if begun < self._rests_until:
            return None
        error: BaseException | None = None
        value: Value = None
        try:
            value = self.uncontained(*arguments)
        except BaseException as raised:  # noqa: BLE001 - whatever a plugin raises is its own
            error = raised
        ended = time.monotonic()
        if error is not None:
            self._fail(error)
        self._note_time(ended - begun, ended)
        return value

    def uncontained(self, *arguments: object) -> Value:
        """
        Return the result, for tests.

        Raises:
            ValueError: If it is of another type.
            BaseException: Whatever the function raises.

        """
        with calling(self._contained, f"function {self.name}"):
            result = self._function(*map(_untouchable, arguments))
        return self._cleaned(self._type.checked(result))

    def _cleaned(self, value: Value) -> Value:
        if isinstance(value, str):
            return self._scrub(safe_text(value))
        if isinstance(value, tuple):
            return tuple(self._scrub(safe_text(text)) for text in value)
        return value

    def _fail(self, error: BaseException) -> None:
        self.failures += 1
        self.last_error = f"{self.name}: {isolation.describe(error, self._scrub)}"
        if self.failures == 1:
            log.warning(
                "plugin.function_failed", plugin=self.plugin, function=self.name, exc_info=error
            )

    def _note_time(self, seconds: float, now: float) -> None:
        if seconds < SLOW:
            self._slow_in_a_row = 0
            return
        self._slow_in_a_row += 1
        self._fail(TimeoutError(f"it took {seconds:.1f} s"))
        if self._slow_in_a_row >= MOST_SLOW:
            self._slow_in_a_row = 0
            self._rests_until = now + RESTS_FOR
            log.warning(
                "plugin.function_paused",
                plugin=self.plugin,
                function=self.name,
                seconds=RESTS_FOR,
                error=self.last_error,
            )


def function_failures(functions: Iterable[object], plugin: str) -> tuple[int, str]:
    """Return how many calls of a plugin's functions failed, and how one of the last did."""
    own = [one for one in functions if isinstance(one, ContainedFunction) and one.plugin == plugin]
    errors = [one.last_error for one in own if one.last_error]
    return sum(one.failures for one in own), errors[-1] if errors else ""


def _untouchable(argument: object) -> object:
    """Return an argument that the function can't change."""
    if isinstance(argument, Item):
        return replace(argument, fields=MappingProxyType(argument.fields))
    return argument
