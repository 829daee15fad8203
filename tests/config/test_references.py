"""Secrets by reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gazelled.config import Config
from gazelled.tracker.login.auth import TokenAuth

if TYPE_CHECKING:
    from tests.config.conftest import Home


def token(config: Config) -> str:
    """Read the token of a config."""
    assert isinstance(config.tracker.auth, TokenAuth)
    return config.tracker.auth.token


def test_credentials_come_before_secrets(home: Home) -> None:
    """What systemd hands over counts before the file beside the config, whatever its rights."""
    home.write("canary-credential", "credentials/tracker-token")
    (home.folder / "credentials" / "tracker-token").chmod(0o444)
    assert token(home.config()) == "canary-token"
    home.environ["CREDENTIALS_DIRECTORY"] = str(home.folder / "credentials")
    assert token(home.config()) == "canary-credential"


def test_a_folder_of_credentials_is_found(home: Home) -> None:
    """The files of a folder that systemd hands over as one are found under their own names."""
    home.write("canary-credential", "credentials/secrets_tracker-token")
    home.environ["CREDENTIALS_DIRECTORY"] = str(home.folder / "credentials")
    assert token(home.config()) == "canary-credential"


@pytest.mark.parametrize("content", ["canary", "canary\n", "canary\r\n"])
def test_the_line_end_is_no_part_of_it(home: Home, content: str) -> None:
    """An editor's trailing newline is taken away."""
    home.secret("tracker-token", content)
    assert token(home.config()) == "canary"


@pytest.mark.parametrize("content", ["", "\n", "  \n"])
def test_an_empty_secret_is_told(home: Home, content: str) -> None:
    """A secret without content is a problem of its line."""
    home.secret("tracker-token", content)
    assert home.problems() == ["config.toml:3: tracker.token: the secret is empty"]


def test_a_missing_secret_tells_where_it_was_looked_for(home: Home) -> None:
    """The message names the places and the file to write."""
    (home.folder / "secrets" / "tracker-token").unlink()
    home.environ["CREDENTIALS_DIRECTORY"] = "/nowhere"
    own = home.folder / "secrets"
    assert home.problems() == [
        (
            'config.toml:3: tracker.token: there is no secret "tracker-token" in'
            f" /nowhere and {own}; write it to {own}/tracker-token (chmod 600)"
        )
    ]


def test_a_secret_that_others_can_read_is_a_warning(home: Home) -> None:
    """The daemon runs, and says how to close the file."""
    file = home.secret("tracker-token", "canary")
    file.chmod(0o640)
    loaded = home.load()
    assert loaded.config is not None
    assert [str(problem) for problem in loaded.problems] == [
        (
            "config.toml:3: tracker.token: warning: others on this machine can read"
            f" {file}: chmod 600 {file}"
        )
    ]


def test_files_are_found_from_the_config_and_from_home(home: Home) -> None:
    """A relative path starts at the config, ~ at home, and an absolute one is taken as it is."""
    home.environ["HOME"] = str(home.folder / "secrets")
    for path in ("secrets/tracker-token", "~/tracker-token", home.folder / "secrets/tracker-token"):
        assert home.tracker(f'token = {{ file = "{path}" }}') == []


def test_what_is_no_text_is_told(home: Home) -> None:
    """A binary file is no secret."""
    (home.folder / "secrets" / "tracker-token").write_bytes(b"\xff\xfe")
    assert "is not UTF-8 text" in home.problems()[0]
    assert "could not be read: Is a directory" in home.tracker('token = { file = "secrets" }')[0]


def test_a_secret_in_place_of_its_name_is_not_repeated(home: Home) -> None:
    """Whoever puts the secret itself into a reference reads it in no message."""
    long = "canary" * 20
    for reference in (
        f'{{ secret = "{long}" }}',
        '{ secret = "../canary" }',
        '{ env = "ca-nary" }',
    ):
        found = home.tracker(f"token = {reference}")
        assert len(found) == 1
        assert "not the secret itself" in found[0]
        assert "the name of a short name" not in found[0]
        assert "canary" not in found[0]


def test_every_secret_is_handed_to_the_redactor(home: Home) -> None:
    """The config lists all secrets once."""
    found = [secret.get_secret_value() for secret in home.config().secrets]
    assert sorted(found) == ["canary-token", "ntfy://canary-phone"]
