"""Rows of actions that the families in `catalogue` have not taken over yet."""
