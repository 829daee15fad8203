"""What plugins store comes back as it was, in bounds, and holds no secret."""

from __future__ import annotations

from collections.abc import AsyncIterator
from math import nan
from pathlib import Path

import pytest

from gazelled.plugin.json_values import LONGEST_KEY, MOST_BYTES
from gazelled.plugin.plugin_context import Json, PluginStore, PluginStoreFullError
from gazelled.redact import Redactor
from gazelled.service.plugins.stored_values import StoredValues
from gazelled.store import Store

TOKEN = "made-up-token-of-the-tracker"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Open a store and close it afterwards."""
    async with await Store.open(tmp_path / "state") as opened:
        yield opened


@pytest.fixture
def values(store: Store) -> PluginStore:
    """Return what a plugin gets."""
    redactor = Redactor()
    redactor.add(TOKEN)
    return StoredValues("sheet", store.plugin_values, redactor)


async def test_values_of_json_come_back(values: PluginStore) -> None:
    """With their types, whatever characters they have."""
    stored: dict[str, Json] = {
        "a": None,
        "b": True,
        "c": 7,
        "d": -0.5,
        "e": "Größe \ud800\0 ",
        "f": [1, [2, {"deep": []}]],
        "ü/:%": {"k": {"l": "m"}},
    }
    for key, value in stored.items():
        await values.set(key, value)

    assert {key: await values.get(key, "none") for key in stored} == stored
    assert list(await values.keys()) == sorted(stored)
    assert await values.get("missing") is None
    assert await values.get("missing", [0]) == [0]
    await values.delete("f")
    await values.delete("f")
    assert await values.get("f", "gone") == "gone"


async def test_each_plugin_has_its_own(values: PluginStore, store: Store) -> None:
    """Another plugin neither sees nor overwrites it."""
    other = StoredValues("other", store.plugin_values, Redactor())
    await values.set("a", 1)
    await other.set("a", 2)

    assert (await values.get("a"), await other.get("a")) == (1, 2)
    assert list(await other.keys("a")) == ["a"]


@pytest.mark.parametrize(
    "value", [(1, 2), {1: "a"}, {"a": {2, 3}}, nan, object(), b"bytes", {"a": (1,)}]
)
async def test_what_is_not_of_json_is_refused(values: PluginStore, value: Json) -> None:
    """Also what would come back as something else; the error says what can be stored."""
    with pytest.raises(ValueError, match=r"the value of 'a' is not of JSON \(.*\): use texts"):
        await values.set("a", value)
    assert await values.get("a", "none") == "none"


async def test_what_is_too_deep_is_refused(values: PluginStore) -> None:
    """Instead of a crash."""
    deep: Json = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValueError, match="is not of JSON"):
        await values.set("a", deep)


@pytest.mark.parametrize("key", ["", "a" * (LONGEST_KEY + 1), "a\0b", "\ud800"])
async def test_odd_keys_are_refused(values: PluginStore, key: str) -> None:
    """With a sentence."""
    with pytest.raises(ValueError, match="a key must"):
        await values.set(key, 1)


async def test_keys_are_texts(values: PluginStore) -> None:
    """Numbers would come back as something else."""
    with pytest.raises(TypeError, match="a key must be a text, not int"):
        await values.set(7, 1)  # type: ignore[arg-type] # wrong
    with pytest.raises(TypeError, match="must be a text, not int"):
        await values.keys(7)  # type: ignore[arg-type] # wrong


async def test_the_size_is_bounded(values: PluginStore) -> None:
    """The error names the plugin, the bound and what to do; what is there stays."""
    await values.set("a", "x" * (MOST_BYTES // 2))
    with pytest.raises(PluginStoreFullError, match=r"plugin sheet is full: .* 8 MiB.*folder"):
        await values.set("b", "x" * (MOST_BYTES // 2))
    await values.set("a", "small")
    await values.set("b", "x" * (MOST_BYTES // 2))

    assert await values.get("a") == "small"


async def test_secrets_of_the_tracker_are_refused(values: PluginStore) -> None:
    """They must not come to the disk; the error doesn't have them either."""
    for key, value in (("a", {"k": [f"Bearer {TOKEN}"]}), (f"key {TOKEN}", 1)):
        with pytest.raises(ValueError, match="holds a secret of the config") as raised:
            await values.set(key, value)  # type: ignore[arg-type] # wrong
        assert TOKEN not in str(raised.value)
    assert list(await values.keys()) == []
