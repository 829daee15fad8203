"""
Bash's completion: `key=` is gone on with, so no space follows it, and words are split at `=`.

Zsh and fish do without.
"""

from __future__ import annotations

from click.shell_completion import BashComplete, add_completion_class

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
