"""Pages of plugins: in the frame, by its rules, and contained like every hook."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs
from tests.web.conftest import Visit

if TYPE_CHECKING:
    from tests.service.conftest import House

LAB = """
import asyncio
from markupsafe import Markup
from gazelled.plugin import GiveUp, RetryLater, WebFile, hookimpl

class NoHtml(str):
    def __html__(self):
        raise RuntimeError("no luck")

async def page(request, context):
    match request.path:
        case "html":
            return Markup("<b id='lab'>{}</b>").format("<i>&")
        case "json":
            return {"query": dict(request.query), "form": dict(request.form),
                    "method": request.method, "address": request.address}
        case "file":
            return WebFile(b"<script>alert(1)</script>", "text/html; charset=utf-8")
        case "type":
            return WebFile(b"", "text/csv\\r\\nX-Evil: 1")
        case "nothing":
            return None
        case "bug":
            raise ValueError("no luck")
        case "later":
            raise RetryLater("in a while", after=7.2)
        case "never":
            raise GiveUp("not here")
        case "slow":
            await asyncio.sleep(3600)
        case "object":
            return object()
        case "half":
            return "\\ud800"
        case "no html":
            return NoHtml("x")
        case "nan":
            return [float("nan")]
    return f"<i>{request.path}</i>"

async def open_to_all(request, context):
    return {"csrf": request.csrf}

@hookimpl
def gazelled_routes(register):
    register("", page, title="The <lab>")
    register("folder/", page, title="Folder")
    register("open.json", open_to_all, public=True)
"""


@pytest.fixture
async def lab(house: House, port: int) -> AsyncIterator[Visit]:
    """Load a plugin with pages into a daemon."""
    (house.home / "plugins" / "lab.py").write_text(LAB)
    house.more = '[plugin.lab]\nfile = "lab.py"\n'
    async with house.opened(web=True) as app:
        app.bus.caller.limits = replace(app.bus.caller.limits, limit=2.0)
        yield Visit(app, port)


async def test_the_page_of_plugins_leads_to_them(lab: Visit) -> None:
    """By their titles, which stand beside what else is known of the plugin."""
    await lab.log_in()
    main = (await lab.get("/plugins")).body.partition("<main")[2]
    assert '<dt>Pages</dt><dd><a href="/plugins/lab/">The &lt;lab&gt;</a>' in main
    assert '<a href="/plugins/lab/folder/">Folder</a></dd>' in main


@pytest.mark.parametrize("path", ["", "folder/html", "folder/json", "folder/bug", "folder/file"])
async def test_strangers_see_none(lab: Visit, path: str) -> None:
    """By GET or POST, whatever it would have been."""
    await lab.app.access.renew()
    for method in ("GET", "POST"):
        reply = await lab.send(method, f"/plugins/lab/{path}")
        assert "lab" not in reply.body
        assert reply.status in {303, 404, 405}


async def test_a_public_one_is_open_to_read(lab: Visit) -> None:
    """It learns no secret of the page, and takes no form of a stranger."""
    assert (await lab.get("/plugins/lab/open.json")).body == '{"csrf": ""}\n'
    assert (await lab.send("POST", "/plugins/lab/open.json", {"a": "b"})).status != 200


async def test_what_a_plugin_makes_stands_in_the_frame(lab: Visit) -> None:
    """A text is a text, and what says that it is HTML is that."""
    await lab.log_in()
    text = await lab.get("/plugins/lab/")
    assert (text.status, text.headers["cache-control"]) == (200, "no-store")
    assert "The &lt;lab&gt;" in text.body
    assert "<pre>&lt;i&gt;&lt;/i&gt;</pre>" in text.body
    html = await lab.get("/plugins/lab/folder/html")
    assert "<b id='lab'>&lt;i&gt;&amp;</b>" in html.body
    assert html.headers["content-security-policy"].startswith("default-src 'none'")
    assert "/actions/logout" in html.body
    assert '<a href="/plugins/lab/folder/">Folder</a>' in html.body


async def test_data_and_files_are_as_they_are(lab: Visit) -> None:
    """A file of a plugin runs no script, though it has the page's address."""
    await lab.log_in()
    data = json.loads((await lab.get("/plugins/lab/folder/json?a=1&a=2")).body)
    assert data == {"query": {"a": "2"}, "form": {}, "method": "GET", "address": "/plugins/lab/"}
    file = await lab.get("/plugins/lab/folder/file")
    assert (file.status, file.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "sandbox" in file.headers["content-security-policy"]
    assert file.headers["cache-control"] == "no-store"


async def test_a_form_needs_what_only_the_page_knows(lab: Visit) -> None:
    """The plugin never learns of one that another page sends, nor of what it has to send back."""
    await lab.log_in()
    csrf = (await lab.get("/plugins/lab/")).body.partition('name="csrf" value="')[2][:64]
    path = "/plugins/lab/folder/json"
    assert (await lab.post(path, {"a": "1"})).status == 403
    assert (await lab.post(path, {"a": "1", "csrf": "x"})).status == 403
    assert (await lab.post(path, {"csrf": csrf}, Origin="http://evil.example")).status == 403
    reply = await lab.post(path, {"a": "1", "csrf": csrf})
    data = json.loads(reply.body)
    assert (data["form"], data["method"]) == ({"a": "1"}, "POST")


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("folder/bug", 503, "ValueError: no luck"),
        ("folder/later", 503, "in a while"),
        ("folder/never", 404, "Not here"),
        ("folder/nothing", 404, "nothing at this address"),
        ("folder/type", 503, "be shown"),
        ("folder/object", 503, "be shown"),
        ("folder/nan", 503, "be shown"),
        ("folder/half", 503, "be shown"),
        ("folder/no%20html", 503, "be shown"),
        ("folder/slow", 503, "longer than"),
        ("other", 404, ""),
    ],
)
async def test_whatever_it_does_is_a_page(lab: Visit, path: str, status: int, text: str) -> None:
    """A failing or hanging one is an error page, and harms no other."""
    await lab.log_in()
    with capture_logs() as logs:
        reply = await lab.get(f"/plugins/lab/{path}")
    assert reply.status == status
    assert text in reply.body
    assert "Traceback" not in reply.body
    assert not [line for line in logs if line["log_level"] == "error"]
    assert (await lab.get("/plugins/lab/")).status == 200


async def test_failures_are_counted(lab: Visit) -> None:
    """Like those of every hook."""
    await lab.log_in()
    await lab.get("/plugins/lab/folder/bug")
    health = lab.app.bus.health()["lab"]
    assert health.failures == 1
    assert "no luck" in health.trouble


async def test_the_page_of_accessions(house: House, port: int) -> None:
    """A bundled plugin shows what its field finds in any text, with one's own notes."""
    table = house.home / "ours.csv"
    table.write_text("accession,note\nPRJNA128,<ours>\n")
    house.more = f'[plugin.accessions]\ntable = "{table}"\n'
    async with house.opened(web=True) as app:
        visit = Visit(app, port)
        await visit.log_in()
        body = (await visit.get("/plugins/accessions/?text=PRJNA128+and+%3Cb%3E")).body
        assert '<a href="https://www.ncbi.nlm.nih.gov/bioproject/PRJNA128">PRJNA128</a>' in body
        assert "&lt;ours&gt;" in body
        assert "<b>" not in body
        data = json.loads((await visit.get("/plugins/accessions/find.json?text=PRJNA128")).body)
        assert data[0]["notes"] == ["<ours>"]
