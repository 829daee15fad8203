"""`python -m gazelled` is the command `gazelled`."""

from gazelled.cli import main

main()
