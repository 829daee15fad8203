"""Other users: searching for them, what they share, one's friends, and recommending to them."""

from __future__ import annotations

import re

from gazelled.testing.content.records import GroupRecord, UserRecord
from gazelled.testing.site.exchange import JSON, NO_CACHE, SimulatedReply
from gazelled.testing.site.php import encode, entities, is_number, to_int
from gazelled.testing.site.visit import Visit

_PAGE = 30
_WILD = {"%": ".*", "_": "."}
_RECENT = 15
_MOST = 50


def usersearch(visit: Visit) -> SimulatedReply:
    """Find users by a part of their name."""
    words = visit.param("search") or visit.param("username")
    if not words:
        return visit.failure("no search terms")
    # The database compares by LIKE: % stands for any text, _ for any letter.
    parts = (_WILD.get(char) or re.escape(char) for char in words)
    like = re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
    everyone = visit.world.users.values()
    users = sorted((user for user in everyone if like.search(user.name)), key=_name)
    page = visit.page()
    response = {
        "currentPage": page,
        "pages": -(-len(users) // _PAGE),
        "results": [_found(user) for user in users[(page - 1) * _PAGE : page * _PAGE]],
    }
    return visit.success(response, cached=True)


def _name(user: UserRecord) -> str:
    return user.name


def _found(user: UserRecord) -> dict[str, object]:
    return {
        "userId": user.id,
        "username": user.name,
        "donor": user.klass == "Donor",
        "warned": False,
        "enabled": user.enabled,
        "class": user.klass,
        "avatar": user.avatar,
    }


def community_stats(visit: Visit) -> SimulatedReply:
    """Return what a user shares, in numbers that are text."""
    number = visit.param("userid")
    if not is_number(number):
        return visit.failure("bad parameters")
    user = visit.world.users.get(int(number))
    figures: dict[str, object] = dict.fromkeys(
        (
            "leeching",
            "seeding",
            "snatched",
            "usnatched",
            "downloaded",
            "udownloaded",
            "seedingperc",
        ),
        False,
    )
    if user is None:
        figures |= {"leeching": 0, "seeding": "0", "snatched": "0"}
    elif not user.paranoia or user.id == visit.user.id:
        snatched = len(user.snatched)
        figures["leeching"] = f"{len(user.leeching):,}" if user.leeching else 0
        figures["seeding"] = f"{len(user.seeding):,}"
        figures["snatched"] = f"{snatched:,}"
        if snatched:
            figures["seedingperc"] = 100 * min(1, round(len(user.seeding) / snatched, 2))
    if visit.loaded and visit.user.staff:
        mine = [times for (who, _), times in visit.world.downloads.items() if who == int(number)]
        figures["usnatched"] = figures["snatched"]
        figures["downloaded"], figures["udownloaded"] = f"{sum(mine):,}", f"{len(mine):,}"
    return visit.success(figures, cached=True)


_STATS = (
    "leeching",
    "seeding",
    "snatched",
    "usnatched",
    "downloaded",
    "udownloaded",
    "seedingperc",
)


def user_recents(visit: Visit) -> SimulatedReply:
    """Return what a user snatched and uploaded in the first category, with a picture."""
    number, limit = to_int(visit.param("userid")), to_int(visit.param("limit"))
    if not number or limit > _MOST:
        return visit.failure("bad parameters")
    user = visit.world.users.get(number)
    if user is not None and user.paranoia and user.id != visit.user.id:
        return visit.success({"snatches": "hidden", "uploads": "hidden"}, cached=True)
    torrents = visit.world.torrents.values()
    snatched = [torrent.group for torrent in torrents if user and torrent.id in user.snatched]
    uploads = [
        torrent.group for torrent in torrents if torrent.uploader == number and torrent.gone is None
    ]
    response = {
        "snatches": _recent(snatched, limit or _RECENT),
        "uploads": _recent(uploads, limit or _RECENT),
    }
    return visit.success(response, cached=True)


def _recent(groups: list[GroupRecord], limit: int) -> list[dict[str, object]]:
    shown = {group.id: group for group in groups if group.category == 1 and group.picture}
    return [
        {
            "ID": group.id,
            "Name": entities(group.title),
            "WikiImage": group.picture,
            "artists": [[{"id": artist.id, "name": artist.name} for artist in group.signed]],
        }
        for _, group in sorted(shown.items(), reverse=True)[:limit]
    ]


def get_friends(visit: Visit) -> SimulatedReply:
    """Return the friends who accept recommendations, as JSON inside a string."""
    friends = sorted((visit.world.users[friend] for friend in visit.user.friends), key=_name)
    rows = [
        {"FriendID": str(friend.id), "Username": friend.name}
        for friend in friends
        if friend.takes_recommendations
    ]
    return visit.success(encode(rows).decode(), cached=True)


def send_recommendation(visit: Visit) -> SimulatedReply:
    """Write to a friend of a data set, an author or a collage."""
    form, world = visit.ask.form, visit.world
    friend, number = to_int(form.get("friend", "")), to_int(form.get("id", ""))
    kind = form.get("type", "").lower()
    if not (friend and number and kind):
        return visit.error_page(b'{"status":"error","response":"Error."}')
    reader = world.users.get(friend)
    if friend not in visit.user.friends or reader is None or not reader.takes_recommendations:
        return visit.error_page(b'{"status":"error","response":"Not on friend list."}')
    page = {"torrent": "torrents.php", "artist": "artist.php", "collage": "collages.php"}.get(kind)
    body = f"{visit.user.name} recommended you the {kind} [url={page}?id={number}]{number}[/url]."
    subject = f"{visit.user.name} recommended you {'an' if kind == 'artist' else 'a'} {kind}!"
    note = form.get("note", "")
    world.send(subject, f"{body}\n\n{note}".rstrip(), to=reader.name, sender=visit.user.name)
    return SimulatedReply(200, JSON, b'{"status":"success","response":"Sent!"}', NO_CACHE)
