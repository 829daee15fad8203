"""
The Python blocks of the documents as whole programs, to be type-checked and run.

In docs/library.md a block that calls `asyncio.run` is a program as it stands; so is one that is
synchronous. Every other one is what such a program has in its `main`: its imports belong to the
top, and unless it connects by itself, `api` is what `connect` yields.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCRIPTS = sorted((ROOT / "docs" / "scripts").glob("*.py"))
CONNECTED = 'async with connect("https://biotorrents.de", Token("…")) as api:'
"""How a block without `connect` gets its `api`."""

_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_ASYNC = (ast.Await, ast.AsyncFor, ast.AsyncWith)


@dataclass(frozen=True, slots=True)
class Program:
    """
    A block as a program.

    Attributes:
        name: The document and the line in it where the block begins.
        code: The program; each line of the block has the number that it has in the document.

    """

    name: str
    code: str


def library_programs() -> Iterator[Program]:
    """Yield every block of docs/library.md."""
    for name, line, block in _blocks("docs/library.md"):
        yield Program(f"{name}_{line}", _program(block, line))


def other_programs() -> Iterator[Program]:
    """Yield the scripts, and the blocks of other documents that begin with what they need."""
    for script in SCRIPTS:
        yield Program(f"scripts_{script.stem}", script.read_text("utf-8"))
    for document in ("README.md", "docs/plugins.md"):
        for name, line, block in _blocks(document):
            if block.startswith(("import ", "from ", '"""')):
                yield Program(f"{name}_{line}", "\n" * (line - 1) + block)


def _blocks(document: str) -> Iterator[tuple[str, int, str]]:
    """Yield the name of a document, the line, and the text of each of its blocks."""
    text = (ROOT / document).read_text("utf-8")
    for block in _BLOCK.finditer(text):
        yield Path(document).stem, text.count("\n", 0, block.start()) + 2, block[1]


def _program(block: str, line: int) -> str:
    """Put a block into the `main` of a program, unless it is one."""
    body = ast.parse(block).body
    nodes = [node for statement in body for node in _inside(statement)]
    if not any(isinstance(node, _ASYNC) for node in nodes) and "api" not in _loaded(nodes):
        return "\n" * (line - 1) + block
    imports = [each for each in body if isinstance(each, ast.Import | ast.ImportFrom)]
    rest = next(each for each in body if each not in imports).lineno
    lines = block.splitlines()
    head = ["import asyncio", *map(ast.unparse, imports)]
    if "connect" in _loaded(nodes):
        start, indent = ["async def main() -> None:"], " " * 4
    else:
        head += ["from gazelled.tracker import Token, connect"]
        start, indent = ["async def main() -> None:", f"    {CONNECTED}"], " " * 8
    above = line + rest - 2 - len(head) - len(start)
    code = textwrap.indent("\n".join(lines[rest - 1 :]), indent)
    return "\n".join([*head, *[""] * above, *start, code, "asyncio.run(main())", ""])


def _inside(statement: ast.AST) -> Iterator[ast.AST]:
    """Yield a statement and what runs with it: not what stands in functions."""
    yield statement
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        for child in ast.iter_child_nodes(statement):
            yield from _inside(child)


def _loaded(nodes: list[ast.AST]) -> set[str]:
    """Return the names that are used and not set."""
    names = [node for node in nodes if isinstance(node, ast.Name)]
    stored = {name.id for name in names if isinstance(name.ctx, ast.Store)}
    return {name.id for name in names} - stored
