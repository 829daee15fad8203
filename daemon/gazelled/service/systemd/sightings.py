"""Daemons that run here and can't be asked by this user: what can be seen of them nevertheless."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gazelled.service import lock
from gazelled.service.systemd.service_state import ServiceState, service_state
from gazelled.service.systemd.unit_files import Unit
from gazelled.tracker.login.account_lock import Peer, holders


@dataclass(frozen=True, slots=True)
class Sighting:
    """
    A daemon that runs and was not asked.

    Attributes:
        pid: Its process; 0 if that can't be seen.
        user: The name of its user; empty if that can't be seen.
        unit: The unit of its service; empty if it is none.
        since: Since when the service runs.
        summary: What it last told the service manager.
        advice: How to ask it.
        running: Whether it is running, which is why it is listed.

    """

    pid: int
    user: str
    unit: str
    since: datetime | None
    summary: str
    advice: str
    running: bool = True


def sightings(unit: Unit, folder: Path, *, refused: bool) -> list[Sighting]:
    """
    Return the daemons of others that run here, and what can be seen of them without a question.

    Args:
        unit: The unit of the system's service that is meant.
        folder: Its state folder.
        refused: Whether its socket could not be used, so that it runs even if nothing is seen.

    """
    peers = {peer.pid: peer for peer in holders() if peer.uid != os.geteuid()}
    seen: list[Sighting] = []
    service = service_state(unit)
    if refused or (service and service.runs):
        owner = _owner(lock.RUNTIME / folder.name)
        pids = [peer.pid for peer in peers.values() if peer.uid == owner]
        pid = service.pid if service else pids[0] if len(pids) == 1 else 0
        peer = peers.pop(pid, Peer(pid, owner))
        seen.append(_of_service(service, peer, lock.how_to_ask(folder)))
    return seen + [
        Sighting(peer.pid, peer.user, "", None, "", f"sudo -u {peer.user} gazelled status")
        for peer in peers.values()
    ]


def _of_service(service: ServiceState | None, peer: Peer, advice: str) -> Sighting:
    user = peer.user if peer.uid >= 0 else ""
    if service is None:
        return Sighting(peer.pid, user, "", None, "", advice)
    unit = service.unit.removesuffix(".service")
    return Sighting(peer.pid, user, unit, service.since, service.summary, advice)


def _owner(runtime: Path) -> int:
    """Return the user whose folder of sockets it is; -1 if there is none."""
    try:
        return runtime.stat().st_uid
    except OSError:
        return -1
