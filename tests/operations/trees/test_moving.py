"""The documented way to another machine, on one: what was there is removed in between."""

from __future__ import annotations

import pytest
from tests.operations.trees.house import House
from tests.operations.trees.test_documents import commands

pytestmark = [pytest.mark.machine, pytest.mark.timeout(900)]


def test_moved_to_another_machine(house: House) -> None:
    """Config, secrets and state come along; nothing is missed or reported twice."""
    house.start()
    house.publish("First reads")
    for command in commands("Move it to another machine"):
        house.run(command)
    house.run("gazelled", "service", "uninstall")
    house.run("rm -r /etc/gazelled /var/lib/gazelled /var/lib/private/gazelled")
    house.tell("publish", "Second reads")
    for command in commands("Move it to another machine", 1):
        house.run(command)
    house.until(lambda: house.got("Second reads"), "the message of what was uploaded meanwhile")
    for title in ("First", "Second"):
        assert sum(f"{title} reads" in message for message in house.messages()) == 1
