"""Backups of the database: making, verifying and restoring them."""
