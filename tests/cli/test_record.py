"""`gazelled record`: fixtures of answers, with nothing in them that names a person."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gazelled.cli.authoring.answer_scrubbing import AnswerScrubber
from gazelled.testing import Simulator
from gazelled.testing.plugin_kit import PluginKit

if TYPE_CHECKING:
    from tests.cli.conftest import Person

RECORDED = Path(__file__).parents[1] / "recorded"


async def test_an_answer_becomes_a_fixture_that_the_kit_reads(
    settled: Person, sim: Simulator, tmp_path: Path
) -> None:
    """Who uploaded it and who is logged in stand nowhere; all else is as it was answered."""
    sim.world.torrents[60].uploader = sim.world.user("uploader1").id
    uploader = "uploader1"
    answer = (await settled.asks("call", "torrent", "id=60")).data
    assert answer["torrent"]["username"] == uploader
    to = tmp_path / "tests" / "recorded"
    number = sim.world.user("uploader1").id
    for arguments in (["torrent", "id=60"], ["user", f"id={number}", "--as", "uploader"]):
        said = await settled.asks("record", *arguments, "--to", to)
        assert said.code == 0, said.err
        assert "Written: " in said.err
        assert "Read it before you publish it" in said.err
    text = "".join(file.read_text() for file in to.iterdir())
    assert uploader not in text
    assert sim.token() not in text
    torrent, user = PluginKit(here=to.parent, state=tmp_path).recorded()
    assert (torrent.call.action, torrent.call.params) == ("torrent", (("id", "60"),))
    assert torrent.payload["torrent"]["username"] == "user1"
    assert torrent.payload["torrent"]["size"] == answer["torrent"]["size"]
    assert torrent.payload["group"].keys() == answer["group"].keys()
    assert user.call.params == (("id", "1"),)
    assert user.payload["username"] == "user1"


async def test_a_file_is_overwritten_by_the_same_call_only(settled: Person, tmp_path: Path) -> None:
    """Another call, and a file of somebody's own, need a name."""
    to = tmp_path / "recorded"
    for arguments, code in (
        (["stats"], 0),
        (["stats"], 0),
        (["torrent", "id=60"], 0),
        (["torrent", "id=58"], 1),
        (["torrent", "id=58", "--as", "other"], 0),
        (["torrent", "id=58", "--as", "manifest"], 1),
        (["torrent", "id=58", "--as", "../other"], 2),
    ):
        said = await settled.asks("record", *arguments, "--to", to)
        assert said.code == code, said.err
        assert ("use another name: --as" in said.err) == (code == 1)
    entries = json.loads((to / "manifest.json").read_text())["answers"]
    assert [(entry["file"], entry["params"]) for entry in entries] == [
        ("stats.json", []),
        ("torrent.json", [["id", "60"]]),
        ("other.json", [["id", "58"]]),
    ]


async def test_what_marks_something_is_confirmed_as_for_call(
    settled: Person, sim: Simulator, tmp_path: Path
) -> None:
    """Nothing is sent, and nothing written."""
    said = await settled.asks("record", "announcements", "--to", tmp_path / "none")
    assert said.code == 2
    assert "add --yes to confirm" in said.err
    assert sim.arrivals == []
    assert not (tmp_path / "none").exists()


def test_what_is_wrong_is_not_forced(settled: Person) -> None:
    """Only `call` has that option."""
    said = settled.types("record", "brows")
    assert said.code == 2
    assert "gazelled call --force sends it anyway" in said.err


async def test_json_names_the_file_and_what_was_replaced(settled: Person, tmp_path: Path) -> None:
    """For scripts that record several."""
    said = await settled.asks("record", "torrent", "id=60", "--to", tmp_path, "--json")
    assert said.data == {
        "file": str(tmp_path / "torrent.json"),
        "action": "torrent",
        "params": {"id": "60"},
        "replaced": {"user name": 1},
    }


def bodies() -> dict[str, Any]:
    """Return the answers of the real application that are JSON."""
    answers = {}
    for file in RECORDED.glob("*.json"):
        body = json.loads(file.read_text()).get("body", "")
        if body.startswith(("{", "[")):
            answers[file.name], _ = json.JSONDecoder().raw_decode(body)
    return answers


def test_no_user_of_the_real_application_is_left_in_any_answer() -> None:
    """Neither in fields nor in texts; `me` is too short for texts, and a word."""
    names = re.compile(r"\b(power1|mod1|uploader1|donor1|revoked1)\b", re.IGNORECASE)
    answers = bodies()
    assert sum(bool(names.search(json.dumps(answer))) for answer in answers.values()) > 40
    left = {
        file: match[0]
        for file, answer in answers.items()
        if (match := names.search(json.dumps(AnswerScrubber().scrub(answer))))
    }
    assert left == {}


def shape(value: object) -> object:
    """Return the keys and types of a value."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return [*map(shape, value)] if isinstance(value, list) else type(value)


def test_the_shape_of_an_answer_stays() -> None:
    """Keys, types and lengths of lists are what a plugin reads."""
    for answer in bodies().values():
        assert shape(AnswerScrubber().scrub(answer)) == shape(answer)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("ask jane.doe@lab.example.com.", "ask somebody@example.org."),
        ("seen at 203.0.113.77.", "seen at 192.0.2.1."),
        ("from 2001:db8:85a3::8a2e:370:7334 on", "from 2001:db8::1 on"),
        ("/0123456789abcdef0123456789abcdef/announce", f"/{'0' * 32}/announce"),
        ("at 13:14:23, version 1.2.3, 300.1.2.3, std::cout", None),
        ("0123456789abcdef0123456789abcdef01234567", None),
        ("[quote=Dora]hi[/quote] Dora said", "[quote=user1]hi[/quote] user1 said"),
        ("[user]dora[/user] and Doras", "[user]user1[/user] and Doras"),
        ('<a href="user.php?id=512">x</a>', '<a href="user.php?id=1">x</a>'),
    ],
)
def test_texts_lose_addresses_keys_and_people(text: str, clean: str | None) -> None:
    """What only looks like one stays."""
    assert AnswerScrubber().scrub(text) == (clean or text)


def test_a_person_is_the_same_everywhere() -> None:
    """So that a plugin that groups by user still does."""
    answer = {
        "posts": [
            {
                "postId": 1,
                "author": {"authorId": 512, "authorName": "Dora", "avatar": "https://x/d"},
            },
            {"postId": 2, "userId": "512", "username": "dora", "body": "Dora: x@y"},
            {"postId": 3, "userId": 7, "username": "System", "body": "by system"},
        ],
        "torrent": {"groupId": 512, "author": "Barbara McClintock", "id": 512},
    }
    scrubber = AnswerScrubber()
    assert scrubber.scrub(answer) == {
        "posts": [
            {"postId": 1, "author": {"authorId": 1, "authorName": "user1", "avatar": ""}},
            {"postId": 2, "userId": "1", "username": "user1", "body": "user1: x@y"},
            {"postId": 3, "userId": 2, "username": "System", "body": "by system"},
        ],
        "torrent": {"groupId": 512, "author": "Barbara McClintock", "id": 512},
    }  # fmt: skip
    assert scrubber.scrub_params("user", (("id", "512"),)) == (("id", "1"),)
    assert scrubber.scrub_params("torrent", (("id", "512"),)) == (("id", "512"),)
