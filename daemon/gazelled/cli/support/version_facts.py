"""What is installed and runs here: the facts that a bug report needs."""

from __future__ import annotations

import platform
import re
import sqlite3
import ssl
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from importlib import metadata
from shutil import which

from gazelled import __version__
from gazelled.cli.authoring.plugin_upkeep import all_plugins
from gazelled.cli.client import ask_daemon
from gazelled.cli.settings import Settings
from gazelled.errors import GazelledError
from gazelled.regular_file import is_regular
from gazelled.service.control.protocol import StatusRequest
from gazelled.service.systemd.manager import BOOTED, Manager

WITHIN = 4.0
_FOR_DEVELOPERS = re.compile(r"extra == ['\"](?:test|lint|browser)['\"]")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def version_facts(settings: Settings) -> Mapping[str, object]:
    """Return the facts by what they are about; what can't be found out is a sentence there."""
    return {
        "gazelled": __version__,
        "daemon": _daemon(settings),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": f"{platform.platform()} {platform.machine()}",
        "libc": " ".join(platform.libc_ver()).strip() or "unknown",
        "systemd": _systemd(),
        "sqlite": sqlite3.sqlite_version,
        "openssl": ssl.OPENSSL_VERSION,
        "libraries": libraries(),
        "program": sys.executable,
        "config": _place(settings),
        "state": str(settings.state_folder),
        "plugins": _plugins(settings),
    }


def lines_of(facts: Mapping[str, object]) -> Iterator[str]:
    """Yield the facts as lines for people."""
    for name, fact in facts.items():
        if isinstance(fact, Mapping):
            yield f"{name}:"
            yield from (f"  {part} {value}" for part, value in fact.items())
        else:
            yield f"{name}: {fact}"


def libraries() -> Mapping[str, str]:
    """Return the versions of the libraries that gazelled uses, also by extras, where installed."""
    try:
        required = metadata.requires("gazelled") or []
    except metadata.PackageNotFoundError:  # it runs from its source
        required = []
    used = [text for text in required if not _FOR_DEVELOPERS.search(text)]
    names = {match[0].lower() for text in used if (match := _NAME.match(text))}
    versions = {}
    for name in sorted(names - {"gazelled"}):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _daemon(settings: Settings) -> str:
    try:
        reply = ask_daemon(settings, StatusRequest(), within=WITHIN)
    except GazelledError as error:
        return str(error)
    if reply is None or not reply.running:
        return "not running"
    return f"{reply.version}, process {reply.pid}, since {reply.started:%Y-%m-%d %H:%M} UTC"


def _systemd() -> str:
    number = Manager().version() if which("systemctl") else 0
    if not number:
        return "none"
    return f"{number}" if BOOTED.is_dir() else f"{number}, does not run here"


def _place(settings: Settings) -> str:
    file = settings.config_file
    return str(file) if is_regular(file) else f"{file} (there is none yet)"


def _plugins(settings: Settings) -> Mapping[str, str] | str:
    if not is_regular(settings.config_file):
        return "none, without a config"
    try:
        infos = [asdict(info) for info in all_plugins(settings).plugins]
    except GazelledError as error:
        return str(error)
    return {
        str(info["name"]): " ".join(filter(None, (info["version"], info["form"], info["state"])))
        for info in infos
    }
