"""Which fields may be None: those of which an answer, or a known fact, shows it, and no others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Literal, cast
from urllib.parse import parse_qsl

from gazelled.tracker.catalogue.answer_models import MODELS, declared
from gazelled.tracker.decoding.plan import Branch, plan_of
from gazelled.tracker.decoding.schema import AnswerModel, Model
from gazelled.tracker.models import decode
from gazelled.tracker.sites.music import MusicEndpoints

from .conftest import RECORDS

SECOND = Path(__file__).parents[2] / "testing" / "second" / "answers.jsonl"

REASONS = {
    "Account.username": "a token isn't told its name: index by token",
    "Account.uploaded": "hidden figures are 0: user with paranoia",
    "Account.downloaded": "hidden figures are 0: user with paranoia",
    "Account.required_ratio": "hidden figures are 0: user with paranoia",
    "Account.ratio": "nothing was downloaded yet",
    "Account.notifications": "a token isn't told: index by token",
    "Account.new_*": "a token isn't told: index by token",
    "MyUploads.count": "hidden figures are 0: user with paranoia",
    "Anything.value": "an answer without a model may be null",
    "CommunityStats.*": "what a user hides is false",
    "UserRecents.*": "what a user hides is a word in place of the list",
    "Stats.seeder_count": "0 for technical reasons",
    "Stats.leecher_count": "0 for technical reasons",
    "Poll.featured": "the application's template: null unless it was featured",
    "ListedArtist.image": "the application's template: empty without a picture",
    "BetterTorrent.*": "the application's template: which key is there depends on the list",
    "RecentGroup.artists": "it is kept as it came",
    "Artist*.*": "the application's template: empty or 0 where nothing was entered",
    "Music*.*": "the documentation of Orpheus: empty, 0 or not there",
}
"""Why a field may be None that no recorded answer shows as None, by pattern."""


def models() -> list[type[Model]]:
    """List all models, answers before their parts."""
    waiting = [*MODELS.values(), *declared(MusicEndpoints).values()]
    for model in waiting:  # which grows
        parts = [part.model for part in plan_of(model).fields.values() if isinstance(part, Branch)]
        waiting += [part for part in parts if part not in waiting]
    return list(dict.fromkeys(waiting))


def optional_fields() -> set[str]:
    """List the fields that may be None."""
    return {
        f"{model.__name__}.{name}"
        for model in models()
        for name, part in plan_of(model).fields.items()
        if part.optional
    }


def answers() -> Iterator[AnswerModel]:
    """Yield what was recorded, by token and by cookie, as models; each has all that it must."""
    for record in RECORDS.values():
        decoded = decode(record.action, record.payload, params=record.params, by=record.by)
        assert decoded.missing == ()
        yield decoded.value
    for line in SECOND.read_text("utf-8").splitlines():
        question = json.loads(line)
        body = question["body"]
        answer = json.loads(body) if isinstance(body, str) and body.startswith("{") else body
        if question.get("cut") or not isinstance(answer, dict) or answer["status"] != "success":
            continue
        params = dict(parse_qsl(question["query"]))
        by = cast("Literal['token', 'cookie']", question["by"])
        payload = answer.get("response", answer)
        decoded = decode(params.pop("action"), payload, params=params, by=by)
        assert decoded.missing == (), question["query"]
        yield decoded.value


def none_in(value: object) -> Iterator[str]:
    """Yield the fields that are None in a model and in what is in it."""
    if isinstance(value, tuple):
        for entry in value:
            yield from none_in(entry)
    elif isinstance(value, Model):
        for name, inner in vars(value).items():
            if inner is None:
                yield f"{type(value).__name__}.{name}"
            yield from none_in(inner)


@cache
def shown() -> frozenset[str]:
    """Return the fields that recorded answers show as None."""
    return frozenset(field for answer in answers() for field in none_in(answer))


def test_what_may_be_none_was_seen_as_none() -> None:
    """Or has a reason, which is a fact of the tracker."""
    unexplained = {
        field
        for field in optional_fields() - shown()
        if not any(fnmatchcase(field, pattern) for pattern in REASONS)
    }
    assert unexplained == set()


def test_each_reason_is_needed() -> None:
    """No field has a reason that is shown by an answer, or can't be None."""
    unseen = optional_fields() - shown()
    unused = [reason for reason in REASONS if not any(fnmatchcase(f, reason) for f in unseen)]
    assert unused == []


def test_fewer_than_a_third_may_be_none() -> None:
    """Who writes a program has few cases to think of."""
    every = sum(len(plan_of(model).fields) for model in models())
    assert len(optional_fields()) < every / 3


def test_a_list_is_none_only_where_it_is_not_told() -> None:
    """Else it is empty: to a token, or where a user hides it, nothing is known of it."""
    lists = {
        f"{model.__name__}.{name}"
        for model in models()
        for name, part in plan_of(model).fields.items()
        if part.optional and ("list" in part.expected or getattr(part, "many", False))
    }
    assert lists == {
        "ForumMain.categories",
        "Subscriptions.threads",
        "UserHistory.threads",
        "UserRecents.snatches",
        "UserRecents.uploads",
    }
