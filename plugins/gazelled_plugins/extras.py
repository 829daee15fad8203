"""Libraries that some targets need and gazelled is installed without: its extras."""

from __future__ import annotations

from importlib.util import find_spec


def require(extra: str, module: str) -> None:
    """
    Check that a library of an extra is installed, without importing it.

    Options call this in a validator: then `gazelled check` reports what is missing, and so does
    each start.

    Args:
        extra: The extra of the distribution `gazelled` that installs the library.
        module: The top-level module that the library offers.

    Raises:
        ValueError: If the module is not installed; the text is the command that installs it.

    """
    if find_spec(module) is None:
        raise ValueError(f"this needs {module}: pip install 'gazelled[{extra}]'")
