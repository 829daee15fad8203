"""The plugin and each real client: what arrives there, and what goes wrong."""

from __future__ import annotations

import base64
import itertools
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gazelled.plugin import GiveUp, RetryLater, TargetFault, TorrentFile
from gazelled.testing.plugin_kit import PluginKit, PluginTarget
from gazelled.testing.ports import free_port

from .real_clients import PASSWORD, WRONG, Made, RealClient, make, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

NAMES = (f"data {number}" for number in itertools.count())


def file(made: Made, number: int = 1) -> TorrentFile:
    """Return the file as the daemon hands it to the plugin."""
    return TorrentFile(
        number,
        made.sha1 if b"6:pieces" in made.content else made.sha256,
        made.name,
        len(made.data),
        made.content,
        infohash_v2=made.sha256,
    )


def put(gz: PluginKit, client: RealClient, *made: Made, **options: Any) -> PluginTarget:  # noqa: ANN401 - as free as options
    """Return a target that adds torrents to a client."""
    target = gz.target("torrents", **client.options() | options)
    target.files.update({number: file(one, number) for number, one in enumerate(made, 1)})
    return target


def test_a_torrent_is_added_once_with_all_that_is_wished(
    gz: PluginKit, client: RealClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """However often it is delivered; no log has the passkey or the password."""
    caplog.set_level(logging.DEBUG)
    made = make(next(NAMES), announce="http://127.0.0.1:9/CANARYpasskey/announce")
    tags = {"tags": ["yeast", "dna"]} if client.takes_tags else {}
    where = tmp_path / 'da,"ta'
    where.mkdir()
    target = put(gz, client, made, category="open-data", path=str(where), paused=True, **tags)
    before = len(client.torrents())
    event = gz.event(id="1")
    target.deliver(event)
    target.deliver(event, attempt=2)
    until(lambda: made.sha1 in client.torrents() and client.torrents()[made.sha1].paused)
    listed = client.torrents()
    assert len(listed) == before + 1
    added = listed[made.sha1]
    assert added.labels == {"open-data", *tags.get("tags", [])}
    assert added.path == str(where)
    secrets = {"CANARYpasskey", PASSWORD, base64.b64encode(made.content[:30]).decode()[:36]}
    assert [secret for secret in secrets if secret in caplog.text] == []


def test_what_is_there_already_is_left_as_it_is(gz: PluginKit, client: RealClient) -> None:
    """Also what another category was given."""
    made = make(next(NAMES))
    put(gz, client, made, paused=True, category="first").deliver(gz.event(id="1"))
    until(lambda: made.sha1 in client.torrents())
    put(gz, client, made, category="second").deliver(gz.event(id="1"))
    until(lambda: client.torrents()[made.sha1].labels == {"first"})


def test_both_infohashes_of_a_hybrid_torrent_are_known(gz: PluginKit, client: RealClient) -> None:
    """Clients differ in which of them they show."""
    made = make(next(NAMES), "12")
    target = put(gz, client, made, paused=True)
    before = client.torrents().keys()
    try:
        target.deliver(gz.event(id="1"))
    except GiveUp:  # Transmission 3 can't read it
        assert client.torrents().keys() == before
        return
    until(lambda: not {made.sha1, made.sha256[:40]}.isdisjoint(client.torrents()))
    before = client.torrents().keys()
    target.deliver(gz.event(id="1"), attempt=2)
    assert client.torrents().keys() == before


def test_a_torrent_of_version_2_alone_is_added_or_given_up(
    gz: PluginKit, client: RealClient
) -> None:
    """Old clients know version 1 only, and say so."""
    made = make(next(NAMES), "2")
    target = put(gz, client, made, paused=True)
    if client.name in {"qbittorrent", "deluge"}:
        target.deliver(gz.event(id="1"))
        until(lambda: made.sha256[:40] in client.torrents())
        target.deliver(gz.event(id="1"), attempt=2)
    else:
        with pytest.raises(GiveUp):
            target.deliver(gz.event(id="1"))


def test_a_file_that_is_broken_is_given_up_and_the_others_are_added(
    gz: PluginKit, client: RealClient
) -> None:
    """It will be no better."""
    made = make(next(NAMES))
    target = put(gz, client, made, made, paused=True)
    target.timeout = 8.0  # rTorrent doesn't say that it didn't load it
    target.files[1] = TorrentFile(1, "ab" * 20, "broken", 1, b"d8:announce3:abc4:infoi1ee")
    with pytest.raises(GiveUp):
        target.deliver(gz.event(items=(gz.item("A", id="1"), gz.item("B", id="2"))))
    until(lambda: made.sha1 in client.torrents())


def test_a_file_of_some_megabytes_is_added(gz: PluginKit, client: RealClient) -> None:
    """Data sets have many pieces. rTorrent has limits: one can be raised, the other one not."""
    made = [make(next(NAMES), comment="x" * length) for length in (1_000_000, 3_000_000)]
    target = put(gz, client, *made, paused=True)
    target.deliver(gz.event(id="1"))
    until(lambda: made[0].sha1 in client.torrents())
    try:
        target.deliver(gz.event(id="2"))
    except GiveUp as error:
        assert client.name == "rtorrent"
        assert "more than 2 MiB" in str(error)  # noqa: PT017 - likewise
    else:
        until(lambda: made[1].sha1 in client.torrents())


def test_a_wrong_password_is_a_fault_of_the_target(
    gz: PluginKit, client: RealClient, caplog: pytest.LogCaptureFixture
) -> None:
    """It is found by `target test`, too, and is said nowhere."""
    if client.name == "rtorrent":
        pytest.skip("it has no log-in")
    target = gz.target("torrents", **client.options(WRONG))
    with caplog.at_level(logging.DEBUG):
        for event in (gz.event("notice"), gz.event(id="1")):
            target.files[1] = file(make(next(NAMES)))
            with pytest.raises(TargetFault, match="refuses the username or the pass") as caught:
                target.deliver(event)
            assert caught.value.after == 3600
            assert WRONG not in str(caught.value)
    assert WRONG not in caplog.text


def test_a_client_that_is_down_is_a_fault_of_the_target(
    gz: PluginKit, client: RealClient, tmp_path: Path
) -> None:
    """Its address is in the sentence."""
    nowhere = {"url": client.url.replace(str(client.port), str(free_port()))}
    if client.name == "rtorrent":
        nowhere = {"url": f"scgi://{tmp_path}/none"}
    target = put(gz, client, make(next(NAMES)), **nowhere)
    with pytest.raises(TargetFault, match=r"at .* can't be (reached|used)"):
        target.deliver(gz.event(id="1"))


def test_a_client_that_hangs_is_tried_again(gz: PluginKit, client: RealClient) -> None:
    """Within the time that the target has."""
    with silent_server() as port:
        scheme = client.url.partition(":")[0]
        target = put(gz, client, make(next(NAMES)), url=f"{scheme}://127.0.0.1:{port}")
        target.timeout = 1.0
        with pytest.raises(RetryLater, match=r"in time"):
            target.deliver(gz.event(id="1"))


def test_one_connection_serves_many_deliveries_and_a_restart(
    gz: PluginKit, client: RealClient
) -> None:
    """The log-in of before the restart is renewed, without a failed attempt."""
    made = [make(next(NAMES)) for _ in range(3)]
    target = put(gz, client, *made, paused=True)
    for number in (1, 2):
        target.deliver(gz.event(id=str(number)))
    client.stop()
    client.start()
    target.deliver(gz.event(id="3"))
    until(lambda: made[2].sha1 in client.torrents())


def test_the_disk_keeps_its_free_space(gz: PluginKit, client: RealClient) -> None:
    """A torrent waits for itself where it alone is too large, else all wait."""
    first, second = make(next(NAMES)), make(next(NAMES))
    put(gz, client, first, paused=False).deliver(gz.event(id="1"))  # rTorrent knows disks by it
    target = put(gz, client, second, paused=True, free_space="1 MiB", path=str(client.data))
    huge = TorrentFile(1, second.sha1, "huge", 2**60, second.content)
    target.files[1] = huge
    with pytest.raises(RetryLater, match=r"of free space .* not enough for torrent 1 \(1024 PiB\)"):
        target.deliver(gz.event(id="1"))
    greedy = put(gz, client, second, paused=True, free_space="1024 PiB")
    with pytest.raises(TargetFault, match=r"less than free_space \(1024 PiB\)"):
        greedy.deliver(gz.event(id="1"))
    assert second.sha1 not in client.torrents()
    target.files[1] = file(second)
    target.deliver(gz.event(id="1"))
    until(lambda: second.sha1 in client.torrents())


def test_a_disk_that_is_unknown_is_no_reason_to_fill_it(
    gz: PluginKit, client: RealClient, tmp_path: Path
) -> None:
    """The sentence says how it can be known."""
    if client.name in {"qbittorrent", "rtorrent"}:
        pytest.skip("it reports another disk than that of path")
    target = put(gz, client, make(next(NAMES)), free_space="1 MiB", path=f"{tmp_path}/none")
    with pytest.raises(TargetFault, match="is the folder of the data there"):
        target.deliver(gz.event(id="1"))


@contextmanager
def silent_server() -> Iterator[int]:
    """Run a server that accepts connections and never answers; return its port."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            try:
                while True:
                    held.append(listener.accept()[0])
            except OSError:
                pass

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in held:
                connection.close()
