"""The config that `gazelled init` writes: and the files that it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gazelled.cli.options import COOKIES, PASSWORD, PHONE, TOKEN, TOTP
from gazelled.config.document.toml_writer import toml_value
from gazelled.regular_file import write_private


@dataclass(frozen=True, slots=True)
class Wishes:
    """
    What a person wants; secrets are the contents of files by their names.

    The username is empty when the log-in is another, the search when all new ones are wanted.
    """

    url: str
    username: str
    search: str
    secrets: Mapping[str, str]


def config_text(wishes: Wishes) -> str:
    """Return the text of the config."""
    phone = PHONE in wishes.secrets
    tell = [*(["phone"] if phone else []), "feed", "journal"]
    blocks = [
        _HEAD,
        f"[tracker]\n{_data(url=wishes.url)}\n{_login(wishes)}\n{_TRACKER}",
        f"[notices]{_NOTICES}\n{_data(tell=['phone' if phone else 'journal'])}",
        f"{_WATCHES}\n[watch.data]\n{_about(wishes)}\n{_ask(wishes)}\n{_data(tell=tell)}\n{_MATCH}",
        f"[watch.inbox]\n{_INBOX}\n{_data(tell=tell[:1])}",
        f"[watch.news]\n{_NEWS}\n{_data(tell=tell[:1])}",
        f"{_TARGETS}\n{_PHONE if phone else _NO_PHONE}",
        _FEED,
        _JOURNAL,
        _TAIL,
    ]
    return "\n\n".join(blocks)


def _login(wishes: Wishes) -> str:
    if COOKIES in wishes.secrets:
        return f"cookies = {_secret(COOKIES)}            # from a browser, Netscape format"
    if wishes.username:
        parts = [_data(username=wishes.username), f"password = {_secret(PASSWORD)}"]
        parts += [f"totp = {_secret(TOTP)}"] if TOTP in wishes.secrets else []
        return f"login = {{ {', '.join(parts)} }}"
    return f"token = {_secret(TOKEN)}        # only the oldest one of a user works"


def _about(wishes: Wishes) -> str:
    return _data(about=f"New data sets: {wishes.search}" if wishes.search else "New data sets")


def _ask(wishes: Wishes) -> str:
    lines = ['ask = "browse"']
    if wishes.search:
        lines.append(f"with = {{ {_data(searchstr=wishes.search)} }}")
    return "\n".join([*lines, 'every = "1h"'])


def _secret(name: str) -> str:
    return f"{{ {_data(secret=name)} }}"


def _data(**values: object) -> str:
    return ", ".join(f"{key} = {toml_value(value)}" for key, value in values.items())


_HEAD = """\
# The configuration of gazelled, written by gazelled init. After a change: gazelled check
#
# Do not put secrets in this file: { secret = "phone" } is the content of the file secrets/phone
# beside it, or of a systemd credential. Other references are { env = "VARIABLE" } and
# { file = "/some/path" }.
#
# Durations: "90s", "15m", "6h", "1d". Sizes: "50 GiB", "700 MB".
# Tables in braces { … } stay on one line. Keys belong to the [header] above them.
"""

_TRACKER = """\
share = "10%"                               # of the tracker's limit, for watches
# contact = "me@example.org"                # sent to the operators with each request"""

_NOTICES = "                                   # tracker down and back, log-in refused, …"

_WATCHES = """\
# A watch sends a request on a schedule and reports what its rule matches.
#
#   ask      the action        with   its parameters
#   every    "1h", "daily 08:00", "mon,thu 08:00"; or cron = "0 7 * * 1-5"
#   match    which items; all keys must match, and unknown values never match
#   tell     the targets, defined below
"""

_MATCH = """\
# match.tags.any = ["yeast", "dna"]         # also tags.all and tags.none
# match.license = ["Public Domain", "CC0"]  # likewise format, platform, scope
# match.size.max = "50 GiB"                 # and size.min; year and seeders likewise"""

_INBOX = """\
about = "Messages to me"
ask = "inbox"                               # lists messages; they stay unread
every = "2h\""""

_NEWS = """\
# Lists the newest announcement, the newest important blog post and the operators' banner; a notice
# reports others that appeared in between. "announcements" lists all announcements and posts and
# takes no match.type, but needs mark_read = true: it marks the news as read on the site.
about = "News, important blog posts and the banner of the site"
ask = "get_user_notifications"              # marks nothing as read
every = "6h"
match.type = ["News", "Blog", "Global"]"""

_TARGETS = "# A target is a destination of events: a plugin with its options.\n"

_PHONE = f"""\
[target.phone]
plugin = "apprise"
url = {_secret(PHONE)}                  # ntfy://… tgram://… mailtos://…, a hundred more"""

_NO_PHONE = """\
# [target.phone]                            # messages: add it to the lists "tell" above, too
# plugin = "apprise"
# url = { secret = "phone" }                # ntfy://… tgram://… mailtos://…, a hundred more"""

_FEED = """\
[target.feed]
plugin = "feed"                             # an Atom feed; its address: gazelled status
title = "New data sets\""""

_JOURNAL = """\
[target.journal]
plugin = "journal"                          # each event as a log line and as JSON in a file"""

_TAIL = """\
# [web]                                     # serves the feeds, on this machine only
# listen = "127.0.0.1:8765"

# [log]
# format = "auto"                           # auto, console, json or journald
# level = "info"                            # debug, info, warning or error
"""


def write_draft(folder: Path, config: str, secrets: Mapping[str, str]) -> Path:
    """
    Write a config and its secrets, by the names of their files in `secrets/`, into a folder.

    They are for this user only; the file of the config is returned.
    """
    draft = folder / "config.toml"
    write_private(draft, config.encode())
    for name, text in secrets.items():
        write_private(folder / "secrets" / name, f"{text.rstrip()}\n".encode())
    return draft
