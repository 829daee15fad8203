"""Files of torrents for a person: through the owner's turn and from its cache."""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator

from gazelled.errors import BadAnswer, RequestRefused
from gazelled.service.app import App
from gazelled.service.control.protocol import (
    CallProgress,
    DownloadRequest,
    FileProblem,
    FileReply,
)


async def download(
    app: App, request: DownloadRequest
) -> AsyncGenerator[CallProgress | FileReply | FileProblem, None]:
    """
    Fetch the files of torrents, or take them from the cache.

    What the tracker refuses of one torrent, or what isn't its file, keeps no other one back.
    """
    if not request.ids:
        raise RequestRefused("expected the ids of torrents")
    for number in request.ids:
        # One to ask about the torrent, one to ask about a token, one for the file.
        turns = app.dispatcher.waiting + (not request.infohash) + request.use_token + 1
        yield CallProgress(round(turns * app.site.per, 1), f"download {number}")
        try:
            torrent_file = await app.downloads.get(
                number,
                infohash=request.infohash or None,
                use_token=request.use_token,
                a_day=request.a_day,
            )
        except (RequestRefused, BadAnswer) as problem:
            yield FileProblem(number, app.redactor.scrub(str(problem)))
            continue
        yield FileReply(
            id=number,
            fetched=torrent_file.fetched,
            infohash=torrent_file.torrent.infohash,
            name=app.redactor.scrub_foreign(torrent_file.torrent.name),
            size=torrent_file.torrent.size,
            content=base64.b64encode(torrent_file.data).decode(),
        )
