"""`gazelled download`: the files of torrents."""

from __future__ import annotations

import base64
from pathlib import Path

import click

from gazelled.cli import output
from gazelled.cli.client import ask_each
from gazelled.cli.options import DataCommand
from gazelled.cli.settings import Settings
from gazelled.errors import GazelledError, RequestRefused
from gazelled.regular_file import write_private
from gazelled.service.control.codec import encode
from gazelled.service.control.protocol import DownloadRequest, FileProblem, FileReply
from gazelled.tracker.client.daily_limit import MOST_A_DAY
from gazelled.tracker.client.downloads import SPENDS


@click.command(cls=DataCommand)
@click.argument("ids", nargs=-1, required=True, type=click.IntRange(min=1), metavar="ID...")
@click.option(
    "--to",
    default=".",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to write them; by default here.",
)
@click.option(
    "--infohash",
    default="",
    metavar="HASH",
    help="The infohash of the torrent, if you know it: one request instead of two.",
)
@click.option(
    "--a-day",
    type=click.IntRange(0, MOST_A_DAY),
    metavar="NUMBER",
    help="The daily maximum for this command, instead of downloads_a_day.",
)
@click.option(
    "--use-token",
    is_flag=True,
    help="Spend a freeleech token on each, so that it doesn't count as downloaded.",
)
@click.option("--yes", is_flag=True, help="Confirm --use-token.")
@click.pass_obj
def download(
    settings: Settings,
    ids: tuple[int, ...],
    *,
    to: Path,
    infohash: str,
    a_day: int | None,
    use_token: bool,
    yes: bool,
) -> None:
    """
    Fetch the .torrent files of torrents, by their ids.

    Each file is checked, stored and never fetched twice; at most 20 are fetched within a day, or
    as many as downloads_a_day in [tracker] says. A file holds your passkey, so only you can read
    it. BioTorrents.de allows downloads with a log-in or cookies, not with a token.
    """
    if infohash and len(set(ids)) > 1:
        raise click.UsageError("--infohash belongs to one torrent: give one id")
    if use_token and not yes:
        raise RequestRefused(f"download --use-token {SPENDS}; add --yes to confirm")
    problems: list[str] = []
    written: list[dict[str, object]] = []

    def use(reply: FileReply | FileProblem) -> None:
        if isinstance(reply, FileProblem):
            problems.append(f"{reply.id}: {reply.problem}")
            return
        file = to / f"{reply.id}.torrent"
        _write(file, base64.b64decode(reply.content))
        data = encode(reply) | {"file": str(file)}
        del data["content"]
        written.append(data)
        if not settings.as_json:
            output.line(str(file))

    request = DownloadRequest(tuple(dict.fromkeys(ids)), infohash, use_token, a_day)
    ask_each(settings, request, use)
    if settings.as_json:
        output.as_json(written)
    if problems:
        raise RequestRefused("\n".join(problems))


def _write(file: Path, content: bytes) -> None:
    try:
        write_private(file, content)
    except OSError as error:
        raise GazelledError(f"{file} could not be written: {error.strerror}") from error
