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
    user = visit.user
    known = visit.loaded
    forums, filters = visit.world.forums, visit.world.filters
    news = visit.world.visible_news()
    blog = [post for post in visit.world.blog if post.important]
    response = {
        "username": user.name if known else None,
        "id": user.id,
        "authkey": user.authkey if known else None,
        "passkey": user.passkey if known else None,
        "notifications": {
            "messages": visit.world.unread(user),
            "notifications": filters.unread(user.id) if known and user.may_filter else 0,
            "newAnnouncement": not known or bool(news and news[0].id > user.read_news),
            "newBlog": not known or bool(blog and blog[-1].id > user.read_blog),
            "newSubscriptions": known and forums.has_news(user.id),
        },
        "userstats": {
            "uploaded": user.uploaded if known else 0,
            "downloaded": user.downloaded if known else 0,
            "ratio": _ratio(user, without_download=-1) if known else 0,
            "requiredratio": user.required_ratio if known else 0,
            "class": user.klass if known else None,
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
    found = visit.world.users.get(int(number))
    if found is None:
        return visit.failure("no such user")
    hidden = found.paranoia > 0 and found.id != visit.user.id
    return visit.success(
        {
            "username": found.name,
            "avatar": found.avatar,
            "isFriend": found.id in visit.user.friends,
            "profileText": render(found.profile),
            "stats": {
                "joinedDate": when(found.joined),
                "lastAccess": "" if hidden else when(found.last_access),
                "uploaded": 0 if hidden else found.uploaded,
                "downloaded": 0 if hidden else found.downloaded,
                "ratio": 0 if hidden else _ratio(found, without_download=0, digits=5),
                "requiredRatio": 0 if hidden else found.required_ratio,
            },
            "ranks": dict.fromkeys(_RANKS, 0),
            "personal": {
                "class": found.klass,
                "paranoia": found.paranoia,
                "paranoiaText": "High" if found.paranoia else "Off",
                "donor": False,
                "warned": False,
                "enabled": found.enabled,
                "passkey": "",
            },
            "community": _NOTHING if hidden else _community(visit.world, found),
        },
        content_type=TEXT,
    )


_RANKS = ("uploaded", "downloaded", "uploads", "requests", "bounty", "posts", "artists", "overall")


def _community(world: World, found: UserRecord) -> dict[str, object]:
    mine = [
        torrent
        for torrent in world.torrents.values()
        if torrent.uploader == found.id and torrent.gone is None
    ]
    groups = {each.group.id for each in mine}
    wishes = [*world.requests.all.values()]
    collages = [collage for collage in world.collages.all.values() if collage.author == found.id]
    filled = [wish for wish in wishes if wish.filler == found.id]
    voted = [wish for wish in wishes if found.id in wish.votes]
    there = {torrent.id for torrent in world.torrents.values() if torrent.gone is None}
    return {
        "posts": sum(1 for _ in world.forums.by(found.id)),
        "torrentComments": world.comments.by("torrents", found.id),
        "artistComments": world.comments.by("artist", found.id),
        "collageComments": world.comments.by("collages", found.id),
        "requestComments": world.comments.by("requests", found.id),
        "collagesStarted": sum(not collage.deleted for collage in collages),
        "collagesContrib": sum(bool(collage.groups) for collage in collages),
        "requestsFilled": len(filled),
        "bountyEarned": sum(each.bounty for each in filled),
        "requestsVoted": len(voted),
        "bountySpent": sum(each.votes[found.id] for each in voted),
        "uploaded": len(mine),
        "groups": len(groups),
        "seeding": len(found.seeding & there),
        "leeching": len(found.leeching & there),
        "snatched": len(found.snatched & there),
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
