"""What systemd says of a service of gazelled, to whoever asks: that needs no rights."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gazelled.service.systemd.manager import Manager
from gazelled.service.systemd.unit_files import Unit

_SYSTEM = ("/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib")
_USER = ("/etc", "/run", "/usr/local/lib", "/usr/lib")
LINGERING = Path("/var/lib/systemd/linger")

_PROPERTIES = (
    "LoadState",
    "ActiveState",
    "ActiveEnterTimestamp",
    "MainPID",
    "StatusText",
    "Result",
    "UnitFileState",
    "NeedDaemonReload",
    "FragmentPath",
    "DropInPaths",
)


@dataclass(frozen=True, slots=True)
class ServiceState:
    """
    How a service is.

    Attributes:
        unit: Its unit.
        command: What a person types to reach its manager: `systemctl`, or with `--user`.
        state: `active`, `reloading`, `activating`, `failed`, `inactive` and the like.
        since: Since when it is active.
        pid: Its process; 0 if it has none.
        summary: What it last said of itself.
        result: How it ended last.
        enabled: `enabled`, `disabled` and the like: whether it starts with the machine or session.
        is_outdated: Whether its files have changed since systemd read them.
        fragment: The file of its unit.
        drop_ins: The drop-ins that systemd has read, its own and those of all units.

    """

    unit: str
    command: str
    state: str
    since: datetime | None
    pid: int
    summary: str
    result: str
    enabled: str = ""
    is_outdated: bool = False
    fragment: str = ""
    drop_ins: tuple[Path, ...] = ()

    @property
    def runs(self) -> bool:
        """Whether its process is there and said that it is ready."""
        return self.pid > 0 and self.state in {"active", "reloading"}


def service_state(unit: Unit) -> ServiceState | None:
    """Return how a service is; None if there is no such unit, or nobody to ask."""
    manager = Manager(of_user=unit.of_user)
    known = manager.show(unit.name, *_PROPERTIES)
    if known.get("LoadState") != "loaded":
        return None
    at = known.get("ActiveEnterTimestamp", "").removeprefix("@")
    pid = known.get("MainPID", "")
    return ServiceState(
        unit.name,
        manager.command,
        known.get("ActiveState", ""),
        datetime.fromtimestamp(int(at), UTC) if at.isdigit() and int(at) else None,
        int(pid) if pid.isdigit() else 0,
        known.get("StatusText", ""),
        known.get("Result", ""),
        known.get("UnitFileState", ""),
        known.get("NeedDaemonReload") == "yes",
        known.get("FragmentPath", ""),
        tuple(map(Path, known.get("DropInPaths", "").split())),
    )


def lingers(user: str) -> bool:
    """Return whether services of a user run while that one is logged out."""
    return bool(user) and (LINGERING / user).exists()


def service_command(verb: str, unit: Unit, configs: Path) -> str:
    """
    Return what a person types to start, restart or reload a service; empty if there is no unit.

    Args:
        verb: What is to be done.
        unit: The unit of the service.
        configs: The user's folder of configs.

    """
    kind, places = ("user", _USER) if unit.of_user else ("system", _SYSTEM)
    folders = [Path(place) / "systemd" / kind for place in places]
    if unit.of_user:
        folders.append(configs / "systemd" / kind)
    if shutil.which("systemctl") is None or not any((at / unit.file).exists() for at in folders):
        return ""
    return f"{Manager(of_user=unit.of_user).command} {verb} {unit.name.removesuffix('.service')}"
