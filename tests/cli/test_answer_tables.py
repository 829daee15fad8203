"""Answers as tables."""

from __future__ import annotations

import pytest

from gazelled.cli.render.answer_tables import print_table
from gazelled.tracker.catalogue.actions import ACTIONS


def test_entries_that_cannot_be_read_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """A table leaves out what it can't show, and says so."""
    payload = {"results": [{"groupId": 5, "torrentId": 77, "groupName": "A manual"}, 7, None]}
    print_table(ACTIONS["browse"], (), payload)
    said = capsys.readouterr()
    assert "A manual" in said.out
    assert "2 entries could not be read: gazelled call browse --json" in said.out + said.err


def test_sizes_are_those_of_the_model(capsys: pytest.CaptureFixture[str]) -> None:
    """A number of bytes is one where the answer says so, not wherever its key stands."""
    payload = {"stats": {"uploaded": 2048}, "community": {"uploaded": 2048, "bountySpent": 1024}}
    print_table(ACTIONS["user"], (), payload)
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    assert ["stats.uploaded", "2 KiB"] in lines
    assert ["community.uploaded", "2048"] in lines
    assert ["community.bountySpent", "1 KiB"] in lines
