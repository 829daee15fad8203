# ruff: noqa: E501 - a table reads best with a row a line
"""
The open biological data sets that the simulated site begins with.

One row is one data set: title, organism, strain, category, platform, format, licence, scope,
tags, GiB. A row without a title is one more format of the data set above it.
"""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """One format of a data set."""

    title: str
    organism: str
    strain: str
    category: str
    platform: str
    format: str
    license: str
    scope: str
    tags: str
    gib: float


AUTHORS = (
    "Barbara McClintock",
    "Frederick Sanger",
    "Rosalind Franklin",
    "Margaret Dayhoff",
    "Ada Müller",
    "Séan O'Connor",
    "Ira Herskowitz",
    "Esther Lederberg",
)
"""Who made them; each has one or two, and one row has none."""

LABS = (
    ("Sanger Institute", "Hinxton"),
    ("EMBL", "Heidelberg"),
    ("Broad Institute", "Cambridge, MA"),
    ("RIKEN", "Wakō"),
    ("", ""),
)
"""Where they were made."""

_YEAST = "Saccharomyces cerevisiae"
_HUMAN = "Homo sapiens"
_MOUSE = "Mus musculus"
_COLI = "Escherichia coli"
_FLY = "Drosophila melanogaster"
_WORM = "Caenorhabditis elegans"
_CRESS = "Arabidopsis thaliana"
_FISH = "Danio rerio"
_VIRUS = "SARS-CoV-2"

_SEQ = "Sequences"
_PD = "Public Domain"
_HISEQ = "Illumina HiSeq"
_MISEQ = "Illumina MiSeq"

_Y = "yeast dna"
_R = "yeast rna"

ROWS = tuple(
    Row(*row)
    for row in (
        ("Saccharomyces cerevisiae S288C reference genome", _YEAST, "S288C", _SEQ, "Sanger", "FASTA", _PD, "Genome", _Y, 0.01),
        ("", "", "", "", "Sanger", "GenBank", _PD, "Genome", "", 0.03),
        ("Escherichia coli K-12 MG1655 long reads", _COLI, "K-12 MG1655", _SEQ, "Nanopore", "FASTQ", "CC BY", "Genome", "bacteria dna", 2.4),
        ("Human protein interaction network", _HUMAN, "", "Graphs", "Cytoscape", "GraphML", "CC BY", "Proteome", "protein network", 0.3),
        ("Saccharomyces cerevisiae W303 whole genome reads", _YEAST, "W303", _SEQ, _HISEQ, "FASTQ", "CC0", "Genome", _Y, 6.2),
        ("Zebrafish brain light-sheet stacks", _FISH, "Tübingen", "Images", "Microscopy", "TIFF", "CC BY-SA", "Other", "fish imaging", 212.0),
        ("Fly wing disc vein graphs", _FLY, "Canton-S", "Graphs", "NetworkX", "GEXF", "CC0", "Other", "fly network", 0.1),
        ("Yeast cell cycle, an ODE model", _YEAST, "", "Models", "MATLAB", "XML", "CC BY", "Other", "yeast model", 0.01),
        ("Saccharomyces cerevisiae EC1118 wine yeast assembly", _YEAST, "EC1118", _SEQ, "PacBio", "FASTA", "CC BY", "Genome", "yeast dna wine", 0.02),
        ("12345", _MOUSE, "", "Machine Data", "Binary", "Other", "CC0", "Other", "raw", 31.7),
        ("Mouse knee MRI, 40 animals", _MOUSE, "C57BL/6J", "Images", "MRI/NMR", "DICOM", "CC BY", "Other", "mouse mri", 64.5),
        ("SARS-CoV-2 spike variants, 2020 to 2021", _VIRUS, "", _SEQ, _MISEQ, "FASTA", _PD, "Variant", "virus dna", 0.8),
        ("Saccharomyces cerevisiae BY4741 heat shock RNA-Seq", _YEAST, "BY4741", _SEQ, "RNA-Seq", "FASTQ", "CC0", "Transcriptome", _R, 18.4),
        ("", "", "", "", "RNA-Seq", "BAM", "CC0", "Transcriptome", "", 22.9),
        ("Arabidopsis root single cell atlas", _CRESS, "Col-0", "Systems", "R", "CSV", "CC BY", "Transcriptome", "plant rna single.cell", 3.1),
        ("Worm connectome, adult hermaphrodite", _WORM, "N2", "Graphs", "Gephi", "GraphML", _PD, "Other", "worm network brain", 0.05),
        ("Ribosome 70S density map", _COLI, "MRE600", "Geometric", "Other", "HDF5", "CC0", "Other", "protein cryo.em", 7.8),
        ("Saccharomyces cerevisiae SK1 meiosis time course", _YEAST, "SK1", _SEQ, _HISEQ, "FASTQ", "CC BY-SA", "Transcriptome", _R, 41.0),
        ("Coral reef 16S amplicon reads", "Metagenome", "", _SEQ, _MISEQ, "FASTQ", "CC0", "Amplicon", "bacteria dna sea", 12.6),
        ("Fly courtship, annotated trajectories", _FLY, "Oregon-R", "Scalars/Vectors", "R", "CSV", "CC BY", "Other", "fly behaviour", 1.9),
        ('Quotes "double" \'single\' & <angle> — Ünïcode ß 日本', _YEAST, "S288C", "Documents", "Literature", "PDF", _PD, "Other", "text", 0.02),
        ("Saccharomyces cerevisiae 1,011 isolates variants", _YEAST, "", _SEQ, _HISEQ, "VCF", "CC BY", "Variant", "yeast dna population", 27.3),
        ("Human liver CT, 120 volumes", _HUMAN, "", "Images", "CT/CAT", "NIfTI", "CC BY-SA", "Other", "human imaging", 88.0),
        ("Protein contact map constraints, CASP14", _HUMAN, "", "Constraints", "Other", "Text", "CC0", "Proteome", "protein", 0.6),
        ("Saccharomyces cerevisiae deletion collection barcodes", _YEAST, "BY4743", _SEQ, _MISEQ, "FASTQ", _PD, "Amplicon", "yeast dna screen", 3.7),
        ("Turing patterns of fish skin", _FISH, "", "Patterns", "MATLAB", "JSON", "CC0", "Other", "fish model", 0.2),
        ("Forest plot soil cores, GPS", "Metagenome", "", "Spatial", "R", "GeoJSON", "CC BY", "Other", "soil plant", 0.1),
        ("Saccharomyces cerevisiae Nanopore direct RNA", _YEAST, "BY4741", _SEQ, "Nanopore", "FASTQ", "CC0", "Transcriptome", _R, 9.9),
        ("Mouse cortex spike trains, Neuropixels", _MOUSE, "C57BL/6J", "Scalars/Vectors", "MATLAB", "CSV", "CC BY", "Other", "mouse brain", 55.1),
        ("Thale cress flowering time QTL", _CRESS, "Cvi", "Systems", "R", "CSV", "CC0", "Other", "plant dna", 0.4),
        ("Saccharomyces cerevisiae proteome, 4,500 proteins", _YEAST, "S288C", _SEQ, "Mass Spec", "mzML", "CC BY-SA", "Proteome", "yeast protein", 73.0),
        ("Cholera outbreak 1854, the pump map", "Vibrio cholerae", "", "Spatial", "Other", "Shapefile", _PD, "Other", "bacteria map", 0.01),
        ("Heart left ventricle finite element mesh", _HUMAN, "", "Models", "MATLAB", "Text", "CC BY", "Other", "human heart", 0.9),
        ("Saccharomyces cerevisiae Hi-C contact maps", _YEAST, "S288C", _SEQ, _HISEQ, "HDF5", "CC0", "Genome", "yeast dna hi.c", 14.2),
        ("Bacterial growth curves, 96 wells", _COLI, "BW25113", "Scalars/Vectors", "R", "CSV", "CC0", "Other", "bacteria", 0.01),
        ("Leaf venation templates", _CRESS, "", "Patterns", "graph-tool", "JSON", "CC BY-SA", "Other", "plant", 0.3),
        ("Saccharomyces cerevisiae ale strains, long reads", _YEAST, "Ale", _SEQ, "PacBio", "BAM", "CC BY", "Genome", "yeast dna beer", 33.8),
        ("Codon usage constraints of gut bacteria", "Metagenome", "", "Constraints", "R", "JSON", "CC0", "Other", "bacteria dna", 0.1),
        ("Protein structures of the yeast ribosome", _YEAST, "", "Geometric", "Other", "XML", _PD, "Other", "yeast protein", 0.5),
        ("Gel images of a first-year course", _COLI, "DH5-alpha", "Images", "Other", "PNG", "CC0", "Other", "teaching", 0.7),
        ("Saccharomyces cerevisiae tRNA sequences", _YEAST, "S288C", _SEQ, "Sanger", "FASTA", _PD, "Transcriptome", _R, 0.01),
        ("Human gut virome", "Metagenome", "", _SEQ, _HISEQ, "FASTQ", "CC BY", "Genome", "virus dna", 46.4),
        ("Notebook: differential expression in twenty lines", _MOUSE, "", "Documents", "Notebook", "Jupyter", "CC BY", "Other", "teaching rna", 0.01),
        ("Sequencer run logs, one year", "", "", "Machine Data", "Text", "Text", "CC0", "Other", "raw logs", 1.2),
        ("Saccharomyces boulardii probiotic genome", "Saccharomyces boulardii", "CNCM I-745", _SEQ, _MISEQ, "FASTA", "CC0", "Genome", _Y, 0.02),
        ("Metabolic model of yeast, iMM904", _YEAST, "", "Models", "Mathematica", "XML", "CC BY", "Other", "yeast model", 0.02),
        ("Bird song spectrograms", "Taeniopygia guttata", "", "Patterns", "R", "PNG", "CC BY-SA", "Other", "bird sound", 5.6),
        ("Tree of life, 3,000 genomes", "", "", "Graphs", "MEGA", "Newick", "CC0", "Other", "evolution", 0.1),
        ("Zebrafish whole genome, Tübingen", _FISH, "Tübingen", _SEQ, _HISEQ, "FASTQ", "CC0", "Genome", "fish dna", 96.3),
        ("Worm embryo lineage", _WORM, "N2", "Systems", "R", "CSV", _PD, "Other", "worm imaging", 2.2),
        ("Flow cytometry of blood, 300 donors", _HUMAN, "", "Scalars/Vectors", "R", "CSV", "CC BY-SA", "Other", "human blood", 4.0),
        ("Sea urchin gene network", "Strongylocentrotus purpuratus", "", "Systems", "BioTapestry", "XML", "CC BY", "Other", "sea network", 0.03),
        ("Enzyme kinetics limits, BRENDA subset", "", "", "Constraints", "MATLAB", "CSV", "CC BY", "Proteome", "protein", 0.2),
        ("Fly embryo confocal stacks", _FLY, "Canton-S", "Images", "Microscopy", "TIFF", "CC0", "Other", "fly imaging", 120.0),
        ("Antibody loops, coordinates", _HUMAN, "", "Geometric", "R", "Text", "CC0", "Proteome", "protein", 0.4),
        ("Protocol: DNA extraction without a kit", "", "", "Documents", "Literature", "PDF", "CC BY", "Other", "teaching dna", 0.01),
        ("Raw squiggles of a failed run", _COLI, "", "Machine Data", "Binary", "Other", _PD, "Other", "raw", 19.0),
        ("Rice blast spread, county by county", "Magnaporthe oryzae", "", "Spatial", "R", "GeoJSON", "CC BY", "Other", "plant map", 0.2),
        ("Neuron morphologies", _MOUSE, "", "Geometric", "MATLAB", "Text", "CC BY-SA", "Other", "mouse brain", 1.1),
        ("Sleep recordings, 50 nights", _HUMAN, "", "Scalars/Vectors", "MATLAB", "CSV", "CC0", "Other", "human brain", 6.6),
        ("A data set nobody signed & nobody tagged", "", "", "Systems", "Other", "Other", "CC0", "Other", "", 0.5),
    )
)  # fmt: skip
"""The data sets, oldest first."""

NEWS = (
    ("Welcome to BioTorrents.de", "Share what you may share. Read the [b]rules[/b]."),
    ("New category: Machine Data", "Raw output of instruments has a place of its own now."),
    (
        'Maintenance on Sunday & "updates"',
        "We expect [b]one hour[/b] without <uploads> & 'search'.",
    ),
    ("Maintenance done", "Everything is back."),
    ("Bearer tokens", "Make one in your settings. It is a password: keep it safe."),
    ("Freeleech for the yeast genomes", "Until the end of the month, [i]all of them[/i]."),
    ("Rules for 16S uploads", "One torrent for each run, please."),
)
"""Title and BBCode of the announcements, oldest first."""

BLOG = (
    ("Why open data wants torrents", "Because [i]the best mirror[/i] is the next lab."),
    ("Meet the seeders", "Three people keep half of the site alive."),
    ("A year of uploads", "62 data sets, 11 organisms, one song bird."),
    ("Licences, plainly", "CC0 is the kindest. CC BY is kind."),
    ("How we name strains", "As the paper does."),
    ("Long reads & short tempers", "On assembling yeast [b]twice[/b]."),
)
"""Title and BBCode of the blog posts, oldest first."""

IMPORTANT = {"Meet the seeders", "How we name strains"}
"""The blog posts that are marked as important."""

MESSAGES = (
    ("uploader1", "Thanks for seeding & sharing", "You kept the [b]W303 reads[/b] alive & 'well'."),
    ("mod1", "About your bookmark", "That data set got a second format."),
    ("uploader1", "Strain names", "Is it S288C or S288c?"),
    ("mod1", "Welcome aboard", "Ask anything."),
    ("power1", "Hi-C maps <draft>", "Would you have a look?"),
    ("", "Your request was filled", "Someone uploaded what you asked for."),
)
"""Sender, subject and BBCode of the messages to `me`, oldest first; nobody is the system."""
