"""The real daemon against a pretend tracker, for whoever wants to see it before they trust it."""

from gazelled.demo.play import main

__all__ = ["main"]
