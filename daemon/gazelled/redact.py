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
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from operator import is_
from urllib.parse import (
    parse_qsl,
    quote,
    quote_plus,
    unquote,
    urlencode,
    urlsplit,
    urlunsplit,
)

REDACTED = "[redacted]"
"""What stands in a secret's place."""

SHORTEST = 4
"""Values below this many characters stay: taking them out would take out every other word."""

PIECE = 8
"""So many characters of a secret are as bad as all of it, in capitals or not."""

LONG = 16
"""Values with so many characters are no words that others use by chance."""

ACCOUNT_KEYS = ("authkey", "passkey", "torrent_pass")
"""What Gazelle calls an account's own keys, in its answers and in its addresses."""

QUERY_KEYS = frozenset({*ACCOUNT_KEYS, "auth", "token"})
"""Parameters of an address that hold a key."""

_CUT = " .…\"'"
"""What may stand behind the place where a text was cut."""

_DEEPEST = 32
_NOTHING = (None, "", b"")

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
        rf"((?:{_WORDS})(?:=|%3D)|(?:{'|'.join(ACCOUNT_KEYS)}):\s*)"
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
    re.compile(r"((?:/|%2F))[0-9a-z]{32}(?=(?:\\?/|%2F)(?:announce|scrape))", re.IGNORECASE),
    re.compile(r"""(://[^/\s:@"'<>]*:)(?!\[redacted\])[^/\s"'<>]+(?=@)"""),
)
_HINTS = (
    *("auth", "pass", "token", "cookie", "session", "logged", "secret", "totp", "twofa", "key"),
    *("bearer", "announce", "scrape", "@"),
)
# Most texts of a log line are names and numbers; no shape fits into these characters.
_BARE = re.compile(r"[\w.-]*")


class _Values:
    """Secrets in each form that they may be written in, and where they stand in a text."""

    def __init__(self) -> None:
        self._forms: frozenset[str] = frozenset()
        # In place of each form its first characters are looked for: far fewer than the forms.
        self._heads: tuple[tuple[str, tuple[str, ...]], ...] = ()
        self._exact: tuple[str, ...] = ()
        self._shortest = 0

    def add(self, forms: Iterable[str]) -> None:
        """Know more forms; a thread that searches meanwhile has the old ones or the new ones."""
        self._forms |= {form for form in forms if form not in REDACTED}
        heads: dict[str, set[str]] = {}
        for form in self._forms:
            if len(form) >= PIECE:
                small = _lower(form)
                heads.setdefault(small[:PIECE], set()).add(small)
        self._exact = tuple(form for form in self._forms if len(form) < PIECE)
        self._heads = tuple((head, tuple(forms)) for head, forms in heads.items())
        self._shortest = min(PIECE, *map(len, self._exact), PIECE)

    def replaced(self, text: str) -> str:
        """
        Take every form out, in capitals or not; at the end of the text, which may be a cut, a part.

        Searching plainly is far cheaper than a pattern, and nearly always finds nothing.
        """
        if len(text) < self._shortest:
            return text
        spans = [
            (at, at + len(form))
            for form in self._exact
            if form in text
            for at in _places(form, text)
        ]
        small = _lower(text)
        end = len(small.rstrip(_CUT))
        for head, forms in self._heads:
            if head in small:
                spans += [
                    (at, stop)
                    for at in _places(head, small)
                    for form in forms
                    if (stop := _end(form, small, at, end))
                ]
        return _without(text, spans) if spans else text


def _lower(text: str) -> str:
    """Write a text in small letters, each in its place."""
    small = text.lower()
    if len(small) == len(text):
        return small
    return "".join(sign if len(sign.lower()) != 1 else sign.lower() for sign in text)


def _places(form: str, text: str) -> Iterator[int]:
    at = text.find(form)
    while at >= 0:
        yield at
        at = text.find(form, at + 1)


def _end(form: str, text: str, at: int, end: int) -> int:
    """Return where a form that begins somewhere ends, perhaps with the text; 0 if it isn't it."""
    if text.startswith(form, at):
        return at + len(form)
    if not PIECE <= end - at < len(form):
        return 0
    piece = text[at:end]
    return end if form.startswith(piece) and _tells_of(piece) else 0


def _tells_of(piece: str) -> bool:
    """Return whether the beginning of a secret is one: the host of a URL isn't."""
    _, sign, rest = piece.partition("://")
    return not sign or "@" in rest or len(rest.partition("/")[2]) >= PIECE


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """Put one mark in place of each stretch; those that overlap are one."""
    parts: list[str] = []
    done = 0
    for start, stop in sorted(spans):
        if start >= done:
            parts += [text[done:start], REDACTED]
        done = max(done, stop)
    return "".join([*parts, text[done:]])


class Redactor:
    """
    Knows the secrets of this process.

    What gazelled writes itself is cleared of all of them. Foreign texts, such as titles, are
    cleared of the tracker's and of long ones only: a short password of a target may be a word.
    """

    def __init__(self) -> None:
        self._all = _Values()
        self._foreign = _Values()
        self._bodies = _Values()

    def add(self, *values: str) -> None:
        """
        Register secrets; those with fewer than four characters can't be taken out.

        A URL is secret as a whole and in those of its parts that look like keys.
        """
        self._add(values, LONG)

    def add_tracker(self, *values: str) -> None:
        """
        Register secrets that the tracker knows: its pages may contain them.

        Those with fewer than eight characters stay in foreign texts.
        """
        self._add(values, PIECE)

    def _add(self, values: Iterable[str], least: int) -> None:
        secrets = {
            secret
            for value in values
            for part in (value, value.strip(), *_parts(value))
            for secret in ((part,) if part.isascii() else (part, part.upper(), part.lower()))
            if len(secret) >= SHORTEST
        }
        self._all.add(form for secret in secrets for form in _forms(secret))
        foreign = [
            form
            for secret in secrets
            if len(secret) >= least
            for form in _forms(secret)
            if len(form) >= PIECE
        ]
        self._foreign.add(foreign)
        self._bodies.add(
            text
            for form in foreign
            # A number in JSON may be the same by chance, and can't be replaced there.
            if not form.isdecimal()
            for text in (form, form.encode("utf-8", "surrogatepass").decode("latin-1"))
        )

    def scrub(self, text: str) -> str:
        """Take out what is registered and what looks like a secret."""
        return _shapeless(self._all.replaced(text))

    def scrub_values(self, text: str) -> str:
        """Take out what is registered; safe for text whose syntax must survive."""
        return self._all.replaced(text)

    def scrub_foreign(self, text: str) -> str:
        """Take out of a text of others what they can know, and what looks like a secret."""
        return _shapeless(self._foreign.replaced(text))

    def scrub_body(self, body: bytes) -> bytes:
        """Take out of what came from the tracker the secrets that others can know."""
        for charset in ("utf-8", "latin-1"):
            try:
                text = body.decode(charset)
            except UnicodeDecodeError:  # not the second time: every byte is a sign there
                continue
            clean = self._bodies.replaced(text)
            return body if clean is text else clean.encode(charset)
        return body

    def scrub_page(self, page: bytes) -> bytes:
        """Take out of a page of others also what looks like a secret; JSON in it stays JSON."""
        text = page.decode("utf-8", "replace")
        clean = _shapeless(self._foreign.replaced(text), _replace_text)
        return page if clean == text else clean.encode()

    def scrub_data(self, data: object) -> object:
        """
        Take secrets out of data as JSON knows it, also by the names of keys.

        Anything else comes back as it is, or as redacted text if printing it would show a secret.
        """
        return _data(data, _DEEPEST, self.scrub)

    def scrub_foreign_data(self, data: object) -> object:
        """Do the same to data of others, from which not every secret is taken out by value."""
        return _data(data, _DEEPEST, self.scrub_foreign)

    def scrub_answer(self, payload: object) -> object:
        """Take out of an answer's texts what `scrub_foreign` does; the names of keys are left."""
        return _answer(payload, self.scrub_foreign)


Scrub = Callable[[str], str]


def hide_keys(text: str) -> str:
    """Take out of a text what looks like a key, whether it is registered or not."""
    return _shapeless(text)


def public_url(url: str) -> str:
    """Return the address of a page without keys and passwords; empty if it is no such address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return ""
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    safe = [(key, value) for key, value in pairs if key.lower() not in QUERY_KEYS]
    query = parts.query if safe == pairs else urlencode(safe)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, query, parts.fragment))


def _shapeless(text: str, replace: Callable[[re.Match[str]], str] | None = None) -> str:
    """Take out what looks like a secret."""
    if _BARE.fullmatch(text):
        return text
    lower = text.lower()
    if any(hint in lower for hint in _HINTS):
        for shape in _SHAPES:
            text = shape.sub(replace or _replace, text)
    return text


def _answer(payload: object, scrub: Scrub) -> object:
    if isinstance(payload, str):
        return scrub(payload)
    # What holds no secret stays the object that it is: a large answer isn't held twice.
    if isinstance(payload, list):
        values = [_answer(value, scrub) for value in payload]
        return payload if all(map(is_, values, payload)) else values
    if isinstance(payload, dict):
        pairs = {scrub(key): _answer(value, scrub) for key, value in payload.items()}
        same = all(map(is_, pairs.values(), payload.values())) and pairs.keys() == payload.keys()
        return payload if same else pairs
    return payload


def _data(data: object, depth: int, scrub: Scrub) -> object:
    if data is None or isinstance(data, bool):
        return data
    if isinstance(data, str):
        return scrub(data)
    if depth > 0:
        if isinstance(data, Mapping):
            return {
                _data(key, 0, scrub): REDACTED
                if is_secret_key(key) and not (isinstance(value, bool) or value in _NOTHING)
                else _data(value, depth - 1, scrub)
                for key, value in data.items()
            }
        if isinstance(data, (list, tuple)):
            clean = [_data(value, depth - 1, scrub) for value in data]
            return clean if isinstance(data, list) else tuple(clean)
    return _other(data, scrub)


def _other(data: object, scrub: Scrub) -> object:
    for show in (str, repr):
        text = show(data)
        clean = scrub(text)
        if clean != text:
            return clean
    return data


def is_secret_key(key: object) -> bool:
    """Return whether what stands under this key is a secret by its name."""
    return isinstance(key, str) and _is_secret_name(key)


@lru_cache(1024)
def _is_secret_name(key: str) -> bool:
    snake_case = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key)
    return _KEYS.fullmatch(snake_case) is not None


def _replace(match: re.Match[str]) -> str:
    mark = match.groupdict().get("v") or ""
    return f"{match[1]}{mark}{REDACTED}{mark}"


def _replace_text(match: re.Match[str]) -> str:
    """Replace a text; a number stays, since JSON has no place for the mark there."""
    is_number = "v" in match.re.groupindex and match["v"] is None
    return match[0] if is_number else _replace(match)


def _forms(secret: str) -> Iterator[str]:
    """Return a secret in each form that it may be written in."""
    raw = secret.encode(errors="surrogateescape")
    for quoted in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield quoted
        yield quote(quoted)
        yield re.sub(r"%[0-9A-F]{2}", lambda code: code[0].lower(), quoted)
    for named in (secret, *_escaped(secret)):
        yield named
        for ascii_only in (True, False):
            written = json.dumps(named, ensure_ascii=ascii_only)[1:-1]
            yield written
            yield written.replace("/", "\\/")
    for instead in ("_", "-", " ", ""):  # as names of files are made of titles
        yield re.sub(r"\W", instead, secret)
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


def _escaped(secret: str) -> Iterator[str]:
    """Yield a secret as HTML has it."""
    once = html.escape(secret)
    for named in (once, html.escape(secret, quote=False), html.escape(once)):
        for quote_mark in ("&#x27;", "&#039;", "&#39;", "&apos;"):
            yield named.replace("&#x27;", quote_mark)


def _parts(value: str) -> Iterator[str]:
    """Return the parts of a URL that are secrets of their own."""
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
