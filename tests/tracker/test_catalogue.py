"""The catalogue of actions, and how parameters are checked and written."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gazelled.tracker.actions import ACTIONS, CATEGORIES
from gazelled.tracker.catalogue import Action, encode


def problems(action: str, given: Mapping[str, object]) -> list[str]:
    """Tell what is wrong with parameters."""
    with pytest.raises(ValueError, match=r"takes|needs") as caught:
        encode(ACTIONS[action], given)
    found: list[str] = caught.value.args[0]
    return found


@pytest.mark.parametrize(
    ("action", "given", "sent"),
    [
        ("index", {}, ()),
        ("torrent", {"id": 63}, (("id", "63"),)),
        ("browse", {"searchstr": "S. cerevisiae"}, (("searchstr", "S. cerevisiae"),)),
        ("browse", {"filter_cat": ["Sequences"]}, (("filter_cat[1]", "1"),)),
        ("browse", {"filter_cat": "images"}, (("filter_cat[8]", "1"),)),
        ("browse", {"filter_cat": [1, "2"]}, (("filter_cat[1]", "1"), ("filter_cat[2]", "1"))),
        ("browse", {"filter_cat[3]": 1}, (("filter_cat[3]", "1"),)),
        ("browse", {"taglist": ["yeast", "dna"]}, (("taglist", "yeast,dna"),)),
        ("browse", {"taglist": "yeast"}, (("taglist", "yeast"),)),
        ("browse", {"freetorrent": True}, (("freetorrent", "1"),)),
        ("browse", {"order_way": "descending"}, (("order_way", "desc"),)),
        ("browse", {"year": 2005, "page": 2}, (("page", "2"), ("year", "2005"))),
        ("forum", {"type": "main"}, (("type", "main"),)),
    ],
)
def test_encode(
    action: str, given: Mapping[str, object], sent: tuple[tuple[str, str], ...]
) -> None:
    """Values are written as the tracker takes them, sorted by name."""
    assert encode(ACTIONS[action], given) == sent


def test_order_of_asking_is_the_same_request() -> None:
    """The same parameters in another order make the same call."""
    browse = ACTIONS["browse"]
    assert encode(browse, {"year": 1, "page": 2}) == encode(browse, {"page": 2, "year": 1})


@pytest.mark.parametrize(
    ("action", "given", "sentence"),
    [
        ("browse", {"serchstr": "x"}, 'browse takes no parameter "serchstr"; did you mean'),
        ("torrent", {"id": "abc"}, 'id takes a whole number, not "abc"'),
        ("torrent", {"id": -1}, 'id takes a whole number, not "-1"'),
        ("torrent", {"id": 1.5}, 'id takes a whole number, not "1.5"'),
        ("torrent", {"id": [1]}, "id takes one value, not a list"),
        ("torrent", {"id": None}, "id takes a text or a number, not NoneType"),
        ("torrent", {"id": {}}, "id takes a text or a number, not dict"),
        ("user", {}, 'user needs the parameter "id"'),
        ("browse", {"filter_cat": ["Sequenzes"]}, 'did you mean "Sequences"'),
        ("browse", {"order_by": "xyz"}, 'order_by takes no "xyz"; it takes time, year'),
    ],
)
def test_mistakes(action: str, given: Mapping[str, object], sentence: str) -> None:
    """A mistake is told in a sentence with what was expected."""
    (found,) = problems(action, given)
    assert sentence in found


def test_all_mistakes_at_once() -> None:
    """Nobody has to try again for each mistake."""
    assert len(problems("community_stats", {"uid": 1, "limit": 2})) == 3


def test_twelve_categories() -> None:
    """The categories have the numbers that the tracker gives them."""
    assert (CATEGORIES["Sequences"], CATEGORIES["Machine Data"]) == ("1", "12")


@pytest.mark.parametrize("action", ACTIONS.values(), ids=str)
def test_rows_are_whole(action: Action) -> None:
    """Each action says what it tells; a listing's own parameters and pages are among its own."""
    listing = action.listing
    known = {name for name, _ in listing.with_} | {listing.page} if listing else {""}
    assert action.about
    assert known <= {*action.params, ""}


@pytest.mark.parametrize("name", ["announcements", "notifications", "clear_user_notification"])
def test_what_reading_changes(name: str) -> None:
    """Actions that mark things as read say what."""
    assert ACTIONS[name].effects or ACTIONS[name].writes


def test_what_a_token_cant_see() -> None:
    """Actions that give a token nothing of use want a cookie."""
    blind = {name for name, action in ACTIONS.items() if not action.token}
    assert blind >= {"top10", "wiki", "forum", "subscriptions", "userhistory", "notifications"}
    assert ACTIONS["browse"].token
