"""The commands with the bundled plugins that are no targets, and checks of targets."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Person


async def test_a_command_of_a_plugin(settled: Person) -> None:
    """`gazelled x accessions` finds accession numbers."""
    settled.write(settled.config.read_text() + "\n[plugin.accessions]\n")
    said = await settled.asks("x", "accessions", "reads of PRJNA128 and GSE2553")
    assert said.code == 0, said.err
    assert said.out.splitlines() == [
        "PRJNA128\tBioProject\thttps://www.ncbi.nlm.nih.gov/bioproject/PRJNA128",
        "GSE2553\tGEO\thttps://www.ncbi.nlm.nih.gov/geo/query/acc.cgi?acc=GSE2553",
    ]


async def test_check_examines_their_options(settled: Person) -> None:
    """A table, a list and a file that can't be there are errors at their lines."""
    text = settled.config.read_text()
    settled.write(
        f'{text}\n[plugin.accessions]\ntable = "gone.csv"\n'
        '[plugin.ignore]\nlist = "gone.txt"\n'
        '[plugin.activity]\npath = "gone/a.jsonl"\nevents = ["deliverd"]\n'
    )
    said = await settled.asks("check")
    assert said.code != 0
    assert "plugin.activity.events" in said.out, said.out
    settled.write(settled.config.read_text().replace('events = ["deliverd"]\n', ""))
    said = await settled.asks("check")
    for key in ("plugin.accessions.table", "plugin.ignore.list", "plugin.activity.path"):
        assert key in said.out, said.out


async def test_target_check(settled: Person) -> None:
    """What is reached, what is not, and what its plugin can't check."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        settled.write(
            f'{settled.config.read_text()}\n[target.box]\nplugin = "torrents"\n'
            f'client = "transmission"\nurl = "{url}"\n'
            '[target.print]\nplugin = "exec"\ncommand = ["sh", "-c", "exit 1"]\n'
            f'[target.hook]\nplugin = "webhook"\nurl = "{url}"\n'
        )
        reached = await settled.asks("target", "check", "print")
        assert (reached.code, reached.out) == (0, "")
        assert reached.err == "print can be reached.\n"
        unknown = await settled.asks("target", "check", "hook")
        assert unknown.code == 0
        assert "gazelled target test hook sends a message" in unknown.err
        refused = await settled.asks("target", "check", "box")
        assert refused.code != 0
        assert "box: Transmission at 127.0.0.1:" in refused.err
        doctor = await settled.asks("doctor")
    assert "✓ The target print can be reached." in doctor.err
    assert "✗ The target box: Transmission at" in doctor.err
    assert "  Once that is fixed: gazelled target check box" in doctor.err
    assert doctor.code == 1


async def test_check_and_preview_know_the_filters_of_plugins(settled: Person) -> None:
    """Without the plugin the template is an error that names the filter."""
    target = (
        '\n[target.chat]\nplugin = "mail"\nhost = "127.0.0.1"\n'
        'from = "g@example.org"\nto = "ada@example.org"\n'
        "templates.new.body = \"{{ 'of PRJNA128' | accession_links }}\"\n"
    )
    text = settled.config.read_text()
    settled.write(f"{text}\n[plugin.accessions]\n{target}")
    said = await settled.asks("check")
    assert said.code == 0, said.out + said.err
    watch = text.partition("[watch.")[2].partition("]")[0]
    shown = await settled.asks("preview", watch, "chat", "--sample")
    assert shown.code == 0, shown.err
    assert "PRJNA128 (https://www.ncbi.nlm.nih.gov/bioproject/PRJNA128)" in shown.out
    settled.write(text + target)
    said = await settled.asks("check")
    assert said.code != 0
    assert "accession_links" in said.out
