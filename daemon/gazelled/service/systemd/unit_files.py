"""The files that come with gazelled for systemd, and what of them is written for a service."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import gazelled
from gazelled.errors import GazelledError
from gazelled.service.systemd.program import quoted

MARK = (
    "# Written by gazelled service install, which may replace it. Without this line it is yours.\n"
)
RESTART_STEPS_SINCE = 254
"""The version of systemd that has RestartSteps=; earlier ones warn of it."""

CONTROL_GROUP = "gazelled-control"
_USER = re.compile(r"(?<=u )gazelled(?= )|(?<=/)gazelled$", re.MULTILINE)
_COMMAND = re.compile(r"(?m)^(Exec\w+)=\S+ (\w+)$")


@dataclass(frozen=True)
class Unit:
    """
    The unit of a service.

    Attributes:
        of_user: Whether it is one of a user, or else of the system.
        instance: Which of several it is; empty for the only one.

    """

    of_user: bool = False
    instance: str = ""

    @property
    def name(self) -> str:
        """Its name, as systemctl takes it."""
        return f"gazelled@{self.instance}.service" if self.instance else "gazelled.service"

    @property
    def user(self) -> str:
        """The name of its user, and of its folders in /var/lib and /run."""
        return f"gazelled-{self.instance}" if self.instance else "gazelled"

    @property
    def options(self) -> list[str]:
        """The options that mean it, behind `gazelled service install`."""
        instance = ["--instance", self.instance] if self.instance else []
        return ["--user", *instance] if self.of_user else instance

    @property
    def file(self) -> str:
        """The name of its file; instances share one."""
        return "gazelled@.service" if self.instance else "gazelled.service"


def shipped(name: str) -> str:
    """Return a file for systemd that comes with gazelled: in the wheel, or on top of a checkout."""
    package = Path(gazelled.__file__).parent
    for folder in (package / "systemd", package.parent.parent / "systemd"):
        if (folder / name).is_file():
            return (folder / name).read_text("utf-8")
    raise GazelledError("The units that come with gazelled are gone: install it again.")


def files_of(
    unit: Unit, program: list[str], *, control_group: bool, version: int
) -> Mapping[str, str]:
    """
    Return what is written for a unit: the texts by their paths below /etc.

    Args:
        unit: The unit.
        program: The command that starts gazelled.
        control_group: Whether a group may use the control socket.
        version: The version of systemd.

    """
    folder = "systemd/user" if unit.of_user else "systemd/system"
    text = shipped(f"user/{unit.file}" if unit.of_user else unit.file)
    command = quoted(program)
    files = {f"{folder}/{unit.file}": _COMMAND.sub(rf"\1={_literal(command)} \2", text)}
    if version >= RESTART_STEPS_SINCE:
        files[f"{folder}/{unit.file}.d/restart-steps.conf"] = shipped("drop-ins/restart-steps.conf")
    if control_group:
        group, user = f"sysusers.d/{CONTROL_GROUP}.conf", f"sysusers.d/{unit.user}.conf"
        files[group] = shipped(group)
        files[user] = _USER.sub(unit.user, shipped("sysusers.d/gazelled.conf"))
        # For this instance alone, where there are several.
        files[f"{folder}/{unit.name}.d/control-group.conf"] = shipped("drop-ins/control-group.conf")
    return {name: MARK + text for name, text in files.items()}


def _literal(text: str) -> str:
    return text.replace("\\", r"\\")
