"""Instances: several daemons of a machine or a user, one for each account, told apart by names."""

from __future__ import annotations

import re
from zlib import crc32

INSTANCE = "GAZELLED_INSTANCE"
"""The variable of the environment that names the instance, as `--instance` does."""

RULE = (
    "it has up to 22 small letters, digits, - and _, begins with a letter or digit, and isn't "
    "the name of a folder that a config may have beside it"
)
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,21}")  # `gazelled-NAME` is the name of a user: 31 at most
_BESIDE = {"secrets", "plugins"}
_FIRST, _PORTS = 20000, 10000


def is_instance_name(name: str) -> bool:
    """Return whether an instance can have a name."""
    return _NAME.fullmatch(name) is not None and name not in _BESIDE


def port_of(instance: str) -> int:
    """Return the port of an instance's web server where its config names none."""
    return _FIRST + crc32(instance.encode()) % _PORTS
