"""Who may read `/metrics`, and what a daemon without the library says."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from tests.web.conftest import Visit

from gazelled.config import load

if TYPE_CHECKING:
    from tests.service.conftest import House


async def test_the_token_opens_metrics(visit: Visit) -> None:
    """Strangers are told how to have them."""
    stranger = await visit.get("/metrics")
    assert (stranger.status, stranger.headers["www-authenticate"]) == (401, "Bearer")
    assert 'metrics = "open"' in stranger.body
    token = await visit.app.access.renew()
    reply = await visit.get("/metrics", Authorization=f"Bearer {token}")
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'gazelled_health{state="ok"} 1.0' in reply.body


async def test_they_are_open_where_the_config_says_so(house: House, port: int) -> None:
    """In the format that is asked for."""
    house.more = 'metrics = "open"'
    async with house.running(web=True) as app:
        reply = await Visit(app, port).get("/metrics", Accept="application/openmetrics-text")
    assert reply.headers["content-type"].startswith("application/openmetrics-text")
    assert reply.body.endswith("# EOF\n")


async def test_they_can_be_off(house: House, port: int) -> None:
    """For everybody."""
    house.more = 'metrics = "off"'
    async with house.running(web=True) as app:
        visit = Visit(app, port)
        token = await app.access.renew()
        assert (await visit.get("/metrics", Authorization=f"Bearer {token}")).status == 404


@pytest.fixture
def no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the library, as if the extra were not installed: None is how Python hides a module."""
    monkeypatch.setitem(sys.modules, "prometheus_client", None)


@pytest.mark.usefixtures("no_library")
async def test_without_the_library_a_sentence_says_what_to_install(house: House, port: int) -> None:
    """And `check` warns where metrics are wanted."""
    house.more = 'metrics = "open"'
    async with house.running(web=True) as app:
        reply = await Visit(app, port).get("/metrics")
        assert (reply.status, reply.body) == (
            501,
            "metrics need a library: pip install 'gazelled[metrics]'\n",
        )
        problems = load(app.config.file, house.environ).problems
    assert [str(one).partition(": ")[2] for one in problems] == [
        "web.metrics: warning: metrics need a library: pip install 'gazelled[metrics]'"
    ]
