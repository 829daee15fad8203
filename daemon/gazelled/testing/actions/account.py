"""The actions `index` and `user`: oneself and others."""

from __future__ import annotations

from gazelled.testing.content.records import UserRecord
from gazelled.testing.content.world import World
from gazelled.testing.site.exchange import TEXT, SimulatedReply
from gazelled.testing.site.php import is_number, render, when
from gazelled.testing.site.visit import Visit

_THOUSAND = 1000


def index(visit: Visit) -> SimulatedReply:
    """Return the visitor's own data; a token sees next to nothing."""
    user, world = visit.user, visit.world
    if not visit.loaded:
        return visit.success(
            {
                "username": None,
                "id": user.id,
                "authkey": None,
                "passkey": None,
                "notifications": {
                    "messages": world.unread(user),
                    "notifications": 0,
                    "newAnnouncement": True,
                    "newBlog": True,
                    "newSubscriptions": False,
                },
                "userstats": {
                    "uploaded": 0,
                    "downloaded": 0,
                    "ratio": 0,
                    "requiredratio": 0,
                    "class": None,
                },
            },
            cached=True,
        )
    news = world.visible_news()
    blog = [post for post in world.blog if post.important]
    response = {
        "username": user.name,
        "id": user.id,
        "authkey": user.authkey,
        "passkey": user.passkey,
        "notifications": {
            "messages": world.unread(user),
            "notifications": world.filters.unread(user.id) if user.may_filter else 0,
            "newAnnouncement": bool(news and news[0].id > user.read_news),
            "newBlog": bool(blog and blog[-1].id > user.read_blog),
            "newSubscriptions": world.forums.has_news(user.id),
        },
        "userstats": {
            "uploaded": user.uploaded,
            "downloaded": user.downloaded,
            "ratio": _ratio(user, without_download=-1),
            "requiredratio": user.required_ratio,
            "class": user.klass,
        },
    }
    return visit.success(response, cached=True)


def _ratio(user: UserRecord, *, without_download: int, digits: int = 2) -> float:
    if not user.downloaded:
        return without_download if user.uploaded else 0
    ratio = user.uploaded * 10**digits // user.downloaded / 10**digits
    # The site writes 1,234.50 and reads it as a number again.
    return ratio if ratio < _THOUSAND else float(f"{ratio:,}".split(",")[0])


def user(visit: Visit) -> SimulatedReply:
    """Return a user's profile, as far as they show it to others."""
    number = visit.param("id")
    if not is_number(number):
        return visit.failure("bad id parameter")
    shown = visit.world.users.get(int(number))
    if shown is None:
        return visit.failure("no such user")
    hidden = shown.paranoia > 0 and shown.id != visit.user.id
    return visit.success(
        {
            "username": shown.name,
            "avatar": shown.avatar,
            "isFriend": shown.id in visit.user.friends,
            "profileText": render(shown.profile),
            "stats": {
                "joinedDate": when(shown.joined),
                "lastAccess": "" if hidden else when(shown.last_access),
                "uploaded": 0 if hidden else shown.uploaded,
                "downloaded": 0 if hidden else shown.downloaded,
                "ratio": 0 if hidden else _ratio(shown, without_download=0, digits=5),
                "requiredRatio": 0 if hidden else shown.required_ratio,
            },
            "ranks": dict.fromkeys(_RANKS, 0),
            "personal": {
                "class": shown.klass,
                "paranoia": shown.paranoia,
                "paranoiaText": "High" if shown.paranoia else "Off",
                "donor": False,
                "warned": False,
                "enabled": shown.enabled,
                "passkey": "",
            },
            "community": _NOTHING if hidden else _community(visit.world, shown),
        },
        content_type=TEXT,
    )


_RANKS = ("uploaded", "downloaded", "uploads", "requests", "bounty", "posts", "artists", "overall")


def _community(world: World, shown: UserRecord) -> dict[str, object]:
    collages = [collage for collage in world.collages.all.values() if collage.author == shown.id]
    return {
        "posts": sum(1 for _ in world.forums.by(shown.id)),
        "torrentComments": world.comments.by("torrents", shown.id),
        "artistComments": world.comments.by("artist", shown.id),
        "collageComments": world.comments.by("collages", shown.id),
        "requestComments": world.comments.by("requests", shown.id),
        "collagesStarted": sum(not collage.deleted for collage in collages),
        "collagesContrib": sum(bool(collage.groups) for collage in collages),
        **_bounties(world, shown),
        **_torrents(world, shown),
    }


def _bounties(world: World, shown: UserRecord) -> dict[str, object]:
    wishes = [*world.requests.all.values()]
    filled = [wish for wish in wishes if wish.filler == shown.id]
    voted = [wish for wish in wishes if shown.id in wish.votes]
    return {
        "requestsFilled": len(filled),
        "bountyEarned": sum(wish.bounty for wish in filled),
        "requestsVoted": len(voted),
        "bountySpent": sum(wish.votes[shown.id] for wish in voted),
    }


def _torrents(world: World, shown: UserRecord) -> dict[str, object]:
    present = {torrent.id: torrent for torrent in world.torrents.values() if torrent.gone is None}
    mine = [torrent for torrent in present.values() if torrent.uploader == shown.id]
    groups = {torrent.group.id for torrent in mine}
    return {
        "uploaded": len(mine),
        "groups": len(groups),
        "seeding": len(shown.seeding & present.keys()),
        "leeching": len(shown.leeching & present.keys()),
        "snatched": len(shown.snatched & present.keys()),
        "invited": 0,
        "artistsAdded": sum(len(world.groups[group].authors) for group in groups),
    }


_NOTHING: dict[str, object] = dict.fromkeys(
    (
        "posts",
        "torrentComments",
        "artistComments",
        "collageComments",
        "requestComments",
        "collagesStarted",
        "collagesContrib",
        "requestsFilled",
        "bountyEarned",
        "requestsVoted",
        "bountySpent",
        "uploaded",
        "groups",
        "seeding",
        "leeching",
        "snatched",
        "invited",
        "artistsAdded",
    ),
    0,
)
"""What one tells of someone who hides it."""
