"""Checks `[tracker]` beyond its types, and builds it."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from urllib.parse import SplitResult

from pydantic import SecretStr

from gazelled.config.checks.profile_table import check_site
from gazelled.config.document.key_lines import Key
from gazelled.config.document.problems import Report
from gazelled.config.document.references import References
from gazelled.config.model import Limit, Tracker
from gazelled.config.tables import LoginTable, TrackerTable
from gazelled.errors import ConfigError
from gazelled.regular_file import is_regular
from gazelled.text import either
from gazelled.tracker.login.auth import Auth, CookieAuth, LoginAuth, TokenAuth
from gazelled.tracker.sites.profiles import Profile
from gazelled.tracker.transport.proxies import (
    IN_CONFIG,
    OFF,
    Proxy,
    http_address,
    is_loopback,
    parse_proxy,
    proxy_from_environment,
)
from gazelled.tracker.transport.trust import ca_problem

WAYS = ("token", "login", "cookies")
_AT: Key = ("tracker",)
_PAGE = re.compile(r"\.(?:php|html?)/?$", re.ASCII | re.IGNORECASE)
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s*%", re.ASCII)


def check_tracker(
    table: TrackerTable, given: set[str], profile: Profile, references: References, report: Report
) -> Tracker | None:
    """
    Check the table and build the tracker.

    Args:
        table: The table.
        given: The keys that stand in the file, fitting or not.
        profile: What the site takes for granted.
        references: Follows references.
        report: Where problems go.

    Returns:
        The tracker, or None if it can't be built.

    """
    if not given:
        report.error(_AT, "[tracker] is missing: it names the site and the way to log in")
        return None
    if "url" not in given:
        report.error((*_AT, "url"), 'missing; write url = "https://biotorrents.de"')
        host = ""
    else:
        host = _check_url(table.url, report)
    site = check_site(_AT, table, profile, report)
    if not table.contact.isprintable() or not table.contact.isascii():
        report.error((*_AT, "contact"), "wanted an address in plain ASCII on one line")
    auth = _check_auth(table, given, references, report)
    proxy = _check_proxy(table, references, report)
    share = _check_share(table.share, report)
    if table.catch_up < 0:
        report.error((*_AT, "catch_up"), "wanted 0 or more")
    ca = references.path(table.ca) if table.ca else None
    if ca and not is_regular(ca):
        report.error((*_AT, "ca"), f"there is no file {ca}")
    elif problem := ca_problem(ca):
        report.error((*_AT, "ca"), f"expected a PEM file with certificates: {problem}")
    if auth is None:
        return None
    return Tracker(
        url=table.url.rstrip("/"),
        name=table.name or host,
        auth=auth,
        scheme=site.scheme,
        endpoint=site.endpoint,
        share=share,
        limit=Limit(site.requests, site.per, site.floor),
        ca=ca,
        proxy=proxy,
        proxies_off=table.proxy == OFF,
        zone=site.zone,
        contact=table.contact,
        profile=profile,
        catch_up=table.catch_up,
    )


def digest(tracker: Tracker) -> str:
    """
    Return a digest of the way to the tracker, so that a change of it can be noticed.

    The hash is slow and salted with the address: guessing a secret from it isn't worth it.
    """
    match tracker.auth:
        case TokenAuth(token):
            parts = ["token", tracker.scheme, token]
        case LoginAuth(username, password, totp):
            parts = ["login", username, password, totp]
        case cookies:
            parts = ["cookies", hashlib.sha256(_content(cookies.file)).hexdigest()]
    proxy = tracker.proxy
    if proxy and proxy.origin == IN_CONFIG:
        parts.append(proxy.address)
    text = json.dumps([tracker.endpoint, *parts]).encode()
    return hashlib.scrypt(text, salt=tracker.url.encode(), n=2**12, r=8, p=1, dklen=16).hex()


def host_of(url: str) -> str:
    """Return the host of an address; empty if it has none."""
    parts = http_address(url)
    return (parts.hostname or "") if parts else ""


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def _check_url(url: str, report: Report) -> str:
    """Check the address and tell its host."""
    key = (*_AT, "url")
    parts = http_address(url)
    if report.told(key):
        return ""
    if parts is None:
        report.error(key, 'wanted an address like "https://biotorrents.de"')
        return ""
    host = parts.hostname or ""
    if parts.username is not None or parts.password is not None:
        report.error(key, "an address holds no name or password; write token or login for that")
    elif _PAGE.search(parts.path):
        report.error(key, _page_named(parts))
    elif parts.query or parts.fragment:
        report.error(key, "wanted the address of the site only, without ? and #")
    elif parts.scheme == "http" and not is_loopback(host):
        report.error(key, "http:// would send your secrets unprotected; write https://")
    return host.removeprefix("www.")


def _page_named(parts: SplitResult) -> str:
    """Return what to write in place of the address of one of the site's pages."""
    folder, _, page = parts.path.rstrip("/").rpartition("/")
    page = page.lower()
    text = f'it names a page of the site: write url = "{parts.scheme}://{parts.netloc}{folder}"'
    return f'{text} and endpoint = "{page}"' if page in {"ajax.php", "api.php"} else text


def _check_auth(
    table: TrackerTable, given: set[str], references: References, report: Report
) -> Auth | None:
    ways = [way for way in WAYS if way in given]
    if not ways:
        report.error(_AT, f"no way to log in: write {either(WAYS)}")
    for extra in ways[1:]:
        report.error((*_AT, extra), f"more than one way to log in; keep {either(ways)}")
    found: list[Auth | None] = []
    if table.token is not None:
        found.append(_check_token(table, references, report))
    if table.login is not None:
        found.append(_check_login(table.login, references, report))
    if table.cookies is not None:
        file = references.file((*_AT, "cookies"), table.cookies)
        found.append(CookieAuth(file) if file else None)
    return found[0] if found else None


def _check_token(table: TrackerTable, references: References, report: Report) -> TokenAuth | None:
    token = references.secret((*_AT, "token"), table.token)
    if token and not all("!" <= sign <= "~" for sign in token.get_secret_value()):
        report.error((*_AT, "token"), "the secret must be one line without spaces")
        return None
    return TokenAuth(token.get_secret_value()) if token else None


def _check_login(table: LoginTable, references: References, report: Report) -> LoginAuth | None:
    at = (*_AT, "login")
    if not table.username and not report.told((*at, "username")):
        report.error((*at, "username"), 'missing; write username = "me"')
    if table.password is None:
        report.error((*at, "password"), 'missing; write password = { secret = "password" }')
        return None
    password = references.secret((*at, "password"), table.password)
    totp = references.secret((*at, "totp"), table.totp) if table.totp is not None else None
    if password is None:
        return None
    code = totp.get_secret_value() if totp else ""
    return LoginAuth(table.username, password.get_secret_value(), code)


def _check_proxy(table: TrackerTable, references: References, report: Report) -> Proxy | None:
    """Return the proxy to the tracker: the config's, else the environment's."""
    key = (*_AT, "proxy")
    value = table.proxy
    try:
        if value is None:
            proxy = proxy_from_environment(references.environ, table.url)
            if proxy and proxy.has_password:
                references.found.append(SecretStr(proxy.address))
            return proxy
        if isinstance(value, str):
            proxy = None if value == OFF else parse_proxy(value)
            if proxy and proxy.has_password:
                report.error(
                    key, 'it holds a password: write it to a file, and here { secret = "proxy" }'
                )
                return None
            return proxy
        secret = references.secret(key, value)
        return parse_proxy(secret.get_secret_value()) if secret else None
    except ConfigError as error:
        report.error(key, str(error))
        return None


def _check_share(value: object, report: Report) -> float:
    share = 0.0
    if isinstance(value, str) and (found := _SHARE.fullmatch(value.strip())):
        share = float(found[1]) / 100
    elif isinstance(value, int | float) and not isinstance(value, bool):
        share = value
    if not 0 < share <= 1:
        report.error((*_AT, "share"), 'wanted more than 0 and at most "100%", like "10%"')
        return 1.0
    return float(share)
