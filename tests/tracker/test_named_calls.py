"""
The types of calls by name are those of the catalogue.

Run this file as a program to write them anew.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import gazelled
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.catalogue.answer_models import MODELS

FILE = Path(gazelled.__path__[0], "tracker", "catalogue", "named_calls.py")
START, END = "    # fmt: off\n", "    # fmt: on\n"


def results() -> dict[str, str]:
    """Return the models of the answers of each action that can be called by its name."""
    models = defaultdict[str, list[str]](list)
    for (action, _), model in MODELS.items():
        if not ACTIONS[action].composed and model.__name__ not in models[action]:
            models[action].append(model.__name__)
    return {action: " | ".join(names) for action, names in sorted(models.items()) if names}


def overloads(reply: str) -> str:
    """Write the types of a call by name, whose answers come as a `reply`."""
    return "".join(
        "    @overload\n    def __call__(self, action: Literal"
        f'["{action}"], params: Params = None, **how: Unpack[How]) -> {reply}[{models}]: ...\n'
        for action, models in results().items()
    )


def test_every_action_has_its_type() -> None:
    """At the client, and at the one that blocks."""
    code = FILE.read_text("utf-8")
    parts = [part.partition(END)[0] for part in code.split(START)[1:]]
    assert parts == [overloads(reply) for reply in ("Reply", "Result")]


if __name__ == "__main__":
    head, *parts = FILE.read_text("utf-8").split(START)
    for reply, part in zip(("Reply", "Result"), parts, strict=True):
        head += START + overloads(reply) + END + part.partition(END)[2]
    FILE.write_text(head, "utf-8")
