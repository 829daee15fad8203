"""
The vocabulary of data sets: categories, and the platforms and formats of each.

The tracker tells it by the action `ontology`; a snapshot of that stands here. It doesn't tell
licences and scopes: known are those that were seen in answers. Users may have found new words
since, so all but a category's name is doubted, never refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from gazelled.text import meant
from gazelled.tracker.catalogue.action import Word
from gazelled.tracker.decoding.scalars import listed


@dataclass(frozen=True, slots=True)
class CategoryWords:
    """One kind of data sets, as it is numbered at the tracker."""

    number: int
    name: str
    platforms: tuple[str, ...]
    formats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of a site; licences and scopes are those that were `seen` there."""

    categories: tuple[CategoryWords, ...]
    seen: Mapping[Word, tuple[str, ...]] = field(default_factory=dict)

    @property
    def numbers(self) -> Mapping[str, str]:
        """The number of each category by its name, as they are sent."""
        return {category.name: str(category.number) for category in self.categories}

    def words(self, word: Word) -> tuple[str, ...]:
        if word == "category":
            words = [category.name for category in self.categories]
        elif word == "platform":
            words = [name for category in self.categories for name in category.platforms]
        elif word == "format":
            words = [name for category in self.categories for name in category.formats]
        else:
            words = list(self.seen.get(word, ()))
        return tuple(dict.fromkeys(words))

    def doubt(self, word: Word, text: str, *, partly: bool = False) -> str:
        """
        Return that a word is unknown, and which was probably meant; nothing when it is known.

        If `partly`, a part of a known one will do, as in a search.
        """
        words = self.words(word)
        if not words or text.casefold() in {name.casefold() for name in words}:
            return ""
        wanted = _split(text)
        if partly and wanted and any(wanted <= _split(name) for name in words):
            return ""
        label = "licence" if word == "license" else word
        return f'"{text}" is no {label} that gazelled knows of{meant(text, words)}'


def read_vocabulary(payload: object) -> Vocabulary:
    """Read the decoded answer of `ontology`; raise ValueError if it has no categories."""
    categories: list[CategoryWords] = []
    for category in payload.values() if isinstance(payload, Mapping) else ():
        if not isinstance(category, Mapping):
            continue
        number, name = category.get("ID"), category.get("Name")
        if not isinstance(number, int) or not isinstance(name, str):
            continue
        platforms, formats = category.get("Platforms"), category.get("Formats")
        kinds = formats.values() if isinstance(formats, Mapping) else ()
        names = [name for kind in kinds if isinstance(kind, Mapping) for name in kind]
        texts = [text for text in listed(platforms) or () if isinstance(text, str)]
        categories.append(CategoryWords(number, name, tuple(texts), tuple(names)))
    if not categories:
        raise ValueError("the answer has no categories")
    return Vocabulary(tuple(sorted(categories, key=lambda category: category.number)), SEEN)


def _split(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", text.casefold()))


SEEN: Mapping[Word, tuple[str, ...]] = {
    "license": ("CC BY", "CC BY-SA", "CC0", "Public Domain"),
    "scope": ("Chromosome", "Genome", "Partial", "SNP"),
}
"""Licences and scopes in recorded answers."""

_DRAWN = (
    "BioFabric|BioTapestry|Cytoscape|Edraw Max|GenMAPP|Gephi|graph-tool|Graphviz|InCroMAP|"
    "LaNet-vi|Linkurious|MATLAB|MEGA|Maple|Mathematica|NetworkX|Other|PGF/TikZ|PathVisio|"
    "Pathview|R|Systrip|Tom Sawyer Software|Tulip|yEd"
)
_PLAIN = "CSV|JSON|Text|XML|Other"
_GRAPH = f"DGML|DotML|GEXF|GXL|GraphML|XGMML|DOT|GML|LCF|Newick|SIF|TGF|{_PLAIN}"
_PIXELS = "Analyze|Interfile|DICOM|HDF5|NIfTI|MINC|JPEG|JPEG 2000|PNG|TIFF|WebP"
_MAP = (
    "AutoCAD DXF|Cartesian (XYZ)|DLG|Esri TIN|GML|GeoJSON|ISFC|KML|MapInfo TAB|Measure Map Pro|"
    "NTF|Shapefile|Spatial Data File|SOSI|SVG|TIGER|VPF|ADRG|Binary|DRG|ECRG|ECW|Esri Grid|"
    f"GeoTIFF|MrSID|netCDF|RPF|{_PIXELS}|{_PLAIN}"
)
_READ = (
    "Complete Genomics|cPAS-BGI/MGI|Helicos|Illumina HiSeq|Illumina MiSeq|Ion Torrent|"
    "Microfluidics|Nanopore|PacBio|Roche 454|Sanger|SOLiD|De Novo|HPLC|Mass Spec|RNA-Seq|Other"
)
_STRAND = (
    "BAM|CRAM|EMBL|FASTA|FASTA+QUAL|CSFASTA|FASTQ|GFF|GTF|GenBank|HDF5|PIR|QSeq|SAM|SFF|SRF|"
    "SnapGene|SwissProt|VCF|ABI/Sciex|APML|ASF|Agilent/Bruker|BlibBuild|Bruker/Varian|"
    "Finnigan|ION-TOF|JCAMP-DX|MGF|MS2|MSF|mzData|mzML|mzXML|OMSSA|PEFF|pepXML|protXML|"
    f"Shimadzu|Skyline|TPP/SPC|Tandem|TraML|ULVAC-PHI|{_PLAIN}"
)
_TAKEN = (
    "CT/CAT|ECG|Elastography|FNIR/NIRS|MPI|MRI/NMR|Microscopy|Photoacoustic|Photography|"
    "Scint/SPECT/PET|Ultrasound|X-Rays|Other"
)
_OFFICE = (
    "OpenDocument|Word|PowerPoint|Excel|PDF|Docker|Hard Disk|Optical Disc|Python|Jupyter|"
    f"Ontology|{_PLAIN}"
)
_CATEGORIES = (
    ("Sequences", _READ, _STRAND),
    ("Graphs", _DRAWN, _GRAPH),
    ("Systems", _DRAWN, _GRAPH),
    ("Geometric", _DRAWN, _GRAPH),
    ("Scalars/Vectors", _DRAWN, _GRAPH),
    ("Patterns", _DRAWN, _GRAPH),
    ("Constraints", _DRAWN, _GRAPH),
    ("Images", _TAKEN, f"{_PIXELS}|{_PLAIN}"),
    ("Spatial", _DRAWN, _MAP),
    ("Models", _DRAWN, _MAP),
    ("Documents", "Literature|Software|Kernel|Metadata|Notebook|Other", _OFFICE),
    ("Machine Data", "Binary|Text", _PLAIN),
)

SNAPSHOT = Vocabulary(
    tuple(
        CategoryWords(number, name, tuple(platforms.split("|")), tuple(formats.split("|")))
        for number, (name, platforms, formats) in enumerate(_CATEGORIES, start=1)
    ),
    SEEN,
)
"""The words of BioTorrents.de, from its application of 2021-03-05."""
