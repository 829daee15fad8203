"""Deletes all that a plugin keeps."""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from gazelled.errors import GazelledError
from gazelled.service.plugins.contexts import FOLDERS
from gazelled.store import Store


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many rows of the state were deleted, and whether there was a folder."""

    rows: int
    folder: bool


async def forget_plugin(store: Store, folder: Path, plugin: str) -> Forgotten:
    """
    Delete the values, the records and the folder of a plugin.

    Args:
        store: The store.
        folder: The state folder.
        plugin: The name of the plugin.

    Raises:
        GazelledError: If it can't be the name of a plugin, or the folder can't be deleted.

    """
    own = folder / FOLDERS / plugin
    if own.parent != folder / FOLDERS or own.name in {"", ".", ".."}:
        raise GazelledError(f'"{plugin}" is no name of a plugin')
    rows = await store.plugin_records.forget(plugin)
    exists = await asyncio.to_thread(os.path.lexists, own)  # a name may be too long for one
    if exists:
        try:
            await asyncio.to_thread(shutil.rmtree, own)
        except OSError as error:
            raise GazelledError(f"{own} could not be deleted: {error.strerror}") from None
    return Forgotten(rows, exists)
