"""Ways to log in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gazelled.errors import ConfigError
from gazelled.tracker.key_values import InMemoryStore
from gazelled.tracker.login.auth import LoginAuth, TokenAuth, dump_cookies, load_cookies, totp

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_totp(seconds: int, code: str) -> None:
    """The codes are those of RFC 6238."""
    assert totp(SECRET, datetime.fromtimestamp(seconds, UTC)) == code


def test_totp_as_people_copy_it() -> None:
    """Spaces, case and missing padding don't matter."""
    at = datetime.fromtimestamp(59, UTC)
    assert totp("jbsw y3dp ehpk", at) == totp("JBSWY3DPEHPK====", at)


def test_totp_that_is_none() -> None:
    """A secret that isn't base 32 is told without showing it."""
    with pytest.raises(ConfigError, match="base 32") as caught:
        totp("0189-geheim", datetime.now(UTC))
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("text", [None, "", "{", "[]", "3", '{"owner": "me"}', '{"session": "x"}'])
def test_memory_of_no_use(text: str | None) -> None:
    """What can't be read is as if nothing had been kept."""
    assert load_cookies("me", text) == {}


def test_cookies_of_another_account() -> None:
    """Cookies are only read by the account that kept them."""
    kept = dump_cookies("me at https://a/", {"session": "abc"})
    assert load_cookies("me at https://a/", kept) == {"session": "abc"}
    assert load_cookies("you at https://a/", kept) == {}


async def test_forgetful_memory() -> None:
    """A memory for scripts keeps and forgets."""
    memory = InMemoryStore()
    await memory.set_kv("a", "1")
    assert await memory.get_kv("a") == "1"
    await memory.set_kv("a", None)
    assert await memory.get_kv("a") is None


def test_secrets_are_not_shown() -> None:
    """Neither a token nor a password nor a second factor is in what a log line would show."""
    shown = repr([TokenAuth("geheim"), LoginAuth("me", "geheim", "geheim")])
    assert "geheim" not in shown
