"""A folder with a config that works."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from gazelled.config import Config, Loaded, load

PLUGINS = ("apprise", "exec", "feed", "journal", "mail", "torrents", "webhook")
WORKING = """\
[tracker]
url = "https://tracker.example"
token = { secret = "tracker-token" }
[notices]
tell = ["phone"]
[watch.yeast]
ask = "browse"
tell = ["phone"]
[target.phone]
plugin = "apprise"
url = { env = "PHONE" }
"""


class Home:
    """
    A folder with a config, its secrets, and what loading them says.

    Args:
        folder: The folder; it exists.

    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "config.toml"
        self.environ: dict[str, str] = {"PHONE": "ntfy://canary-phone"}
        self.secret("tracker-token", "canary-token\n")

    def secret(self, name: str, text: str) -> Path:
        """Write a secret."""
        file = self.folder / "secrets" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        file.chmod(0o600)
        return file

    def write(self, text: str, name: str = "config.toml") -> None:
        """Write the config, or a file beside it."""
        file = self.folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)

    def load(
        self,
        text: str | None = None,
        instead: Mapping[str, Mapping[str, object]] | None = None,
        *,
        as_service: bool = False,
    ) -> Loaded:
        """Load a config, the one that works unless another is given."""
        if text is not None:
            self.write(text)
        return load(
            self.file,
            self.environ,
            known_plugins=PLUGINS,
            instead=instead,
            as_service=as_service,
        )

    def config(self, text: str | None = None) -> Config:
        """Load a config without a problem."""
        loaded = self.load(text)
        assert loaded.problems == []
        assert loaded.config is not None
        return loaded.config

    def problems(self, text: str | None = None) -> list[str]:
        """Load a config for its problems."""
        return [str(problem) for problem in self.load(text).problems]

    def tracker(self, lines: str) -> list[str]:
        """Load the config that works with another `[tracker]`, for its problems."""
        return self.problems(WORKING.replace('token = { secret = "tracker-token" }', lines))

    def watch(self, lines: str) -> list[str]:
        """Load the config that works with one more watch, for its problems."""
        return self.problems(f"{WORKING}[watch.x]\n{lines}")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Make a folder with a config that works."""
    made = Home(tmp_path)
    made.write(WORKING)
    return made
