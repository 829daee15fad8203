"""What an alert on the account says beside its headline: how much is missing."""

from __future__ import annotations

from gazelled.model import Item
from gazelled.rules import Expression, human_size


def all_clear(item: Item, cleared: Expression | None) -> str:
    """
    Say how much was moved, and how much more ends an alert on the ratio.

    Args:
        item: What the alert is about; nothing is said unless it tells of uploads and downloads.
        cleared: What ends the alert.

    """
    up, down = item.fields.get("uploaded"), item.fields.get("downloaded")
    if not isinstance(up, int) or not isinstance(down, int):
        return ""
    text = f"Up {human_size(up)}, down {human_size(down)}."
    wanted = cleared.bound("ratio") if cleared else None
    if wanted is None or up >= wanted * down:
        return text
    return f"{text} All clear at {wanted:g}: {human_size(round(wanted * down - up))} more."
