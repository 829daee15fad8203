"""
Kinds of watch are code of plugins, and run inside the commit of a look.

What one raises, or returns and can't be used, fails its watch alone. What it is handed can't be
changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from types import MappingProxyType

import structlog

from gazelled.containment.contained_plugin import ContainedPlugin
from gazelled.containment.event_loop import is_by_person
from gazelled.containment.plugin_call import calling
from gazelled.containment.read_only import ReadOnlyDict
from gazelled.errors import KindError
from gazelled.markup import safe_text
from gazelled.model import Event, EventKind, Item, Mark, MarkState
from gazelled.plugin.kinds import Look, Outcome
from gazelled.store.codec import dump_event
from gazelled.text import shortened
from gazelled.watches.seen import Seen
from gazelled.watches.watch import Watch

log = structlog.stdlib.get_logger(__name__)

LONGEST_ERROR = 200
LONGEST_KEY = 500
LONGEST_TITLE = 1_000
LONGEST_TEXT = 20_000
LONGEST_MARK = 65_536
MOST_EVENTS = 10_000
MOST_MARKS = 100_000

_OF_WATCHES = {*EventKind} - {EventKind.NOTICE, EventKind.DIGEST}


class KindCalls:
    """
    Has kinds of watch decide.

    Args:
        contained: Returns what the process knows of a plugin by its name; None if it is unknown.
        scrub: Takes secrets out of what a plugin says.

    """

    def __init__(
        self,
        contained: Callable[[str], ContainedPlugin | None] = lambda _: None,
        scrub: Callable[[str], str] = str,
    ) -> None:
        self._contained = contained
        self._scrub = scrub

    def decide(
        self, watch: Watch, seen: Seen, marks: Mapping[str, Mark], *, first: bool
    ) -> Outcome:
        """
        Return what a watch makes of a look.

        Raises:
            KindError: If its kind fails, or returns what can't be used.

        """
        if not watch.plugin:
            return self._decide(watch, Look(watch, seen, marks, first))
        shown = replace(seen, items=_read_only(seen.items), fresh=_read_only(seen.fresh))
        outcome = self._decide(watch, Look(watch, shown, MappingProxyType({**marks}), first))
        return Outcome([self._cleaned(event) for event in outcome.events], outcome.marks)

    def _decide(self, watch: Watch, look: Look) -> Outcome:
        try:
            with self._as_plugin(watch):
                outcome = watch.kind.decide(look)
            return checked(watch, outcome)
        except BaseException as error:
            if is_by_person(error):
                raise
            text = shortened(" ".join(self._scrub(str(error)).split()), LONGEST_ERROR)
            reason = f"{type(error).__name__}: {text}" if text else type(error).__name__
            log.warning(
                "watch.kind_failed",
                watch=watch.name,
                kind=watch.kind.name,
                plugin=watch.plugin,
                exc_info=error,
            )
            raise KindError(f"{_named(watch)} failed ({reason}).") from error

    def _as_plugin(self, watch: Watch) -> AbstractContextManager[object]:
        """Return the context in which what is done is the plugin's doing."""
        contained = self._contained(watch.plugin) if watch.plugin else None
        if contained is None:
            return nullcontext()
        if contained.problem:
            raise RuntimeError(contained.problem)
        return calling(contained, f"decide for {watch.name}")

    def _cleaned(self, event: Event) -> Event:
        """Return an event of a plugin without secrets, and with a title of one line."""
        title = shortened(" ".join(safe_text(event.title).split()), LONGEST_TITLE)
        text = shortened(event.text, LONGEST_TEXT) if len(event.text) > LONGEST_TEXT else event.text
        return replace(event, title=self._scrub(title), text=self._scrub(text))


def _named(watch: Watch) -> str:
    of = f' of the plugin "{watch.plugin}"' if watch.plugin else ""
    return f'kind = "{watch.kind.name}"{of}'


def checked(watch: Watch, outcome: object) -> Outcome:
    """
    Return what a kind has returned.

    Raises:
        TypeError: If it isn't what a kind may return.
        ValueError: Likewise.

    """
    if not isinstance(outcome, Outcome):
        raise TypeError(f"decide returned {type(outcome).__name__}, expected an Outcome")
    events, marks = [*outcome.events], {**outcome.marks}
    if len(events) > MOST_EVENTS or len(marks) > MOST_MARKS:
        raise ValueError(
            f"{len(events):,} events and {len(marks):,} marks of one look are too many"
        )
    for event in events:
        if wrong := _wrong_event(watch, event):
            raise ValueError(wrong)
    if marks and not watch.kind.compares_states:
        raise ValueError("only a kind that sets compares_states has marks")
    for thing, mark in marks.items():
        if not (thing and _is_text(thing) and _is_mark(mark)):
            raise ValueError(f"the mark of {thing!r} is no Mark with a text of at most 64 KiB")
    if watch.plugin:
        for event in events:
            dump_event(event)  # what can't be written down is found here, not in the commit
    return Outcome(events, marks)


def _wrong_event(watch: Watch, event: object) -> str:
    """Return why an event can't be an event of a watch; empty if it can."""
    if not isinstance(event, Event):
        return f"an event is {type(event).__name__}, expected what look.event returns"
    texts = (event.key, event.title, event.text, *event.why)
    if not all(map(_is_text, texts)):
        return "the key, the title, the text and the reasons of an event are texts"
    if event.watch != watch.name or not event.key.startswith(f"{watch.name}:"):
        return "an event names another watch; make it with look.event"
    if len(event.key) > LONGEST_KEY:
        return "the key of an event is too long; make it with look.event"
    if event.kind not in _OF_WATCHES:
        return f"a watch reports no event of kind {event.kind!r}"
    if event.at.tzinfo is None:
        return "the time of an event has no zone"
    if not (event.items and all(isinstance(item, Item) for item in event.items)):
        return "an event is about one item at least"
    return ""


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_mark(mark: object) -> bool:
    if not isinstance(mark, Mark):
        return mark is None
    return _is_text(mark.body) and len(mark.body) <= LONGEST_MARK and mark.state in {*MarkState}


def _read_only(items: Sequence[Item]) -> tuple[Item, ...]:
    return tuple(replace(item, fields=ReadOnlyDict(item.fields)) for item in items)
