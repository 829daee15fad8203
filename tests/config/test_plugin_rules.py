"""Fields and functions of plugins are known to `match`, `if`, `fields` and the checks."""

from __future__ import annotations

import pytest
from tests.config.conftest import WORKING, Home

from gazelled.watches.keys.rule_terms import RuleTerms
from gazelled.watches.keys.stored_rule import read_rule

LAB = """
from gazelled.plugin import COUNT, FLAG, SIZE, TEXT, TEXTS, hookimpl

@hookimpl
def gazelled_match_fields(register):
    register("accessions", TEXTS, about="accession numbers")
    register("letters", COUNT, compute=lambda item: len(item.title))

@hookimpl
async def gazelled_items_found(batch):
    return {}

@hookimpl
def gazelled_functions(register):
    register("under", lambda taxon, group: None, takes=[TEXT, TEXT], returns=FLAG,
             example='under(lab, "Fungi")')
"""


@pytest.fixture
def lab(home: Home) -> Home:
    """A config with a plugin that adds two fields and a function."""
    home.write(LAB, "plugins/lab.py")
    home.write('[plugin.lab]\nfile = "lab.py"\n', "conf.d/lab.toml")
    return home


@pytest.mark.parametrize(
    "lines",
    [
        'match = { accessions = ["SRR1"], letters.max = 30 }',
        "if = 'len(accessions) > 1 and letters < 30'",
        "if = 'under(lab, \"Fungi\") and not under(title, lab)'",
        'kind = "change"\nfields = ["accessions", "letters"]',
        'kind = "alert"\nif = "letters > 3"\nuntil = "not known(accessions)"',
        'kind = "report"\nmatch = { accessions = ["SRR1"] }',
        'match = { tell = "x" }',
    ],
)
def test_what_plugins_add_can_be_written(lab: Home, lines: str) -> None:
    """Wherever a field or a function can be."""
    problems = lab.watch(f'ask = "browse"\ntell = ["phone"]\n{lines}\n')
    if "tell =" not in lines:
        assert problems == []
    else:
        assert len(problems) == 1


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("match = { acessions = 'x' }", 'match.acessions: unknown key; did you mean "accessions"?'),
        ("match = { accessions = 3 }", "match.accessions: expected a text or a list of texts"),
        ("match = { letters = { min = 5, max = 3 } }", "min is above max"),
        ("if = 'letters < 0'", "letters is never below 0, so this could never match"),
        ("if = 'letters == \"a\"'", "if: column 1: letters is a number"),
        ("if = 'under(lab)'", 'if: column 1: write under(lab, "Fungi")'),
        ("if = 'seeders > 0 and under(lab, 3)'", "column 28: 3 is a number, and under() takes a "),
        ("if = 'undre(lab, lab)'", 'unknown function "undre"; did you mean "under"?'),
        ('kind = "change"\nfields = ["leters"]', 'unknown field "leters"; did you mean "letters"?'),
    ],
)
def test_wrong_uses_are_found_when_the_config_is_read(lab: Home, lines: str, problem: str) -> None:
    """With the line of the key, and the column in it."""
    (found,) = lab.watch(f'ask = "browse"\ntell = ["phone"]\n{lines}\n')
    assert problem in found
    assert "config.toml:1" in found


def test_a_stored_rule_is_read_with_them(lab: Home) -> None:
    """What is kept with what was seen means the same later."""
    lines = "match = { letters = 3 }\nif = 'under(lab, \"Fungi\")'\n"
    config = lab.config(f'{WORKING}[watch.x]\nask = "browse"\ntell = ["phone"]\n{lines}')
    watch = config.watches["x"]
    extensions = config.registry.contributions.extensions
    rule = read_rule(watch.rule, RuleTerms(config.kinds, extensions=extensions))
    assert rule.match == watch.match
    with pytest.raises(ValueError, match=r"can't be read any more: match\.letters: unknown key"):
        read_rule(watch.rule, RuleTerms(config.kinds))


@pytest.mark.parametrize(
    ("hook", "problem"),
    [
        (
            'match_fields(register):\n    register("seeders", COUNT, compute=len)',
            '"seeders" is a field of browse; take another name',
        ),
        (
            'match_fields(register):\n    register("title", TEXT, compute=len)',
            '"title" is a field of every answer; take another name',
        ),
        (
            'match_fields(register):\n    register("letters", COUNT, compute=len)',
            'the plugin "lab" contributes "letters" already',
        ),
        (
            'match_fields(register):\n    register("lambda", COUNT, compute=len)',
            "'lambda' is no name",
        ),
        (
            'functions(register):\n    register("len", len, takes=[TEXT], returns=COUNT)',
            '"len" is a function of gazelled itself',
        ),
        (
            'functions(register):\n    register("under", len, takes=[TEXT], returns=COUNT)',
            'the plugin "lab" contributes "under" already',
        ),
    ],
)
def test_a_clash_names_both(lab: Home, hook: str, problem: str) -> None:
    """The plugin that comes second is left out; where it is required nothing starts."""
    source = f"from gazelled.plugin import *\n@hookimpl\ndef gazelled_{hook}\n"
    lab.write(source, "plugins/other.py")
    lab.write('[plugin.other]\nfile = "other.py"\n', "conf.d/other.toml")
    loaded = lab.load(WORKING)
    assert loaded.config is not None
    (found,) = loaded.left_out
    assert problem in str(found)
    lab.write('[plugin.other]\nfile = "other.py"\nrequired = true\n', "conf.d/other.toml")
    assert any(problem in one for one in lab.problems(WORKING))


def test_a_field_that_nobody_gives_is_a_warning(lab: Home) -> None:
    """It has neither a function nor the hook that adds it; a computed one needs no hook."""
    lab.write(
        LAB.replace("items_found", "item_decided").replace("batch", "decision"), "plugins/lab.py"
    )
    (warning,) = lab.load(lab.file.read_text()).problems
    assert str(warning) == (
        'conf.d/lab.toml:1: plugin.lab: warning: its field "accessions" is never known: '
        "gazelled_match_fields has no compute for it, and the plugin has no gazelled_items_found"
    )
