"""The examples of docs/targets.md are what `gazelled check` takes."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Person

PAGE = (Path(__file__).parents[2] / "docs" / "targets.md").read_text(encoding="utf-8")
EXAMPLES = [
    code
    for code in re.findall(r"^```toml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    if "plugin = " in code
]
SECRETS = {
    "hook": "whsec_bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctMDE=",
    "chat-url": "https://chat.example.org/hooks/0123456789",
}
AROUND = """
[tracker]
url = "https://biotorrents.de"
login = {{ username = "me", password = {{ secret = "password" }} }}
[notices]
tell = {targets}
"""


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_is_valid(person: Person, example: str) -> None:
    """With its secrets in their files, and a program where one is run."""
    tables = tomllib.loads(example).get("target", {})
    urls = [table.get("url") for table in tables.values() if table["plugin"] == "apprise"]
    addresses = {url["secret"]: "json://127.0.0.1" for url in urls if isinstance(url, dict)}
    for name in {"password", *re.findall(r'secret = "([\w-]+)"', example)}:
        person.write((SECRETS | addresses).get(name, "made-up-secret"), f"secrets/{name}")
    for program in re.findall(r'command = \["(/[^"]+)"', example):
        example = example.replace(program, shutil.which("true") or "")
    around = AROUND.format(targets=[*tables]) if "[tracker]" not in example else ""
    person.write(around.replace("'", '"') + example)
    checked = person.types("check")
    assert checked.code == 0, checked.out


def test_there_are_examples() -> None:
    """The test above looks at something."""
    shown = set(re.findall(r'^plugin = "(\w+)"', "".join(EXAMPLES), re.MULTILINE))
    assert {"exec", "journal", "webhook"} <= shown
