"""
The texts of the program and the documents are plain technical English.

A docstring begins with the verb of the field, gazelled speaks of itself by its name, and phrases
that a reader has to puzzle over have a standard word.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import gazelled
import gazelled_plugins

ROOT = Path(__file__).parents[1]
PACKAGES = {"daemon": gazelled, "plugins": gazelled_plugins}
DOCUMENTS = [
    *(path for path in sorted(ROOT.glob("*.md"))),
    *(path for path in sorted((ROOT / "docs").glob("*.md"))),
    ROOT / "config.toml",
    Path(gazelled.__file__).parent / "cli" / "render" / "init.toml.jinja",
    *(path for path in sorted((ROOT / "systemd").rglob("*.service"))),
]

FIRST_WORDS = re.compile(r"(?:Tell|Say|Give|Name)s?\b")
PRONOUNS = re.compile(
    r"(?<![\w/.'\"`>-])(?:I(?![\w/.-])|[Ww]e|us|[Oo]urs?|[Oo]urselves)(?![\w`/-])"
)
PHRASES = re.compile(
    r"""
    \b(?:un)?mend(?:s|ed|ing)?\b            # fix
    | \blengths?\ of\ time\b                # duration
    | \bcounts?\ from\ the\ next\ start\b   # restart gazelled to apply the change
    | \bbelongs?\ into\b                    # do not put it there
    | \bcan\ be\ watched\ how\b             # what can be watched
    | \b[Ss]ome(?:one|body)\ else\ uses\b   # another client has been using
    | \basked\ was\b
    | \bin\ vain\b
    | \bwhom\ (?:it\ )?(?:is|was|were)\ told\b
    """,
    re.VERBOSE,
)
# Names that hide what they hold; a noun or the type says it.
VAGUE = {"each", "found", "told", "given", "kept", "there", "stuff"}
# Where such a name is a key that users, plugins or a stored state know.
KEYS = {
    ("daemon/gazelled/delivery/target_health.py", "told"): "stored with a target's health",
    ("daemon/gazelled/explain/results.py", "told"): "in the answer of why --json",
    ("daemon/gazelled/service/control/handlers/watches.py", "told"): "the request watch.told",
    ("daemon/gazelled/service/control/protocol.py", "told"): "in the reply to watch.told",
    ("daemon/gazelled/watches/streams/unreadable_entries.py", "told"): "stored with an entry",
    ("daemon/gazelled/watches/watch.py", "each"): "the config's key `each`",
}
# What people and pages of the pretend tracker say is theirs.
QUOTED = ("gazelled/testing/content", "gazelled/testing/site", "gazelled/demo/script")


def modules() -> Iterator[tuple[str, Path]]:
    """Return the modules of the daemon and the bundled plugins, with their names in the source."""
    for folder, package in PACKAGES.items():
        root = Path(package.__path__[0])
        for path in sorted(root.rglob("*.py")):
            yield f"{folder}/{path.relative_to(root.parent).as_posix()}", path


def docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    """Return the docstrings of a module and of all that is in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            match node.body:
                case [ast.Expr(value=ast.Constant(value=str()) as text), *_]:
                    yield text


def faults(path: Path) -> Iterator[str]:
    """Return what is wrong with the English of a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    described = list(docstrings(tree))
    for text in described:
        if FIRST_WORDS.match(str(text.value).strip()):
            yield f"{text.lineno}: a docstring begins with {str(text.value).split()[0]}"
    quoted = any(part in path.as_posix() for part in QUOTED)
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str() as value) if not quoted or node in described:
                yield from wording(value, node.lineno)


def wording(text: str, first_line: int) -> Iterator[str]:
    """Return pronouns and phrases of a text that have no place there."""
    for number, line in enumerate(text.splitlines(), first_line):
        for pattern in (PRONOUNS, PHRASES):
            for match in pattern.finditer(line):
                yield f"{number}: {match[0]!r} in {line.strip()[:80]!r}"


def without_code(text: str) -> str:
    """Return a document without its code; the lines keep their numbers."""
    blocks = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]*`", "``", blocks.sub(lambda code: "\n" * code[0].count("\n"), text))


def names(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Return each name that a module binds, with its line: locals, parameters, attributes."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name, node.lineno
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.arg(arg=name):
                yield name, node.lineno
            case ast.ExceptHandler(name=str() as name) | ast.MatchAs(name=str() as name):
                yield name, node.lineno
            case ast.MatchStar(name=str() as name) | ast.MatchMapping(rest=str() as name):
                yield name, node.lineno


def test_names_say_what_they_hold() -> None:
    """A vague name stands only where it is a key, and every such key is still one."""
    vague = {
        (module, name): line
        for module, path in modules()
        for name, line in names(ast.parse(path.read_text(encoding="utf-8")))
        if name in VAGUE
    }
    assert not {key: line for key, line in vague.items() if key not in KEYS}
    assert vague.keys() == KEYS.keys()


@cache
def test_modules_keep_to_plain_english() -> None:
    """Docstrings, messages and help."""
    wrong = {name: list(faults(path)) for name, path in modules()}
    assert not {name: lines for name, lines in wrong.items() if lines}


def test_docstrings_of_tests_begin_with_the_verb_of_the_field() -> None:
    """What helpers of tests return is said as in the program; nouns may begin a sentence."""
    verb = re.compile(r"(?:Tell|Say|Give|Name)\b")
    paths = [*(ROOT / "tests").rglob("*.py"), *(ROOT / ".ci").glob("*.py")]
    wrong = [
        f"{path}:{text.lineno}"
        for path in paths
        for text in docstrings(ast.parse(path.read_text(encoding="utf-8")))
        if verb.match(str(text.value).strip())
    ]
    assert not wrong


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_documents_keep_to_plain_english(path: Path) -> None:
    """README, docs, changelog, the shipped config and the units."""
    text = path.read_text(encoding="utf-8")
    assert not list(wording(without_code(text) if path.suffix == ".md" else text, 1))


def test_the_changelog_is_grouped_and_short() -> None:
    """Its groups are those of Keep a Changelog; no line is too long, and no entry stands twice."""
    lines = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    groups = {line[4:] for line in lines if line.startswith("### ")}
    assert groups <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert not [line for line in lines if len(line) > 100]
    entries = Counter(line for line in lines if line.startswith("- "))
    assert not [line for line, count in entries.items() if count > 1]
