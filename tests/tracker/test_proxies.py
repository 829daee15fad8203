"""Which proxy is used: the config's or the environment's, and what targets see of it."""

from __future__ import annotations

import os

import pytest
import requests
from requests.utils import get_environ_proxies

from gazelled.errors import ConfigError
from gazelled.tracker.transport.proxies import (
    OFF,
    Proxy,
    parse_proxy,
    proxy_environment,
    proxy_from_environment,
)

SITE = "https://tracker.example/"


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://p:3128"}, "p:3128 (HTTPS_PROXY)"),
        ({"https_proxy": "p:3128"}, "p:3128 (https_proxy)"),
        ({"HTTP_PROXY": "http://p:3128"}, None),
        ({"ALL_PROXY": "http://p"}, "p:80 (ALL_PROXY)"),
        ({"HTTPS_PROXY": "http://p:1", "ALL_PROXY": "socks5://q"}, "p:1 (HTTPS_PROXY)"),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "example"}, None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a, .tracker.example"}, None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "ker.example"}, "p:1 (HTTPS_PROXY)"),
        ({"HTTPS_PROXY": "http://p:1", "no_proxy": "*"}, None),
        ({"HTTPS_PROXY": " "}, None),
        ({"HTTPS_PROXY": "http://[fd00::1]:3128"}, "[fd00::1]:3128 (HTTPS_PROXY)"),
    ],
)
def test_the_environment(environ: dict[str, str], name: str | None) -> None:
    """The variables are read as other programs read them."""
    found = proxy_from_environment(environ, SITE)
    assert (found.where if found else None) == name


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.3.2.1", "[::1]"])
def test_never_for_this_machine(host: str) -> None:
    """The environment's proxy isn't asked for what runs here."""
    assert proxy_from_environment({"HTTPS_PROXY": "http://p:1"}, f"https://{host}:8443") is None
    assert proxy_from_environment({"HTTP_PROXY": "http://p:1"}, f"http://{host}") is None


def test_addresses_by_network() -> None:
    """NO_PROXY may name a network."""
    environ = {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "10.0.0.0/8"}
    assert proxy_from_environment(environ, "https://10.2.3.4") is None
    assert proxy_from_environment(environ, "https://11.2.3.4") is not None


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks4", "SOCKS"])
def test_socks(scheme: str) -> None:
    """SOCKS has its own sentence, and says where it was found."""
    with pytest.raises(ConfigError, match=r"^SOCKS proxies are not supported"):
        parse_proxy(f"{scheme}://127.0.0.1:1080")
    with pytest.raises(ConfigError, match=r"^ALL_PROXY of the environment: SOCKS"):
        proxy_from_environment({"ALL_PROXY": f"{scheme}://127.0.0.1:1080"}, SITE)


def test_keeps_the_password_to_itself() -> None:
    """What names a proxy for people has no password."""
    proxy = parse_proxy("http://me:geheim@p:3128")
    assert proxy.has_password
    assert "geheim" not in f"{proxy} {proxy.where} {proxy!r}"
    with pytest.raises(ConfigError) as caught:
        parse_proxy("me:geheim@p:3128")
    assert "geheim" not in str(caught.value)


def seen(url: str) -> str | None:
    """Return the proxy that the library of Apprise would use."""
    found: dict[str, str] = get_environ_proxies(url)
    return requests.utils.select_proxy(url, found)


def test_targets_follow_the_config(monkeypatch: pytest.MonkeyPatch) -> None:
    """The config's proxy holds for targets too, the environment's otherwise, never for loopback."""
    for name in ("HTTP_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://env:1")
    environ = os.environ
    before = dict(environ)
    with proxy_environment(Proxy("http://config:2"), environ, off=False):
        assert seen("https://ntfy.example") == "http://config:2"
        assert seen("http://ntfy.example") == "http://config:2"
        assert seen("http://127.0.0.1:8080") is None
        assert seen("https://localhost") is None
    with proxy_environment(Proxy("http://env:1", "HTTPS_PROXY"), environ, off=False):
        assert seen("https://ntfy.example") == "http://env:1"
        assert seen("https://127.0.0.1:8080") is None
    with proxy_environment(None, environ, off=True):
        assert seen("https://ntfy.example") is None
    assert dict(environ) == before
    assert OFF == "none"
