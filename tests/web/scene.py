"""A daemon with something to show: what was found, a watch that fails, a target that does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from io import StringIO
from typing import TYPE_CHECKING

from tests.service.conftest import LONG

from gazelled import logs
from gazelled.clock import Clock
from gazelled.errors import TrackerError
from gazelled.service.health_report import health_report
from gazelled.testing import Fault

if TYPE_CHECKING:
    from tests.service.conftest import House

    from gazelled.service.app import App

HOSTILE = '<script>document.title="taken"</script><b onmouseover=alert(1)>W303</b> "reads" & more'
"""A title that would change a page that let it."""

READS = "S. cerevisiae S288C reads"
PROTEOME = "Yeast proteome"
LATER = "S. cerevisiae BY4741 reads"

WATCHES = """
[watch.yeast]
about = "Yeast sequences that may be redistributed"
ask = "browse"
every = "15m"
tell = ["moody", "journal", "feed"]
[watch.yeast.match]
license = ["Public Domain", "CC0"]
size.max = "50 GiB"
[watch.strains]
about = "Everything on {each}"
ask = "browse"
each = ["BY4741", "W303"]
match.title = "{each}"
every = "1h"
tell = ["feed"]
[watch.inbox]
about = "Messages to me"
ask = "inbox"
every = "2h"
tell = ["journal"]
[watch.wanted]
ask = "requests"
every = "1h"
tell = ["journal"]
"""

LEFT_OUT = """
[plugin.bad]
file = "bad.py"
"""


@asynccontextmanager
async def busy(house: House, *, prefix: str = "") -> AsyncIterator[App]:
    """Let a daemon run that has found things, has a watch that fails and a delivery that waits."""
    house.watches = WATCHES
    house.more = f'prefix = "{prefix}"\n{LEFT_OUT}' if prefix else LEFT_OUT
    (house.home / "plugins" / "bad.py").write_text("def broken(:\n")
    async with _logged(house), house.running(web=True) as app:
        await house.told("Watching yeast", "Watching wanted", "Watching inbox")
        await house.until(lambda: "Watching yeast" in house.arrived())
        house.mood("later")
        house.sim.fail(Fault.STATUS_ERROR, action="requests")
        for title, wants in ((READS, "CC0"), (HOSTILE, "CC0"), (PROTEOME, "CC BY-SA")):
            house.sim.world.publish(title, license=wants, format="FASTQ", seeders=2)
        await app.run_watch("yeast")
        with suppress(TrackerError):
            await app.run_watch("wanted")
        await house.told(READS)
        async with asyncio.timeout(LONG):
            while not {"target moody", "watch wanted"} <= await _problems(app):  # noqa: ASYNC110 - there is no event for it
                await asyncio.sleep(0.01)
        slow_down(house.clock)
        yield app


@asynccontextmanager
async def _logged(house: House) -> AsyncIterator[None]:
    """Log as the daemon does, since a page shows it."""
    now = house.clock.now
    logs.set_up(format="json", level="info", redactor=house.redactor, stream=StringIO(), now=now)
    try:
        yield
    finally:
        logs.reset()


async def _problems(app: App) -> set[str]:
    return {problem.subject for problem in (await health_report(app)).problems}


def slow_down(clock: Clock) -> None:
    """Let time pass as in the world from now on, so that nothing becomes late meanwhile."""
    passed, clock.speed = clock.monotonic(), 1.0
    clock._zero = time.monotonic() - passed
