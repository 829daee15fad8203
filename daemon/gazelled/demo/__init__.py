"""The real daemon against the simulated tracker, as a demonstration."""

from gazelled.demo.play import main

__all__ = ["main"]
