"""Ways to log in, and the session cookie that some of them keep."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from gazelled.errors import ConfigError
from gazelled.tracker.login.cookie_file import CookieSource, is_source, place_of

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
    """
    Cookies of a log-in: a file as browsers export them, or a jar.

    A jar is one of `http.cookiejar`, which that of requests is, too, or of aiohttp; or names and
    values.
    """

    file: CookieSource | str

    @property
    def source(self) -> CookieSource:
        """Where they are."""
        return Path(self.file) if isinstance(self.file, str) else self.file

    def __repr__(self) -> str:
        return f"{type(self).__name__}({place_of(self.source)!r})"


Auth = TokenAuth | LoginAuth | CookieAuth


def is_token(text: str) -> bool:
    """Return whether a text can be sent as a token: one word of ASCII characters."""
    return text != "" and all("!" <= sign <= "~" for sign in text)


def check_auth(auth: object) -> None:
    """
    Check a way to log in, of which nothing is sent yet; the text never quotes a secret.

    Raises:
        ConfigError: If it is none, or something is missing in it.

    """
    match auth:
        case TokenAuth(token=str(token)):
            if not is_token(token):
                problem = "contains spaces or special characters" if token.strip() else "is empty"
                raise ConfigError(f"The token {problem}: copy it from your profile, as one word.")
        case LoginAuth(username=str(name), password=str(password), totp=str(secret)):
            if not name or not password:
                raise ConfigError("Login takes a user name and a password; one of them is empty.")
            if secret:
                totp(secret, datetime.now(UTC))
        case CookieAuth(file=file) if isinstance(file, str) or is_source(file):
            pass
        case TokenAuth() | LoginAuth() | CookieAuth():
            raise ConfigError("Login takes only texts: Login(username, password, totp=None).")
        case _:
            raise ConfigError(
                'Log in by Token("…"), Login("name", "password") or Cookies(file), not by an '
                f"object of {type(auth).__name__}."
            )


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
        stored = json.loads(text or "{}")
    except (RecursionError, ValueError):
        return {}
    if not isinstance(stored, dict) or stored.get("owner") != owner:
        return {}
    cookies = stored.get("cookies")
    if not isinstance(cookies, dict):
        return {}
    return {name: str(value) for name, value in cookies.items()}
