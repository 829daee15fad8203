"""The page in Chromium: what each run of the tests looks at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.web.browser import person, with_browser
from tests.web.scene import HOSTILE, LATER, READS

if TYPE_CHECKING:
    from tests.service.conftest import House
    from tests.web.conftest import Visit

pytestmark = with_browser
RUN = re.compile("yeast has run: |This is under way")


async def test_the_first_page_is_good_to_read_on_a_phone(guest: Visit) -> None:
    """Nothing has to be scrolled to the side, and axe finds nothing serious."""
    async with person(guest, viewport={"width": 320, "height": 640}) as someone:
        await someone.open("/")
        assert "Something needs attention" in await someone.text()
        assert READS in await someone.text() or HOSTILE in await someone.text()
        assert await someone.width() == 320
        assert await someone.violations() == []
        assert someone.errors == someone.elsewhere == []


async def test_it_stays_current(guest: Visit, house: House) -> None:
    """What is found is shown without loading the page again, and nobody loses what they type."""
    async with person(guest) as someone:
        await someone.open("/watches/yeast")
        await someone.page.locator("#live.on").wait_for()
        await someone.page.evaluate("window.loaded = 'once'")
        await someone.page.fill("#rule", "match.seeders.min = 1")
        house.sim.world.publish(LATER, license="CC0")
        await guest.app.run_watch("yeast")
        await someone.shows(LATER)
        assert await someone.page.evaluate("window.loaded") == "once"
        assert await someone.page.input_value("#rule") == "match.seeders.min = 1"
        assert someone.errors == []


async def test_a_watch_is_run_by_a_click(guest: Visit) -> None:
    """And the page says what came of it."""
    async with person(guest) as someone:
        await someone.open("/watches/yeast")
        await someone.page.get_by_role("button", name="Run now").click()
        await someone.shows(RUN)
        assert someone.errors == []
