"""
What kinds of watch say of sources after they were registered: of each source that is asked.

It is code of plugins, and asked by all that read the config. What one raises then, or returns and
can't be used, is logged once, and the answer is that of a kind which says nothing of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import structlog

from gazelled.containment.contained_plugin import ContainedPlugin
from gazelled.containment.event_loop import is_by_person
from gazelled.containment.plugin_call import caller, calling
from gazelled.fields import FieldType
from gazelled.plugin.kinds import AnyKind, Kind, SourceView

log = structlog.stdlib.get_logger(__name__)

Ask = Callable[[SourceView], object]


class ContainedAnswer:
    """
    What a kind says of a source; asking raises nothing.

    Args:
        plugin: The name of the plugin.
        name: What is asked, with the name of the kind, for the log.
        ask: Asks the kind itself.
        default: Returns what is said instead if that fails.
        is_usable: Whether an answer can be used.

    """

    def __init__(
        self, plugin: str, name: str, ask: Ask, default: Ask, is_usable: Callable[[object], bool]
    ) -> None:
        self.ask = ask
        call = caller()  # it is registered by the plugin's own code
        self._contained = call.plugin if call else ContainedPlugin(plugin)
        self._plugin = plugin
        self._name = name
        self._default = default
        self._is_usable = is_usable
        self._has_failed = False

    def __call__(self, source: SourceView) -> object:
        """Return the answer, or what is said instead."""
        try:
            with calling(self._contained, self._name):
                answer = self.ask(source)
        except BaseException as error:
            if is_by_person(error):
                raise
            self._report(error)
        else:
            if self._is_usable(answer):
                return answer
            self._report(TypeError(f"it returned {type(answer).__name__}"))
        return self._default(source)

    def _report(self, error: BaseException) -> None:
        """Log what went wrong, the first time."""
        if not self._has_failed:
            self._has_failed = True
            log.warning(
                "plugin.function_failed", plugin=self._plugin, function=self._name, exc_info=error
            )


def contain_answers(kind: AnyKind, plugin: str) -> None:
    """Have a kind raise nothing from now on when it is asked about a source."""
    asked: Mapping[str, tuple[Callable[..., object], Callable[[object], bool]]] = {
        "unfit": (Kind.unfit, lambda answer: isinstance(answer, str)),
        "fields_of": (Kind.fields_of, _are_fields),
        "reads_whole": (Kind.reads_whole, lambda answer: isinstance(answer, bool)),
    }
    for name, (default, is_usable) in asked.items():
        ask = getattr(kind, name)
        if isinstance(ask, ContainedAnswer):  # of an object that was registered before
            ask = ask.ask
        answer = ContainedAnswer(
            plugin, f"{name} of {kind.name}", ask, partial(default, kind), is_usable
        )
        object.__setattr__(kind, name, answer)  # it may be a frozen dataclass


def _are_fields(answer: object) -> bool:
    return isinstance(answer, Mapping) and all(
        isinstance(name, str) and isinstance(type_, FieldType) for name, type_ in answer.items()
    )
