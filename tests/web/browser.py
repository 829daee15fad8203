"""Chromium, as a person uses it: driven by playwright, where both are installed."""

from __future__ import annotations

import importlib.util
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.web.conftest import Visit

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
MISSING = [
    *(["Chromium"] if not CHROMIUM else []),
    *(
        ["pip install 'gazelled[browser]'"]
        if not importlib.util.find_spec("playwright")
        or not importlib.util.find_spec("axe_playwright_python")
        else []
    ),
]
with_browser = pytest.mark.skipif(bool(MISSING), reason=f"needs {' and '.join(MISSING)}")
"""Marks a test that opens pages in Chromium."""

SERIOUS = {"serious", "critical"}
PATIENCE = 60_000.0
"""Milliseconds that a page may take to show something: three runs share two processors."""


@asynccontextmanager
async def browser() -> AsyncIterator[Any]:
    """Start Chromium; it ends with the context."""
    from playwright.async_api import async_playwright  # noqa: PLC0415 - it may be absent

    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            yield chromium
        finally:
            await chromium.close()


class Person:
    """
    Somebody at a browser, who is logged in by the link.

    Attributes:
        page: The page that is open.
        visit: The daemon.
        errors: What the browser complained about: errors of scripts, and what the CSP forbade.
        elsewhere: What was requested of others than the daemon.

    """

    def __init__(self, page: Any, visit: Visit) -> None:  # noqa: ANN401 - the library may be absent
        self.page = page
        self.visit = visit
        self.errors: list[str] = []
        self.elsewhere: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._console)
        page.on("dialog", self._dialog)
        page.on("request", self._request)

    async def open(self, path: str) -> None:
        """Open a page of the daemon, and wait until it is loaded."""
        await self.page.goto(f"{self.visit.origin}{path}", wait_until="load")

    async def text(self) -> str:
        """Return what a person reads on the page."""
        return str(await self.page.inner_text("body"))

    async def shows(self, text: str | re.Pattern[str]) -> None:
        """Wait until the page shows a text, or one that a pattern finds."""
        await self.page.get_by_text(text).first.wait_for(timeout=PATIENCE)

    async def violations(self) -> list[str]:
        """Return what axe finds that is serious."""
        from axe_playwright_python.async_playwright import Axe  # noqa: PLC0415 - as above

        results = await Axe().run(self.page)
        return [
            f"{found['id']} ({found['impact']}): {found['nodes'][0]['html']}"
            for found in results.response["violations"]
            if found["impact"] in SERIOUS
        ]

    async def width(self) -> int:
        """Return how wide the page is, with what has to be scrolled to."""
        return int(await self.page.evaluate("document.documentElement.scrollWidth"))

    def _console(self, message: Any) -> None:  # noqa: ANN401 - as above
        if message.type == "error":
            self.errors.append(message.text)

    async def _dialog(self, dialog: Any) -> None:  # noqa: ANN401 - as above
        self.errors.append(f"a dialog: {dialog.message}")
        await dialog.dismiss()

    def _request(self, request: Any) -> None:  # noqa: ANN401 - as above
        if not request.url.startswith((self.visit.origin, "data:")):
            self.elsewhere.append(request.url)


@asynccontextmanager
async def person(visit: Visit, **options: object) -> AsyncIterator[Person]:
    """Let somebody log in with Chromium; `options` are those of a context of playwright."""
    token = await visit.app.access.renew()
    async with browser() as chromium:
        context = await chromium.new_context(**options)
        context.set_default_timeout(PATIENCE)
        someone = Person(await context.new_page(), visit)
        await someone.open(f"/login?token={token}")
        yield someone
