"""The guard of what is one for the whole process: logging, standard output, signals."""

from __future__ import annotations

import faulthandler
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import structlog

from gazelled.containment.contained_plugin import ContainedPlugin
from gazelled.containment.plugin_call import caller, refusing

_SENTINEL = logging.getLogger("gazelled.containment.sentinel")
"""What configures logging anew disables all loggers that there are, and this one among them."""

_OWN = "gazelled.containment."
"""What is logged here of a plugin is no line of its own, although its code may run meanwhile."""

_decided = threading.local()

_SIGNALS = ("signal", "set_wakeup_fd", "setitimer", "alarm", "siginterrupt")
_TRACES = ("enable", "disable", "register", "unregister", "dump_traceback_later")
_HOOKS: tuple[tuple[Any, str], ...] = (
    (sys, "stdout"),
    (sys, "stderr"),
    (sys, "excepthook"),
    (sys, "unraisablehook"),
    (threading, "excepthook"),
)


class LogGuard:
    """
    Puts logging and standard output back to what they were when it began.

    Before it begins it changes nothing.
    """

    def __init__(self) -> None:
        self._restorers: dict[str, Callable[[], bool]] = {}
        self._kept: dict[tuple[ModuleType, str], Callable[..., object]] = {}

    def begin(self) -> None:
        """Take what is so now as what is right, and keep signals from plugins."""
        for handler in logging.getLogger().handlers:
            handler.addFilter(_within_limits)
        ContainedPlugin.changes = self._restore
        self._restorers = {
            "disable logging": _disabled(),
            "change logging": _changed(),
            "replace standard output": _replaced(),
        }
        for module, names in ((signal, _SIGNALS), (faulthandler, _TRACES)):
            for name in names:
                if (module, name) not in self._kept:
                    function = self._kept[module, name] = getattr(module, name)
                    setattr(module, name, refusing(function, "handle signals", ValueError))

    def let(self, change: Callable[[], None]) -> None:
        """Have gazelled itself change logging: what it is then is right, and no plugin's doing."""
        if not self._kept:
            change()
            return
        ContainedPlugin.changes = tuple
        try:
            change()
        finally:
            self.begin()

    def end(self) -> None:
        """Put nothing back any more, and let everyone handle signals."""
        ContainedPlugin.changes = tuple
        for (module, name), function in self._kept.items():
            setattr(module, name, function)
        self._kept.clear()
        for handler in logging.getLogger().handlers:
            handler.removeFilter(_within_limits)

    def _restore(self) -> Iterator[str]:
        """Put back what was changed; yield what a plugin did, in words."""
        for what, restored in self._restorers.items():
            if restored():
                yield what


GUARD = LogGuard()
"""The guard of this process."""


def _within_limits(record: logging.LogRecord) -> bool:
    """Return whether a record is written: a plugin's only as long as they aren't too many."""
    call = caller()
    if call is None or record.name.startswith(_OWN):
        return True
    # Each handler asks, and the record is one line.
    if getattr(_decided, "record", None) is not record:
        _decided.record, _decided.is_written = record, call.plugin.may_log()
    return bool(_decided.is_written)


def _disabled() -> Callable[[], bool]:
    manager = logging.getLogger().manager
    right = manager.disable
    silent = {
        name for name, logger in manager.loggerDict.items() if getattr(logger, "disabled", False)
    }

    def restored() -> bool:
        loud = manager.disable == right and not _SENTINEL.disabled
        if loud:
            return False
        logging.disable(right)
        for name, logger in manager.loggerDict.items():
            # Libraries as well: what Apprise logs says why a message was refused.
            if name not in silent and isinstance(logger, logging.Logger):
                logger.disabled = False
        return True

    return restored


def _changed() -> Callable[[], bool]:
    """Return what puts back the handlers of the root and the gazelled logger, and structlog's."""
    loggers = [logging.getLogger(), logging.getLogger("gazelled")]
    configuration = _configuration()
    right = [_state(logger) for logger in loggers]
    handlers = [(handler, _state_of(handler)) for handler in loggers[0].handlers]

    def restored() -> bool:
        changed = False
        for logger, state in zip(loggers, right, strict=True):
            if _state(logger) != state:
                changed = True
                logger.handlers[:], logger.filters[:] = state[0], state[1]
                logger.propagate, logger.disabled = state[3], state[4]
                logger.setLevel(state[2])  # it forgets what was cached, too
        for handler, (level, formatter, filters) in handlers:
            if _state_of(handler) != (level, formatter, filters):
                changed = True
                handler.level, handler.formatter, handler.filters[:] = level, formatter, filters
        if _configuration() != configuration:
            changed = True
            structlog.configure(**{**configuration, "processors": [*configuration["processors"]]})
        return changed

    return restored


def _configuration() -> dict[str, Any]:
    configuration = structlog.get_config()
    return {**configuration, "processors": [*configuration["processors"]]}


_LoggerState = tuple[list[logging.Handler], list[Any], int, bool, bool]


def _state(logger: logging.Logger) -> _LoggerState:
    return (
        [*logger.handlers],
        [*logger.filters],
        logger.level,
        logger.propagate,
        logger.disabled,
    )


def _state_of(handler: logging.Handler) -> tuple[int, logging.Formatter | None, list[Any]]:
    return handler.level, handler.formatter, [*handler.filters]


def _replaced() -> Callable[[], bool]:
    right = [(module, name, getattr(module, name)) for module, name in _HOOKS]

    def restored() -> bool:
        changed = False
        for module, name, value in right:
            if getattr(module, name) is not value:
                setattr(module, name, value)
                changed = True
        return changed

    return restored
