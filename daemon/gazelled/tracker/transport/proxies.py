"""
Which proxy is used: one rule for the tracker and for targets.

`proxy` in the config wins, and `"none"` there switches every proxy off. Otherwise HTTPS_PROXY,
HTTP_PROXY, ALL_PROXY and NO_PROXY of the environment hold, but never for this machine itself.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from gazelled.errors import ConfigError

OFF = "none"
IN_CONFIG = "proxy in [tracker]"
_LOOPBACK = ("localhost", "127.0.0.1", "127.0.0.0/8", "::1")
_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")
_PAGE = re.compile(r"\.(?:php|html?)/?$", re.ASCII | re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}
_SOCKS = frozenset({"socks", "socks4", "socks4a", "socks5", "socks5h"})


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy: its address, perhaps with user name and password, and what configured it."""

    address: str = field(repr=False)
    origin: str = IN_CONFIG

    @property
    def name(self) -> str:
        """Its host and port, without a password."""
        url = urlsplit(self.address)
        host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname
        return f"{host}:{url.port or _PORTS[url.scheme]}"

    @property
    def has_password(self) -> bool:
        url = urlsplit(self.address)
        return url.username is not None or url.password is not None

    @property
    def where(self) -> str:
        """Its name, and where it was configured."""
        return f"{self.name} ({self.origin})"


def parse_proxy(text: str, origin: str = IN_CONFIG) -> Proxy:
    """
    Read the address of a proxy that was configured at `origin`.

    Raises:
        ConfigError: If it is the address of no HTTP proxy; the text doesn't repeat it.

    """
    text = text.strip()
    if "://" not in text and origin != IN_CONFIG:
        text = f"http://{text}"  # as other programs read the variables
    if text.partition("://")[0].lower() in _SOCKS:
        raise ConfigError(
            "SOCKS proxies are not supported, only HTTP proxies: name one that speaks HTTP "
            '(CONNECT), or write proxy = "none" to use no proxy'
        )
    if not http_address(text):
        raise ConfigError('expected an address like "http://127.0.0.1:3128", or "none"')
    return Proxy(text, origin)


def http_address(url: str) -> SplitResult | None:
    """Return the parts of an HTTP or HTTPS address; None if it is none."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    fits = parts.scheme in _PORTS and host and url.isprintable() and " " not in url
    return parts if fits else None


def site_problem(url: str) -> str:
    """Return what is wrong with the address of a site, and what to write; empty if nothing."""
    parts = http_address(url)
    if parts is None:
        return 'expected an address like "https://biotorrents.de"'
    if parts.username is not None or parts.password is not None:
        return "the address must not contain a user name or password; use token or login"
    if _PAGE.search(parts.path):
        folder, _, page = parts.path.rstrip("/").rpartition("/")
        page = page.lower()
        text = f'it names a page of the site: write url = "{parts.scheme}://{parts.netloc}{folder}"'
        return f'{text} and endpoint = "{page}"' if page in {"ajax.php", "api.php"} else text
    if parts.query or parts.fragment:
        return "expected the address of the site only, without ? and #"
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        return "http:// would send your secrets unprotected; write https://"
    return ""


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def proxy_from_environment(environ: Mapping[str, str], url: str) -> Proxy | None:
    """
    Return the proxy, if any, that the environment names for an address.

    Raises:
        ConfigError: If it names something else than an HTTP proxy.

    """
    parts = http_address(url)
    host = (parts.hostname or "") if parts else ""
    if parts is None or is_loopback(host):
        return None
    exempt = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    if any(_covers(entry.strip().lower(), host) for entry in exempt.split(",")):
        return None
    for variable in _spellings(f"{parts.scheme}_proxy", "all_proxy"):
        if text := environ.get(variable, "").strip():
            try:
                return parse_proxy(text, variable)
            except ConfigError as error:
                raise ConfigError(f"{variable} of the environment: {error}") from None
    return None


def _covers(exempt: str, host: str) -> bool:
    """Return whether an entry of NO_PROXY covers a host: a domain, an address, a network, `*`."""
    if exempt == "*":
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(exempt, strict=False)
    except ValueError:
        domain = exempt.lstrip("*").lstrip(".")
        return bool(domain) and (host == domain or host.endswith(f".{domain}"))


@contextmanager
def proxy_environment(
    proxy: Proxy | None, environ: MutableMapping[str, str], *, off: bool
) -> Iterator[None]:
    """
    Make the libraries of targets follow the same rule: they read the environment.

    `environ` is as before when the context ends; `off` is whether the config switches proxies off.
    """
    before = dict(environ)
    in_config = proxy is not None and proxy.origin == IN_CONFIG
    if off or in_config:
        for name in _spellings(*_VARIABLES):
            environ.pop(name, None)
    if proxy and in_config and not off:
        environ.update(dict.fromkeys(_spellings("http_proxy", "https_proxy"), proxy.address))
    direct = before.get("no_proxy") or before.get("NO_PROXY") or ""
    exempt = "*" if off else ",".join(filter(None, (direct, *_LOOPBACK)))
    environ.update(dict.fromkeys(_spellings("no_proxy"), exempt))
    try:
        yield
    finally:
        for name in _spellings(*_VARIABLES, "no_proxy"):
            environ.pop(name, None)
            if name in before:
                environ[name] = before[name]


def _spellings(*variables: str) -> tuple[str, ...]:
    return tuple(name for variable in variables for name in (variable, variable.upper()))
