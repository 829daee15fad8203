"""
Messages of events: in the user's words where there are templates, else in words that read well.

What is most important comes first: a phone shows two lines. What the message is cut to, and how the
text of others is kept from being markup, is the format's and the service's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from gazelled.plugin import Context, Event
from gazelled_plugins import words
from gazelled_plugins.messages import pages, sandbox
from gazelled_plugins.messages.filters import ZONE
from gazelled_plugins.messages.formats import HTML, PLAIN, Format
from gazelled_plugins.messages.options import Templates
from gazelled_plugins.messages.shortening import Limits, fitted
from gazelled_plugins.messages.texts import all_harmless, harmless, one_line, shortened
from gazelled_plugins.messages.wording import LONGEST_ENTRY, LONGEST_HEADLINE, details, headline


@dataclass(frozen=True, slots=True)
class Message:
    """
    A message, ready to be sent.

    Attributes:
        title: The headline, in one line of plain text; empty where it is a part of the body.
        body: The rest, in the format that was asked for; never empty.
        html: The body as a page in HTML; empty unless it was asked for.

    """

    title: str
    body: str
    html: str = ""


def compose(
    event: Event,
    templates: Templates,
    context: Context,
    form: Format = PLAIN,
    limits: Limits = Limits(),  # noqa: B008 - it is frozen
    *,
    html: bool = False,
) -> Message:
    """
    Write the message of an event.

    Args:
        event: The event; its texts may be anything.
        templates: The user's templates. One that fails gives way to the default; the log says so.
        context: The target's context.
        form: The format of the body.
        limits: What the service takes.
        html: Whether the body is also wanted as a page in HTML, for mail.

    """
    safe = all_harmless(event)
    joined = limits.title == 0
    formats = {"title": form if joined else PLAIN, "body": form} | ({"html": HTML} if html else {})
    written = from_templates(safe, templates, context, formats)
    title = one_line(written.get("title", ""))
    body = written.get("body", "").strip() or default_body(safe, form, linked=joined and not title)
    if joined:
        body = form.line_break.join(filter(None, [title or _linked_headline(safe, form), body]))
    plain_title = "" if joined else shortened(title or headline(safe), limits.title, limits.measure)
    return Message(
        title=plain_title,
        body=fitted(body or plain_title, limits, form, words.page(safe) or context.site_url),
        html=_page(safe, written) if html else "",
    )


def _page(event: Event, written: Mapping[str, str]) -> str:
    """Return a mail's page: what its template wrote, else the body's, else the default."""
    if "html" in written:
        return pages.wrapped(written["html"], event)
    return pages.from_text(written["body"], event) if "body" in written else pages.default(event)


def _linked_headline(event: Event, form: Format) -> str:
    """Return the headline for the first line of a body: in markup, a link to the page."""
    short = shortened(headline(event), LONGEST_HEADLINE)
    return (
        form.linked(short, words.page(event), strong=True) if form.marks_up else form.escape(short)
    )


def default_body(event: Event, form: Format, *, linked: bool = False) -> str:
    """
    Return the default body in a format.

    Args:
        event: An event with harmless texts.
        form: The format.
        linked: Whether the page is linked elsewhere.

    """
    return form.line_break.join(_default_lines(event, form, linked=linked and form.marks_up))


def _default_lines(event: Event, form: Format, *, linked: bool) -> Iterator[str]:
    if event.events:
        yield from _digest_lines(event, form)
        return
    yield from map(form.escape, words.lines(event))
    page = words.page(event)
    if page and not linked:
        yield form.linked("Open the page", page) if form.marks_up else form.escape(page)
    why = words.why(event)
    explained = f"why: {form.command(why)}" if why else ""
    footer = [form.escape(words.finder(event)), explained]
    if any(footer):
        yield " · ".join(filter(None, footer))


def _digest_lines(event: Event, form: Format) -> Iterator[str]:
    """Yield the events of a digest, watch by watch, in a line each."""
    for watch, events in groupby(event.events, lambda member: member.watch):
        members = list(events)
        yield form.strong(f"{watch or 'gazelled'} ({len(members)})")
        for member in members:
            short, page = shortened(headline(member), LONGEST_ENTRY), words.page(member)
            entry = form.linked(short, page) if form.marks_up else form.escape(short)
            yield " · ".join([f"• {entry}", *map(form.escape, details(member))])
            if page and not form.marks_up:
                yield f"  {form.escape(page)}"


def from_templates(
    event: Event, templates: Templates, context: Context, formats: Mapping[str, Format]
) -> dict[str, str]:
    """
    Return what the templates write for an event, by part, without those that fail.

    Args:
        event: An event with harmless texts.
        templates: The user's templates.
        context: The target's context.
        formats: The parts that are wanted, each with its format.

    """
    written = {}
    for part, source in templates.of(event.kind).sources():
        if part not in formats:
            continue
        try:
            written[part] = sandbox.render(source, names(event, context), formats[part])
        except sandbox.FAILURES as error:
            # A person who waits for news is better served by the default than by silence.
            context.log.warning(
                "message.template_failed",
                template=templates.path(event.kind, part),
                line=sandbox.line_of(error),
                error=f"{type(error).__name__}: {error}",
            )
    return written


def names(event: Event, context: Context) -> dict[str, object]:
    """Return what a template knows of an event with harmless texts."""
    return {
        "event": event,
        "item": event.items[0],
        "items": event.items,
        "site_name": harmless(context.site_name),
        ZONE: context.zone,
    }
