"""Who can change the files that gazelled reads and runs: only root and its own user should."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

_GROUP, _OTHERS = stat.S_IWGRP, stat.S_IWOTH


class FileWriters:
    """Finds the files and folders that others can write, and which faults were reported."""

    def __init__(self) -> None:
        self._reported: set[str] = set()
        # Whoever owns the root folder can do everything; in some containers that isn't number 0.
        self._trusted = {0, os.geteuid(), Path("/").stat().st_uid}

    def faults(self, place: Path, *, is_code: bool = False) -> list[str]:
        """
        Return how others can change a file or a folder, a sentence for each fault.

        All folders above it count, those of a symbolic link and of what it leads to, and all that
        is in a folder.

        Args:
            place: The file or folder.
            is_code: Whether it is imported: then nobody else may add a file beside it, which
                Python might take for a module of it or for its compiled form.

        """
        within = list(_within(place))
        places, holders = [*_above(place.absolute()), *within], set[Path]()
        for link in (place, *filter(Path.is_symlink, within)):
            with suppress(OSError, RuntimeError):
                places += _above(link.resolve(strict=True))
        if is_code:
            with suppress(OSError, RuntimeError):
                files = [place.absolute(), place.resolve(strict=True)]
                holders = {file if file.is_dir() else file.parent for file in files} | {*within}
        faults = (self._fault(one, is_held=one in holders) for one in dict.fromkeys(places))
        return list(filter(None, faults))

    def unreported(self, faults: Iterable[str]) -> list[str]:
        """Return those faults that it has not returned before: several files have one folder."""
        fresh = [fault for fault in faults if fault not in self._reported]
        self._reported.update(fresh)
        return fresh

    def _fault(self, place: Path, *, is_held: bool) -> str:
        try:
            status = place.stat()
        except OSError:
            return ""  # what can't be read is reported elsewhere
        if status.st_uid not in self._trusted:
            return f"{place} belongs to {_user(status.st_uid)}, who can change it: chown it"
        # In a folder such as /tmp nobody can replace what belongs to others.
        if stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX and not is_held:
            return ""
        if status.st_mode & _OTHERS:
            return f"everybody on this machine can write {place}: chmod o-w {place}"
        if status.st_mode & _GROUP and not _is_own_group(status.st_gid):
            return f"the group {_group(status.st_gid)} can write {place}: chmod g-w {place}"
        return ""


def _above(place: Path) -> list[Path]:
    """Return a file and all folders above it, from the root on."""
    return [*reversed(place.parents), place]


def _within(place: Path) -> Iterator[Path]:
    """Yield what is in a folder, at any depth."""
    for folder, folders, files in os.walk(place):
        yield from (Path(folder, name) for name in (*folders, *files))


def _is_own_group(number: int) -> bool:
    """Return whether nobody is in a group but root and this user, whose group many systems make."""
    import grp  # noqa: PLC0415 - rarely needed
    import pwd  # noqa: PLC0415 - likewise

    if number == 0:
        return True
    try:
        user, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(number)
    except KeyError:
        return False
    is_namesake = number == user.pw_gid and group.gr_name == user.pw_name
    return is_namesake and {*group.gr_mem} <= {user.pw_name}


def _user(number: int) -> str:
    import pwd  # noqa: PLC0415 - rarely needed

    try:
        return f"the user {pwd.getpwuid(number).pw_name}"
    except KeyError:
        return f"the user {number}"


def _group(number: int) -> str:
    import grp  # noqa: PLC0415 - rarely needed

    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
