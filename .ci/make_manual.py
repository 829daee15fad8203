"""
Writes the man pages and the completion of shells: `daemon/share`, which the wheel installs.

    .ci/make_manual.py          writes them
    .ci/make_manual.py --check  fails if they aren't those of the commands as they are now
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

import click
from click_man.man import ManPage

from gazelled import __version__
from gazelled.cli.entry import gazelled
from gazelled.cli.settings import Settings
from gazelled.cli.shells import SHELLS, completion_script

SHARE = Path(__file__).resolve().parent.parent / "daemon/share"
RELEASED = "2026-12-01"
"""The date in the pages: that of the release."""
SIGNS = {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti"}


def escaped(text: str) -> str:
    """Return a text as roff, which stands for itself to the sign."""
    plain = re.sub(r"[\\\-'`^~]", lambda sign: SIGNS[sign[0]], text)
    plain = re.sub(r"[^\x00-\x7f]", lambda sign: rf"\[u{ord(sign[0]):04X}]", plain)
    return re.sub(r"^\.", r"\\&.", plain, flags=re.MULTILINE)


def walk(command: click.Command, ctx: click.Context) -> Iterator[click.Context]:
    """Return the contexts of a command and of all commands in it; those of plugins aren't known."""
    yield ctx
    if isinstance(command, click.Group) and ctx.info_name != "x":
        for name in command.list_commands(ctx):
            inner = command.get_command(ctx, name)
            if inner is not None and not inner.hidden:
                yield from walk(inner, click.Context(inner, info_name=name, parent=ctx))


def first_line(command: click.Command) -> str:
    """Return what a command does, without the full stop."""
    return " ".join(cleandoc(command.help or "").partition("\n\n")[0].split()).rstrip(".")


def page(ctx: click.Context) -> str:
    """Return the man page of a command."""
    command, name = ctx.command, ctx.command_path.replace(" ", "-")
    made = ManPage(name)
    made.version, made.date = f"gazelled {__version__}", RELEASED
    made.short_help = escaped(first_line(command))
    made.synopsis = " ".join(command.collect_usage_pieces(ctx))
    made.description = escaped(cleandoc(command.help or ""))
    options = (each for each in command.get_params(ctx) if isinstance(each, click.Option))
    records = (option.get_help_record(ctx) for option in options)
    made.options = [(option, escaped(text)) for option, text in filter(None, records)]
    if isinstance(command, click.Group) and ctx.info_name != "x":
        inner = ((each, command.get_command(ctx, each)) for each in command.list_commands(ctx))
        made.commands = [(each, escaped(f"{first_line(one)}.")) for each, one in inner if one]
    text = str(made).replace(f".B {name}\n", f".B {escaped(ctx.command_path)}\n", 1)
    # The commands as a list, each with the name of its page.
    text = re.sub(r"^\.PP(?=\n\\fB)", ".TP", text, flags=re.MULTILINE)
    text = re.sub(
        r"^  See .*\\fB(\S+)\(1\).*",
        lambda it: f"See {reference(it[1])}.",
        text,
        flags=re.MULTILINE,
    )
    text = re.sub(r"^  (?=\S)", "", text, flags=re.MULTILINE)
    if command.epilog:
        section = "EXAMPLES" if ctx.parent else "EXIT STATUS AND FILES"
        examples = escaped(command.epilog.replace("\b\n", "").strip())
        text += f".SH {section}\n.nf\n{examples}\n.fi\n"
    return f"{text}.SH SEE ALSO\n{see_also(ctx)}\n"


def see_also(ctx: click.Context) -> str:
    """Return where else to read: the page of the group, and the manual."""
    if ctx.parent is None:
        return "The documents that come with gazelled: README.md and docs/."
    return reference(ctx.parent.command_path.replace(" ", "-"))


def reference(name: str) -> str:
    """Return the mention of another page."""
    return rf"\fB{escaped(name)}\fP(1)"


def files() -> dict[Path, str]:
    """Return what belongs into each file."""
    nobody = Settings({"HOME": "/nonexistent"})
    root = click.Context(gazelled, info_name="gazelled", obj=nobody, **gazelled.context_settings)
    texts = {
        SHARE / f"man/man1/{ctx.command_path.replace(' ', '-')}.1": page(ctx)
        for ctx in walk(gazelled, root)
    }
    return texts | {SHARE / SHELLS[shell]: completion_script(shell) for shell in SHELLS}


def main() -> int:
    """Write or check them; the exit code tells whether all is as it should be."""
    wanted = files()
    there = {path for path in SHARE.rglob("*") if path.is_file()}
    wrong = [path for path in there if path not in wanted]
    wrong += [path for path in wanted if path not in there or path.read_text() != wanted[path]]
    if "--check" in sys.argv[1:]:
        for path in sorted(wrong):
            sys.stderr.write(f"{path}: is not of these commands: run .ci/make_manual.py\n")
        return 1 if wrong else 0
    for path in wrong:
        if path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path])
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
