"""What is masked in a support archive: secrets, titles, people, folders, names of machines."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from getpass import getuser
from pathlib import Path

from gazelled.cli.settings import Settings
from gazelled.store.backup.copying import read_only
from gazelled.text import printable

MASK = "********"
_MOST = 20_000
_SHORTEST = 4
_NEVER = {"root", "gazelled", "localhost"}
_QUERIES = (
    "SELECT body FROM item ORDER BY id DESC",
    "SELECT body FROM event ORDER BY id DESC",
    "SELECT body FROM mark",
)
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]+(?:\.[\w-]+)+")
_ADDRESS = re.compile(r"\b(?!127\.|0\.0\.0\.0)\d{1,3}(?:\.\d{1,3}){3}\b")


class Masks:
    """
    Takes out of a text what a stranger must not read.

    Args:
        settings: The global options, whose redactor knows the secrets.
        private: Further words, such as the name of the account.
        items: Whether texts of items and messages stay.

    """

    def __init__(self, settings: Settings, private: Iterable[str], *, items: bool) -> None:
        self._scrub = settings.redactor.scrub
        stored = () if items else stored_texts(settings.state_folder / "gazelled.db")
        texts = {text for text in (*private, *stored) if len(text) >= _SHORTEST}
        self._texts = sorted(texts, key=len, reverse=True)
        home = settings.environ.get("HOME") or str(Path.home())
        self._homes = {home, str(Path.home())} - {"/"}
        names = {socket.gethostname(), socket.gethostname().partition(".")[0]}
        self._hosts = _words(names)
        self._users = _words({_user()})

    def apply(self, text: str) -> str:
        """Return a text without all of that."""
        text = self._scrub(printable(text))
        for private in self._texts:
            text = text.replace(private, MASK)
        for home in self._homes:
            text = text.replace(home, "~")
        text = re.sub(r"/home/[^/\s\"']+", "/home/USER", text)
        text = _MAIL.sub(MASK, text)
        text = _ADDRESS.sub("ADDRESS", text)
        text = self._hosts.sub("HOST", text)
        return self._users.sub("USER", text)


def stored_texts(file: Path) -> Iterator[str]:
    """Yield the texts of what is stored of items and events: titles, names, messages."""
    for query in _QUERIES:
        try:
            with closing(read_only(file)) as db:
                rows = db.execute(f"{query} LIMIT {_MOST}").fetchall()
        except sqlite3.Error:
            continue
        for (body,) in rows:
            try:
                yield from _leaves(json.loads(body))
            except ValueError:
                yield str(body)


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, str):
        if not value.isdecimal() and not re.fullmatch(r"[a-z_.-]{1,12}|https?://[^/]*/?", value):
            yield value
            yield json.dumps(value)[1:-1]
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _leaves(part)


def _words(names: Iterable[str]) -> re.Pattern[str]:
    known = [re.escape(name) for name in names if name and name.casefold() not in _NEVER]
    return re.compile(rf"\b(?:{'|'.join(known)})\b" if known else r"(?!)", re.IGNORECASE)


def _user() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # a user without an entry
        return ""
