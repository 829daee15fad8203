"""The token that the addresses of `.torrent` files hold: who knows it may fetch them."""

from __future__ import annotations

import hmac
import re
import secrets
from pathlib import Path

from gazelled.plugin import write_whole

_SHAPE = re.compile(r"[A-Za-z0-9_-]{32,200}")


class TorrentToken:
    """
    A secret in a file that only its user can read.

    It is read whenever it is compared: to replace it, delete the file.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "token"

    def read(self) -> str:
        """Return the token, a new one if there is none; raise OSError if it is unusable."""
        try:
            token = self._file.read_text("utf-8", "replace").strip()
        except FileNotFoundError:
            token = secrets.token_urlsafe(32)
            write_whole(self._file, f"{token}\n".encode())
        if not _SHAPE.fullmatch(token):
            raise OSError(0, f"{self._file} holds no token; delete it to get one")
        return token

    def matches(self, text: str) -> bool:
        """Return whether somebody knows the token; raise OSError if it is unusable."""
        return hmac.compare_digest(self.read().encode(), text.encode(errors="surrogatepass"))
