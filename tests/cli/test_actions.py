"""`gazelled actions`, its document, and completion."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.kinds import KINDS

from gazelled.cli.render.actions_page import document
from gazelled.tracker.catalogue.actions import ACTIONS

if TYPE_CHECKING:
    from tests.cli.conftest import Person

ROOT = Path(__file__).parents[2]


def test_all_actions_are_listed(person: Person) -> None:
    """What there is needs neither a config nor the tracker."""
    said = person.types("actions")
    assert (said.code, said.err) == (0, "")
    assert [line.split()[0] for line in said.out.splitlines()[1:]] == [*ACTIONS, "folder"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("browse", ["filter_cat", "Sequences, Graphs", "50 entries each, to the 20th"]),
        ("browse", ["Watch:    torrent: new, change, gone", "seeders", "Details:  category"]),
        ("wiki", ["Watch:    wiki page (id): change, alert", "Rules:    title, revision, author"]),
        ("inbox", ["needed with type=viewconv", "marks the conversation as read with type=view"]),
        ("forum", ["unless updatelastread=0", "Token:    A token sees no categories"]),
        ("notifications", ["Power User, Elite or Donor", "login", "--yes"]),
        ("similar_artists", ["documented as not implemented", "--force"]),
        ("torrent", ["one of them"]),
        ("account", ["one request with a cookie, two with a token"]),
    ],
)
def test_one_action_is_explained(person: Person, name: str, words: list[str]) -> None:
    """Its parameters, what it changes, what a token can't see, an example."""
    said = person.types("actions", name)
    assert said.code == 0
    assert f"Example:  gazelled call {name}" in said.out
    assert [each for each in words if each.replace("login", "log-in") not in said.out] == []


def test_actions_are_data_too(person: Person) -> None:
    """Another program can read them."""
    every = person.types("--json", "actions").data
    assert [each["name"] for each in every] == [*ACTIONS, "folder"]
    one = person.types("actions", "torrent", "--json").data
    assert one["params"]["id"]["needed"] == "one of them"
    (watched,) = one["watches"]
    assert watched["kinds"] == ["change", "alert", "report", "call"]
    assert watched["unfit"]["gone"] == "it is a single thing, not a list"
    assert "uploader" in watched["fields"]


def test_a_source_of_a_plugin_is_explained(person: Person) -> None:
    """With its options, kinds and fields, and as it stands in a watch."""
    said = person.types("actions", "folder")
    assert (said.code, said.err) == (0, "")
    for words in ("needed", "which names: *.fastq.gz", "new, change, gone", "suffix", "age"):
        assert words in said.out
    assert 'ask = "folder", with.path=/srv/reads in [watch.NAME]' in said.out


def test_an_unknown_action_has_a_nearest_name(person: Person) -> None:
    """A typo is one sentence."""
    said = person.types("actions", "brwse")
    assert said.code == 2
    assert 'unknown action "brwse"; did you mean "browse"?' in said.err


def test_a_profile_shows_what_is_known_of_its_site(person: Person) -> None:
    """How each action is known, and its parameters as they are there."""
    orpheus = person.types("actions", "--profile", "orpheus").out.splitlines()
    assert orpheus[0].endswith("KNOWN")
    known = {line.split()[0]: line.split()[-1] for line in orpheus[1:]}
    assert (known["browse"], known["ontology"]) == ("documented", "unknown")
    own = person.types("actions", "--profile", "biotorrents", "browse").out
    assert "Known:    verified" in own
    assert "releasetype" in person.types("actions", "browse", "--profile", "orpheus").out
    data = person.types("--json", "actions", "--profile", "gazelle", "browse").data
    assert data["known"] == "unknown"
    said = person.types("actions", "--profile", "orpheos")
    assert said.code == 2
    assert 'did you mean "orpheus"' in said.err


def test_the_document_is_true() -> None:
    """It is what `gazelled actions --markdown` prints now; print it there again if it isn't."""
    assert (ROOT / "docs" / "actions.md").read_text(encoding="utf-8") == document(KINDS)


_LIGHT = """
import sys
import gazelled.cli
try:
    gazelled.cli.main()
finally:
    heavy = {"aiohttp", "pydantic", "apscheduler"} & set(sys.modules)
    assert not heavy, heavy
"""


def completed(shell: str, *words: str) -> list[str]:
    """Ask for completions the way a shell does; nothing heavy may be imported for it."""
    environ = {
        "PATH": os.environ["PATH"],
        "_GAZELLED_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": " ".join(["gazelled", *words]),
        "COMP_CWORD": words[-1] if shell == "fish" else str(len(words)),
    }
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", _LIGHT],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("shell", "words", "expected"),
    [
        ("bash", ["ac"], ["plain,actions"]),
        ("bash", ["call", "bro"], ["plain,browse"]),
        ("bash", ["actions", "torrentgr"], ["plain,torrentgroup", "plain,torrentgroupalbumart"]),
        ("bash", ["call", "browse", "filter"], ["plain,filter_cat="]),
        ("bash", ["call", "browse", "order_way", "=", "d"], ["plain,descending"]),
        ("bash", ["call", "browse", "order_way", "="], ["plain,ascending", "plain,descending"]),
        ("bash", ["call", "browse", "order_way=a"], ["plain,order_way=ascending"]),
        ("bash", ["call", "browse", "filter_cat", "=", "ma"], ["plain,Machine\\ Data"]),
        (
            "bash",
            ["call", "browse", "year", "=", "2005", "ta"],
            ["plain,taglist=", "plain,tags_type="],
        ),
        ("bash", ["call", "nonsense", "x"], [""]),
        ("zsh", ["call", "browse", "media=nano"], ["plain", "media=Nanopore", "_"]),
        ("zsh", ["call", "loada"], ["plain", "loadavg", "The server's load"]),
        ("fish", ["call", "loada"], ["plain,loadavg\tThe server's load"]),
        ("fish", ["call", "top10", "type=us"], ["plain,type=users"]),
    ],
)
def test_completion(shell: str, words: list[str], expected: list[str]) -> None:
    """Names and values are completed, as each shell wants to hear it."""
    assert completed(shell, *words) == expected


def test_the_script_for_bash_works(tmp_path: Path) -> None:
    """It is sourced and asked as bash does it."""
    program = tmp_path / "gazelled"
    program.write_text(f"#!{sys.executable}\nimport gazelled.cli\n\ngazelled.cli.main()\n")
    program.chmod(0o755)
    script = (
        'eval "$(_GAZELLED_COMPLETE=bash_source gazelled)"\n'
        "compopt() { echo compopt $*; }\n"
        "COMP_WORDS=(gazelled call browse search); COMP_CWORD=3\n"
        "_gazelled_completion gazelled; printf '%s\\n' \"${COMPREPLY[@]}\"\n"
    )
    done = subprocess.run(  # noqa: S603 - our own script
        ["/bin/bash", "-c", script],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stdout.splitlines() == ["compopt -o nospace", "searchstr="]
