"""Lists in answers: their entries, and their pages put together."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gazelled.model import Answer, Call, Lane, Params
from gazelled.tracker.catalogue import AnswerTable, Column
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.catalogue.tables import cell
from gazelled.tracker.client.raw_pages import turn
from gazelled.tracker.decoding.reading import Reader
from gazelled.tracker.decoding.types import escaped


def table_of(action: str, params: Params = ()) -> AnswerTable:
    """Return the list whose pages can be turned."""
    table = ACTIONS[action].paged(params)
    assert table is not None
    return table


def turned(
    table: AnswerTable, call: Call, payloads: dict[str, object], most: int | None = None
) -> tuple[object, list[Call]]:
    """Turn pages that are made up, by the page that is asked for."""
    asked: list[Call] = []
    steps = turn(table, call, most)
    step = next(steps)
    while True:
        asked.append(step)
        payload = payloads[dict(step.params).get("page", "")]
        try:
            step = steps.send(Answer(step, payload, b"", datetime.now(UTC), 0.1))
        except StopIteration as end:
            return end.value, asked


def group(number: int, *torrents: int) -> dict[str, object]:
    """Make a data set of a search result."""
    return {"groupId": number, "torrents": [{"torrentId": each} for each in torrents]}


def test_newest_first() -> None:
    """Pages are turned from the first on; all but that one behind everything else."""
    pages: dict[str, object] = {
        "": {"pages": 3, "results": [group(3, 3)]},
        "2": {"pages": 3, "results": [group(3, 3), group(2, 2)]},
        "3": {"pages": 3.0, "results": [group(1, 1)]},
    }
    table, call = table_of("browse"), Call("browse", (("searchstr", "x"),))
    whole, asked = turned(table, call, pages)
    assert [each.lane for each in asked] == [Lane.PERSON, Lane.CATCH_UP, Lane.CATCH_UP]
    assert asked[1].params == (("page", "2"), ("searchstr", "x"))
    assert whole == {"pages": 3, "results": [group(3, 3), group(2, 2), group(1, 1)]}
    few, asked = turned(table, call, pages, most=2)
    assert few == {"pages": 3, "results": [group(3, 3), group(2, 2)]}
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("payload", "requests"),
    [
        ({"results": []}, 1),
        ({"results": [group(1, 1)], "pages": "2"}, 2),
        ({"results": [group(1, 1)], "pages": 99}, 2),
        ([], 1),
        (None, 1),
    ],
)
def test_odd_page_counts(payload: object, requests: int) -> None:
    """No count means one page, a text is a number, and a page that comes again is the last."""
    pages = dict.fromkeys(["", *map(str, range(1, 100))], payload)
    _, asked = turned(table_of("browse"), Call("browse"), pages)
    assert len(asked) == requests


def test_nothing_is_turned_beyond_the_last_page() -> None:
    """The tracker shows twenty, however many it promises."""
    pages: dict[str, object] = {
        str(each): {"results": [group(each, each)], "pages": 99} for each in range(1, 100)
    }
    whole, asked = turned(table_of("browse"), Call("browse"), {**pages, "": pages["1"]})
    assert whole == {"results": [group(each, each) for each in range(1, 21)], "pages": 99}
    assert len(asked) == 20


def test_an_empty_page_ends_it() -> None:
    """There were fewer than the tracker said."""
    pages: dict[str, object] = {
        "": {"pages": 5, "results": [group(1, 1)]},
        "2": {"pages": 5, "results": []},
    }
    whole, asked = turned(table_of("browse"), Call("browse"), pages)
    assert whole == pages[""]
    assert len(asked) == 2


def post(number: int) -> dict[str, object]:
    """Make a post or a comment."""
    return {"postId": number}


def test_comments_begin_at_the_end() -> None:
    """Their last page comes by itself; from there it goes back."""
    pages: dict[str, object] = {
        "": {"page": 3, "pages": 3, "comments": [post(5)]},
        "2": {"page": 2, "pages": 3, "comments": [post(3), post(4)]},
        "1": {"page": 1, "pages": 3, "comments": [post(1), post(2)]},
    }
    table = table_of("tcomments")
    whole, asked = turned(table, Call("tcomments", (("id", "1"),)), pages)
    assert [dict(each.params).get("page") for each in asked] == [None, "2", "1"]
    assert isinstance(whole, dict)
    assert [each["postId"] for each in whole["comments"]] == [5, 4, 3, 2, 1]


def test_a_thread_is_turned_from_its_end() -> None:
    """The first page tells how many there are; it is shown last."""
    params = (("threadid", "1"), ("type", "viewthread"))
    pages: dict[str, object] = {
        "": {"pages": 2, "posts": [post(1), post(2)]},
        "2": {"pages": 2, "posts": [post(3)]},
    }
    table = table_of("forum", params)
    whole, asked = turned(table, Call("forum", params), pages)
    assert whole == {"pages": 2, "posts": [post(3), post(2), post(1)]}
    assert len(asked) == 2
    newest, asked = turned(table, Call("forum", params), pages, most=1)
    assert newest == {"pages": 2, "posts": [post(3)]}
    assert len(asked) == 2


def test_entries() -> None:
    """Inner lists are entered, objects are lists by key, padding is left out."""
    (browse,) = ACTIONS["browse"].tables_of(())
    payload = {"results": [group(1, 1, 2), 3, {"groupId": 4}]}
    assert [each.get("torrentId") for each in browse.entries(payload)] == [1, 2, None, None]
    (unread,) = ACTIONS["get_user_notifications"].tables_of(())
    assert [*unread.entries({"News": {"id": 7}})] == [{"type": "News", "id": 7}]
    assert [*unread.entries([])] == []
    _, blog = ACTIONS["announcements"].tables_of(())
    assert [*blog.entries({"blogPosts": [{"blogId": 0}, {"blogId": 2}]})] == [{"blogId": 2}]


def test_cells() -> None:
    """Entities are decoded only where the tracker encodes them."""
    entry = {"a": {"b": "x &amp;\n y"}, "n": 3}
    assert cell(Column(("a", "b"), Reader(escaped, "a text")), entry) == "x & y"
    assert cell(Column(("a", "b")), entry) == "x &amp; y"
    assert (cell(Column(("n",)), entry), cell(Column(("n", "m")), entry)) == (3, None)


def test_lists_as_objects_and_what_is_not_an_entry() -> None:
    """PHP writes a list with a hole as an object; what isn't an entry is an empty one."""
    table = table_of("browse")
    payload = {"results": {"0": group(3, 3), "2": 7, "5": {"torrentId": 1, "groupId": 1}}}
    found = [*table.entries(payload)]
    assert [each.get("torrentId") for each in found] == [3, None, 1]
    assert found[1] == {}
    pages = {"": payload | {"pages": "9" * 400}, "2": payload}
    whole, asked = turned(table, Call("browse"), pages)
    assert (len(asked), len([*table.entries(whole)])) == (1, 3)
