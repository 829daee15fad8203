"""The catalogue of actions, and how parameters are checked and written."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

import pytest
from tests.shapes import Shape, shapes

from gazelled.fields import FieldType
from gazelled.model import Call, Lane
from gazelled.tracker.catalogue import Action, Details, check, encode
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.catalogue.listing import ONE_PAGE
from gazelled.tracker.catalogue.params import CATEGORIES

MEANT = [
    ("browse", {"searchterm": "x"}, "searchstr"),
    ("browse", {"search": "x"}, "searchstr"),
    ("browse", {"tags": "x"}, "taglist"),
    ("browse", {"order": "x"}, "order_by"),
    ("browse", {"sort": "x"}, "order_way"),
    ("browse", {"category": "1"}, "filter_cat"),
    ("browse", {"freeleech": "1"}, "freetorrent"),
    ("browse", {"infohash": "x"}, "hash"),
    ("browse", {"uploader": "x"}, "my_uploads"),
    ("requests", {"tag": "x"}, "tags"),
    ("requests", {"searchterm": "x"}, "search"),
    ("requests", {"order_by": "x"}, "order"),
    ("requests", {"order_way": "x"}, "sort"),
    ("usersearch", {"username": "x"}, "search"),
    ("user", {"userid": "1"}, "id"),
    ("community_stats", {"id": "1"}, "userid"),
    ("torrent", {"torrentid": "1"}, "id"),
    ("tcomments", {"groupid": "1"}, "id"),
    ("forum", {"type": "viewthread", "id": "1"}, "threadid"),
    ("inbox", {"type": "viewconv", "convid": "1"}, "id"),
    ("wiki", {"title": "x"}, "name"),
    ("artist", {"name": "x"}, "artistname"),
]
"""What client libraries and other actions call a parameter, and what it is called here."""


@pytest.mark.parametrize(("action", "given", "instead"), MEANT)
def test_what_others_call_it_is_answered_with_its_name(
    action: str, given: dict[str, object], instead: str
) -> None:
    """The tracker would ignore it without a word, and answer something else."""
    sentences = [sentence for _, sentence in check(ACTIONS[action], given).wrong]
    assert any(f'"{instead}"' in text or f" {instead}" in text for text in sentences), sentences


def problems(action: str, given: Mapping[str, object]) -> list[str]:
    """Return what is wrong with parameters."""
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
        ("clear_user_notification", {"type": "oneread_5"}, (("type", "oneread_5"),)),
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


@pytest.mark.parametrize("action", ACTIONS.values(), ids=lambda action: action.name)
def test_rows_are_whole(action: Action) -> None:
    """Each says what it tells and since when that is known; all that it names is there."""
    named = {*action.one_of}
    for each in action.listings:
        named |= {*dict(each.with_), each.paging.page, *each.when, *each.fixed}
    named |= {table.paging.page for table in action.tables if table.paging}
    named |= {name for table in action.tables for name in table.when}
    named |= {name for effect in action.effects for name in (*effect.when, *dict(effect.avoid))}
    named |= {name for each in action.caveats for name in (each.parameter, *each.when)}
    named |= {name for each in action.params.values() for name in (*each.needs, *each.only)}
    assert named <= {*action.params, ""}
    assert action.about
    assert action.source
    assert action.blind or action.login != "cookie"
    assert action.note or action.state not in {"broken", "absent"}


@pytest.mark.parametrize("action", ACTIONS.values(), ids=lambda action: action.name)
def test_examples_are_right(action: Action) -> None:
    """What is shown as an example can be asked, without a doubt."""
    given = dict(each.split("=", 1) for each in shlex.split(action.example))
    checked = check(action, given)
    assert (checked.errors, checked.hints) == ((), ())


@pytest.mark.parametrize(
    ("name", "params", "marks"),
    [
        ("announcements", (), "the news"),
        ("notifications", (), "all matches of your notification filters"),
        ("inbox", (), ""),
        ("inbox", (("type", "sentbox"),), ""),
        ("inbox", (("id", "3"), ("type", "viewconv")), "the conversation"),
        ("forum", (("type", "viewforum"),), ""),
        ("forum", (("type", "viewthread"),), "the thread"),
        ("forum", (("type", "viewthread"), ("updatelastread", "1")), "the thread"),
        ("forum", (("type", "viewthread"), ("updatelastread", "0")), ""),
        ("get_user_notifications", (), ""),
        ("index", (), ""),
    ],
)
def test_what_reading_changes(name: str, params: tuple[tuple[str, str], ...], marks: str) -> None:
    """It depends on the parameters too."""
    assert ACTIONS[name].marks(params) == marks


def test_gentle_reading() -> None:
    """What keeps a marker where it is is added, unless somebody said otherwise."""
    forum = ACTIONS["forum"]
    assert forum.gentle((("type", "main"),)) == (("type", "main"),)
    gentle = (("threadid", "1"), ("type", "viewthread"), ("updatelastread", "0"))
    assert forum.gentle(gentle[:2]) == gentle
    loud = (*gentle[:2], ("updatelastread", "1"))
    assert forum.gentle(loud) == loud


def test_what_a_token_cant_see() -> None:
    """Actions that give a token nothing of use want a cookie."""
    blind = {name for name, action in ACTIONS.items() if not action.token}
    assert blind >= {"top10", "wiki", "forum", "subscriptions", "userhistory", "notifications"}
    assert ACTIONS["browse"].token


@pytest.mark.parametrize(
    ("action", "given", "where"),
    [
        ("inbox", {"type": "viewconv"}, "id"),
        ("inbox", {"id": 3}, "id"),
        ("inbox", {"searchtype": "user"}, "searchtype"),
        ("forum", {"type": "viewforum"}, "forumid"),
        ("torrent", {}, "id"),
        ("torrent", {"id": 1, "hash": "a" * 40}, "hash"),
        ("torrent", {"hash": "a" * 39}, "hash"),
        ("browse", {"size_max": 3}, "size_max"),
        ("browse", {"year": "last"}, "year"),
        ("requests", {"show_filled": "yes"}, "show_filled"),
        ("user_recents", {"userid": 1, "limit": 99}, "limit"),
        ("top10", {"limit": 25}, "limit"),
        ("index", {"id": 1}, "id"),
    ],
)
def test_what_belongs_together(action: str, given: Mapping[str, object], where: str) -> None:
    """What the tracker would ignore or refuse is told with the parameter to blame, once."""
    assert [name for name, _ in check(ACTIONS[action], given).wrong] == [where]


@pytest.mark.parametrize(
    ("action", "given", "hints"),
    [
        ("browse", {"media": "nanopore"}, []),
        ("browse", {"media": "Illumina|Sanger"}, []),
        ("browse", {"media": "Illumina|Snager"}, ["media"]),
        ("browse", {"container": "fastq"}, []),
        ("browse", {"container": "fsatq"}, ["container"]),
        ("browse", {"codec": "WTFPL"}, ["codec"]),
        ("browse", {"codec": "CC BY"}, ["codec"]),
        ("browse", {"codec": "CC0"}, []),
        ("browse", {"resolution": "genome"}, []),
        ("browse", {"filter_cat": 13}, ["filter_cat"]),
        ("browse", {"freetorrent": True}, ["freetorrent"]),
        ("browse", {"freetorrent": True, "group_results": "no"}, []),
        ("requests", {"tags": "dna"}, []),
    ],
)
def test_doubts(action: str, given: Mapping[str, object], hints: list[str]) -> None:
    """What the tracker takes but nobody means is doubted, and can be sent."""
    checked = check(ACTIONS[action], given)
    assert checked.wrong == ()
    assert [name for name, _ in checked.hints] == hints


# What the application was seen to filter by, and what it was seen to ignore.
FILTERS = """
    searchstr taglist tags_type filter_cat artistname groupname advgroupname GroupTitle2 Groupnamejp
    studio series cataloguenumber numbers location version description filelist year size_min
    size_max size_unit codec container media resolution censored freetorrent hash
"""
NO_FILTERS = """
    groupnamerj groupnamejp accession format platform license scope vanityhouse scene haslog hascue
    releasetype encoding recordlabel remastertitle remasteryear
"""


def test_browse_filters_by_what_was_measured() -> None:
    """Each parameter that filters can be asked; each that is ignored says what to use instead."""
    browse = ACTIONS["browse"]
    others = {"group_results", "order_by", "order_way", "page"}
    assert set(browse.params) == {*FILTERS.split(), *others}
    for name in NO_FILTERS.split():
        ((blamed, sentence),) = check(browse, {name: "x"}).ignored
        assert blamed == name
        assert sentence.startswith("the tracker ignores ")
        assert name in sentence
        assert "write " in sentence or "leave it out" in sentence


@pytest.mark.parametrize(
    ("action", "given", "instead"),
    [
        ("browse", {"freetorrent": "any"}, "ask for yes and for neutral"),
        ("browse", {"freetorrent": 3}, "ask for yes and for neutral"),
        ("browse", {"format": "FASTQ"}, "match.format in a rule"),
        ("browse", {"groupnamerj": "yeast"}, "write GroupTitle2"),
        ("browse", {"groupnamejp": "S288C"}, "write Groupnamejp"),
        ("browse", {"year": "abc"}, "a year, or two with a hyphen"),
        ("browse", {"size_min": 3}, "without size_unit"),
        ("browse", {"size_unit": "GiB"}, "without size_min or size_max"),
        ("browse", {"taglist": "dna rna"}, "with commas between"),
        ("browse", {"taglist": ["dna rna", "yeast"]}, "with commas between"),
        ("requests", {"year": 2020}, "match.year in a rule"),
        ("requests", {"order": "year"}, "sort by something else"),
        ("requests", {"tag": "dna"}, "write tags"),
        ("collage", {"id": "1", "showonlygroups": "1"}, "leave it out"),
        ("inbox", {"searchtype": "user"}, "without search"),
    ],
)
def test_what_the_tracker_ignores(action: str, given: Mapping[str, object], instead: str) -> None:
    """It would tell everything, or nothing: an error that says what to do, and can be sent."""
    checked = check(ACTIONS[action], given)
    assert checked.errors == ()
    ((name, sentence),) = checked.ignored
    assert name in given
    assert instead in sentence
    assert {sent for sent, _ in checked.params} == set(given)
    with pytest.raises(ValueError, match=r"ignores|nothing|takes"):
        encode(ACTIONS[action], given)


@pytest.mark.parametrize("tags", ["dna", "dna,!rna", " dna , open.data,", ["dna", "!rna"], ""])
def test_tags_that_the_tracker_takes(tags: object) -> None:
    """Spaces may stand around commas."""
    assert check(ACTIONS["browse"], {"taglist": tags}).wrong == ()


@pytest.mark.parametrize(
    ("action", "given", "instead"),
    [
        ("browse", {"searchstr": "danio -reads"}, "write ! to exclude"),
        ("browse", {"searchstr": '"danio rerio"'}, "without them"),
        ("browse", {"searchstr": "danio | oryza"}, "once for each word"),
        ("requests", {"search": "!danio"}, "excluded words alone"),
    ],
)
def test_what_the_tracker_takes_for_text(
    action: str, given: Mapping[str, object], instead: str
) -> None:
    """Other searches understand it; here it is a hint, since a person may mean it."""
    checked = check(ACTIONS[action], given)
    assert checked.wrong == ()
    ((name, sentence),) = checked.hints
    assert name in given
    assert instead in sentence


@pytest.mark.parametrize("words", ["danio !reads", "K-12", "danio - reads", "!danio", "a|b"])
def test_words_without_a_doubt(words: str) -> None:
    """What the tracker understands is nothing to speak of."""
    assert check(ACTIONS["browse"], {"searchstr": words}).hints == ()


def test_what_a_token_is_told_contradicts_no_refusal() -> None:
    """It stands behind the tracker's own words, which differ: a page may also not exist."""
    assert "always told" not in ACTIONS["wiki"].blind
    assert "search" in ACTIONS["browse"].params["codec"].about


def test_the_unit_comes_behind_the_size() -> None:
    """The tracker ignores a unit that comes before its size."""
    sent = encode(ACTIONS["browse"], {"size_unit": "GiB", "size_max": 2, "size_min": 1})
    assert [name for name, _ in sent] == ["size_max", "size_min", "size_unit"]


def test_a_post_alone() -> None:
    """The thread of a post needn't be known."""
    assert check(ACTIONS["forum"], {"type": "viewthread", "postid": 120}).wrong == ()


def test_beside() -> None:
    """What is sent anyway counts when parameters are judged, and isn't among them."""
    checked = check(ACTIONS["browse"], {"freetorrent": "yes"}, beside=(("group_results", "0"),))
    assert (checked.params, checked.hints) == ((("freetorrent", "1"),), ())


@pytest.mark.parametrize("shape", shapes(), ids=lambda shape: shape.name)
def test_shapes_are_asked_as_they_say(shape: Shape) -> None:
    """The example of a listing can be asked, is read that way, and marks nothing needlessly."""
    given = dict(each.split("=", 1) for each in shlex.split(shape.listing.example))
    checked = check(shape.action, given, beside=shape.listing.with_)
    assert (checked.errors, checked.hints) == ((), ())
    assert shape.action.listing(shape.params) == shape.listing
    assert shape.action.gentle(shape.params) == shape.params


@pytest.mark.parametrize(
    "details", [shape.listing.details for shape in shapes() if shape.listing.details]
)
def test_details_are_the_answer_of_their_action(details: Details) -> None:
    """What is asked for one item is an action that is read that way."""
    params = encode(ACTIONS[details.action], {details.parameter: 7})
    assert ACTIONS[details.action].listing(params) == details.listing
    assert details.call("7", Lane.WATCH) == Call(details.action, params, Lane.WATCH)


@pytest.mark.parametrize(
    "shape",
    [each for each in shapes() if each.action.paged(each.params) and each.listing.order != "value"],
    ids=lambda shape: shape.name,
)
def test_pages_are_turned_the_same_way_for_items_and_for_people(shape: Shape) -> None:
    """What a listing says of its pages is what the rows for people say."""
    table, listing = shape.action.paged(shape.params), shape.listing
    assert table is not None
    assert listing.paging is table.paging
    assert listing.paging.page in listing.fixed


def test_what_has_no_pages_is_read_at_once() -> None:
    """Nobody turns the pages of a list without any."""
    unpaged = [each for each in shapes() if not each.action.paged(each.params)]
    assert all(each.listing.paging is ONE_PAGE for each in unpaged)


def test_the_same_thing_has_the_same_name() -> None:
    """A rule can be carried from one action to another: a name has one type everywhere."""
    types: dict[str, set[FieldType]] = {}
    for shape in shapes():
        for name, type_ in {**shape.listing.fields, **shape.listing.more}.items():
            types.setdefault(name, set()).add(type_)
    assert {name for name, found in types.items() if len(found) > 1} == set()
    assert {"snatches", "license", "seeders", "ratio", "votes", "author", "text"} <= types.keys()
    assert not {"class", "licence", "media"} & types.keys()
