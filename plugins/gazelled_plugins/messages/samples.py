"""Templates tried with a sample of every kind of event, before anything is sent."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import structlog

from gazelled.plugin import Context, Event, EventKind, sample_events
from gazelled_plugins.messages import sandbox
from gazelled_plugins.messages.composing import names
from gazelled_plugins.messages.formats import HTML, PLAIN, Format
from gazelled_plugins.messages.options import Templates
from gazelled_plugins.messages.texts import all_harmless


def check_with_samples(
    templates: Templates, form: Format = PLAIN, kinds: Collection[EventKind] = tuple(EventKind)
) -> None:
    """
    Render every template with a sample of every kind of event that it is for.

    Args:
        templates: The user's templates.
        form: The format of bodies.
        kinds: The kinds of events that the target gets.

    Raises:
        ValueError: If a template fails; the text has its place in the options, its line, the kind
            and the reason, for the first kind with which each template fails.

    """
    samples = [all_harmless(event) for event in sample_events() if event.kind in kinds]
    problems: dict[str, str] = {}
    for event in samples:
        for path, problem in _problems(templates, event, form):
            problems.setdefault(path, problem)
    if problems:
        raise ValueError("; ".join(problems.values()))


def _problems(templates: Templates, event: Event, form: Format) -> Iterator[tuple[str, str]]:
    formats = {"title": PLAIN, "body": form, "html": HTML}
    for part, source in templates.of(event.kind).sources():
        path = templates.path(event.kind, part)
        try:
            sandbox.render(source, names(event, SAMPLE_CONTEXT), formats[part])
        except sandbox.FAILURES as error:
            line = sandbox.line_of(error)
            where = f"{path}, line {line}" if line else path
            reason = str(error) or type(error).__name__
            yield path, f'{where}: with an event of kind "{event.kind}": {reason}'


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
