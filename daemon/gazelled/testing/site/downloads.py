"""Handing out `.torrent` files: by cookie, or by the keys of a user; never by a token."""

from __future__ import annotations

from fnmatch import fnmatch

from gazelled.testing.content.records import TorrentRecord, UserRecord
from gazelled.testing.content.torrent_file import torrent_file
from gazelled.testing.content.world import World
from gazelled.testing.site import pages
from gazelled.testing.site.auth import Gate
from gazelled.testing.site.exchange import HTML, SimulatedReply, SimulatedRequest
from gazelled.testing.site.php import is_number

_SCRIPTS = ("python-requests*", "Python-urllib*", "BTWebClient*")
_OFTEN = 4
LARGEST_FOR_TOKEN = 10 * 2**30
_BITTORRENT = "application/x-bittorrent; charset=utf-8"


def download(ask: SimulatedRequest, world: World, gate: Gate, *, site: str) -> SimulatedReply:
    """Answer `torrents.php?action=download`."""
    user = _who(ask, world, gate, site)
    if isinstance(user, SimulatedReply):
        return user
    number = ask.query.get("id", "")
    torrent = world.torrent(int(number)) if is_number(number) else None
    if torrent is None:
        words = "<h1>404 Not Found</h1>"
        return SimulatedReply(500, HTML, pages.private("404 Not Found", words, site=site))
    script = any(fnmatch(ask.user_agent, pattern) for pattern in _SCRIPTS)
    if script and world.downloads[user.id, torrent.id] >= _OFTEN:
        return SimulatedReply(500, HTML)
    if ask.query.get("usetoken") and (problem := spend_token(world, torrent, user)):
        words = f"<p>A function supplied its own error message: {problem}</p>"
        return SimulatedReply(500, HTML, pages.private("Other Error", words, site=site))
    return hand_out(world, torrent, user)


def spend_token(world: World, torrent: TorrentRecord, user: UserRecord) -> str:
    """Spend a freeleech token, unless the torrent is free already; return why that fails."""
    if torrent.freeleech or (user.id, torrent.id) in world.tokens_spent:
        return ""
    if not user.tokens:
        return "You do not have any freeleech tokens left."
    if torrent.size >= LARGEST_FOR_TOKEN:
        return "This torrent is too large."
    user.tokens -= 1
    world.tokens_spent.add((user.id, torrent.id))
    return ""


def _who(ask: SimulatedRequest, world: World, gate: Gate, site: str) -> UserRecord | SimulatedReply:
    """Return who asks, by the keys in the address or by the cookie; or why nobody does."""
    passkey = ask.query.get("torrent_pass", "")
    if "authkey" in ask.query and passkey:
        user = next((user for user in world.users.values() if user.passkey == passkey), None)
        if user is None or not user.enabled:
            return SimulatedReply(500, HTML, pages.bad_request(site=site, inner=False))
        return user
    visitor = gate.enter(ask)
    return visitor if isinstance(visitor, SimulatedReply) else visitor.user


def hand_out(world: World, torrent: TorrentRecord, user: UserRecord) -> SimulatedReply:
    """Make a file for a user, which counts."""
    world.downloads[user.id, torrent.id] += 1
    name = ("Content-disposition", f'attachment; filename="{torrent.id}.torrent"')
    return SimulatedReply(200, _BITTORRENT, torrent_file(torrent, user.passkey), (name,))
