"""Installs gazelled as a service of systemd, and removes that again; each step is reported."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from shlex import quote

from gazelled.errors import GazelledError
from gazelled.regular_file import is_regular, write_whole
from gazelled.service.lock import RUNTIME
from gazelled.service.systemd.manager import Manager
from gazelled.service.systemd.program import program, require_reachable
from gazelled.service.systemd.unit_files import CONTROL_GROUP, MARK, Unit, files_of

_ALL_READ, _ALL_ENTER, _OWNER_ONLY = 0o644, 0o755, 0o700
_MASK = Path(os.devnull)
Report = Callable[[str], None]


@dataclass(frozen=True)
class Installation:
    """
    A service, installed or to be.

    Attributes:
        unit: Its unit.
        manager: The service manager.
        etc: The folder of its files: /etc, or the user's folder of configs.
        config: Its config, which may not exist yet.
        report: Takes a sentence on each thing that was done.

    """

    unit: Unit
    manager: Manager
    etc: Path
    config: Path
    report: Report

    def install(self, *, control_group: bool = False, start: bool = True) -> bool:
        """
        Write the unit, enable and start it; what is so already stays. Return whether it runs.

        Raises:
            GazelledError: If that can't be; the text says why and what to do.

        """
        self.manager.require()
        if not self.unit.of_user and not self.manager.root:
            require_reachable()
        ran = self._runs()
        self._require_unmasked()
        with _sentences():
            changed = self._write(control_group=control_group)
            if not self.unit.of_user:
                self._open_config()
        if changed:
            self.manager.reload()
        self.manager.do("enable", self.unit.name)
        self.report(f"Enabled: {self.unit.name} starts with the {self._start_of}.")
        return (start or ran) and self._start(changed=changed)

    def uninstall(self) -> None:
        """Stop and disable the unit and remove what `install` wrote; config and state stay."""
        self.manager.require()
        with _sentences():
            written = [path for path in self._possible() if path.exists()]
            if self._is_enabled() or self._runs():
                now = [] if self.manager.root else ["--now"]
                self.manager.do("disable", *now, self.unit.name)
                if not self.unit.of_user:
                    self._remove_link()
                self.report(f"Stopped and disabled: {self.unit.name}")
            else:
                self.report(f"{self.unit.name} was neither enabled nor running.")
            others = [*self._others()]
            for path in written:
                self._remove(path, others)
        if written:
            self.manager.reload()

    @property
    def _start_of(self) -> str:
        return "session of this user" if self.unit.of_user else "machine"

    @property
    def _folder(self) -> Path:
        return self.etc / "systemd" / ("user" if self.unit.of_user else "system")

    def _write(self, *, control_group: bool) -> bool:
        """Write the files that differ; return whether any did."""
        files = files_of(
            self.unit,
            program(),
            control_group=control_group,
            version=self.manager.version(),
        )
        changed = False
        for name, text in files.items():
            path = self.etc / name
            if is_regular(path) and path.read_text("utf-8", "replace") == text:
                self.report(f"Unchanged: {path}")
                continue
            _make_folder(path.parent)
            if is_regular(path) and not _is_ours(path):
                aside = _free_name(path)
                path.replace(aside)
                self.report(f"Kept what was there: {aside}")
            write_whole(path, text.encode(), mode=_ALL_READ)
            path.chmod(_ALL_READ)  # whatever the umask is
            self.report(f"Written: {path}")
            changed = True
        if control_group:
            self._make_group()
        return changed

    def _require_unmasked(self) -> None:
        """Raise GazelledError for a unit that somebody has masked, so that nothing starts it."""
        for name in dict.fromkeys([self.unit.file, self.unit.name]):
            path = self._folder / name
            if path.is_symlink() and path.readlink() == _MASK:
                where = f" --root {quote(str(self.manager.root))}" if self.manager.root else ""
                raise GazelledError(
                    f"{name} is masked, so that nothing starts it. If that is to end: "
                    f"{self.manager.command}{where} unmask {name}"
                )

    def _make_group(self) -> None:
        """Make the group and the fixed user, which can't be while a dynamic one has its name."""
        if self._runs() and not self._has_fixed_user():
            self.manager.do("stop", self.unit.name)
            self._remove_link()
            self.report(f"Stopped, to give it a fixed user: {self.unit.name}")
        where = [f"--root={self.manager.root}"] if self.manager.root else []
        done = subprocess.run(  # noqa: S603 - words of this program
            ["systemd-sysusers", *where, f"{CONTROL_GROUP}.conf", f"{self.unit.user}.conf"],  # noqa: S607 - it is where PATH has it
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = " ".join(done.stderr.split())
            raise GazelledError(f"the group {CONTROL_GROUP} could not be made: {said}")
        self.report(
            f"Members of the group {CONTROL_GROUP} may use it: usermod -aG {CONTROL_GROUP} USER"
        )

    def _remove_link(self) -> None:
        """Remove what systemd leaves of a dynamic user's runtime folder: a link to nowhere."""
        link = RUNTIME / self.unit.user
        if self.manager.root is None and link.is_symlink() and not link.exists():
            link.unlink()

    def _has_fixed_user(self) -> bool:
        users = (self.etc / "passwd").read_text("utf-8", "replace")
        return f"\n{self.unit.user}:" in f"\n{users}"

    def _open_config(self) -> None:
        """Let the service's user read the config, and root alone the secrets."""
        folder = self.config.parent
        for place in dict.fromkeys([self.etc / "gazelled", folder]):
            _make_folder(place)
        secrets = folder / "secrets"
        secrets.mkdir(mode=_OWNER_ONLY, exist_ok=True)
        for path in _parts(folder):
            needed = _ALL_ENTER if path.is_dir() else _ALL_READ
            mode = path.stat().st_mode & 0o777
            if mode | needed & 0o555 != mode:
                path.chmod(mode | needed & 0o555)
                self.report(f"Opened for the service to read: {path}")

    def _start(self, *, changed: bool) -> bool:
        if self.manager.root:
            return False
        if not is_regular(self.config):
            return False
        if self._runs():
            if changed:
                # A restart keeps the runtime folder, and with it the user that it was made for.
                do, name = self.manager.command, self.unit.name
                self.report(f"To use the new unit: {do} stop {name} && {do} start {name}")
            return True
        try:
            self.manager.do("start", self.unit.name)
        except GazelledError as error:
            user = "--user " if self.unit.of_user else ""
            raise GazelledError(
                f"{error} To see why: journalctl {user}-u {self.unit.name} -n 20"
            ) from None
        self.report(f"Started: {self.unit.name}")
        return True

    def _possible(self) -> list[Path]:
        """Return every file that `install` may have written."""
        files = files_of(self.unit, [""], control_group=not self.unit.of_user, version=10**6)
        return [self.etc / name for name in files]

    def _others(self) -> Iterator[str]:
        """Return the other units that are enabled, which may need what they share with this one."""
        for wants in self._folder.glob("*.wants"):
            for link in wants.iterdir():
                if link.name.startswith(("gazelled.", "gazelled@")) and link.name != self.unit.name:
                    yield link.name

    def _remove(self, path: Path, others: list[str]) -> None:
        shared = "@." in str(path) or path.name == f"{CONTROL_GROUP}.conf"
        needed = [name for name in others if shared and ("@" in name or "@." not in str(path))]
        if needed:
            self.report(f"Kept for {', '.join(needed)}: {path}")
        elif not _is_ours(path):
            self.report(f"Kept, since gazelled service install did not write it: {path}")
        else:
            path.unlink()
            self.report(f"Removed: {path}")
            if path.parent.suffix == ".d" and not any(path.parent.iterdir()):
                path.parent.rmdir()

    def _runs(self) -> bool:
        if self.manager.root:
            return False
        return self.manager.show(self.unit.name, "ActiveState").get("ActiveState") == "active"

    def _is_enabled(self) -> bool:
        # In another root the links lead nowhere.
        places = self._folder.glob("*.wants")
        return any(os.path.lexists(wants / self.unit.name) for wants in places)


def _is_ours(path: Path) -> bool:
    return path.read_text("utf-8", "replace").startswith(MARK)


def _free_name(path: Path) -> Path:
    """Return the name under which a file is kept; what was kept before stays."""
    names = (f"{path.name}.old{number or ''}" for number in count())
    return next(place for place in map(path.with_name, names) if not os.path.lexists(place))


def _parts(folder: Path) -> Iterator[Path]:
    """Return what of a config the service reads itself: everything but the secrets."""
    yield folder
    yield from folder.glob("*.toml")
    for name in ("conf.d", "plugins"):
        if (folder / name).is_dir():
            yield folder / name
            yield from (path for path in (folder / name).rglob("*") if not path.is_symlink())


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it; all can enter, whatever the umask is."""
    for part in (*reversed(folder.parents), folder):
        if not part.exists():
            part.mkdir()
            part.chmod(_ALL_ENTER)


@contextmanager
def _sentences() -> Iterator[None]:
    """Make a sentence of what keeps files from being changed."""
    try:
        yield
    except PermissionError as error:
        raise GazelledError(
            f"{error.filename} can't be changed: {error.strerror}. A service of the system is "
            "installed and removed by root (sudo); --user is for a service of your own"
        ) from error
    except OSError as error:
        raise GazelledError(f"{error.filename} can't be changed: {error.strerror}") from error
