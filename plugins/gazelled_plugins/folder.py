"""`ask = "folder"`: the files of a folder, as a source for watches."""

from __future__ import annotations

import asyncio
import fnmatch
import os
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field, field_validator

from gazelled.plugin import (
    AGE,
    SIZE,
    TEXT,
    Item,
    PluginConfig,
    RegisterSource,
    RetryLater,
    hookimpl,
    parse_duration,
)
from gazelled.plugin.sources import Source, SourcePage, SourceRequest

MOST_FILES = 10_000
"""So many files are listed: the newest."""


class FolderOptions(PluginConfig):
    """What `with` of a watch takes."""

    path: Path = Field(description="the folder")
    pattern: str = Field(default="*", description="which names: *.fastq.gz", min_length=1)
    subfolders: bool = Field(default=False, description="whether files in its folders count")
    hidden: bool = Field(default=False, description="whether names that begin with a dot count")
    settled: str = Field(default="10s", description="how long a file must have been unchanged")

    @field_validator("settled")
    @classmethod
    def _check_settled(cls, value: str) -> str:
        if value:
            parse_duration(value)
        return value


class Folder(Source[FolderOptions]):
    """The files of a folder: one item each, known by its path in the folder."""

    name = "folder"
    about = "The files in a folder of this machine"
    options = FolderOptions
    item = "file"
    fields = {"size": SIZE, "age": AGE, "suffix": TEXT, "folder": TEXT}  # noqa: RUF012 - as declared
    example = "path=/srv/reads"

    async def poll(self, request: SourceRequest[FolderOptions]) -> Sequence[Item] | SourcePage:
        """Return the files that are there now."""
        try:
            files = await asyncio.to_thread(_files, request.options)
        except FileNotFoundError:
            raise RetryLater("the folder is not there") from None
        except OSError as error:
            raise RetryLater(f"the folder can't be read ({error.strerror})") from None
        return SourcePage(files[:MOST_FILES], complete=len(files) <= MOST_FILES)


def _files(options: FolderOptions) -> list[Item]:
    """Return the files of a folder, the newest first."""
    files = []
    latest = time.time() - (parse_duration(options.settled) if options.settled else 0.0)
    for entry in _entries(options.path, options):
        try:
            about = entry.stat()
        except OSError:
            continue  # it went meanwhile
        if about.st_mtime > latest:
            continue  # it may still be written
        relative = Path(entry.path).relative_to(options.path)
        item = Item(
            id=relative.as_posix(),
            kind="file",
            title=entry.name,
            time=datetime.fromtimestamp(about.st_mtime, UTC),
            size=about.st_size,
            fields={
                "suffix": relative.suffix.removeprefix(".").lower(),
                "folder": "" if relative.parent == Path() else relative.parent.as_posix(),
            },
        )
        files.append(item)
    files.sort(key=lambda item: (item.time or datetime.now(UTC), item.id), reverse=True)
    return files


def _entries(folder: Path, options: FolderOptions) -> Iterator[os.DirEntry[str]]:
    """Yield the regular files of a folder that count; links are not followed."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") and not options.hidden:
                continue
            if entry.is_dir(follow_symlinks=False):
                if options.subfolders:
                    yield from _entries(Path(entry.path), options)
            elif entry.is_file(follow_symlinks=False) and fnmatch.fnmatch(
                entry.name, options.pattern
            ):
                yield entry


@hookimpl
def gazelled_sources(register: RegisterSource) -> None:
    """Register the source."""
    register(Folder())
