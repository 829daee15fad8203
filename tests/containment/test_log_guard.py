"""Logging, standard output and signals are the process's, whatever a plugin does to them."""

from __future__ import annotations

import faulthandler
import io
import logging
import logging.config
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import structlog
from structlog.testing import capture_logs
from tests.containment.conftest import LONG

from gazelled import logs
from gazelled.containment.contained_plugin import MOST_LINES, ContainedPlugin
from gazelled.containment.log_guard import GUARD
from gazelled.containment.plugin_call import calling
from gazelled.containment.printed_output import without_secrets
from gazelled.redact import Redactor

SECRET = "s3cr3t-passkey-of-the-lab"


@contextmanager
def guarded() -> Iterator[io.StringIO]:
    """Set logging up as the daemon does; yield what is written. pytest has its handlers by now."""
    stream, redactor = io.StringIO(), Redactor()
    redactor.add(SECRET)
    logs.set_up(format="journald", level="info", redactor=redactor, stream=stream)
    GUARD.begin()
    try:
        yield stream
    finally:
        GUARD.end()
        logs.reset()


def configure_anew() -> None:
    """Do what many libraries' quick starts show."""
    logging.config.dictConfig({"version": 1, "root": {"handlers": []}})


def clear_the_handlers() -> None:
    """Write nothing any more."""
    logging.getLogger().handlers.clear()


def read_along() -> None:
    """See records as they were before secrets are taken out."""
    logging.getLogger().addHandler(logging.NullHandler())


def raise_the_level() -> None:
    """Leave out what isn't critical."""
    logging.getLogger().setLevel(logging.CRITICAL)


def cut_it_off() -> None:
    """Keep the daemon's records from the root."""
    logging.getLogger("gazelled").propagate = False


def reset_structlog() -> None:
    """Let structlog print."""
    structlog.reset_defaults()


def empty_the_pipeline() -> None:
    """Take the processors out of the list that is used."""
    structlog.get_config()["processors"].clear()


@pytest.mark.parametrize(
    ("deed", "refused"),
    [
        (logging.disable, "disable logging"),
        (configure_anew, "disable logging"),
        (clear_the_handlers, "change logging"),
        (read_along, "change logging"),
        (raise_the_level, "change logging"),
        (cut_it_off, "change logging"),
        (reset_structlog, "change logging"),
        (empty_the_pipeline, "change logging"),
    ],
)
def test_the_log_goes_on(plugin: ContainedPlugin, deed: Callable[[], None], refused: str) -> None:
    """What a plugin changes is put back when its code pauses, and counted."""
    with guarded() as written:
        before = [*logging.getLogger().handlers]
        with calling(plugin, "call"):
            deed()
        structlog.stdlib.get_logger("gazelled.tests").warning("after.logged")
        lines = written.getvalue().splitlines()
        assert f"what={refused.partition(' ')[0]}" in lines[0].replace('"', "")
        assert lines[-1].startswith("<4>after.logged")
        assert logging.getLogger().handlers == before
        assert refused in plugin.contained().refused


def test_what_gazelled_changes_stays(plugin: ContainedPlugin) -> None:
    """A reload may log in another way: no plugin did that, and its code puts nothing back."""
    other = io.StringIO()
    with guarded():
        GUARD.let(
            lambda: logs.set_up(format="console", level="debug", redactor=Redactor(), stream=other)
        )
        with calling(plugin, "call"):
            structlog.stdlib.get_logger("gazelled.tests").debug("during.logged")
        structlog.stdlib.get_logger("gazelled.tests").debug("after.logged")
        with calling(plugin, "call"):
            clear_the_handlers()
        assert "during.logged" in other.getvalue()
        assert "after.logged" in other.getvalue()
        assert plugin.contained().refused == {"change logging": 1}


def test_libraries_go_on_logging(plugin: ContainedPlugin) -> None:
    """What configures logging anew disables their loggers, and some errors are known by these."""
    library, silent = logging.getLogger("some_library"), logging.getLogger("silent_library")
    silent.disabled = True
    with guarded():
        with calling(plugin, "call"):
            configure_anew()
            assert library.disabled
        assert (library.disabled, silent.disabled) == (False, True)


def test_a_thread_of_a_plugin_is_no_way_around(plugin: ContainedPlugin) -> None:
    """What it changes is put back when its function ends."""
    with guarded() as written:
        plugin.submit(clear_the_handlers, "call").result(LONG)
        logging.getLogger("gazelled.tests").warning("after")
        assert "after" in written.getvalue().splitlines()[-1]
        assert plugin.contained().refused == {"change logging": 1}


def test_signals_are_not_a_plugins(plugin: ContainedPlugin) -> None:
    """It gets the error that it would get in another thread."""
    with guarded() as written:
        before = signal.getsignal(signal.SIGTERM)
        with calling(plugin, "call"):
            with pytest.raises(ValueError, match="must not handle signals"):
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
            with pytest.raises(ValueError, match="must not handle signals"):
                signal.alarm(1)
            with pytest.raises(ValueError, match="must not handle signals"):
                faulthandler.disable()
        assert signal.getsignal(signal.SIGTERM) is before
        assert plugin.contained().refused == {"handle signals": 3}
        signal.signal(signal.SIGTERM, before)
        assert written.getvalue().count("plugin.refused") == 1


def test_standard_output_is_not_a_plugins(plugin: ContainedPlugin) -> None:
    """Nor what prints errors that nobody caught."""
    with guarded() as written:
        before = sys.stderr, sys.excepthook, threading.excepthook
        with calling(plugin, "call"):
            sys.stderr = io.StringIO()
            sys.excepthook = print
        assert before == (sys.stderr, sys.excepthook, threading.excepthook)
        assert "standard output" in written.getvalue()


def test_floods_are_cut_and_counted(plugin: ContainedPlugin) -> None:
    """The lines of a plugin, not those of others."""
    with guarded() as written:
        with calling(plugin, "call"):
            for number in range(MOST_LINES * 10):
                logging.getLogger("plugin").warning("flood %s", number)
        logging.getLogger("other").warning("after")
        lines = written.getvalue().splitlines()
        assert len(lines) < MOST_LINES * 5
        assert sum("flood" in line for line in lines) + plugin.lines_dropped == MOST_LINES * 10
        assert sum("plugin.lines_dropped" in line for line in lines) == 1
        assert "after" in lines[-1]


def test_what_is_printed_has_no_secrets(
    plugin: ContainedPlugin, capsys: pytest.CaptureFixture[str]
) -> None:
    """In whatever pieces it comes; floods are cut there, too."""
    redactor = Redactor()
    redactor.add(SECRET)
    with capture_logs(), without_secrets(redactor.scrub):
        print("the key is", SECRET)  # noqa: T201 - as a plugin
        sys.stdout.write(SECRET[:10])
        sys.stdout.write(f"{SECRET[10:]}\n")
        print(SECRET, file=sys.stderr)  # noqa: T201 - as a plugin
        sys.stdout.write("no end of line")
        with calling(plugin, "call"):
            for _ in range(MOST_LINES * 10):
                print("flood")  # noqa: T201 - as a plugin

    said = capsys.readouterr()
    assert SECRET not in said.out + said.err
    assert said.out.splitlines()[:2] == ["the key is [redacted]", "[redacted]"]
    assert said.out.count("flood") + plugin.lines_dropped == MOST_LINES * 10
    assert plugin.lines_dropped > MOST_LINES


def test_signals_are_as_before_once_it_ends() -> None:
    """A process that goes on, such as one of tests, isn't changed by the guard that it had."""
    before = signal.signal
    with guarded():
        assert signal.signal is not before
    assert signal.signal is before
