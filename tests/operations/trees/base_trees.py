"""Trees of Debian to boot, made once by debootstrap and kept in a cache."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.wheels import ROOT, wheel

SUITES = {"bookworm": "3.11", "trixie": "3.13"}
"""The releases of Debian by name, with the versions of their Python."""

PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "libnss-systemd", "ca-certificates", "procps"),
    *("libpam-systemd", "dbus-user-session", "python3-venv"),
)
"""What is in a tree besides Debian's required packages: what README asks for, and a system."""

PROGRAMS = {
    "systemd-nspawn": "systemd-container",
    "debootstrap": "debootstrap",
    "unshare": "util-linux",
    "nsenter": "util-linux",
}
"""The programs that trees need, and the packages that bring them."""

WHEELS = "/opt/wheels"
"""Where pip finds in a tree what it finds in an index elsewhere."""

LATER = "99.0"
"""The version to upgrade to."""

NEWER = "/opt/newer"
"""Where a tree has the wheel of a version to upgrade to."""

LIBRARIES = "/opt/libraries"
"""Where a tree has gazelled and what it needs, not installed, for the simulated tracker."""


def cache() -> Path:
    """Return the folder of the cache: `GAZELLED_TREES`, or one in the home folder."""
    return Path(os.environ.get("GAZELLED_TREES") or "~/.cache/gazelled-trees").expanduser()


def missing() -> str:
    """Return why no tree can be made or booted on this machine; empty if one can be tried."""
    if os.geteuid():
        return "only root can boot a tree"
    absent = sorted({package for name, package in PROGRAMS.items() if not shutil.which(name)})
    return f"these packages are missing: {' '.join(absent)}" if absent else ""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a lock that all tests of this machine share, since several run beside each other."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def base_tree(suite: str) -> Path:
    """
    Return the tree of a release as Debian installs it, made if there is none yet.

    Raises:
        subprocess.CalledProcessError: If debootstrap fails.

    """
    name = hashlib.sha256(" ".join(PACKAGES).encode()).hexdigest()[:8]
    tree = cache() / f"{suite}-{name}"
    with locked(cache()):
        if not tree.is_dir():
            draft = tree.with_suffix(".draft")
            shutil.rmtree(draft, ignore_errors=True)
            include = "--include=" + ",".join(PACKAGES)
            command = ["debootstrap", "--variant=minbase", include, suite, str(draft), mirror()]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
            draft.rename(tree)
    return tree


def mirror() -> str:
    """Return the address of the mirror that apt uses on this machine."""
    command = ["apt-get", "indextargets", "--format", "$(CODENAME) $(SITE)", "Created-By: Packages"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ours
    sites = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    # Updates and security fixes have codenames like bookworm-updates, some on mirrors of their own.
    return next(site for codename, site in sites.items() if "-" not in codename)


def offer_wheels(suite: str, folder: Path) -> None:
    """
    Put the wheel of gazelled, all it needs and a checkout into the files of a machine.

    pip needs no index then, and commands are those of the documents.

    Args:
        suite: The release.
        folder: The root of the files.

    """
    made = wheel(folder.parent)
    target = folder / WHEELS.lstrip("/")
    shutil.copytree(_needed_wheels(SUITES[suite], made), target)
    shutil.copy(made, target)
    for each in target.iterdir():
        with zipfile.ZipFile(each) as archive:
            archive.extractall(folder / LIBRARIES.lstrip("/"))
    write_newer(made, folder / NEWER.lstrip("/"))
    (folder / "etc").mkdir()
    (folder / "etc" / "pip.conf").write_text(f"[global]\nno-index = true\nfind-links = {WHEELS}\n")
    checkout = folder / "usr" / "src" / "gazelled"
    checkout.parent.mkdir(parents=True)
    kept = shutil.ignore_patterns(".*", "tests", "*cache*", "__pycache__")
    shutil.copytree(ROOT, checkout, ignore=kept)


def write_newer(made: Path, folder: Path) -> None:
    """Write the wheel of a later version with the same code."""
    version = made.name.split("-")[1]
    folder.mkdir(parents=True)
    with (
        zipfile.ZipFile(made) as old,
        zipfile.ZipFile(folder / made.name.replace(version, LATER), "w") as new,
    ):
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename.endswith(("/METADATA", "gazelled/__init__.py")):
                content = content.replace(version.encode(), LATER.encode())
            new.writestr(entry.filename.replace(f"-{version}.", f"-{LATER}."), content)


def _needed_wheels(python: str, made: Path) -> Path:
    """Return a folder with what gazelled needs at a version of Python, downloaded once."""
    name = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()[:8]
    folder = cache() / f"wheels-{python}-{name}"
    with locked(cache()):
        if not folder.is_dir():
            draft = folder.with_name("wheels-draft")
            shutil.rmtree(draft, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", str(draft / "pip")], check=True)  # noqa: S603 - ours
            command = [
                *(str(draft / "pip" / "bin" / "pip"), "download", "--quiet"),
                *("--disable-pip-version-check", "--only-binary=:all:"),
                *("--python-version", python, "--dest", str(draft / "wheels")),
                *(f"{made}[all]", "hatchling"),
            ]
            subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - ours
            (draft / "wheels" / made.name).unlink()
            (draft / "wheels").rename(folder)
    return folder
