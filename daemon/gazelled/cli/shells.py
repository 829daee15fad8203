"""
The scripts of completion, and what bash needs besides.

In bash `key=` is gone on with, so no space follows it, and words are split at `=`. Zsh and fish do
without.
"""

from __future__ import annotations

from collections.abc import Mapping

from click.shell_completion import (
    BashComplete,
    add_completion_class,
    get_completion_class,
)

SHELLS: Mapping[str, str] = {
    "bash": "bash-completion/completions/gazelled",
    "zsh": "zsh/site-functions/_gazelled",
    "fish": "fish/vendor_completions.d/gazelled.fish",
}
"""The shells, and where each looks below `share` for the completion of a command."""

_WITHOUT_SPACE = """\
            COMPREPLY+=($value)
            [[ $value == *= ]] && compopt -o nospace"""


class Bash(BashComplete):
    """Completion for bash."""

    source_template = BashComplete.source_template.replace(
        "            COMPREPLY+=($value)", _WITHOUT_SPACE
    )

    def get_completion_args(self) -> tuple[list[str], str]:
        """Put together again what bash splits at `=`: `key`, `=` and `value` are one word."""
        args, incomplete = super().get_completion_args()
        whole: list[str] = []
        glue = False
        for word in [*args, incomplete]:
            if whole and (glue or word == "="):
                whole[-1] += word
            else:
                whole.append(word)
            glue = word == "="
        split = len(whole) < len(args) + 1
        self._cut = whole[-1].partition("=")[0] + "=" if split and "=" in whole[-1] else ""
        return whole[:-1], whole[-1]

    def complete(self) -> str:
        """Answer with what belongs after the last `=`, if bash has split there."""
        printed = super().complete().splitlines()
        lines = [line.replace(f"plain,{self._cut}", "plain,", 1) for line in printed]
        return "\n".join(line.replace(" ", "\\ ") for line in lines)


def register() -> None:
    """Let click use it."""
    add_completion_class(Bash)


def completion_script(shell: str) -> str:
    """
    Return the script that completes `gazelled`, to be loaded by a shell.

    Args:
        shell: One of `SHELLS`.

    """
    from gazelled.cli.entry import gazelled  # noqa: PLC0415 - the entry imports this module

    register()
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click has each of `SHELLS`
    return f"{kind(gazelled, {}, 'gazelled', '_GAZELLED_COMPLETE').source().strip()}\n"
