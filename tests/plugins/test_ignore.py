"""What a list names is not reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gazelled.plugin import Item, Veto
from gazelled.testing.plugin_kit import PluginKit


def things(gz: PluginKit) -> dict[str, Item]:
    """Return items that are known by what is ignored of them."""
    return {
        "uploader": gz.item("Reads", id="1", uploader="Bulk_Importer"),
        "title": gz.item("My 16S rRNA reads", id="2"),
        "id": gz.item("Reads", id="63"),
        "infohash": gz.item("Reads", id="4", infohash="AB" * 20),
        "none": gz.item("Reads", id="5"),
    }


OPTIONS: dict[str, dict[str, Any]] = {
    "uploader": {"uploaders": ["bulk_importer"]},
    "title": {"titles": ["16s *"]},
    "id": {"ids": ["torrent 63"]},
    "infohash": {"infohashes": ["ab" * 20]},
}
LINES = {
    "uploader": "uploader bulk_importer",
    "title": "title 16S *",
    "id": "id 63",
    "infohash": f"infohash {'ab' * 20}",
}


@pytest.mark.parametrize("sort", OPTIONS)
@pytest.mark.parametrize("by_file", [False, True], ids=["options", "file"])
def test_what_is_named_is_vetoed(
    gz: PluginKit, tmp_path: Path, sort: str, *, by_file: bool
) -> None:
    """And nothing else; the reason says what it was."""
    (tmp_path / "ignore.txt").write_text(f"# what we have\n\n{LINES[sort]}  # ours\n")
    options = {"list": str(tmp_path / "ignore.txt")} if by_file else OPTIONS[sort]
    with gz.plugin("ignore", **options) as plugin:
        vetoes = {name: plugin.item_decided(item) for name, item in things(gz).items()}
    assert [name for name, veto in vetoes.items() if veto] == [sort]
    veto = vetoes[sort]
    assert isinstance(veto, Veto)
    assert "ignored" in veto.reason


def test_a_file_is_read_again_when_it_has_changed(gz: PluginKit, tmp_path: Path) -> None:
    """Without a restart; what the options name stays."""
    file = tmp_path / "ignore.txt"
    file.write_text("id 1\n")
    with gz.plugin("ignore", list=str(file), ids=["3"]) as plugin:

        def ignored() -> list[str]:
            items = [gz.item("Reads", id=str(number)) for number in (1, 2, 3)]
            return [item.id for item in items if plugin.item_decided(item)]

        assert ignored() == ["1", "3"]
        file.write_text("id 2\n# and no other\n")
        assert ignored() == ["2", "3"]


@pytest.mark.parametrize("line", ["uploader", "user ada", "id  # nothing"])
def test_a_line_that_names_nothing_is_found_by_check(
    gz: PluginKit, tmp_path: Path, line: str
) -> None:
    """With its number."""
    (tmp_path / "ignore.txt").write_text(f"id 1\n{line}\n")
    plugin = gz.plugin("ignore", list=str(tmp_path / "ignore.txt"))
    with pytest.raises(ValueError, match="line 2"):
        plugin.options.check_thoroughly()


def test_a_file_that_is_not_there_is_found_by_check(gz: PluginKit, tmp_path: Path) -> None:
    """With the reason of the system."""
    plugin = gz.plugin("ignore", list=str(tmp_path / "gone.txt"))
    with pytest.raises(ValueError, match="No such file"):
        plugin.options.check_thoroughly()


@pytest.mark.parametrize(
    ("title", "words", "fits"),
    [
        ("My 16S rRNA reads", "16S *", True),
        ("My 16S", "16S *", False),
        ("My (16s) reads!", "16S reads", True),
        ("116S reads", "16S", False),
        ("genomes of E. coli", "e. col?", True),
        ("reads, 16S", "16S reads", False),
    ],
)
def test_words_stand_beside_each_other(
    gz: PluginKit, title: str, words: str, *, fits: bool
) -> None:
    """In any case, without the signs around them; * is any letters."""
    assert gz.plugin("ignore").function("has_words", title, words) is fits
