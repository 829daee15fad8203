"""A folder that a client watches, of this user or of another one."""

from __future__ import annotations

import errno
import grp
import math
import os
import shutil
from pathlib import Path

from gazelled.plugin import GiveUp, RetryLater, TargetFault, TorrentFile, write_whole
from gazelled_plugins.torrents.client import explained
from gazelled_plugins.torrents.options import Options

_TAKEN = ("", ".added", ".imported", ".loaded")
"""What clients append to the names of files that they have taken."""


class Folder:
    """
    A folder that a client watches.

    A client may take a file away again; when it is put there a second time after a crash, the
    client knows the torrent.
    """

    idle = math.inf

    def __init__(self, options: Options, timeout: float) -> None:
        del timeout
        if options.folder is None:
            raise TypeError("the options have no folder")
        self._folder = options.folder
        self._options = options
        self.where = f"The folder {self._folder}"

    def check(self) -> None:
        """Check that files can be written, and their group set."""
        if not self._folder.is_dir():
            os.scandir(self._folder).close()  # its error says why
        if not os.access(self._folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        self._group()

    def version(self) -> str:
        """Return nothing: which client watches the folder is unknown."""
        return ""

    def has(self, file: TorrentFile) -> bool:
        """Return whether the file is there, or its client has renamed it."""
        path = self._path(file)
        return any(path.with_name(path.name + suffix).exists() for suffix in _TAKEN)

    def add(self, file: TorrentFile) -> None:
        """Write the file whole; nobody sees it with other rights than it ends with."""
        write_whole(self._path(file), file.content, before=self._set_rights)

    def free(self) -> int | None:
        """Return what is free where the data goes, or else on the disk of the folder."""
        return shutil.disk_usage(self._options.data_folder or self._folder).free

    def unfinished(self) -> int:
        """Return nothing: what the client of the folder still needs is unknown here."""
        return 0

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def explain(self, error: Exception) -> RetryLater | GiveUp:
        """Return what an error means."""
        if isinstance(error, OSError):
            return TargetFault(f"{self.where}: gazelled can't write: {error.strerror}.")
        return explained(error, self.where)

    def _path(self, file: TorrentFile) -> Path:
        return self._folder / f"{file.id:d}.torrent"

    def _set_rights(self, fresh: Path) -> None:
        group = self._group()
        if group >= 0:
            try:
                os.chown(fresh, -1, group)
            except PermissionError:
                raise TargetFault(
                    f'{self.where}: gazelled can\'t give files to the group "{self._options.group}"'
                    ": its user must be a member of it."
                ) from None
        fresh.chmod(self._options.mode)

    def _group(self) -> int:
        """Return the number of the group; -1 for the one that files get by themselves."""
        if not self._options.group:
            return -1
        try:
            return grp.getgrnam(self._options.group).gr_gid
        except KeyError:
            raise TargetFault(
                f'{self.where}: there is no group "{self._options.group}" on this machine.'
            ) from None
