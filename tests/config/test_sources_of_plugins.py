"""Sources that plugins bring: what the config may say of them, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.config.conftest import WORKING

from gazelled.planning.planner import Past
from gazelled.plugin import PluginConfig
from gazelled.service.configuration.check import check
from gazelled.watches.plugins.source_set import options_of, params_of

if TYPE_CHECKING:
    from tests.config.conftest import Home

SHELF = """
from pathlib import Path
from pydantic import SecretStr
from gazelled.plugin import AGE, COUNT, SIZE, Item, PluginConfig, hookimpl
from gazelled.plugin.sources import Source


class Options(PluginConfig):
    path: Path
    most: int = 100


class Shelf(Source[Options]):
    name = "shelf"
    about = "The books of a shelf"
    options = Options
    item = "book"
    fields = {"size": SIZE, "pages": COUNT}

    async def poll(self, request):
        return []


@hookimpl
def gazelled_sources(register):
    register(Shelf())
"""
PLUGIN = '[plugin.lab]\nfile = "lab.py"\n'
WATCH = '[watch.x]\nask = "shelf"\ntell = ["phone"]\n'


@pytest.fixture
def lab(home: Home) -> Home:
    """Return a folder with a config whose plugin brings a source."""
    home.write(SHELF, "lab.py")
    return home


def test_options_stand_in_with(lab: Home) -> None:
    """A watch asks the source with them; they are its identity."""
    config = lab.config(f'{WORKING}{PLUGIN}{WATCH}with = {{ path = "a b.json", most = 3 }}\n')
    watch = config.watches["x"]
    assert watch.source == "shelf most=3 path=a b.json"
    assert watch.kind.name == "new"
    assert watch.listing is not None
    assert [*watch.listing.fields] == ["title", "size", "pages"]
    assert "shelf" in config.sources


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("", 'config.toml:14: watch.x.with: the option "path" is missing'),
        ('with.path = "a"\nwith.most = "x"', "config.toml:18: watch.x.with.most: expected a whole"),
        ('with.path = "a"\nwith.mots = 1', 'with.mots: unknown option "mots"; did you mean "most"'),
        (
            'with.path = "a"\nmatch.pagse.min = 1',
            "18: watch.x.match.pagse: unknown",
        ),
        ('with.path = "a"\nevery = "30s"', "every: 30s is too often; a source's floor is 1m"),
        ('with.path = "a"\nif = "seeders > 1"', "shelf has no seeders, so this could"),
        ('with.path = "a"\nfirst = "since:2026-01-01"', "shelf does not show when things appeared"),
    ],
)
def test_wrong_options_and_fields_are_named_at_their_lines(
    lab: Home, lines: str, problem: str
) -> None:
    """As those of an action."""
    found = lab.problems(f"{WORKING}{PLUGIN}{WATCH}{lines}\n")
    assert [each for each in found if problem in each], found


def test_a_watch_rests_while_the_plugin_of_its_source_is_left_out(lab: Home) -> None:
    """Everything else runs, and what is known of the source stays in use."""
    lines = f'{WORKING}{PLUGIN}{WATCH}with = {{ path = "a b.json", most = 3 }}\n'
    source = lab.config(lines).watches["x"].source
    lab.write("import no_such_module", "lab.py")
    config = lab.load(lines).config
    assert config is not None
    assert [*config.watches] == ["yeast"]
    assert config.resting["x"].source == source


def test_a_misspelt_source_is_asked_about(lab: Home) -> None:
    """The names of sources are suggested, too."""
    found = str(lab.problems(f"{WORKING}{PLUGIN}{WATCH}".replace('"shelf"', '"shlef"')))
    assert 'unknown action "shlef"; did you mean "shelf"?' in found


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('name = "shelf"', 'name = "browse"', '"browse" is an action of the tracker'),
        ('name = "shelf"', 'name = "My Shelf"', "'My Shelf' is no name"),
        ('name = "shelf"', "", "None is no name"),
        ('about = "The books of a shelf"', "", "it has no about"),
        ("options = Options", "options = dict", "its options must be a subclass of PluginConfig"),
        ("most: int = 100", 'key: SecretStr = SecretStr("x")', "its option key is a secret"),
        ("    async def poll", "    def poll", "its poll must be async def"),
        ('"pages": COUNT', '"pages": int', "the type of its field pages must be"),
        ('"pages": COUNT', '"a b": COUNT', "'a b' is no name of a field"),
        ('"pages": COUNT', '"title": COUNT', "title is a field of every item"),
        ('"size": SIZE', '"size": COUNT', "its field size is of the type SIZE"),
        ('item = "book"', 'order = "random"', "its order is 'random'"),
        ('item = "book"', "timeout = 3600.0", "its timeout is not between 0 and 600"),
        ("register(Shelf())", "register(Shelf)", "gazelled_sources must register a Source"),
    ],
)
def test_a_source_that_is_none_is_refused(lab: Home, old: str, new: str, reason: str) -> None:
    """The plugin is left out, and named with what is wrong."""
    assert old in SHELF
    lab.write(SHELF.replace(old, new), "lab.py")
    loaded = lab.load(f"{WORKING}{PLUGIN}")
    assert loaded.config is not None
    (problem,) = loaded.left_out
    assert reason in problem.message


def test_the_plan_counts_no_request(lab: Home) -> None:
    """The tracker is not asked."""
    (lab.folder / "state").mkdir()
    lab.write(f'{WORKING}{PLUGIN}{WATCH}with.path = "a"\nevery = "15m"\n')
    checked = check(lab.file, lab.environ, datetime.now(UTC), Past())
    assert checked.plan is not None
    planned = checked.plan.of("x")
    assert (planned.requests, planned.load, planned.cost) == (0, 0, "no request")


class Everything(PluginConfig):
    """Options of all sorts."""

    path: Path = Path("x")
    number: int = 0
    flag: bool = False
    text: str = ""
    names: list[str] = []  # noqa: RUF012 - pydantic copies it
    table: dict[str, int] = {}  # noqa: RUF012 - likewise


@pytest.mark.parametrize(
    "written",
    [
        {"number": 5, "flag": True, "text": "[not a list]"},
        {"names": ["a", "b c"], "table": {"x": 1}, "text": "true"},
        {"path": "relative/file", "text": '["a"]'},
    ],
)
def test_options_come_back_from_the_texts_of_a_call(
    written: dict[str, object], tmp_path: Path
) -> None:
    """Whatever they hold: the stored name of a source is all that is needed to ask it."""
    context = {"folder": tmp_path}
    again = options_of(params_of(written), Everything, context)
    assert again == Everything.model_validate(written, context=context)
