"""`gazelled check`: all problems at once, or the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Person

TEN = """\
[tracker]
url = "http://biotorrents.de"
token = { secret = "tracker-token" }

[watch.yeast]
ask = "brwse"
tell = ["phone"]

[watch.mouse]
ask = "browse"
with = { searchstrr = "Mus musculus" }
every = "5m"
tell = ["lab-fed"]
[watch.mouse.match]
sender = "someone"
mark_read = true

[target.phone]
plugin = "aprise"
url = "mailtos://example.org"

[target.lab-feed]
plugin = "feed"
titel = "Yeast"
keep = "many"
"""
EXPECTED = """\
config.toml:2: tracker.url: http:// would send your secrets unprotected; write https://
config.toml:6: watch.yeast.ask: unknown action "brwse"; did you mean "browse"?
config.toml:11: watch.mouse.with.searchstrr: browse takes no parameter "searchstrr"; \
did you mean "searchstr"?
config.toml:12: watch.mouse.every: 5m is too often; the site's floor is 15m
config.toml:13: watch.mouse.tell: unknown target "lab-fed"; did you mean "lab-feed"?
config.toml:15: watch.mouse.match.sender: browse has no sender, \
so this could never match
config.toml:16: watch.mouse.match.mark_read: belongs to [watch.mouse] \
but stands below [watch.mouse.match]; move it above that line
config.toml:19: target.phone.plugin: unknown plugin "aprise"; did you mean "apprise"?
config.toml:24: target.lab-feed.titel: unknown option "titel"; did you mean "title"?
config.toml:25: target.lab-feed.keep: expected a whole number
"""
BROKEN = """
[plugin.lab-sheet]
file = "lab_sheet.py"
[target.sheet]
plugin = "lab-sheet"
"""


def test_ten_mistakes_are_ten_lines(person: Person) -> None:
    """All are told at once, those that only a plugin can tell too, each with its line."""
    person.write("made-up", "secrets/tracker-token")
    person.write(TEN)
    said = person.types("check")
    assert said.out == EXPECTED
    assert said.err == f"error: {person.config}: 10 errors\n"
    assert said.code == 2


def test_problems_are_data_too(person: Person) -> None:
    """An editor can show them."""
    person.write("made-up", "secrets/tracker-token")
    person.write(TEN)
    said = person.types("check", "--json")
    assert said.code == 2
    assert [each["line"] for each in said.data["problems"]][:3] == [2, 6, 11]
    assert said.data["plan"] is None


def test_a_file_that_is_no_toml_is_one_problem(person: Person) -> None:
    """Nothing else can be told."""
    person.write("[tracker]\nurl = https://biotorrents.de\n")
    said = person.types("check")
    assert (said.code, said.out.count("\n")) == (2, 1)
    assert said.out.startswith("config.toml:2: this is not TOML")


def test_without_problems_the_plan_is_told(settled: Person) -> None:
    """Watches that ask the same are counted once."""
    more = '[watch.rna]\nask = "browse"\nwith = { searchstr = "yeast" }\nevery = "30m"\n'
    settled.write(settled.config.read_text() + more + 'tell = ["feed"]\n')
    said = settled.types("check")
    assert said.code == 0, said.out
    assert said.out.splitlines()[1].startswith("yeast, rna  browse group_results=0 searchstr=yeast")
    assert said.out.splitlines()[-1] == "2 of 3600 requests an hour (share 10 % of 36000)"
    plan = settled.types("--json", "check").data["plan"]
    assert [each["names"] for each in plan["watches"]] == [["yeast", "rna"]]
    assert (plan["requests_per_hour"], plan["watches"][0]["fresh_within"]) == (2.0, 1800.0)


def test_what_a_token_cannot_do_is_told(settled: Person) -> None:
    """Nobody has to find out by trying."""
    said = settled.types("check")
    assert (
        "A token can't request forum, notifications, raw_bbcode, subscriptions, top10, userhistory "
        "or wiki, nor fetch .torrent files: that requires login or cookies.\n"
    ) in said.err


def test_more_than_the_share_is_an_error(settled: Person) -> None:
    """It says which watch to slow down."""
    text = settled.config.read_text().replace("per = 0.1", 'per = "10m"')
    settled.write(text)
    said = settled.types("check")
    assert said.code == 2
    assert "watch.yeast" in said.out
    assert "1 of 0.6 requests an hour (share 10 % of 6)" in said.out


def test_warnings_are_told_and_do_not_fail(settled: Person) -> None:
    """They are for a person to judge."""
    (settled.folder / "secrets" / "tracker-token").chmod(0o644)
    said = settled.types("check")
    assert said.code == 0
    assert "warning: others on this machine can read" in said.out


def test_a_broken_plugin_is_told_with_its_line(settled: Person) -> None:
    """A person should fix it; the daemon would run without it."""
    settled.write("import nonsuch\n", "plugins/lab_sheet.py")
    settled.write(settled.config.read_text() + BROKEN)
    said = settled.types("check")
    assert said.code == 2
    assert "plugin.lab-sheet.file: " in said.out
    assert "lab_sheet.py:1: ModuleNotFoundError" in said.out


async def test_as_a_service_nothing_is_used_that_others_can_write(settled: Person) -> None:
    """For a person it is a warning; a service would run what anybody has written."""
    settled.config.chmod(0o666)
    said = settled.types("check")
    assert said.code == 0
    assert f"warning: everybody on this machine can write {settled.config}: chmod o-w" in said.out
    refused = await settled.runs("run", "--once", more={"INVOCATION_ID": "a"})
    assert refused.code == 2
    assert f"everybody on this machine can write {settled.config}: chmod o-w" in refused.err
