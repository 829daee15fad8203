"""A target that writes down all that it is told, and a hook that writes down what was answered."""

import dataclasses
import json
from pathlib import Path

from gazelled.plugin import Answer, Delivery, PluginConfig, hookimpl, target


class Options(PluginConfig):
    """Where to write."""

    path: Path


@target(Options)
async def record(delivery: Delivery, options: Options) -> None:
    """Write down one event."""
    line = dataclasses.asdict(delivery.event)
    with options.path.open("a") as file:
        file.write(json.dumps(line, default=str, sort_keys=True) + "\n")


@hookimpl
async def gazelled_answer(answer: Answer) -> None:
    """Write down which actions were answered."""
    with Path(__file__).with_suffix(".answers").open("a") as file:
        file.write(f"{answer.call.action}\n")
