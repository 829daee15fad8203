"""Applies a changed config while everything goes on."""
