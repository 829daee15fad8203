"""What people of the simulated site talk about and wish for, and what its wiki says."""

from __future__ import annotations

ARTICLES = (
    ("Index", "Start with the [b]rules[/b].", False),
    ("Rules", "The rules. [b]Be kind[/b].", False),
    ("Formats", "FASTQ for reads, FASTA for what they became.", False),
    ("Staff", "How we handle reports.", True),
)
"""Title, BBCode, and whether only the staff may read it."""

THREADS = (
    (2, "Yeast strains: which one & why?", 30),
    (3, "My upload isn't in the search", 3),
    (1, "Licences: CC0 or CC BY?", 3),
    (2, "Introduce yourself", 3),
    (3, 'What is "annotated"?', 3),
    (1, "Ideas for the site", 3),
    (2, "Best long-read assembler of 2021", 3),
    (3, "Seeding behind a university's firewall", 3),
)
"""Forum, title, and how many replies there are."""

REPLIES = (
    "I'd take S288C & keep the [b]strain[/b] in the title.",
    "[quote=me]hello[/quote] Same here.",
    "It was in the search ten minutes later.",
    "Thank you!",
)
"""What is answered in threads, in turn."""

REQUESTS = 30
"""How many requests there are."""

WISHES = (
    "raw reads of the <data> & more",
    "the same strain on Nanopore",
    "annotation in GFF",
    "a smaller subset for teaching",
    "the images behind figure 3",
)
"""What is asked for, in turn."""

REQUEST_TAGS = ("rna reads", "yeast reads", "imaging", "protein human", "virus reads", "plant")
"""The tags of requests, in turn."""

COMMENTS = 14
"""How many comments the first data set has: two pages."""
