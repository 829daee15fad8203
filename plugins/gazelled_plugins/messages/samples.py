"""Templates tried with a sample of every kind of event, before anything is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import structlog

from gazelled.plugin import (
    Context,
    Event,
    EventKind,
    OptionFault,
    OptionFaults,
    sample_events,
)
from gazelled_plugins.messages.formats import HTML, PLAIN, Format
from gazelled_plugins.messages.options import Templates
from gazelled_plugins.messages.texts import all_harmless

if TYPE_CHECKING:
    from gazelled_plugins.messages.contributed_filters import Filters


def check_with_samples(
    templates: Templates,
    form: Format = PLAIN,
    kinds: Collection[EventKind] = tuple(EventKind),
    *,
    filters: Filters = MappingProxyType({}),
    events: Sequence[Event] = sample_events(),
    strict: bool = False,
) -> None:
    """
    Render every template with a sample of every kind of event that it is for.

    A template for all kinds that fails with some of them is a warning: these have fields that
    others lack, and get the default message.

    Args:
        templates: The user's templates.
        form: The format of bodies.
        kinds: The kinds of events that the target gets.
        filters: The filters that other plugins contribute.
        events: A sample of every kind.
        strict: Whether a template must work with every kind.

    Raises:
        OptionFaults: If a template fails, with its option, its line, the kinds and the reason.

    """
    failed: dict[tuple[str, ...], list[EventKind]] = {}
    tried: Counter[tuple[str, ...]] = Counter()
    reasons: dict[tuple[str, ...], str] = {}
    for event in events:
        for part, source in templates.of(event.kind).sources() if event.kind in kinds else ():
            key = templates.key(event.kind, part)
            tried[key] += 1
            part_form = {"body": form, "html": HTML}.get(part, PLAIN)
            if reason := _failure(source, event, part_form, filters):
                failed.setdefault(key, []).append(event.kind)
                reasons.setdefault(key, reason)
    if failed:
        raise OptionFaults(
            *(
                OptionFault(
                    key,
                    _sentence(kinds, reasons[key], strict=strict),
                    strict or len(kinds) == tried[key],
                )
                for key, kinds in failed.items()
            )
        )


def _failure(source: str, event: Event, form: Format, filters: Filters) -> str:
    """Return why a template fails with an event, and in which line; empty if it works."""
    from gazelled_plugins.messages import sandbox  # noqa: PLC0415 - few have templates

    try:
        sandbox.render(source, sandbox.names(all_harmless(event), SAMPLE_CONTEXT), form, filters)
    except sandbox.FAILURES as error:
        line = sandbox.line_of(error)
        return (f"line {line}: " if line else "") + (str(error) or type(error).__name__)
    return ""


def _sentence(kinds: Sequence[EventKind], reason: str, *, strict: bool) -> str:
    text = f"the template fails with a sample of {', '.join(kinds)} ({reason})"
    return f"{text}; {'nothing' if strict else 'the default message'} is sent for that"


SAMPLE_CONTEXT = Context(
    target="sample",
    folder=Path(),
    public=Path(),
    address="http://127.0.0.1/",
    site_name="BioTorrents.de",
    site_url="https://biotorrents.de",
    log=structlog.stdlib.get_logger("gazelled.target"),
)
"""What a target of a sample has."""
