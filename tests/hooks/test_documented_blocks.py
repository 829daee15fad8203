"""
Every block of docs/plugins.md is run: as it stands, or in the surroundings that are implied.

A block that begins with an import or a docstring is a file of a plugin, and loaded as one. Each
other one has an entry here: what stands around it, and what it has to do. A block without an entry
fails.
"""

from __future__ import annotations

import inspect
import re
import textwrap
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.document_blocks import ROOT

from gazelled.config import load
from gazelled.plugin import TorrentFile
from gazelled.testing.plugin_kit import PluginKit

if TYPE_CHECKING:
    from gazelled.testing.kit.plugin_targets import PluginTarget

DOCUMENT = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
BLOCKS: list[tuple[str, str]] = re.findall(
    r"^```(\w*)\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE
)
PYTHON = [text for language, text in BLOCKS if language == "python"]
TOML = [text for language, text in BLOCKS if language == "toml"]

NAMES = """
import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar
from gazelled.plugin import *
class Options(PluginConfig):
    publishes: ClassVar[bool] = True
sent, parts = [], ["one", "two"]
post = sent.append
"""
"""What fragments take for granted."""
TARGET = f"{NAMES}@target(Options)\nasync def own(delivery, options, context):\n"
BEGINNINGS = ("import ", "from ", '"""')


@dataclass(frozen=True)
class Surroundings:
    """
    What makes a plugin of a block.

    Attributes:
        before: What stands before it; its last line may be the head of a function.
        after: What follows, in the same block of code.
        check: Raises if the plugin, as a target, does not do what the document says.

    """

    check: Callable[[PluginKit, PluginTarget], None]
    before: str = NAMES
    after: str = ""

    def plugin(self, block: str) -> str:
        """Return the file of a plugin that has the block."""
        indent = "    " if self.before.endswith(":\n") else ""
        return self.before + textwrap.indent(block + self.after, indent)


def asks_the_tracker(gz: PluginKit, target: PluginTarget) -> None:
    """Return if the answer of an action was used."""
    target.answers["torrent"] = {"torrent": {"seeders": 3}}
    target.deliver(gz.event("new"))
    assert (target.folder / "out").read_text() == "3"


def downloads(gz: PluginKit, target: PluginTarget) -> None:
    """Return if the file of the torrent was handed to the function."""
    event = gz.event("new")
    number = int(event.items[0].id)
    target.files[number] = TorrentFile(number, "a" * 40, "Reads", 7, b"the file")
    target.deliver(event)
    assert (target.folder / "out").read_text() == "the file"


def sends_each_part_once(gz: PluginKit, target: PluginTarget) -> None:
    """Return if an attempt goes on behind the parts that are recorded."""
    target.deliver(gz.event("new"))
    target.deliver(gz.event("new"))
    assert (target.folder / "out").read_text() == "['one', 'two']"


def publishes(gz: PluginKit, target: PluginTarget) -> None:
    """Return if the file is there before the first event."""
    target.prepare()
    assert (target.public / "target.txt").is_file()
    target.deliver(gz.event("new"))


def serves(gz: PluginKit, target: PluginTarget) -> None:
    """Return if a function answers for its path, and for no other."""
    del gz
    target.prepare()
    file = target.get("target.csv")
    assert file is not None
    assert (file.content, file.type) == (b"rows", "text/csv")


def previews(gz: PluginKit, target: PluginTarget) -> None:
    """Return if the function makes the text."""
    assert target.preview(gz.event("new", title="Reads")).startswith("Reads (")
    target.deliver(gz.event("new"))


FRAGMENTS = {
    "answer = await context.tracker.call(": Surroundings(
        asks_the_tracker, TARGET, '(context.folder / "out").write_text(str(seeders))\n'
    ),
    "class Options(PluginConfig):\n    needs_downloads": Surroundings(
        downloads, after='    (context.folder / "out").write_bytes(file.content)\n'
    ),
    "for number, part in enumerate(parts):": Surroundings(
        sends_each_part_once, TARGET, '(context.folder / "out").write_text(str(sent))\n'
    ),
    "async def prepare(options, context):\n    (context.public": Surroundings(publishes),
    "async def prepare(options, context):\n    async def answer(": Surroundings(
        serves,
        NAMES + 'def table(folder):\n    return b"rows"\n',
        "@target(Options, prepare=prepare)\nasync def own(delivery, options, context): ...\n",
    ),
    "def preview(delivery, options, context):": Surroundings(previews),
    'requires_api = "1.0"': Surroundings(
        lambda gz, target: target.deliver(gz.event("new")), after=TARGET + "    pass\n"
    ),
}
"""By the beginning of a block: what is around it."""
FILES = [block for block in PYTHON if block.startswith(BEGINNINGS)]
SIGNATURES = [block for block in PYTHON if block.startswith("@hookimpl")]
TESTS = [block for block in PYTHON if block.startswith("def test_")]

TRACKER = """
[tracker]
url = "https://tracker.example"
token = { env = "TOKEN" }
"""


def file_with(text: str) -> str:
    """Return the file of a plugin that has a text."""
    return next(block for block in FILES if text in block)


CONFIGS: dict[str, tuple[str, str, str]] = {
    "[plugin.lab-sheet]": ("lab_sheet.py", "async def lab_sheet(", ""),
    "[plugin.slow-answers]": ("slow_answers.py", "class SlowAnswers", ""),
    "[watch.big-jobs]": (
        "queue_jobs.py",
        "class Queue(",
        """
[plugin.queue-jobs]
file = "queue_jobs.py"
[target.sheet]
plugin = "journal"
[watch-defaults]
tell = ["sheet"]
""",
    ),
}
"""By the beginning of a part of the config: its plugin's file, what is in that, and the rest."""
COUNTER = f"""{NAMES}
class Words(PluginConfig):
    word: str

@hookimpl
def gazelled_options(register):
    register(Words)

@hookimpl
async def gazelled_request_failed(failure, context):
    await context.store.set("failures", await context.store.get("failures", 0) + 1)
"""
"""The plugin of the test that counts."""
ENTRY_POINT = '[project.entry-points."gazelled.plugins"]'


@pytest.fixture
def kit(tmp_path: Path) -> PluginKit:
    """Return a kit whose files are in the temporary folder."""
    return PluginKit(here=tmp_path, state=tmp_path / "state")


def fragment(block: str) -> str | None:
    """Return the key of a block's surroundings."""
    return next((beginning for beginning in FRAGMENTS if block.startswith(beginning)), None)


def test_every_block_is_run() -> None:
    """A new one needs surroundings, and none of these is left over."""
    rest = [block for block in PYTHON if block not in (*FILES, *SIGNATURES, *TESTS)]
    assert [fragment(block) for block in rest] == [*FRAGMENTS]
    assert len(FILES) >= len(("lab_sheet", "slow", "setup", "answered", "kind", "source"))
    assert {language for language, _ in BLOCKS} == {"python", "toml"}


@pytest.mark.parametrize("block", FILES, ids=lambda block: block.splitlines()[0])
def test_a_file_is_loaded(block: str, kit: PluginKit, tmp_path: Path) -> None:
    """It is set up and torn down with the options that it takes for granted."""
    (tmp_path / "own.py").write_text(block)
    with kit.plugin("own.py") as plugin:
        assert plugin.name


@pytest.mark.parametrize("block", SIGNATURES, ids=lambda block: block.splitlines()[1])
def test_a_signature_is_accepted(block: str, kit: PluginKit, tmp_path: Path) -> None:
    """A plugin that has just this function loads; one that delivers has targets, too."""
    targets = "@hookimpl\ndef gazelled_targets(register):\n    register(Options)\n"
    (tmp_path / "own.py").write_text(
        NAMES + (targets if "def gazelled_deliver(" in block else "") + block
    )
    kit.plugin("own.py")


@pytest.mark.parametrize("beginning", FRAGMENTS)
def test_a_fragment_does_what_is_said(beginning: str, kit: PluginKit, tmp_path: Path) -> None:
    """In its surroundings."""
    block = next(block for block in PYTHON if block.startswith(beginning))
    (tmp_path / "own.py").write_text(FRAGMENTS[beginning].plugin(block))
    FRAGMENTS[beginning].check(kit, kit.target("own.py"))


@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.split("(")[0])
def test_a_test_passes(test: str, kit: PluginKit, tmp_path: Path) -> None:
    """With the plugin that it is about."""
    (tmp_path / "lab_sheet.py").write_text(file_with("async def lab_sheet("))
    (tmp_path / "counter.py").write_text(COUNTER)
    names: dict[str, Any] = {}
    exec(test, names)  # noqa: S102 - this project's own document
    function = names[test.split("(", maxsplit=1)[0].removeprefix("def ")]
    fixtures = {"gz": kit, "tmp_path": tmp_path}
    function(**{name: fixtures[name] for name in inspect.signature(function).parameters})


@pytest.mark.parametrize("beginning", CONFIGS)
def test_a_part_of_the_config_is_valid(beginning: str, tmp_path: Path) -> None:
    """With the plugin that it names, which is loaded."""
    block = next(block for block in TOML if block.startswith(beginning))
    file, text, rest = CONFIGS[beginning]
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / file).write_text(file_with(text))
    config = tmp_path / "config.toml"
    # What a reader leaves as it is stands there as a comment.
    config.write_text(TRACKER + rest + block.replace("# …", 'ask = "browse"'))
    loaded = load(config, {"TOKEN": "0123456789abcdef"})
    assert [str(problem) for problem in loaded.problems if problem.is_error] == []
    assert not loaded.left_out
    assert loaded.config is not None


def test_the_entry_point_is_found(
    kit: PluginKit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an installer writes it down; and no other part of the document is in TOML."""
    (block,) = (block for block in TOML if not block.startswith(tuple(CONFIGS)))
    points = tomllib.loads(block)["project"]["entry-points"]["gazelled.plugins"]
    assert block.startswith(ENTRY_POINT)
    ((name, module),) = points.items()
    info = tmp_path / "lab_tools-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lab-tools\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[gazelled.plugins]\n{name} = {module}\n")
    path = tmp_path.joinpath(*module.split(".")).with_suffix(".py")
    path.parent.mkdir()
    path.write_text(file_with("async def lab_sheet("))
    monkeypatch.syspath_prepend(str(tmp_path))
    target = kit.target(name, path=tmp_path / "lab.csv")
    target.deliver(kit.event("new", title="S288C reads"))
    assert "S288C" in (tmp_path / "lab.csv").read_text()
