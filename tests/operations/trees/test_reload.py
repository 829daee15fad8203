"""A config that changes while the service runs."""

from __future__ import annotations

import pytest
from tests.operations.trees.house import CONFIG, House

pytestmark = [pytest.mark.machine, pytest.mark.timeout(900)]

MORE = '[watch.inbox]\nask = "inbox"\nevery = "2s"\ntell = ["phone"]\n'


def test_a_good_config_applies_and_a_bad_one_does_not(house: House) -> None:
    """`systemctl reload` applies a config in the same process, or fails and the old one goes on."""
    house.start()
    house.publish("First reads")
    main = house.unit("MainPID")

    house.write("/etc/gazelled/config.toml", CONFIG + MORE)
    house.run("systemctl", "reload", "gazelled")
    assert "inbox" in house.gazelled("watch", "list")
    house.publish("Second reads")

    house.write("/etc/gazelled/config.toml", CONFIG.replace('every = "2s"', 'evry = "2s"'))
    failed = house.run("systemctl", "reload", "gazelled", check=False)
    assert failed.returncode != 0
    assert any("config.toml:" in entry["MESSAGE"] for entry in house.journal())
    house.publish("Third reads")

    house.write("/etc/gazelled/config.toml", CONFIG)
    house.run("systemctl", "kill", "--kill-whom", "main", "--signal", "HUP", "gazelled")
    house.publish("Fourth reads")
    assert house.unit("MainPID") == main
    for title in ("First", "Second", "Third", "Fourth"):
        assert sum(f"{title} reads" in message for message in house.messages()) == 1
