"""The options of what writes a file that is rotated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator

from gazelled.plugin import OptionFault, OptionFaults, PluginConfig, parse_duration, parse_size
from gazelled_plugins.journal_file import Rotation

SMALLEST = 4096
SHORTEST = 60.0
"""The least bytes and seconds of a file."""


class RotatingConfig(PluginConfig):
    """
    When a new file is begun.

    Attributes:
        rotate_size: The bytes that it has at most before a new one is begun.
        rotate_age: The seconds that pass before a new one is begun; None for no limit.
        keep: How many of the older files are kept; all when None.

    """

    rotate_size: Annotated[int, BeforeValidator(parse_size, json_schema_input_type=int | str)] = (
        64 << 20
    )
    rotate_age: (
        Annotated[float, BeforeValidator(parse_duration, json_schema_input_type=str)] | None
    ) = None
    keep: Annotated[int, Field(ge=1)] | None = None

    @field_validator("rotate_size")
    @classmethod
    def _is_large_enough(cls, size: int) -> int:
        if size < SMALLEST:
            raise ValueError('expected at least "4 KiB"')
        return size

    @field_validator("rotate_age")
    @classmethod
    def _is_long_enough(cls, age: float | None) -> float | None:
        if age is not None and age < SHORTEST:
            raise ValueError('expected at least "1m"')
        return age

    @property
    def rotation(self) -> Rotation:
        """When a new file is begun, and how many older ones are kept."""
        return Rotation(self.rotate_size, self.rotate_age, self.keep)


def check_place(path: Path | None) -> None:
    """
    Check whether a file can be there; nothing is written.

    Raises:
        OptionFaults: If it can't, at the option `path`.

    """
    if path is None:
        return
    if path.is_dir():
        raise OptionFaults(OptionFault(("path",), f"{path} is a folder, not a file"))
    if not path.parent.is_dir():
        raise OptionFaults(OptionFault(("path",), f"there is no folder {path.parent}"))
