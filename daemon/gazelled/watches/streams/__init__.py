"""Streams of items: looking at them, what was seen of them, and how far."""
