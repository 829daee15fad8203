"""Ways to log in, and the session cookie that some of them keep."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gazelled.errors import ConfigError

TOTP_STEP = 30


@dataclass(frozen=True, slots=True)
class TokenAuth:
    """A bearer token (RFC 6750) from the profile page."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LoginAuth:
    """
    User name and password, as in the log-in form: the tracker wants 15 characters or more.

    `totp` is the secret of the second factor, in base 32; empty for none.
    """

    username: str
    password: str = field(repr=False)
    totp: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class CookieAuth:
    """The cookies of a browser, in a file of Netscape's format."""

    file: Path


Auth = TokenAuth | LoginAuth | CookieAuth


def totp(secret: str, moment: datetime) -> str:
    """
    Return the six digits of the second factor (RFC 6238) at a moment.

    Raises:
        ConfigError: If the secret isn't base 32; spaces and case don't matter.

    """
    text = "".join(secret.split()).upper()
    try:
        key = base64.b32decode(text + "=" * (-len(text) % 8))
    except (ValueError, binascii.Error) as error:
        raise ConfigError(
            "The totp secret isn't base 32: copy it again, letters and digits 2-7."
        ) from error
    counter = struct.pack(">Q", int(moment.timestamp()) // TOTP_STEP)
    digest = hmac.digest(key, counter, "sha1")
    (code,) = struct.unpack_from(">I", digest, digest[-1] & 15)
    return f"{(code & 0x7FFFFFFF) % 10**6:06}"


def dump_cookies(owner: str, cookies: Mapping[str, str]) -> str:
    """Return an account's cookies as a text to keep."""
    return json.dumps({"owner": owner, "cookies": dict(cookies)})


def load_cookies(owner: str, text: str | None) -> dict[str, str]:
    """Return an account's cookies that were kept; none if they are another's."""
    try:
        kept = json.loads(text or "{}")
    except ValueError:
        return {}
    if not isinstance(kept, dict) or kept.get("owner") != owner:
        return {}
    return {str(name): str(value) for name, value in kept.get("cookies", {}).items()}
