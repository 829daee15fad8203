"""Secrets are taken out by value, by shape and by key."""

from __future__ import annotations

import base64
import html
import json
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazelled.redact import _BARE, _SHAPES, REDACTED, Redactor, is_secret_key

SECRET = 'k3y/with "quotes" & <signs> + ümlaut\\end'


@pytest.fixture
def redactor() -> Redactor:
    """Return a redactor that knows one awkward secret."""
    redactor = Redactor()
    redactor.add(SECRET)
    return redactor


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        quote(SECRET).lower(),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        html.escape(SECRET),
        html.escape(SECRET, quote=False),
        repr(SECRET)[1:-1],
        repr(SECRET.encode())[2:-1],
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
    ],
)
def test_a_value_is_taken_out_in_every_form(redactor: Redactor, written: str) -> None:
    """A registered secret disappears however it is escaped, and nothing around it does."""
    assert redactor.scrub(f"before {written} after") == f"before {REDACTED} after"


@pytest.mark.parametrize("user", ["m", "me", "mee", "someone"])
def test_a_value_is_taken_out_of_basic_authorization(redactor: Redactor, user: str) -> None:
    """A password in the middle of base64 can't be decoded from what is left."""
    header = base64.b64encode(f"{user}:{SECRET}".encode()).decode()
    left = redactor.scrub(f"sent {header}.").removeprefix("sent ").removesuffix(".")
    assert REDACTED in left
    assert len(left.replace(REDACTED, "")) < len(user) * 2 + 8


def test_the_longest_value_goes_first() -> None:
    """A secret that begins with another one leaves no tail."""
    redactor = Redactor()
    redactor.add("abcd", "abcdefgh")
    assert redactor.scrub("abcdefgh") == REDACTED


def test_values_can_be_added_later() -> None:
    """A secret that an answer brings is known from then on."""
    redactor = Redactor()
    redactor.add("first-one")
    assert redactor.scrub("first-one second-one") == f"{REDACTED} second-one"
    redactor.add("second-one")
    assert redactor.scrub("first-one second-one") == f"{REDACTED} {REDACTED}"


def test_short_values_stay() -> None:
    """Three characters would take out every other word."""
    redactor = Redactor()
    redactor.add("", "a", "the")
    assert redactor.scrub("the yeast") == "the yeast"


def test_a_url_is_secret_in_its_parts_too() -> None:
    """A target's key is found where a library prints only that, its host isn't."""
    redactor = Redactor()
    redactor.add("tgram://123456789:AAbbCC_dd/98765", "mailtos://me:pass%20word@mail.example.org")
    left = redactor.scrub("POST https://api.telegram.org/botAAbbCC_dd/send; pass word pass%20word")
    assert left == f"POST https://api.telegram.org/bot{REDACTED}/send; {REDACTED} {REDACTED}"
    assert redactor.scrub("mail.example.org") == "mail.example.org"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("/ajax.php?authkey=abc123&id=1", "/ajax.php?authkey=[redacted]&id=1"),
        ("x?torrent_pass=abc&amp;auth=q", "x?torrent_pass=[redacted]&amp;auth=[redacted]"),
        ("x%3Fpasskey%3Dabc%26id%3D1", "x%3Fpasskey%3D[redacted]%26id%3D1"),
        ("passkey: abc123", "passkey: [redacted]"),
        ('session="a b"; path=/', "session=[redacted]; path=/"),
        ("Authorization: Bearer abc.def", "Authorization: [redacted]"),
        ("authorization: token abc\nHost: x", "authorization: [redacted]\nHost: x"),
        ("sent Bearer abcdefghijklmnopqrst now", "sent Bearer [redacted] now"),
        ("Cookie: session=a; userid=7\r\n", "Cookie: [redacted]\r\n"),
        ("<Set-Cookie: session=abc; Path=/>", "<Set-Cookie: [redacted]>"),
        ('{"passkey": "a\\"b", "id": 1}', '{"passkey": "[redacted]", "id": 1}'),
        ("{'authkey': 'abc'}", "{'authkey': '[redacted]'}"),
        ('"{\\"passkey\\": \\"abc\\"}"', '"{\\"passkey\\": \\"[redacted]\\"}"'),
        ('{"access_token":"abc","totp":123456}', '{"access_token":"[redacted]","totp":[redacted]}'),
        ("(('token', 'abc'), ('id', '1'))", "(('token', '[redacted]'), ('id', '1'))"),
        ("(b'Cookie', b'session=x')", "(b'Cookie', '[redacted]')"),
        (
            "http://t.example/0123456789abcdef0123456789abcdef/announce",
            "http://t.example/[redacted]/announce",
        ),
        ("https://me:s3cret@example.org/x", "https://me:[redacted]@example.org/x"),
    ],
)
def test_a_shape_is_taken_out(text: str, clean: str) -> None:
    """What looks like a secret goes though nobody registered it."""
    assert Redactor().scrub(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "authorization type must be Bearer",
        "the token was revoked; the session is gone",
        "passkey=null token=False",
        '{"passkey": "", "token": null}',
        "wants one of 'token', 'cookie', 'session'",
        "2 cookies, 1 key, https://biotorrents.de/torrents.php?id=63",
        "/0123456789abcdef0123456789abcdef/torrent",
        "mail me@example.org",
    ],
)
def test_what_tells_nothing_stays(text: str) -> None:
    """Sentences about secrets and empty values are left alone."""
    assert Redactor().scrub(text) == text


@given(st.text(alphabet='abn01=:;&"\\/@ %[]{}\n') | st.text())
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    """Redaction is stable, so that it can be done at more than one place."""
    redactor = Redactor()
    once = redactor.scrub(f"passkey={text} Cookie: {text}")
    assert redactor.scrub(once) == once


@given(st.text(min_size=4), st.text())
def test_a_registered_value_is_never_left(secret: str, around: str) -> None:
    """No text keeps a secret that was registered, except inside the word that replaces it."""
    redactor = Redactor()
    redactor.add(secret)
    left = redactor.scrub(f"{around}{secret}{around}")
    assert secret not in left.replace(REDACTED, "\0")


def test_a_page_is_cleared_and_its_json_stays_json() -> None:
    """What looks like a secret goes from a page, and what can be read in it still can be."""
    data = {
        "passkey": "abc",
        "totp": 123456,
        "text": "http://x/" + "ab12" * 8 + "/announce?token=1",
    }
    for raw in (json.dumps(data), json.dumps(data).replace("/", "\\/")):
        read = json.loads(Redactor().scrub_page(raw.encode()))
        assert read == {
            "passkey": REDACTED,
            "totp": 123456,
            "text": f"http://x/{REDACTED}/announce?token={REDACTED}",
        }


def test_a_name_of_a_file_that_was_made_of_a_secret() -> None:
    """Where signs of a secret were replaced, as in names of files, it is one all the same."""
    redactor = Redactor()
    redactor.add_tracker("Z3bra+Passw0rd/8")
    assert redactor.scrub_foreign("reads_Z3bra_Passw0rd_8.fastq") == f"reads_{REDACTED}.fastq"


def test_data_is_redacted_by_key() -> None:
    """Under a telling key everything goes, except what tells nothing."""
    data = {
        "authkey": "a",
        "torrentPass": "b",
        "Set-Cookie": "c=d",
        "accessToken": b"e",
        "login": {"password": "f", "user": "me"},
        "session": {"id": 1},
        "totp": 123456,
        "passkey": "",
        "token": None,
        "secret": True,
        "items": [("x?authkey=g", 1.5)],
    }
    clean = {
        "authkey": REDACTED,
        "torrentPass": REDACTED,
        "Set-Cookie": REDACTED,
        "accessToken": REDACTED,
        "login": {"password": REDACTED, "user": "me"},
        "session": REDACTED,
        "totp": REDACTED,
        "passkey": "",
        "token": None,
        "secret": True,
        "items": [(f"x?authkey={REDACTED}", 1.5)],
    }
    assert Redactor().scrub_data(data) == clean


@pytest.mark.parametrize("key", ["passes", "keyword", "author", "sessions", "tokenized", "bypass"])
def test_other_keys_stay(key: str) -> None:
    """A key that only sounds like a secret's is none."""
    assert not is_secret_key(key)


def test_data_of_other_types_is_kept_unless_it_tells() -> None:
    """Objects come back themselves, or as redacted text when their text holds a secret."""
    redactor = Redactor()
    redactor.add("12345678", "canary")
    harmless = ValueError("nothing")
    assert redactor.scrub_data([harmless]) == [harmless]
    assert redactor.scrub_data(ValueError("the canary")) == f"the {REDACTED}"
    assert redactor.scrub_data({"canary": 12345678}) == {REDACTED: REDACTED}


@given(
    st.from_regex(_BARE, fullmatch=True)
    | st.from_regex(r"(auth_?key|passkey|token)\w*", fullmatch=True)
)
def test_a_bare_word_has_no_shape(text: str) -> None:
    """What isn't looked at for shapes, being names and numbers, couldn't have any."""
    assert _BARE.fullmatch(text)
    assert not any(shape.search(text) for shape in _SHAPES)


def test_a_bare_word_is_taken_out_by_value() -> None:
    """A secret that looks like a name is one all the same, also after others were learnt."""
    redactor = Redactor()
    redactor.add("canary")
    assert redactor.scrub("canary") == REDACTED
    redactor.add("bird")
    assert redactor.scrub("canary.bird") == f"{REDACTED}.{REDACTED}"


def test_data_without_end_is_met() -> None:
    """A list that holds itself doesn't hang the log."""
    endless: list[object] = ["canary"]
    endless.append(endless)
    redactor = Redactor()
    redactor.add("canary")
    assert "canary" not in repr(redactor.scrub_data(endless))


@pytest.mark.parametrize(
    "part",
    ["\\", '"', '"a_', "://:", "cookie: ", '"passkey": "', '\\"token\\":\\"', "session= ", "a@:"],
)
def test_no_text_takes_long(part: str) -> None:
    """The time grows with the length of the text and no faster, whoever made it up."""
    text = f"token {part * 20_000}"
    start = time.process_time()
    Redactor().scrub(text)
    assert time.process_time() - start < 2
