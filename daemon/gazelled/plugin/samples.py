"""A sample of every kind of event, to try templates and to show how messages look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from gazelled.model import Change, Event, EventKind, Item, Value

_AT = datetime(2026, 3, 9, 7, 30, tzinfo=UTC)
_SITE = "https://biotorrents.de"


def sample_events(added: Mapping[str, Value] = MappingProxyType({})) -> tuple[Event, ...]:
    """
    Return an event of every kind, in the order of `EventKind`; nothing in them is real.

    Args:
        added: Further fields of all items: those that plugins add.

    """
    events = tuple(_with_fields(event, added) for event in _events())
    new, change, gone, raised, cleared, *_, notice = events
    return (*events, _digest(notice, raised, cleared, gone, change, new))


def _with_fields(event: Event, added: Mapping[str, Value]) -> Event:
    items = tuple(replace(item, fields={**added, **item.fields}) for item in event.items)
    return replace(event, items=items)


def _events() -> tuple[Event, ...]:
    return (
        _new(),
        _change(),
        _gone(),
        _raised(),
        _cleared(),
        _report(),
        _first_look(),
        _notice(),
    )


def _data_set(number: int, title: str, form: str, size: int, **fields: object) -> Item:
    return Item(
        id=str(number),
        kind="torrent",
        title=title,
        url=f"{_SITE}/torrents.php?id={number}",
        time=_AT - timedelta(minutes=12),
        summary="Paired-end reads of a reference strain, with the assembly they were mapped to.",
        tags=("genome", "reference", "yeast"),
        size=size,
        group=str(number),
        fields={
            "format": form,
            "platform": "Illumina HiSeq",
            "license": "CC0",
            "seeders": 3,
            "leechers": 0,
            "snatched": 12,
            "lab": "Sanger Institute",
            "accession": "NC_001133.9",
            "authors": ("J. Doe", "M. Roe"),
            "year": 2026,
            **fields,
        },
    )


def _event(kind: EventKind, watch: str, title: str, text: str, *items: Item) -> Event:
    ids = "+".join(item.id for item in items)
    return Event(f"{watch or 'notice'}:{kind}:{ids}", kind, watch, _AT, title, text, items)


def _yeast(form: str = "FASTQ", size: int = 7_623_566_950, **fields: object) -> Item:
    return _data_set(63, "Saccharomyces cerevisiae S288C reads", form, size, **fields)


def _new() -> Event:
    items = (_yeast(), _yeast("BAM", 3_221_225_472))
    return Event(
        key="yeast:new:63",
        kind=EventKind.NEW,
        watch="yeast",
        at=_AT,
        title=items[0].title,
        text="",
        items=items,
        why=('title contains "saccharomyces"', "license is CC0"),
        also=("sanger",),
    )


def _change() -> Event:
    return Event(
        key="rare:change:63",
        kind=EventKind.CHANGE,
        watch="rare",
        at=_AT,
        title=_yeast().title,
        text="seeders 3 → 1\nlicense unknown → CC0",
        items=(_yeast(seeders=1),),
        changes=(Change("seeders", 3, 1), Change("license", None, "CC0")),
    )


def _gone() -> Event:
    item = _data_set(41, "Escherichia coli K-12 MG1655 assembly", "FASTA", 4_699_745)
    return _event(EventKind.GONE, "ecoli", item.title, "It is no longer in the list.", item)


def _raised() -> Event:
    item = _yeast(seeders=1)
    return Event(
        key="rescue:raised:63",
        kind=EventKind.RAISED,
        watch="rescue",
        at=_AT,
        title=f"{item.title}: 1 seeder",
        text="",
        items=(item,),
        why=("seeders 1, at most 1",),
        urgent=True,
    )


def _cleared() -> Event:
    item = _yeast(seeders=4)
    return _event(EventKind.CLEARED, "rescue", f"Over: {item.title}: 4 seeders", "", item)


def _report() -> Event:
    items = (_yeast(), _data_set(58, "Danio rerio GRCz11 annotation", "GFF", 91_226_112))
    lines = [f"{number}. {item.title}" for number, item in enumerate(items, 1)]
    return _event(
        EventKind.REPORT, "top-week", "The ten best of the week", "\n".join(lines), *items
    )


def _first_look() -> Event:
    text = (
        "14 of 212 known items match; newest: Saccharomyces cerevisiae S288C reads. "
        "What is new from now on is reported."
    )
    return _event(EventKind.FIRST_LOOK, "yeast", "Watching yeast", text, _yeast())


def _notice() -> Event:
    title = "BioTorrents.de has not answered since 07:12"
    text = "gazelled retries with growing pauses; nothing is missed, and there is nothing to do."
    item = Item("outage", "notice", title, url=f"{_SITE}/", time=_AT, summary=text)
    return _event(EventKind.NOTICE, "", title, text, item)


def _digest(*events: Event) -> Event:
    watches = dict.fromkeys(event.watch for event in events if event.watch)
    return Event(
        key="digest:phone:sample",
        kind=EventKind.DIGEST,
        watch="",
        at=_AT,
        title=f"{len(events)} events in {', '.join(watches)}",
        text="\n".join(event.title for event in events),
        items=tuple(item for event in events for item in event.items),
        events=events,
    )
