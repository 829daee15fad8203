"""Where a request comes from: by which name it asks, from which page, and for whom."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web

from gazelled.config.model import Web

CONTROL_NAME = "gazelled"
"""How clients of the control socket call the daemon, where no address has a name."""


@dataclass(frozen=True, slots=True)
class RequestSource:
    """
    Where a request comes from.

    Attributes:
        host: The name and perhaps the port that it asks for.
        is_own_name: Whether that names this daemon, and not a domain that points here.
        is_foreign: Whether a page of another origin sends it.
        is_browser: Whether it says that a page sends it.
        is_secure: Whether it comes over TLS, as far as the proxy in front is.
        address: Whose wrong tokens are counted together.

    """

    host: str
    is_own_name: bool
    is_foreign: bool
    is_browser: bool
    is_secure: bool
    address: str


def source_of(request: web.BaseRequest, settings: Web, *, by_control: bool) -> RequestSource:
    """Return where a request comes from."""
    host = _host(request, settings)
    public = urlsplit(settings.url)
    is_public = bool(public.netloc) and host.lower() == public.netloc.lower()
    origin = request.headers.get("Origin")
    fetched = request.headers.get("Sec-Fetch-Site")
    return RequestSource(
        host=host,
        is_own_name=is_public
        or "Host" not in request.headers  # as no browser asks
        or is_own_name(host, settings.listen, by_control=by_control),
        is_foreign=_is_foreign(request, origin, fetched, [*_origins(host, settings)]),
        is_browser=origin is not None or fetched is not None,
        is_secure=_is_secure(request, settings, is_public=is_public),
        address=_address(request, settings),
    )


def is_own_name(header: str, listen: str, *, by_control: bool = False) -> bool:
    """Return whether a Host header names this machine, and not a domain that points at it."""
    name = header.rpartition(":")[0] if header.rpartition(":")[2].isdigit() else header
    own = {"localhost", listen.rpartition(":")[0].lower()} - {"", "unix"}
    if by_control:
        own.add(CONTROL_NAME)
    if name.lower().rstrip(".") in own:
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def _host(request: web.BaseRequest, settings: Web) -> str:
    """Return the one name that is asked for; empty where there is none, or more than one."""
    header = "X-Forwarded-Host" if settings.forwarded else "Host"
    names = request.headers.getall(header, ()) or request.headers.getall("Host", ())
    return names[0].strip() if len(names) == 1 else ""


def _is_foreign(
    request: web.BaseRequest, origin: str | None, fetched: str | None, own: list[str]
) -> bool:
    if origin is not None:
        return origin.lower() not in own
    # Another port of this machine is the same site, and may be of another user.
    return request.method not in {"GET", "HEAD"} and fetched not in {None, "same-origin", "none"}


def _origins(host: str, settings: Web) -> Iterator[str]:
    """Yield the origins that pages of this daemon have, by the name that is asked for."""
    if settings.url and host.lower() == urlsplit(settings.url).netloc.lower():
        yield settings.url.lower().rstrip("/")
        return
    yield f"http://{host.lower()}"
    if settings.forwarded:
        yield f"https://{host.lower()}"


def _is_secure(request: web.BaseRequest, settings: Web, *, is_public: bool) -> bool:
    if is_public:
        return settings.url.startswith("https:")
    return settings.forwarded and request.headers.get("X-Forwarded-Proto") == "https"


def _address(request: web.BaseRequest, settings: Web) -> str:
    """Return the address of a client; of several that proxies name, the last one saw it."""
    if settings.forwarded and (named := request.headers.getall("X-Forwarded-For", ())):
        return named[-1].rpartition(",")[2].strip()[:64]
    return str(request.remote or "")


def below_prefix(path: str, prefix: str) -> str:
    """Return a path below the prefix, whether the proxy in front has removed that or not."""
    if prefix and (path == prefix or path.startswith(f"{prefix}/")):
        return path.removeprefix(prefix) or "/"
    return path
