"""Files of torrents for a person: through the owner's turn and from its cache."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncGenerator, Mapping

from gazelled.errors import BadAnswer, RequestRefused
from gazelled.service.app import App


async def download(
    app: App, given: Mapping[str, object]
) -> AsyncGenerator[Mapping[str, object], None]:
    """
    Fetch the files of torrents, or take them from the cache.

    What the tracker refuses of one torrent, or what isn't its file, keeps no other one back.

    Args:
        app: The daemon.
        given: `ids`, the torrents.

    Yields:
        For each about how long it takes if it isn't here; then its content and what it says, or
        the problem.

    Raises:
        Refused: If that aren't ids.
        TrackerError: If the tracker can't be asked.

    """
    wanted = given.get("ids")
    ids = [each for each in wanted if isinstance(each, int)] if isinstance(wanted, list) else []
    if not ids:
        raise RequestRefused("wanted the numbers of torrents")
    for number in ids:
        turns = app.dispatcher.waiting + 2  # one to ask about the torrent, one for its file
        yield {"expected": round(turns * app.site.per, 1), "asking": f"download {number}"}
        try:
            found = await app.downloads.get(number)
        except (RequestRefused, BadAnswer) as problem:
            yield {"id": number, "problem": app.redactor.scrub(str(problem))}
            continue
        content = await asyncio.to_thread(found.file.read_bytes)
        yield {
            "id": number,
            "fetched": found.fetched,
            "infohash": found.torrent.infohash,
            "name": app.redactor.scrub_foreign(found.torrent.name),
            "size": found.torrent.size,
            "content": base64.b64encode(content).decode(),
        }
