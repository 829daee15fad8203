"""What a person means by an item."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gazelled.explain.item_ref import ItemRef, resolve

if TYPE_CHECKING:
    from .conftest import House


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("63", ItemRef("63")),
        ("5:2026-03-02 09:00:00", ItemRef("5:2026-03-02 09:00:00")),
        ("torrents.php?torrentid=63&id=9", ItemRef("63", "torrent")),
        ("inbox.php?action=viewconv&id=5", ItemRef("5", "conversation")),
        ("index.php#news3", ItemRef("news:3", "announcement")),
        ("forums.php?action=viewthread&threadid=5&postid=8", ItemRef("5", "thread")),
        ("requests.php?action=view&id=4", ItemRef("4", "request")),
    ],
)
async def test_what_is_meant(house: House, text: str, meant: ItemRef) -> None:
    """A number may be of any kind, an address is of one."""
    async with house.opened() as app:
        assert meant in await resolve(app.store, app.site, text)
