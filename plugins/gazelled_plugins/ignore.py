"""
Ignore: has nothing reported of what a list names.

    [plugin.ignore]
    uploaders = ["bulk_importer"]
    titles = ["test upload", "16S *"]
    ids = ["torrent 63"]
    infohashes = ["0123…"]
    # list = "ignore.txt"        the same in a file, which may change while gazelled runs

A line of the file is `uploader NAME`, `title WORDS`, `id NUMBER` or `infohash HASH`; what follows
a `#` is a remark.
"""

from __future__ import annotations

import asyncio
import fnmatch
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from gazelled.plugin import (
    FLAG,
    TEXT,
    ItemDecision,
    OptionFault,
    OptionFaults,
    PluginConfig,
    PluginContext,
    RegisterFunction,
    RegisterOptions,
    Veto,
    hookimpl,
    read_regular,
)

LARGEST = 4 * 2**20
"""The most bytes of the file."""

_SORTS = ("uploader", "title", "id", "infohash")


@dataclass(frozen=True, slots=True)
class Entries:
    """
    What is ignored, in small letters.

    Attributes:
        uploaders: The names of users.
        titles: Words of titles; `*` and `?` as in the names of files.
        ids: The ids of items, with their kind where that was given: `torrent 63`.
        infohashes: Infohashes.

    """

    uploaders: frozenset[str] = frozenset()
    titles: tuple[str, ...] = ()
    ids: frozenset[str] = frozenset()
    infohashes: frozenset[str] = frozenset()

    def reason(self, decision: ItemDecision) -> str:
        """Return why an item is ignored; empty if it is not."""
        item = decision.item
        uploader = str(item.fields.get("uploader") or "").casefold()
        if uploader and uploader in self.uploaders:
            return f"its uploader, {uploader}, is ignored"
        infohash = str(item.fields.get("infohash") or "").casefold()
        if infohash and infohash in self.infohashes:
            return "its infohash is ignored"
        if not self.ids.isdisjoint({item.id.casefold(), f"{item.kind} {item.id}".casefold()}):
            return f"{item.kind} {item.id} is ignored"
        words = next((words for words in self.titles if has_words(item.title, words)), None)
        return f'titles with "{words}" are ignored' if words is not None else ""


class Options(PluginConfig):
    """
    What `[plugin.ignore]` may hold.

    Attributes:
        uploaders: The names of users whose uploads are ignored, where the rule knows them.
        titles: Words of titles that are ignored.
        ids: The ids of items that are ignored.
        infohashes: The infohashes that are ignored, where the rule knows them.
        path: A file with further ones; the key is `list`.

    """

    uploaders: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    infohashes: tuple[str, ...] = ()
    path: Path | None = Field(default=None, alias="list")

    def check_thoroughly(self) -> None:
        """Read the file."""
        if self.path is not None:
            try:
                [*read_list(self.path)]
            except OSError as error:
                text = f"{self.path} could not be read: {error.strerror}"
                raise OptionFaults(OptionFault(("list",), text)) from None
            except ValueError as error:
                raise OptionFaults(OptionFault(("list",), str(error))) from None

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield what the options name, as the lines of the file."""
        named = (self.uploaders, self.titles, self.ids, self.infohashes)
        for sort, values in zip(_SORTS, named, strict=True):
            yield from ((sort, value) for value in values)


def read_list(path: Path) -> Iterator[tuple[str, str]]:
    """
    Yield the lines of a file: what each names, and which.

    Raises:
        OSError: If it can't be read.
        ValueError: If a line names nothing, with its number.

    """
    try:
        text = read_regular(path, LARGEST).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8 text") from None
    for number, line in enumerate(text.splitlines(), 1):
        sort, _, value = line.partition("#")[0].strip().partition(" ")
        if sort and (sort not in _SORTS or not value.strip()):
            raise ValueError(f"{path}, line {number}: expected {', '.join(_SORTS)} and a value")
        if sort:
            yield sort, value.strip()


def entries_of(lines: Iterable[tuple[str, str]]) -> Entries:
    """Return what lines name."""
    named: dict[str, list[str]] = {sort: [] for sort in _SORTS}
    for sort, value in lines:
        named[sort].append(value.casefold())
    return Entries(
        frozenset(named["uploader"]),
        tuple(named["title"]),
        frozenset(named["id"]),
        frozenset(named["infohash"]),
    )


def has_words(text: str, words: str) -> bool:
    """Return whether a text has words next to each other, in any case, with `*` and `?`."""
    parts, patterns = text.casefold().split(), words.casefold().split()
    return bool(patterns) and any(
        all(map(_fits, parts[start : start + len(patterns)], patterns))
        for start in range(len(parts) - len(patterns) + 1)
    )


def _fits(word: str, pattern: str) -> bool:
    bare = word.strip(".,;:!?()[]{}\"'")
    return fnmatch.fnmatchcase(word, pattern) or fnmatch.fnmatchcase(bare, pattern)


class Ignore:
    """The plugin: it vetoes what the lists name."""

    def __init__(self) -> None:
        self._all = Entries()
        self._version: tuple[int, int] | None = None

    @hookimpl
    def gazelled_options(self, register: RegisterOptions) -> None:
        """Register the options."""
        register(Options)

    @hookimpl
    def gazelled_functions(self, register: RegisterFunction) -> None:
        """Register the function that looks for words."""
        register(
            "has_words",
            has_words,
            takes=[TEXT, TEXT],
            returns=FLAG,
            example="has_words(title, '16S *')",
        )

    @hookimpl
    async def gazelled_item_decided(
        self, decision: ItemDecision, context: PluginContext[Options]
    ) -> Veto | None:
        """Veto an item that a list names."""
        if not decision.fits:
            return None
        entries = await asyncio.to_thread(self._entries, context.options)
        reason = entries.reason(decision)
        return Veto(reason) if reason else None

    def _entries(self, options: Options) -> Entries:
        """Return what is ignored; the file is read again when it has changed."""
        status = options.path.stat() if options.path else None
        version = (status.st_mtime_ns, status.st_size) if status else (0, 0)
        if version != self._version:
            further = read_list(options.path) if options.path else ()
            self._all, self._version = entries_of([*options.lines(), *further]), version
        return self._all
