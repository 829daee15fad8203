"""What `gazelled deliveries` does: it asks for deliveries, and for changes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gazelled.cli import output
from gazelled.cli.client import ask, ask_each, show
from gazelled.cli.exit_codes import ExitCode
from gazelled.cli.options import confirmed
from gazelled.cli.render.delivery_tables import others_text, print_deliveries, print_delivery
from gazelled.cli.settings import Settings
from gazelled.service.control.codec import encode
from gazelled.service.control.event_replies import (
    DeliveriesDropReply,
    DeliveriesReply,
    DeliveriesRetryReply,
    DeliveryEntry,
)
from gazelled.service.control.protocol import (
    DeliveriesDropRequest,
    DeliveriesRequest,
    DeliveriesRetryRequest,
)
from gazelled.text import counted

SHOWN = 100
"""So many deliveries are printed as a table."""


def print_chosen(settings: Settings, target: str, watch: str, state: str) -> None:
    """Print the deliveries that are meant."""
    entries = _entries(settings, DeliveriesRequest((), target, watch, state))
    if settings.as_json:
        output.as_json(encode(entries))
        return
    print_deliveries(entries[:SHOWN])
    if not entries:
        output.message("There are no such deliveries.")
    elif len(entries) > SHOWN:
        output.message(f"and {len(entries) - SHOWN:,} more; --json lists all")


def print_details(settings: Settings, key: str) -> None:
    """Print all that is known of the deliveries of a key."""
    entries = _entries(settings, DeliveriesRequest((key,)))
    if settings.as_json:
        output.as_json(encode(entries))
        return
    for number, entry in enumerate(entries):
        if number:
            output.line()
        print_delivery(entry)


def retry(settings: Settings, keys: Sequence[str], target: str, watch: str, state: str) -> ExitCode:
    """Let deliveries be tried at once, and print how many that are."""
    reply = ask(settings, DeliveriesRetryRequest(tuple(keys), target, watch, state))
    count = counted(
        reply.changed, "delivery is due in its turn", "deliveries are due in their turn"
    )
    return _print_result(settings, reply, f"{count}.")


def drop(
    settings: Settings, keys: Sequence[str], target: str, watch: str, state: str, *, yes: bool
) -> ExitCode:
    """Drop deliveries, once a person has confirmed it if these are several."""
    request = DeliveriesDropRequest(tuple(keys), target, watch, state)
    planned = ask(settings, request)
    what = counted(planned.changed, "delivery", "deliveries")
    several = what if planned.changed > 1 else ""
    if not confirmed(several, f"{what} will never be sent. Drop?", yes=yes):
        output.message(f"{what}: not dropped; add --yes to confirm.")
        return ExitCode.FAILED
    reply = ask(settings, replace(request, yes=True))
    count = counted(reply.changed, "delivery was", "deliveries were")
    return _print_result(settings, reply, f"{count} dropped.")


def _entries(settings: Settings, request: DeliveriesRequest) -> list[DeliveryEntry]:
    entries: list[DeliveryEntry] = []

    def collect(reply: DeliveriesReply) -> None:
        entries.extend(reply.deliveries)

    ask_each(settings, request, collect)
    return entries


def _print_result(
    settings: Settings, reply: DeliveriesRetryReply | DeliveriesDropReply, text: str
) -> ExitCode:
    sentences = filter(None, (text, others_text(reply.others)))
    show(settings, reply, lambda _: output.message(" ".join(sentences)))
    return ExitCode.OK if reply.changed else ExitCode.FAILED
