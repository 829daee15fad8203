"""What the real application answered about a second world is read whole, by both readers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import pytest
from yarl import URL

from gazelled.tracker.answers.classification import HttpReply, classify
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.models import decode
from gazelled.tracker.sites.site import Site
from gazelled.watches.streams.items import extract

ANSWERS = Path(__file__).parent.parent / "testing" / "second" / "answers.jsonl"
SITE = Site(url="https://biotorrents.de", name="BioTorrents.de")
NOW = datetime(2026, 11, 30, 4, 7, 30, tzinfo=UTC)


class Success(NamedTuple):
    """A request that succeeded."""

    query: str
    action: str
    params: dict[str, str]
    by: Any
    body: str


def successes() -> list[Success]:
    """Read what was answered with success."""
    found = []
    for line in ANSWERS.read_text("utf-8").splitlines():
        asked = json.loads(line)
        body = asked["body"] if isinstance(asked["body"], str) else json.dumps(asked["body"])
        params = dict(parse_qsl(asked["query"]))
        if body.startswith("{") and json.loads(body)["status"] == "success":
            action = params.pop("action")
            found.append(Success(asked["query"], action, params, asked["by"], body))
    return found


SUCCESSES = successes()
WATCHED = [each for each in SUCCESSES if ACTIONS[each.action].listing(tuple(each.params.items()))]


def payload(success: Success) -> object:
    """Return what an answer tells, as the client finds it."""
    asked = URL(f"{SITE.url}/ajax.php?{success.query}")
    return classify(HttpReply(200, success.body.encode(), NOW), asked).payload


@pytest.mark.parametrize("success", SUCCESSES, ids=lambda each: f"{each.by}-{each.query}")
def test_the_models_know_everything(success: Success) -> None:
    """Nothing is new, missing or odd to the model of the action."""
    told = decode(success.action, payload(success), params=success.params, by=success.by)
    assert told.drift == ()


@pytest.mark.parametrize("success", WATCHED, ids=lambda each: f"{each.by}-{each.query}")
def test_watches_read_every_entry(success: Success) -> None:
    """Each entry becomes an item with an id and a title."""
    listing = ACTIONS[success.action].listing(tuple(success.params.items()))
    assert listing is not None
    page = extract(listing, payload(success), SITE)
    assert page.odd == ()
    assert all(item.id and item.title for item in page.items)
    told = json.loads(success.body)
    rows = told.get("response", told)
    if success.action in {"browse", "requests", "usersearch"}:
        ids = [
            each.get("requestId") or each.get("userId") or torrent["torrentId"]
            for each in rows["results"]
            for torrent in each.get("torrents", [{}])
        ]
        assert [item.id for item in page.items] == [str(each) for each in ids]
