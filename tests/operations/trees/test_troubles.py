"""What goes wrong on a machine, and what becomes of the service."""

from __future__ import annotations

import pytest
from tests.operations.trees.house import CONFIG, House
from tests.operations.trees.test_documents import ini

pytestmark = [pytest.mark.machine, pytest.mark.timeout(900)]

STATE = "/var/lib/private/gazelled"
FAILED, RECOVERED = "gazelled can't write its state", "gazelled can write its state again"
"""The titles of the messages at the beginning and the end of an outage of the state."""


def test_a_full_disk_holds_the_daemon_and_it_goes_on(house: House) -> None:
    """No request is sent while the state can't be written; the phone is told once."""
    house.run("mkdir", "-p", STATE)
    house.run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", STATE)
    house.start()
    house.publish("First reads")
    main = house.unit("MainPID")

    house.run(f"cat /dev/zero >{STATE}/filler || true")
    house.tell("publish", "Second reads")
    house.until(lambda: "disk" in house.unit("StatusText"), "a STATUS about the disk")
    held = house.tell("requests")
    house.until(lambda: house.got(FAILED), "the message about the outage")
    assert house.tell("requests") == held  # the phone was told seconds, so several looks, later

    house.run("rm", f"{STATE}/filler")
    house.until(lambda: house.got("Second reads"), "the end of the outage")
    house.until(lambda: house.got(RECOVERED), "the message that it is over")
    house.publish("Third reads")
    assert house.unit("MainPID") == main
    assert [sum(text in title for title in house.messages()) for text in (FAILED, RECOVERED)] == [
        1,
        1,
    ]
    (entry,) = [each for each in house.journal() if each.get("GAZELLED_EVENT") == "state.failed"]
    assert entry["PRIORITY"] == "3"
    assert "disk" in entry["MESSAGE"] or "space" in entry["MESSAGE"]
    assert entry["SYSLOG_IDENTIFIER"] == "gazelled"
    for title in ("First", "Second", "Third"):
        assert sum(f"{title} reads" in message for message in house.messages()) == 1


def test_a_restore_as_root_leaves_a_state_that_the_service_can_use(house: House) -> None:
    """What root's command writes belongs to the service, which then starts."""
    house.start()
    house.publish("First reads")
    house.gazelled("state", "backup")
    house.publish("Second reads")
    house.run("systemctl", "stop", "gazelled")
    backup = house.output(f"ls -t {STATE}/backups/gazelled-*.db | head -n 1")
    house.gazelled("state", "restore", backup)
    house.run("systemctl", "start", "gazelled")
    house.until(lambda: house.unit("StatusText") != "", "the start")
    house.publish("Third reads")
    assert house.output(f"find {STATE} -user root") == ""


def test_a_broken_config_ends_it_for_good_and_the_phone_is_told(house: House) -> None:
    """A start with a broken config fails at once, with its lines, and isn't tried again."""
    house.start()
    house.publish("First reads")
    house.write("/etc/gazelled/config.toml", CONFIG.replace('every = "2s"', 'evry = "2s"'))
    done = house.run("systemctl", "restart", "gazelled", check=False)
    assert done.returncode != 0
    assert (house.unit("ActiveState"), house.unit("ExecMainStatus")) == ("failed", "2")
    assert any("config.toml:" in entry["MESSAGE"] for entry in house.journal())
    house.until(lambda: house.got("config"), "a message to the last good config's phone")
    house.write("/etc/gazelled/config.toml", CONFIG)
    house.run("systemctl", "start", "gazelled")
    house.publish("Second reads")


def test_a_state_of_a_later_version_ends_it_until_the_backup_is_restored(house: House) -> None:
    """As after the former release was installed again; the phone is notified, and once."""
    house.start()
    house.publish("First reads")
    house.gazelled("state", "backup")
    backup = house.output(f"ls -t {STATE}/backups/gazelled-*.db | head -n 1")
    house.run("systemctl", "stop", "gazelled")
    later = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('PRAGMA user_version = 99')"
    house.run("python3", "-c", later, f"{STATE}/gazelled.db")
    for _ in range(2):
        assert house.run("systemctl", "start", "gazelled", check=False).returncode != 0
        assert (house.unit("ActiveState"), house.unit("ExecMainStatus")) == ("failed", "3")
        assert house.unit("NRestarts") == "0"
    assert sum("The state can't be used" in message for message in house.messages()) == 1
    house.gazelled("state", "restore", backup)
    house.run("systemctl", "start", "gazelled")
    house.publish("Second reads")
    assert house.output(f"find {STATE} -user root") == ""


def test_a_failure_starts_the_unit_of_the_documents(house: House) -> None:
    """Not for a kill, after which it is restarted, but for what ends it for good."""
    house.start()
    failed, drop_in = ini("See how it is")
    mails = 'mail -s "gazelled has failed" root'
    assert mails in failed
    house.write(
        "/etc/systemd/system/gazelled-failed.service", failed.replace(mails, "cat >/run/mail")
    )
    house.write("/etc/systemd/system/gazelled.service.d/failed.conf", drop_in)
    house.run("systemctl", "daemon-reload")
    main = house.unit("MainPID")
    house.run("kill", "-9", main)
    house.until(lambda: house.unit("MainPID") not in {main, "0"}, "the restart")
    assert house.run("test -e /run/mail", check=False).returncode
    house.write("/etc/gazelled/config.toml", CONFIG.replace('every = "2s"', 'evry = "2s"'))
    house.run("systemctl", "restart", "gazelled", check=False)
    house.until(lambda: "evry" in house.output("cat /run/mail || true"), "the mail with the log")


def test_a_taken_port_is_tried_again(house: House) -> None:
    """The daemon watches without its web server, says so, and serves once the port is free."""
    house.run("systemd-run", "--unit=taker", "python3", "-m", "http.server", "--bind", "127.0.0.1",
              "8765")  # fmt: skip
    listens = "timeout 1 bash -c '</dev/tcp/127.0.0.1/8765'"
    house.until(lambda: house.run(listens, check=False).returncode == 0, "the other server")
    house.start()
    house.publish("First reads")
    house.until(lambda: house.got("Feeds can't be served"), "a message about the port")
    house.run("systemctl", "stop", "taker")
    house.until(lambda: house.got("Feeds are served again"), "the web server")
    assert house.run(listens, check=False).returncode == 0
    assert house.unit("NRestarts") == "0"
