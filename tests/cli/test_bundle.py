"""The support archive is safe to post."""

from __future__ import annotations

import json
import os
import re
import socket
import tarfile
from pathlib import Path

import pytest
from tests.cli.conftest import Person

from gazelled.testing import Simulator

SECRETS = ("canary-passkey-7f3a9b2c1d", "canary-Contact@example.org", "canary-chat-481516")


def read(file: Path) -> dict[str, str]:
    """Return the texts of an archive by the names of their files."""
    with tarfile.open(file) as archive:
        return {
            Path(member.name).name: content.read().decode()
            for member in archive
            if (content := archive.extractfile(member))
        }


async def test_nothing_private_is_in_it(settled: Person, sim: Simulator, tmp_path: Path) -> None:
    """Secrets, addresses, titles, people, home and host are in no file."""
    text = settled.config.read_text()
    settled.write(
        text.replace("[tracker.limit]", f'contact = "{SECRETS[1]}"\n[tracker.limit]', 1)
        + f"""
[target.page]
plugin = "webhook"
url = "http://127.0.0.1:9/{SECRETS[0]}/{SECRETS[2]}"
"""
    )
    await settled.daemon()
    await settled.asks("watch", "run", "yeast")
    title = "Yeast of a secret laboratory"
    sim.world.publish(title)
    await settled.asks("watch", "run", "yeast")
    await settled.until(lambda: any(title in one for one in settled.titles()))
    private = (*SECRETS, sim.token(), title, str(tmp_path), socket.gethostname())
    file = tmp_path / "bundle.tar.gz"
    written = await settled.asks("bundle", "--to", file)
    assert written.code == 0, written.err
    assert file.stat().st_mode & 0o777 == 0o600
    texts = read(file)
    assert {"versions.txt", "config.txt", "log.txt", "status.json", "schema.txt"} <= texts.keys()
    assert json.loads(texts["status.json"])["running"] is True
    assert "daemon.started" in texts["log.txt"]
    assert "CREATE TABLE" in texts["schema.txt"]
    for name, content in texts.items():
        for word in private:
            # As a whole: a short name of a machine is a part of many words.
            whole = rf"(?<!\w){re.escape(word)}(?!\w)"
            assert not re.search(whole, content, re.IGNORECASE), (name, word)
    with_items = await settled.asks("--json", "bundle", "--items", "--to", file)
    assert "events.jsonl" in with_items.data["parts"]
    assert title in read(file)["events.jsonl"]
    assert not any(secret in one for one in read(file).values() for secret in SECRETS)


def test_a_broken_config_is_shown_with_what_is_wrong(person: Person, tmp_path: Path) -> None:
    """That is when it is needed; nothing needs to run."""
    person.write('[tracker]\nurl = "nonsense"\ntoken = "canary-token-0123456789abcdef"\n')
    file = tmp_path / "bundle.tar.gz"
    assert person.types("bundle", "--to", file).code == 0
    texts = read(file)
    assert texts["check.txt"].strip()
    assert not any("canary-token" in content for content in texts.values())


TYPING_MISTAKES = """
[tracker]
tokn = "canary-1"
login = { username = "Canary Person", passwort = "canary-2" }
token = { secret = "canary+3" }
[notices]
ping = "https://ping.example/canary-4"
[web]
pin = "canary-5"
[trackr]
name = "canary-6"
[watch.yeast]
ask = "browse"
passkey = "canary-7"
with = { searchstr = "kept", passkey = "canary-8" }
"""


def test_a_secret_under_a_wrong_name_stays_private(person: Person, tmp_path: Path) -> None:
    """A key that gazelled doesn't know may hold anything, and so may a reference that is none."""
    person.write(TYPING_MISTAKES)
    file = tmp_path / "bundle.tar.gz"
    assert person.types("bundle", "--to", file).code == 0
    texts = read(file)
    assert 'searchstr = "kept"' in texts["config.txt"]
    assert not any("canary" in content.lower() for content in texts.values())
    shown = person.types("config", "show").out
    assert "canary" not in shown
    assert "Canary Person" in shown


async def test_machines_of_targets_are_private(settled: Person, tmp_path: Path) -> None:
    """The errors of a target that can't be reached name its machine, however it is configured."""
    settled.write("http://canary-one.invalid:8123/hook", "secrets/hook")
    settled.write(
        settled.config.read_text()
        + """
[target.hook]
plugin = "webhook"
url = { secret = "hook" }
[target.plain]
plugin = "webhook"
url = "http://canary-two.invalid/"
"""
    )
    await settled.daemon()
    for name in ("hook", "plain"):
        await settled.asks("target", "test", name)
    file = tmp_path / "bundle.tar.gz"
    assert (await settled.asks("bundle", "--to", file)).code == 0
    texts = read(file)
    assert "looked up" in texts["status.json"] + texts["log.txt"]
    assert not any("canary" in content for content in texts.values())


ENTRIES = (
    {
        "__REALTIME_TIMESTAMP": "1764500000000000",
        "PRIORITY": "3",
        "GAZELLED_EVENT": "watch.failed",
        "GAZELLED_WATCH": "yeast",
        "GAZELLED_REASON": "502 Bad Gateway",
        "GAZELLED_TITLE": "canary title of an item",
        "GAZELLED_OUTPUT": "canary",
        "GAZELLED_ERROR": "\x1b]0;at\x07",
        "MESSAGE": "canary message",
        "_COMM": "gazelled",
    },
    {"MESSAGE": "canary text of a library", "SYSLOG_IDENTIFIER": "systemd", "_COMM": "gazelled"},
    {"MESSAGE": "Started gazelled.service.", "_COMM": "systemd", "PRIORITY": "6"},
    {"MESSAGE": [1, 2, 3], "PRIORITY": None, "__REALTIME_TIMESTAMP": "x"},
)


async def test_the_log_of_a_service_that_has_ended(
    settled: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read from the journal, and masked as the daemon's own."""
    entries = tmp_path / "entries"
    entries.write_text("\n".join([*map(json.dumps, ENTRIES), "no JSON", "[]", ""]))
    journalctl = tmp_path / "bin" / "journalctl"
    journalctl.parent.mkdir()
    journalctl.write_text(f'#!/bin/sh\n[ "$1 $3" = "--user gazelled.service" ] && cat {entries}\n')
    journalctl.chmod(0o755)
    monkeypatch.setenv("PATH", str(journalctl.parent), prepend=os.pathsep)
    file = tmp_path / "bundle.tar.gz"
    assert (await settled.asks("bundle", "--to", file)).code == 0
    log = read(file)["log.txt"]
    assert "2025-11-30" in log
    assert 'error watch.failed watch=yeast reason="502 Bad Gateway" title=********' in log
    assert "info systemd: Started gazelled.service." in log
    assert "canary" not in log
    assert "\x1b" not in log
    entries.write_text("")
    assert (await settled.asks("bundle", "--to", file)).code == 0
    assert read(file)["log.txt"].startswith("could not be read: the journal: it has no line")
