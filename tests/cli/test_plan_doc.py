"""What docs/plan.md shows is what gazelled says, word for word."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Person

DOC = (Path(__file__).parents[2] / "docs" / "plan.md").read_text()
SHOWN = re.findall(
    r"^```toml\n(.*?)^```\n\n^```console\n\$ gazelled ([^\n]*)\n(.*?)^```$",
    DOC,
    re.DOTALL | re.MULTILINE,
)
AROUND = """\
[tracker]
url = "https://biotorrents.de"
token = { secret = "tracker-token" }
[target.phone]
plugin = "journal"
[target.lab-feed]
plugin = "feed"
title = "Yeast"
"""
PLUGIN = """
from gazelled.plugin import hookimpl

@hookimpl
async def gazelled_answered(answer):
    pass
"""


@pytest.mark.parametrize("number", range(len(SHOWN)))
def test_each_transcript_is_true(person: Person, number: int) -> None:
    """With its watches beside a token and two targets, and before anything ran."""
    watches, command, expected = SHOWN[number]
    person.write("made-up", "secrets/tracker-token")
    person.write(AROUND + watches)
    for file in re.findall(r'^file = "(.*)"$', watches, re.MULTILINE):
        person.write(PLUGIN, f"plugins/{file}")
    said = person.types(*shlex.split(command))
    shown = (said.out + said.err).replace(str(person.folder), "~/.config/gazelled")
    assert shown == expected


def test_there_are_transcripts() -> None:
    """The test above looks at something."""
    assert len(SHOWN) == 5
