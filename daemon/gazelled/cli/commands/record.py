"""`gazelled record`: write an answer of one's own tracker as a fixture for a plugin's tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from gazelled.cli import completers, output
from gazelled.cli.commands.call import check_call, send_call
from gazelled.cli.options import DataCommand
from gazelled.cli.settings import Settings
from gazelled.errors import GazelledError
from gazelled.text import counted

_SEVERAL = {
    "user name": "user names",
    "mail address": "mail addresses",
    "IP address": "IP addresses",
    "key": "keys",
    "avatar": "avatars",
}


@click.command(cls=DataCommand)
@click.argument("action", shell_complete=completers.actions)
@click.argument("params", nargs=-1, metavar="[KEY=VALUE]...", shell_complete=completers.params)
@click.option(
    "--to",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("recorded"),
    help="The folder of the fixtures; recorded unless given.",
)
@click.option("--as", "name", metavar="NAME", default="", help="The file's name; else ACTION.")
@click.option(
    "--yes", is_flag=True, help="Confirm a request that marks or changes something there."
)
@click.pass_obj
def record(
    settings: Settings, action: str, params: tuple[str, ...], *, to: Path, name: str, yes: bool
) -> None:
    """
    Send a request as gazelled call does, and write the answer as a fixture for tests.

    Secrets, keys, names and numbers of users, IP and mail addresses are replaced. The folder's
    manifest.json names the action and the parameters of each file; gz.recorded() reads both.

    gazelled record browse searchstr=yeast

    gazelled record torrent id=63 --as torrent-63 --to tests/recorded
    """
    if name and Path(name).name != name:
        raise click.UsageError(f'the name of a file has no folder: "{name}"; see --to')
    try:
        checked = check_call(settings, action, params, yes=yes)
    except click.UsageError as error:  # a fixture of what is wrong would be of no use
        raise click.UsageError(error.message.replace("--force", "gazelled call --force")) from None
    reply = send_call(settings, checked)
    from gazelled.cli.authoring.answer_scrubbing import AnswerScrubber  # noqa: PLC0415 - completion needs none
    from gazelled.testing.recordings import Recording, write_recording  # noqa: PLC0415 - likewise

    scrubber = AnswerScrubber()
    payload = scrubber.scrub(reply.answer)
    sent = scrubber.scrub_params(action, checked.sent)
    at = output.now().replace(microsecond=0)
    recording = Recording(f"{name or action}.json", action, sent, at)
    try:
        write_recording(to, recording, payload, replace=bool(name))
    except ValueError as error:
        raise GazelledError(f"{error}; use another name: --as") from None
    except OSError as error:
        raise GazelledError(f"{to} could not be written: {error.strerror}") from None
    replaced = {sort: number for sort, number in scrubber.replaced.items() if number}
    if settings.as_json:
        file = str(to / recording.file)
        output.as_json({"file": file, "action": action, "params": dict(sent), "replaced": replaced})
        return
    output.message(f"Written: {to / recording.file} ({_replaced(replaced)})")
    output.message("Read it before you publish it: texts that people wrote are in it.")


def _replaced(replaced: Mapping[str, int]) -> str:
    counts = [counted(number, sort, _SEVERAL[sort]) for sort, number in replaced.items()]
    return f"replaced: {', '.join(counts)}" if counts else "nothing had to be replaced"
