"""Requests of the control protocol that few need, by what they are about, and failures."""
