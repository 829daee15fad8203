"""The real clients of Debian's packages, each with a profile of its own, on loopback alone."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gazelled.testing.content.torrent_file import bencode
from gazelled.testing.ports import free_port

if TYPE_CHECKING:
    import qbittorrentapi

USER = "me"
PASSWORD = "adminadmin"
WRONG = "CANARYwrong"
LONG = 60.0
_PIECE = 2**14
_NOWHERE = "http://127.0.0.1:9/announce"


def until(holds: Callable[[], bool], limit: float = LONG) -> None:
    """Wait until something holds, which another process makes so."""
    end = time.monotonic() + limit
    while not holds():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)


@dataclass(frozen=True)
class Listed:
    """A torrent as its client shows it."""

    labels: frozenset[str]
    path: str
    paused: bool


class RealClient:
    """
    A client.

    Args:
        folder: Where it keeps all that is its own; its data goes into `data` there.

    """

    name = ""
    program = ""
    takes_tags = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir(parents=True)
        self.port = free_port()
        self.peers = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address that a target is configured with."""
        return f"http://127.0.0.1:{self.port}"

    def options(self, password: str = PASSWORD) -> dict[str, Any]:
        """Return what a target is configured with."""
        return {"client": self.name, "url": self.url, "username": USER, "password": password}

    def command(self) -> list[str]:
        """Return how it is started."""
        raise NotImplementedError

    def torrents(self) -> dict[str, Listed]:
        """Return what it has, by infohash; raise if it doesn't answer."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the arguments are ours
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={"HOME": str(self.folder), "PATH": "/usr/bin:/bin", "TERM": "dumb"},
                start_new_session=True,
            )
        until(self.answers)

    def answers(self) -> bool:
        """Return whether it answers."""
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "log").read_text()
        try:
            self.torrents()
        except Exception:  # noqa: BLE001 - each library has its own
            return False
        return True

    def stop(self) -> None:
        """End it, and what it has started."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


_QBITTORRENT = """
[BitTorrent]
Session\\DHTEnabled=false
Session\\PeXEnabled=false
Session\\LSDEnabled=false
Session\\AnonymousModeEnabled=true
Session\\Interface=lo
Session\\InterfaceName=lo
Session\\InterfaceAddress=127.0.0.1
Session\\Port={client.peers}
Session\\DefaultSavePath={client.data}
[LegalNotice]
Accepted=true
[Network]
PortForwardingEnabled=false
[Preferences]
Connection\\ResolvePeerCountries=false
General\\Locale=en
WebUI\\Address=127.0.0.1
WebUI\\HostHeaderValidation=false
WebUI\\UseUPnP=false
WebUI\\Username={user}
"""


class RealQBittorrent(RealClient):
    """qBittorrent without a window."""

    name = "qbittorrent"
    program = "qbittorrent-nox"

    def command(self) -> list[str]:
        """Return how it is started; it reads its settings from a file."""
        settings = self.folder / "qBittorrent" / "config" / "qBittorrent.conf"
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text(_QBITTORRENT.format(client=self, user=USER))
        return [self.program, f"--profile={self.folder}", f"--webui-port={self.port}"]

    def start(self) -> None:
        """Start it and wait until it takes torrents: its Web UI answers before that."""
        super().start()
        probe = make("probe")
        until(lambda: self.api().torrents_add(torrent_files=probe.content) == "Ok.")
        until(lambda: probe.sha1 in self.torrents())  # it answers before it has it
        self.api().torrents_delete(delete_files=True, torrent_hashes=probe.sha1)
        until(lambda: probe.sha1 not in self.torrents())

    def api(self) -> qbittorrentapi.Client:
        """Return a client that has logged in."""
        import qbittorrentapi  # noqa: PLC0415 - where it is missing, no test gets here

        # What asks while it starts may never get an answer.
        client = qbittorrentapi.Client(
            self.url, username=USER, password=PASSWORD, REQUESTS_ARGS={"timeout": 3}
        )
        client.auth_log_in()
        return client

    def torrents(self) -> dict[str, Listed]:
        """Ask its Web API."""
        return {
            torrent.hash: Listed(
                frozenset(filter(None, [torrent.category, *torrent.tags.split(", ")])),
                torrent.save_path.rstrip("/"),
                "paused" in torrent.state or "stopped" in torrent.state,
            )
            for torrent in self.api().torrents_info()
        }


class RealTransmission(RealClient):
    """Transmission's daemon."""

    name = "transmission"
    program = "transmission-daemon"

    def command(self) -> list[str]:
        """Return how it is started; it reads its settings from a file."""
        settings: dict[str, object] = {
            "bind-address-ipv4": "127.0.0.1",
            "bind-address-ipv6": "::1",
            "dht-enabled": False,
            "lpd-enabled": False,
            "pex-enabled": False,
            "utp-enabled": False,
            "port-forwarding-enabled": False,
            "peer-port": self.peers,
            "download-dir": str(self.data),
            "rpc-bind-address": "127.0.0.1",
            "rpc-port": self.port,
            "rpc-authentication-required": True,
            "rpc-username": USER,
            "rpc-password": PASSWORD,
            "anti-brute-force-enabled": False,
        }
        (self.folder / "settings.json").write_text(json.dumps(settings))
        return [self.program, "--foreground", "--config-dir", str(self.folder)]

    def torrents(self) -> dict[str, Listed]:
        """Ask its RPC."""
        import transmission_rpc  # noqa: PLC0415 - where it is missing, no test gets here

        client = transmission_rpc.Client(port=self.port, username=USER, password=PASSWORD)
        fields = ["hashString", "labels", "downloadDir", "status"]
        return {
            torrent.hash_string: Listed(
                frozenset(torrent.labels), torrent.download_dir or "", torrent.status == "stopped"
            )
            for torrent in client.get_torrents(arguments=fields)
        }


class RealDeluge(RealClient):
    """Deluge's daemon, with its plugin for labels."""

    name = "deluge"
    program = "deluged"
    takes_tags = False

    @property
    def url(self) -> str:
        """The address of the daemon."""
        return f"deluge://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        """Return how it is started; it reads its settings from two files."""
        settings: dict[str, object] = {
            "dht": False,
            "lsd": False,
            "upnp": False,
            "natpmp": False,
            "utpex": False,
            "new_release_check": False,
            "enabled_plugins": ["Label"],
            "listen_interface": "127.0.0.1",
            "outgoing_interface": "127.0.0.1",
            "listen_ports": [self.peers, self.peers],
            "random_port": False,
            "download_location": str(self.data),
            "daemon_port": self.port,
        }
        header = {"file": 1, "format": 1}
        (self.folder / "core.conf").write_text(json.dumps(header) + json.dumps(settings))
        (self.folder / "auth").write_text(f"{USER}:{PASSWORD}:10\n")
        own = [self.program, "--do-not-daemonize", "--config", str(self.folder)]
        return [*own, "--port", str(self.port), "--ui-interface", "127.0.0.1"]

    def torrents(self) -> dict[str, Listed]:
        """Ask the daemon."""
        from deluge_client import DelugeRPCClient  # noqa: PLC0415 - likewise

        login = (USER, PASSWORD)
        client = DelugeRPCClient("127.0.0.1", self.port, *login, decode_utf8=True)
        try:
            client.connect()
            keys = ["label", "save_path", "paused"]
            listed: Mapping[str, Any] = client.call("core.get_torrents_status", {}, keys)
        finally:
            client._socket.close()
        return {
            number: Listed(
                frozenset(filter(None, [torrent.get("label")])),
                torrent["save_path"],
                torrent["paused"],
            )
            for number, torrent in listed.items()
        }


class RealRTorrent(RealClient):
    """rTorrent as a daemon, with a Unix socket that its user alone can open."""

    name = "rtorrent"
    program = "rtorrent"

    @property
    def url(self) -> str:
        """The address of its socket."""
        return f"scgi://{self.folder}/rpc.socket"

    def options(self, password: str = PASSWORD) -> dict[str, Any]:
        """Return what a target is configured with; it has no log-in."""
        del password
        return {"client": self.name, "url": self.url}

    def command(self) -> list[str]:
        """Return how it is started."""
        session = self.folder / "session"
        session.mkdir(exist_ok=True)
        settings = (
            f"network.scgi.open_local={self.folder}/rpc.socket",
            "system.daemon.set=true",
            f"session.path.set={session}",
            f"directory.default.set={self.data}",
            f"network.port_range.set={self.peers}-{self.peers}",
            "network.bind_address.set=127.0.0.1",
            "dht.mode.set=disable",
            "protocol.pex.set=no",
            "trackers.use_udp.set=no",
        )
        options = [part for setting in settings for part in ("-o", setting)]
        return [self.program, "-n", *options]

    def torrents(self) -> dict[str, Listed]:
        """Ask it, by the transport of the plugin: the standard library has none."""
        from gazelled_plugins.torrents.rtorrent import scgi_proxy  # noqa: PLC0415 - as the others

        fields = ("d.hash=", "d.custom1=", "d.custom=tags", "d.directory=", "d.state=")
        rows: Any = scgi_proxy(self.url, 10.0).d.multicall2("", "main", *fields)
        return {
            infohash.lower(): Listed(
                frozenset(filter(None, [label, *tags.split()])), path, not state
            )
            for infohash, label, tags, path, state in rows
        }


CLIENTS = (RealQBittorrent, RealTransmission, RealDeluge, RealRTorrent)


def is_installed(kind: type[RealClient]) -> bool:
    """Return whether a client's program is here."""
    return shutil.which(kind.program) is not None


@dataclass(frozen=True)
class Made:
    """A torrent that was made, with the data that it is of."""

    name: str
    data: bytes
    content: bytes
    sha1: str
    sha256: str


def make(
    name: str,
    versions: str = "1",
    announce: str = _NOWHERE,
    size: int = 5000,
    comment: str = "",
) -> Made:
    """
    Make a torrent with one file.

    Args:
        name: The name of its file; another name makes another torrent.
        versions: "1", "2", or "12" for a hybrid one.
        announce: The address of its tracker.
        size: The bytes of its data; a torrent of version 2 has 16 KiB at most here.
        comment: What stands beside all that.

    """
    data = hashlib.shake_256(name.encode()).digest(size)
    info: dict[str, object] = {"name": name, "piece length": _PIECE, "private": 1}
    if "1" in versions:
        pieces = (data[start : start + _PIECE] for start in range(0, size, _PIECE))
        info["length"] = size
        info["pieces"] = b"".join(hashlib.sha1(piece).digest() for piece in pieces)  # noqa: S324 - BitTorrent's
    outside: dict[str, object] = {"announce": announce, "comment": comment}
    if "2" in versions:
        assert size <= _PIECE
        root = hashlib.sha256(data).digest()
        info["meta version"] = 2
        info["file tree"] = {name: {"": {"length": size, "pieces root": root}}}
        outside["piece layers"] = {}
    inside = bencode(info)
    content = bencode(outside | {"info": info})
    sha1 = hashlib.sha1(inside).hexdigest()  # noqa: S324 - likewise
    sha256 = hashlib.sha256(inside).hexdigest() if "2" in versions else ""
    return Made(name, data, content, sha1, sha256)
