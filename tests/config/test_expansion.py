"""One watch for each of several terms, and what all watches share."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from gazelled.model import FirstLook
from gazelled.watches.keys.schedules import At, Every

if TYPE_CHECKING:
    from tests.config.conftest import Home

BROWSE = 'ask = "browse"\ntell = ["phone"]\n'
TWO = 'each = ["S. cerevisiae", "S. pombe"]\n'


def test_makes_a_watch_for_each_term(home: Home) -> None:
    """The term stands in any text of the watch, and in its name as far as names go."""
    lines = f'{BROWSE}{TWO}about = "All of {{each}}"\nwith.searchstr = "{{each}}"\n'
    lines += "match.title = ['{each} reads', 'x']\nif = '\"{each}\" in title'\n"
    assert home.watch(lines) == []
    watches = home.config().watches
    assert list(watches) == ["yeast", "x:S-cerevisiae", "x:S-pombe"]
    watch = watches["x:S-pombe"]
    assert (watch.name, watch.about) == ("x:S-pombe", "All of S. pombe")
    assert watch.call.params == (("group_results", "0"), ("searchstr", "S. pombe"))
    assert '"title": ["S. pombe reads", "x"]' in watch.rule
    assert '\\"S. pombe\\" in title' in watch.rule


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (
            BROWSE + "each = []",
            "15: watch.x.each: the list is empty; remove it",
        ),
        (BROWSE + 'each = "a"', "15: watch.x.each: expected a list, like each = ["),
        (BROWSE + TWO, "15: watch.x.each: no text of the watch contains {each}, so all of them"),
        (
            BROWSE + 'match.title = "{each}"\neach = [\n"a",\n"a"]',
            '18: watch.x.each: "a" is listed twice; remove one of them',
        ),
        (
            BROWSE + 'match.title = "{each}"\neach = ["a", "-"]',
            '16: watch.x.each: "-" has no letter or digit',
        ),
        (
            BROWSE + 'match.title = "{each}"\neach = ["a", 3]',
            "16: watch.x.each: expected a text in quotes",
        ),
        (
            BROWSE + 'match.title = "{each}"',
            '15: watch.x.match.title: there is no {each}; write each = ["…"] with the terms',
        ),
        (BROWSE + "if = '\"{each}\" in title'", "15: watch.x.if: there is no {each}"),
        (BROWSE + 'with.searchstr = "{each}"', "15: watch.x.with.searchstr: there is no {each}"),
        (
            BROWSE + 'each = ["a", "b"]\nmatch.title = "{each}"\nevery = "1m"',
            "17: watch.x.every: 1m is too often",
        ),
        (
            BROWSE + 'each = ["a", "(b"]\nmatch.title_regex = "{each}"',
            "16: watch.x.match.title_regex: invalid pattern",
        ),
        (
            'ask = "browse"\neach = ["fone", "phone"]\ntell = ["{each}"]',
            '15: watch.x.tell: unknown target "fone"; did you mean "phone"?',
        ),
    ],
)
def test_a_mistake_is_told_once(home: Home, lines: str, problem: str) -> None:
    """However many watches are made of a table, it is fixed in one place."""
    errors = [each for each in home.watch(lines) if "warning" not in each]
    assert [each.removeprefix("config.toml:")[: len(problem)] for each in errors] == [problem]


@pytest.mark.parametrize(
    ("terms", "names"),
    [
        (["C", "C++", "C#", "g++"], ["C", "C-plus-plus", "C-sharp", "g-plus-plus"]),
        (["C++"], ["C-plus-plus"]),
        (["++", "+"], ["plus-plus", "plus"]),
        (["a b", "A-b", "c"], ["a-b-c8687a", "A-b", "c"]),
        (["yeast", "Yeast"], ["yeast-0", "Yeast-0"]),
        (["R&D", "R/D"], ["R-D-0", "R-D-0"]),
    ],
)
def test_terms_that_differ_have_names_of_their_own(
    home: Home, terms: list[str], names: list[str]
) -> None:
    """What names leave out tells terms apart all the same, in whichever order they stand."""
    shown = []
    for order in (terms, terms[::-1]):
        lines = f'{BROWSE}each = {json.dumps(order)}\nwith.searchstr = "{{each}}"\n'
        assert home.watch(lines) == []
        found = {name.removeprefix("x:") for name in home.config().watches} - {"yeast"}
        assert len(found) == len(terms)
        shown.append(found)
    first, second = shown
    assert first == second
    assert {re.sub("-[0-9a-f]{6}$", "-0", name) for name in first} == {
        re.sub("-[0-9a-f]{6}$", "-0", name) for name in names
    }


SHARED = """\
[watch-defaults]
every = "daily 08:00"
zone = "Europe/Berlin"
first = "since:2026-01-01"
tell = ["phone"]
urgent = true
"""


def test_what_is_shared_holds_where_nothing_else_is_said(home: Home) -> None:
    """A watch's own keys win, and its own way to say when wins as a whole."""
    home.write(
        f'{SHARED}[watch.own]\nask = "inbox"\ncron = "0 7 * * *"\nurgent = false\n', "conf.d/a.toml"
    )
    watches = home.config().watches
    assert watches["yeast"].schedule == At((), 8, 0, "Europe/Berlin")
    assert watches["yeast"].first.since
    assert watches["yeast"].urgent
    assert watches["own"].tell == ("phone",)
    assert watches["own"].schedule != watches["yeast"].schedule
    assert not watches["own"].urgent


def test_what_has_no_meaning_for_a_watch_is_not_shared(home: Home) -> None:
    """Who tells nobody needs no target, and a report has no past."""
    calls = '[watch.calls]\nask = "index"\nkind = "call"\n'
    notes = '[watch.notes]\nask = "get_user_notifications"\n'
    home.write(
        f'{SHARED}{calls}{notes}[watch.top]\nask = "browse"\nkind = "report"\n', "conf.d/a.toml"
    )
    watches = home.config().watches
    assert watches["calls"].tell == ()
    assert watches["notes"].first == FirstLook()
    assert watches["top"].first == FirstLook()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('every = "1m"', "conf.d/a.toml:2: watch-defaults.every: 1m is too often"),
        ('cron = "1 2"', "conf.d/a.toml:2: watch-defaults.cron: expected five fields"),
        ('zone = "Mars"', "conf.d/a.toml:2: watch-defaults.zone: unknown time zone"),
        ('tell = ["fone"]', 'conf.d/a.toml:2: watch-defaults.tell: unknown target "fone"'),
        ('first = "all"', 'conf.d/a.toml:2: watch-defaults.first: expected "baseline"'),
        ('ask = "browse"', "conf.d/a.toml:2: watch-defaults.ask: this can't be a default"),
        ("tell = 3", "conf.d/a.toml:2: watch-defaults.tell: expected a list"),
    ],
)
def test_a_mistake_in_what_is_shared_is_told_where_it_stands(
    home: Home, line: str, problem: str
) -> None:
    """It is told once, whether all watches have it or none."""
    more = '[watch.b]\nask = "inbox"\ntell = ["phone"]\n'
    home.write(f"[watch-defaults]\n{line}\n{more}", "conf.d/a.toml")
    (found,) = home.problems()
    assert found.startswith(problem)


def test_a_schedule_of_its_own_needs_none_that_is_shared(home: Home) -> None:
    """Only one of every and cron holds."""
    home.write('[watch-defaults]\ncron = "0 7 * * *"\n', "conf.d/a.toml")
    text = home.file.read_text().replace('ask = "browse"', 'ask = "browse"\nevery = "2h"')
    assert home.config(text).watches["yeast"].schedule == Every(7200)
