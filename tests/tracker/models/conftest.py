"""The recorded successes of the real application, one test each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeVar
from urllib.parse import parse_qsl

import pytest

from gazelled.tracker.models import AnswerModel, decode_as

M = TypeVar("M", bound=AnswerModel)
FOLDER = Path(__file__).parents[2] / "recorded"


@dataclass(frozen=True)
class Record:
    """A recorded success."""

    name: str
    action: str
    params: dict[str, str]
    by: Literal["token", "cookie"]
    body: str

    @property
    def payload(self) -> object:
        """A fresh copy of its `response`."""
        return json.loads(self.body)["response"]


def successes() -> Iterator[Record]:
    """Read what was answered with success."""
    for file in sorted(FOLDER.rglob("*.json")):
        told = json.loads(file.read_text("utf-8"))
        body = told.get("body", "")
        if not body.startswith('{"status":"success","response":'):
            continue
        _, _, query = told["request"].rpartition("?")
        params = dict(parse_qsl(query))
        action = params.pop("action")
        by: Literal["token", "cookie"] = "cookie" if "-b gz_" in told["request"] else "token"
        yield Record(file.stem, action, params, by, body)


class Records(dict[str, Record]):
    """Records by name, which hypothesis doesn't print with every example."""

    def __repr__(self) -> str:
        """Return how many."""
        return f"<{len(self)} records>"


RECORDS = Records({record.name: record for record in successes()})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes a `success` with each of them."""
    if "success" in metafunc.fixturenames:
        metafunc.parametrize("success", RECORDS.values(), ids=list(RECORDS))


@pytest.fixture
def records() -> Records:
    """All successes by name."""
    return RECORDS


class Read(Protocol):
    """Reads a record as a model."""

    def __call__(self, model: type[M], name: str) -> M:
        """Return the model."""


@pytest.fixture
def read() -> Read:
    """What reads a record as a model."""

    def read(model: type[M], name: str) -> M:
        record = RECORDS[name]
        return decode_as(model, record.payload, by=record.by).value

    return read
