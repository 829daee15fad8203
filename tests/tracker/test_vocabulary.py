"""The words of data sets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gazelled.tracker.catalogue import SNAPSHOT, Word, read_vocabulary

RECORDED = Path(__file__).parents[1] / "recorded" / "ontology.json"


def test_the_snapshot_is_what_was_recorded() -> None:
    """Nothing was lost when it was made smaller."""
    body = json.loads(json.loads(RECORDED.read_text())["body"])
    assert read_vocabulary(body["response"]) == SNAPSHOT


@pytest.mark.parametrize("payload", [None, [], {}, {"SEQ": 1}, {"SEQ": {"ID": "x", "Name": 1}}])
def test_what_tells_nothing_is_refused(payload: object) -> None:
    """An answer without categories doesn't replace what is known."""
    with pytest.raises(ValueError, match="no categories"):
        read_vocabulary(payload)


def test_odd_lists_are_read_as_far_as_they_go() -> None:
    """PHP writes lists as objects when it likes."""
    payload = {"X": {"ID": 1, "Name": "Xs", "Platforms": ["a", 3], "Formats": {"K": {"b": {}}}}}
    (category,) = read_vocabulary(payload).categories
    assert (category.platforms, category.formats) == (("a",), ("b",))


@pytest.mark.parametrize(
    ("word", "text", "doubt"),
    [
        ("platform", "nanopore", ""),
        ("platform", "Nanpore", '"Nanpore" is no platform that gazelled knows of; did you mean'),
        ("format", "FASTQ", ""),
        ("license", "cc0", ""),
        ("license", "CC1", '"CC1" is no licence that gazelled knows of; did you mean "CC0"?'),
        ("scope", "Everything", '"Everything" is no scope that gazelled knows of'),
        ("category", "Images", ""),
        ("category", "Imges", '"Imges" is no category that gazelled knows of; did you mean'),
    ],
)
def test_doubt(word: Word, text: str, doubt: str) -> None:
    """Words that aren't known are doubted, with the nearest one that is."""
    said = SNAPSHOT.doubt(word, text)
    assert said.startswith(doubt)
    assert bool(said) == bool(doubt)
