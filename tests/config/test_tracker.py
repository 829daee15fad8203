"""The table of the tracker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gazelled.config import credentials_digest
from gazelled.tracker.login.auth import CookieAuth, LoginAuth, TokenAuth

if TYPE_CHECKING:
    from tests.config.conftest import Home

TOKEN = 'token = { secret = "tracker-token" }'


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("", "1: tracker: no way to log in: write token, login or cookies"),
        (
            TOKEN + '\ncookies = { file = "secrets/tracker-token" }',
            "4: tracker.cookies: more than one way to log in; keep token or cookies",
        ),
        (
            'token = "abc"',
            (
                "3: tracker.token: do not put the secret in this file; write it to the file"
                ' secrets/token beside the config, and here token = { secret = "token" }'
            ),
        ),
        ("token = 3", 'expected { secret = "token" }, { env = "…" } or { file = "…" }'),
        ('token = { secrte = "x" }', 'unknown kind of reference; did you mean "secret"?'),
        (
            'token = { env = "NOPE" }',
            "the environment variable NOPE is not set; set it, or use another way",
        ),
        ('login = { username = "me" }', "3: tracker.login.password: missing"),
        ('login = { password = { env = "PHONE" } }', "3: tracker.login.username: missing"),
        (
            'login = { username = "me", password = { env = "PHONE" }, top = { env = "PHONE" } }',
            '3: tracker.login.top: unknown key; did you mean "totp"?',
        ),
        ('cookies = { file = "none.txt" }', "3: tracker.cookies: there is no file"),
        (TOKEN + '\nproxy = "http://u:canary@h"', "tracker.proxy: it holds a password"),
        (TOKEN + '\nproxy = "socks5://h"', "SOCKS proxies are not supported"),
        (TOKEN + '\nproxy = "h:1"', 'tracker.proxy: expected an address like "http'),
        (TOKEN + '\nca = "none.pem"', "4: tracker.ca: there is no file"),
        (TOKEN + '\nzone = "Europe/Berln"', 'unknown time zone; did you mean "Europe/Berlin"?'),
        (TOKEN + '\nscheme = "Bearer x"', "4: tracker.scheme: expected one word"),
        (TOKEN + '\nendpoint = "https://x"', "4: tracker.endpoint: expected the name of a file"),
        (TOKEN + "\ndownloads_a_day = 1001", "4: tracker.downloads_a_day: expected 0 to 1000"),
        (TOKEN + "\ndownloads_a_day = -1", "4: tracker.downloads_a_day: expected 0 to 1000"),
        (TOKEN + "\ndownloads_a_day = true", "4: tracker.downloads_a_day: expected a whole number"),
        (TOKEN + '\ncontact = "a\\nb"', "4: tracker.contact: expected an address"),
        (
            TOKEN + '\nuser_agent = "lab\\n"',
            "4: tracker.user_agent: expected a name in plain",
        ),
        (TOKEN + "\nshare = 0", "4: tracker.share: expected more than 0"),
        (TOKEN + '\nshare = "101%"', "4: tracker.share: expected more than 0"),
        (TOKEN + '\n[tracker.limit]\nper = "0s"', "5: tracker.limit.per: expected a duration"),
        (TOKEN + "\n[tracker.limit]\nper = inf", "5: tracker.limit.per: expected more than 0"),
        (
            TOKEN + "\n[tracker.limit]\nrequests = 0",
            "5: tracker.limit.requests: expected 1 or more",
        ),
        (TOKEN + '\nlimit.floor = "5m"', "4: tracker.limit.floor: warning: below 15m"),
        (
            "[tracker.limit]\n" + TOKEN,
            (
                "4: tracker.limit.token: belongs to [tracker] but stands below [tracker.limit];"
                " move it above that line"
            ),
        ),
    ],
)
def test_tells_what_is_wrong(home: Home, lines: str, problem: str) -> None:
    """A mistake is one problem, with its line and what was wanted, without a secret."""
    found = home.tracker(lines)
    assert len(found) == 1
    assert problem in found[0]
    assert "canary" not in found[0]


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "expected an address"),
        ("biotorrents.de", "expected an address"),
        ("ftp://biotorrents.de", "expected an address"),
        ("http://[::1", "expected an address"),
        ("https://x:99999", "expected an address"),
        ("http://biotorrents.de", "http:// would send your secrets unprotected"),
        ("https://me:canary@biotorrents.de", "the address must not contain a user name"),
        ("https://biotorrents.de/?a=1", "without ? and #"),
    ],
)
def test_checks_the_address(home: Home, url: str, problem: str) -> None:
    """Only an address that keeps secrets safe is taken."""
    found = home.problems(home.file.read_text().replace("https://tracker.example", url))
    assert len(found) == 1
    assert found[0].startswith("config.toml:2: tracker.url: ")
    assert problem in found[0]
    assert "canary" not in found[0]


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost/", "http://[::1]:80/x"])
def test_loopback_needs_no_tls(home: Home, url: str) -> None:
    """Plain http is fine inside this machine."""
    text = home.file.read_text().replace("https://tracker.example", url)
    assert home.config(text).tracker.url == url.rstrip("/")


def test_an_address_is_needed(home: Home) -> None:
    """A tracker without an address is told with an example of one."""
    text = home.file.read_text().replace('url = "https://tracker.example"\n', "")
    assert home.problems(text) == [
        'config.toml:1: tracker.url: missing; write url = "https://biotorrents.de"'
    ]


def test_takes_a_log_in(home: Home) -> None:
    """User name, password and second factor are a way to log in."""
    home.secret("password", "canary password ü\n")
    lines = 'login = { username = "me", password = { secret = "password" }, totp = { env = "T" } }'
    home.environ["T"] = "ABCD EFGH"
    assert home.tracker(lines) == []
    auth = home.config().tracker.auth
    assert isinstance(auth, LoginAuth)
    assert auth.password == "canary password ü"
    assert auth.totp
    assert auth.totp == "ABCD EFGH"


def test_takes_cookies(home: Home) -> None:
    """A cookie file is found beside the config."""
    file = home.secret("cookies.txt", "canary")
    assert home.tracker('cookies = { file = "secrets/cookies.txt" }') == []
    assert home.config().tracker.auth == CookieAuth(file)
    assert home.tracker('cookies = { secret = "cookies.txt" }') == []


def test_reads_limits(home: Home) -> None:
    """Durations are texts or seconds, shares are percent or parts."""
    lines = TOKEN + '\nshare = 0.5\nscheme = ""\n[tracker.limit]\nrequests = 5\nper = 10'
    assert home.tracker(lines) == []
    tracker = home.config().tracker
    assert (tracker.share, tracker.effective.requests, tracker.effective.per) == (0.5, 5, 10.0)
    assert isinstance(tracker.auth, TokenAuth)
    assert not tracker.effective.scheme


def test_a_token_is_one_word(home: Home) -> None:
    """A token that would break the header is told, not sent."""
    home.secret("tracker-token", "canary one\ncanary two")
    assert home.problems() == [
        "config.toml:3: tracker.token: the secret must be one line without spaces"
    ]


def test_the_digest_follows_the_way_to_log_in(home: Home) -> None:
    """It changes with the address and the secret, with nothing else, and holds neither."""
    before = credentials_digest(home.config().tracker)
    more = home.file.read_text() + '[watch.more]\nask = "inbox"\ntell = ["phone"]\n'
    assert credentials_digest(home.config(more).tracker) == before
    elsewhere = credentials_digest(
        home.config(more.replace("tracker.example", "other.example")).tracker
    )
    home.secret("tracker-token", "canary-other")
    assert len({before, elsewhere, credentials_digest(home.config(more).tracker)}) == 3
    assert len(before) == 32


def test_the_digest_follows_the_cookies(home: Home) -> None:
    """New cookies in the file are a new way to log in."""
    home.secret("c", "canary-1")
    home.tracker('cookies = { secret = "c" }')
    before = credentials_digest(home.config().tracker)
    home.secret("c", "canary-2")
    assert credentials_digest(home.config().tracker) != before


def test_a_page_is_no_address(home: Home) -> None:
    """Who names the page of the API is told the address of the site, and where the page goes."""
    (found,) = home.problems(
        home.file.read_text().replace("tracker.example", "tracker.example/g/api.php")
    )
    assert 'write url = "https://tracker.example/g" and endpoint = "api.php"' in found
    (found,) = home.problems(home.file.read_text().replace("/g/api.php", "/AJAX.php/"))
    assert 'write url = "https://tracker.example" and endpoint = "ajax.php"' in found
    (found,) = home.problems(home.file.read_text().replace("/AJAX.php/", "/g/index.php"))
    assert found.endswith('it names a page of the site: write url = "https://tracker.example/g"')


def test_a_ca_without_certificates(home: Home) -> None:
    """A file without certificates is found before anything is sent."""
    home.write("no certificate", "ca.pem")
    (found,) = home.tracker(TOKEN + '\nca = "ca.pem"')
    assert "4: tracker.ca: expected a PEM file with certificates: There is no certificate" in found


def test_the_environment_may_name_a_proxy(home: Home) -> None:
    """What the config doesn't say the environment does; `none` switches it off."""
    home.environ["HTTPS_PROXY"] = "http://me:canary@proxy.example:3128"
    config = home.config()
    assert config.tracker.proxy
    assert config.tracker.proxy.where == "proxy.example:3128 (HTTPS_PROXY)"
    assert "canary" not in repr(config)
    assert any("canary@proxy" in secret.get_secret_value() for secret in config.secrets)
    text = home.file.read_text()
    config = home.config(text.replace("[tracker]", '[tracker]\nproxy = "none"'))
    assert config.tracker.proxy is None
    assert config.tracker.proxies_off
    config = home.config(text.replace("[tracker]", '[tracker]\nproxy = "http://127.0.0.1:1"'))
    assert config.tracker.proxy
    assert config.tracker.proxy.where == "127.0.0.1:1 (proxy in [tracker])"
    home.environ["HTTPS_PROXY"] = "socks5://127.0.0.1:1080"
    (found,) = home.problems(text)
    assert "tracker.proxy: HTTPS_PROXY of the environment: SOCKS proxies are not" in found


def test_another_proxy_is_another_way(home: Home) -> None:
    """A stop for a proxy's password ends when that is fixed; the environment's is nobody's."""
    text = home.file.read_text()
    before = credentials_digest(home.config().tracker)
    home.environ["HTTPS_PROXY"] = "http://proxy.example:3128"
    assert credentials_digest(home.config().tracker) == before
    home.secret("proxy", "http://me:canary@proxy.example:3128")
    with_proxy = text.replace("[tracker]", '[tracker]\nproxy = { secret = "proxy" }')
    wrong = credentials_digest(home.config(with_proxy).tracker)
    home.secret("proxy", "http://me:right@proxy.example:3128")
    assert len({before, wrong, credentials_digest(home.config(with_proxy).tracker)}) == 3
