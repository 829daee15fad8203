"""What kinds of watch there are for an answer, and what each of them needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.kinds import KINDS

from gazelled.model import FirstLook
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.watches.keys.rule_terms import RuleTerms
from gazelled.watches.keys.stored_rule import read_rule
from gazelled_plugins.kinds.alert import AlertKind

TERMS = RuleTerms(KINDS)

if TYPE_CHECKING:
    from tests.config.conftest import Home

BROWSE = 'ask = "browse"\ntell = ["phone"]\n'
ACCOUNT = 'ask = "account"\ntell = ["phone"]\n'
NOTES = 'ask = "get_user_notifications"\ntell = ["phone"]\n'


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (
            ACCOUNT,
            "12: watch.x.kind: missing, since account is a single thing and never new",
        ),
        (
            ACCOUNT + 'kind = "new"',
            '15: watch.x.kind: no "new" for account: it is a single thing, not a list; choose from',
        ),
        (
            NOTES + 'kind = "gone"',
            '15: watch.x.kind: no "gone" for get_user_notifications: it lists',
        ),
        (
            'ask = "user_recents"\nwith.userid = 1\nkind = "change"',
            '15: watch.x.kind: no "change" for user_recents: it has no field that changes',
        ),
        (
            'ask = "index"\nkind = "report"',
            '14: watch.x.kind: index lists nothing for kind = "report"; write kind = "call"',
        ),
        (
            'ask = "index"\ntell = ["phone"]',
            "14: watch.x.tell: index lists nothing, so that it notifies nobody, it hands",
        ),
        (
            BROWSE + 'kind = "change"',
            "12: watch.x.fields: missing; name the fields whose changes are reported, like fields",
        ),
        (BROWSE + 'kind = "change"\nfields = []', "16: watch.x.fields: the list is empty; name"),
        (
            BROWSE + 'kind = "change"\nfields = ["seders"]',
            '16: watch.x.fields: unknown field "seders"; did you mean "seeders"?',
        ),
        (
            BROWSE + 'kind = "change"\nfields = [\n"size",\n"age"]',
            "18: watch.x.fields: the age changes all the time",
        ),
        (
            BROWSE + 'kind = "change"\nfields = ["ratio"]',
            "16: watch.x.fields: browse has no ratio",
        ),
        (
            BROWSE + 'kind = "change"\nfields = ["description"]',
            "16: watch.x.fields: browse shows the description of one item at a time, and kind =",
        ),
        (
            BROWSE + 'fields = ["size"]',
            '15: watch.x.fields: only kind = "change" takes fields, this is "new"',
        ),
        (
            BROWSE + 'kind = "change"\nfields = "size"',
            "16: watch.x.fields: expected a list, like",
        ),
        (
            BROWSE + 'kind = "alert"',
            "12: watch.x.if: missing; write when the alert is raised, like if = 'seeders <= 1'",
        ),
        (
            BROWSE + 'kind = "alert"\nif = "seeders < 1"\nuntil = "seders > 3"',
            '17: watch.x.until: column 1: unknown name "seders"; did you mean "seeders"?',
        ),
        (
            BROWSE + 'kind = "alert"\nif = "seeders < 1"\nuntil = ""',
            "17: watch.x.until: an empty expression has no effect",
        ),
        (
            BROWSE + 'until = "seeders > 3"',
            '15: watch.x.until: only kind = "alert" takes until, this is "new"',
        ),
        (
            BROWSE + 'kind = "gone"\nif = "uploader == \'me\'"',
            '16: watch.x.if: browse shows the uploader of one item at a time, and kind = "gone"',
        ),
        (
            BROWSE + 'kind = "report"\nmatch.uploader_regex = "me"',
            "16: watch.x.match.uploader_regex: browse shows the uploader of one item at a time",
        ),
        (
            'ask = "index"\nkind = "call"\nuntil = "year > 1"',
            '15: watch.x.until: kind = "call" hands the answer to plugins, so until has no effect',
        ),
        (
            BROWSE + 'kind = "gone"\nfirst = "last:5"',
            '16: watch.x.first: only kind = "new" takes first, this is "gone"',
        ),
        (BROWSE + 'first = "all"', '15: watch.x.first: expected "baseline", "last:5" or "since:'),
        (
            BROWSE + "first = 2026-01-01",
            "15: watch.x.first: expected a text in quotes, like",
        ),
        (
            NOTES + 'first = "since:2026-01-01"',
            "15: watch.x.first: get_user_notifications does not show when things appeared; write",
        ),
        (
            BROWSE + 'kind = "gone"\nwith.order_by = "seeders"',
            "16: watch.x.with.order_by: order_by changes which entries come first",
        ),
        (BROWSE + "urgent = 1", "15: watch.x.urgent: expected true or false"),
        (BROWSE + 'match.fields = ["size"]', "15: watch.x.match.fields: belongs to [watch.x]"),
    ],
)
def test_what_a_kind_lacks_is_told(home: Home, lines: str, problem: str) -> None:
    """A watch that can't do what it says is told why, and what to write."""
    found = [each.removeprefix("config.toml:") for each in home.watch(lines)]
    assert [each for each in found if each.startswith(problem)]


VALUES = {
    "fields": '["seeders"]',
    "first": '"last:5"',
    "if": "'seeders < 1'",
    "match": '{ title = "yeast" }',
    "until": "'seeders > 3'",
}
"""A value for each key that only some kinds take."""


@pytest.mark.parametrize("key", VALUES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_takes_a_key_or_refuses_it(home: Home, kind: str, key: str) -> None:
    """What has no effect for a kind is never accepted as if it had one."""
    problems = home.watch(f'ask = "browse"\nkind = "{kind}"\n{key} = {VALUES[key]}')
    refusals = [each for each in problems if f": watch.x.{key}: " in each]

    assert KINDS.limited_keys == VALUES.keys()
    if key in KINDS[kind].takes:
        assert refusals == []
    else:
        (refusal,) = refusals
        assert f'"{kind}"' in refusal
        assert "takes" in refusal or "has no effect" in refusal


def test_a_key_of_its_own_is_refused_by_other_kinds(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kind need only say that it takes a key; nothing else knows which keys those are."""
    monkeypatch.setattr(AlertKind, "takes", AlertKind.takes | {"urgent"})
    taken = home.watch(BROWSE + 'kind = "alert"\nif = "seeders < 1"\nurgent = true')
    refused = home.watch(BROWSE + "urgent = true")

    assert [each for each in taken if "urgent" in each] == []
    (problem,) = [each for each in refused if "urgent" in each]
    assert problem.endswith('watch.x.urgent: only kind = "alert" takes urgent, this is "new"')


def test_what_a_kind_does_not_take_may_be_a_default(home: Home) -> None:
    """A default is for the watches that can have it."""
    lines = 'ask = "browse"\nkind = "gone"\ntell = ["phone"]'
    assert home.watch(f'{lines}\n[watch-defaults]\nfirst = "last:5"\nurgent = true') == []


def test_what_notifies_nobody_is_not_urgent(home: Home) -> None:
    """It has no effect, but no watch of yesterday is invalid because of it."""
    (problem,) = home.watch('ask = "index"\nurgent = true')
    assert ": watch.x.urgent: warning: " in problem
    assert 'kind = "call" notifies nobody; urgent has no effect' in problem


@pytest.mark.parametrize("line", ['fields = ["ratio"]', 'if = "ratio < 1"', 'match.title = "x"'])
def test_a_missing_kind_is_all_that_is_told(home: Home, line: str) -> None:
    """What else the watch says is taken as it is meant."""
    (problem,) = home.watch(ACCOUNT + line)
    assert ": watch.x.kind: missing" in problem


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("action", [name for name, each in ACTIONS.items() if each.listings])
def test_each_kind_fits_or_is_told(home: Home, action: str, kind: str) -> None:
    """Every action takes the kinds that its answer serves, and says so of the others."""
    (listing, *_) = ACTIONS[action].listings
    given = ", ".join(f"{name} = '{values[0]}'" for name, values in listing.when.items())
    found = home.watch(f'ask = "{action}"\nwith = {{ {given} }}\nkind = "{kind}"\n')
    assert any("watch.x.kind" in each for each in found) == (KINDS[kind] not in KINDS.of(listing))


def test_an_alert_has_a_beginning_and_an_end(home: Home) -> None:
    """What `if` and `until` say are no demands on the item."""
    lines = 'kind = "alert"\nif = "ratio < 1.0"\nuntil = "ratio >= 1.1"\nurgent = true\n'
    assert home.watch(ACCOUNT + lines) == []
    watch = home.config().watches["x"]
    assert (watch.kind, watch.match.parts, watch.urgent) == (KINDS["alert"], (), True)
    assert watch.raised.names == {"ratio"}
    assert watch.cleared
    assert read_rule(watch.rule, TERMS).cleared == watch.cleared


def test_a_change_names_its_fields(home: Home) -> None:
    """What is written twice is told once."""
    assert home.watch(f'{BROWSE}kind = "change"\nfields = ["size", "seeders", "size"]') == []
    watch = home.config().watches["x"]
    assert watch.fields == ("size", "seeders")
    assert json.loads(watch.rule)["fields"] == ["size", "seeders"]


def test_news_can_be_chosen_by_their_details(home: Home) -> None:
    """What the list doesn't tell is asked for, in a table as in an expression."""
    lines = 'match.uploader = "me"\nmatch.files.any = "*.fasta"\nif = "known(description)"\n'
    assert home.watch(BROWSE + lines) == []
    assert home.config().watches["x"].match.names == {"uploader", "files", "description"}


def test_first_says_what_of_the_past_is_told(home: Home) -> None:
    """Without a word nothing is."""
    assert home.watch(f'{BROWSE}match.year = 2020\nfirst = "last:5"') == []
    config = home.config()
    assert config.watches["x"].first == FirstLook(last=5)
    assert config.watches["yeast"].first == FirstLook()


def test_a_report_may_choose_its_order(home: Home) -> None:
    """It tells the answer as it is, so that the order is a person's choice."""
    assert home.watch(f'{BROWSE}kind = "report"\nwith.order_by = "seeders"') == []
    assert home.config().watches["x"].call.params == (("order_by", "seeders"),)


def test_what_a_bare_token_isnt_told_can_never_be_so(home: Home) -> None:
    """A rule that asks for it is a mistake, unless the log-in is another."""
    lines = 'kind = "alert"\nif = "new_blog"\nmatch.new_announcement = true\n'
    condition, match = home.watch(ACCOUNT + lines)
    assert condition == (
        "config.toml:16: watch.x.if: account does not show a token the new blog; that needs"
        " login or cookies"
    )
    assert match.startswith("config.toml:17: watch.x.match.new_announcement: account does not show")
    (field,) = home.watch(f'{ACCOUNT}kind = "change"\nfields = ["ratio", "new_blog"]')
    assert field.startswith("config.toml:16: watch.x.fields: account does not show a token the")
    login = 'login = { username = "me", password = { env = "PHONE" } }'
    text = home.file.read_text().replace('token = { secret = "tracker-token" }', login)
    assert home.problems(text) == []


def test_shared_targets_ask_for_a_kind_too(home: Home) -> None:
    """Nobody waits in vain for what a watch without a kind would never tell."""
    defaults = '[watch-defaults]\ntell = ["phone"]\n'
    plain = home.file.read_text() + defaults
    (value,) = home.problems(f'{plain}[watch.x]\nask = "account"\n')
    assert (
        "watch.x.kind: missing, since account is a single thing and never new; write kind" in value
    )
    (nothing,) = home.problems(f'{plain}[watch.x]\nask = "loadavg"\n')
    assert 'since loadavg lists nothing when asked so; write kind = "call"' in nothing
    assert home.problems(f'{plain}[watch.x]\nask = "loadavg"\nkind = "call"\n') == []
