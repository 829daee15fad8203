"""
Messages of events: in the user's words where there are templates, else in words that read well.

What is most important comes first: a phone shows two lines. What the message is cut to, and how the
text of others is kept from being markup, is the format's and the service's.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from gazelled.plugin import Context, Event, public_url
from gazelled_plugins import words
from gazelled_plugins.messages import defaults, pages
from gazelled_plugins.messages.formats import HTML, PLAIN, Format
from gazelled_plugins.messages.options import Templates
from gazelled_plugins.messages.shortening import Limits, fitted
from gazelled_plugins.messages.texts import all_harmless, one_line, shortened

_LONGEST_REASON = 200


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
    plain = form.title(title or defaults.headline(safe))
    separate = "" if joined else shortened(plain, limits.title, limits.measure)
    first = (title or defaults.linked_headline(safe, form)) if joined else ""
    url = words.page(safe) or public_url(context.site_url)

    def body(most: int) -> str:
        own = written.get("body", "").strip()
        if not own and safe.events:
            own = defaults.digest(safe, form, most, url)
        own = own or defaults.body(safe, form, linked=joined and not title)
        return form.line_break.join(filter(None, [first, own])) or form.escape(separate)

    shown = len(safe.events)
    if limits.body and "body" not in written and limits.measure(body(shown)) > limits.body:
        fewer = range(1, min(shown, limits.body))
        shown = max(1, bisect_right(fewer, limits.body, key=lambda n: limits.measure(body(n))))
    return Message(
        title=separate,
        body=fitted(body(shown), limits, form, url),
        html=_page(safe, written) if html else "",
    )


def _page(event: Event, written: Mapping[str, str]) -> str:
    """Return a mail's page: what its template wrote, else the body's, else the default."""
    if "html" in written:
        return pages.wrapped(written["html"], event)
    return pages.from_text(written["body"], event) if "body" in written else pages.default(event)


def from_templates(
    event: Event,
    templates: Templates,
    context: Context,
    formats: Mapping[str, Format],
    failures: dict[str, str] | None = None,
) -> dict[str, str]:
    """
    Return what the templates write for an event, by part, without those that fail.

    Args:
        event: An event with harmless texts.
        templates: The user's templates.
        context: The target's context.
        formats: The parts that are wanted, each with its format.
        failures: Filled with why a part failed, and in which line.

    """
    written = {}
    for part, source in templates.of(event.kind).sources():
        if part not in formats:
            continue
        from gazelled_plugins.messages import sandbox  # noqa: PLC0415 - few have templates

        key = templates.key(event.kind, part)
        try:
            written[part] = _rendered(key, source, event, context, formats[part])
        except sandbox.FAILURES as error:
            # A person who waits for news is better served by the default than by silence.
            line = sandbox.line_of(error)
            context.log.warning(
                "message.template_failed",
                template=".".join(key),
                line=line,
                error=f"{type(error).__name__}: {error}",
            )
            if failures is not None:
                reason = (str(error) or type(error).__name__)[:_LONGEST_REASON]
                failures[part] = (f"line {line}: " if line else "") + reason
    return written


def _rendered(
    key: tuple[str, ...], source: str, event: Event, context: Context, form: Format
) -> str:
    """
    Return what a template writes, in a format.

    A template among the plugin's own options is older than formats: in HTML all of it is text. In
    other templates line breaks are line breaks, unless they are written in HTML.
    """
    from gazelled_plugins.messages import sandbox  # noqa: PLC0415 - few have templates

    known, filters = sandbox.names(event, context), context.template_filters
    if form.grammar != "html" or key[-1] == "html":
        return sandbox.render(source, known, form, filters)
    if len(key) == 1:
        text = form.escape(sandbox.render(source, known, filters=filters).strip())
    else:
        text = sandbox.render(source, known, form, filters).strip()
    has_breaks = any(tag in text for tag in ("<br", "<p", "<li", "<div"))
    return text if has_breaks else text.replace("\n", form.line_break)
