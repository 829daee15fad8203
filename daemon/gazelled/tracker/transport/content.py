"""The bytes of an answer: their compression and their charset."""

from __future__ import annotations

import codecs

_DECODED = frozenset({"", "identity", "gzip", "deflate", "br", "zstd"})
_TEXT = (b"{", b"[", b"<")
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_CANT_DECODE = "Can not decode content-encoding"


def unreadable(encoding: str) -> str:
    """Return the sentence about an answer whose compression can't be read."""
    name = "".join(sign for sign in encoding if sign.isprintable())[:40]
    return (
        f"The answer is compressed in a way that gazelled can't read or that is damaged ({name}). "
        "Something in front of the tracker does that: inform its operators."
    )


def is_about_encoding(message: str) -> bool:
    """Return whether an error of aiohttp says that it can't decompress."""
    return _CANT_DECODE in message


def is_compressed(body: bytes, encoding: str) -> bool:
    """Return whether a body is still compressed, by its header and its first byte."""
    return (
        encoding.strip().lower() not in _DECODED
        and body.lstrip()[:1] not in _TEXT
        and body[:1] != b"d"
    )


_SLOW = {"punycode", "idna"}
"""What Python calls charsets, too, but are for names of hosts: no text may be as long as a body."""


def as_utf8(body: bytes, charset: str) -> bytes:
    """Return text as UTF-8; its charset counts only where it isn't UTF-8 anyway. Files stay."""
    for mark, wide in _MARKS.items():
        if body.startswith(mark):
            return body.decode(wide, "replace").encode("utf-8", "replace")
    if not charset or body.lstrip()[:1] not in _TEXT or _is_utf8(body):
        return body
    try:
        if codecs.lookup(charset).name in _SLOW:
            return body
        return body.decode(charset, "replace").encode("utf-8", "replace")
    except (LookupError, ValueError):
        return body


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
