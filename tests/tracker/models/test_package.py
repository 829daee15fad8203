"""What the package costs those who don't use it."""

from __future__ import annotations

import subprocess
import sys

from gazelled.tracker import models
from gazelled.tracker.decoding.plan import Branch, plan_of
from gazelled.tracker.decoding.schema import Model

CHECK = """
import sys
import gazelled.tracker.catalogue.actions
heavy = {"aiohttp", "pydantic", "structlog", "msgspec"} & sys.modules.keys()
assert not heavy, heavy
from gazelled.tracker.decoding import plan
assert len(plan._PLANS) < 80, len(plan._PLANS)
"""


LOADED = """
import sys
before = set(sys.modules)
import gazelled.tracker
assert {name for name in set(sys.modules) - before if name.startswith("gazelled")} == {
    "gazelled", "gazelled.tracker"
}
from gazelled.tracker import connect, connect_sync
needless = {
    "apscheduler", "difflib", "http.cookiejar", "importlib.metadata", "pluggy", "pydantic", "rich",
    "structlog", "zoneinfo", "gazelled.config", "gazelled.service", "gazelled.store",
    "gazelled.tracker.doctor", "gazelled.watches",
}
assert not needless & sys.modules.keys(), needless & sys.modules.keys()
"""


def test_a_script_loads_what_it_needs() -> None:
    """The package by itself is two modules; a client brings nothing of the daemon's."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", LOADED], check=False, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_every_part_of_an_answer_can_be_imported() -> None:
    """Whoever writes a function for an entry of a list names its type, from one place."""
    todo: list[type[Model]] = [each for each in vars(models).values() if _is_model(each)]
    parts = set[type[Model]]()
    while todo:
        part = todo.pop()
        if part not in parts:
            parts.add(part)
            todo += [f.model for f in plan_of(part).fields.values() if isinstance(f, Branch)]
    assert len(parts) > 100
    assert sorted({each.__name__ for each in parts} - {*models.__all__}) == []


def _is_model(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, Model)


def test_import() -> None:
    """The catalogue loads no library, so that commands which only look something up are quick."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", CHECK], check=False, capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stderr) == (0, "")
