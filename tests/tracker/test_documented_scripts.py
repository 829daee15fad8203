"""The scripts in docs/scripts, run as a person runs them, against the simulated tracker."""

from __future__ import annotations

import asyncio
import csv
import io
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.document_blocks import ROOT, SCRIPTS

from gazelled.errors import ConfigError
from gazelled.testing import Simulator
from gazelled.tracker import Cookies, Login, Token, read_credentials

DOC = (ROOT / "docs" / "library.md").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of a script."""

    code: int | None
    out: str
    err: str


@dataclass(slots=True)
class Writer:
    """Somebody who runs scripts at a tracker without a limit."""

    sim: Simulator
    folder: Path

    def credentials(self, name: str = "me") -> Path:
        """Write a file with the log-in of a user."""
        file = self.folder / f"{name}.toml"
        if file.exists():
            return file
        password = self.sim.world.user(name).password
        file.write_text(f'username = "{name}"\npassword = "{password}"\n')
        return file

    async def starts(self, script: str, *arguments: object) -> asyncio.subprocess.Process:
        """Start a script; its own options are behind those that all have."""
        files = () if script == "several_accounts" else ("--credentials", self.credentials())
        common = ("--url", self.sim.url, "--profile", "biotorrents-donor", *files)
        kept = ("--folder", self.folder / "kept")
        return await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "docs" / "scripts" / f"{script}.py"),
            *map(str, (*arguments, *common, *kept)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=self.folder,
        )

    async def runs(self, script: str, *arguments: object) -> Ran:
        """Run a script to its end."""
        process = await self.starts(script, *arguments)
        out, err = await process.communicate()
        return Ran(process.returncode, out.decode(), err.decode())


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncIterator[Writer]:
    """Somebody with a simulated tracker."""
    async with Simulator(per=0.0) as sim:
        yield Writer(sim, tmp_path)


async def test_search_prints_csv(writer: Writer) -> None:
    """One line for each torrent, as many as were wanted, the newest first."""
    ran = await writer.runs("search", "yeast", "--newest", 5)
    assert (ran.code, ran.err) == (0, "")
    lines = list(csv.DictReader(io.StringIO(ran.out)))
    ids = [int(line["torrent"]) for line in lines]
    assert 1 <= len(ids) <= 5
    assert ids == sorted(ids, reverse=True)
    assert all(line["page"].startswith(f"{writer.sim.url}/torrents.php?id=") for line in lines)


async def test_search_says_what_is_wrong(writer: Writer) -> None:
    """In a sentence, without a traceback or a secret."""
    file = writer.credentials()
    file.write_text('username = "me"\npassword = "changed-password-123"\n')
    ran = await writer.runs("search", "yeast")
    assert ran.code == 1
    assert "Traceback" not in ran.err
    assert "changed-password-123" not in ran.err
    for days in ("nan", "x"):
        ran_for = await writer.runs("search", "yeast", "--days", days)
        assert (ran_for.code, "Traceback" in ran_for.err) == (2, False)
    assert ran.err.strip().endswith((".", "run"))


async def test_statistics_are_appended(writer: Writer) -> None:
    """The head stands in the file once."""
    for _ in range(2):
        ran = await writer.runs("account_csv", "statistics.csv")
        assert (ran.code, ran.out, ran.err) == (0, "", "")
    with (writer.folder / "statistics.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["downloaded"] for line in lines] == [
        str(writer.sim.world.user("me").downloaded)
    ] * 2
    assert int(lines[0]["site_torrents"]) > 0
    ran = await writer.runs("account_csv", "nowhere/statistics.csv")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "nowhere/statistics.csv" in ran.err


async def test_a_collage_is_mirrored(writer: Writer) -> None:
    """What is there is not fetched again."""
    first = await writer.runs("mirror_collage", 1, "torrents")
    assert (first.code, first.err) == (0, "")
    files = sorted((writer.folder / "torrents").iterdir())
    assert files
    assert {file.suffix for file in files} == {".torrent"}
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert sorted(first.out.split()) == [f"torrents/{file.name}" for file in files]
    missing = await writer.runs("mirror_collage", 999, "torrents")
    assert (missing.code, missing.err) == (1, "bad parameters\n")
    files[0].unlink()
    again = await writer.runs("mirror_collage", 1, "torrents")
    assert again.out.split() == [f"torrents/{files[0].name}"]


async def test_a_thread_is_watched(writer: Writer) -> None:
    """What is posted meanwhile is printed, once."""
    process = await writer.starts("watch_thread", 2, "--every", 0.01)
    assert process.stdout
    try:
        async with asyncio.timeout(30):
            assert await process.stdout.readline()  # the head of the newest one
            await process.stdout.readuntil(b"\n\n")
            writer.sim.world.forums.reply(2, "A new answer", author="uploader1")
            assert b"uploader1:" in await process.stdout.readline()
            assert await process.stdout.readline() == b"A new answer\n"
    finally:
        process.kill()
        out, _ = await process.communicate()
    assert b"A new answer" not in out


async def test_several_accounts_at_once(writer: Writer) -> None:
    """One that can't log in keeps no other from its line."""
    files = [writer.credentials("me"), writer.credentials("power1")]
    ran = await writer.runs("several_accounts", *files)
    assert (ran.code, ran.err) == (0, "")
    assert [line.split("\t")[:2] for line in ran.out.splitlines()] == [
        ["me", "me"],
        ["power1", "power1"],
    ]
    (writer.folder / "nobody.toml").write_text(
        'username = "nobody"\npassword = "not-that-one-12"\n'
    )
    ran = await writer.runs("several_accounts", "nobody.toml", files[0])
    assert ran.code == 1
    assert ran.out.startswith("me\tme\t")
    assert ran.err.startswith("nobody.toml: ")
    assert "not-that-one-12" not in ran.err
    ran = await writer.runs("several_accounts", files[0], writer.folder / "other" / "me.toml")
    assert (ran.code, ran.out, "different names" in ran.err) == (2, "", True)


async def test_own_uploads_with_few_seeders(writer: Writer) -> None:
    """Those with the fewest first."""
    ran = await writer.runs("few_seeders", "--below", 1000, "--learn", 500)
    assert ran.code == 0, ran.err
    seeders = [int(line.split("\t")[0]) for line in ran.out.splitlines()]
    me = writer.sim.world.user("me").id
    assert len(seeders) == sum(
        each.uploader == me and not each.anonymous for each in writer.sim.world.torrents.values()
    )
    assert seeders == sorted(seeders)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
async def test_every_script_explains_itself(script: Path) -> None:
    """With an example; no secret is an argument, and the library's document names it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(script), "--help", stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    assert f"python {script.name} ".encode() in out
    assert b"--token" not in out
    assert b"--password" not in out
    assert f"scripts/{script.name}" in DOC


def test_credentials_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each way to log in, from a file or the environment."""
    file = tmp_path / "a.toml"
    file.write_text('token = "abc"\n')
    assert read_credentials(file) == Token("abc")
    file.write_text('username = "me"\npassword = "secret"\ntotp = "ABC"\n')
    assert read_credentials(str(file)) == Login("me", "secret", "ABC")
    file.write_text('cookies = "cookies.txt"\n')
    assert read_credentials(file) == Cookies(tmp_path / "cookies.txt")
    monkeypatch.setenv("GAZELLED_TOKEN", "xyz\n")
    assert read_credentials() == Token("xyz")
    monkeypatch.setenv("GAZELLED_USERNAME", "me")
    with pytest.raises(ConfigError, match="GAZELLED_TOKEN"):
        read_credentials()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "needs a token"),
        ('username = "me"', "needs a token, or a username with its password"),
        ('tokn = "geheim"', "has tokn, but takes token"),
        ("token = 5", "isn't a text"),
        ('token = "geheim', "isn't TOML"),
    ],
)
def test_credentials_that_are_wrong(tmp_path: Path, text: str, words: str) -> None:
    """They are a sentence that quotes no value."""
    file = tmp_path / "a.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=words) as problem:
        read_credentials(file)
    assert "geheim" not in str(problem.value)
    with pytest.raises(ConfigError, match="can't be read"):
        read_credentials(tmp_path / "none.toml")
