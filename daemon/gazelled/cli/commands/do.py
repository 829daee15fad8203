"""`gazelled do`: change something at the site, once it is confirmed."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import click

from gazelled.cli import output
from gazelled.cli.client import ask
from gazelled.cli.exit_codes import ExitCode
from gazelled.cli.options import DataCommand, confirmed
from gazelled.cli.settings import Settings
from gazelled.cli.support.command_words import CommandGroup
from gazelled.service.control.codec import encode
from gazelled.service.control.protocol import DoRequest
from gazelled.text import either

_CODES: Mapping[str, ExitCode] = {"refused": ExitCode.REFUSED, "unknown": ExitCode.FAILED}
_PRIVATE = "nobody else sees it"
_KINDS = {"group": "data set", "artist": "author", "request": "request"}
_STDIN = "-"


@click.group(cls=CommandGroup)
def do() -> None:
    """
    Change something at the site: bookmarks, subscriptions, read marks, conversations.

    Each kind must be allowed in the config, such as allow = ["bookmark"] in [tracker]. The state is
    read before and after, and what is printed is what was read. A login or cookies are required.
    """


def send_change(settings: Settings, request: DoRequest) -> ExitCode:
    """Make a change and print its result."""
    try:
        reply = ask(settings, request)
    except KeyboardInterrupt:
        output.message("interrupted: it may have been sent, so check before you repeat it")
        return ExitCode.INTERRUPTED
    code = _CODES.get(reply.outcome, ExitCode.OK)
    if settings.as_json:
        output.as_json(encode(reply))
    elif code:
        output.message(f"error: {reply.text}")
    else:
        output.line(reply.text)
    return code


def _add(
    change: str,
    about: str,
    effect: str,
    number: click.Argument | None = None,
    *,
    kind: click.Argument | None = None,
    text: click.Argument | None = None,
) -> None:
    """Add a sub-command; `effect` says what it does to whom, of a KIND and the NUMBERS."""

    @click.pass_obj
    def run(
        settings: Settings,
        *,
        yes: bool,
        numbers: tuple[int, ...] | int = (),
        kind: str = "",
        text: str = "",
    ) -> ExitCode:
        chosen = (numbers,) if isinstance(numbers, int) else numbers
        does = effect.format(
            kind=_KINDS.get(kind, ""),
            numbers=either([*map(str, chosen)], "and"),
            s="s" if len(chosen) > 1 else "",
        )
        words = sys.stdin.read() if text == _STDIN else text
        if not confirmed(does, f"This {does}. Go on?", yes=yes):
            raise click.UsageError(f"this {does}; add --yes to confirm")
        return send_change(settings, DoRequest(change, chosen, kind, words))

    yes = click.Option(["--yes"], is_flag=True, help="Confirm it; on a terminal you are asked.")
    params = [value for value in (kind, number, text) if value is not None]
    name = change.replace("_", "-")
    do.add_command(
        DataCommand(name, callback=run, params=[*params, yes], help=about, short_help=about)
    )


_ONE = click.Argument(["numbers"], type=click.IntRange(min=1), metavar="NUMBER")
_SEVERAL = click.Argument(
    ["numbers"], type=click.IntRange(min=1), nargs=-1, required=True, metavar="NUMBER..."
)
_KIND = click.Argument(["kind"], type=click.Choice([*_KINDS]))
_TEXT = click.Argument(["text"])

_add(
    "bookmark",
    "Bookmark a data set (group), an author (artist) or a request, by its number.",
    f"bookmarks {{kind}} {{numbers}} for you; {_PRIVATE}",
    _ONE,
    kind=_KIND,
)
_add(
    "unbookmark",
    "Remove the bookmark of a data set (group), an author (artist) or a request.",
    f"removes your bookmark of {{kind}} {{numbers}}; {_PRIVATE}",
    _ONE,
    kind=_KIND,
)
_add(
    "subscribe",
    "Subscribe to a forum thread, by its number.",
    f"subscribes you to thread {{numbers}}; {_PRIVATE}",
    _ONE,
)
_add(
    "unsubscribe",
    "End the subscription to a forum thread.",
    f"ends your subscription to thread {{numbers}}; {_PRIVATE}",
    _ONE,
)
_add(
    "catch_up_forum",
    "Mark the threads of a forum as read: sticky ones and those of the last thirty days.",
    f"marks the threads of forum {{numbers}} as read, which can't be undone; {_PRIVATE}",
    _ONE,
)
_add(
    "catch_up_subscriptions",
    "Mark all threads and comments that you are subscribed to as read.",
    f"marks all your subscriptions as read, which can't be undone; {_PRIVATE}",
)
_add(
    "catch_up_notifications",
    "Mark all that your notification filters found as read.",
    f"marks all matches of your filters as read, which can't be undone; {_PRIVATE}",
)
_add(
    "delete",
    "Delete conversations from your inbox and sentbox.",
    "deletes conversation{s} {numbers} from your boxes; the others keep theirs, and their next "
    "message brings it back",
    _SEVERAL,
)
_add(
    "mark_read",
    "Mark conversations of your inbox as read.",
    f"marks conversation{{s}} {{numbers}} as read; {_PRIVATE}",
    _SEVERAL,
)
_add(
    "mark_unread",
    "Mark conversations of your inbox as unread.",
    f"marks conversation{{s}} {{numbers}} as unread; {_PRIVATE}",
    _SEVERAL,
)
_add(
    "stick",
    "Keep a conversation on top of your inbox.",
    f"keeps conversation {{numbers}} on top; {_PRIVATE}",
    _ONE,
)
_add(
    "unstick",
    "Stop keeping a conversation on top of your inbox.",
    f"stops keeping conversation {{numbers}} on top; {_PRIVATE}",
    _ONE,
)
_add(
    "answer",
    "Send a message to the others of a conversation: TEXT in BBCode, or - for standard input.",
    "sends a message to the others of conversation {numbers}, whose inbox shows it as unread; it "
    "can't be taken back. It also marks the conversation as read",
    _ONE,
    text=_TEXT,
)
