"""What `[target.NAME]` of a torrent client may hold, and which keys each client takes."""

from __future__ import annotations

import grp
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from gazelled.plugin import Event, EventKind, Item, PluginConfig, SecretStr, parse_size
from gazelled_plugins.extras import require

_MODE = re.compile(r"0?(6[046][046])", re.ASCII)
_LINE = r"^[^\x00-\x1f\x7f]*$"

_OF_ALL = {"client", "free_space", "metadata", "local_path", "confirm"}
_OF_A_WEB_UI = {"url", "username", "password", "category", "tags", "path", "paused"}
TAKES: Mapping[str, set[str]] = MappingProxyType(
    {
        "qbittorrent": _OF_A_WEB_UI,
        "transmission": _OF_A_WEB_UI,
        "deluge": _OF_A_WEB_UI - {"tags"},
        "rtorrent": _OF_A_WEB_UI - {"username", "password"},
        "folder": {"folder", "mode", "group"},
    }
)
"""The keys of each client, beside those of all."""

_ADDRESSES = {
    "qbittorrent": ({"http", "https"}, "the address of the Web UI", "http://127.0.0.1:8080"),
    "transmission": ({"http", "https"}, "the address of its RPC", "http://127.0.0.1:9091"),
    "deluge": ({"deluge"}, "the address of the daemon", "deluge://127.0.0.1:58846"),
    "rtorrent": ({"scgi"}, "the address of its SCGI socket", "scgi:///run/rtorrent/rpc.socket"),
}
_USERS = {"qbittorrent": "admin", "deluge": "localclient"}
_LIBRARIES = {
    "qbittorrent": "qbittorrentapi",
    "transmission": "transmission_rpc",
    "deluge": "deluge_client",
}


_ABOUT_DATA = {EventKind.NEW, EventKind.RAISED}


def torrents_of(event: Event) -> list[Item]:
    """Return the torrents of an event; those of a first look are known, not new."""
    if event.kind not in _ABOUT_DATA:
        return []
    return [item for item in event.items if item.kind == "torrent" and item.id.isdigit()]


def parse_mode(text: object) -> int:
    """Return the rights of a file such as "0640"; raise ValueError with a sentence otherwise."""
    if isinstance(text, int) and not isinstance(text, bool):
        text = f"{text:o}"
    mode = _MODE.fullmatch(text) if isinstance(text, str) else None
    if mode is None:
        raise ValueError('expected the rights of a file, like "0640" or "0660"')
    return int(mode[1], 8)


class Options(PluginConfig):
    """
    What `[target.NAME]` may hold.

    Attributes:
        client: What takes the torrents.
        url: The address of the client's interface for programs.
        username: Its user; the client's usual one when empty.
        password: Their password; without one there is no log-in.
        category: The category, or label, that torrents get there.
        tags: The tags, or further labels, that they get.
        path: Where their data goes, on the client's machine.
        paused: Whether they wait there for a person; the client decides when None.
        folder: For `client = "folder"`: the folder that another client watches.
        mode: The rights of the files in it.
        group: The group of the files in it.
        free_space: The bytes that stay free on the disk of the data.
        metadata: The form of the file about each torrent that is written beside its data.
        local_path: The folder of the data as this machine sees it; `path` when None.
        confirm: Whether a notice says that a torrent was added.

    """

    needs_downloads: ClassVar[bool] = True
    beside_config: ClassVar[frozenset[str]] = frozenset({"folder", "local_path"})

    client: Literal["qbittorrent", "transmission", "deluge", "rtorrent", "folder"]
    url: str = ""
    username: str = ""
    password: SecretStr | None = None
    category: Annotated[str, Field(pattern=_LINE)] = ""
    tags: tuple[Annotated[str, Field(pattern=r"^[^,\x00-\x1f\x7f]+$")], ...] = ()
    path: Annotated[str, Field(pattern=_LINE)] = ""
    paused: bool | None = None
    folder: Path | None = None
    mode: Annotated[int, BeforeValidator(parse_mode, json_schema_input_type=int | str)] = 0o600
    group: str = ""
    free_space: (
        Annotated[int, BeforeValidator(parse_size, json_schema_input_type=int | str)] | None
    ) = None
    metadata: Literal["json"] | None = None
    local_path: Path | None = None
    confirm: bool = False

    @classmethod
    def units(cls, event: Event) -> int:
        """Return how many torrents are added: `max` counts these."""
        return len(torrents_of(event))

    @field_validator("client")
    @classmethod
    def _has_its_library(cls, client: str) -> str:
        if module := _LIBRARIES.get(client):
            require(client, module)
        return client

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str, info: ValidationInfo) -> str:
        client = info.data.get("client")
        if client not in _ADDRESSES:
            return url
        schemes, what, example = _ADDRESSES[client]
        parts = urlsplit(url)
        if parts.scheme not in schemes or not _leads_somewhere(parts):
            raise ValueError(f'expected {what}, like "{example}"')
        if "@" in parts.netloc:
            raise ValueError("do not put the password in the address; use password")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _fits_the_client(self) -> Self:
        needed = "folder" if self.client == "folder" else "url"
        if not getattr(self, needed):
            raise ValueError(f'client = "{self.client}" needs the option "{needed}"')
        if strays := sorted(self.model_fields_set - TAKES[self.client] - _OF_ALL):
            raise ValueError(f'client = "{self.client}" takes no {", ".join(strays)}')
        if self.metadata and self.data_folder is None:
            raise ValueError(
                'metadata needs the option "local_path": the folder of the data, as this machine '
                "sees it"
            )
        return self

    def check_thoroughly(self) -> None:
        """Check that the group exists on this machine."""
        if self.group:
            try:
                grp.getgrnam(self.group)
            except KeyError:
                raise ValueError(f'there is no group "{self.group}" on this machine') from None

    @property
    def user(self) -> str:
        """The user for the log-in."""
        return self.username or _USERS.get(self.client, "")

    @property
    def data_folder(self) -> Path | None:
        """The folder of the data as this machine sees it; None where that is unknown."""
        return self.local_path or (Path(self.path) if self.path.startswith("/") else None)


def _leads_somewhere(parts: SplitResult) -> bool:
    """Return whether an address has a host, with a port that is one; or the path of a socket."""
    try:
        port = parts.port
    except ValueError:
        return False
    if parts.scheme == "scgi":
        return bool(parts.hostname and port) or (not parts.netloc and len(parts.path) > 1)
    return bool(parts.hostname)
