"""The kinds of watch, one module each, and the one place where they are registered."""

from __future__ import annotations

from collections.abc import Mapping

from gazelled.tracker.catalogue import Listing
from gazelled.watches.kinds.alert import AlertKind
from gazelled.watches.kinds.call import CallKind
from gazelled.watches.kinds.change import ChangeKind
from gazelled.watches.kinds.gone import GoneKind
from gazelled.watches.kinds.new import NewKind
from gazelled.watches.kinds.report import ReportKind
from gazelled.watches.watch import Kind

__all__ = ["KINDS", "default_kind", "kinds_of", "limited_keys", "unfit_kinds"]

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (NewKind(), ChangeKind(), GoneKind(), AlertKind(), ReportKind(), CallKind())
}
"""Every kind of watch by its name, in the order in which people are shown them."""


def kinds_of(listing: Listing | None) -> list[Kind]:
    """Return the kinds of watch that a source can serve; None is one that lists nothing."""
    return [kind for kind in KINDS.values() if kind.serves(listing)]


def default_kind(listing: Listing | None) -> Kind:
    """Return the kind of a watch that names none."""
    return next(kind for kind in kinds_of(listing) if kind.by_default)


def limited_keys() -> set[str]:
    """Return the keys of a watch that only some kinds take."""
    return {name for kind in KINDS.values() for name in kind.takes}


def unfit_kinds(listing: Listing) -> dict[str, str]:
    """Return the kinds of watch that a source can't serve, each with the reason."""
    reasons = {kind.name: kind.unfit(listing) for kind in KINDS.values()}
    return {name: reason for name, reason in reasons.items() if reason}
