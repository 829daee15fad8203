"""Checks which items a watch is for: `match`, `if`, `until` and `fields`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from gazelled.config.checks.context import WatchCheck
from gazelled.config.checks.request import CheckedRequest
from gazelled.fields import FieldType
from gazelled.model import Call, Lane
from gazelled.rules import Rule
from gazelled.rules.lint import holds_whenever, lint, wanted_texts
from gazelled.rules.operands import label
from gazelled.text import either, meant, unknown
from gazelled.tracker.catalogue import SNAPSHOT, Word
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.watches.keys.stored_rule import (
    RULE_KEYS,
    call_of,
    demands_by_key,
    make_rule,
    write_rule,
)
from gazelled.watches.plugins.source_set import params_of
from gazelled.watches.watch import WatchRule

FIELDS: Mapping[str, FieldType] = {
    name: type_
    for action in ACTIONS.values()
    for listing in action.listings
    for name, type_ in {**listing.more, **listing.fields}.items()
}
"""Every field that some answer has."""

_WORDS: Mapping[str, Word] = {
    "category": "category",
    "format": "format",
    "license": "license",
    "platform": "platform",
    "scope": "scope",
}
_MOST_EXAMPLES = 2


class RuleCheck:
    """The check of which items a watch is for."""

    def __init__(self, watch: WatchCheck, request: CheckedRequest) -> None:
        listing = request.listing
        self._watch = watch
        self._request = request
        self._listing = listing
        # Anything may be looked at if it isn't known what is asked.
        fields = request.kind.fields_of(listing) if listing else FIELDS
        self._fields = {**watch.context.extensions.types, **fields}
        self._details = listing.more if listing else {}
        self._unsent = {*listing.unsent} if listing else set()
        self._hidden = {*listing.blind} if listing and watch.context.by_token else set()

    def rule(self) -> tuple[WatchRule, str]:
        """Return the rule of the watch, also as a text, without what is wrong in it."""
        watch, request = self._watch, self._request
        keys = self._keys()
        self._check_required()
        self._check_fields(keys.get("fields", ()))
        ask, params, kind = request.name, request.params, request.kind
        listing = request.action.listing(params) if request.action else None
        fields = {**self._details, **self._fields}
        # Of a source whose plugin isn't loaded it is the name: its state stays in use.
        call = Call(watch.table.ask, params_of(watch.table.with_))
        if request.action:
            call = call_of(ask, params, listing, kind, Lane.WATCH)
        rule, mistakes = make_rule(
            *(_shared(call), listing, kind, keys, fields, FIELDS),
            extensions=watch.context.extensions,
        )
        for path, sentence in mistakes:
            of_plugin = len(path) <= len(("match", "field")) and _is_unknown(sentence)
            watch.error(path, self._with_hint(sentence), of_plugin=of_plugin)
        for name, demands in demands_by_key(rule):
            self._check_demands(demands, name)
        if rule.cleared and rule.cleared.parts and holds_whenever(rule.cleared, rule.raised):
            watch.error(("until",), "is true as soon as if is, so the alert would be over at once")
        text = write_rule(
            watch.table.ask, params, kind, {"match": watch.table.match, **keys}, watch.table.own
        )
        return rule, text

    def _keys(self) -> dict[str, object]:
        """Return the keys of the rule that the kind of watch takes."""
        written = self._watch.table.written
        taken = self._request.kind.takes - {*self._watch.misplaced}
        keys = {
            name: list(dict.fromkeys(value)) if isinstance(value, list) else value
            for name in RULE_KEYS
            if name in taken and (value := written.get(name)) not in (None, {})
        }
        if isinstance(match := keys.get("match"), dict):
            misplaced = self._watch.misplaced
            keys["match"] = {key: match[key] for key in match if key not in misplaced}
        return keys

    def _check_required(self) -> None:
        unsure = self._watch.is_kind_unknown
        for name, text in self._request.kind.requires.items():
            if not self._listing and "{fields}" in text:
                continue
            wanted = text.replace("{fields}", self._examples())
            if name not in self._watch.written:
                self._watch.error((name,), f"missing; {wanted}", of_plugin=unsure)
            elif self._watch.table.written.get(name) == [] and not self._watch.has_error(name):
                self._watch.error((name,), f"the list is empty; {wanted}", of_plugin=unsure)

    def _examples(self) -> str:
        """Return the fields that are most likely to change."""
        changing = sorted(
            (name for name in self._fields if name != "age"),
            key=lambda name: (name.endswith("id"), self._fields[name].python in {str, tuple}),
        )
        return ", ".join(f'"{name}"' for name in changing[:_MOST_EXAMPLES])

    def _check_fields(self, names: object) -> None:
        for name in names if isinstance(names, list) else ():
            index = self._watch.table.fields.index(name)
            if name in self._hidden:
                self._watch.error(("fields", index), self._needs_login(name))
            if self._watch.has_error("fields", index):
                continue
            if name == "age":
                self._watch.error(("fields", index), "the age changes all the time")
            elif name in self._unsent:
                self._watch.warn(("fields", index), self._is_not_sent(name))
            elif name in self._fields:
                continue
            elif name in self._details:
                self._watch.error(("fields", index), self._needs_details(name))
            elif name in FIELDS:
                text = f"{self._request.name} has no {label(name)}"
                self._watch.error(("fields", index), text)
            else:
                fields = self._fields.keys() - {"age"}
                text = unknown(f'field "{name}"', name, fields)
                self._watch.error(("fields", index), text, of_plugin=True)

    def _check_demands(self, rule: Rule, written: str) -> None:
        """Refuse what can't be had or can never hold, and warn of what is hardly meant."""
        watch = self._watch
        in_match = {key.removesuffix("_regex"): key for key in watch.table.match}

        def key(name: str) -> tuple[str, ...]:
            return ("match", in_match[name]) if written == "if" and name in in_match else (written,)

        for name in sorted(rule.names):
            self._check_name(name, key(name))
        for finding in lint(rule):
            if not finding.impossible:
                watch.warn(key(finding.field), finding.text)
            elif not watch.has_error(*key(finding.field)):
                watch.error(key(finding.field), finding.text)
        for name, texts in wanted_texts(rule):
            self._check_texts(name, texts, key(name))

    def _check_name(self, name: str, key: tuple[str, ...]) -> None:
        """Refuse a field that can't be had, and warn of one that the site doesn't send."""
        if name in self._details and name not in self._fields:
            self._watch.error(key, self._needs_details(name))
        if name in self._hidden:
            self._watch.error(key, self._needs_login(name))
        if name in self._unsent:
            self._watch.warn(key, self._is_not_sent(name))

    def _check_texts(self, name: str, texts: Sequence[str], key: tuple[str, ...]) -> None:
        watch, listing, action = self._watch, self._listing, self._request.name
        hidden = listing.unseen.get(name, ()) if listing and watch.context.by_token else ()
        if _folded(hidden) >= _folded(texts):
            text = f'{action} never shows a token "{texts[0]}"; that needs login or cookies'
            watch.error(key, text)
        if name in _WORDS and name not in self._unsent:
            for doubt in filter(None, (SNAPSHOT.doubt(_WORDS[name], text) for text in texts)):
                watch.warn(key, doubt)
        values = listing.values.get(name, ()) if listing else ()
        for text in [text for text in texts if values and text.casefold() not in _folded(values)]:
            hint = meant(text, values) or f"; choose from {either(values, 'and')}"
            watch.warn(key, f'{action} has no {label(name)} "{text}"{hint}')

    def _with_hint(self, sentence: str) -> str:
        """Add where all names are listed, if the sentence names none."""
        name = self._request.name
        if name and _is_unknown(sentence) and ";" not in sentence:
            return f"{sentence}; gazelled actions {name} lists what there is"
        return sentence

    def _needs_login(self, name: str) -> str:
        return (
            f"{self._request.name} does not show a token the {label(name)}; that needs login or"
            " cookies"
        )

    def _is_not_sent(self, name: str) -> str:
        action = self._request.action
        instead = f"; select by with.{name}" if action and name in action.params else ""
        return (
            f"{self._request.name} does not show the {label(name)} at this site, so no item can "
            f"have it{instead}"
        )

    def _needs_details(self, name: str) -> str:
        able = either(
            [f'"{kind.name}"' for kind in self._watch.context.kinds.values() if kind.news_only]
        )
        return (
            f"{self._request.name} shows the {label(name)} of one item at a time, and kind ="
            f' "{self._request.kind.name}" would ask for each of them in every run; only kind ='
            f" {able} can have it"
        )


def _is_unknown(sentence: str) -> bool:
    """Return whether a mistake in a rule is a name that nothing has."""
    return sentence.rpartition(": ")[2].startswith("unknown")


def _folded(texts: Sequence[str]) -> set[str]:
    return {text.casefold() for text in texts}


@lru_cache(maxsize=256)
def _shared(call: Call) -> Call:
    """Return one object for all watches that ask the same: a thousand may."""
    return call
