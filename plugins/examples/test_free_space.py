"""The plugin that watches how much room a folder has."""

from __future__ import annotations

from pathlib import Path

import pytest
from gazelled.hooks.calls.hook_calls import HookFailure
from gazelled.testing.plugin_kit import PluginKit


def test_it_is_a_metric(gz: PluginKit, tmp_path: Path) -> None:
    """In bytes."""
    (metric,) = gz.plugin("free_space.py", folder=str(tmp_path)).metrics()
    assert (metric.name, metric.kind) == ("bytes", "gauge")
    assert metric.value > 0


@pytest.mark.parametrize(("least", "problems"), [("1 B", 0), ("1000000 TiB", 1)])
def test_little_room_is_a_problem(
    gz: PluginKit, tmp_path: Path, least: str, problems: int
) -> None:
    """With what to do."""
    plugin = gz.plugin("free_space.py", folder=str(tmp_path), least=least)
    findings = plugin.health_checks()
    assert [finding.advice for finding in findings] == ["make room there"] * problems


def test_a_folder_that_is_gone_is_the_failure_of_the_plugin(gz: PluginKit, tmp_path: Path) -> None:
    """Which gazelled shows as a problem of its own."""
    with pytest.raises(HookFailure, match="No such file"):
        gz.plugin("free_space.py", folder=str(tmp_path / "gone")).health_checks()
