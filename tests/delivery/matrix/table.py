"""What each channel promises, and what a receiver gets in each situation: docs/channels.md."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.delivery.matrix.receivers import (
    Disk,
    Mailbox,
    Program,
    Receiver,
    Service,
    TorrentClient,
    entries_of_feed,
    files_of_folder,
    lines_of_journal,
)
from tests.delivery.matrix.rig import Setup
from tests.plugins import http_receiver
from tests.plugins.http_receiver import Answer, Request, always
from tests.plugins.torrents.real_clients import (
    RealClient,
    RealDeluge,
    RealQBittorrent,
    RealRTorrent,
    RealTransmission,
)

SITUATIONS: Mapping[str, str] = {
    "accepts": "accepts",
    "refuses": "refuses for good",
    "fails": "fails three times",
    "hangs": "takes it and hangs",
    "late": "answers late",
    "drips": "takes it and drips",
    "dies": "takes it and dies",
    "before": "killed before",
    "during": "killed during",
    "after": "killed after",
}
"""What happens to the first of two messages, and its name in the table."""

Client = RealClient | None
KILLS = ("before", "during", "after")


@dataclass(frozen=True)
class Channel:
    """
    A channel.

    Attributes:
        plugin: Its plugin.
        receiver: Makes its receiver.
        arrivals: How often the message arrives, by situation; None where there is no such thing.
        key: Where the key is by which a receiver knows what it has; empty if it has no place.
        once: Whether it promises that each message is there once, whatever happens.
        client: The client that it needs.
        limit: The most that a message may have; empty if all of it arrives.
        form: How the texts of others are escaped; empty if they are data.
        harmful: What never arrives as it stands in a title.
        steps_aside: Whether the one behind it comes first when a message fails three times; None
            where the library of the client tries several times itself.

    """

    plugin: str
    receiver: Callable[[Setup, Client], Receiver]
    arrivals: Mapping[str, int | None]
    key: str = ""
    once: bool = False
    client: type[RealClient] | None = None
    limit: str = ""
    form: str = ""
    harmful: tuple[str, ...] = ()
    steps_aside: bool | None = True


def arrivals(row: str) -> dict[str, int | None]:
    """Read a row of the table, in the order of `SITUATIONS`."""
    cells = (None if cell == "-" else int(cell) for cell in row.split())
    return dict(zip(SITUATIONS, cells, strict=True))


def no_key(_: Request) -> str:
    """Return nothing: the service has no place for a key."""
    return ""


def transaction(request: Request) -> str:
    """Return the transaction of Matrix."""
    return re.split(r"[/?]", request.path)[-1]


def body(request: Request) -> str:
    """Return the whole of a request."""
    return request.body.decode()


def values(*names: str) -> Callable[[Request], str]:
    """Return what reads the text of a message: some values of its JSON."""

    def read(request: Request) -> str:
        text = body(request)
        if text and not text.startswith("{"):
            return text
        content = json.loads(text or "{}")
        return "\n".join(content[name] for name in names if content.get(name))

    return read


def blocks(request: Request) -> str:
    """Return the texts of a message of Slack."""
    parts = [part for attachment in request.json["attachments"] for part in attachment["blocks"]]
    return "\n".join(part["text"]["text"] for part in parts if "text" in part)


def service(
    url: str,
    answer: Callable[[], Answer],
    text: Callable[[Request], str],
    key: Callable[[Request], str] = no_key,
) -> Callable[[Setup, Client], Receiver]:
    """Return what makes a receiver over HTTP."""
    return lambda setup, _: Service(setup, url, answer(), key, text)


def disk(
    read: Callable[[Setup], list[str]], **options: object
) -> Callable[[Setup, Client], Receiver]:
    """Return what makes a receiver on the disk."""

    def make(setup: Setup, client: Client) -> Receiver:
        del client
        text = json.dumps(options).replace("{own}", str(setup.own))
        return Disk(setup, json.loads(text), read)

    return make


def client(kind: type[RealClient], adds: bytes, row: str) -> Channel:
    """Return the channel of a real client."""

    def make(setup: Setup, running: Client) -> Receiver:
        assert running is not None
        return TorrentClient(setup, running, adds)

    key = "the infohash"
    return Channel("torrents", make, arrivals(row), key, once=True, client=kind, steps_aside=None)


def mail(port: int) -> dict[str, Any]:
    """Return the options of a target for the plugin `mail`."""
    address = "lab@example.org"
    return {"host": "127.0.0.1", "port": port, "from": address, "to": address}


def apprise_mail(port: int) -> dict[str, Any]:
    """Return the options of a target for mail by Apprise."""
    return {"url": f"mailto://127.0.0.1:{port}?from=me@example.org&to=lab@example.org"}


HOSTILE = "<script>x</script> @everyone [free](https://evil.example) *now*"
"""A title that would do harm."""
_TAGS, _CALLS, _LINKS = "<script>", "@everyone", "[free]("
_CLIENT = "1 0 1 1 1 1 1 1 1 1"
_APPRISE = "1 0 1 2 1 2 2 1 2 2"
_SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/CANARYkdnlazkcOXrIdevi7F"

CHANNELS: Mapping[str, Channel] = {
    "journal": Channel(
        "journal",
        disk(lines_of_journal),
        arrivals("1 - 1 1 1 - 1 1 1 1"),
        once=True,
        form="JSON",
        steps_aside=False,
    ),
    "feed": Channel(
        "feed",
        disk(entries_of_feed),
        arrivals("1 - 1 1 1 - 1 1 1 1"),
        once=True,
        form="XML",
        steps_aside=False,
        harmful=(_TAGS,),
    ),
    "torrents, a folder": Channel(
        "torrents",
        disk(files_of_folder, client="folder", folder="{own}"),
        arrivals("1 0 1 1 1 - 1 1 1 1"),
        key="the infohash",
        once=True,
        steps_aside=False,
    ),
    "torrents, qBittorrent": client(RealQBittorrent, b"torrents/add", _CLIENT),
    "torrents, Transmission": client(RealTransmission, b"torrent-add", _CLIENT),
    "torrents, rTorrent": client(RealRTorrent, b"load.raw", _CLIENT),
    "torrents, Deluge": client(RealDeluge, b"", "1 0 - - - - - 1 - 1"),
    "webhook": Channel(
        "webhook",
        service(
            "http://{host}/hook", lambda: always(200), body, lambda it: it.headers["webhook-id"]
        ),
        arrivals("1 0 1 2 2 2 2 1 2 2"),
        key="the header `webhook-id`",
        form="JSON",
    ),
    "exec": Channel(
        "exec",
        lambda setup, _: Program(setup),
        arrivals("1 0 1 2 2 2 2 1 2 2"),
        key="`GAZELLED_DELIVERY`",
        form="JSON",
    ),
    "mail": Channel(
        "mail",
        lambda setup, _: Mailbox(setup, mail),
        arrivals("1 0 1 2 1 2 2 1 2 2"),
        key="`Message-ID`",
        form="HTML, and text",
        harmful=("<b><script>", '<a href="https://evil.example'),
    ),
    "apprise, mail": Channel(
        "apprise",
        lambda setup, _: Mailbox(setup, apprise_mail),
        arrivals("1 0 1 2 2 2 2 1 2 2"),
        key="`Message-ID`",
        form="text",
    ),
    "apprise, JSON": Channel(
        "apprise",
        service(
            "json://{host}/CANARY-path",
            lambda: always(200),
            values("title", "message"),
            lambda it: it.headers["Idempotency-Key"],
        ),
        arrivals(_APPRISE),
        key="the header `Idempotency-Key`",
        limit="32,768 characters",
        form="text",
    ),
    "apprise, Matrix": Channel(
        "apprise",
        service(
            "matrix://CANARY-token@{host}/!room:x",
            http_receiver.Matrix,
            values("formatted_body"),
            transaction,
        ),
        arrivals(_APPRISE),
        key="the transaction: Matrix shows it once",
        once=True,
        limit="65,000 bytes",
        form="HTML",
        harmful=(_TAGS, _CALLS),
    ),
    "apprise, ntfy": Channel(
        "apprise",
        service(
            "ntfy://{host}/CANARY-topic", lambda: http_receiver.ntfy, values("title", "message")
        ),
        arrivals(_APPRISE),
        limit="4,095 bytes",
        form="text",
    ),
    "apprise, Discord": Channel(
        "apprise",
        service("discord://1234567/CANARY-token", lambda: http_receiver.discord, values("content")),
        arrivals(_APPRISE),
        limit="2,000 characters",
        form="Discord's Markdown",
        harmful=(_CALLS, _LINKS, " *now*"),
    ),
    "apprise, Slack": Channel(
        "apprise",
        service(_SLACK, lambda: http_receiver.slack, blocks),
        arrivals(_APPRISE),
        limit="3,000 characters",
        form="Slack's mrkdwn",
        harmful=(_TAGS, _CALLS),
    ),
    "apprise, Telegram": Channel(
        "apprise",
        service(
            "tgram://123456789:CANARYtokenabcdefghij/12345",
            lambda: http_receiver.telegram,
            values("text"),
        ),
        arrivals(_APPRISE),
        limit="4,096 characters",
        form="HTML",
        harmful=(_TAGS, _CALLS),
    ),
}
