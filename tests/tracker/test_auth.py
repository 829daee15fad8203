"""Ways to log in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gazelled.errors import ConfigError
from gazelled.tracker.auth import (
    Forgetful,
    LoginAuth,
    TokenAuth,
    dump_cookies,
    load_cookies,
    read_cookies,
    totp,
)

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
HEADER = "# Netscape HTTP Cookie File\n"


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


def cookie_file(folder: Path, *lines: tuple[str, ...]) -> Path:
    """Write a file as browsers' export tools do."""
    file = folder / "cookies.txt"
    file.write_text(HEADER + "\n".join("\t".join(line) for line in lines) + "\n")
    return file


def test_cookie_file(tmp_path: Path) -> None:
    """Cookies of the host and its domain count, also those that scripts can't see."""
    file = cookie_file(
        tmp_path,
        ("#HttpOnly_biotorrents.de", "FALSE", "/", "TRUE", "1", "session", "abc="),
        (".biotorrents.de", "TRUE", "/", "TRUE", "0", "userid", "2"),
        ("other.example", "FALSE", "/", "FALSE", "0", "session", "theirs"),
    )
    found = read_cookies(file, "biotorrents.de")
    assert found == {"session": "abc=", "userid": "2"}


@pytest.mark.parametrize("domain", ["torrents.de", "www.biotorrents.de", "de.evil.example"])
def test_cookies_of_others(tmp_path: Path, domain: str) -> None:
    """A cookie of another site isn't sent, however alike their names are."""
    file = cookie_file(tmp_path, (domain, "FALSE", "/", "TRUE", "0", "session", "abc"))
    with pytest.raises(ConfigError, match=r"holds no cookie for biotorrents\.de"):
        read_cookies(file, "biotorrents.de")


@pytest.mark.parametrize("content", [b"", b"{}", b"session=abc", b"\xff\xfe\x00"])
def test_file_that_is_none(tmp_path: Path, content: bytes) -> None:
    """A file in another format is told."""
    file = tmp_path / "cookies.txt"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match="Netscape format"):
        read_cookies(file, "biotorrents.de")


def test_file_that_is_missing(tmp_path: Path) -> None:
    """A missing file is told by its name."""
    with pytest.raises(ConfigError, match=r"nothing\.txt can't be read"):
        read_cookies(tmp_path / "nothing.txt", "biotorrents.de")


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
    memory = Forgetful()
    await memory.remember("a", "1")
    assert await memory.recall("a") == "1"
    await memory.remember("a", None)
    assert await memory.recall("a") is None


def test_secrets_are_not_shown() -> None:
    """Neither a token nor a password nor a second factor is in what a log line would show."""
    shown = repr([TokenAuth("geheim"), LoginAuth("me", "geheim", "geheim")])
    assert "geheim" not in shown
