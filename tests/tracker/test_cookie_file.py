"""Cookie files as browsers, extensions, tools and editors leave them."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gazelled.errors import ConfigError
from gazelled.redact import Redactor
from gazelled.tracker.login.cookie_file import CookieFile, read_cookie_file

HERE = Path(__file__).parent / "cookie_files"
HOST = "tracker.example"
NOW = datetime(2026, 11, 30, tzinfo=UTC)
LATER = 1_900_000_000
BOTH = {"session": "made-up-session-1", "userid": "3"}


def read(folder: Path, content: str | bytes, host: str = HOST) -> CookieFile:
    """Read a file with the given content."""
    file = folder / "cookies.txt"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_cookie_file(file, host, NOW)


def line(*fields: object) -> str:
    """Write a line in Netscape's format."""
    return "\t".join(map(str, fields)) + "\n"


@pytest.mark.parametrize("file", sorted(HERE.glob("*.txt")), ids=lambda file: file.name)
def test_what_people_export_is_read(file: Path) -> None:
    """A mark at the beginning, no first line, blanks for tabs, other sites' odd lines: all fine."""
    found = read_cookie_file(file, HOST, NOW)
    assert (found.cookies, found.expired) == (BOTH, {})


def test_what_an_extension_exports_is_read() -> None:
    """JSON is as good."""
    found = read_cookie_file(HERE / "export.json", HOST, NOW)
    assert found.cookies == {"session": "made-up-session-1"}


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"cookies": [{"domain": f".{HOST}", "name": "a", "value": "b", "expires": -1}]}),
        json.dumps([{"domain": HOST, "name": "a", "value": "b", "expirationDate": LATER + 0.5}]),
        json.dumps([{"name": "a", "value": "b", "expiry": LATER}]),
        json.dumps({"a": "b"}),
        "Cookie: a=b",
        "cookie: a=b;",
        "a=b\r\n",
        line(HOST, "FALSE", "/", "TRUE", LATER, "a", "b").replace("\n", "\r\n"),
        line(HOST, "FALSE", "/", "TRUE", LATER, "a", "b").encode("utf-16"),
        "# Netscape HTTP Cookie File\n\n# https://example\n"
        + line(f".{HOST}", "TRUE", "/", "FALSE", 0, "a", "b"),
        line(HOST, "FALSE", "/", "TRUE", "", "a", "b"),  # as Python writes one of the session
        "\ufeffa=b",
        "\ufeff" + line(HOST, "FALSE", "/", "TRUE", 0, "a", "b"),
    ],
)
def test_the_forms_that_there_are(tmp_path: Path, content: str | bytes) -> None:
    """Whatever made the file, the cookie is found."""
    assert read(tmp_path, content).cookies == {"a": "b"}


@pytest.mark.parametrize(
    ("domain", "subdomains", "host", "sent"),
    [
        (HOST, "FALSE", HOST, True),
        (HOST, "TRUE", f"www.{HOST}", True),
        (f".{HOST}", "FALSE", f"www.{HOST}", True),
        (HOST, "FALSE", f"www.{HOST}", False),
        (f"www.{HOST}", "TRUE", HOST, False),
        ("example", "FALSE", HOST, False),
        (f"evil-{HOST}", "TRUE", HOST, False),
        (HOST, "TRUE", f"{HOST}.evil.example", False),
        (HOST.upper(), "FALSE", HOST, True),
        ("[::1]", "FALSE", "::1", True),
    ],
)
def test_only_what_a_browser_would_send(
    tmp_path: Path, domain: str, subdomains: str, host: str, *, sent: bool
) -> None:
    """A cookie of another site isn't sent, however alike the names are."""
    content = line(domain, subdomains, "/", "TRUE", 0, "a", "b")
    if sent:
        assert read(tmp_path, content, host).cookies == {"a": "b"}
    else:
        with pytest.raises(ConfigError, match=f"no cookie for {host} in it. Log in there"):
            read(tmp_path, content, host)


@pytest.mark.parametrize("turned", [False, True])
def test_the_more_exact_and_then_the_later_one_counts(tmp_path: Path, *, turned: bool) -> None:
    """In whatever order they stand: a domain before the one around it, a later end before."""
    lines = [
        line(".example", "TRUE", "/", "TRUE", LATER + 9, "a", "outer"),
        line(HOST, "FALSE", "/", "TRUE", LATER, "a", "earlier"),
        line(HOST, "FALSE", "/", "TRUE", LATER + 1, "a", "later"),
        line(HOST, "FALSE", "/", "TRUE", 1, "a", "expired"),
    ]
    found = read(tmp_path, "".join(reversed(lines) if turned else lines))
    assert (found.cookies, found.expired) == ({"a": "later"}, {})


def test_what_has_expired_is_left_out_and_named(tmp_path: Path) -> None:
    """The rest may do; nothing at all is an error that says since when."""
    old = line(HOST, "FALSE", "/", "TRUE", 1_700_000_000, "session", "b")
    found = read(tmp_path, old + line(HOST, "FALSE", "/", "TRUE", 0, "userid", "3"))
    assert found.cookies == {"userid": "3"}
    assert [f"{at:%Y-%m-%d}" for at in found.expired.values()] == ["2023-11-14"]
    with pytest.raises(ConfigError, match=r"its cookies have expired \(session on 2023-11-14\)"):
        read(tmp_path, old)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", f"no cookie for {HOST} in it"),
        ("{}", f"no cookie for {HOST} in it"),
        ("[", r"this isn't valid JSON \(line 1\)"),
        ("[" * 100_000, "this isn't valid JSON"),
        ('{"cookies": 3}', "a list of cookies is expected"),
        (
            f'[{{"domain": "{HOST}", "name": "a"}}, 5]',
            "entry 2 can't be read, since it isn't an object",
        ),
        (
            f'[{{"domain": "{HOST}", "name": 1}}]',
            "entry 1 can't be read, since its domain, name or",
        ),
        (f"\n{HOST} CANARY", "line 2 can't be read, since it hasn't 7 fields"),
        (
            line(HOST, "FALSE", "/", "TRUE", "soon", "a", "CANARY"),
            "line 1 can't be read, since its expiry isn't a number",
        ),
        (
            "#\n" + line(HOST, "FALSE", "/", "TRUE", 0, "a", "CAN\x07ARY"),
            "line 2 can't be read, since its name or value can't be sent",
        ),
        (
            line(HOST, "FALSE", "/", "TRUE", 0, "a", "CAN\x0bARY"),
            "line 1 can't be read, since its name or value can't be sent",
        ),
        (b"\x00\x01\x02", f"no cookie for {HOST} in it"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, content: str | bytes, words: str) -> None:
    """With the line, with what to do, and without any value."""
    with pytest.raises(ConfigError, match=words) as caught:
        read(tmp_path, content)
    assert "export" in str(caught.value).lower()
    assert "CANARY" not in str(caught.value)
    assert Redactor().scrub(str(caught.value)) == str(caught.value)


def test_no_file(tmp_path: Path) -> None:
    """What isn't there, or isn't a file, is said by its name."""
    with pytest.raises(ConfigError, match=r"nothing\.txt can't be read: No such file"):
        read_cookie_file(tmp_path / "nothing.txt", HOST, NOW)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigError, match="it is not a regular file"):
        read_cookie_file(tmp_path / "pipe", HOST, NOW)
