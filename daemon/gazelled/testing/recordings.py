"""
Recorded answers: a folder of JSON files and a manifest that says what each of them answers.

`gazelled record` writes them, and the fixture `gz` reads them.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from gazelled.model import Answer, Call, Params
from gazelled.regular_file import write_whole

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Recording:
    """
    One recorded answer.

    Attributes:
        file: The name of its file in the folder.
        action: The action that was requested.
        params: Its parameters as they were sent.
        at: When it was recorded.

    """

    file: str
    action: str
    params: Params
    at: datetime


def read_manifest(folder: Path) -> dict[str, Recording]:
    """
    Return what a folder holds, by the names of the files; nothing if there is no manifest.

    Raises:
        ValueError: If the manifest is damaged.

    """
    manifest = folder / MANIFEST
    if not manifest.is_file():
        return {}
    try:
        return {
            str(entry["file"]): Recording(
                str(entry["file"]),
                str(entry["action"]),
                tuple((str(name), str(value)) for name, value in entry["params"]),
                datetime.fromisoformat(entry["at"]),
            )
            for entry in json.loads(manifest.read_text("utf-8"))["answers"]
        }
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{manifest} could not be read: {type(error).__name__}: {error}") from None


def read_recordings(folder: Path) -> tuple[Answer, ...]:
    """
    Return the recorded answers of a folder, in the order of its manifest.

    Raises:
        ValueError: If there is no manifest, or a file of it can't be read.

    """
    recordings = read_manifest(folder)
    if not recordings:
        raise ValueError(f"there are no recorded answers in {folder}; see gazelled record --help")
    return tuple(_answer(folder / file, entry) for file, entry in recordings.items())


def _answer(file: Path, recording: Recording) -> Answer:
    try:
        raw = file.read_bytes()
        payload = json.loads(raw)["response"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{file} could not be read: {type(error).__name__}: {error}") from None
    return Answer(Call(recording.action, recording.params), payload, raw, recording.at, 0.0)


def write_recording(
    folder: Path, recording: Recording, payload: object, *, replace: bool = False
) -> None:
    """
    Write an answer and its entry in the manifest.

    Args:
        folder: The folder, which is made.
        recording: What it answers.
        payload: The answer, of the types of JSON.
        replace: Whether the file may have been the answer to another call.

    Raises:
        ValueError: If the file is none of the manifest's or the answer to another call, or the
            manifest is damaged.
        OSError: If a file can't be written.

    """
    recordings, file = read_manifest(folder), folder / recording.file
    old = recordings.get(recording.file)
    if recording.file == MANIFEST or (old is None and file.exists()):
        raise ValueError(f"{file} exists and is no recorded answer")
    if old and not replace and (old.action, old.params) != (recording.action, recording.params):
        raise ValueError(f"{file} is the answer to {Call(old.action, old.params)}")
    folder.mkdir(parents=True, exist_ok=True)
    _write(file, {"status": "success", "response": payload})
    entries = (recordings | {recording.file: recording}).values()
    _write(
        folder / MANIFEST,
        {"answers": [asdict(entry) | {"at": entry.at.isoformat()} for entry in entries]},
    )


def _write(file: Path, data: object) -> None:
    write_whole(file, f"{json.dumps(data, ensure_ascii=False, indent=1)}\n".encode())
