"""
Takes secrets out of whatever is about to be written.

By value, whatever form a value was brought into; by shape, for secrets that nobody has
registered; and by key, in data. Redacting twice is the same as redacting once.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from urllib.parse import quote, quote_plus, unquote, urlsplit

REDACTED = "[redacted]"
"""What stands in a secret's place."""

SHORTEST = 4
"""Values below this many characters stay: taking them out would take out every other word."""

_DEEPEST = 32

_WORDS = (
    r"auth_?key|pass_?key|torrent_?pass|api_?key|auth|token|session|keeplogged"
    r"|password|passwd|passphrase|pass|secret|totp|twofa"
)
_KEYS = re.compile(
    rf"(?:.*[^a-z0-9])?(?:{_WORDS}|cookies?|(?:proxy.)?authorization)", re.IGNORECASE
)
_KEPT = r"(?!\[redacted\]|(?:true|false|none|null)\b)"

_SHAPES = (
    # authkey=…, session="…", also with the sign quoted; with a colon those that mean nothing else.
    re.compile(
        r"(?:(?<![a-z0-9])|(?<=%3F)|(?<=%26))"
        rf"((?:{_WORDS})(?:=|%3D)|(?:authkey|passkey|torrent_pass):\s*)"
        rf"""{_KEPT}(?:"[^"\n]+"|'[^'\n]+'|(?:(?!%26)[^\s&"'<>;,)\]}}\\])+)""",
        re.IGNORECASE,
    ),
    # "passkey": "…" in JSON, in its escaped form, in a repr; and pairs: ('passkey', '…').
    re.compile(
        r"""((?P<pair>\(b?)?(?P<k>\\{0,7}["'])"""
        r"(?:[a-z0-9_-]{0,40}[_-])?"
        rf"(?:{_WORDS}|cookies?|(?:proxy-)?authorization)"
        r"""(?P=k)\s*(?(pair)[:,]|:)\s*)"""
        r"""(?:b?(?P<v>\\{0,7}["'])(?!\[redacted\])(?:(?!(?P=v))(?:\\.|[^\\]))+(?P=v)|\d+)""",
        re.IGNORECASE,
    ),
    # Authorization: …, Cookie: …, Set-Cookie: … to the end of the line.
    re.compile(
        r"""(?<![a-z0-9])((?:(?:proxy-)?authorization|(?:set-)?cookie)\s*[:=]\s*)"""
        r"""(?!\[redacted\])[^\r\n"'<>\\\s][^\r\n"'<>\\]*""",
        re.IGNORECASE,
    ),
    re.compile(r"\b(Bearer\s+)[A-Za-z0-9._~+/=-]{16,}"),
    # The announce URL of a torrent, and a password in any URL.
    re.compile(r"((?:/|%2F))[0-9a-z]{32}(?=(?:/|%2F)(?:announce|scrape))", re.IGNORECASE),
    re.compile(r"""(://[^/\s:@"'<>]*:)(?!\[redacted\])[^/\s"'<>]+(?=@)"""),
)
_HINTS = (
    *("auth", "pass", "token", "cookie", "session", "logged", "secret", "totp", "twofa", "key"),
    *("bearer", "announce", "scrape", "@"),
)
# Most texts of a log line are names and numbers; no shape fits into these characters.
_BARE = re.compile(r"[\w.-]*")


class Redactor:
    """Knows the secrets of this process."""

    def __init__(self) -> None:
        self._forms: frozenset[str] = frozenset()
        self._shortest = 0
        self._pattern = (self._forms, re.compile(""))

    def add(self, *values: str) -> None:
        """
        Register secrets.

        A URL is secret as a whole and in those of its parts that look like keys.

        Args:
            values: The secrets; those with fewer than four characters can't be taken out.

        """
        found = {
            form
            for value in values
            for secret in (value, value.strip(), *_parts(value))
            if len(secret) >= SHORTEST
            for form in _forms(secret)
            if len(form) >= SHORTEST
        }
        # A thread that scrubs meanwhile has the old forms or the new ones, never half of them.
        self._shortest = min(map(len, self._forms | found), default=0)
        self._forms |= found

    def scrub(self, text: str) -> str:
        """Take out what is registered and what looks like a secret."""
        text = self.scrub_values(text)
        if _BARE.fullmatch(text):
            return text
        lower = text.lower()
        if any(hint in lower for hint in _HINTS):
            for shape in _SHAPES:
                text = shape.sub(_replace, text)
        return text

    def scrub_values(self, text: str) -> str:
        """Take out what is registered; safe for text whose syntax must survive."""
        # Searching plainly is far cheaper than the pattern, and nearly always finds nothing.
        forms = self._forms
        if len(text) < self._shortest or not any(form in text for form in forms):
            return text
        compiled_for, pattern = self._pattern
        if compiled_for is not forms:
            longest_first = sorted(forms, key=lambda form: (-len(form), form))
            pattern = re.compile("|".join(map(re.escape, longest_first)))
            self._pattern = (forms, pattern)
        return pattern.sub(REDACTED, text)

    def scrub_data(self, data: object) -> object:
        """
        Take secrets out of data as JSON knows it, also by the names of keys.

        Anything else comes back as it is, or as redacted text if printing it would tell a secret.
        """
        return self._data(data, _DEEPEST)

    def _data(self, data: object, depth: int) -> object:
        if data is None or isinstance(data, bool):
            return data
        if isinstance(data, str):
            return self.scrub(data)
        if depth > 0:
            if isinstance(data, Mapping):
                return {
                    self._data(key, 0): REDACTED
                    if is_secret_key(key) and _tells(value)
                    else self._data(value, depth - 1)
                    for key, value in data.items()
                }
            if isinstance(data, (list, tuple)):
                clean = [self._data(value, depth - 1) for value in data]
                return clean if isinstance(data, list) else tuple(clean)
        return self._other(data)

    def _other(self, data: object) -> object:
        for show in (str, repr):
            text = show(data)
            clean = self.scrub(text)
            if clean != text:
                return clean
        return data


def is_secret_key(key: object) -> bool:
    """Tell whether what stands under this key is a secret by its name."""
    return isinstance(key, str) and _is_secret_name(key)


@lru_cache(1024)
def _is_secret_name(key: str) -> bool:
    snake_case = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key)
    return _KEYS.fullmatch(snake_case) is not None


def _tells(value: object) -> bool:
    return value is not None and not isinstance(value, bool) and value not in ("", b"")


def _replace(match: re.Match[str]) -> str:
    mark = match.groupdict().get("v") or ""
    return f"{match[1]}{mark}{REDACTED}{mark}"


def _forms(secret: str) -> Iterator[str]:
    """Give a secret in each form that it may be written in."""
    raw = secret.encode(errors="surrogateescape")
    yield secret
    for quoted in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield quoted
        yield re.sub(r"%[0-9A-F]{2}", lambda code: code[0].lower(), quoted)
    for ascii_only in (True, False):
        escaped = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        yield escaped
        yield escaped.replace("/", "\\/")
    yield html.escape(secret)
    yield html.escape(secret, quote=False)
    yield repr(secret)[1:-1]
    yield repr(raw)[2:-1]
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(raw).decode()
        yield encode(raw).decode().rstrip("=")
        # In the middle of something longer, for instance of user:password.
        for before in range(3):
            whole = encode(bytes(before) + raw).decode().rstrip("=")
            inner = whole[(0, 2, 3)[before] : (before + len(raw)) * 8 // 6]
            if len(inner) >= 2 * SHORTEST:
                yield inner


def _parts(value: str) -> Iterator[str]:
    """Give the parts of a URL that are secrets of their own."""
    if "://" not in value:
        return
    try:
        url = urlsplit(value.strip())
    except ValueError:
        return
    for part in re.split(r"[/:@?&=#]+", value.partition("://")[2]):
        telling = any(sign.isdigit() or sign.isupper() for sign in part) and not part.isdigit()
        address = re.fullmatch(r"[a-z0-9-]*(?:\.[a-z0-9-]+)+", part)
        if len(part) >= 2 * SHORTEST and telling and not address:
            yield part
            yield unquote(part)
    if url.password:
        yield url.password
        yield unquote(url.password)
