"""What each action of the site answers, oddities included."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gazelled.testing import pages
from gazelled.testing.auth import CLEARED, way_back
from gazelled.testing.datasets import browse, torrent, torrentgroup
from gazelled.testing.exchange import JSON, NO_CACHE, TEXT, Reply
from gazelled.testing.inbox import inbox
from gazelled.testing.php import entities, is_number, render, when
from gazelled.testing.records import BlogPost, News, User
from gazelled.testing.visit import Visit

_POSTS = 5
_THOUSAND = 1000


def index(visit: Visit) -> Reply:
    """Tell about oneself; a token loads next to nothing."""
    user = visit.user
    known = visit.visitor.by_cookie
    news = visit.world.visible_news()
    blog = visit.world.blog
    response = {
        "username": user.name if known else None,
        "id": user.id,
        "authkey": user.authkey if known else None,
        "passkey": user.passkey if known else None,
        "notifications": {
            "messages": visit.world.unread(user),
            "notifications": 0,
            "newAnnouncement": not known or bool(news and news[0].id > user.read_news),
            "newBlog": not known or bool(blog and blog[-1].id > user.read_blog),
            "newSubscriptions": user.unread_threads,
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


def _ratio(user: User, *, without_download: int) -> float:
    if not user.downloaded:
        return without_download if user.uploaded else 0
    ratio = user.uploaded * 100 // user.downloaded / 100
    # The site writes 1,234.50 and reads it as a number again.
    return ratio if ratio < _THOUSAND else float(f"{ratio:,}".split(",")[0])


def user(visit: Visit) -> Reply:
    """Tell about a user, as far as they let others see."""
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
            "avatar": "",
            "isFriend": found.id in visit.user.friends,
            "profileText": render(found.profile),
            "stats": {
                "joinedDate": when(found.joined),
                "lastAccess": "" if hidden else when(found.last_access),
                "uploaded": 0 if hidden else found.uploaded,
                "downloaded": 0 if hidden else found.downloaded,
                "ratio": 0 if hidden else _ratio(found, without_download=0),
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
            "community": dict.fromkeys(_COMMUNITY, 0) | ({} if hidden else _uploads(visit, found)),
        },
        content_type=TEXT,
    )


_RANKS = ("uploaded", "downloaded", "uploads", "requests", "bounty", "posts", "artists", "overall")
_COMMUNITY = (
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
)


def _uploads(visit: Visit, found: User) -> dict[str, int]:
    mine = [
        each
        for each in visit.world.torrents.values()
        if each.uploader == found.id and each.gone is None and not each.anonymous
    ]
    return {"uploaded": len(mine), "groups": len({each.group.id for each in mine})}


def announcements(visit: Visit) -> Reply:
    """Tell news and blog, always five posts of it; the news are read thereby."""
    news = visit.world.visible_news()[:_POSTS]
    posts = [*map(_post, reversed(visit.world.blog)), *[_NO_POST] * _POSTS][:_POSTS]
    if news:
        visit.user.read_news = max(visit.user.read_news, news[0].id)
    return visit.success(
        {"announcements": [_news(each) for each in news], "blogPosts": posts}, cached=True
    )


def _news(news: News) -> dict[str, object]:
    return {
        "newsId": news.id,
        "title": news.title,
        "bbBody": news.body,
        "body": render(news.body),
        "newsTime": when(news.time),
    }


def _post(post: BlogPost) -> dict[str, object]:
    return {
        "blogId": post.id,
        "author": post.author,
        "title": entities(post.title),
        "bbBody": entities(post.body),
        "body": render(post.body),
        "blogTime": when(post.time),
        "threadId": post.thread,
    }


_NO_POST: dict[str, object] = {
    "blogId": 0,
    "author": None,
    "title": None,
    "bbBody": None,
    "body": "",
    "blogTime": None,
    "threadId": 0,
}


def get_user_notifications(visit: Visit) -> Reply:
    """Tell what is unread, by type; an empty list when nothing is."""
    me = visit.user
    told: dict[str, object] = {}
    news, blog = visit.world.visible_news(), visit.world.blog
    if news and news[0].id > me.read_news:
        words = f"Announcement: {entities(news[0].title)}"
        told["News"] = _note(news[0].id, words, f"index.php#news{news[0].id}", "information")
    if blog and blog[-1].id > me.read_blog:
        # The site leaves the title out.
        told["Blog"] = _note(blog[-1].id, "Blog: ", f"blog.php#blog{blog[-1].id}", "information")
    if unread := visit.world.unread(me):
        many = "a new message" if unread == 1 else f"{unread} new messages"
        told["Inbox"] = _note(0, f"You have {many}", "inbox.php", "confirmation")
    if me.unread_threads:
        page = "userhistory.php?action=subscriptions"
        told["Subscriptions"] = _note(0, "New subscriptions", page, "confirmation")
    return visit.success(told or [], cached=True)


def _note(number: int, message: str, url: str, importance: str) -> dict[str, object]:
    return {"id": number, "message": message, "url": url, "importance": importance}


def clear_user_notification(visit: Visit) -> Reply:
    """Mark what is unread of a type as read; the answer is always empty."""
    me, world = visit.user, visit.world
    match visit.ask.form.get("type"):
        case "Inbox":
            for conversation in world.conversations.values():
                conversation.unread.discard(me.id)
        case "News":
            me.read_news = max([me.read_news, *(news.id for news in world.visible_news())])
        case "Blog":
            me.read_blog = max([me.read_blog, *(post.id for post in world.blog)])
        case "Subscriptions":
            me.unread_threads = False
    return Reply(200, JSON, b"", NO_CACHE)


def loadavg(visit: Visit) -> Reply:
    """Tell the load of the server to everyone."""
    return visit.success({"loadAverage": [0.57080078125, 0.6015625, 0.65869140625]}, info=False)


def stats(visit: Visit) -> Reply:
    """Tell the numbers of the site."""
    world = visit.world
    enabled = sum(each.enabled for each in world.users.values())
    there = [each for each in world.torrents.values() if each.gone is None]
    return visit.success(
        {
            "maxUsers": 0,
            "enabledUsers": enabled,
            "usersActiveThisDay": enabled,
            "usersActiveThisWeek": enabled,
            "usersActiveThisMonth": enabled,
            "torrentCount": len(there),
            "groupCount": len(world.groups),
            "artistCount": len(world.authors),
            "requestCount": 0,
            "filledRequestCount": 0,
            "seederCount": sum(each.seeders for each in there),
            "leecherCount": sum(each.leechers for each in there),
        }
    )


def manifest(visit: Visit) -> Reply:
    """Tell what a browser wants to know to install the site."""
    return visit.success(
        {
            "name": visit.site,
            "short_name": visit.site,
            "description": "A platform to share biological sequence and medical imaging data",
            "start_url": "index.php",
            "display": "standalone",
            "background_color": "#ffffff",
            "theme_color": "#0288d1",
            "icons": [{"src": "/static//common/icon.png", "sizes": "120x120", "type": "image/png"}],
        },
        cached=True,
    )


def wiki(visit: Visit) -> Reply:
    """Refuse: to a token every article is above its class; nobody else is served here."""
    number, name = visit.param("id"), visit.param("name")
    if not number and not name:
        return visit.fatal()
    if number in _ARTICLES or name in _ARTICLES.values():
        return visit.failure("higher user class required to view article")
    return visit.failure("article not found")


_ARTICLES = {"1": "index", "2": "rules", "3": "formats", "4": "staff"}


def artist(visit: Visit) -> Reply:
    """Fail: every author that exists is fatal."""
    known = visit.world.authors
    number, name = visit.param("id"), visit.param("artistname")
    exists = name in known or number in {str(each.id) for each in known.values()}
    return visit.fatal() if exists else visit.failure("bad parameters")


def better(visit: Visit) -> Reply:
    """Send a token to the log-in, and say that it is JSON."""
    page = pages.bad_request(site=visit.site, inner=True)
    redirect = way_back(visit.ask, visit.world.clock.now())
    return Reply(302, JSON, page, (redirect, *CLEARED, ("Location", "login.php")))


def top10(visit: Visit) -> Reply:
    """Fail in JSON and HTML at once."""
    return visit.error_page()


def unknown(visit: Visit) -> Reply:
    """Refuse what isn't an action, or isn't served here."""
    return visit.failure("bad parameters")


ACTIONS: Mapping[str, Callable[[Visit], Reply]] = {
    "announcements": announcements,
    "artist": artist,
    "better": better,
    "browse": browse,
    "clear_user_notification": clear_user_notification,
    "get_user_notifications": get_user_notifications,
    "inbox": inbox,
    "index": index,
    "loadavg": loadavg,
    "manifest": manifest,
    "stats": stats,
    "top10": top10,
    "torrent": torrent,
    "torrentgroup": torrentgroup,
    "user": user,
    "wiki": wiki,
}
"""The actions that are served; every other one is answered as an unknown one."""
