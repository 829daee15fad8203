"""Prometheus' own tool reads the metrics, the alert rules and their tests."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.service.conftest import House

from gazelled.service.monitoring.exposition import metrics_text

MONITORING = Path(__file__).parents[2] / "docs" / "monitoring"
RULES, CASES = MONITORING / "gazelled.rules.yml", MONITORING / "gazelled.rules.test.yml"

pytestmark = pytest.mark.skipif(
    not shutil.which("promtool"), reason="promtool (Debian's package prometheus) is not installed"
)


def promtool(*arguments: str, text: str = "") -> str:
    """Run it, and return what it prints, if it is content."""
    command = ["promtool", *arguments]
    done = subprocess.run(  # noqa: S603 - fixed words
        command, input=text, capture_output=True, text=True, cwd=MONITORING, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


async def test_the_metrics_are_as_prometheus_wants_them(house: House) -> None:
    """Names, units, types and help: not even a remark."""
    house.mood("later")
    async with house.opened() as app:
        await app.run_watch("yeast")
        await app.deliverer.drain(60)
        text, _ = await metrics_text(app)
    own = "".join(re.findall(r"^(?:# \w+ )?gazelled_.*\n", text.decode(), re.MULTILINE))
    assert own.count("\n") > 100
    assert promtool("check", "metrics", text=own) == ""
    promtool("check", "metrics", text=text.decode())


def test_the_rules_are_valid() -> None:
    """As Prometheus reads them."""
    assert "SUCCESS: 15 rules found" in promtool("check", "rules", RULES.name)


def test_each_alert_fires_when_it_has_to_and_not_otherwise() -> None:
    """By promtool's own tests of rules."""
    assert "SUCCESS" in promtool("test", "rules", CASES.name)


def test_each_alert_has_both_tests() -> None:
    """One in which it fires, and one in which all is well."""
    alerts = re.findall(r"alert: (\w+)", RULES.read_text("utf-8"))
    cases = re.findall(r"alertname: (\w+)", CASES.read_text("utf-8"))
    assert sorted(cases) == sorted([*alerts, *alerts])


def test_each_rule_is_about_metrics_that_there_are() -> None:
    """The documentation lists all of them."""
    listed = (MONITORING.parent / "metrics.md").read_text("utf-8")
    for name in re.findall(r"gazelled_\w+", RULES.read_text("utf-8")):
        assert f"`{name}`" in listed
