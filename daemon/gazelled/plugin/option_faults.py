"""What a thorough check finds wrong with single options."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OptionFault:
    """
    Something wrong with an option.

    Attributes:
        key: The option, with the tables that it stands in: `("templates", "change", "body")`.
        text: What is wrong, in a sentence without values.
        is_error: Whether the check fails; otherwise it is a warning.

    """

    key: tuple[str, ...]
    text: str
    is_error: bool = True


class OptionFaults(ValueError):  # noqa: N818 - it is no failure, but what was found
    """
    Raised by `check_thoroughly` for faults of single options, each shown at its line.

    Args:
        faults: At least one; a check with nothing but warnings does not fail.

    """

    def __init__(self, *faults: OptionFault) -> None:
        super().__init__("; ".join(f"{'.'.join(fault.key)}: {fault.text}" for fault in faults))
        self.faults = faults
