"""`gazelled completion`: the script that completes commands in a shell."""

from __future__ import annotations

from pathlib import PurePath

import click

from gazelled.cli import output
from gazelled.cli.settings import Settings
from gazelled.cli.shells import SHELLS, completion_script


@click.command()
@click.argument("shell", type=click.Choice([*SHELLS]), required=False)
@click.pass_obj
def completion(settings: Settings, shell: str | None) -> None:
    """
    Print the script that completes commands in a shell; without SHELL, in that of $SHELL.

    It is needed where the files that come with the package are not below /usr or /usr/local, as in
    an environment of its own:

    eval "$(gazelled completion bash)" in ~/.bashrc, likewise for zsh in ~/.zshrc

    gazelled completion fish > ~/.config/fish/completions/gazelled.fish
    """
    usual = PurePath(settings.environ.get("SHELL", "")).name
    if shell is None and usual not in SHELLS:
        raise click.UsageError(f"say which shell: gazelled completion {'|'.join(SHELLS)}")
    for line in completion_script(shell or usual).splitlines():
        output.line(line)
