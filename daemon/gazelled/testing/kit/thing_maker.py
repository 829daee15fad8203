"""Things to show to plugins: equal arguments make equal things."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal

from gazelled.containment.read_only import read_only
from gazelled.model import Answer, Call, Change, Delivery, Event, EventKind, Item, Value
from gazelled.plugin import (
    ConfigChange,
    DeliveryDone,
    DeliveryFailure,
    RequestFailure,
    StoredEvent,
    TableChanges,
    TrackerChange,
)
from gazelled.testing.kit.kit_clock import AT

_ITEM = {field.name for field in dataclasses.fields(Item)} - {"fields"}


class ThingMaker:
    """Makes what the hooks of plugins are handed."""

    def item(self, title: str = "A data set", /, **attributes: Any) -> Item:  # noqa: ANN401 - as free as fields
        """
        Make an item; equal arguments make equal items.

        Args:
            title: Its title.
            attributes: Its other attributes, such as `size` or `tags`; all other names are fields,
                such as `license` or `seeders`.

        """
        own = {name: value for name, value in attributes.items() if name in _ITEM}
        fields = {name: value for name, value in attributes.items() if name not in _ITEM}
        number = str(int(hashlib.sha256(ascii(title).encode()).hexdigest()[:6], 16))
        plain = Item(
            id=number,
            kind="torrent",
            title=title,
            url=f"https://biotorrents.de/torrents.php?id={number}",
            time=AT,
            fields=fields,
        )
        return dataclasses.replace(plain, **own)

    def event(  # noqa: PLR0913 - one for each attribute
        self,
        kind: str = "new",
        /,
        *,
        title: str = "A data set",
        text: str = "",
        watch: str = "yeast",
        items: tuple[Item, ...] = (),
        why: tuple[str, ...] = (),
        changes: Mapping[str, tuple[Value, Value]] = MappingProxyType({}),
        urgent: bool = False,
        events: tuple[Event, ...] = (),
        also: tuple[str, ...] = (),
        at: datetime = AT,
        **fields: Any,  # noqa: ANN401 - likewise
    ) -> Event:
        """
        Make an event; equal arguments make equal events.

        Args:
            kind: `new`, `change`, `gone`, `raised`, `cleared`, `report`, `first-look`, `notice` or
                `digest`.
            title: The headline, and the title of its item.
            text: The body in plain words.
            watch: The watch that found it; notices have none.
            items: What it is about; when empty, the items of `events`, or one item with this title
                and these fields.
            why: The conditions that held.
            changes: The old and the new value of a field, by its name; for `change`.
            urgent: Whether it is delivered in quiet hours, too.
            events: The events of a digest.
            also: Further watches that found the same.
            at: When it was found.
            fields: The fields of its item, see `item`.

        """
        notice = kind == EventKind.NOTICE
        stand_in: dict[str, Any] = {"kind": "notice", "url": ""} if notice else {}
        about = items or tuple(item for event in events for item in event.items)
        about = about or (self.item(title, **(stand_in | fields)),)
        about_ids = "+".join(item.id for item in about)
        return Event(
            key=f"notice:{about_ids}" if notice else f"{watch}:{kind}:{about_ids}",
            kind=EventKind(kind),
            watch="" if notice else watch,
            at=at,
            title=title,
            text=text,
            items=about,
            why=why,
            changes=tuple(Change(name, *values) for name, values in changes.items()),
            urgent=urgent,
            events=events,
            also=also,
        )

    def call(self, action: str, /, **params: object) -> Call:
        """
        Make a request.

        Args:
            action: The action.
            params: Its parameters.

        """
        return Call(action, tuple(sorted((name, str(value)) for name, value in params.items())))

    def answer(
        self, action: str, payload: object, /, *, took: float = 0.25, **params: object
    ) -> Answer:
        """
        Make an answer of the tracker.

        Args:
            action: The action.
            payload: What it answers: the `response` of the envelope.
            took: The seconds that it took.
            params: The parameters of the request.

        """
        raw = json.dumps({"status": "success", "response": payload}).encode()
        return read_only(Answer(self.call(action, **params), payload, raw, AT, took))

    def request_failure(
        self, action: str = "browse", /, error: str = "502 Bad Gateway", **params: object
    ) -> RequestFailure:
        """
        Make a request without an answer.

        Args:
            action: The action.
            error: Why there is no answer.
            params: The parameters of the request.

        """
        return RequestFailure(self.call(action, **params), error, AT, AT + timedelta(minutes=1))

    def stored(self, event: Event, /, *targets: str) -> StoredEvent:
        """
        Make an event that was stored.

        Args:
            event: The event.
            targets: The targets that it is for.

        """
        return StoredEvent(event, targets, AT)

    def done(self, event: Event, /, target: str = "phone", *, took: float = 0.5) -> DeliveryDone:
        """
        Make a delivery that succeeded.

        Args:
            event: The event.
            target: The name of the target.
            took: The seconds that it took.

        """
        return DeliveryDone(Delivery(event, target), AT, took)

    def failure(
        self,
        event: Event,
        /,
        target: str = "phone",
        *,
        error: str = "The target does not answer.",
        final: bool = False,
    ) -> DeliveryFailure:
        """
        Make an attempt at a delivery that failed.

        Args:
            event: The event.
            target: The name of the target.
            error: Why it failed.
            final: Whether it is given up.

        """
        retry_at = None if final else AT + timedelta(minutes=1)
        return DeliveryFailure(Delivery(event, target), error, final, AT, retry_at)

    def tracker_change(
        self,
        state: Literal["up", "down", "stopped", "elsewhere"] = "down",
        /,
        reason: str = "502 Bad Gateway",
    ) -> TrackerChange:
        """
        Make a change of the tracker's availability.

        Args:
            state: The new state.
            reason: Why.

        """
        return TrackerChange(state, AT, reason, AT)

    def config_change(
        self,
        *keys: str,
        watches: TableChanges = TableChanges(),  # noqa: B008 - it is frozen
        targets: TableChanges = TableChanges(),  # noqa: B008 - it is frozen
        plugins: TableChanges = TableChanges(),  # noqa: B008 - it is frozen
    ) -> ConfigChange:
        """
        Make a change of the config.

        Args:
            keys: Further keys with other values.
            watches: The watches.
            targets: The targets.
            plugins: The plugins.

        """
        return ConfigChange(watches, targets, plugins, keys, AT)
