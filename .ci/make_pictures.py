"""
Makes the pictures of the README from the real thing: the demo, and the page of its daemon.

    pip install -e '.[browser]'          # and Chromium
    python .ci/make_pictures.py          # writes docs/pictures/

Both exist for light and dark. The demo is a text: what a terminal shows becomes SVG.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from html import escape
from pathlib import Path

from playwright.async_api import async_playwright

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
PROGRAM = [sys.executable, "-m", "gazelled"]
SECONDS = 46
"""A day of the demo, with all that happens in it."""

WIDE, HIGH = 1120, 1290
LINES, CELL, LINE, MARGIN, BAR = 21, 7.83, 19, 18, 34
SCHEMES = {
    "light": {
        "back": "#ffffff",
        "ink": "#1d2226",
        "soft": "#5a636b",
        "line": "#e3dfd8",
        "✓": "#17663a",
        "✗": "#a3211b",
    },
    "dark": {
        "back": "#191d20",
        "ink": "#e7e9ea",
        "soft": "#a0a9b0",
        "line": "#2b3136",
        "✓": "#7fd6a0",
        "✗": "#ff9d94",
    },
}


def marked(text: str, colours: dict[str, str]) -> str:
    """Return a text as SVG, with signs in their colours."""
    return re.sub(
        "[✓✗]", lambda sign: f'<tspan fill="{colours[sign[0]]}">{sign[0]}</tspan>', escape(text)
    )


def terminal(lines: list[str], colours: dict[str, str]) -> str:
    """Return what a terminal shows as SVG."""
    width = round(max(map(len, lines)) * CELL + 2 * MARGIN)
    height = BAR + LINE * len(lines) + MARGIN
    ink, soft, line = colours["ink"], colours["soft"], colours["line"]
    dots = "".join(
        f'<circle cx="{MARGIN + 4 + 18 * number}" cy="{BAR / 2}" r="5" fill="{line}"/>'
        for number in range(3)
    )
    rows = []
    for number, text in enumerate(lines):
        y = BAR + LINE * number + 14
        time = re.match(r"\d\d:\d\d(?= )", text)
        head, rest = (time[0], text[5:]) if time else ("", text)
        colour = soft if re.match("A sim|One|       looked", text) else ink
        rows.append(
            f'<text x="{MARGIN}" y="{y}" fill="{colour}" xml:space="preserve">'
            f'<tspan fill="{soft}">{head}</tspan>{marked(rest, colours)}</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="ui-monospace, SFMono-Regular, Menlo, '
        'Consolas, DejaVu Sans Mono, monospace" font-size="13">'
        f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="10" '
        f'fill="{colours["back"]}" stroke="{line}"/>{dots}{"".join(rows)}</svg>\n'
    )


async def page(address: str) -> None:
    """Take a picture of the page in each scheme; the address logs in."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for scheme in ("light", "dark"):
            context = await chromium.new_context(
                color_scheme=scheme,  # type: ignore[arg-type]  # it is one of those
                viewport={"width": WIDE, "height": HIGH},
                device_scale_factor=1.25,
            )
            shown = await context.new_page()
            await shown.goto(address)
            await shown.locator("#live.on").wait_for()
            await shown.screenshot(path=PICTURES / f"page-{scheme}.png")
            await context.close()
        await chromium.close()


async def main() -> None:
    """Play the demo for a day, and take the pictures while it goes on."""
    PICTURES.mkdir(exist_ok=True)
    demo = await asyncio.create_subprocess_exec(
        *PROGRAM, "demo", stdout=asyncio.subprocess.PIPE, limit=2**20
    )
    lines: list[str] = []

    async def read() -> None:
        while demo.stdout and (line := await demo.stdout.readline()):
            lines.append(line.decode().rstrip())

    reading = asyncio.create_task(read())
    try:
        await asyncio.sleep(SECONDS)
        journal = next(line for line in lines if line.startswith("Journal")).split()[1]
        state = journal.partition("/targets/")[0]
        token = await asyncio.create_subprocess_exec(
            *PROGRAM, "--state", state, "web", "token", stdout=asyncio.subprocess.PIPE
        )
        link, _ = await token.communicate()
        await page(link.decode().split()[0])
    finally:
        demo.terminate()
        await demo.wait()
        await reading
    first = next(number for number, line in enumerate(lines) if line.startswith("       yes"))
    shown = ["$ gazelled demo", *lines[:2], "", *lines[first - 1 :][:LINES]]
    for scheme, colours in SCHEMES.items():
        (PICTURES / f"demo-{scheme}.svg").write_text(terminal(shown, colours), "utf-8")
    print("\n".join(shown))


asyncio.run(main())
