"""`[tracker]`: the site, the way there and the way to log in."""

from __future__ import annotations

import hashlib
import json

from pydantic import SecretStr

from gazelled.config.checks.profile_table import SiteTable, check_site
from gazelled.config.document.key_lines import Key
from gazelled.config.document.problems import Problems
from gazelled.config.document.references import References
from gazelled.config.model import Tracker
from gazelled.errors import ConfigError
from gazelled.regular_file import is_regular
from gazelled.text import either, is_plain, meant
from gazelled.tracker.client.daily_limit import A_DAY, MOST_A_DAY
from gazelled.tracker.forms.allowed import ALLOWED, Allowed, is_allowed
from gazelled.tracker.login.auth import Auth, CookieAuth, LoginAuth, TokenAuth, is_token
from gazelled.tracker.login.cookie_file import fingerprint
from gazelled.tracker.sites.profiles import Profile
from gazelled.tracker.transport.proxies import (
    IN_CONFIG,
    OFF,
    Proxy,
    http_address,
    parse_proxy,
    proxy_from_environment,
    site_problem,
)
from gazelled.tracker.transport.trust import ca_problem
from gazelled.units import parse_share
from gazelled.watches.keys.table import Table, key

WAYS = ("token", "login", "cookies")
_AT: Key = ("tracker",)


class LoginTable(Table):
    """`login` in `[tracker]`."""

    username: str = key("", '"me"')
    password: object = key(None, form="secret")
    totp: object = key(None, form="secret")


class TrackerTable(SiteTable):
    """`[tracker]`; the endpoint, scheme, zone and limit that are left out are the profile's."""

    url: str = key("", '"https://biotorrents.de"')
    name: str = key("", '"BioTorrents.de"')
    profile: str = key("", '"gazelle"')
    token: object = key(None, form="secret")
    login: LoginTable | None = None
    cookies: object = key(None, form="file")
    share: object = key(0.1, form="share")
    catch_up: int = key(5000, "5000")
    downloads_a_day: int = key(A_DAY, str(A_DAY))
    allow: list[str] = key([], '["bookmark"]', form="allow")
    ca: str = key("", '"ca.pem"')
    proxy: object = key(None, form="proxy")
    contact: str = key("", '"me@example.org"', form="plain")
    user_agent: str = key("", '"my-lab/1.2"', form="plain")


def check_tracker(
    table: TrackerTable,
    written: set[str],
    profile: Profile,
    references: References,
    problems: Problems,
) -> Tracker | None:
    """
    Return the tracker, or None if it can't be built.

    `written` are the keys that stand in the file, fitting or not.
    """
    if not written:
        problems.error(_AT, "[tracker] is missing: it names the site and the way to log in")
        return None
    if "url" not in written:
        problems.error((*_AT, "url"), 'missing; write url = "https://biotorrents.de"')
        host = ""
    else:
        host = _check_url(table.url, problems)
    site = check_site(_AT, table, profile, problems)
    if not is_plain(table.contact):
        problems.error((*_AT, "contact"), "expected an address in plain ASCII on one line")
    if not is_plain(table.user_agent):
        problems.error((*_AT, "user_agent"), "expected a name in plain ASCII on one line")
    auth = _check_auth(table, written, references, problems)
    proxy = _check_proxy(table, references, problems)
    share = check_share((*_AT, "share"), table.share, problems)
    if table.catch_up < 0:
        problems.error((*_AT, "catch_up"), "expected 0 or more")
    if not 0 <= table.downloads_a_day <= MOST_A_DAY:
        problems.error((*_AT, "downloads_a_day"), f"expected 0 to {MOST_A_DAY}")
    ca = references.path(table.ca) if table.ca else None
    if ca and not is_regular(ca):
        problems.error((*_AT, "ca"), f"there is no file {ca}")
    elif problem := ca_problem(ca):
        problems.error((*_AT, "ca"), f"expected a PEM file with certificates: {problem}")
    if auth is None:
        return None
    return Tracker(
        url=table.url.rstrip("/"),
        name=table.name or host,
        auth=auth,
        share=share,
        ca=ca,
        proxy=proxy,
        proxies_off=table.proxy == OFF,
        contact=table.contact,
        user_agent=table.user_agent,
        profile=profile,
        effective=site,
        catch_up=table.catch_up,
        downloads_a_day=table.downloads_a_day,
        allow=check_allow(_AT, table.allow, problems, by_token=isinstance(auth, TokenAuth)),
    )


def check_allow(
    table: Key, names: list[str], problems: Problems, *, by_token: bool
) -> frozenset[Allowed]:
    """Return the kinds of changes that `allow` of a table names, as far as there are such kinds."""
    for number, name in enumerate(names):
        if not is_allowed(name):
            text = f"expected {either([*map(json.dumps, ALLOWED)])}{meant(name, ALLOWED)}"
            problems.error((*table, "allow", number), text)
    if names and by_token:
        problems.warn(
            (*table, "allow"),
            "has no effect with a token: the site's forms require login or cookies",
        )
    return frozenset(filter(is_allowed, names))


def credentials_digest(tracker: Tracker) -> str:
    """
    Return a hash of the way to the tracker, so that a change of it can be noticed.

    It is slow and salted with the address: guessing a secret from it isn't worth it.
    """
    match tracker.auth:
        case TokenAuth(token):
            parts = ["token", tracker.effective.scheme, token]
        case LoginAuth(username, password, totp):
            parts = ["login", username, password, totp]
        case cookies:
            parts = ["cookies", fingerprint(cookies.source)]
    proxy = tracker.proxy
    if proxy and proxy.origin == IN_CONFIG:
        parts.append(proxy.address)
    text = json.dumps([tracker.effective.endpoint, *parts]).encode()
    return hashlib.scrypt(text, salt=tracker.url.encode(), n=2**12, r=8, p=1, dklen=16).hex()


def host_of(url: str) -> str:
    """Return the host of an address; nothing if it has none."""
    parts = http_address(url)
    return (parts.hostname or "") if parts else ""


def _check_url(url: str, problems: Problems) -> str:
    at = (*_AT, "url")
    parts = http_address(url)
    if problems.at(at):
        return ""
    if problem := site_problem(url):
        problems.error(at, problem)
    return (parts.hostname or "").removeprefix("www.") if parts else ""


def _check_auth(
    table: TrackerTable, written: set[str], references: References, problems: Problems
) -> Auth | None:
    ways = [way for way in WAYS if way in written]
    if not ways:
        problems.error(_AT, f"no way to log in: write {either(WAYS)}")
    for extra in ways[1:]:
        problems.error((*_AT, extra), f"more than one way to log in; keep {either(ways)}")
    usable: list[Auth | None] = []
    if table.token is not None:
        usable.append(_check_token(table, references, problems))
    if table.login is not None:
        usable.append(_check_login(table.login, references, problems))
    if table.cookies is not None:
        file = references.file((*_AT, "cookies"), table.cookies)
        usable.append(CookieAuth(file) if file else None)
    return usable[0] if usable else None


def _check_token(
    table: TrackerTable, references: References, problems: Problems
) -> TokenAuth | None:
    token = references.secret((*_AT, "token"), table.token)
    if token and not is_token(token.get_secret_value()):
        problems.error((*_AT, "token"), "the secret must be one line without spaces")
        return None
    return TokenAuth(token.get_secret_value()) if token else None


def _check_login(table: LoginTable, references: References, problems: Problems) -> LoginAuth | None:
    at = (*_AT, "login")
    if not table.username and not problems.at((*at, "username")):
        problems.error((*at, "username"), 'missing; write username = "me"')
    if table.password is None:
        problems.error((*at, "password"), 'missing; write password = { secret = "password" }')
        return None
    password = references.secret((*at, "password"), table.password)
    totp = None if table.totp is None else references.secret((*at, "totp"), table.totp)
    if password is None:
        return None
    code = totp.get_secret_value() if totp else ""
    return LoginAuth(table.username, password.get_secret_value(), code)


def _check_proxy(table: TrackerTable, references: References, problems: Problems) -> Proxy | None:
    """Return the proxy to the tracker: the config's, else the environment's."""
    at = (*_AT, "proxy")
    value = table.proxy
    try:
        if value is None:
            proxy = proxy_from_environment(references.environ, table.url)
            if proxy and proxy.has_password:
                references.secrets.append(SecretStr(proxy.address))
            return proxy
        if isinstance(value, str):
            proxy = None if value == OFF else parse_proxy(value)
            if proxy and proxy.has_password:
                problems.error(
                    at, 'it holds a password: write it to a file, and here { secret = "proxy" }'
                )
                return None
            return proxy
        secret = references.secret(at, value)
        return parse_proxy(secret.get_secret_value()) if secret else None
    except ConfigError as error:
        problems.error(at, str(error))
        return None


def check_share(at: Key, value: object, problems: Problems) -> float:
    """Return a part of the limit, up to 1; 1 as well where it is wrong."""
    try:
        return parse_share(value)
    except ValueError as error:
        problems.error(at, str(error))
        return 1.0
