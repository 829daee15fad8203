"""The HTML that the site answers with where one hopes for JSON."""

from __future__ import annotations

from gazelled.testing.content.records import UserRecord
from gazelled.testing.site.exchange import BARE_HTML, HTML, SimulatedReply

_META = """\
<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />
        <meta name=viewport content="width=device-width, initial-scale=1">
        <!-- Default "index, follow" -->
        <meta name="robots" content="none" />
"""


def public(title: str, text: str, *, site: str) -> bytes:
    """Make a page as those see it who aren't logged in."""
    return (
        f"<!doctype html>\n<html>\n\n<head>\n  <title>{title} \u2e2c {site}</title>        {_META}"
        f"</head>\n\n<body>\n<main>\n{text}\n</main>\n</body>\n</html>\n"
    ).encode()


def private(title: str, text: str, *, site: str) -> bytes:
    """Make a page of the site's inner layout, whose title shows a wrong encoding."""
    return (
        f"\n<!doctype html>\n<html>\n\n<head>\n  <title>\n    {title} &acirc;&cedil;&not; {site}"
        f"  </title>\n\n  <!-- Meta tags -->\n          {_META}"
        f"</head>\n\n<body>\n<main>\n{text}\n</main>\n</body>\n</html>\n"
    ).encode()


def welcome(user: UserRecord, *, site: str) -> SimulatedReply:
    """Make a page that names the feeds of whoever is logged in, with the keys they need."""
    keys = f"user={user.id}&auth={user.rss_key}&passkey={user.passkey}&authkey={user.authkey}"
    links = "\n".join(
        f'<link rel="alternate" type="application/rss+xml" title="{site} - {title}" '
        f'href="feeds.php?feed={feed}&{keys}" />'.replace("&", "&amp;")
        for feed, title in (("feed_news", "News"), ("torrents_all", "All Torrents"))
    )
    return SimulatedReply(
        200, HTML, private(site, f"{links}\n<p>Hello {user.name}.</p>", site=site)
    )


BAD_REQUEST = "400 Bad Request"


def bad_request(*, site: str, inner: bool) -> bytes:
    """Make the page that comes with nearly everything."""
    return error(BAD_REQUEST, site=site, inner=inner)


def error(title: str, *, site: str, inner: bool) -> bytes:
    """Make a page that says what went wrong."""
    sorry = f"<h1>{title}</h1>\n<p>Something went wrong.</p>"
    return (private if inner else public)(title, sorry, site=site)


def refusal(title: str, text: str, *, site: str) -> bytes:
    """Make the page with which forms are refused: its words, and where the program was then."""
    words = (
        f'<h2 class="header">{title}</h2>\n<p>{text}</p>\n'
        "<pre>#0 /srv/sections/index.php(12): error()\n#1 {main}</pre>"
    )
    return private(title, words, site=site)


def locked(*, site: str) -> SimulatedReply:
    """Make what a locked account sees on every page, with the status of a success."""
    words = "<h2>Locked Account</h2>\n<p>Your account has been locked.</p>"
    return SimulatedReply(200, HTML, private("Locked Account", words, site=site))


def log_in_form(message: str, *, site: str) -> SimulatedReply:
    """Make the form, with what was wrong."""
    form = (
        f"<span class=warning>{message}</span>\n"
        '<form id="loginform" method="post" action="login.php">\n'
        '<input type="text" name="username" required maxlength="20" pattern="[A-Za-z0-9_?]{1,20}" '
        'placeholder="Username" />\n'
        '<input type="password" name="password" required minlength="15" placeholder="Password" />\n'
        '<input type="text" name="twofa" placeholder="2FA" />\n'
        '<input type="submit" name="login" value="Log In" />\n</form>'
    )
    return SimulatedReply(200, HTML, public("Login", form, site=site))


def nginx(status: int, reason: str) -> SimulatedReply:
    """Make a page of the web server in front of the site."""
    body = (
        f"<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n"
        f"<center><h1>{status} {reason}</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n"
        "</body>\r\n</html>\r\n"
    )
    return SimulatedReply(status, BARE_HTML, body.encode(), chunked=False)
