"""The keys that are the same for all targets: how long they may take, and their time zone."""

from __future__ import annotations

import pytest
from tests.config.conftest import Home


def test_they_are_no_options_of_the_plugin(home: Home) -> None:
    """They hold for any target, whatever its plugin."""
    text = f'{home.file.read_text()}timeout = "90s"\nzone = "Asia/Tokyo"\n'
    target = home.config(text).targets["phone"]

    assert (target.timeout, target.zone) == (90.0, "Asia/Tokyo")
    assert set(target.options) == {"url"}


def test_the_zone_is_that_of_the_quiet_hours(home: Home) -> None:
    """Whoever names a zone for the one means the other; without any it is UTC, and a minute."""
    plain = home.config().targets["phone"]
    quiet = home.config(f'{home.file.read_text()}quiet = "22:00-07:00 Europe/Berlin"\n')

    assert (plain.timeout, plain.zone) == (60.0, "UTC")
    assert quiet.targets["phone"].zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('timeout = "soon"', "phone.timeout: expected a duration"),
        ('timeout = "0.5s"', 'phone.timeout: expected a duration from "1s" to "1h"'),
        ('timeout = "2h"', 'phone.timeout: expected a duration from "1s" to "1h"'),
        ("timeout = 60", "phone.timeout: expected a text in quotes"),
        ('zone = "Europe/Berlim"', 'phone.zone: unknown time zone; did you mean "Europe/Berlin"?'),
    ],
)
def test_says_what_is_wrong(home: Home, line: str, reason: str) -> None:
    """What isn't understood is a sentence that says what was expected."""
    (problem,) = home.problems(f"{home.file.read_text()}{line}\n")

    assert reason in problem
