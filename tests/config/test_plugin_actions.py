"""Actions and sites that plugins declare become rows of the catalogue and profiles."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest
from tests.kinds import KINDS

from gazelled.config import Loaded, load
from gazelled.config.checks.plugin_actions import action_of, with_actions
from gazelled.config.checks.plugin_sites import sites_of
from gazelled.config.document.problems import KeyPlaces, Problems
from gazelled.errors import BadAnswer
from gazelled.fields import AGE, COUNT, FLAG, TEXT, TEXTS, TIME, WORDS
from gazelled.hooks.contributions import Contributed
from gazelled.hooks.registry import Registry
from gazelled.plugin.action_specs import ActionSpec, FieldSpec, ListSpec, PagingSpec, ParameterSpec
from gazelled.plugin.site_specs import SiteSpec
from gazelled.tracker.catalogue import check
from gazelled.tracker.sites.profiles import PROFILES, profile_for
from gazelled.tracker.sites.site import Site
from gazelled.watches.keys.rule_terms import RuleTerms
from gazelled.watches.keys.stored_rule import read_rule
from gazelled.watches.streams.items import extract

SITE = Site("https://tracker.example", "Example")
NEWS = ListSpec(
    kind="log entry",
    at="log.entries",
    id="id",
    title="message",
    url="log.php?id={id}",
    time="time",
    tags="tags",
    size="bytes",
    summary="body",
    summary_markup="bbcode",
    fields={
        "user": FieldSpec("user.name"),
        "score": FieldSpec("score", COUNT, zero_unknown=True),
        "hidden": FieldSpec("hidden", FLAG),
        "logs": FieldSpec("logs", TEXTS),
        "text": FieldSpec("body", WORDS, markup="bbcode"),
        "edited": FieldSpec("edited", TIME),
    },
    order="id",
    paging=PagingSpec(size=2),
    adds={"order": "new"},
)
LOG = ActionSpec(
    name="sitelog",
    about="What happened at the site",
    parameters={
        "search": ParameterSpec(about="words"),
        "order": ParameterSpec(values={"new": "desc", "old": "asc"}, default="new"),
        "user": ParameterSpec(number=True),
    },
    lists=(NEWS,),
    source="a test",
)
S = TypeVar("S", ActionSpec, SiteSpec)
ENTRY = {
    "id": 7,
    "message": "Torrent 3 &amp; 4",
    "time": "2026-01-02 03:04:05",
    "tags": ["a", "b"],
    "bytes": "1024",
    "user": {"name": "ada"},
    "score": 0,
    "hidden": 1,
    "logs": ["x", "y"],
    "body": "[b]Good[/b]",
    "edited": "0000-00-00 00:00:00",
}


def declared(plugin: str, spec: S) -> Contributed[S]:
    """Return what a plugin declares."""
    return Contributed(plugin, spec.name, spec)


def problems() -> Problems:
    """Return an empty list of problems."""
    return Problems(KeyPlaces(Path("config.toml")), [])


def test_entries_of_a_declared_list_become_items() -> None:
    """Each value is read by its type, at the tracker's zone; unknown ones are None."""
    action = action_of("extra", LOG)
    listing = action.listing(())
    assert listing is not None
    page = extract(listing, {"pages": 3, "log": {"entries": [ENTRY, {"id": "x"}]}}, SITE)
    [item] = page.items
    assert (item.id, item.kind, item.title) == ("7", "log entry", "Torrent 3 & 4")
    assert item.url == "https://tracker.example/log.php?id=7"
    assert item.time == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (item.tags, item.size, item.summary) == (("a", "b"), 1024, "Good")
    assert dict(item.fields) == {
        "user": "ada",
        "score": None,
        "hidden": True,
        "logs": ("x", "y"),
        "text": "Good",
        "edited": None,
    }
    assert page.pages == 3
    assert len(page.odd) == 1, "an entry without a number can't be in the order of ids"
    assert {"score": COUNT, "age": AGE, "user": TEXT}.items() <= listing.fields.items()


def test_an_answer_without_the_list_is_unreadable() -> None:
    """It is not taken for an empty one."""
    listing = action_of("extra", LOG).listing(())
    assert listing is not None
    with pytest.raises(BadAnswer, match=r"log\.entries"):
        extract(listing, {"log": {"entries": 5}}, SITE)


def test_a_single_thing_is_one_item() -> None:
    """Its id is its kind, and it has a title."""
    spec = ListSpec(kind="rip log", order="value", fields={"score": FieldSpec("score", COUNT)})
    listing = action_of("extra", ActionSpec(name="r", about="A log", lists=(spec,))).listing(())
    assert listing is not None
    [item] = extract(listing, {"score": 98}, SITE).items
    assert (item.id, item.title, item.fields["score"]) == ("rip log", "rip log", 98)


def test_a_keyed_list_has_its_keys_as_type() -> None:
    """PHP writes such lists as objects."""
    spec = ListSpec(kind="month", at="months", keyed=True, id="type", title="type")
    listing = action_of("extra", ActionSpec(name="m", about="Months", lists=(spec,))).listing(())
    assert listing is not None
    items = extract(listing, {"months": {"2026-01": {"n": 1}, "2026-02": {"n": 2}}}, SITE).items
    assert [item.id for item in items] == ["2026-01", "2026-02"]


def test_parameters_are_checked_as_those_of_the_catalogue() -> None:
    """Names are sent as what stands for them; a wrong one is an error."""
    action = action_of("extra", LOG)
    assert check(action, {"order": "old", "user": "5"}).params == (("order", "asc"), ("user", "5"))
    wrong = check(action, {"user": "ada", "serach": "x"}).wrong
    assert {name for name, _ in wrong} == {"user", "serach"}


def test_a_table_shows_id_title_time_and_fields() -> None:
    """`gazelled call --table` prints it."""
    action = action_of("extra", LOG)
    [table] = action.tables
    assert [*table.columns][:3] == ["id", "title", "time"]
    assert {"user", "score"} <= table.columns.keys()
    assert [entry["id"] for entry in table.entries({"log": {"entries": [ENTRY, {}]}})] == [7]
    assert action.paged(()) is table


def test_what_reading_marks_is_kept_and_avoided() -> None:
    """A watch needs mark_read, unless a parameter avoids it."""
    spec = ActionSpec(
        name="log", about="A log", marks="the log", marks_when={"mark": ("", "1")},
        marks_unless={"keep": "1"},
    )  # fmt: skip
    action = action_of("extra", spec)
    assert action.consequence(()) == "log marks the log as read"
    assert action.gentle(()) == (("keep", "1"),)
    assert action.marks(action.gentle(())) == ""
    assert not action.writes
    assert action_of("extra", ActionSpec(name="w", about="W", changes="empties it")).writes


def test_a_clash_names_both_and_is_left_out() -> None:
    """The catalogue's action is not replaced."""
    said = problems()
    browse = ActionSpec(name="browse", about="Mine")
    specs = [declared("one", LOG), declared("two", browse)]
    profile = with_actions(PROFILES["gazelle"], specs, said)
    assert profile.dialect.action("sitelog") is not None
    browsing = profile.dialect.action("browse")
    assert browsing is not None
    assert browsing.about != "Mine"
    texts = {problem.key: problem.message for problem in said.sorted()}
    assert "gazelled has one" in texts["plugin.two"]
    assert not said.has_errors
    assert PROFILES["gazelle"].dialect.action("sitelog") is None, "nothing global has changed"


def test_actions_of_other_sites_are_not_there() -> None:
    """An action may say which sites have it."""
    only = ActionSpec(name="riplog", about="A log", sites=("orpheus",))
    specs, said = [declared("extra", only)], problems()
    assert with_actions(PROFILES["gazelle"], specs, said).dialect.action("riplog") is None
    orpheus = with_actions(PROFILES["orpheus"], specs, said)
    assert orpheus.dialect.action("riplog") is not None
    assert orpheus.dialect.evidence("riplog") == "documented"
    assert "riplog" in orpheus.dialect.names
    assert said.sorted() == []


def test_a_site_is_its_base_with_what_differs() -> None:
    """It applies to its host where no bundled profile does."""
    said = problems()
    mirror = SiteSpec(
        name="mirror", about="A mirror", based_on="orpheus", url="https://mirror.example",
        endpoint="api.php", requests=2, per=20.0,
    )  # fmt: skip
    slower = SiteSpec(name="slower", about="Slower", based_on="mirror", floor=3600.0)
    sites = sites_of([declared("one", mirror), declared("two", slower)], said)
    profile = sites["mirror"]
    assert (profile.endpoint, profile.requests, profile.per) == ("api.php", 2, 20.0)
    assert profile.scheme == PROFILES["orpheus"].scheme
    assert profile.limits == {}, "a limit of one's own stands for all actions"
    assert (sites["slower"].floor, sites["slower"].endpoint) == (3600.0, "api.php")
    assert profile_for("mirror.example", {**PROFILES, **sites}) is profile
    assert said.sorted() == []


def test_a_site_that_is_there_already_is_left_out() -> None:
    """Both are named, and so is a base that is unknown."""
    said = problems()
    orpheus = SiteSpec(name="orpheus", about="Mine")
    mine = SiteSpec(name="mine", about="Mine")
    odd = SiteSpec(name="odd", about="Odd", based_on="gazele")
    sites = sites_of([declared("one", orpheus), declared("two", mine), declared("four", odd)], said)
    assert [*sites] == ["mine"]
    texts = {problem.key: problem.message for problem in said.sorted()}
    assert "gazelled has one" in texts["plugin.one"]
    assert 'did you mean "gazelle"' in texts["plugin.four"]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ActionSpec(name="Site Log", about="x"), "named"),
        (lambda: ActionSpec(name="x", about=""), "about"),
        (lambda: ActionSpec(name="x", about="y", post=True), "changes"),
        (lambda: ListSpec(kind="x"), "at"),
        (lambda: ListSpec(kind="x", at="a", id="id", order="value"), "one thing"),
        (lambda: ListSpec(kind="x", at="a", id="id", order="time"), "time"),
        (lambda: ListSpec(kind="x", at="a", id="id", url="{0.__class__}"), "url"),
        (lambda: ListSpec(kind="x", at="a", id="id", url="https://evil.example/{id}"), "url"),
        (lambda: ListSpec(kind="x", at="a b", id="id"), "at"),
        (lambda: ListSpec(kind="x", at="a", id="id", fields={"A": FieldSpec("a")}), "field"),
        (lambda: FieldSpec("a", AGE), "AGE"),
        (lambda: ParameterSpec(form="("), "regular expression"),
        (lambda: SiteSpec(name="x y", about="x"), "named"),
        (lambda: SiteSpec(name="x", about="x", url="ftp://a"), "url"),
        (lambda: SiteSpec(name="x", about="x", endpoint="/../a"), "endpoint"),
        (lambda: SiteSpec(name="x", about="x", requests=0), "requests"),
        (lambda: SiteSpec(name="x", about="x", zone="Mars/Base"), "zone"),
    ],
)
def test_what_can_be_no_declaration_is_refused_at_once(
    make: Callable[[], object], words: str
) -> None:
    """So that the plugin's file and line are named."""
    with pytest.raises(ValueError, match=words):
        make()


def test_a_stored_rule_is_read_with_the_actions_of_its_site() -> None:
    """What a watch of such an action has kept is explained; without the plugin it says so."""
    dialect = with_actions(PROFILES["gazelle"], [declared("extra", LOG)], problems()).dialect
    text = json.dumps({"ask": "sitelog", "with": {}, "kind": "new", "if": "score >= 5"})
    rule = read_rule(text, RuleTerms(KINDS, dialect))
    assert rule.call.params == (("order", "new"),)
    assert rule.listing is not None
    with pytest.raises(ValueError, match='there is no action "sitelog"'):
        read_rule(text, RuleTerms(KINDS))


PLUGIN = """
from gazelled.plugin import (
    ActionSpec, COUNT, FieldSpec, ListSpec, ParameterSpec, SiteSpec, hookimpl)

@hookimpl
def gazelled_actions(register):
    register(ActionSpec(
        name="sitelog", about="What happened", marks="the log", marks_when={"mark": ("1",)},
        parameters={"mark": ParameterSpec(about="whether to mark it")}, lists=(ListSpec(
            kind="entry", at="log", id="id", title="text", order="id",
            fields={"score": FieldSpec("score", COUNT)},
        ),),
    ))
    register(ActionSpec(name="wipe", about="Wipes", changes="wipes the log"))
    register(ActionSpec(name="browse", about="Mine"))

@hookimpl
def gazelled_sites(register):
    register(SiteSpec(name="mirror", about="A mirror", based_on="orpheus", scheme="",
                      url="https://mirror.example", endpoint="api.php"))
"""
CONFIG = """
[tracker]
profile = "mirror"
token = { env = "TOKEN" }
[plugin.extra]
file = "extra.py"
"""


def configured(tmp_path: Path, watch: str = "", tracker: str = CONFIG) -> Loaded:
    """Load a config with the plugin."""
    (tmp_path / "plugins").mkdir(exist_ok=True)
    (tmp_path / "plugins" / "extra.py").write_text(PLUGIN)
    (tmp_path / "config.toml").write_text(f"{tracker}\n{watch}")
    return load(tmp_path / "config.toml", {"TOKEN": "x" * 118})


def test_a_config_may_name_the_site_of_a_plugin(tmp_path: Path) -> None:
    """Its address is the site's, unless the config has one."""
    config = configured(tmp_path).config
    assert config is not None
    site = config.tracker.site
    assert (site.url, site.endpoint, site.scheme) == ("https://mirror.example", "api.php", "")
    own = CONFIG.replace("token", 'url = "https://other.example"\ntoken', 1)
    config = configured(tmp_path, tracker=own).config
    assert config is not None
    assert config.tracker.url == "https://other.example"
    assert config.tracker.profile.name == "mirror"


def test_a_profile_may_be_based_on_the_site_of_a_plugin(tmp_path: Path) -> None:
    """A table of its name is refused."""
    based = '[profile.mine]\nbased_on = "mirror"\nzone = "Europe/Berlin"\n'
    loaded = configured(tmp_path, based, CONFIG.replace('"mirror"', '"mine"'))
    assert [problem.key for problem in loaded.problems if problem.is_error] == ["tracker.url"]
    assert loaded.profile.endpoint == "api.php"
    taken = configured(tmp_path, "[profile.mirror]\n").problems
    assert any("comes with a plugin" in problem.message for problem in taken)


def test_a_watch_may_ask_the_action_of_a_plugin(tmp_path: Path) -> None:
    """With rules on its fields; a wrong one is an error, as for any other action."""
    watch = '[watch.log]\nask = "sitelog"\nif = "score > 5"\ntell = ["journal"]\n'
    watch += '[target.journal]\nplugin = "journal"\n'
    config = configured(tmp_path, watch).config
    assert config is not None
    listing = config.watches["log"].listing
    assert listing is not None
    assert listing.order == "id"
    wrong = configured(tmp_path, watch.replace("score", "scores")).problems
    assert any('did you mean "score"' in problem.message for problem in wrong)


def test_a_watch_may_not_change_or_mark_anything_by_the_action_of_a_plugin(tmp_path: Path) -> None:
    """As for any other action."""
    said = configured(tmp_path, '[watch.x]\nask = "wipe"\nkind = "call"\n').problems
    assert any("wipe wipes the log; no watch may ask it" in problem.message for problem in said)
    said = configured(tmp_path, '[watch.x]\nask = "sitelog"\nwith.mark = "1"\n').problems
    assert any("marks the log as read" in problem.message for problem in said)


def test_a_clash_with_the_catalogue_is_a_warning_of_check(tmp_path: Path) -> None:
    """Both are named, and everything else goes on."""
    loaded = configured(tmp_path)
    [warning] = [problem for problem in loaded.problems if "browse" in problem.message]
    assert (warning.key, warning.is_error) == ("plugin.extra", False)
    assert loaded.profile.dialect.catalogue["browse"].about != "Mine"


def test_the_bundled_sites_and_actions_are_known() -> None:
    """They need no table; the client library knows nothing of them."""
    registry = Registry()
    registry.load_builtin({})
    sites = sites_of(registry.contributions.sites.values(), problems())
    redacted = profile_for("redacted.sh", {**PROFILES, **sites})
    assert (redacted.scheme, redacted.per, redacted.limits) == ("", 6.0, {})
    assert redacted.dialect.evidence("browse") == "unknown"
    said = problems()
    actions = registry.contributions.actions.values()
    orpheus = with_actions(PROFILES["orpheus"], actions, said)
    assert said.sorted() == []
    months = orpheus.dialect.catalogue["torrent_stats"].listing()
    assert months is not None
    payload = {"uploads_by_month": {"2026-01": {"uploads": 5, "deletions": -2, "remaining": 3}}}
    [month] = extract(months, payload, SITE).items
    assert (month.id, month.title) == ("2026-01", "Torrents of 2026-01")
    assert dict(month.fields) == {"uploads": 5, "remaining": 3}
    log = orpheus.dialect.catalogue["riplog"].listing()
    assert log is not None
    [item] = extract(log, {"id": 5, "logid": 7, "score": 98, "adjusted": False}, SITE).items
    assert item.url == "https://tracker.example/torrents.php?torrentid=5"
    assert (item.fields["score"], item.fields["adjusted"], item.fields["ripper"]) == (
        98,
        False,
        None,
    )
