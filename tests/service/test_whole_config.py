"""The config that comes with gazelled, whole: an evening, a night and a morning, by each log-in."""

from __future__ import annotations

import asyncio
import csv
import re
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from tests.json_lines import read_json_lines
from tests.service.conftest import UNHURRIED

from gazelled import logs
from gazelled.demo.clock import FastClock
from gazelled.demo.phone import phone
from gazelled.redact import Redactor
from gazelled.service.app import App
from gazelled.service.compose import open_app
from gazelled.service.configuration.check import CheckResult, check
from gazelled.service.control.client import ask_once
from gazelled.service.control.protocol import WatchRunRequest
from gazelled.service.systemd.sd_notify import Notifier
from gazelled.testing import Fault, Simulator, World
from gazelled.testing.ports import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

HERE = Path(__file__).parents[2]
SAMPLE = (HERE / "config.toml").read_text("utf-8")
HOUR = timedelta(hours=1)
SUNDAY = datetime(2026, 3, 1, 19, tzinfo=UTC)
NIGHT, MORNING, EIGHT = SUNDAY + 2 * HOUR, SUNDAY + 11 * HOUR, SUNDAY + 13 * HOUR
"""When the phone's quiet hours begin and end, and when it is eight on Monday, in UTC."""

GIB = 2**30
LONG = 90.0
CLIENT_PASSWORD = "of-the-client"
FIRST = {
    "yeast",
    "strains:BY4741",
    "ratio",
    "last-seeder",
    "my-requests",
    "inbox",
    "news",
    "figures",
}
"""The watches that look at once; the others wait for their time of day."""

LONELY, BUSY = 1, 18
OLD = 62
"""Torrents: two of a collage, the first with one seeder; and one that a person bookmarked."""
FIGURES = 3
"""So many answers with figures there are at least: at the start, and twice by a person."""
WAYS = ("token", "login", "cookies")
PLUGINS = """
[target.sheet]
plugin = "lab-sheet"
path = "lab.csv"
[watch.sheet]
ask = "browse"
match.title = "W303"
tell = ["sheet", "seedbox"]
[plugin.look]
file = "look.py"
"""
LOOK = """
from pathlib import Path
from gazelled.plugin import hookimpl

@hookimpl
async def gazelled_answered(answer):
    if answer.call.action == "stats":
        with Path(__file__).with_suffix(".txt").open("a") as file:
            file.write(f"{len(answer.payload)}\\n")
"""


@dataclass(frozen=True)
class Message:
    """What the phone got, and when."""

    at: datetime
    title: str
    text: str


class Client:
    """
    A torrent client that answers as qBittorrent does.

    Attributes:
        url: Its address.
        names: The names of the files that were added.

    """

    def __init__(self) -> None:
        self.url = ""
        self.names: list[str] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve its Web UI."""
        routes = web.Application()
        routes.router.add_post("/api/v2/auth/login", self._log_in)
        routes.router.add_get("/api/v2/app/webapiVersion", self._version)
        routes.router.add_route("*", "/api/v2/torrents/info", self._list)
        routes.router.add_post("/api/v2/torrents/add", self._add)
        runner = web.AppRunner(routes, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield
        finally:
            await runner.cleanup()

    async def _log_in(self, request: web.Request) -> web.Response:
        form = await request.post()
        return web.Response(text="Ok." if form["password"] == CLIENT_PASSWORD else "Fails.")

    async def _version(self, _: web.Request) -> web.Response:
        return web.Response(text="2.11.4")

    async def _list(self, _: web.Request) -> web.Response:
        return web.json_response([])

    async def _add(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.names += [part.filename for part in form.values() if isinstance(part, web.FileField)]
        return web.Response(text="Ok.")


@dataclass
class Stay:
    """
    A household that uses the config, and what it saw.

    Attributes:
        way: How it logs in.
        home: The folder of its config.
        clock: Its time.
        sim: The tracker.
        port: Where its feeds are served.
        checked: What `gazelled check` says.
        blamed: What it says is wrong while that which the log-in can't ask stands there, too.
        phone: What the phone got.
        feed: The feed in the end.
        client: The torrent client.

    """

    way: str
    home: Path
    clock: FastClock
    sim: Simulator
    port: int
    checked: CheckResult = field(init=False)
    blamed: list[str] = field(default_factory=list)
    phone: list[Message] = field(default_factory=list)
    feed: str = ""
    client: Client = field(default_factory=Client)

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.home / "state"

    def arrived(self, title: str, text: str) -> None:
        """Keep what the phone gets."""
        self.phone.append(Message(self.clock.now(), title, text))

    def got(self, beginning: str) -> list[Message]:
        """Return the messages whose headlines begin so."""
        return [each for each in self.phone if each.title.startswith(beginning)]

    def journal(self) -> list[dict[str, str]]:
        """Read the journal."""
        file = self.state / "targets" / "journal" / "journal.jsonl"
        return read_json_lines(file)

    def entries(self) -> list[str]:
        """Read the headlines in the feed."""
        return re.findall(r"<title[^>]*>([^<]*)</title>", self.feed)

    def lines(self, name: str) -> list[str]:
        """Read the lines of a file beside the config."""
        file = self.home / name
        return file.read_text().splitlines() if file.exists() else []

    def rows(self) -> list[list[str]]:
        """Read the rows of new items in the lab's sheet."""
        sheet = csv.reader(self.lines("state/targets/sheet/lab.csv"))
        return [row for row in sheet if ":new:" in row[0]]

    def plugins_have_theirs(self) -> bool:
        """Check that figures, rows and torrents have arrived where plugins bring them."""
        fetched = self.way == "token" or bool(self.client.names)
        return fetched and bool(self.rows()) and len(self.lines("plugins/look.txt")) >= FIGURES


def whole(stay: Stay) -> str:
    """
    Take the comment signs from the tables of the sample, and let it fit this machine.

    `[watch-defaults]` stays as it is, which would move the times of all others.
    """
    blocks = SAMPLE.split("\n\n")
    for number, block in enumerate(blocks):
        header = block.lstrip("\n").partition("]")[0]
        if header.startswith("# [") and header != "# [watch-defaults":
            blocks[number] = re.sub(r"(?m)^# (\[|[\w.]+ = )", r"\1", block)
    text = "\n\n".join(blocks)
    text = text.replace("https://biotorrents.de", stay.sim.url).replace("8765", str(stay.port))
    text = text.replace("http://127.0.0.1:8080", stay.client.url)
    if stay.way != "token":
        text = re.sub(r"(?m)^token = .*\n", "", text)
        text = re.sub(rf"(?m)^# ({stay.way} = )", r"\1", text)
    # A code of a second factor is good for half a minute, and a minute passes too soon here.
    return text.replace(', totp = { secret = "totp" }', "")


def without(text: str, header: str) -> str:
    """Take a table out of a config."""
    return "\n\n".join(block for block in text.split("\n\n") if f"[{header}]" not in block)


async def move_in(stay: Stay, number: str) -> None:
    """Write what a person writes, and check it."""
    for folder in ("secrets", "plugins", "conf.d"):
        (stay.home / folder).mkdir(mode=0o700, parents=True)
    me = stay.sim.world.user("me")
    secrets = {
        "tracker-token": stay.sim.token(),
        "password": me.password,
        "phone": number,
        "qbittorrent": CLIENT_PASSWORD,
        "mail": "of a mailbox",
        "hook": "whsec_" + "aGFyZGx5IGEgc2VjcmV0IHRoYXQga2VlcHMh",
    }
    for name, value in secrets.items():
        (stay.home / "secrets" / name).touch(mode=0o600)
        (stay.home / "secrets" / name).write_text(value)
    await write_cookies(stay)
    shutil.copy(HERE / "plugins" / "examples" / "lab_sheet.py", stay.home / "plugins")
    (stay.home / "plugins" / "look.py").write_text(LOOK)
    (stay.home / "conf.d" / "sheet.toml").write_text(PLUGINS)
    file = stay.home / "config.toml"
    for text in (whole(stay), without(whole(stay), "watch.top10")):
        file.write_text(text)
        stay.blamed += [str(each) for each in check(file, {}, stay.clock.now()).all]
    file.write_text(whole(stay))
    if stay.way == "token":
        file.write_text(without(without(whole(stay), "watch.top10"), "target.seedbox"))
        sheet = stay.home / "conf.d" / "sheet.toml"
        sheet.write_text(PLUGINS.replace(', "seedbox"', ""))
    stay.checked = check(file, {}, stay.clock.now())


async def write_cookies(stay: Stay) -> None:
    """Log in as a browser does, and export its cookies."""
    me = stay.sim.world.user("me")
    form = {"username": me.name, "password": me.password}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{stay.sim.url}/login.php", data=form, allow_redirects=False) as answer,
    ):
        pairs = {name: morsel.value for name, morsel in answer.cookies.items()}
    rows = [f"127.0.0.1\tFALSE\t/\tFALSE\t0\t{name}\t{value}" for name, value in pairs.items()]
    file = stay.home / "cookies.txt"
    file.touch(mode=0o600)
    file.write_text("\n".join(["# Netscape HTTP Cookie File", *rows, ""]))
    stay.sim.arrivals.clear()


async def happen(stay: Stay, app: App) -> None:
    """Let the night and the morning pass at the tracker."""
    world, me = stay.sim.world, stay.sim.world.user("me")
    first = [source for source, watches in app.watcher.sources.items() if watches[0].name in FIRST]
    async with asyncio.timeout(LONG):
        while not {*first} <= {*await app.store.last_runs()}:  # noqa: ASYNC110 - tasks of the app make it hold
            await asyncio.sleep(0.02)
    await run(stay, "removed")

    await until_at(stay, NIGHT + HOUR / 6)
    world.publish("S. cerevisiae W303 reads", size=7 * GIB, accession="NC_001133.9")
    world.publish("Yeast proteome", license="CC BY-SA")
    world.publish("Heat shock of BY4741", tags=["rna"])
    world.send("Your question", "All reads are from one clone.", sender="uploader1")
    world.announce("Seeders wanted")
    world.requests.vote(1)
    world.set_peers(BUSY, seeders=1)
    world.set_peers(LONELY, seeders=5)
    world.delete(OLD)
    me.uploaded, me.downloaded = int(18.8 * GIB), 20 * GIB
    await run(stay, "removed")
    await run(stay, "removed")
    # By the schedule they could come after the night where the machine is busy.
    await run(stay, "yeast")
    await run(stay, "sheet")
    await run(stay, "figures")
    await run(stay, "figures")
    await run(stay, "ratio")
    await until(stay, "Ratio")
    me.uploaded = 24 * GIB

    await until_at(stay, EIGHT + HOUR / 3)
    await until(stay, "gazelled is alive", "Over: ratio")
    stay.sim.fail(Fault.BAD_GATEWAY)
    await until(stay, "BioTorrents.de hasn't answered")
    stay.sim.repair()
    await until(stay, "BioTorrents.de is back")
    async with asyncio.timeout(LONG):
        while not stay.plugins_have_theirs():  # noqa: ASYNC110 - plugins make it hold
            await asyncio.sleep(0.02)
    address = f"http://127.0.0.1:{stay.port}/lab-feed.atom"
    async with aiohttp.ClientSession() as http, http.get(address) as answer:
        stay.feed = await answer.text()


async def run(stay: Stay, name: str) -> None:
    """Let a watch look now, as a person does."""
    await ask_once(stay.state / "control.sock", WatchRunRequest(name))


async def until(stay: Stay, *beginnings: str) -> None:
    """Wait until the phone got messages that begin so."""
    async with asyncio.timeout(LONG):
        while not all(map(stay.got, beginnings)):  # noqa: ASYNC110 - a web server makes it hold
            await asyncio.sleep(0.02)


async def until_at(stay: Stay, moment: datetime) -> None:
    """Wait for a time of day."""
    await stay.clock.sleep((moment - stay.clock.now()).total_seconds())


async def stayed(stay: Stay) -> Stay:
    """Let a household live from Sunday evening to Monday morning."""
    async with stay.sim, stay.client.running(), phone(stay.arrived) as number:
        await move_in(stay, number)
        assert stay.checked.config is not None, [str(each) for each in stay.checked.all]
        async with open_app(
            stay.checked.config,
            stay.state,
            clock=stay.clock,
            redactor=Redactor(),
            environ={},
            spread=False,
        ) as app:
            stay.clock.begin()
            life = asyncio.create_task(app.forever(Notifier({})), name="daemon")
            try:
                await happen(stay, app)
            finally:
                app.stopping.set()
                await life
    return stay


@pytest.fixture(scope="module")
def stays(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Stay]:
    """Let three households live at the same time, each with a tracker of its own."""

    def heard(event: Mapping[str, object]) -> None:
        # Five minutes of this clock, after which a schedule has stalled, are a ninth of a second.
        stalled = event.get("event") == "daemon.stalled"
        if event.get("level") in {"error", "critical"} and not stalled:
            troubles.append(str(event))

    async def together() -> list[Stay]:
        homes = [lodging(way, tmp_path_factory.mktemp(way)) for way in WAYS]
        return await asyncio.gather(*map(stayed, homes))

    troubles: list[str] = []
    import_module("apprise")  # which takes an hour of this night
    logs.set_up(format="json", level="info", redactor=Redactor(), listener=heard, quiet=True)
    try:
        found = {stay.way: stay for stay in asyncio.run(together())}
    finally:
        logs.reset()
    assert troubles == []
    return found


def lodging(way: str, home: Path) -> Stay:
    """Prepare a household with what it begins with."""
    clock = FastClock(speed=2700.0, start=SUNDAY)
    world = World(clock)
    world.bookmark(world.publish("Old assembly", time=SUNDAY - HOUR).group.id)
    sim = Simulator(world=world, clock=clock, close_after=UNHURRIED)
    return Stay(way, home, clock, sim, free_port())


by_each = pytest.mark.parametrize("way", WAYS)


def test_what_a_token_cannot_do_is_told(stays: Mapping[str, Stay]) -> None:
    """A watch that needs a log-in is an error before anything runs; more stands below the plan."""
    blamed, seedbox = stays["token"].blamed
    assert re.fullmatch(
        r"config\.toml:\d+: watch\.top10\.ask: top10 needs login or cookies, a token isn't enough: "
        r"A token gets an error page\.",
        blamed,
    )
    assert seedbox.endswith(
        ": target.seedbox.plugin: a token can't fetch .torrent files from BioTorrents.de, which "
        "torrents needs: that requires login or cookies"
    )
    assert stays["token"].checked.blind == (
        "A token can't request forum, notifications, raw_bbcode, subscriptions, top10, userhistory "
        "or wiki, nor fetch .torrent files: that requires login or cookies."
    )


@pytest.mark.parametrize("way", WAYS[1:])
def test_a_log_in_can_do_all(stays: Mapping[str, Stay], way: str) -> None:
    """By a password or cookies nothing is wrong, and nothing is left out."""
    assert (stays[way].blamed, stays[way].checked.blind) == ([], "")


@by_each
def test_the_plan_keeps_the_share(stays: Mapping[str, Stay], way: str) -> None:
    """All watches together take less than a tenth, and those that ask the same ask once."""
    plan = stays[way].checked.plan
    assert plan is not None
    assert not plan.over
    assert plan.of("strains:BY4741") is plan.of("strains:YPS128")


@by_each
def test_new_yeast_that_may_be_redistributed(stays: Mapping[str, Stay], way: str) -> None:
    """What fits is told once at each target; what has another licence nowhere."""
    stay = stays[way]
    (message,) = stay.got("New: S. cerevisiae W303 reads")
    assert message.text.startswith("7 GiB FASTQ · Illumina HiSeq · CC0 · 1 seeder\n")
    assert message.text.endswith("\nyeast · why: gazelled why yeast:new:63")
    assert [line["title"] for line in stay.journal()].count("S. cerevisiae W303 reads") == 1
    assert stay.entries().count("New: S. cerevisiae W303 reads") == 1
    told = [each for each in stay.phone if each.title != "top10"]
    assert "proteome" not in f"{told}{stay.journal()}{stay.feed}"


@by_each
def test_everything_on_a_strain(stays: Mapping[str, Stay], way: str) -> None:
    """One watch for each term tells what has it, where it was told to."""
    assert stays[way].entries().count("New: Heat shock of BY4741") == 1
    assert stays[way].got("New: Heat shock") == []


@by_each
def test_the_ratio(stays: Mapping[str, Stay], way: str) -> None:
    """It is told once when it is so and once when it is over."""
    # How the watch begins may come between the two: it isn't urgent, and waits for the morning.
    alerts = ("Ratio", "Over: ratio")
    (low, over) = [message for message in stays[way].phone if message.title.startswith(alerts)]
    assert (low.title, over.title) == ("Ratio 0.94, below 1.0", "Over: ratio 1.2, at least 1.1")
    assert low.text.startswith(
        "Up 18.8 GiB, down 20 GiB. It is over at 1.1: upload 3.2 GiB more.\n"
    )
    assert f"{stays[way].sim.url}/user.php?id=2" in over.text


@by_each
def test_the_last_seeder_of_each_data_set(stays: Mapping[str, Stay], way: str) -> None:
    """What is so at the first look is one message; then each begins and ends by itself."""
    stay = stays[way]
    assert len(stay.got("last-seeder: 3 of 7 items match already")) == 1
    one = [each.title for each in stay.phone if "seeders 1, at most 1" in each.title]
    assert len(one) == 1
    assert len(stay.got("Over: Saccharomyces cerevisiae S288C reference genome: seeders 5")) == 1


@by_each
def test_messages_and_news_stay_unread(stays: Mapping[str, Stay], way: str) -> None:
    """They are told, and the site still shows them as unread."""
    stay, me = stays[way], stays[way].sim.world.user("me")
    assert len(stay.got("New message: Your question")) == 1
    assert len(stay.got("Announcement: Seeders wanted")) == 1
    written = max(stay.sim.world.conversations)
    assert me.id in stay.sim.world.conversations[written].unread
    assert (me.read_news, me.read_blog) == (0, 0)


@by_each
def test_requests_change_and_bookmarks_go(stays: Mapping[str, Stay], way: str) -> None:
    """What they were and what they are; and what left a list, after a second look."""
    stay = stays[way]
    (changed,) = stay.got("Changed: ")
    assert changed.title.endswith("Request 1: the same strain on Nanopore")
    assert {"votes 1 → 2", "bounty 100 MiB → 120 MiB"} <= {*changed.text.splitlines()}
    assert [each.title for each in stay.got("Gone: ")] == ["Gone: Old assembly"]


@by_each
def test_the_top_10_on_monday(stays: Mapping[str, Stay], way: str) -> None:
    """A log-in gets all of it at eight; a token can't have that watch."""
    got = stays[way].got("top10")
    assert len(got) == (way != "token")
    assert all(each.at >= EIGHT and "Sea urchin gene network" in each.text for each in got)


@by_each
def test_quiet_hours_hold_and_what_is_urgent_passes(stays: Mapping[str, Stay], way: str) -> None:
    """What came in the night is told in the morning, and the ratio before what came earlier."""
    stay = stays[way]
    held = [*stay.got("New: "), *stay.got("Gone: "), *stay.got("New message"), *stay.got("Changed")]
    assert all(each.at >= MORNING for each in held)
    told = [each.title for each in stay.phone]
    assert told.index("Ratio 0.94, below 1.0") < told.index("New: S. cerevisiae W303 reads")
    (line,) = [each for each in stay.journal() if each["title"] == "S. cerevisiae W303 reads"]
    assert datetime.fromisoformat(line["at"]) < stay.got("New: S. cerevisiae W303")[0].at


@by_each
def test_notices(stays: Mapping[str, Stay], way: str) -> None:
    """A sign of life on Monday at eight; an outage once when it begins and once when it is over."""
    stay = stays[way]
    (alive,) = stay.got("gazelled is alive")
    assert alive.at >= EIGHT
    assert "nothing missed.\n" in alive.text
    assert [each.title.split()[1] for each in stay.got("BioTorrents.de")] == ["hasn't", "is"]


@by_each
def test_plugins_get_theirs(stays: Mapping[str, Stay], way: str) -> None:
    """Figures go to who looks at answers, a data set into the lab's sheet and to the client."""
    stay = stays[way]
    assert len(stay.lines("plugins/look.txt")) >= FIGURES
    assert [row[1:3] for row in stay.rows()] == [["S. cerevisiae W303 reads", "CC0"]]
    assert stay.client.names == ([] if way == "token" else ["63.torrent"])


@by_each
def test_nothing_is_told_twice_and_the_limit_holds(stays: Mapping[str, Stay], way: str) -> None:
    """All of it at the pace of a guest."""
    stay = stays[way]
    assert len({(each.title, each.text) for each in stay.phone}) == len(stay.phone)
    assert min(stay.sim.gaps()) >= 6
    assert {each.verdict for each in stay.sim.arrivals} <= {"ok", "page", Fault.BAD_GATEWAY.value}
