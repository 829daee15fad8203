"""
How the site's search engine takes texts apart and finds words in them.

It is Sphinx, configured as in the application's `sphinx.conf`: infixes of three letters or more,
English stems, and signs that count as part of a word and as its end (`blend_chars`). What was
measured of it: a word is found inside of words and by its stem, `!word` excludes, quotes and a
leading `-` are text, `CC BY` finds `CC BY-SA`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

_INFIX = 3
"""How many letters a part of a word needs to be found."""

_SHORTEST = 2
"""Shorter words aren't in the index."""

_VOWEL = re.compile("[aeiouy]")


def matches(text: str, wanted: Iterable[str]) -> bool:
    """Return whether a text holds all wanted words, and none that is wanted with a `!`."""
    for word in wanted:
        without = is_excluded(word)
        if has_word(text, word[1:] if without else word) == without:
            return False
    return True


def has_tags(tags: str, wanted: str, *, any_of: bool) -> bool:
    """Return whether all wanted tags are there, or any; one with a `!` may never be."""
    fits: list[bool] = []
    for tag in wanted.split(","):
        word = tag.strip().replace(".", "_")
        if is_excluded(word):
            if has_word(tags, word[1:]):
                return False
        elif word:
            # The engine is asked for `tag | tag:*`, so one with a space in it is found nowhere.
            fits.append(" " not in word and has_word(tags, word))
    return not fits or (any(fits) if any_of else all(fits))


def is_excluded(word: str) -> bool:
    """Return whether a word is one that may not be there."""
    return len(word) > 1 and word.startswith("!") and "!" not in word[1:]


def has_word(text: str, word: str) -> bool:
    """Return whether a text holds a word, a part of a word or another form of it."""
    wanted, index = word.casefold(), _index(text)
    if wanted in index.words or _stem(wanted) in index.stems:
        return True
    return len(wanted) >= _INFIX and wanted in index.all


class _Index(NamedTuple):
    """A text taken apart: its words, their stems, and all words with a line break between."""

    words: frozenset[str]
    stems: frozenset[str]
    all: str


@lru_cache(maxsize=8192)
def _index(text: str) -> _Index:
    """Take a text apart: between spaces, signs belong to a word, and end it."""
    words: set[str] = set()
    for chunk in text.casefold().split():
        parts = re.findall(r"\w+", chunk)
        words.update(part for part in parts if len(part) >= _SHORTEST)
        words.update({chunk, chunk.strip(_SIGNS), chunk.lstrip(_SIGNS), chunk.rstrip(_SIGNS)})
    words.discard("")
    return _Index(frozenset(words), frozenset(map(_stem, words)), "\n".join(words))


_SIGNS = "!\"#$%&'()*+,-./:;<=>?@[\\]^`{|}~"


@lru_cache(maxsize=16384)
def _stem(word: str) -> str:
    """Cut off what the first steps of Porter's stemmer do, and the last e."""
    if not (word.isascii() and word.isalpha()) or len(word) <= _INFIX:
        return word
    if word.endswith(("sses", "ies")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    for end in ("ing", "ed"):
        root = word.removesuffix(end)
        if root != word and _VOWEL.search(root):
            word = root
            break
    if word.endswith("y") and _VOWEL.search(word[:-1]):
        word = f"{word[:-1]}i"
    return word.removesuffix("e")
