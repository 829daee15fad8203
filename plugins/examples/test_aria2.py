"""The torrents in aria2, at a real one on loopback."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from gazelled.plugin import TargetFault, TorrentFile
from gazelled.testing.plugin_kit import PluginKit

ARIA2 = shutil.which("aria2c") or ""
LONG = 60.0
WRONG = "wrong"

pytestmark = pytest.mark.skipif(not ARIA2, reason="aria2 is not installed")


class Aria2:
    """
    An aria2 that listens on loopback.

    Attributes:
        url: Where it takes calls.
        secret: What it wants for that.

    """

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/jsonrpc"
        self.secret = secrets.token_hex()
        options = ("enable-rpc", f"rpc-listen-port={port}", f"rpc-secret={self.secret}")
        apart = ("no-conf", "enable-dht=false", "bt-enable-lpd=false", "quiet", f"dir={folder}")
        arguments = [f"--{option}" for option in (*options, *apart)]
        self.process = subprocess.Popen([ARIA2, *arguments])
        deadline = time.monotonic() + LONG
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise TimeoutError("aria2 has not started")

    def downloads(self) -> list[str]:
        """Return the infohashes of what it has."""
        body = {"jsonrpc": "2.0", "id": "1", "method": "aria2.tellActive"}
        body["params"] = [f"token:{self.secret}"]  # type: ignore[assignment]  # it is JSON
        request = urllib.request.Request(self.url, json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=LONG) as response:
            return [download["infoHash"] for download in json.load(response)["result"]]


@pytest.fixture
def aria2(tmp_path: Path) -> Iterator[Aria2]:
    """Return an aria2 without downloads."""
    made = Aria2(tmp_path / "downloads")
    yield made
    made.process.kill()
    made.process.wait()


def torrent(number: int) -> TorrentFile:
    """Return the file of a torrent with one small file."""
    name = f"reads {number}.fastq"
    pieces = hashlib.sha1(name.encode()).digest()
    info = f"d6:lengthi9e4:name{len(name)}:{name}12:piece lengthi16384e6:pieces20:".encode()
    info += pieces + b"e"
    announce = b"8:announce20:http://127.0.0.1:9/a"
    content = b"d" + announce + b"4:info" + info + b"e"
    return TorrentFile(number, hashlib.sha1(info).hexdigest(), name, 9, content)


def test_each_torrent_is_added_once(gz: PluginKit, aria2: Aria2) -> None:
    """A repetition finds it there; messages of other kinds and test messages add nothing."""
    with gz.target("aria2.py", url=aria2.url, secret=aria2.secret) as target:
        target.files |= {number: torrent(number) for number in (3, 4)}
        items = tuple(gz.item(f"reads {number}", id=str(number)) for number in (3, 4))
        event = gz.event("new", items=items)
        target.deliver(event, is_test=True)
        target.deliver(gz.event("change", items=items))
        assert aria2.downloads() == []
        target.deliver(event)
        target.deliver(gz.event("new", items=items, watch="another"))
    assert sorted(aria2.downloads()) == sorted(torrent(number).infohash for number in (3, 4))


def test_a_wrong_secret_is_a_fault_of_the_target(gz: PluginKit, aria2: Aria2) -> None:
    """Nothing is given up for it."""
    with gz.target("aria2.py", url=aria2.url, secret=WRONG) as target:
        target.files[3] = torrent(3)
        with pytest.raises(TargetFault, match="Unauthorized"):
            target.deliver(gz.event("new", items=(gz.item("reads 3", id="3"),)))
