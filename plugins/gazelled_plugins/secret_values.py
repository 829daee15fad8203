"""Values that may be secrets: plain text, or what a reference in the config stands for."""

from __future__ import annotations

from collections.abc import Mapping

from gazelled.plugin import SecretStr, hide_keys


def plain(value: str | SecretStr) -> str:
    """Return the text of a value."""
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def plain_values(values: Mapping[str, str | SecretStr]) -> dict[str, str]:
    """Return the texts of named values."""
    return {name: plain(value) for name, value in values.items()}


def check_named(values: Mapping[str, str | SecretStr]) -> None:
    """
    Check that no value is written out whose name says that it is a secret.

    Args:
        values: Its values by their names.

    Raises:
        ValueError: With what to write instead.

    """
    for name, value in values.items():
        line = f'"{name.replace("-", "_")}": "{value}"'
        if isinstance(value, str) and value and hide_keys(line) != line:
            short = name.lower().replace("_", "-")
            raise ValueError(
                f"do not put the secret {name} in this file; write it to the file secrets/{short} "
                f'beside the config, and here {{ secret = "{short}" }}'
            )
