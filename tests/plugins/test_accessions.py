"""Accession numbers: found, linked, looked up in a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from gazelled.plugin import Link
from gazelled.testing.plugin_kit import PluginKit
from gazelled_plugins.accessions.databases import MOST, accessions_in

NUMBERS = {
    "PRJNA128": ("BioProject", "https://www.ncbi.nlm.nih.gov/bioproject/PRJNA128"),
    "PRJEB1787": ("BioProject", "https://www.ncbi.nlm.nih.gov/bioproject/PRJEB1787"),
    "SAMN02604091": ("BioSample", "https://www.ncbi.nlm.nih.gov/biosample/SAMN02604091"),
    "SAMEA2619678": ("BioSample", "https://www.ncbi.nlm.nih.gov/biosample/SAMEA2619678"),
    "SRR1770413": ("ENA/SRA", "https://www.ebi.ac.uk/ena/browser/view/SRR1770413"),
    "ERP001736": ("ENA/SRA", "https://www.ebi.ac.uk/ena/browser/view/ERP001736"),
    "GSE2553": ("GEO", "https://www.ncbi.nlm.nih.gov/geo/query/acc.cgi?acc=GSE2553"),
    "GPL570": ("GEO", "https://www.ncbi.nlm.nih.gov/geo/query/acc.cgi?acc=GPL570"),
    "GCF_000146045.2": (
        "Assembly",
        "https://www.ncbi.nlm.nih.gov/datasets/genome/GCF_000146045.2/",
    ),
    "NC_001133.9": ("RefSeq", "https://www.ncbi.nlm.nih.gov/nuccore/NC_001133.9"),
    "NZ_CP009273.1": ("RefSeq", "https://www.ncbi.nlm.nih.gov/nuccore/NZ_CP009273.1"),
    "NP_414542.1": ("RefSeq", "https://www.ncbi.nlm.nih.gov/protein/NP_414542.1"),
    "CP009273": ("GenBank", "https://www.ncbi.nlm.nih.gov/nuccore/CP009273"),
    "U49845.1": ("GenBank", "https://www.ncbi.nlm.nih.gov/nuccore/U49845.1"),
    "AAAA02000001": ("GenBank", "https://www.ncbi.nlm.nih.gov/nuccore/AAAA02000001"),
    "phs000178": (
        "dbGaP",
        "https://www.ncbi.nlm.nih.gov/projects/gap/cgi-bin/study.cgi?study_id=phs000178",
    ),
    "EGAS00001000001": ("EGA", "https://ega-archive.org/search/EGAS00001000001"),
    "E-MTAB-62": (
        "ArrayExpress",
        "https://www.ebi.ac.uk/biostudies/arrayexpress/studies/E-MTAB-62",
    ),
    "PXD000001": ("PRIDE", "https://www.ebi.ac.uk/pride/archive/projects/PXD000001"),
}


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("text", ["{}", "reads ({}), 2021", "{}_1.fastq.gz", "x/{}.sra", "a;{};b"])
def test_a_number_is_found_with_its_database_and_page(number: str, text: str) -> None:
    """Wherever it stands in a text or in the name of a file."""
    [accession] = accessions_in(text.format(number))
    assert accession.number == number
    assert (accession.database.name, accession.url) == NUMBERS[number]


@pytest.mark.parametrize(
    "text",
    [
        "S288C W303 HG002 K12 MG1655",
        "COVID19 2021-03-05 1000 genomes",
        "XPRJNA128 PRJNA128x srr1770413",
        "Q5 BY4741 U49845 ABC12",
        "https://example.org/AB12345678901",
        "SRR12 GSE",
        "",
    ],
)
def test_what_only_looks_like_one_is_none(text: str) -> None:
    """Names of strains, years, parts of longer words."""
    assert [*accessions_in(text)] == []


def test_each_is_found_once_and_there_is_a_bound() -> None:
    """A list of a whole archive is no reason to wait."""
    assert [each.number for each in accessions_in("SRR1770413 SRR1770413 ERP001736")] == [
        "SRR1770413",
        "ERP001736",
    ]
    many = " ".join(f"SRR{number:07}" for number in range(1_000_000, 1_002_000))
    assert len([*accessions_in(many)]) == MOST


def test_they_are_a_field_of_every_item(gz: PluginKit) -> None:
    """From title, summary, description, files and the tracker's own field."""
    item = gz.item(
        "Reads of PRJNA128",
        summary="see GSE2553",
        description="and NC_001133.9",
        files=("SRR1770413_1.fastq.gz", "SRR1770413_2.fastq.gz"),
        accession="CP009273",
    )
    fields = gz.plugin("accessions").match_fields(item)
    assert fields == {
        "accessions": ("PRJNA128", "GSE2553", "CP009273", "NC_001133.9", "SRR1770413")
    }
    assert gz.plugin("accessions").match_fields(gz.item("Yeast")) == {"accessions": ()}


@pytest.mark.parametrize("name", ["ours.csv", "ours.tsv"])
def test_a_table_says_what_is_known_of_them(gz: PluginKit, tmp_path: Path, name: str) -> None:
    """Whatever the case and the version; it is read again when it has changed."""
    comma = "," if name.endswith("csv") else "\t"
    table = tmp_path / name
    table.write_text(f"accession{comma}note\nprjna128{comma}ours\nNC_001133{comma}the first one\n")
    known = gz.item("PRJNA128 and NC_001133.9", id="1")
    unknown = gz.item("GSE2553", id="2")
    with gz.plugin("accessions", table=str(table)) as plugin:
        fields = plugin.items_found(known, unknown)
        assert fields["1"] == {"accession_notes": ("ours", "the first one")}
        assert fields["2"] == {"accession_notes": ()}
        table.write_text(f"accession{comma}who{comma}state\nGSE2553{comma}Ada{comma}\n")
        fields = plugin.items_found(known, unknown)
        assert fields["1"] == {"accession_notes": ()}
        assert fields["2"] == {"accession_notes": ("who: Ada",)}


def test_without_a_table_nothing_is_known(gz: PluginKit) -> None:
    """The field is there and empty, so that rules can ask for it."""
    item = gz.item("PRJNA128", id="1")
    assert gz.plugin("accessions").items_found(item) == {"1": {"accession_notes": ()}}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe", "UTF-8"),
        (b"", "no table"),
        (b"accession\nPRJNA128\n", "one column"),
    ],
)
def test_a_table_that_is_none_is_found_by_check_and_doctor(
    gz: PluginKit, tmp_path: Path, content: bytes, words: str
) -> None:
    """The daemon goes on without it."""
    table = tmp_path / "ours.csv"
    table.write_bytes(content)
    plugin = gz.plugin("accessions", table=str(table))
    with pytest.raises(ValueError, match=words):
        plugin.options.check_thoroughly()
    [finding] = plugin.doctor_check("accessions")
    assert finding.rating == "bad"
    assert words in finding.advice


def test_the_doctor_counts_the_notes(gz: PluginKit, tmp_path: Path) -> None:
    """Or says that there is no table."""
    table = tmp_path / "ours.csv"
    table.write_text("accession,note\nPRJNA128,ours\n")
    [finding] = gz.plugin("accessions", table=str(table)).doctor_check("accessions")
    assert "1 accession number" in finding.text
    [finding] = gz.plugin("accessions").doctor_check("accessions")
    assert finding.rating == "note"


def test_templates_have_links(gz: PluginKit) -> None:
    """Of an item, a text, a list, and of nothing."""
    links = gz.plugin("accessions").template_filters["accession_links"]
    link = Link("PRJNA128", "https://www.ncbi.nlm.nih.gov/bioproject/PRJNA128")
    for value in (gz.item("of PRJNA128"), "of PRJNA128", ("PRJNA128",)):
        assert links(value) == [link]
    assert links(None) == []


def test_a_command_finds_them_in_a_text(gz: PluginKit) -> None:
    """One in each line; an exit code says that there is none."""
    plugin = gz.plugin("accessions")
    result = plugin.command("accessions", "of PRJNA128", "and GSE2553")
    assert result.exit_code == 0
    assert [line.split("\t")[:2] for line in result.output.splitlines()] == [
        ["PRJNA128", "BioProject"],
        ["GSE2553", "GEO"],
    ]
    assert plugin.command("accessions", "nothing").exit_code == 1
