"""Checks of the tables of config.toml beyond their types, one module for each table."""
