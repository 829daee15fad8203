"""What each page shows, as HTML without a browser and as JSON."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from tests.service.conftest import LONG
from tests.web.conftest import Visit
from tests.web.scene import HOSTILE, PROTEOME, READS, busy, slow_down

from gazelled.errors import BadAnswer
from gazelled.hooks.registry import ImportTerms, Registry
from gazelled.service.configuration.check import CheckResult, check
from gazelled.service.monitoring.health_problem import HealthProblem
from gazelled.service.reloading.config_source import ConfigSource
from gazelled.service.reloading.reloader import Reloader
from gazelled.service.web.models import watch_page
from gazelled.service.web.models.overview_page import overview
from gazelled.service.web.page_table import PAGES
from gazelled.service.web.rendering import render
from gazelled.service.web.web_page import PageRequest

if TYPE_CHECKING:
    from tests.service.conftest import House

RIGHT_TO_LEFT = "גנום שמר האפייה (2024)"
VOID = {"meta", "link", "input", "line", "rect", "path", "br"}
PATHS = ("/", "/watches/yeast", "/deliveries", "/feeds", "/plugins", "/config", "/log")


class Reader(HTMLParser):
    """Reads a page strictly: each element is closed in its order, each id is there once."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.words: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert self.open == []
        assert len(self.ids) == len({*self.ids}), "an id is there twice"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        """What a person reads, on one line."""
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of all elements of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]


async def page(visit: Visit, path: str) -> Reader:
    """Read a page."""
    reply = await visit.get(path)
    assert reply.status == 200, reply.body
    return Reader(reply.body)


async def data(visit: Visit, path: str) -> Any:  # noqa: ANN401 - the test knows what it looks for
    """Read the JSON of a page."""
    return json.loads((await visit.get(f"/api/v1{path}")).body)


async def test_the_first_page_says_whether_all_is_well(guest: Visit) -> None:
    """And what isn't, since when, first; then everything else."""
    first = await page(guest, "/")
    assert "Something needs attention" in first.text
    assert first.text.index("Target moody") < first.text.index("Freshness")
    assert re.search(r"Target moody warning since \d\d:\d\d", first.text)
    assert "Watch wanted" in first.text
    assert "Plugin bad" in first.text
    for words in ("yeast", "15m", "Yeast sequences", "2 waiting", "a token", "Queue"):
        assert words in first.text
    bars = [svg["aria-label"] for svg in first.all("svg") if "bar" in (svg["class"] or "")]
    assert len(bars) == 5
    assert all(bar and " of " in bar for bar in bars)

    model = await data(guest, "/overview")
    assert model["state"] == "degraded"
    assert {problem["subject"] for problem in model["problems"]} >= {"target moody", "plugin bad"}
    unwell = {
        row["status"]["name"]: bool(row["status"]["trouble"]) or row["status"]["late"]
        for row in model["watches"]
    }
    assert unwell["wanted"]
    assert [*unwell.values()] == sorted(unwell.values(), reverse=True)  # those come first
    yeast = next(row for row in model["watches"] if row["status"]["name"] == "yeast")
    assert yeast["events"] == 2  # without the first look
    assert sum(hour["sent"] for hour in model["hours"]) >= 5
    assert model["limit_per_hour"] == 600.0


async def test_a_daemon_that_is_well_says_so(house: House, port: int) -> None:
    """Calmly."""
    house.watches = house.watches.replace("15m", "7d")
    async with house.running(web=True) as app:
        await house.told("Watching yeast")
        slow_down(house.clock)
        visit = Visit(app, port)
        await visit.log_in()
        first = await page(visit, "/")
        assert "All is well" in first.text
        assert (await data(visit, "/overview"))["problems"] == []


async def test_many_problems_leave_room_for_the_rest(still: Visit) -> None:
    """The worst ones are seen at once, and none is left out."""
    model = await overview(still.app, PageRequest("/"))
    problems = tuple(HealthProblem(f"watch w{n}", f"late {n}", None, "warning") for n in range(30))
    shown = Reader(render("overview.html", replace(model, problems=problems)))
    assert "22 more problems" in shown.text
    assert [f"Late {n}." in shown.text for n in range(30)] == [True] * 30
    assert shown.text.index("Late 7.") < shown.text.index("22 more") < shown.text.index("Late 8.")
    few = Reader(render("overview.html", replace(model, problems=problems[:8])))
    assert "more problem" not in few.text


async def test_before_its_first_look_a_watch_shows_what_is_promised(still: Visit) -> None:
    """In the list of all, and on its own page."""
    await still.log_in()
    for path in ("/", "/watches/yeast"):
        assert "no look yet, 15m promised" in (await page(still, path)).text


async def test_watches_are_found_by_their_names(guest: Visit) -> None:
    """By any part of them."""
    model = await data(guest, "/overview?find=STRAINS")
    assert [row["status"]["name"] for row in model["watches"]] == [
        "strains:BY4741",
        "strains:W303",
    ]
    assert (model["matching"], model["total"]) == (2, 5)
    assert "No watch has “<b>” in its name" in (await page(guest, "/?find=%3Cb%3E")).text
    assert (await data(guest, "/overview?page=99999999999999999999"))["number"] == 1


async def test_a_watch_shows_what_it_found_and_saw(guest: Visit) -> None:
    """With the verdict of each clause of its rule."""
    watch = await page(guest, "/watches/yeast")
    for words in ("Yeast sequences", READS, HOSTILE, PROTEOME, "licence CC BY-SA", "Run now"):
        assert words in watch.text
    model = await data(guest, "/watches/yeast")
    verdicts = {item["title"]: item["judgement"]["verdict"] for item in model["items"]}
    assert verdicts == {READS: True, HOSTILE: True, PROTEOME: False}
    refused = next(item for item in model["items"] if item["title"] == PROTEOME)
    assert [clause["holds"] for clause in refused["judgement"]["clauses"]] == [False, True]
    newest = model["events"][0]
    assert newest["deliveries"]["moody"] in {"waiting", "failed"}
    assert 'match.license = ["Public Domain", "CC0"]' in model["table"]
    other = await data(guest, f"/watches/{quote('strains:W303')}")
    assert other["shares"] == ["yeast", "strains:BY4741"]
    assert (await guest.get("/watches/none")).status == 404


async def test_all_that_a_watch_found_can_be_read(
    guest: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page by page, the newest first."""
    every = (await data(guest, "/watches/yeast"))["events"]
    assert len(every) == 3
    monkeypatch.setattr(watch_page, "MOST_EVENTS", 2)
    first, second = [await data(guest, f"/watches/yeast?page={number}") for number in (1, 2)]
    keys = [event["key"] for model in (first, second) for event in model["events"]]
    assert keys == [event["key"] for event in every]
    assert (first["has_older"], second["has_older"]) == (True, False)
    texts = [(await page(guest, f"/watches/yeast?page={number}")).text for number in (1, 2, 9)]
    assert ["Older" in text for text in texts] == [True, False, False]
    assert ["Newer" in text for text in texts] == [False, True, True]
    assert "There are no older ones" in texts[2]
    assert (await data(guest, f"/watches/yeast?page={10**12}"))["events"] == []
    assert (await data(guest, f"/watches/yeast?page={10**30}"))["number"] == 1


async def test_a_trouble_that_watches_share_is_written_once(guest: Visit) -> None:
    """In the list; and the words above lead to the watch, the target and the plugin."""
    look = guest.app.watcher.sources
    (source,) = (source for source, watches in look.items() if watches[0].name == "yeast")
    async with asyncio.timeout(LONG):
        first = await page(guest, "/")
        while first.text.count("The same as yeast.") != 2:  # a look under way may end the trouble
            failure = BadAnswer("Half an answer")
            await guest.app.watcher.troubles.failed(source, ("yeast",), failure)
            first = await page(guest, "/")
    links = [link["href"] for link in first.all("a")]
    assert links.index("/watches/wanted") < links.index("/deliveries?target=moody")
    assert links.count("/watches/wanted") == 2


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ('match.license = ["CC BY-SA"]', "It adds 1"),
        ('match.license = ["Public Domain", "CC0"]\nmatch.size.max = "50 GiB"', "rule in use"),
        ('[watch.x.match]\ntitle = "reads"', "All matches"),
        ("if = 'seeders <", "Try"),
        ("match.size.most = 3", "size"),
        ("every = '1h'", "Only match and if can be tried, not every"),
        ("until = 'seeders > 1'", "Only match and if can be tried, not until"),
        ("]", "This is not TOML"),
        ("match = 5", "Match: expected a table"),
        ('[[match]]\ntitle = "reads"', "Match: expected a table"),
        ("match.nosuch = 1", "The rule can't be read: match.nosuch"),
        (f"a = {'[' * 2000}", "nested too deeply"),
        ("", "of 3 items match"),
    ],
)
async def test_another_rule_is_tried_on_what_is_stored(guest: Visit, rule: str, says: str) -> None:
    """Without a request; what is wrong with it is a sentence beside it."""
    tried = await page(guest, f"/watches/yeast?rule={quote(rule)}")
    assert says in tried.text
    assert rule.partition("\n")[0] in "".join(tried.words)
    model = (await data(guest, f"/watches/yeast?rule={quote(rule)}"))["tried"]
    assert bool(model["problem"]) != bool(model["trial"])
    assert not model["trial"] or model["trial"]["asked"] == 0


async def test_any_title_is_read_and_opened(guest: Visit, house: House) -> None:
    """One that shows nothing is named by its key; one from right to left turns nothing around."""
    for title in (" ", RIGHT_TO_LEFT):
        house.sim.world.publish(title, license="CC0", format="FASTQ", seeders=2)
    await guest.app.run_watch("yeast")
    events = (await data(guest, "/watches/yeast"))["events"]
    nameless = next(event for event in events if not event["title"].strip())
    shown = await page(guest, "/watches/yeast")
    assert nameless["key"] in shown.words
    assert nameless["key"] in (await page(guest, "/deliveries")).words
    event = await page(guest, f"/event?key={quote(nameless['key'], safe='')}")
    assert event.words.count(nameless["key"]) >= 2  # as the heading, and at the end
    rule = quote('match.format = "FASTA"')
    for path in ("/watches/yeast", f"/watches/yeast?rule={rule}", "/deliveries"):
        body = (await guest.get(path)).body
        assert f"<bdi>{RIGHT_TO_LEFT}</bdi>" in body
        assert f"span>{RIGHT_TO_LEFT}" not in body


async def test_an_event_shows_why_and_where_it_went(guest: Visit) -> None:
    """By its key; an item by its id, and what was never seen with the reason."""
    events = (await data(guest, "/watches/yeast"))["events"]
    event = next(event for event in events if event["title"] == HOSTILE)
    shown = await page(guest, f"/event?key={quote(event['key'], safe='')}")
    for words in (HOSTILE, "Deliveries", "moody", "delivered", "Why", "license"):
        assert words in shown.text
    model = await data(guest, f"/event?key={quote(event['key'], safe='')}")
    assert {row["target"] for row in model["deliveries"]} == {"moody", "journal", "feed"}
    item = event["key"].rpartition(":")[2]
    assert HOSTILE in (await page(guest, f"/event?key={item}")).text
    assert "99999 was never seen" in (await page(guest, "/event?key=99999")).text
    assert (await guest.get("/event?key=yeast:new:1:2")).status in {200, 404}


async def test_deliveries_are_chosen(guest: Visit) -> None:
    """By target, watch and state; a wrong choice is a sentence."""
    shown = await page(guest, "/deliveries")
    assert "Retry now" in shown.text
    assert "Not today." in shown.text
    done = await data(guest, "/deliveries?state=done&target=journal")
    assert {row["target"] for row in done["deliveries"]} == {"journal"}
    wrong = await page(guest, "/deliveries?target=moodi")
    assert "did you mean “moody”" in wrong.text or 'did you mean "moody"' in wrong.text
    assert (await data(guest, "/deliveries?watch=inbox&after=x"))["deliveries"] == []


async def test_feeds_have_addresses(guest: Visit) -> None:
    """In each format; they can be fetched."""
    model = await data(guest, "/feeds")
    (feed,) = model["targets"]
    assert [address["format"] for address in feed["addresses"]] == ["Atom", "RSS", "JSON Feed"]
    for address in feed["addresses"]:
        path = address["address"].removeprefix(guest.origin)
        assert (await guest.get(path)).status == 200
        assert address["address"] in (await page(guest, "/feeds")).text
    watches = {row["watch"]: row["addresses"] for row in feed["of_watches"]}
    assert watches.keys() == set(feed["watches"])
    for address in watches["yeast"]:
        assert (await guest.get(address["address"].removeprefix(guest.origin))).status == 200


async def test_plugins_are_shown_with_their_state(guest: Visit) -> None:
    """Those that are left out with the reason."""
    shown = await page(guest, "/plugins")
    assert re.search(r"bad left out .*SyntaxError", shown.text)
    assert "gazelled plugins enable bad" in shown.text
    model = await data(guest, "/plugins")
    states = {plugin["name"]: plugin["state"] for plugin in model["used"]}
    assert (states["bad"], states["moody"]) == ("left out", "running")


async def test_the_config_is_shown_without_secrets(guest: Visit) -> None:
    """As it counts, with defaults; and whether its files are newer."""
    shown = await page(guest, "/config")
    for words in ("[tracker]", 'token = "********"', "[watch.yeast]", "[target.moody]", "15m"):
        assert words in shown.text
    assert not (await data(guest, "/config"))["files"][0]["is_newer"]
    guest.app.config.file.write_text(guest.app.config.file.read_text() + "# newer\n")
    assert "newer than what is in use" in (await page(guest, "/config")).text


@pytest.mark.parametrize("path", PATHS)
async def test_no_page_shows_a_secret_or_runs_foreign_text(guest: Visit, path: str) -> None:
    """Whatever the tracker's titles are, and without a script a page is whole."""
    reply = await guest.get(path)
    shown = Reader(reply.body)
    assert [script for script in shown.all("script") if set(script) != {"src", "defer"}] == []
    assert not [name for _, each in shown.elements for name in each if name.startswith("on")]
    assert not shown.all("b")
    assert "style" not in {name for _, each in shown.elements for name in each}
    assert all(address.startswith("/static/") for address in _loaded(shown))
    assert guest.app.config.secrets[0].get_secret_value() not in reply.body
    assert len(shown.all("main")) == len(shown.all("h1")) == 1
    assert all(form.get("method") == "get" or form["action"] for form in shown.all("form"))


def _loaded(shown: Reader) -> list[str]:
    sources = [each["src"] or "" for each in shown.all("script")]
    return sources + [each["href"] or "" for each in shown.all("link")]


async def test_every_page_has_json_of_the_same(guest: Visit) -> None:
    """Below `/api/v1`."""
    for shown in PAGES:
        path = shown.path.replace("{name}", "yeast")
        path = "/overview" if path == "/" else path
        query = "?key=1" if path == "/event" else ""
        assert isinstance(await data(guest, f"{path}{query}"), dict)


async def test_links_and_forms_keep_the_prefix(house: House, port: int) -> None:
    """Behind a proxy that serves other things, too."""
    async with busy(house, prefix="/lab") as app:
        visit = Visit(app, port)
        token = await app.access.renew()
        reply = await visit.get(f"/lab/login?token={token}")
        visit.cookies = {name: morsel.value for name, morsel in reply.cookies.items()}
        for path in PATHS:
            shown = await page(visit, f"/lab{path}")
            links = [*shown.all("a"), *shown.all("link")]
            own = [each["href"] or "" for each in links if (each["href"] or "").startswith("/")]
            own += [each["src"] or "" for each in shown.all("script")]
            own += [each["action"] or "" for each in shown.all("form") if each.get("action")]
            assert all(address.startswith(("/lab/", "#")) for address in own), own


async def test_the_config_page_shows_what_check_finds(guest: Visit) -> None:
    """Of the files as they are now, each with its place; they are read when they changed."""
    app = guest.app
    checks: list[Registry] = []

    def checked(earlier: Registry) -> CheckResult:
        checks.append(earlier)
        environ = {"TOKEN": "another-token-0123456789"}
        terms = ImportTerms(earlier=earlier)
        return check(app.config.file, environ, app.clock.now(), terms=terms)

    app.reloader = Reloader(app, ConfigSource(checked, lambda: None, lambda _: None))
    assert "watch.mouse" not in (await page(guest, "/config")).text
    text = app.config.file.read_text()
    app.config.file.write_text(f'{text}\n[watch.mouse]\nask = "browse"\nevry = "1h"\n')
    model = await data(guest, "/config")
    assert await data(guest, "/config") == model
    assert len(checks) == 2
    assert model["checked"]
    wrong = [finding for finding in model["findings"] if finding["severity"] == "error"]
    places = {finding["key"]: finding["place"].partition(":")[0] for finding in wrong}
    assert places == {"watch.mouse.evry": "config.toml", "plugin.bad.file": "config.toml"}
    assert "evry" in (await page(guest, "/config")).text
