"""The tables of watches."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.kinds import KINDS

from gazelled.config.checks.notices_table import NoticesTable
from gazelled.config.checks.profile_table import ProfileTable
from gazelled.config.checks.tracker_table import TrackerTable
from gazelled.model import Item
from gazelled.watches.keys.schedules import Every
from gazelled.watches.watch import WatchTable

if TYPE_CHECKING:
    from tests.config.conftest import Home

DOCUMENT = (Path(__file__).parents[2] / "docs" / "config.md").read_text("utf-8")
BROWSE = 'ask = "browse"\ntell = ["phone"]\n'


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ('tell = ["phone"]', '12: watch.x.ask: missing; write ask = "browse"'),
        ('ask = ""\ntell = ["phone"]', '13: watch.x.ask: unknown action ""'),
        ('ask = 3\ntell = ["phone"]', "13: watch.x.ask: expected a text in quotes"),
        ('ask = "browse"', "12: watch.x: warning: notifies nobody"),
        ('ask = "browse"\ntell = []', "12: watch.x: warning: notifies nobody"),
        (BROWSE + 'evry = "1h"', '15: watch.x.evry: unknown key; did you mean "every"?'),
        (BROWSE + "every = 15", '15: watch.x.every: expected a text in quotes, like every = "1h"'),
        (BROWSE + 'every = "15 minutes"', "15: watch.x.every: expected a duration or a time"),
        (BROWSE + 'every = "14m"', "14m is too often; the site's floor is 15m"),
        (BROWSE + 'every = "400d"', "expected a year or less"),
        (BROWSE + 'every = "daily 25:00"', "25:00 is not a time of day"),
        (BROWSE + 'every = "1h"\ncron = "0 7 * * *"', "16: watch.x.cron: every is set here, too"),
        (BROWSE + 'cron = "* * * * *"', "15: watch.x.cron: 1m is too often"),
        (BROWSE + 'cron = "0 7 * *"', "expected five fields (minute hour day month weekday)"),
        (BROWSE + 'zone = "Mars"', "15: watch.x.zone: unknown time zone"),
        (
            BROWSE + 'kind = "alrt"',
            '15: watch.x.kind: expected "new", "change", "gone"',
        ),
        (BROWSE + 'kind = "call"', '14: watch.x.tell: kind = "call" notifies nobody'),
        ('ask = "index"\nkind = "call"\nmatch.title = "x"', "15: watch.x.match: kind = "),
        ('ask = "announcements"\ntell = ["phone"]', "write mark_read = true"),
        ('ask = "top10"', "top10 needs login or cookies, a token isn't enough"),
        ('ask = "artist"', "warning: artist doesn't work at the tracker"),
        ('ask = "user"', '12: watch.x.with: user needs the parameter "id"'),
        (BROWSE + "with = { page = 'x' }", "15: watch.x.with.page: page takes a whole number"),
        (BROWSE + "match.year = '2020'", "15: watch.x.match.year: expected a number"),
        (BROWSE + 'match.size.max = "5"', "15: watch.x.match.size.max: expected a size"),
        (BROWSE + "match.title_regex = '(?=a)'", "15: watch.x.match.title_regex: look-around"),
        (BROWSE + "match.age.max = 7", "15: watch.x.match.age.max: expected a duration"),
        (
            'ask = "get_user_notifications"\nmatch.age.max = "7d"',
            "match.age: get_user_notifications has no age, so this could never match",
        ),
        (BROWSE + "if = 3", "15: watch.x.if: expected a text in quotes, like if = 'seeders <= 1'"),
        (BROWSE + "if = ''", "15: watch.x.if: an empty expression has no effect"),
        (BROWSE + "if = 'seders < 1'", '15: watch.x.if: column 1: unknown name "seders"; did you'),
        (BROWSE + 'if = """\nyear > 1 and\nage < 7"""', "15: watch.x.if: line 2, column 1: age is"),
        (BROWSE + "if = 'sender == \"x\"'", "column 1: browse has no sender"),
        ('ask = "inbox"\nif = "year > 1"', "column 1: inbox has no year, so this could"),
        ('ask = "index"\nkind = "call"\nif = "year > 1"', "15: watch.x.if: kind = "),
        (BROWSE + "match.if = 'year > 1'", "15: watch.x.match.if: belongs to [watch.x], not into"),
        (BROWSE + "match = 3", "15: watch.x.match: expected a table"),
        (BROWSE + 'disabled = "yes"', "15: watch.x.disabled: expected true or false"),
        ('ask = "browse"\ntell = ["phone", 3]', "14: watch.x.tell: expected a text in quotes"),
        (
            'ask = "browse"\n[watch.x.match]\ntags.any = ["a"]\ntell = ["phone"]',
            "16: watch.x.match.tell: belongs to [watch.x] but stands below [watch.x.match]",
        ),
        (
            '[watch.x.with]\nsearchstr = "a"\nask = "browse"\ntell = ["phone"]',
            "15: watch.x.with.ask: belongs to [watch.x] but stands below [watch.x.with]",
        ),
        (
            'ask = "browse"\nmatch = { year = 2020, tell = ["phone"] }',
            "14: watch.x.match.tell: belongs to [watch.x], not into match; move it out",
        ),
    ],
)
def test_tells_what_is_wrong(home: Home, lines: str, problem: str) -> None:
    """A mistake is told with its line and what was wanted."""
    assert [each for each in home.watch(lines) if problem in each]


def test_match_and_if_must_both_hold(home: Home) -> None:
    """The expression's clauses come after those of the table."""
    assert home.watch(BROWSE + "match.format = 'BAM'\nif = 'seeders <= 1 and year > 2000'") == []
    watch = home.config().watches["x"]
    item = Item(id="1", kind="torrent", title="x", fields={"format": "BAM", "seeders": 3})
    decision = watch.match.decide(item, datetime.now(UTC))
    assert (decision.verdict, [clause.text for clause in decision.clauses]) == (
        False,
        ["BAM", "seeders 3, wanted at most 1", "year unknown"],
    )
    assert json.loads(watch.rule)["if"] == "seeders <= 1 and year > 2000"


def test_mistakes_do_not_hide_each_other(home: Home) -> None:
    """A wrong type, an unknown key and what doesn't fit together are told at once."""
    found = home.watch(
        'ask = "brwse"\ntell = ["fone", 3]\nevery = "1m"\nmatch.licence = "a"\nx = 1'
    )
    assert [each.split(": ")[1] for each in found] == [
        "watch.x.ask",
        "watch.x.tell",
        "watch.x.tell",
        "watch.x.every",
        "watch.x.match.licence",
        "watch.x.x",
    ]


def test_a_lower_floor_allows_more(home: Home) -> None:
    """Who lowers the floor is warned once, and may ask more often."""
    found = home.watch(BROWSE + 'match.year = 2020\nevery = "5m"\n[tracker.limit]\nfloor = "5m"')
    assert len(found) == 1
    assert "tracker.limit.floor: warning: below 15m" in found[0]


def test_what_marks_things_as_read_needs_a_word(home: Home) -> None:
    """With mark_read the announcements can be watched."""
    assert home.watch('ask = "announcements"\ntell = ["phone"]\nmark_read = true') == []
    assert home.config().watches["x"].mark_read


def test_what_is_marked_depends_on_parameters(home: Home) -> None:
    """Listing messages marks nothing, reading a conversation does."""
    lines = 'ask = "inbox"\nkind = "call"\nwith = { type = "viewconv", id = 3 }\n'
    (problem,) = home.watch(lines)
    assert problem.startswith("config.toml:15: watch.x.with.type: reading inbox marks the conv")
    assert home.watch(f"{lines}mark_read = true") == []


def test_threads_are_read_gently(home: Home) -> None:
    """The read marker stays where it is, unless it is meant to move."""
    lines = 'ask = "forum"\nwith = { type = "viewthread", threadid = 3 }\nkind = "call"\n'
    token = home.watch(lines)
    assert [each for each in token if "a token isn't enough: A token sees no categories" in each]
    login = '[tracker]\nurl = "https://tracker.example"\n'
    login += 'login = { username = "me", password = { env = "PHONE" } }\n'
    home.write(f"{login}[watch.x]\n{lines}")
    assert ("updatelastread", "0") in home.config().watches["x"].call.params
    home.write(f"{login}[watch.x]\n{lines}mark_read = true")
    assert "updatelastread" not in dict(home.config().watches["x"].call.params)


def test_words_that_nobody_knows_are_doubted(home: Home) -> None:
    """They may be right all the same, so it is a warning."""
    lines = '[watch.x.match]\nplatform = "Nanpore"\nlicense = ["CC0", "CC1"]\n'
    platform, licence = home.watch(f"{BROWSE}with.container = 'fastq'\n{lines}")
    assert 'match.platform: warning: "Nanpore" is no platform that gazelled knows' in platform
    assert 'match.license: warning: "CC1" is no licence that gazelled knows' in licence
    (bug,) = home.watch(f"{BROWSE}kind = 'call'\nwith.freetorrent = 'yes'".replace("tell", "#"))
    assert "watch.x.with.freetorrent: warning: the tracker has a bug here" in bug
    assert home.watch(f"{BROWSE}with.freetorrent = 'yes'") == []


@pytest.mark.parametrize(
    ("lines", "instead"),
    [
        ("with.format = 'FASTQ'", "with.format: the tracker ignores format: write container"),
        ("with.freetorrent = 'any'", "with.freetorrent: the tracker ignores freetorrent=any"),
        ("with.groupnamejp = 'S288C'", "write Groupnamejp with a capital G"),
        ("with.size_min = 3", "with.size_min: the tracker ignores size_min without size_unit"),
        ("with.year = 'abc'", "with.year: year takes a year"),
        ("with.haslog = 1", "belongs to sites for music"),
    ],
)
def test_what_the_tracker_ignores_is_an_error(home: Home, lines: str, instead: str) -> None:
    """Such a watch would tell every upload."""
    (found,) = home.watch(f"{BROWSE}{lines}")
    assert "warning" not in found
    assert instead in found


@pytest.mark.parametrize("name", ["format", "releasetype", "haslog"])
def test_what_belongs_to_music_is_for_sites_for_music(home: Home, name: str) -> None:
    """There searches take it; a typing error is one there, too."""
    text = home.file.read_text().replace("token = {", 'profile = "orpheus"\ntoken = {')
    assert home.load(text.replace('"browse"', f'"browse"\nwith.{name} = "1"')).problems == []
    (typo,) = home.load(text.replace('"browse"', f'"browse"\nwith.{name}s = "1"')).problems
    assert f'browse takes no parameter "{name}s"' in str(typo)


@pytest.mark.parametrize("line", ["match.format = 'FLAC'", "if = 'format == \"FLAC\"'"])
def test_what_a_site_does_not_send_is_warned_of(home: Home, line: str) -> None:
    """Such a rule holds for nothing, and its values are no matter of another site's words."""
    text = home.file.read_text().replace("token = {", 'profile = "orpheus"\ntoken = {')
    (warning,) = home.load(text.replace('"browse"', f'"browse"\n{line}')).problems
    assert "warning: browse does not show the format at this site" in str(warning)
    assert str(warning).endswith("; select by with.format")
    (change,) = home.load(
        text.replace('"browse"', '"browse"\nkind = "change"\nfields = ["seeders", "lab"]')
    ).problems
    assert "browse does not show the lab at this site, so no item can have it" in str(change)


def test_types_that_are_not_told_are_doubted(home: Home) -> None:
    """They are few; the site may have got more since."""
    lines = 'ask = "get_user_notifications"\ntell = ["phone"]\n'
    (typo,) = home.watch(f"{lines}match.type = ['news', 'Newz']")
    assert typo.endswith('warning: get_user_notifications has no type "Newz"; did you mean "News"?')
    (odd,) = home.watch(f"{lines}if = 'type == \"Weather\"'")
    assert 'no type "Weather"; choose from Inbox, News, ' in odd


def test_what_is_not_implemented_cant_be_watched(home: Home) -> None:
    """Only a person can insist."""
    (problem,) = home.watch('ask = "torrent_info"')
    assert "the tracker hasn't implemented torrent_info" in problem


def test_no_watch_changes_anything(home: Home) -> None:
    """What writes at the tracker is not for a schedule."""
    found = home.watch('ask = "clear_user_notification"\nwith.type = "News"\nmark_read = true')
    assert len(found) == 1
    assert "marks all your notifications of that type as read; no watch" in found[0]


@pytest.mark.parametrize(
    ("ask", "name", "value"),
    [
        ("browse", "order_by", '"seeders"'),
        ("browse", "order_way", '"asc"'),
        ("browse", "page", "2"),
        ("inbox", "sort", '"unread"'),
    ],
)
def test_news_are_looked_for_where_they_come_first(
    home: Home, ask: str, name: str, value: str
) -> None:
    """A parameter that changes the order has no place in a watch for news."""
    lines = f'ask = "{ask}"\nwith = {{ {name} = {value} }}\n'
    (problem,) = [each for each in home.watch(f'{lines}tell = ["phone"]') if name in each]
    assert "changes which entries come first" in problem
    assert home.watch(f'{lines}kind = "call"') == []


def test_the_rule_is_kept_as_it_was_written(home: Home) -> None:
    """What was decided can be decided again: the text says what was asked and what had to hold."""
    assert home.watch(BROWSE + 'match.tags.any = ["dna"]\nmatch.size.max = "1 GiB"') == []

    assert json.loads(home.config().watches["x"].rule) == {
        "ask": "browse",
        "with": {},
        "kind": "new",
        "match": {"tags": {"any": ["dna"]}, "size": {"max": "1 GiB"}},
    }


def test_the_expressions_in_the_documents_work(home: Home) -> None:
    """Each expression that the documents show is one."""
    examples = re.findall(
        r"^    (if = ['\"].+)$", re.sub(r"(?ms)^    \[.*?\n\n", "", DOCUMENT), re.MULTILINE
    )
    assert len(examples) == 5
    for example in examples:
        assert home.watch(BROWSE + example) == []


def test_the_watches_in_the_documents_work(home: Home) -> None:
    """Each watch that the documents show is right as it stands there, and all of them together."""
    examples = re.findall(r"(?ms)^    \[watch.*?(?=\n\n)", DOCUMENT)
    assert len(examples) == 6
    text = "\n".join(example.replace("    ", "") for example in examples)
    config = home.config(f"{home.file.read_text()}{text}\n")
    assert {watch.kind.name for watch in config.watches.values()} == KINDS.keys() - {"call"}
    assert "strains:S-pombe-972h" in config.watches
    assert config.watches["ratio"].schedule == Every(6 * 3600)
    assert config.watches["strains:W303"].schedule == Every(2 * 3600)


def test_every_key_is_documented() -> None:
    """What can be written has a word about it."""
    keys = WatchTable.keys() | TrackerTable.keys() | NoticesTable.keys() | ProfileTable.keys()
    assert [key for key in sorted(keys) if f"`{key}`" not in DOCUMENT] == []
