"""The media types of files that plugins publish: the same ones on every machine."""

from __future__ import annotations

import mimetypes

_OTHER = "application/octet-stream"
# The tables of the machine are left alone: they differ, and a type decides what a browser does.
_KNOWN = mimetypes.MimeTypes()
for _type, _suffix in (
    ("application/atom+xml", ".atom"),
    ("application/rss+xml", ".rss"),
    ("application/x-ndjson", ".jsonl"),
    ("application/xml", ".xml"),  # which says itself in which characters it is
    ("application/x-bittorrent", ".torrent"),
    ("text/calendar", ".ics"),
    ("text/markdown", ".md"),
    ("text/javascript", ".js"),
    ("image/webp", ".webp"),
    ("application/yaml", ".yaml"),
):
    _KNOWN.add_type(_type, _suffix)


def media_type(name: str) -> str:
    """Return the media type of a file by its name; of text with its character set, UTF-8."""
    guessed, encoding = _KNOWN.guess_type(f"/{name}")
    if encoding is not None:  # it is delivered as it lies there
        return "application/gzip" if encoding == "gzip" else _OTHER
    text = guessed is not None and guessed.startswith("text/")
    return f"{guessed}; charset=utf-8" if text else guessed or _OTHER
