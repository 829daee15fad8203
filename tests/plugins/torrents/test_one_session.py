"""The session with a client: opened once for all torrents, closed at the end."""

from __future__ import annotations

import itertools
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gazelled.plugin import Event, RetryLater, TargetFault, TorrentFile
from gazelled.plugin.plugin_context import NO_PLUGIN
from gazelled.testing.plugin_kit import PluginKit, PluginTarget
from gazelled_plugins.torrents.doctor import check_clients
from gazelled_plugins.torrents.options import Options

from .counting_proxy import CountingProxy
from .real_clients import WRONG, RealClient, make, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

NAMES = (f"shared {number}" for number in itertools.count())
KEEPS = ("qbittorrent", "transmission", "deluge")
"""The clients whose protocol keeps a connection; rTorrent's closes it after each reply."""


@pytest.fixture
def proxy(client: RealClient) -> Iterator[CountingProxy]:
    """Return a proxy in front of a client."""
    if client.name not in KEEPS:
        pytest.skip(f"{client.program} has no connection to keep")
    with CountingProxy(client.port) as running:
        yield running


def put(gz: PluginKit, client: RealClient, proxy: CountingProxy, **more: Any) -> PluginTarget:  # noqa: ANN401 - as free as options
    """Return a target that reaches a client by the proxy, and has three torrents to add."""
    url = client.url.replace(f":{client.port}", f":{proxy.port}")
    target = gz.target("torrents", **client.options() | {"url": url, "paused": True} | more)
    for number in (1, 2, 3):
        made = make(next(NAMES))
        target.files[number] = TorrentFile(
            number, made.sha1, made.name, len(made.data), made.content
        )
    return target


def listed(client: RealClient, target: PluginTarget) -> bool:
    """Return whether the client has all torrents."""
    files = [file for file in target.files.values() if isinstance(file, TorrentFile)]
    return client.torrents().keys() >= {file.infohash for file in files}


def test_one_connection_serves_all_torrents(
    gz: PluginKit, client: RealClient, proxy: CountingProxy
) -> None:
    """It is closed when the daemon stops."""
    target = put(gz, client, proxy)
    outcomes = target.deliver_all([gz.event(id=str(number)) for number in target.files])
    assert outcomes == [None, None, None]
    until(lambda: listed(client, target))
    assert proxy.opened == 1
    until(lambda: proxy.open == 0)


def test_it_is_opened_anew_after_a_failure(
    gz: PluginKit, client: RealClient, proxy: CountingProxy
) -> None:
    """A client that was restarted costs no more than another connection."""
    target = put(gz, client, proxy)

    def events() -> Iterator[Event]:
        yield gz.event(id="1")
        proxy.cut()
        yield gz.event(id="2")
        yield gz.event(id="3")

    assert target.deliver_all(events()) == [None, None, None]
    until(lambda: listed(client, target))
    assert proxy.opened == 2
    until(lambda: proxy.open == 0)


def test_a_check_reaches_the_client_and_adds_nothing(gz: PluginKit, client: RealClient) -> None:
    """It logs in, and says what is wrong as a delivery does."""
    before = client.torrents().keys()
    assert gz.target("torrents", **client.options()).check()
    assert client.torrents().keys() == before


def test_a_check_finds_a_wrong_password(gz: PluginKit, client: RealClient) -> None:
    """Where there is one."""
    if "password" not in client.options():
        pytest.skip(f"{client.program} has no log-in")
    with pytest.raises(TargetFault, match="refuses"):
        gz.target("torrents", **client.options(WRONG)).check()


def test_a_check_finds_that_nothing_listens(gz: PluginKit) -> None:
    """As a delivery would."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(RetryLater, match="Transmission"):
            gz.target("torrents", client="transmission", url=url).check()


async def test_the_doctor_names_versions_and_free_space(client: RealClient) -> None:
    """Of each target's client."""
    options = Options.model_validate(client.options())
    [finding] = await check_clients(replace(NO_PLUGIN, targets={"seedbox": options}))
    assert finding.rating == "good"
    assert re.search(r"at \S+: version \d[\w. +()-]*, ", finding.text), finding.text
    assert re.search(r"\d \w?i?B free\.|space is free is unknown\.", finding.text), finding.text


async def test_the_doctor_says_what_is_wrong_with_a_client(tmp_path: Path) -> None:
    """And goes on with the others."""
    here = Options.model_validate({"client": "folder", "folder": tmp_path})
    gone = Options.model_validate({"client": "folder", "folder": tmp_path / "gone"})
    targets = {"there": here, "gone": gone}
    good, bad = await check_clients(replace(NO_PLUGIN, targets=targets))
    assert (good.rating, bad.rating) == ("good", "bad")
    assert "free" in good.text
    assert "gone" in bad.text
