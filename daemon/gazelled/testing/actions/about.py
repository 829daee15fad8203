"""What the site shows of itself, its wiki, and what doesn't work there."""

from __future__ import annotations

from gazelled.testing.site.auth import CLEARED, way_back
from gazelled.testing.site.exchange import JSON, NO_CACHE, SimulatedReply
from gazelled.testing.site.php import is_number, render, when
from gazelled.testing.site.visit import Visit


def loadavg(visit: Visit) -> SimulatedReply:
    """Return the load of the server, to everyone."""
    return visit.success({"loadAverage": [0.57080078125, 0.6015625, 0.65869140625]}, info=False)


def stats(visit: Visit) -> SimulatedReply:
    """Return the statistics of the site."""
    world = visit.world
    enabled = sum(user.enabled for user in world.users.values())
    torrents = [torrent for torrent in world.torrents.values() if torrent.gone is None]
    return visit.success(
        {
            "maxUsers": 0,
            "enabledUsers": enabled,
            "usersActiveThisDay": enabled,
            "usersActiveThisWeek": enabled,
            "usersActiveThisMonth": enabled,
            "torrentCount": len(torrents),
            "groupCount": sum(group.category == 1 for group in world.groups.values()),
            "artistCount": len(world.authors),
            "requestCount": len(world.requests.all),
            "filledRequestCount": sum(
                request.torrent > 0 for request in world.requests.all.values()
            ),
            "seederCount": sum(torrent.seeders for torrent in torrents),
            "leecherCount": sum(torrent.leechers for torrent in torrents),
        }
    )


def manifest(visit: Visit) -> SimulatedReply:
    """Return the web app manifest, with which browsers install the site."""
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


def ontology(visit: Visit) -> SimulatedReply:
    """Return the categories, each with its platforms and formats."""
    return visit.success(visit.world.ontology, info=False)


def wiki(visit: Visit) -> SimulatedReply:
    """Return an article; a token's user class is too low for every one."""
    number, name = visit.param("id"), visit.param("name")
    if not number and not name:
        return visit.fatal()
    if number:
        article = visit.world.wiki.articles.get(int(number)) if is_number(number) else None
    else:
        article = visit.world.wiki.named(name)
    if article is None:
        return visit.failure("article not found")
    if not visit.loaded or (article.staff and not visit.user.staff):
        return visit.failure("higher user class required to view article")
    return visit.success(
        {
            "title": article.title,
            "bbBody": article.body,
            "body": render(article.body),
            "aliases": ",".join(article.aliases),
            "authorID": article.author,
            "authorName": visit.world.users[article.author].name,
            "date": when(article.time),
            "revision": article.revision,
        },
        cached=True,
    )


def artist(visit: Visit) -> SimulatedReply:
    """Fail: every author that exists is fatal."""
    authors = visit.world.authors
    number, name = visit.param("id"), visit.param("artistname")
    exists = name in authors or number in {str(record.id) for record in authors.values()}
    return visit.fatal() if exists else visit.failure("bad parameters")


def better(visit: Visit) -> SimulatedReply:
    """Fail, after a token was sent to the log-in."""
    if not visit.loaded:
        redirect = way_back(visit.ask, visit.world.clock.now())
        return visit.away("login.php", redirect, *CLEARED)
    return visit.fatal() if visit.param("method") == "single" else visit.bare_failure()


def preview(visit: Visit) -> SimulatedReply:
    """Render BBCode; the answer is HTML that says it is JSON."""
    text = visit.ask.form.get("body", "")
    return SimulatedReply(200, JSON, render(text).encode(), NO_CACHE) if text else visit.empty()


def autofill(visit: Visit) -> SimulatedReply:
    """Return nothing, whatever is asked."""
    return visit.empty()
