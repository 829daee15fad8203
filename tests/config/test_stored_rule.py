"""Rules that were kept with what was seen."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kinds import KINDS

from gazelled.model import Item, Lane
from gazelled.tracker.sites.dialect import GAZELLE
from gazelled.watches.keys.rule_terms import RuleTerms
from gazelled.watches.keys.stored_rule import call_of, read_rule

TERMS = RuleTerms(KINDS)
LISTING = GAZELLE.catalogue["browse"].listing()

if TYPE_CHECKING:
    from tests.config.conftest import Home

NOW = datetime(2026, 1, 1, tzinfo=UTC)
READS = Item("1", "torrent", "x", fields={"format": "BAM", "seeders": 1})


def test_a_rule_is_read_as_it_was(home: Home) -> None:
    """What a watch keeps is enough to ask and to decide as it does."""
    lines = """\
ask = "browse"
with = { searchstr = "yeast", filter_cat = ["Sequences"] }
match.format = "BAM"
if = "seeders <= 1"
tell = ["phone"]
"""
    assert home.watch(lines) == []
    watch = home.config().watches["x"]

    rule = read_rule(watch.rule, TERMS)

    assert (rule.call.action, rule.kind) == ("browse", KINDS["new"])
    assert dict(rule.call.params) == {**dict(watch.call.params), "group_results": "0"}
    assert rule.match == watch.match
    assert rule.match.decide(READS, NOW).verdict


def test_each_rule_of_the_sample_is_read_as_it_was(home: Home) -> None:
    """Of every kind."""
    home.secret("phone", "ntfy://canary")
    sample = (Path(__file__).parents[2] / "config.toml").read_text("utf-8")
    for watch in home.config(sample).watches.values():
        rule = read_rule(watch.rule, TERMS)
        assert (rule.kind, rule.fields) == (watch.kind, watch.fields)
        assert rule.match == watch.match
        assert (rule.raised, rule.cleared) == (watch.raised, watch.cleared)
        assert rule.call == replace(watch.call, lane=rule.call.lane)


def test_a_rule_of_an_earlier_version_is_read() -> None:
    """What it doesn't say is as it was then: no parameters, news where the answer has them."""
    text = json.dumps({"ask": "browse", "match": {"format": "BAM"}, "if": "seeders <= 1"})

    rule = read_rule(text, TERMS)

    assert (str(rule.call), rule.kind) == ("browse group_results=0", KINDS["new"])
    assert rule.match.decide(READS, NOW).verdict
    assert read_rule('{"ask": "index", "match": {}}', TERMS).kind is KINDS["call"]


def test_an_alert_keeps_both_of_its_conditions() -> None:
    """What raises and what ends it are no clauses of the match."""
    text = {"ask": "browse", "kind": "alert", "match": {}, "if": "seeders < 2"}

    rule = read_rule(json.dumps({**text, "until": "seeders > 3"}), TERMS)

    assert rule.match.parts == ()
    assert rule.raised.holds(READS, NOW)
    assert rule.cleared
    assert rule.cleared.holds(READS, NOW) is False
    assert read_rule(json.dumps(text), TERMS).cleared is None


def test_a_change_keeps_its_fields() -> None:
    """They are the rule of such a watch."""
    text = json.dumps({"ask": "browse", "kind": "change", "fields": ["seeders", "size"]})
    assert read_rule(text, TERMS).fields == ("seeders", "size")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", 'there is no action ""'),
        ('{"ask": "brwse"}', 'there is no action "brwse"'),
        ('{"ask": "browse", "kind": "old"}', 'browse serves no watch of kind = "old"'),
        ('{"ask": "index", "kind": "new"}', 'index serves no watch of kind = "new"'),
        ('{"ask": "browse", "match": {"sedders": 1}}', "match.sedders: unknown key; did you mean"),
        ('{"ask": "browse", "if": "sedders < 1"}', 'if: column 1: unknown name "sedders"'),
    ],
)
def test_what_cant_be_read_any_more_is_said(text: str, reason: str) -> None:
    """A rule whose words are gone is no guess but a sentence."""
    with pytest.raises(ValueError, match=re.escape(f"the rule can't be read any more: {reason}")):
        read_rule(text, TERMS)


def test_a_stream_adds_its_parameters() -> None:
    """Reports and calls ask for the answer as it is, everything else for its items."""
    params = (("searchstr", "yeast"),)
    for kind in ("new", "change", "gone", "alert"):
        assert ("group_results", "0") in call_of("browse", params, LISTING, KINDS[kind]).params
    assert call_of("browse", params, LISTING, KINDS["report"], Lane.WATCH).params == params
    assert call_of("browse", params, LISTING, KINDS["call"]).params == params


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.sampled_from(["browse"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
)
NAMES = ("with", "kind", "match", "if", "until", "fields")


@settings(max_examples=100, deadline=None)
@given(st.fixed_dictionaries({"ask": st.just("browse")}, optional=dict.fromkeys(NAMES, JSON)))
def test_any_text_is_a_rule_or_a_sentence(rule: dict[str, object]) -> None:
    """Nothing that could stand in a state is another exception."""
    with suppress(ValueError):
        assert read_rule(json.dumps(rule), TERMS).call.action == "browse"
