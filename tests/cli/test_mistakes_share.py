"""More than the share: whoever follows the advice has a config that passes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.cli.test_mistakes import HEAD

from gazelled.planning.planner import Past
from gazelled.service.configuration.check import CheckResult, check

if TYPE_CHECKING:
    from tests.cli.conftest import Person

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SLOWER = re.compile(r'every = "(\w+)" for (.+?) brings it to ([\d.]+) of ([\d.]+)')
PLACED = re.compile(r"^(?:every|cron) = .*\n", re.MULTILINE)


def watch(name: str, lines: str, ask: str = "browse") -> str:
    """Write a watch."""
    return f'[watch.{name}]\nask = "{ask}"\ntell = ["phone"]\n{lines}\n'


def many(count: int, lines: str, ask: str = "browse") -> str:
    """Write watches of one sort; # in their lines is a number."""
    return "".join(watch(f"w{at}", lines.replace("#", str(at)), ask) for at in range(1, count + 1))


def checked(person: Person, text: str, past: Past) -> CheckResult:
    """Check a config as its plan would be at a start."""
    person.write("made-up", "secrets/tracker-token")
    return check(person.write(HEAD + text), person.environ, NOW, past)


def slowed(text: str, every: str, whom: str, plan: CheckResult) -> str:
    """Do what the advice says."""
    assert plan.plan is not None
    hours = {"m": 1 / 60, "h": 1, "d": 24}[every[-1]] * int(every[:-1])
    fast = {
        name.partition(":")[0]
        for each in plan.plan.planned
        if each.per_hour > 1 / hours
        for name in each.watches
    }
    names = fast if whom.startswith("all ") else set(re.split(", | and ", whom))
    tables = re.split(r"(?m)^(?=\[)", text)
    return "".join(
        PLACED.sub("", table) + f'every = "{every}"\n'
        if table.partition("]")[0].removeprefix("[watch.") in names
        else table
        for table in tables
    )


@pytest.mark.parametrize(
    ("text", "past"),
    [
        (many(40, 'every = "15m"\nwith = { searchstr = "s#" }'), Past()),
        (many(30, 'cron = "*/15 * * * *"\nwith = { searchstr = "s#" }'), Past()),
        (many(30, 'every = "15m"\nwith = { taglist = "s#" }'), Past()),
        (
            watch("all", 'kind = "gone"\nevery = "15m"') + watch("one", 'every = "1h"', "requests"),
            Past(pages={"browse group_results=0": 20}),
        ),
        (
            watch("s", f"each = {[str(at) for at in range(30)]}\nwith.searchstr = '{{each}}'\n")
            + 'every = "15m"\n',
            Past(),
        ),
        (
            '[watch-defaults]\nevery = "15m"\n'
            + many(40, 'kind = "alert"\nif = "seeders < 1"\nwith = { id = # }', "collage"),
            Past(),
        ),
        (
            watch("files", 'every = "15m"\nmatch.files.any = "*.fasta"')
            + many(12, 'every = "15m"\nwith = { searchstr = "s#" }'),
            Past(details={"browse group_results=0": 5.0}),
        ),
    ],
    ids=["searches", "cron", "tags", "pages", "each", "defaults", "details"],
)
def test_following_the_advice_brings_it_under_the_share(
    person: Person, text: str, past: Past
) -> None:
    """What is slowed down as it says makes the check pass, with the load that it told."""
    before = checked(person, text, past)
    (problem,) = before.problems
    found = SLOWER.search(problem.message)
    assert found, problem.message
    every, whom, left, allowed = found.groups()
    after = checked(person, slowed(text, every, whom, before), past)
    assert [str(each) for each in after.problems] == []
    assert after.plan is not None
    assert after.plan.per_hour <= min(float(left) + 0.06, float(allowed))


def test_searches_that_become_rules_share_one_request(person: Person) -> None:
    """The advice names the key to write, and that is enough."""
    text = many(30, 'every = "15m"\nwith = { taglist = "s#" }')
    before = checked(person, text, Past())
    assert "with.taglist of w1, w2, w3, w4 and 26 more could be match.tags.all" in str(
        before.problems[0]
    )
    after = checked(
        person, re.sub("with = { taglist = (.*) }", r"match.tags.all = \1", text), Past()
    )
    assert after.problems == []
    assert after.plan is not None
    assert len(after.plan.planned) == 1
    assert before.plan is not None
    assert (before.plan.per_hour - after.plan.per_hour) * 24 == pytest.approx(2784)


def test_details_that_cost_most_are_named(person: Person) -> None:
    """They come with each new thing, however seldom one looks."""
    text = watch("files", 'every = "1h"\nmatch.files.any = "*.fasta"')
    past = Past(details={"browse group_results=0": 90.0})
    (problem,) = checked(person, text, past).problems
    assert "restrict files by more fields that the list itself has: 90 requests an hour" in str(
        problem
    )
    assert 'every = "' not in str(problem)
