"""What the daemon imports before it serves: what serves one page or one command comes later."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gazelled.cli.starting import memory_allocator

LATER = {
    "apprise": "a target of it",
    "feedgen": "nothing",
    "gazelled.cli.authoring": "commands that write",
    "gazelled.cli.starting.waiting_start": "a start on a full disk",
    "gazelled.demo": "the demo",
    "gazelled.explain": "a question over the control socket",
    "gazelled.service.control.client": "a start beside another daemon",
    "gazelled.service.control.handlers": "a request over the control socket",
    "gazelled.service.control.protocol": "a request over the control socket",
    "gazelled.service.web.web_actions": "an action of the page",
    "gazelled.service.web.models": "a page",
    "gazelled.store.backup.restoring": "`gazelled state restore`",
    "gazelled.store.backup.verifying": "`gazelled state verify`",
    "gazelled.testing": "tests of plugins",
    "gazelled.tracker.doctor": "`gazelled doctor`",
    "jinja2": "a page or a template",
    "prometheus_client": "a scrape",
    "requests": "a target of it",
    "xml": "a feed",
}
"""Modules and packages that the daemon needs only for something, and what that is."""

CODE = """
import sys
sys.modules["rich"] = None  # else structlog loads it, which comes with tools of development
import gazelled.cli.commands.run, gazelled.cli.serving
print(*sys.modules)
"""


TARGETS = ("apprise", "exec", "feed", "journal", "mail", "webhook")

CODE_OF_TARGET = """
import sys
import gazelled_plugins.{name}
print(*sys.modules)
"""


def test_what_serves_a_page_or_a_command_is_imported_when_it_is_asked_for() -> None:
    """Each module weighs for as long as the daemon runs."""
    loaded = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "gazelled.service.compose" in loaded
    for name, needed_for in LATER.items():
        early = [each for each in loaded if each == name or each.startswith(f"{name}.")]
        assert not early, f"only {needed_for} needs {early[0]}"


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_without_templates_needs_no_jinja(name: str) -> None:
    """Nor what it delivers with: that is imported with the first delivery."""
    loaded = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", CODE_OF_TARGET.format(name=name)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert f"gazelled_plugins.{name}" in loaded
    assert not {"jinja2", "requests", "aiosmtplib"} & {*loaded}


@pytest.mark.skipif(sys.platform != "linux", reason="the C library is another one")
def test_the_allocator_gives_memory_back_where_it_is_glibc() -> None:
    """What was used and freed, in the middle of the heap, leaves the process."""
    code = """
import os
from pathlib import Path
from gazelled.cli.starting import memory_allocator
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
settings = memory_allocator.keep_small()
blocks = [bytes(2000) for _ in range(40_000)]
last, full = bytes(2000), resident()
del blocks
given_back = memory_allocator.give_back()
assert settings == given_back, (settings, given_back)
if given_back:
    assert resident() < full - 40_000_000, (resident(), full)
"""
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own code


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is called that isn't there."""
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    assert not memory_allocator.keep_small()
    assert not memory_allocator.give_back()
