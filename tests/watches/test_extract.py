"""Answers are read as items: exactly what the tracker told, and nothing that it didn't."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gazelled.errors import BadAnswer
from gazelled.model import Item
from gazelled.tracker.catalogue import Listing
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.models import Browse, Inbox, decode
from gazelled.tracker.sites.site import Site
from gazelled.watches.streams.items import (
    LONGEST_FIELD,
    LONGEST_SUMMARY,
    LONGEST_TITLE,
    MOST_ENTRIES,
    Page,
    extract,
    scan,
)

RECORDED = Path(__file__).parent.parent / "recorded"
SITE = Site(url="https://biotorrents.de", name="BioTorrents.de")


def listing(action: str) -> Listing:
    """Find how an action's answer is read."""
    found = ACTIONS[action].listing()
    assert found is not None
    return found


def recorded(name: str) -> Any:  # noqa: ANN401 - whatever the tracker said
    """Read what the real tracker answered."""
    body = json.loads((RECORDED / f"{name}.json").read_text())["body"]
    return json.loads(body)["response"]


def read(name: str, site: Site = SITE) -> Page[Item]:
    """Read a recorded answer as a page."""
    return extract(listing(name.partition("-")[0]), recorded(name), site)


def by_id(page: Page[Item]) -> dict[str, Item]:
    """Index a page."""
    return {item.id: item for item in page.items}


def upload(group: Mapping[str, object] | None = None, **torrent: object) -> Item | None:
    """Read one upload of which some values are as given."""
    payload = recorded("browse-special")
    payload["results"][0] |= group or {}
    payload["results"][0]["torrents"][0] |= torrent
    page = extract(listing("browse"), payload, SITE)
    return page.items[0] if page.items else None


def test_a_glimpse_tells_what_is_known_again() -> None:
    """It has the item's id and time; all of it is read when somebody asks, and once."""
    page = scan(listing("browse"), recorded("browse-special"), SITE)
    whole = read("browse-special")

    assert [(each.id, each.time) for each in page.items] == [(i.id, i.time) for i in whole.items]
    assert (page.pages, page.odd) == (whole.pages, whole.odd)
    assert tuple(each.read() for each in page.items) == whole.items
    assert page.items[0].read() is page.items[0].read()


def test_a_list_without_end_is_not_read() -> None:
    """What is longer than an answer's size allows to real entries isn't looked at one by one."""
    rows = [{"torrents": [{"torrentId": number}]} for number in range(1, MOST_ENTRIES + 2)]
    payload = {"results": rows, "pages": 1}
    with pytest.raises(BadAnswer, match="more than 20,000 entries"):
        scan(listing("browse"), payload, SITE)
    del rows[0]
    assert len(scan(listing("browse"), payload, SITE).items) == MOST_ENTRIES


def test_an_upload_is_read_whole() -> None:
    """Ids, decoded title, page, time, tags, size, and every field by the name that rules use."""
    page = read("browse-special")
    assert page == Page(
        items=(
            Item(
                id="7",
                kind="torrent",
                title="Quotes \"double\" 'single' & <angle> — Ünïcode ß 日本",
                url="https://biotorrents.de/torrents.php?id=7&torrentid=7",
                time=datetime(2026, 10, 27, 14, 14, 23, tzinfo=UTC),
                tags=("mri", "dna"),
                size=23173529607,
                group="7",
                fields={
                    "group_id": 7,
                    "year": 2007,
                    "accession": "NC_000017.1",
                    "lab": None,
                    "location": None,
                    "authors": ("Frederick Sanger", "Margaret Dayhoff"),
                    "platform": "Nanopore",
                    "format": "HDF5",
                    "license": "Public Domain",
                    "scope": "SNP",
                    "archive": "7z",
                    "annotated": True,
                    "file_count": 3,
                    "seeders": 0,
                    "leechers": 1,
                    "snatches": 14,
                    "freeleech": False,
                },
            ),
        ),
        pages=1,
    )


def test_ungrouped_uploads_are_strictly_descending() -> None:
    """Watches ask for one torrent a result, newest first; the tracker says how many pages."""
    page = read("browse-ungrouped")
    ids = [int(item.id) for item in page.items]
    assert ids == sorted(ids, reverse=True)
    assert (len(ids), page.pages, page.odd) == (50, 2, ())


def test_grouped_uploads_are_the_same_items() -> None:
    """The formats of a data set come out one by one, with what they have in common."""
    grouped, single = by_id(read("browse")), by_id(read("browse-ungrouped"))
    both = grouped.keys() & single.keys()
    assert {number: grouped[number] for number in both} == {
        number: single[number] for number in both
    }
    assert (grouped["62"].group, grouped["2"].group) == ("2", "2")


def test_authors_are_raw_and_no_tags_are_none_at_all() -> None:
    """Names of authors aren't encoded; an empty tag means: no tags, and that is known."""
    assert by_id(read("browse"))["61"].fields["authors"] == (
        "Barbara McClintock",
        "Séan O'Connor",
    )
    assert by_id(read("browse-notags"))
    assert {item.tags for item in read("browse-notags").items} == {()}
    raw = upload(authors=[{"id": 1, "name": "Smith &amp; Sons"}])
    assert raw is not None
    assert raw.fields["authors"] == ("Smith &amp; Sons",)


@pytest.mark.parametrize("name", ["browse-search-nohit", "browse-deleted-before-reindex"])
def test_no_hit_is_an_empty_page(name: str) -> None:
    """No results, with or without a number of pages, are nothing."""
    assert read(name) == Page(items=(), pages=1)


def test_site_notifications() -> None:
    """An object keyed by type, or an empty list."""
    assert [
        (item.id, item.title, item.url, item.fields)
        for item in read("get_user_notifications").items
    ] == [
        (
            "News:7",
            'Announcement: News 7: maintenance & "updates"',
            "https://biotorrents.de/index.php#news7",
            {"type": "News", "importance": "information"},
        ),
        (
            "Blog:5",
            "Blog:",
            "https://biotorrents.de/blog.php#blog5",
            {"type": "Blog", "importance": "information"},
        ),
        (
            "Inbox:0:73978b08b347",
            "You have a new message",
            "https://biotorrents.de/inbox.php",
            {"type": "Inbox", "importance": "confirmation"},
        ),
    ]
    assert read("get_user_notifications-none-cookie") == Page(items=(), pages=1)


def test_a_conversation_carries_its_revision() -> None:
    """A reply keeps the conversation's id, so the date of the last message is a part of ours."""
    (item,) = read("inbox").items
    assert item == Item(
        id="33:2026-11-23 14:14:26",
        kind="conversation",
        title="Hi donor",
        url="https://biotorrents.de/inbox.php?action=viewconv&id=33",
        time=datetime(2026, 11, 23, 14, 14, 26, tzinfo=UTC),
        fields={"sender": "mod1", "unread": True, "sticky": False},
    )


def test_announcements_lose_their_padding() -> None:
    """There are always five blog posts in the answer; those that aren't any are left out."""
    assert [item.id for item in read("announcements-two-blogs").items] == [
        *(f"news:{number}" for number in (7, 6, 5, 4, 3)),
        "blog:2",
        "blog:1",
    ]
    assert [item.id for item in read("announcements-no-news").items] == ["blog:2", "blog:1"]


def test_entities_are_decoded_exactly_where_they_are_encoded() -> None:
    """News are raw and stay as they are; blog posts are encoded and are decoded."""
    found = by_id(read("announcements-special"))
    assert (found["news:8"].title, found["news:8"].summary) == (
        'News & <angle> "quoted" é',
        "b & <c>",
    )
    assert (found["blog:7"].title, found["blog:7"].summary) == (
        'Blog & <angle> "quoted" é',
        "b & <c>",
    )
    assert found["news:7"].summary == "Body of news 7 with bold and <html> & 'quotes'."
    raw = recorded("announcements-special")
    raw["announcements"][0]["title"] = "R&amp;D"
    assert extract(listing("announcements"), raw, SITE).items[0].title == "R&amp;D"


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", datetime(2026, 10, 27, 14, 14, 23, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 10, 27, 13, 14, 23, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 10, 27, 18, 14, 23, tzinfo=UTC)),
    ],
)
def test_times_are_the_sites_own(zone: str, expected: datetime) -> None:
    """A time without an offset is meant in the site's zone, and comes out in UTC."""
    (item,) = read("browse-special", Site(SITE.url, SITE.name, zone=zone)).items
    assert item.time == expected
    assert item.time.tzinfo is UTC


def test_what_was_not_told_is_unknown() -> None:
    """Empty texts, nulls, zero years, false for a number, absent keys and nonsense are None."""
    item = upload(
        {"groupYear": 0, "tags": None, "lab": "  "},
        time="",
        size=None,
        license="",
        format=None,
        seeders=False,
        leechers="many",
        snatches=[],
        annotated="",
        isFreeleech=None,
        authors="Frederick Sanger",
        fileCount=float("inf"),
    )
    assert item is not None
    assert (item.time, item.size, item.tags) == (None, None, None)
    names = ("year", "lab", "license", "format", "seeders", "leechers", "snatches", "annotated")
    for name in (*names, "freeleech", "authors", "file_count"):
        assert item.fields[name] is None, name


def test_numbers_come_as_texts_and_booleans_as_numbers() -> None:
    """PHP's types don't matter."""
    item = upload(
        {"groupYear": "2007"},
        size="23,173,529,607",
        seeders="12",
        leechers="1.0",
        annotated=0,
        isFreeleech="1",
        format=2021,
    )
    assert item is not None
    assert item.size == 23173529607
    assert item.fields["year"] == 2007
    assert item.fields["seeders"] == 12
    assert item.fields["leechers"] == 1
    assert item.fields["annotated"] is False
    assert item.fields["freeleech"] is True
    assert item.fields["format"] == "2021"


def test_a_title_is_one_line() -> None:
    """Line breaks and rows of blanks become one blank; a number is a title too."""
    folded = upload({"groupName": " A\n title &amp;\t more "})
    number = upload({"groupName": 12345})
    assert folded is not None
    assert number is not None
    assert (folded.title, number.title) == ("A title & more", "12345")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("index.php#news7", "https://biotorrents.de/index.php#news7"),
        (
            "torrents.php?action=download&id=3&authkey=A1&torrent_pass=P1",
            "https://biotorrents.de/torrents.php?action=download&id=3",
        ),
        ("https://elsewhere.example/?passkey=P1&id=3", "https://elsewhere.example/?id=3"),
        ("javascript:alert(1)", ""),
        ("http://[broken", ""),
        ("", ""),
    ],
)
def test_addresses_hold_no_keys(url: str, shown: str) -> None:
    """Whatever address the tracker tells, no key of the user's gets into an item."""
    payload = {"News": {"id": 7, "message": "x", "url": url, "importance": ""}}
    assert extract(listing("get_user_notifications"), payload, SITE).items[0].url == shown


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("browse", {"unexpected": [True]}),
        ("browse", {"results": {"a": 1}}),
        ("browse", {"results": False}),
        ("browse", None),
        ("browse", "text"),
        ("browse", {"results": [1, 2]}),
        ("browse", {"results": [{"groupId": 1}]}),
        ("browse", {"results": [{"groupId": 1, "torrents": [{"torrentId": None}]}]}),
        ("browse", {"results": [{"groupId": 1, "torrents": [{"torrentId": True}]}]}),
        ("browse", {"results": [{"groupId": 1, "torrents": [{"torrentId": {}}]}]}),
        ("get_user_notifications", {"unexpected": [True]}),
        ("get_user_notifications", "none"),
        ("inbox", {"messages": [{"convId": 3}]}),
        ("torrent", []),
        ("torrent", None),
        ("announcements", {"announcements": []}),
    ],
)
def test_a_wrong_shape_is_broken(action: str, payload: object) -> None:
    """An answer without its list, or of which nothing can be read, isn't taken for an empty one."""
    with pytest.raises(BadAnswer):
        extract(listing(action), payload, SITE)


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("browse", []),
        ("browse", {}),
        ("browse", {"currentPage": 1, "pages": 1, "results": None}),
        ("browse", {"results": []}),
        ("browse", {"results": {}}),
        ("browse", {"results": [{"groupId": 5, "torrents": []}, {"groupId": 4, "torrents": None}]}),
        ("inbox", {"messages": {}}),
        ("get_user_notifications", []),
        ("top10", []),
        ("ontology", []),
    ],
)
def test_no_hits(action: str, payload: object) -> None:
    """PHP writes that there is none as an empty list, an empty object or null."""
    page = extract(listing(action), payload, SITE)
    assert (page.items, page.pages, page.odd) == ((), 1, ())


def test_lists_as_objects() -> None:
    """PHP writes a list with a hole as an object; that holds inside of entries, too."""
    payload = recorded("browse-ungrouped")
    whole = extract(listing("browse"), payload, SITE)
    for entry in payload["results"]:
        entry["tags"] = dict(enumerate(entry["tags"]))
        for each in entry["torrents"]:
            each["authors"] = {str(2 * n): author for n, author in enumerate(each["authors"])}
        entry["torrents"] = {"1": entry["torrents"][0]}
        entry["tags"] = {str(3 * n): tag for n, tag in entry["tags"].items()}
    payload["results"] = {str(2 * n): each for n, each in enumerate(payload["results"])}
    assert extract(listing("browse"), payload, SITE) == whole


FLAT: Mapping[str, object] = {
    "groupId": 5,
    "groupName": "A manual",
    "torrentId": 77,
    "tags": ["ebook"],
    "category": "E-Books",
    "fileCount": 1,
    "groupTime": "1795439663",
    "size": 1000,
    "snatches": 1,
    "seeders": 2,
    "leechers": 0,
    "isFreeleech": False,
    "isNeutralLeech": False,
    "isPersonalFreeleech": False,
    "canUseToken": False,
    "hasSnatched": False,
}
"""What Gazelle of other sites answers to browse with group_results=0 (OPSnet/Gazelle)."""


def test_news_out_of_range_are_no_padding() -> None:
    """An id that was too large became null; only 0 fills a list up."""
    raw = recorded("announcements-special")
    raw["announcements"].append({"newsId": None, "title": "Large"})
    (odd,) = extract(listing("announcements"), raw, SITE).odd
    assert odd.reason == "its newsId is null, or out of range"


def test_flat_entries() -> None:
    """An entry without an inner list is itself the item, also among others."""
    payload = {"pages": 1, "results": [FLAT, *recorded("browse-special")["results"]]}
    page = extract(listing("browse"), payload, SITE)
    item = page.items[0]
    assert (len(page.items), page.odd) == (2, ())
    assert (item.id, item.group, item.title, item.size) == ("77", "5", "A manual", 1000)
    assert item.time == datetime(2026, 11, 23, 13, 14, 23, tzinfo=UTC)
    assert item.url == "https://biotorrents.de/torrents.php?id=5&torrentid=77"
    assert (item.tags, item.fields["seeders"], item.fields["platform"]) == (("ebook",), 2, None)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (7, "entry 2 of results: it is a number, not an object"),
        (
            {"groupId": 9, "id": "77"},
            "entry 2 of results (groupId 9, id 77): it has no torrentId",
        ),
        (
            {"groupId": 9, "torrents": [{"torrentId": -7}]},
            (
                "entry 2 of results (groupId 9, torrentId -7): its torrentId is -7, not a number "
                "from 1 on"
            ),
        ),
        (
            {"groupId": 9, "torrents": [{"torrentId": "7; drop table"}]},
            (
                'entry 2 of results (groupId 9, torrentId "7; drop table"): its torrentId is '
                '"7; drop table", not a number from 1 on'
            ),
        ),
        (
            {"groupId": 9, "torrents": [{"torrentId": "٣٣"}]},
            (
                'entry 2 of results (groupId 9, torrentId "٣٣"): its torrentId is "٣٣", not a '
                "number from 1 on"
            ),
        ),
        (
            {"groupId": 9, "torrents": [{"torrentId": 1.5}]},
            (
                "entry 2 of results (groupId 9, torrentId 1.5): its torrentId is 1.5, not a number "
                "from 1 on"
            ),
        ),
        (
            {"groupId": 9, "torrents": [{"torrentId": [1]}]},
            "entry 2 of results (groupId 9): its torrentId is a list, not a number from 1 on",
        ),
        (
            {"groupId": 9, "torrents": [{"torrentId": None}]},
            "entry 2 of results (groupId 9): its torrentId is null, or out of range",
        ),
        (
            {"groupId": 9, "torrents": [{"torrentId": 0}]},
            (
                "entry 2 of results (groupId 9, torrentId 0): its torrentId is 0, not a number "
                "from 1 on"
            ),
        ),
        ({"groupId": 9, "torrents": ["x"]}, "entry 2 of results (groupId 9): it has no torrentId"),
    ],
)
def test_what_cannot_be_read_is_named(entry: object, said: str) -> None:
    """An entry that can't be read leaves the others, and says which it is and why."""
    payload = recorded("browse-special")
    payload["results"].append(entry)
    page = extract(listing("browse"), payload, SITE)
    assert ([item.id for item in page.items], [*map(str, page.odd)]) == (["7"], [said])


@pytest.mark.parametrize("given", [8, "8", "0008", 8.0])
def test_one_id_in_all_its_spellings(given: object) -> None:
    """An id that comes as a text, or as a float, names the same item as ever."""
    item = upload(torrentId=given)
    assert item
    assert item.id == "8"


@pytest.mark.parametrize(
    "size",
    [10**400, -(10**20), 1e300, float("nan"), float("inf"), "9" * 400],
    ids=lambda size: str(size)[:6],
)
def test_a_number_out_of_range_is_unknown(size: object) -> None:
    """It isn't a number that anything can be decided on, and harms nothing beside it."""
    item = upload(size=size, seeders=size)
    assert item
    assert (item.size, item.fields["seeders"], item.fields["license"]) == (
        None,
        None,
        "Public Domain",
    )


def test_a_negative_size_is_unknown() -> None:
    """Nothing is smaller than nothing, and a rule on the size doesn't match."""
    item = upload(size=-5)
    assert item
    assert item.size is None


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Los_Angeles", "Pacific/Apia"])
@pytest.mark.parametrize(
    "time",
    ["0001-01-01 00:00:00", "9999-12-31 23:59:59", "0000-01-01 00:00:00", "1955-01-01 00:00:00"],
)
def test_a_year_that_no_zone_bears_is_unknown(time: str, zone: str) -> None:
    """Such a time overflows in some zone, here or where it is shown."""
    payload = recorded("browse-special")
    payload["results"][0]["torrents"][0]["time"] = time
    site = Site(url="https://biotorrents.de", name="BioTorrents.de", zone=zone)
    assert extract(listing("browse"), payload, site).items[0].time is None


def test_titles_and_texts_are_bounded() -> None:
    """Of what is far longer than the tracker's own the beginning is kept."""
    payload = recorded("torrent")
    payload["group"] |= {"name": "B" * 900_000, "description": "<b>words</b> " * 90_000}
    payload["group"]["tags"] = ["t" * 90_000]
    item = extract(listing("torrent"), payload, SITE).items[0]
    assert item.title == "B" * (LONGEST_TITLE - 1) + "…"
    assert len(item.fields["description"]) == LONGEST_FIELD
    assert item.tags == ("t" * (LONGEST_TITLE - 1) + "…",)
    assert len(item.summary) <= LONGEST_SUMMARY


def test_one_odd_entry_leaves_the_others() -> None:
    """What can't be read is counted, and the rest is read."""
    payload = recorded("browse-special")
    payload["results"] += [7, {"groupId": 9, "torrents": "none"}]
    page = extract(listing("browse"), payload, SITE)
    assert ([item.id for item in page.items], len(page.odd)) == (["7"], 2)


def test_what_has_the_id_zero_is_known_by_its_text() -> None:
    """Inbox notifications have the id 0, whatever they say; the thing is the same."""
    found = by_id(read("get_user_notifications-me"))
    (inbox,) = [each for each in found if each.startswith("Inbox:")]
    assert inbox.startswith("Inbox:0:")
    assert listing("get_user_notifications").thing(found[inbox]) == "Inbox:0"
    assert "News:7" in found


@pytest.mark.parametrize(
    "time",
    [
        "0000-00-00 00:00:00",
        "2026-02-30 10:00:00",
        "2026-W10-1 09:00:00",
        "2026-10-27",
        " 2026-10-27 14:14:23",
        "٢٠٢٦-10-27 14:14:23",
        "",
        0,
        10**15,
        None,
    ],
)
def test_a_time_in_another_form_is_unknown(time: object) -> None:
    """Only what the tracker writes as a time is taken for one."""
    payload = recorded("browse-special")
    payload["results"][0]["torrents"][0]["time"] = time
    assert extract(listing("browse"), payload, SITE).items[0].time is None


@pytest.mark.parametrize(
    "time",
    [
        "2026-10-27 14:14:23",
        "2026-10-27T14:14:23",
        "2026-10-27 14:14:23Z",
        "2026-10-27 16:14:23+02:00",
        1793110463,
        "1793110463",
    ],
)
def test_a_time_in_each_form(time: object) -> None:
    """Watches take what the typed client takes: other sites write times in other ways."""
    item = upload(time=time)
    assert item
    assert item.time == datetime(2026, 10, 27, 14, 14, 23, tzinfo=UTC)


def alone(**torrent: object) -> Item:
    """Read one torrent of which some values are as given."""
    payload = recorded("torrent")
    payload["torrent"] |= torrent
    return extract(listing("torrent"), payload, SITE).items[0]


@pytest.mark.parametrize(
    ("listed", "files"),
    [
        ("a.fa{{{1}}}|||b c.fa{{{2}}}", ("a.fa", "b c.fa")),
        ("dir/R&amp;D.fa{{{1}}}", ("dir/R&D.fa",)),
        ("odd{{{name.fa{{{1}}}", ("odd{{{name.fa",)),
        ("no size.fa", ("no size.fa",)),
        ("", ()),
        (None, None),
        ([], None),
    ],
)
def test_files_are_their_names(listed: object, files: tuple[str, ...] | None) -> None:
    """The tracker tells all files of a torrent in one text, with their sizes."""
    assert alone(fileList=listed).fields["files"] == files


def test_markup_is_taken_out() -> None:
    """Of HTML remain the words, on one line; of BBCode too."""
    payload = recorded("torrent")
    payload["group"]["description"] = (
        "A<br />\n<strong>b</strong>, <p>c &lt;d&gt; &amp;amp;</p>e < f"
    )
    item = extract(listing("torrent"), payload, SITE).items[0]
    assert item.fields["description"] == "A b, c <d> &amp; e < f"
    assert alone(description="[b]x[/b] &amp;  [url=/y]z[/url]").summary == "x & z"
    assert alone(description="").summary == ""


def test_tags_come_as_one_text() -> None:
    """Some lists tell tags with blanks between, and write lines for dots."""
    payload = recorded("collage")
    payload["torrentgroups"][0]["tagList"] = "open_data  yeast"
    assert extract(listing("collage"), payload, SITE).items[0].tags == ("open.data", "yeast")
    payload["torrentgroups"][0]["tagList"] = ""
    assert extract(listing("collage"), payload, SITE).items[0].tags == ()


def test_entries_get_what_stands_around_them() -> None:
    """A message has the subject of its conversation; a comment the data set that was asked for."""
    found = ACTIONS["inbox"].listing((("id", "30"), ("type", "viewconv")))
    assert found is not None
    (message,) = extract(found, recorded("inbox-me-viewconv"), SITE).items
    assert message.title == "Message 30: hello & <b>"
    assert message.url == "https://biotorrents.de/inbox.php?action=viewconv&id=30#message30"
    comments = ACTIONS["tcomments"].listing((("id", "1"),))
    assert comments is not None
    first = extract(comments, recorded("tcomments"), SITE).items[0]
    assert first.title == "Comment by power1"
    assert first.url == "https://biotorrents.de/torrents.php?id=1&postid=11#post11"


def test_one_thing_is_one_item() -> None:
    """An answer that is no list is itself the entry; without an id of its own it gets a name."""
    (item,) = extract(listing("stats"), recorded("stats"), SITE).items
    assert (item.id, item.title) == ("site", "Figures of the site")
    assert (item.fields["torrents"], item.fields["max_users"]) == (62, None)


@pytest.mark.parametrize("action", ["stats", "torrent", "account", "request"])
@pytest.mark.parametrize("payload", [[], None, "text", 3])
def test_one_thing_of_a_wrong_shape_is_broken(action: str, payload: object) -> None:
    """What isn't an object isn't taken for one that tells nothing."""
    with pytest.raises(BadAnswer):
        extract(listing(action), payload, SITE)


@pytest.mark.parametrize("url", ["https://a.example", "https://a.example/", "https://a.example/x"])
def test_the_quick_way_to_an_address_is_the_exact_one(url: str) -> None:
    """Pages that are named by numbers alone have the address that the site gives them."""
    site = Site(url=url, name="A")
    (item, *_) = read("browse-special", site).items
    numbers = item.url.partition("?")[2]
    assert item.url == site.page(f"torrents.php?{numbers}")
    assert item.url.startswith(f"{url.rstrip('/')}/torrents.php?id=")


@pytest.mark.parametrize(
    ("key", "field", "value"),
    [
        ("time", "time", "2026-01-02T03:04:05"),
        ("time", "time", "yesterday"),
        ("size", "size", "1,5"),
        ("size", "size", "9" * 400),
        ("seeders", "seeders", "1.0"),
        ("seeders", "seeders", "1.5"),
        ("fileCount", "file_count", True),
        ("annotated", "annotated", 2),
        ("isFreeleech", "is_freeleech", "maybe"),
        ("license", "license", []),
    ],
)
def test_watches_and_models_read_alike(key: str, field: str, value: object) -> None:
    """What a watch can't read is drift, and what it reads is what the client reads."""
    payload = recorded("browse-special")
    payload["results"][0]["torrents"][0][key] = value
    item = extract(listing("browse"), payload, SITE).items[0]
    seen = {"time": item.time, "size": item.size, "is_freeleech": item.fields["freeleech"]}
    known = seen[field] if field in seen else item.fields[field]
    decoded = decode("browse", payload)
    assert isinstance(decoded.value, Browse)
    torrent = decoded.value.results[0].torrents[0]
    assert known == vars(torrent).get(field)
    assert (known is None) == (f"results[].torrents[].{key}" in {d.path for d in decoded.drift})


def test_an_entry_without_its_number_is_odd_to_all() -> None:
    """Neither a watch nor the client takes it, and both name it."""
    payload = recorded("inbox-cookie")
    del payload["messages"][0]["convId"]
    decoded = decode("inbox", payload)
    assert isinstance(decoded.value, Inbox)
    page = extract(listing("inbox"), payload, SITE)
    assert len(page.items) == len(decoded.value.messages) == len(payload["messages"]) - 1
    assert [odd.reason for odd in page.odd] == ["it has no convId"]
    assert decoded.value.extra == {"messages": [payload["messages"][0]]}
    assert "messages[] is an object, not an object with a whole number as its convId" in {
        str(each) for each in decoded.drift
    }
