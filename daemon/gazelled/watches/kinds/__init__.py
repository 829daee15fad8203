"""The kinds of watch, one module each, and the set of those that there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gazelled.text import either, meant
from gazelled.tracker.catalogue import Listing
from gazelled.watches.kinds.alert import AlertKind
from gazelled.watches.kinds.call import CallKind
from gazelled.watches.kinds.change import ChangeKind
from gazelled.watches.kinds.gone import GoneKind
from gazelled.watches.kinds.new import NewKind
from gazelled.watches.kinds.report import ReportKind
from gazelled.watches.watch import Kind

__all__ = ["KINDS", "Kinds"]


class Kinds(Mapping[str, Kind]):
    """The kinds of watch that there are by name, in the order in which people are shown them."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self._kinds = {kind.name: kind for kind in kinds}

    def __getitem__(self, name: str) -> Kind:
        return self._kinds[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

    @property
    def first(self) -> Kind:
        """The one that stands in where it isn't known what is asked."""
        return next(iter(self._kinds.values()))

    def of(self, listing: Listing | None) -> list[Kind]:
        """Return the kinds of watch that a source can serve; None is one that lists nothing."""
        return [kind for kind in self._kinds.values() if kind.serves(listing)]

    def default(self, listing: Listing | None) -> Kind:
        """Return the kind of a watch that names none."""
        return next(kind for kind in self.of(listing) if kind.by_default)

    @property
    def limited_keys(self) -> frozenset[str]:
        """The keys of a watch that only some kinds take."""
        return frozenset(name for kind in self._kinds.values() for name in kind.takes)

    def unfit(self, listing: Listing) -> dict[str, str]:
        """Return the kinds of watch that a source can't serve, each with the reason."""
        reasons = {kind.name: kind.unfit(listing) for kind in self._kinds.values()}
        return {name: reason for name, reason in reasons.items() if reason}

    def missing(self, name: str) -> str:
        """Return a sentence for a name that no kind has."""
        kinds = either([f'"{kind}"' for kind in self])
        return f"expected {kinds}{meant(name, self)}"


KINDS = Kinds((NewKind(), ChangeKind(), GoneKind(), AlertKind(), ReportKind(), CallKind()))
