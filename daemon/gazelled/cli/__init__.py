"""The command line: arguments in, the control handlers called, words out."""

from gazelled.cli.entry import main

__all__ = ["main"]
