"""qBittorrent, over its Web API 2, which 4.1 and newer have."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gazelled.plugin import GiveUp, RetryLater, TargetFault, TorrentFile
from gazelled_plugins.torrents.client import WAIT_FOR_FIX, explained, refused, trusted, unexpected
from gazelled_plugins.torrents.options import Options

if TYPE_CHECKING:
    import requests

_FAILS = "Fails."
_LOG_IN = ("", "Ok.", _FAILS)
"""What it replies to a log-in."""
_SHORT = 40
"""It names every torrent by so many digits of its infohash."""
_REDIRECTS = range(300, 400)
_TRIES = 2.5
"""The library tries twice."""


class QBittorrent:
    """A qBittorrent with a log-in, which the library renews when it has expired."""

    idle = math.inf

    def __init__(self, options: Options, timeout: float) -> None:
        import qbittorrentapi  # noqa: PLC0415 - only those who use it have it

        self.where = f"qBittorrent at {urlsplit(options.url).netloc}"
        self._options = options
        self._open = options.password is None
        password = options.password.get_secret_value() if options.password else ""
        self._api = qbittorrentapi.Client(
            host=options.url,
            username=options.user,
            password=password,
            EXTRA_HEADERS={"Referer": options.url},  # old ones take requests for forged without
            REQUESTS_ARGS={
                "timeout": timeout / _TRIES,
                "allow_redirects": False,
                "verify": trusted(),
                "proxies": dict.fromkeys(("http", "https", "all")),
                "hooks": {"response": _check},
            },
            HTTPADAPTER_ARGS={"max_retries": 0},
            FORCE_SCHEME_FROM_HOST=True,
            SIMPLE_RESPONSES=True,
        )
        self._logged_in = self._open
        if self._open:  # it would try an empty password, and be banned for that
            self._api.__dict__["auth_log_in"] = _refuse_log_in

    def check(self) -> None:
        """Log in, once for all that follows."""
        import qbittorrentapi  # noqa: PLC0415 - see above

        if self._logged_in:
            return
        try:
            self._api.auth_log_in()
        except qbittorrentapi.Forbidden403Error:
            raise TargetFault(
                f"{self.where} refuses log-ins from this machine for a while, after too many "
                "failed ones. Check username and password, then: gazelled reload.",
                after=WAIT_FOR_FIX,
            ) from None
        self._logged_in = True

    def version(self) -> str:
        """Return its version."""
        self.check()
        return str(self._api.app_version())

    def has(self, file: TorrentFile) -> bool:
        """Return whether it has the torrent."""
        self.check()
        return bool(self._list([name[:_SHORT] for name in file.infohashes]))

    def add(self, file: TorrentFile) -> None:
        """Add a torrent; raise GiveUp if the file is invalid there."""
        import qbittorrentapi  # noqa: PLC0415 - see above

        self.check()
        options = self._options
        try:
            reply = self._api.torrents_add(
                torrent_files={f"{file.id:d}.torrent": file.content},
                category=options.category or None,
                tags=options.tags or None,
                save_path=options.path or None,
                use_auto_torrent_management=False if options.path else None,
                is_stopped=options.paused,
            )
        except qbittorrentapi.Conflict409Error:
            return  # since 5.2 this means that it has the torrent
        except qbittorrentapi.UnsupportedMediaType415Error:
            raise GiveUp(
                f"{self.where} says that the file of torrent {file.id} is invalid."
            ) from None
        if _is_failure(reply) and not self._lists(file):
            raise RetryLater(f"{self.where} rejected torrent {file.id}; its log says why.")

    def free(self) -> int | None:
        """Return what is free on the disk of its default folder: it reports no other one."""
        self.check()
        everything: Any = self._api.sync_maindata()
        free = everything.get("server_state", {}).get("free_space_on_disk")
        return free if isinstance(free, int) else None

    def unfinished(self) -> int:
        """Return what its torrents still need."""
        return sum(max(torrent.get("amount_left", 0), 0) for torrent in self._list())

    def close(self) -> None:
        """Close the connections; it forgets the log-in by itself."""
        self._api._trigger_session_initialization()  # noqa: SLF001 - it has no other way

    def explain(self, error: Exception) -> RetryLater | GiveUp:
        """Return what an error means."""
        import qbittorrentapi  # noqa: PLC0415 - see above

        match error:
            case qbittorrentapi.LoginFailed():
                return refused(self.where)
            case qbittorrentapi.Forbidden403Error() | qbittorrentapi.Unauthorized401Error():
                return TargetFault(
                    f"{self.where} requires a log-in: set username and password. Or it does not "
                    "accept requests for this address.",
                    after=WAIT_FOR_FIX,
                )
            case qbittorrentapi.HTTPError():
                status = error.http_status_code
                text = f"{self.where} returned {status}: is it the Web UI's address?"
                fails = status >= HTTPStatus.INTERNAL_SERVER_ERROR
                return RetryLater(text) if fails else TargetFault(text)
            case qbittorrentapi.APIConnectionError():
                return explained(error, self.where)
        return unexpected(self.where, "the Web UI's address")

    def _lists(self, file: TorrentFile) -> bool:
        """Return whether it has the torrent by another infohash than the one it is asked for."""
        names = ("infohash_v1", "infohash_v2", "hash")
        known = {torrent.get(name) for torrent in self._list() for name in names}
        return not known.isdisjoint(file.infohashes)

    def _list(self, hashes: list[str] | None = None) -> list[dict[str, Any]]:
        import qbittorrentapi  # noqa: PLC0415 - see above

        listed: object = self._api.torrents_info(torrent_hashes=hashes)
        if not isinstance(listed, list):
            raise qbittorrentapi.APIError
        return [torrent for torrent in listed if isinstance(torrent, dict)]


def _is_failure(reply: object) -> bool:
    """Return whether nothing was added; since 5.2 the reply has counts."""
    if isinstance(reply, str):
        return reply.strip() == _FAILS
    counts = dict(reply) if isinstance(reply, dict) else {}
    return bool(counts.get("failure_count")) and not counts.get("success_count")


def _check(response: requests.Response, **_: object) -> None:
    """Refuse to be sent elsewhere, with the password or the passkey, and what is no Web UI."""
    import qbittorrentapi  # noqa: PLC0415 - see above

    if response.status_code in _REDIRECTS:
        response.close()
        error = qbittorrentapi.HTTPError()
        error.http_status_code = response.status_code
        raise error
    logs_in = response.request.path_url.endswith("/auth/login")
    if logs_in and response.ok and response.text.strip() not in _LOG_IN:
        raise qbittorrentapi.APIError


def _refuse_log_in(**_: object) -> None:
    import qbittorrentapi  # noqa: PLC0415 - see above

    raise qbittorrentapi.Forbidden403Error
