"""Plugins that do harm where items are found and decided on."""

from __future__ import annotations

from tests.bad_plugins.model import BadPlugin, hook

_FIELD = (
    "\n@hookimpl\ndef gazelled_match_fields(register):\n"
    "    register('{name}', COUNT, about='a number')\n"
)


def _found(name: str, *lines: str) -> str:
    source = hook("gazelled_items_found(batch, context)", *lines, imports="import asyncio")
    return source + _FIELD.replace("{name}", name)


def _computed(name: str, expression: str) -> str:
    return (
        "from gazelled.plugin import *\n"
        f"def compute(item):\n    return {expression}\n"
        "@hookimpl\ndef gazelled_match_fields(register):\n"
        f"    register('{name}', COUNT, about='a number', compute=compute)\n"
    )


def _decided(*lines: str) -> str:
    return hook("gazelled_item_decided(decision, context)", *lines, imports="import asyncio")


DECIDING = (
    BadPlugin(
        "enrich_fails", _found("field_a", "raise OSError('no table')"), r"no table", delays=True
    ),
    BadPlugin(
        "enrich_hangs",
        _found("field_b", "await asyncio.Event().wait()"),
        r"longer than",
        delays=True,
    ),
    BadPlugin("enrich_no_mapping", _found("field_c", "return 42"), r"int|mapping", delays=True),
    BadPlugin(
        "enrich_odd_values",
        _found("field_d", "return {item.id: {'field_d': object()} for item in batch.items}"),
        r"field_d|object",
        delays=True,
    ),
    BadPlugin(
        "enrich_undeclared",
        _found("field_e", "return {item.id: {'other_field': 1} for item in batch.items}"),
        r"other_field",
        delays=True,
    ),
    BadPlugin(
        "enrich_foreign_items",
        _found("field_f", "return {'no such item': {'field_f': 1}}"),
        r"not asked about",
        delays=True,
    ),
    BadPlugin("compute_fails", _computed("field_g", "1 / 0"), r"ZeroDivisionError"),
    BadPlugin("compute_odd_type", _computed("field_h", "'many'"), r"field_h"),
    BadPlugin("decide_fails", _decided("raise KeyError('gone')"), r"KeyError"),
    BadPlugin("decide_odd", _decided("return 'veto'"), r"str|Veto"),
    BadPlugin("decide_hangs", _decided("await asyncio.Event().wait()"), r"longer than"),
    BadPlugin(
        "event_fails",
        hook("gazelled_event_stored(stored)", "raise ValueError('stored')"),
        r"ValueError: stored",
    ),
    BadPlugin(
        "delivered_fails",
        hook("gazelled_delivered(done)", "raise ValueError('done')"),
        r"ValueError: done",
    ),
)
