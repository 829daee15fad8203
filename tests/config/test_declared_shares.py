"""A share of the limit that a plugin declares is its own, within what is left."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from gazelled.planning.config_plan import plan_of
from gazelled.planning.planner import Past

if TYPE_CHECKING:
    from tests.config.conftest import Home

PLUGIN = """
from gazelled.plugin import hookimpl

share = "{share}"

@hookimpl
async def gazelled_answered(answer): ...
"""


def tables(home: Home, *shares: str) -> str:
    """Write a plugin for each share; return their tables."""
    for number, share in enumerate(shares):
        home.write(PLUGIN.format(share=share), f"plugins/lab{number}.py")
    return "".join(f'[plugin.lab{n}]\nfile = "lab{n}.py"\n' for n in range(len(shares)))


def test_it_counts_unless_the_config_has_another(home: Home) -> None:
    """The plan then shows it as a share of its own."""
    text = f"{home.file.read_text()}{tables(home, '1.5%', '1%')}share = '3%'\n"
    config = home.config(text)
    assert [config.plugins[name].share for name in ("lab0", "lab1")] == [0.015, 0.03]
    assert plan_of(config, Past(), datetime(2026, 3, 1, tzinfo=UTC)).plugins == {
        "lab0": 0.015,
        "lab1": 0.03,
    }


@pytest.mark.parametrize(
    ("watches", "shares", "granted", "gets"),
    [
        ("10%", ["2%"], [0.02], None),
        ("10%", ["30%"], [0.02], "30% of the limit, and gets 2%"),
        ("99%", ["2%"], [0.01], "2% of the limit, and gets 1%"),
        ("100%", ["2%"], [None], "2% of the limit, and has none of its own, as nothing is left"),
    ],
)
def test_no_plugin_takes_much_by_itself(
    home: Home, watches: str, shares: list[str], granted: list[float | None], gets: str | None
) -> None:
    """A config that was right remains so; what is less than declared is a warning."""
    text = home.file.read_text().replace("[tracker]", f"[tracker]\nshare = '{watches}'", 1)
    loaded = home.load(text + tables(home, *shares))
    assert loaded.config is not None
    assert [settings.share for settings in loaded.config.plugins.values()] == [
        None if share is None else pytest.approx(share) for share in granted
    ]
    warnings = [str(problem) for problem in loaded.problems if problem.key == "plugin.lab0"]
    assert len(warnings) == (gets is not None)
    assert all(f"it declares a share of {gets}" in warning for warning in warnings)
