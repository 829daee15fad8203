"""Checks what a watch asks: the action, the kind of watch, and the parameters."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from gazelled.config.checks.context import WatchCheck
from gazelled.hooks.options import check_options
from gazelled.model import Params
from gazelled.plugin import PluginConfig
from gazelled.plugin.kinds import AnyKind
from gazelled.text import either, meant
from gazelled.tracker.catalogue import Action, Listing, check
from gazelled.watches.keys.kinds import Kinds
from gazelled.watches.plugins.source_set import PluginSource, params_of


@dataclass(frozen=True, slots=True)
class CheckedRequest:
    """What a watch asks; no action if there is no such, no listing if it lists nothing."""

    action: Action | None
    listing: Listing | None
    kind: AnyKind
    params: Params = ()

    @property
    def name(self) -> str:
        return self.action.name if self.action else ""


def check_request(watch: WatchCheck) -> CheckedRequest:
    """Check what a watch asks."""
    table = watch.table
    kinds = watch.context.kinds
    if watch.is_kind_unknown:
        watch.error(("kind",), kinds.missing(table.kind), of_plugin=True)
    action = _check_action(watch)
    if action is None:
        return CheckedRequest(None, None, kinds.get(table.kind) or kinds.first)
    with_ = {name: value for name, value in table.with_.items() if name not in watch.misplaced}
    if source := watch.context.sources.get(action.name):
        kind = _check_kind(watch, action, action.listings[0])
        params = _check_source(watch, source, with_)
        return CheckedRequest(action, action.listings[0], kind, params)
    listing = action.listing(check(action, with_).params)
    kind = _check_kind(watch, action, listing)
    params = _check_params(watch, action, listing if kind.follows else None, with_)
    return CheckedRequest(action, listing, kind, params)


def _check_action(watch: WatchCheck) -> Action | None:
    table = watch.table
    if "ask" not in watch.written:
        watch.error(("ask",), 'missing; write ask = "browse" or another action')
        return None
    if watch.has_error("ask") or (not table.ask and "ask" not in table.model_fields_set):
        return None
    dialect = watch.context.dialect
    action = dialect.action(table.ask)
    if action is None:
        question = meant(table.ask, dialect.names) or "; gazelled actions lists them"
        watch.error(("ask",), f'unknown action "{table.ask}"{question}', of_plugin=True)
        return None
    if action.changes:
        watch.error(("ask",), f"{action.name} {action.changes}; no watch may ask it")
    if watch.context.by_token and not action.token:
        why = f": {action.blind}" if action.blind else ""
        watch.error(("ask",), f"{action.name} needs login or cookies, a token isn't enough{why}")
    note = f": {action.note}" if action.note else ""
    if action.state == "absent":
        watch.error(("ask",), f"the tracker hasn't implemented {action.name}{note}")
    elif action.state == "broken":
        watch.warn(("ask",), f"{action.name} doesn't work at the tracker{note}")
    return action


def _check_kind(watch: WatchCheck, action: Action, listing: Listing | None) -> AnyKind:
    kinds = watch.context.kinds
    if kind := kinds.get(watch.table.kind):
        if not kind.serves(listing):
            watch.error(("kind",), _unfit(action, listing, kind, kinds))
        return kind
    default = kinds.default(listing)
    reports = {"tell", *kinds.limited_keys} & set(watch.written)
    # What reports nothing only calls, whether that is written or not.
    if "kind" in watch.written or default.reads_items or not (reports or watch.table.tell):
        return default
    if listing:
        return _missing_kind(watch, action, listing, reports)
    if not (reports or watch.has_error("ask")):
        text = f"missing, since {action.name} lists nothing when asked so; write"
        watch.error(("kind",), f"{text} {_calls(default)}")
    return default


def _missing_kind(
    watch: WatchCheck, action: Action, listing: Listing, reports: set[str]
) -> AnyKind:
    """Report that a kind is missing; return the one that the other keys are for."""
    fitting = [kind for kind in watch.context.kinds.of(listing) if kind.reads_items]
    names = either([f'"{kind.name}"' for kind in fitting])
    text = f"missing, since {action.name} is a single thing and never new; write kind = {names}"
    watch.error(("kind",), text)
    return next(kind for kind in fitting if kind.requires.keys() <= reports)


def _unfit(action: Action, listing: Listing | None, kind: AnyKind, kinds: Kinds) -> str:
    if listing is None:
        calls = _calls(kinds.default(None))
        return f'{action.name} lists nothing for kind = "{kind.name}"; write {calls}'
    fitting = either([f'"{other.name}"' for other in kinds.of(listing)], "and")
    return f'no "{kind.name}" for {action.name}: {kind.unfit(listing)}; choose from {fitting}'


def _calls(kind: AnyKind) -> str:
    return f'kind = "{kind.name}", which {kind.about}'


def _check_params(
    watch: WatchCheck, action: Action, followed: Listing | None, with_: dict[str, object]
) -> Params:
    for name in sorted(with_.keys() & (followed.fixed if followed else ())):
        able = [kind for kind in watch.context.kinds.values() if not kind.follows]
        kinds = either([f'"{kind.name}"' for kind in able])
        watch.error(
            ("with", name),
            f"{name} changes which entries come first, but a watch needs the newest there; "
            f"leave it out, or write kind = {kinds}",
            of_plugin=watch.is_kind_unknown,
        )
    beside = followed.with_ if followed else ()
    checked = check(action, with_, beside=beside)
    for name, sentence in checked.wrong:
        if name in with_:
            watch.error(("with", name), sentence)
        else:
            watch.error(("with",), f"{sentence}; write with.{name} = …")
    for name, sentence in checked.hints:
        watch.warn(("with", *([name] if name in with_ else [])), sentence)
    if checked.wrong or watch.table.mark_read:
        return checked.params
    params = action.gentle(checked.params)
    _check_marking(watch, action, params, with_)
    return params


def _check_source(watch: WatchCheck, source: PluginSource, with_: dict[str, object]) -> Params:
    """Check the options of a source of a plugin."""
    checked = check_options(source.source.options, with_, watch.context.folder)
    if not isinstance(checked, PluginConfig):
        for path, sentence in checked:
            place = path if path and path[0] in with_ else ()
            watch.error(("with", *place), sentence)
    return params_of(with_)


def _check_marking(
    watch: WatchCheck, action: Action, params: Params, with_: Collection[str]
) -> None:
    """Refuse what marks things as read, at the parameter that decides it."""
    if marks := action.marks(params):
        deciding = [name for effect in action.effects for name in effect.when if name in with_]
        watch.error(
            ("with", deciding[-1]) if deciding else ("ask",),
            f"reading {action.name} marks {marks} as read on the site; if you want that, write"
            " mark_read = true",
        )
