"""Man pages and completion as they are installed, for the programs that read them."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from gazelled.cli.entry import gazelled
from gazelled.cli.settings import Settings
from gazelled.cli.shells import SHELLS

SHARE = Path(sysconfig.get_path("data"), "share")
PAGES = SHARE / "man" / "man1"
PROGRAM = Path(sysconfig.get_path("scripts"))


def names(command: click.Command, ctx: click.Context) -> Iterator[str]:
    """Return the names of the pages of a command and of those in it."""
    yield ctx.command_path.replace(" ", "-")
    if isinstance(command, click.Group) and ctx.info_name != "x":
        for name in command.list_commands(ctx):
            inner = command.get_command(ctx, name)
            assert inner is not None
            if not inner.hidden:
                yield from names(inner, click.Context(inner, info_name=name, parent=ctx))


def test_each_command_has_a_page() -> None:
    """And there is no page of a command that is gone."""
    root = click.Context(gazelled, info_name="gazelled", obj=Settings({}))
    wanted = {f"{name}.1" for name in names(gazelled, root)}
    assert len(wanted) > 50
    assert {page.name for page in PAGES.glob("gazelled*")} == wanted


@pytest.mark.skipif(not shutil.which("mandoc"), reason="Debian's package mandoc isn't there")
def test_the_pages_are_clean() -> None:
    """A strict reader has nothing to say about them."""
    pages = sorted(PAGES.glob("gazelled*"))
    done = subprocess.run(  # noqa: S603 - our own pages
        ["mandoc", "-Tlint", "-Wwarning", *pages],  # noqa: S607 - that of this machine
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stdout, done.returncode) == ("", 0)


def page(name: str) -> str:
    """Return a page as a terminal shows it, in one line."""
    done = subprocess.run(  # noqa: S603 - our own page
        ["mandoc", "-Tascii", PAGES / f"{name}.1"],  # noqa: S607 - that of this machine
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return " ".join(_plain(done.stdout).split())


def _plain(shown: str) -> str:
    """Return a text without what makes signs bold."""
    return "".join(
        sign for sign, then in zip(shown, f"{shown[1:]} ", strict=True) if "\b" not in {sign, then}
    )


@pytest.mark.skipif(not shutil.which("mandoc"), reason="Debian's package mandoc isn't there")
def test_what_a_page_shows() -> None:
    """Options, examples to the sign, and the pages of what is in a group."""
    assert "--tell TARGET Whom to notify." in page("gazelled-watch-add")
    assert "--match 'title={each}' --first last:5 --tell phone" in page("gazelled-watch-add")
    assert "rm Remove a watch" in page("gazelled-watch")
    assert "gazelled-watch-rm(1)" in page("gazelled-watch")
    assert "6 no request is sent until you act" in page("gazelled")


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Return the environment of somebody with a config, whose shell finds the program."""
    folder = tmp_path / ".config" / "gazelled"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("[watch.yeast]\n[watch.mouse]\n[target.phone]\n")
    return {
        "HOME": str(tmp_path),
        "PATH": f"{PROGRAM}:/usr/bin:/bin",
        "TERM": "dumb",
        "LC_ALL": "C.UTF-8",
    }


ASKED = {
    "bash": """
        source "$1"
        COMP_LINE="gazelled $2"; COMP_POINT=${#COMP_LINE}
        COMP_WORDS=(gazelled $2); [[ $2 == *" " ]] && COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        $(complete -p gazelled | sed 's/.*-F \\([^ ]*\\).*/\\1/') gazelled
        printf '%s\\n' "${COMPREPLY[@]}"
    """,
    "zsh": """
        compdef() { : }
        source $1
        compadd() { print -l -- $completions }
        _describe() { print -l -- $completions_with_descriptions }
        words=(gazelled ${(s: :)2}); [[ $2 == *" " ]] && words+=("")
        CURRENT=$#words
        _gazelled_completion
    """,
    "fish": """
        source $argv[1]
        complete --do-complete "gazelled $argv[2]"
    """,
}
"""How a shell is asked for what may stand at the end of a line."""


def completed(shell: str, line: str, environ: dict[str, str]) -> tuple[list[str], str]:
    """Return what a shell offers, and what would be printed into the terminal."""
    done = subprocess.run(  # noqa: S603 - our own script
        [
            shell,
            "-c",
            ASKED[shell],
            *([] if shell == "fish" else ["-"]),
            SHARE / SHELLS[shell],
            line,
        ],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    offers = [each.replace("\t", ":").partition(":")[0] for each in done.stdout.splitlines()]
    return offers, done.stderr


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("wat", ["watch"]),
        ("watch rm ", ["yeast", "mouse"]),
        ("watch add x --tell ph", ["phone"]),
        ("--log-level w", ["warning"]),
        ("call loada", ["loadavg"]),
        ("completion f", ["fish"]),
    ],
)
def test_a_shell_completes(
    shell: str, line: str, offered: list[str], environ: dict[str, str]
) -> None:
    """By the installed script, with the names of the config."""
    if not shutil.which(shell):
        pytest.skip(f"Debian's package {shell} isn't there")
    offers, printed = completed(shell, line, environ)
    assert (sorted(offers), printed) == (sorted(offered), "")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_config_that_is_meant(shell: str, environ: dict[str, str]) -> None:
    """An instance has watches of its own; so has a config that is named. No error is printed."""
    if not shutil.which(shell):
        pytest.skip(f"Debian's package {shell} isn't there")
    instance = Path(environ["HOME"], ".config", "gazelled", "second")
    instance.mkdir()
    (instance / "config.toml").write_text("[watch.rice]\n")
    assert completed(shell, "--instance second watch rm ", environ) == (["rice"], "")
    for line in ("--instance s", "service install --instance "):
        assert completed(shell, line, environ) == (["second"], "")
    _, printed = completed(shell, "logs x ", environ)
    assert printed == ""
    named = {**environ, "GAZELLED_CONFIG": str(instance / "config.toml")}
    assert completed(shell, "watch rm ", named) == (["rice"], "")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_broken_config_is_no_trouble_to_a_shell(shell: str, environ: dict[str, str]) -> None:
    """Nothing is offered, and nothing is printed between what a person types."""
    if not shutil.which(shell):
        pytest.skip(f"Debian's package {shell} isn't there")
    config = Path(environ["HOME"], ".config", "gazelled", "config.toml")
    config.write_text("[watch.yeast\nbroken = ")
    offers, printed = completed(shell, "watch rm ", environ)
    assert (list(filter(None, offers)), printed) == ([], "")
    offers, printed = completed(shell, "watch add x --ask torrentgr", environ)
    assert offers == ["torrentgroup", "torrentgroupalbumart"]
    assert printed == ""
