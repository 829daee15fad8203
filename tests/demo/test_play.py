"""The demo, played as a person plays it: in a process of its own."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import HTTPCookieProcessor, build_opener, urlopen

import feedparser
import pytest

from gazelled.testing import Simulator

pytestmark = [pytest.mark.slow]
LONG = 120.0


@contextmanager
def playing(seconds: float | None) -> Iterator[subprocess.Popen[str]]:
    """Play the demo in a child process."""
    code = f"import gazelled.demo as demo; raise SystemExit(demo.main({seconds}))"
    command = [sys.executable, "-X", "utf8", "-c", code]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, encoding="utf-8") as child:  # noqa: S603 - it is us
        try:
            yield child
        finally:
            child.kill()


def read_until(child: subprocess.Popen[str], *wanted: str) -> str:
    """Read the output until each of these was in it."""
    assert child.stdout is not None
    seen = ""
    while not all(each in seen for each in wanted):
        line = child.stdout.readline()
        assert line, f"The demo ended early: {seen}"
        seen += line
    return seen


@dataclass(frozen=True)
class Played:
    """What a demo left: what it printed, and what could be read meanwhile."""

    code: int
    output: str
    errors: str
    feed: bytes
    page: str
    journal: str
    folder: Path


@pytest.fixture(scope="module")
def played() -> Played:
    """Play the first hours, and read the feed and the journal as soon as they have news."""
    with playing(None) as child:
        seen = read_until(child, "published at", '{"key"', "Ratio 0.94", "ratio: 1 event")
        address = re.findall(r"^Feed     (\S+)", seen, re.MULTILINE)[0]
        journal = Path(re.findall(r"^Journal  (\S+)", seen, re.MULTILINE)[0])
        link = re.findall(r"^http:\S+/login\?token=\S+", seen, re.MULTILINE)[0]
        with build_opener(HTTPCookieProcessor()).open(link, timeout=LONG) as answer:
            page = answer.read().decode()
        with urlopen(address, timeout=LONG) as answer:  # noqa: S310 - our own feed
            feed = answer.read()
        lines = journal.read_text()
        child.send_signal(signal.SIGINT)
        rest, errors = child.communicate(timeout=LONG)
    return Played(child.returncode, seen + rest, errors, feed, page, lines, journal.parents[3])


def test_it_leaves_nothing(played: Played) -> None:
    """It ends well, without complaints, and its folder is gone."""
    assert (played.code, played.errors, played.folder.exists()) == (0, "", False)


def test_its_page_is_opened_by_the_link(played: Played) -> None:
    """Which logs in at once."""
    assert "<h1" in played.page
    assert "/watches/last-seeder" in played.page


def test_it_ends_by_itself() -> None:
    """After its time it ends well, as after Ctrl-C."""
    with playing(0.1) as child:
        seen, errors = child.communicate(timeout=LONG)
    assert (child.returncode, errors) == (0, "")
    assert seen.endswith("Yours: gazelled init\n")


def test_the_phone_shows_a_new_data_set(played: Played) -> None:
    """What fits arrives as a message in a box; what doesn't is shown with the reason."""
    assert re.search(r"┌ phone ─+┐\n +│ New: S\. cerevisiae S288C reads +│\n", played.output)
    assert "7.1 GiB FASTQ · Illumina HiSeq · CC0 · 3 seeders" in played.output
    assert re.search(
        r"no +Yeast proteome  licence CC BY-SA, wanted Public Domain or CC0\n", played.output
    )
    assert "known already, so none is new" in played.output


def test_commands_are_shown_with_what_they_say(played: Played) -> None:
    """Why something wasn't told, clause by clause; and an alert that a look by hand raises."""
    assert re.search(
        r"\n +63  torrent  Yeast proteome\n(.*\n){2} +yeast: doesn't match\n(.*\n)? +✗ license",
        played.output,
    )
    assert "$ gazelled why 63 yeast\n" in played.output
    assert "$ gazelled watch run ratio\n" in played.output
    assert "│ Ratio 0.94, below 1.0 " in played.output


def test_a_feed_reader_reads_it(played: Played) -> None:
    """The address on show is a feed that has the new data set."""
    feed = feedparser.parse(played.feed)
    assert not feed.bozo
    assert "New: S. cerevisiae S288C reads" in [entry.title for entry in feed.entries]


def test_the_journal_has_it_as_json(played: Played) -> None:
    """The file on show has a line of JSON for the new data set."""
    titles = [json.loads(line)["title"] for line in played.journal.splitlines()]
    assert titles.count("S. cerevisiae S288C reads") == 1


def test_the_figures_are_as_promised(played: Played) -> None:
    """The tracker saw no two requests closer than its limit; nothing is lost or sent twice."""
    closest = re.findall(r"requests, closest ([\d.]+) s apart at the tracker", played.output)
    assert len(closest) == 1
    assert float(closest[0]) >= 6.0
    told = r"^2 data sets, 1 alert(, 1 outage)? delivered; 0 lost, 0 twice\.$"
    assert re.search(told, played.output, re.MULTILINE)


def test_no_secret_is_shown(played: Played) -> None:
    """Neither the token nor the phone's address is anywhere."""
    everything = played.output + played.errors + played.feed.decode() + played.journal
    assert Simulator().token() not in everything
    assert "json://" not in everything


def test_it_fits_a_terminal(played: Played) -> None:
    """No line is longer than 80 columns, whatever the address of a temporary folder is."""
    lines = [line for line in played.output.splitlines() if not line.startswith("Journal")]
    assert max(map(len, lines)) <= 80


def test_ctrl_c_ends_it_with_the_figures() -> None:
    """Ctrl-C is a good end."""
    with playing(None) as child:
        read_until(child, "looked   yeast")
        child.send_signal(signal.SIGINT)
        rest, errors = child.communicate(timeout=LONG)
    assert (child.returncode, errors) == (0, "")
    assert re.search(
        r"0 lost, 0 twice\.\n(After the last look .*\n)?Yours: gazelled init\n\Z", rest
    )


def test_a_reader_who_leaves_ends_it() -> None:
    """Whoever pipes it into head gets no complaint."""
    with playing(None) as child:
        read_until(child, "looked   yeast")
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        errors = child.stderr.read()
        assert (child.wait(timeout=LONG), errors) == (0, "")
