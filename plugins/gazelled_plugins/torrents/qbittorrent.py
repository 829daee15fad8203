"""qBittorrent, over its Web API 2, which 4.1 and newer have."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gazelled.plugin import GiveUp, RetryLater, SecretStr, TorrentFile

if TYPE_CHECKING:
    import aiohttp

TIMEOUT = 20.0
WAIT_FOR_FIX = 3600.0
"""Seconds between two attempts with a refused password; the fifth bans the address for an hour."""

_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_FAILS = "Fails."
_SHORT = 40
"""It names every torrent by so many digits of its infohash."""


@asynccontextmanager
async def qbittorrent(
    url: str, username: str, password: SecretStr | None, wishes: Mapping[str, str]
) -> AsyncIterator[QBittorrent]:
    """
    Log in, if there is a password; raise RetryLater if it can't be reached, or refuses.

    Args:
        url: The address of the Web UI, without a slash at the end.
        username: The user.
        password: Their password.
        wishes: What is said of each torrent that is added; empty texts are left out.

    """
    import aiohttp  # noqa: PLC0415 - the daemon has it loaded, `gazelled check` hasn't

    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.CookieJar(unsafe=True),  # its address may be an IP address
        headers={"Referer": url},  # it takes requests for forged without
        timeout=aiohttp.ClientTimeout(total=TIMEOUT),
    ) as http:
        client = QBittorrent(http, url, wishes)
        if password is not None:
            await client.log_in(username, password)
        yield client


class QBittorrent:
    """A qBittorrent with a session, whose cookie `http` keeps."""

    def __init__(self, http: aiohttp.ClientSession, url: str, wishes: Mapping[str, str]) -> None:
        self._http = http
        self._url = url
        self._where = f"qBittorrent at {urlsplit(url).netloc}"
        self._wishes = wishes

    async def log_in(self, username: str, password: SecretStr) -> None:
        """Log in; raise RetryLater if that is refused."""
        form = {"username": username, "password": password.get_secret_value()}
        status, text = await self._ask("POST", "auth/login", data=form)
        if status == HTTPStatus.FORBIDDEN:
            raise RetryLater(
                f"{self._where} refuses log-ins from this machine for a while, after too many "
                "failed ones. Check username and password and restart gazelled.",
                after=WAIT_FOR_FIX,
            )
        if status == HTTPStatus.UNAUTHORIZED or text == _FAILS:
            raise RetryLater(
                f"{self._where} refuses the username or the password. Correct it and restart "
                "gazelled; the torrents wait.",
                after=WAIT_FOR_FIX,
            )
        self._demand(status)

    async def has(self, file: TorrentFile) -> bool:
        """Return whether it has the torrent."""
        return bool(await self._list(hashes=file.infohash[:_SHORT]))

    async def add(self, file: TorrentFile) -> None:
        import aiohttp  # noqa: PLC0415 - see above

        form = aiohttp.FormData({name: text for name, text in self._wishes.items() if text})
        form.add_field(
            "torrents",
            file.content,
            filename=f"{file.id:d}.torrent",
            content_type="application/x-bittorrent",
        )
        status, text = await self._ask("POST", "torrents/add", data=form)
        if status == HTTPStatus.CONFLICT:
            return  # it says so when it has the torrent, since 5.2
        if status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE:
            raise GiveUp(f"{self._where} says that the file of torrent {file.id} is invalid.")
        self._demand(status)
        if text == _FAILS:  # it may have the torrent: hybrid ones have another hash there
            names = ("infohash_v1", "infohash_v2", "hash")
            known = {torrent.get(name) for torrent in await self._list() for name in names}
            if file.infohash not in known:
                raise RetryLater(f"{self._where} rejected torrent {file.id}; its log says why.")

    async def _list(self, **filters: str) -> list[dict[str, Any]]:
        status, text = await self._ask("GET", "torrents/info", params=filters)
        self._demand(status)
        try:
            listed = json.loads(text)
        except ValueError:
            listed = None
        if not isinstance(listed, list):
            raise RetryLater(
                f"{self._where} sent an unexpected answer: is it the Web UI's address?"
            )
        return [torrent for torrent in listed if isinstance(torrent, dict)]

    def _demand(self, status: int) -> None:
        """Raise an error unless the status is a success; some of them are 204."""
        if status in _REFUSED:
            raise RetryLater(
                f"{self._where} requires a log-in: set username and password. Or it does not "
                "accept requests for this address.",
                after=WAIT_FOR_FIX,
            )
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise RetryLater(f"{self._where} returned {status}: is it the Web UI's address?")

    async def _ask(self, method: str, name: str, **form: Any) -> tuple[int, str]:  # noqa: ANN401 - aiohttp's
        """Send a request; an error contains nothing of it."""
        import aiohttp  # noqa: PLC0415 - see above

        url = f"{self._url}/api/v2/{name}"
        try:
            async with self._http.request(method, url, allow_redirects=False, **form) as response:
                return response.status, (await response.text(errors="replace")).strip()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise RetryLater(f"{self._where} can't be reached ({type(error).__name__}).") from None
