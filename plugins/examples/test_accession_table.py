"""The enricher that looks accession numbers up in a table."""

from __future__ import annotations

from pathlib import Path

import pytest
from gazelled.testing.plugin_kit import HookFailure, PluginKit

ROWS = "accession,project,owner\nSRR1234567,Yeast atlas,Ada\nPRJNA42,Moss,Lin\n"


def test_items_get_the_fields_of_their_accession_number(gz: PluginKit, tmp_path: Path) -> None:
    """A number in the title or the summary counts; what the table doesn't know stays unknown."""
    (tmp_path / "table.csv").write_text(ROWS)
    reads = gz.item("Reads SRR1234567")
    moss = gz.item("A moss", summary="Part of PRJNA42.")
    other = gz.item("Something else", summary="SRR7654321")
    with gz.plugin("accession_table.py", table=tmp_path / "table.csv") as plugin:
        fields = plugin.items_found(reads, moss, other)
    assert fields[reads.id] == {"project": "Yeast atlas", "owner": "Ada"}
    assert fields[moss.id]["owner"] == "Lin"
    assert other.id not in fields


def test_a_missing_table_is_an_error(gz: PluginKit, tmp_path: Path) -> None:
    """The fields stay unknown, and gazelled says why."""
    with (
        gz.plugin("accession_table.py", table=tmp_path / "none.csv") as plugin,
        pytest.raises(HookFailure, match="FileNotFoundError"),
    ):
        plugin.items_found(gz.item("Reads SRR1234567"))
