"""Reads the cookies of a site: from a file as browsers and tools write it, or from a jar."""

from __future__ import annotations

import codecs
import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from yarl import URL

from gazelled.errors import ConfigError
from gazelled.regular_file import read_regular

if TYPE_CHECKING:  # whoever has such a jar has loaded it
    from http.cookiejar import CookieJar

    from aiohttp.abc import AbstractCookieJar

Jar: TypeAlias = "CookieJar | AbstractCookieJar | Mapping[str, str]"
CookieSource: TypeAlias = "Path | Jar"

LARGEST = 1024 * 1024
"""The most bytes of a file; browsers keep a few thousand cookies at most."""

_FIELDS = 7
_HTTP_ONLY = "#HttpOnly_"
_HEADER = re.compile(r"(?:Cookie:)?\s*[^\s=;,]+=[^\s;]*(?:;\s*[^\s=;,]+=[^\s;]*)*;?", re.IGNORECASE)
_UNUSABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f;]")


@dataclass(frozen=True, slots=True)
class CookieFile:
    """What a file holds for a host; `expired` is when those ended that were left out."""

    cookies: Mapping[str, str] = field(repr=False)
    expired: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Cookie:
    domain: str
    name: str
    value: str
    subdomains: bool
    expires: float = math.inf

    def is_for(self, host: str) -> bool:
        """Return whether a browser sends this cookie to the host."""
        if not self.domain or self.domain == host:
            return True
        return self.subdomains and host.endswith(f".{self.domain}")


class _UnreadableError(ValueError):
    """A line or an entry that is no cookie; the text says why."""


def is_source(source: object) -> bool:
    """Return whether it is a file, a jar, or names and values."""
    from http.cookiejar import CookieJar  # noqa: PLC0415 - scripts start without it

    return isinstance(source, Path | CookieJar | Mapping) or hasattr(source, "filter_cookies")


def place_of(source: CookieSource) -> str:
    """Return its name for people."""
    return str(source) if isinstance(source, Path) else "the cookie jar"


def fingerprint(source: CookieSource) -> str:
    """Return a hash of what it holds; of its path for a file that can't be read."""
    if not isinstance(source, Path):
        return hashlib.sha256(repr(sorted(map(str, _all(source)))).encode()).hexdigest()
    try:
        content = read_regular(source, LARGEST)
    except OSError:
        content = str(source).encode()
    return hashlib.sha256(content).hexdigest()


def read_cookies(source: CookieSource, host: str, now: datetime) -> CookieFile:
    """
    Read the cookies of a host, from a file as `read_cookie_file`, or from a jar.

    Raises:
        ConfigError: If there are none, or they can't be read or sent; says what to do.

    """
    if isinstance(source, Path):
        return read_cookie_file(source, host, now)
    try:
        return _choose(_in_jar(source, host), host, now, "The cookie jar")
    except _UnreadableError as error:
        raise ConfigError(f"The cookie jar has one that can't be sent: {error}.") from None


def _in_jar(jar: Jar, host: str) -> Iterator[_Cookie]:
    from http.cookiejar import CookieJar  # noqa: PLC0415 - likewise

    if isinstance(jar, CookieJar):
        for cookie in jar:
            ends, wide = cookie.expires or 0, cookie.domain_specified
            yield _make(cookie.domain, cookie.name, cookie.value or "", ends, subdomains=wide)
    elif isinstance(jar, Mapping):
        pairs: Iterable[tuple[object, object]] = jar.items()
        for name, value in pairs:
            if not isinstance(name, str) or not isinstance(value, str):
                raise _UnreadableError("a name or value isn't a text")
            yield _make("", name, value, 0, subdomains=False)
    else:  # it chooses by domain, path and age itself
        for name, morsel in jar.filter_cookies(URL.build(scheme="https", host=host)).items():
            yield _make("", name, morsel.value, 0, subdomains=False)


def _all(jar: Jar) -> Iterator[object]:
    from http.cookiejar import CookieJar  # noqa: PLC0415 - likewise

    if isinstance(jar, Mapping):
        yield from jar.items()
    elif isinstance(jar, CookieJar):
        yield from ((cookie.domain, cookie.name, cookie.value) for cookie in jar)
    else:
        yield from ((cookie["domain"], cookie.key, cookie.value) for cookie in jar)


def read_cookie_file(file: Path, host: str, now: datetime) -> CookieFile:
    """
    Read the cookies of a host; those that have ended by `now` are left out.

    Netscape's format (cookies.txt), the JSON of extensions and browser automation, and the value of
    a `Cookie` header are understood. What belongs to other hosts is passed over, even if it is
    broken. Of two cookies of one name the one with the more exact domain counts, then the one that
    ends later.

    Raises:
        ConfigError: If the file can't be read, a line of the host is broken, or there is no cookie
            for the host; says what to do.

    """
    try:
        text = _decode(read_regular(file, LARGEST))
    except OSError as error:
        raise ConfigError(f"{file} can't be read: {error.strerror}.") from error
    try:
        return _choose(_parse(text, host), host, now, str(file))
    except _UnreadableError as error:
        raise ConfigError(
            f"{file}: {error}. Export the cookies of {host} again, as cookies.txt or JSON."
        ) from None


def _choose(cookies: Iterable[_Cookie], host: str, now: datetime, place: str) -> CookieFile:
    """Return those that are for a host, and live; raise ConfigError if there are none."""
    mine = [cookie for cookie in cookies if cookie.value and cookie.is_for(host)]
    # The last one of a name counts: the more exact domain, then the one that ends later.
    mine.sort(key=lambda cookie: (len(cookie.domain), cookie.expires))
    live = {cookie.name: cookie.value for cookie in mine if cookie.expires > now.timestamp()}
    ended = {
        cookie.name: datetime.fromtimestamp(cookie.expires, UTC)
        for cookie in mine
        if cookie.name not in live
    }
    if not live:
        names = " and ".join(f"{name} on {at:%Y-%m-%d}" for name, at in ended.items())
        reason = f"its cookies have expired ({names})" if ended else f"no cookie for {host} in it"
        raise ConfigError(f"{place}: {reason}. Log in there and export the cookies again.")
    return CookieFile(live, ended)


def _decode(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")  # a cookie of some other site


def _parse(text: str, host: str) -> Iterator[_Cookie]:
    bare = text.strip()
    if bare.startswith(("[", "{")) and bare[1:].lstrip()[:1] in '[{]}"':  # not an IPv6 host
        return _parse_json(text, host)
    if _HEADER.fullmatch(bare):
        return _parse_header(bare)
    return _parse_lines(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), host)


def _parse_header(text: str) -> Iterator[_Cookie]:
    for pair in re.sub(r"^Cookie:", "", text, flags=re.IGNORECASE).split(";"):
        name, _, value = pair.strip().partition("=")
        if name:
            yield _Cookie("", name, value, subdomains=False)


def _parse_lines(lines: Iterable[str], host: str) -> Iterator[_Cookie]:
    for number, line in enumerate(lines, 1):
        text = line.removeprefix(_HTTP_ONLY)
        if not text.strip() or (text.startswith("#") and text == line):
            continue
        try:
            yield _parse_line(text)
        except _UnreadableError as error:
            if host in text:
                raise _UnreadableError(f"line {number} can't be read, since {error}") from None


def _parse_line(text: str) -> _Cookie:
    fields = text.split("\t", _FIELDS - 1)
    if len(fields) < _FIELDS - 1:
        fields = text.split(None, _FIELDS - 1)  # an editor replaced the tabs
    if len(fields) < _FIELDS - 1:
        raise _UnreadableError(f"it hasn't {_FIELDS} fields with tabs between them")
    domain, subdomains, _, _, expires, name, *value = fields
    return _make(domain, name, "".join(value), expires, subdomains=subdomains.upper() == "TRUE")


def _parse_json(text: str, host: str) -> Iterator[_Cookie]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise _UnreadableError(f"this isn't valid JSON{line}") from None
    if isinstance(data, dict):
        data = data.get("cookies", data)
    if isinstance(data, dict):  # names and values alone
        data = [{"name": name, "value": value} for name, value in data.items()]
    if not isinstance(data, list):
        raise _UnreadableError("a list of cookies is expected")
    for number, entry in enumerate(data, 1):
        try:
            yield _parse_entry(entry)
        except _UnreadableError as error:
            if not isinstance(entry, dict) or host in str(entry.get("domain", host)):
                raise _UnreadableError(f"entry {number} can't be read, since {error}") from None


def _parse_entry(entry: object) -> _Cookie:
    if not isinstance(entry, dict):
        raise _UnreadableError("it isn't an object with name and value")
    texts = [entry.get(key, "") for key in ("domain", "name", "value")]
    if not all(isinstance(text, str) for text in texts):
        raise _UnreadableError("its domain, name or value isn't a text")
    ends = (entry.get(key) for key in ("expirationDate", "expires", "expiry"))
    expires = next((end for end in ends if end is not None), 0)
    only_host = entry.get("hostOnly", not texts[0].startswith("."))
    return _make(texts[0], texts[1], texts[2], expires, subdomains=not only_host)


def _make(domain: str, name: str, value: str, expires: object, *, subdomains: bool) -> _Cookie:
    try:
        end = float(expires or 0) if isinstance(expires, str | int | float) else 0.0
    except (ValueError, OverflowError):
        raise _UnreadableError("its expiry isn't a number") from None
    if not name or _UNUSABLE.search(name + value):
        raise _UnreadableError("its name or value can't be sent")
    end = end if end > 0 else math.inf  # a cookie of the session: it ends with the browser
    plain = domain.strip().strip("[]").lower()
    return _Cookie(plain.lstrip("."), name, value, subdomains or plain.startswith("."), end)
