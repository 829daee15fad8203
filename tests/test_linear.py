"""No work on a text is more than linear, whoever wrote it: the worst text twice as long at most."""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any

import pytest

import gazelled
import gazelled_plugins
from gazelled.markup import decode_entities, plain_text, shown, without_bbcode, without_tags
from gazelled.redact import Redactor
from gazelled.tracker.answers.classification import page_text
from gazelled.tracker.forms.answer import consists_of
from gazelled_plugins.messages import HTML, JSON, MARKDOWN, PLAIN, SLACK, Format, Limits, harmless
from gazelled_plugins.messages.shortening import fitted

WORST: dict[str, tuple[str, str, str]] = {
    key: (before, unit, behind)
    for key, (before, unit, behind) in json.loads(
        Path(__file__).with_name("worst_texts.json").read_text("utf-8")
    ).items()
}
"""The worst text of every pattern: what comes before, what is repeated, what comes behind."""

SEARCHES = {"search", "sub", "subn", "findall", "finditer", "split"}
METHODS = {"compile", "match", "fullmatch"} | SEARCHES
NO_PART = (".testing", ".demo", "__main__")
"""What meets no foreign text: the pretend tracker and what shows it."""

COMPUTED = {
    # Each is part of a tuple of patterns that is looked at below.
    "gazelled.config.document.toml_errors: pattern",
    # The forms of the catalogue's parameters, for what a person types.
    "gazelled.tracker.catalogue.param_validation: parameter.form",
    "gazelled.tracker.catalogue.param_validation: pattern",
    # The names of a journal's older files, which gazelled gives.
    (
        "gazelled_plugins.journal_file: "
        "f'{re.escape(path.stem)}-(\\\\d{{6,}}){re.escape(path.suffix)}'"
    ),
    # The form of a parameter that a plugin declares: it is compiled once, to be checked.
    "gazelled.plugin.action_specs: self.form",
    # The address of a page, with its parts: no part takes a slash.
    (
        "gazelled.service.web.web_page: "
        "re.sub('\\\\\\\\\\\\{(\\\\w+)\\\\\\\\\\\\}', '(?P<\\\\1>[^/]+)', re.escape(self.path))"
    ),
    # The names of people, of this user and of the machine, which are masked.
    "gazelled.cli.support.archive_masks: f\"\\\\b(?:{'|'.join(known)})\\\\b\" if known else '(?!)'",
    # Where a form leads, for the address of a redirect: no part of one can take what another takes.
    "gazelled.tracker.forms.form_replies: form.success",
}
"""Patterns that aren't written where they are compiled."""

MEASURABLE = 0.001
SHORTEST = 2**10
LONGEST = 2**19
MOST_TIMES = 3.0
CLEAR = 2.4


@cache
def modules() -> list[tuple[ModuleType, ast.Module]]:
    """Return the modules of the program, with their syntax."""
    return [*_modules()]


def _modules() -> Iterator[tuple[ModuleType, ast.Module]]:
    for package in (gazelled, gazelled_plugins):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not any(part in info.name for part in NO_PART):
                module = importlib.import_module(info.name)
                yield module, ast.parse(Path(str(module.__file__)).read_text("utf-8"))


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str, str]]:
    """Yield the calls of what may be methods of patterns, or functions of `re`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of = node.func.value
            if isinstance(of, ast.Name) and node.func.attr in METHODS:
                yield node, of.id, node.func.attr


def in_names(module: ModuleType, tree: ast.Module) -> Iterator[tuple[str, re.Pattern[Any], str]]:
    """Yield the patterns that a module gives names to, alone or in tuples."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
        for name in (each.id for each in targets if isinstance(each, ast.Name)):
            value = getattr(module, name)
            if isinstance(value, re.Pattern):
                yield f"{module.__name__}.{name}", value, name
            elif isinstance(value, tuple | list):
                rows = (row if isinstance(row, tuple) else (row,) for row in value)
                members = [getattr(each, "__self__", each) for row in rows for each in row]
                patterns = [each for each in members if isinstance(each, re.Pattern)]
                for number, pattern in enumerate(patterns):
                    yield f"{module.__name__}.{name}[{number}]", pattern, name


@cache
def patterns() -> dict[str, tuple[re.Pattern[Any], str]]:
    """Find every pattern of the program, and the method with which it is used."""
    found: dict[str, tuple[re.Pattern[Any], str]] = {}
    used: dict[tuple[str, str], set[str]] = {}
    for module, tree in modules():
        origins = {
            alias.asname or alias.name: (str(node.module), alias.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        for _, of, method in calls(tree):
            used.setdefault(origins.get(of, (module.__name__, of)), set()).add(method)
    for module, tree in modules():
        for key, pattern, name in in_names(module, tree):
            found[key] = (pattern, hardest(used.get((module.__name__, name), set())))
        for key, node, method in in_functions(module, tree):
            if isinstance(node, ast.Constant):
                found[key] = (re.compile(node.value), hardest({method}))
    return found


def in_functions(module: ModuleType, tree: ast.Module) -> Iterator[tuple[str, ast.expr, str]]:
    """Yield the patterns that are written inside of functions."""
    for top in tree.body:
        if isinstance(top, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for call, of, method in calls(top):
                if of == "re":
                    yield f"{module.__name__}:{written(call.args[0])}", call.args[0], method


def written(node: ast.expr) -> str:
    """Return a pattern as it is written."""
    return str(node.value) if isinstance(node, ast.Constant) else f" {ast.unparse(node)}"


def hardest(methods: set[str]) -> str:
    """Return the method that has to look furthest: one that begins at every place."""
    anchored = methods & {"match", "fullmatch"}
    return next(iter(sorted(methods & SEARCHES) or sorted(anchored)), "search")


def applied(pattern: re.Pattern[Any], method: str) -> Callable[[str], object]:
    """Return what applies a pattern to a text."""
    act = getattr(pattern, method)

    def run(text: str) -> object:
        given = text.encode() if isinstance(pattern.pattern, bytes) else text
        if method in {"sub", "subn"}:
            return act(given[:0], given)
        return deque(act(given), 0) if method == "finditer" else act(given)

    return run


def seconds(work: Callable[[str], object], text: str, *, looks: int = 2) -> float:
    """Measure the CPU time of this thread, as little as it takes."""
    least = float("inf")
    for _ in range(looks):
        start = time.thread_time()
        work(text)
        least = min(least, time.thread_time() - start)
    return least


def growth(work: Callable[[str], object], worst: tuple[str, str, str]) -> float:
    """
    Return how much longer a worst text takes when it is twice as long; 1 if it takes no time.

    Of three doublings the middle one counts: one may be where memory is had in another way, or
    where the machine did something else.
    """
    before, unit, behind = worst
    times = SHORTEST // len(unit) + 1
    while (took := seconds(work, before + unit * times + behind)) < MEASURABLE:
        if times * len(unit) > LONGEST:
            return 1.0
        times *= 2
    longer = [
        seconds(work, before + unit * more * times + behind, looks=looks)
        for more, looks in ((2, 2), (4, 1), (8, 1))
    ]
    return median(twice / once for once, twice in pairwise([took, *longer]))


def is_linear(work: Callable[[str], object], worst: tuple[str, str, str]) -> bool:
    """Return whether work grows with the text: at once if that is clear, else by three looks."""
    first = growth(work, worst)
    return first <= CLEAR or median([first, growth(work, worst), growth(work, worst)]) <= MOST_TIMES


def test_every_pattern_has_its_worst_text() -> None:
    """
    Whoever writes a new pattern says in tests/worst_texts.json what is worst for it.

    That is what it looks at again and again and what doesn't fit then: an opening sign without its
    end, a stretch that two of its parts could take, nearly the whole thing many times.
    """
    assert set(WORST) == set(patterns())
    computed = {
        key
        for module, tree in modules()
        for key, node, _ in in_functions(module, tree)
        if not isinstance(node, ast.Constant)
    }
    assert {key.replace(":", ": ", 1).replace("  ", " ") for key in computed} == COMPUTED


@pytest.mark.parametrize("key", sorted(WORST))
def test_a_pattern_is_linear(key: str) -> None:
    """Twice the worst text takes three times the time at most."""
    pattern, method = patterns()[key]
    assert is_linear(applied(pattern, method), WORST[key]), (pattern.pattern, method)


def message(text: str, form: Format) -> str:
    """Escape a foreign text and cut it in half, once as a text and once as markup."""
    written = form.escape(harmless(text))
    return fitted(written, Limits(len(written) // 2), form) + fitted(
        text, Limits(len(text) // 2), form
    )


KNOWING = Redactor()
KNOWING.add("a-secret-of-a-target", "json://me:P4ssword@there.example/Path2?x=y")
KNOWING.add_tracker("ahovcjqxT0kenW1thoutAWord", "0f9e8d7c6b5a49382716051423324150")
WORK: dict[str, Callable[[str], object]] = {
    "page_text": lambda text: page_text(text.encode()),
    "shown": shown,
    "decode_entities": decode_entities,
    "without_tags": without_tags,
    "without_bbcode": without_bbcode,
    "plain_text": plain_text,
    "harmless": harmless,
    **{
        f"message in {form.name}": partial(message, form=form)
        for form in (HTML, JSON, MARKDOWN, PLAIN, SLACK)
    },
    "consists_of": lambda text: consists_of(text, ["x", *(["9"] * 50), "b", "9"]),
    "scrub": KNOWING.scrub,
    "scrub_foreign": KNOWING.scrub_foreign,
    "scrub_body": lambda text: KNOWING.scrub_body(text.encode()),
}
PIECES = (
    *("[b=", "[", "[/", "]", "<", "<!--", "<script", "</script", "<br", "&", "&#", "&#9", "&amp"),
    *("ahovcjqx", "a-secret", "0f9e8d7c", "passkey=", '"passkey":"', "://", "/announce", "\\"),
    *("[a](b", "**a", "`", "\\*", "@", "<b></i>", "\u0301", "\u200d", "\U0001f1e9", "\ufdd0"),
    *("Bearer ", "cookie:", "İ", "\ufffd", " ", "9"),
)


@pytest.mark.parametrize("name", WORK)
def test_work_on_foreign_text_is_linear(name: str) -> None:
    """What is done to titles, texts and pages takes a time that grows with them."""
    assert [piece for piece in PIECES if not is_linear(WORK[name], ("x", piece, ""))] == []


def test_the_measure_sees_what_is_not_linear() -> None:
    """The pattern that a description of 30 kB kept busy for 20 s is seen."""
    slow = applied(re.compile(r"\[/?[a-z*]+(?:=[^\]]*)?\]"), "sub")
    # What else the machine does can hide it in one measurement.
    assert any(growth(slow, ("", "[b=", "")) > MOST_TIMES for _ in range(5))
