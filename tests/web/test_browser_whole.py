"""The page in Chromium, all of it: content, schemes, widths, keyboard, actions, other origins."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from aiohttp import web
from tests.web.browser import browser, person, with_browser
from tests.web.conftest import Visit
from tests.web.scene import HOSTILE, LATER, PROTEOME, READS, slow_down

from gazelled.errors import TrackerError
from gazelled.service.web import web_site
from gazelled.service.web.live import change_stream
from gazelled.store import DeliveryChoice
from gazelled.testing import Fault

if TYPE_CHECKING:
    from tests.service.conftest import House
    from tests.web.browser import Person

pytestmark = [pytest.mark.machine, with_browser]

RULE = quote('match.license = ["CC BY-SA"]')
PAGES = {
    "/": "Something needs attention",
    "/?find=nothing": "No watch has",
    "/watches/yeast": "Try another rule",
    "/watches/wanted": "Search returned an error",
    "/watches/strains:W303": "Everything on W303",
    f"/watches/yeast?rule={RULE}": "It adds 1",
    "/watches/yeast?rule=%5D": "not TOML",
    "/watches/none": "404",
    "/event?key=62": "S288C",
    "/event?key=99999": "was never seen",
    "/deliveries": "Not today",
    "/deliveries?state=done": "delivered",
    "/deliveries?target=nobody": "there is no target",
    "/feeds": "Atom",
    "/plugins": "SyntaxError",
    "/config": "[tracker]",
    "/log": "watch.failed",
}
"""What each page shows, however it is asked for."""
_SEEN = """
seen => {
  Object.defineProperty(document, "hidden", {get: () => !seen, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}
"""
"""A headless browser believes all of its tabs to be seen."""
STOPPED = "gazelled can’t do its job"  # noqa: RUF001 - as the page writes it
PHONE = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 900}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_every_page_can_be_read_by_everybody(
    guest: Visit, scheme: str, size: dict[str, int], tmp_path: Path
) -> None:
    """Axe finds nothing serious, nothing scrolls to the side, nothing comes from elsewhere."""
    async with person(guest, viewport=size, color_scheme=scheme) as someone:
        for number, (path, words) in enumerate(PAGES.items()):
            await someone.open(path)
            assert words.casefold() in (await someone.text()).casefold(), path
            assert await someone.violations() == [], path
            assert await someone.width() <= size["width"], path
            await someone.page.screenshot(path=tmp_path / f"{number}.png", full_page=True)
        assert someone.elsewhere == []
        assert [error for error in someone.errors if "404" not in error] == []
        back = await someone.page.evaluate("getComputedStyle(document.body).backgroundColor")
        light = int(re.findall(r"\d+", back)[0]) > 128
        assert light == (scheme == "light")


async def test_what_a_row_says_stands_in_one_line_on_a_phone(guest: Visit) -> None:
    """The state of a delivery and its buttons begin where its title does."""
    async with person(guest, viewport=PHONE) as someone:
        await someone.open("/deliveries")
        row = someone.page.locator(".deliveries > li").first
        parts = [row.locator(part).first for part in ("a", ".badge", "button")]
        boxes = [await part.bounding_box() for part in parts]
        assert len({round(box["x"]) for box in boxes if box}) == 1, boxes
        assert all(boxes)


async def test_it_opens_by_the_keyboard_alone(guest: Visit) -> None:
    """The first stop leads past the frame; then come pages, and every stop is seen."""
    async with person(guest) as someone:
        await someone.open("/")
        await someone.page.keyboard.press("Tab")
        assert await _focused(someone) == "Skip to the content"
        await someone.page.keyboard.press("Enter")
        assert await someone.page.evaluate("document.activeElement.id") == "main"
        await someone.page.keyboard.press("Tab")
        assert await _focused(someone) in {"Find a watch", "wanted", "Resume requests now"}

        await someone.open("/watches/yeast")
        names = []
        for _ in range(60):
            await someone.page.keyboard.press("Tab")
            names.append(await _focused(someone))
            outline = "getComputedStyle(document.activeElement).outlineStyle"
            assert await someone.page.evaluate(outline) != "none", names[-1]
            if names[-1] == "rule":
                break
        assert names.index("Deliveries") < names.index("Run now yeast") < names.index("rule")
        await someone.page.keyboard.press("Control+A")
        await someone.page.keyboard.type('match.license = ["CC BY-SA"]')
        await someone.page.keyboard.press("Tab")
        await someone.page.keyboard.press("Enter")
        await someone.shows("It adds")
        assert PROTEOME in await someone.text()
        assert someone.errors == []


async def _focused(someone: Person) -> str:
    """Return the name of what has the focus, as a screen reader says it."""
    script = """(() => { const focus = document.activeElement; return (
        focus.textContent.trim() && focus.tagName !== "TEXTAREA" ? focus.textContent.trim()
        : focus.id).replace(/\\s+/g, " ") })()"""
    return str(await someone.page.evaluate(script))


async def test_screen_readers_find_landmarks_headings_and_names(guest: Visit) -> None:
    """One main part, one first heading, no level left out, tables with captions, fields named."""
    async with person(guest) as someone:
        for path in PAGES:
            await someone.open(path)
            for role in ("main", "navigation", "banner", "contentinfo"):
                assert await someone.page.get_by_role(role).count() >= 1, (path, role)
            levels = await someone.page.evaluate(
                "[...document.querySelectorAll('h1,h2,h3,h4')].map(head => +head.tagName[1])"
            )
            assert levels[0] == 1
            assert levels.count(1) == 1
            assert all(after - before <= 1 for before, after in pairwise(levels))
            assert await someone.page.locator("table:not(:has(caption))").count() == 0
            bare = "input:not([type=hidden]), select, textarea"
            for field in await someone.page.locator(bare).all():
                labelled = await field.evaluate("field => field.labels.length")
                assert labelled == 1, path


async def test_everything_stays_current(guest: Visit, house: House) -> None:
    """What is found, what fails and what is delivered, on several pages at once."""
    async with person(guest) as someone:
        await someone.open("/")
        await someone.page.locator("#live.on").wait_for()
        await someone.page.evaluate("window.loaded = 'once'")
        deliveries = await someone.page.context.new_page()
        await deliveries.goto(f"{guest.origin}/deliveries")
        await deliveries.get_by_text("Not today").first.wait_for()
        house.sim.world.publish(LATER, license="CC0")
        await guest.app.run_watch("yeast")
        await someone.shows(LATER)
        house.mood("")
        await deliveries.get_by_role("button", name="Retry now").first.click()
        await deliveries.get_by_text("Nothing waits, failed or was given up.").wait_for()
        await someone.page.locator("#targets-section", has_not_text="waiting").wait_for()
        assert await someone.page.evaluate("window.loaded") == "once"
        assert someone.errors == []


async def test_a_delivery_is_dropped_after_a_second_thought(guest: Visit) -> None:
    """One click opens the question, another answers it."""
    async with person(guest) as someone:
        await someone.open("/deliveries")
        before = await someone.page.get_by_role("button", name="Retry now").count()
        await someone.page.locator("summary", has_text=re.compile("^Drop…")).first.click()
        await someone.page.get_by_role("button", name="Drop it for good").first.click()
        await someone.shows("1 delivery dropped.")
        assert await someone.page.get_by_role("button", name="Retry now").count() == before - 1


async def test_the_tracker_is_asked_again_by_a_click(guest: Visit, house: House) -> None:
    """After a stop, which stands first on the page."""
    house.sim.fail(Fault.FORBIDDEN)
    with pytest.raises(TrackerError):
        await guest.app.run_watch("yeast")
    async with person(guest) as someone:
        await someone.open("/")
        assert STOPPED in await someone.text()
        house.sim.repair()
        await someone.page.get_by_role("button", name="Resume requests now").click()
        await someone.shows(re.compile("Requests are sent again"))
        await someone.page.get_by_text(STOPPED).wait_for(state="detached")


async def test_it_is_whole_without_scripts(guest: Visit) -> None:
    """Every page and every action."""
    async with person(guest, java_script_enabled=False) as someone:
        for path, words in PAGES.items():
            await someone.open(path)
            assert words.casefold() in (await someone.text()).casefold(), path
        await someone.open("/watches/yeast")
        await someone.page.get_by_role("button", name="Run now").click()
        await someone.shows(re.compile("yeast has run: |This is under way"))
        await someone.page.fill("#rule", 'match.license = ["CC BY-SA"]')
        await someone.page.get_by_role("button", name="Try").click()
        await someone.shows("It adds")
        await someone.open("/deliveries")
        await someone.page.get_by_role("button", name="Retry now").first.click()
        await someone.shows("1 delivery will be tried again at once.")
        await someone.page.get_by_role("button", name="Log out").click()
        await someone.shows("You are logged out.")


async def test_hostile_titles_change_nothing(guest: Visit) -> None:
    """They are shown as they are: no element of theirs, no script, no handler."""
    async with person(guest) as someone:
        for path in ("/", "/watches/yeast", "/watches/strains:W303", "/event?key=63", "/log"):
            await someone.open(path)
            shown = someone.page.get_by_text(HOSTILE, exact=False).first
            assert await shown.count() or path == "/log", path
            assert await someone.page.title() != "taken", path
            assert await someone.page.locator("main b, main script, [onmouseover]").count() == 0
        await someone.open("/watches/yeast")
        await someone.page.get_by_role("link", name=HOSTILE).first.click()
        assert HOSTILE in await someone.page.inner_text("h1")
        assert someone.errors == []


@asynccontextmanager
async def _served(html: str) -> AsyncIterator[str]:
    """Serve a page at an origin of its own, on this machine; yield its address."""

    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(text=html, content_type="text/html")

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        port = runner.addresses[0][1]
        yield f"http://127.0.0.1:{port}/"
    finally:
        await runner.cleanup()


async def test_a_page_of_another_origin_reads_nothing_and_does_nothing(guest: Visit) -> None:
    """Although the browser is logged in, and sends its cookie where it may."""
    own, waiting = json.dumps(guest.origin), DeliveryChoice(target="moody")
    evil = f"""<!doctype html><title>evil</title><body><script>
    const own = {own};
    const tries = {{
      api: () => fetch(own + "/api/v1/overview", {{credentials: "include"}}).then(r => r.text()),
      page: () => fetch(own + "/", {{credentials: "include"}}).then(r => r.text()),
      act: () => fetch(own + "/api/v1/actions/resume", {{method: "POST", body: "{{}}",
        credentials: "include"}}).then(r => r.text()),
      events: () => new Promise((yes, no) => {{
        const events = new EventSource(own + "/events", {{withCredentials: true}});
        events.onopen = () => yes("open"); events.onerror = no; }}),
      script: () => new Promise((yes, no) => {{
        const script = document.createElement("script");
        script.src = own + "/api/v1/overview"; script.onload = () => yes("ran");
        script.onerror = no; document.body.append(script); }}),
      frame: () => new Promise((yes, no) => {{
        const frame = document.createElement("iframe");
        frame.src = own + "/"; frame.onload = () => {{
          try {{ yes(frame.contentDocument.body.textContent); }} catch (error) {{ no(error); }} }};
        document.body.append(frame); }}),
    }};
    window.results = Promise.all(Object.entries(tries).map(async ([name, attempt]) => {{
      try {{ return [name, "got " + await attempt()]; }} catch {{ return [name, "nothing"]; }} }}));
    </script><form id="form" method="post" action={own[:-1]}/actions/deliveries.drop"
    ><input name="target" value="moody"><input name="yes" value="yes"><input name="csrf"></form>"""
    before = len(await guest.app.store.deliveries.chosen(waiting))
    async with person(guest) as someone, _served(evil) as address:
        await someone.page.goto(address)
        results = dict(await someone.page.evaluate("window.results"))
        assert {
            name: text for name, text in results.items() if text not in {"nothing", "got "}
        } == {}
        await someone.page.evaluate("document.getElementById('form').submit()")
        await someone.shows("A page of another site has sent this; nothing was done.")
        assert len(await guest.app.store.deliveries.chosen(waiting)) == before > 0
        await someone.open("/")  # and the person is still logged in
        assert "Something needs attention" in await someone.text()


async def test_strangers_see_the_form_alone(guest: Visit) -> None:
    """On a phone and in the dark, too; a wrong token says so, the right one opens all."""
    token = await guest.app.access.renew()
    async with browser() as chromium:
        page = await chromium.new_page(viewport=PHONE, color_scheme="dark")
        await page.goto(f"{guest.origin}/watches/yeast")
        assert READS not in await page.content()
        assert await page.evaluate("document.activeElement.id") == "token"
        assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        await page.fill("#token", "wrong")
        await page.keyboard.press("Enter")
        await page.get_by_text("This is not the token").wait_for()
        await page.fill("#token", token)
        await page.keyboard.press("Enter")
        await page.get_by_text("Something needs attention").wait_for()
        assert token not in page.url


async def test_an_address_is_copied_by_a_click(guest: Visit) -> None:
    """For a feed reader."""
    options = {"permissions": ["clipboard-read", "clipboard-write"]}
    async with person(guest, **options) as someone:
        await someone.open("/feeds")
        address = await someone.page.locator("button[data-copy]").first.get_attribute("data-copy")
        await someone.page.locator("button[data-copy]").first.click()
        await someone.shows("Copied")
        assert await someone.page.evaluate("navigator.clipboard.readText()") == address


async def test_a_page_that_lost_its_daemon_says_so(house: House, port: int) -> None:
    """And is current again when that is back."""
    async with house.running(web=True) as app:
        await house.told("Watching yeast")
        slow_down(house.clock)
        async with person(Visit(app, port)) as someone:
            await someone.open("/")
            await someone.page.locator("#live.on").wait_for()
            app.stopping.set()
            await someone.shows("Not connected")
            assert "yeast" in await someone.text()


async def test_a_page_without_a_network_says_since_when_it_is_old(guest: Visit) -> None:
    """Nobody reads on it that all is well."""
    async with person(guest) as someone:
        await someone.open("/")
        await someone.page.locator("#live.on").wait_for()
        await someone.page.context.set_offline(True)
        guest.app.happenings.changes.announce("watches")
        await someone.shows("This page could not be loaded again. It shows how things were at")
        assert await someone.page.title() == "Not current · gazelled"
        assert await someone.violations() == []


async def test_a_page_that_cannot_be_made_says_so(
    guest: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it showed may be wrong by now; it is current again once it can be made."""
    async with person(guest) as someone:
        await someone.open("/")
        await someone.page.locator("#live.on").wait_for()
        with monkeypatch.context() as patch:
            patch.setattr(web_site, "MADE_WITHIN", 0.0)
            guest.app.happenings.changes.announce("watches")
            await someone.shows("This page could not be loaded again.")
        guest.app.happenings.changes.announce("watches")
        await someone.page.locator("#stale").wait_for(state="hidden")
        assert await someone.page.title() == "Needs attention · gazelled"


async def test_a_page_that_could_not_follow_tries_again(
    guest: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an error of a proxy, or once others have left."""
    monkeypatch.setattr(change_stream, "MOST", 0)
    async with person(guest) as someone:
        await someone.open("/")
        await someone.shows("Not connected")
        monkeypatch.undo()
        await someone.page.locator("#live.on").wait_for()


async def test_a_page_that_nobody_sees_follows_nothing(
    guest: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many tabs are open, the one that is seen is current."""
    monkeypatch.setattr(change_stream, "MOST", 1)
    async with person(guest) as someone:
        await someone.open("/")
        await someone.page.locator("#live.on").wait_for()
        other = await someone.page.context.new_page()
        await someone.page.evaluate(_SEEN, False)  # noqa: FBT003 - what the script takes
        await other.goto(f"{guest.origin}/log")
        await other.locator("#live.on").wait_for()
        await other.close()
        await someone.page.evaluate(_SEEN, True)  # noqa: FBT003 - likewise
        await someone.page.locator("#live.on").wait_for()


async def test_a_watch_is_paused_and_resumed(guest: Visit) -> None:
    """The first page says so meanwhile."""
    async with person(guest) as someone:
        await someone.open("/watches/inbox")
        await someone.page.get_by_role("button", name="Pause").click()
        await someone.shows("inbox is paused.")
        await someone.open("/")
        assert "Watch inbox" in await someone.text()
        await someone.open("/watches/inbox")
        await someone.page.get_by_role("button", name="Resume").click()
        await someone.shows("inbox is resumed.")
        assert someone.errors == []


async def test_all_deliveries_of_a_choice_are_dropped(guest: Visit) -> None:
    """After a second thought, too."""
    async with person(guest) as someone:
        await someone.open("/deliveries?target=moody")
        await someone.page.locator("summary", has_text="Drop all").click()
        await someone.page.get_by_role("button", name="Drop all that are chosen").click()
        await someone.shows("2 deliveries dropped.")
        await someone.shows("Nothing waits, failed or was given up.")
        assert someone.errors == []
