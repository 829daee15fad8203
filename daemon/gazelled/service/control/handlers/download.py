"""Files of torrents for a person: through the owner's turn and from its cache."""

from __future__ import annotations

import asyncio
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
        turns = app.dispatcher.waiting + 2  # one to ask about the torrent, one for its file
        yield CallProgress(round(turns * app.site.per, 1), f"download {number}")
        try:
            found = await app.downloads.get(number)
        except (RequestRefused, BadAnswer) as problem:
            yield FileProblem(number, app.redactor.scrub(str(problem)))
            continue
        content = await asyncio.to_thread(found.file.read_bytes)
        yield FileReply(
            id=number,
            fetched=found.fetched,
            infohash=found.torrent.infohash,
            name=app.redactor.scrub_foreign(found.torrent.name),
            size=found.torrent.size,
            content=base64.b64encode(content).decode(),
        )
