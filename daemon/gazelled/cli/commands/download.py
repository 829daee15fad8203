"""`gazelled download`: the files of torrents."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import click

from gazelled.cli import output
from gazelled.cli.settings import Settings, with_json
from gazelled.errors import GazelledError, RequestRefused


@click.command()
@click.argument("ids", nargs=-1, required=True, type=click.IntRange(min=1), metavar="ID...")
@click.option(
    "--to",
    default=".",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to put them; here unless given.",
)
@with_json
@click.pass_obj
def download(settings: Settings, ids: tuple[int, ...], *, to: Path) -> None:
    """
    Fetch the .torrent files of torrents, by their numbers.

    Each is checked, kept and never fetched twice, and no more than 20 are fetched within a day. A
    file holds your passkey: only you can read it. A token can't download from BioTorrents.de; a
    log-in or a cookie can.
    """
    asyncio.run(_fetch(settings, [*dict.fromkeys(ids)], to))


async def _fetch(settings: Settings, ids: list[int], to: Path) -> None:
    from gazelled.cli.client import closing, says, set_up_logs  # noqa: PLC0415 - as in `call`
    from gazelled.cli.render.progress import Waiting  # noqa: PLC0415 - likewise

    set_up_logs(settings)
    problems: list[str] = []
    told: list[dict[str, object]] = []
    waiting = Waiting()
    given: dict[str, object] = {"ids": ids}
    async with waiting.shown(), closing(says(settings, "download", given)) as lines:
        async for line in lines:
            if isinstance(expected := line.get("expected"), int | float):
                waiting.begin(str(line.get("asking", "")), expected)
            elif "problem" in line:
                problems.append(f"{line['id']}: {line['problem']}")
            else:
                file = to / f"{line['id']}.torrent"
                content = base64.b64decode(str(line["content"]))
                await asyncio.to_thread(_write, file, content)
                rest = {key: value for key, value in line.items() if key != "content"}
                told.append(rest | {"file": str(file)})
                if not settings.as_json:
                    output.line(str(file))
    if settings.as_json:
        output.as_json(told)
    if problems:
        raise RequestRefused("\n".join(problems))


def _write(file: Path, content: bytes) -> None:
    # Only when it is used: most commands write nothing.
    from gazelled.tracker.client.file_memory import write_private  # noqa: PLC0415 - --help needs none

    try:
        write_private(file, content)
    except OSError as error:
        raise GazelledError(f"{file} can't be written: {error.strerror}") from error
