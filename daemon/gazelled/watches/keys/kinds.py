"""The kinds of watch that there are: what loaded plugins have registered."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from gazelled.plugin.kinds import AnyKind
from gazelled.text import either, meant
from gazelled.tracker.catalogue import Listing


class Kinds(Mapping[str, AnyKind]):
    """
    The kinds of watch that there are by name, in the order in which people are shown them.

    Args:
        kinds: The kinds.
        plugins: The plugins of those that aren't gazelled's own, by the names of the kinds.
        left_out: The plugins that could not be loaded, or are disabled.

    """

    def __init__(
        self,
        kinds: Iterable[AnyKind],
        plugins: Mapping[str, str] | None = None,
        left_out: Collection[str] = (),
    ) -> None:
        self._kinds = {kind.name: kind for kind in kinds}
        self._plugins = plugins or {}
        self._left_out = left_out

    def __getitem__(self, name: str) -> AnyKind:
        return self._kinds[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

    def plugin(self, kind: AnyKind) -> str:
        """Return the plugin that brings a kind; empty for gazelled's own kinds."""
        return self._plugins.get(kind.name, "")

    @property
    def first(self) -> AnyKind:
        """The one that stands in where it isn't known what is asked."""
        return next(iter(self._kinds.values()))

    def of(self, listing: Listing | None) -> list[AnyKind]:
        """Return the kinds of watch that a source can serve; None is one that lists nothing."""
        return [kind for kind in self._kinds.values() if kind.serves(listing)]

    def default(self, listing: Listing | None) -> AnyKind:
        """Return the kind of a watch that names none: one of gazelled's own."""
        own = (kind for kind in self.of(listing) if kind.name not in self._plugins)
        return next(kind for kind in own if kind.by_default)

    @property
    def limited_keys(self) -> frozenset[str]:
        """The keys of a watch that only some kinds take."""
        return frozenset(name for kind in self._kinds.values() for name in kind.takes)

    @staticmethod
    def own_keys(kind: AnyKind) -> list[str]:
        """Return the keys of a watch that a kind has for itself."""
        fields = kind.keys.model_fields if kind.keys else {}
        return [field.alias or name for name, field in fields.items()]

    def unfit(self, listing: Listing) -> dict[str, str]:
        """Return the kinds of watch that a source can't serve, each with the reason."""
        reasons = {kind.name: kind.unfit(listing) for kind in self._kinds.values()}
        return {name: reason for name, reason in reasons.items() if reason}

    def missing(self, name: str) -> str:
        """Return a sentence for a name that no kind has."""
        kinds = either([f'"{kind}"' for kind in self])
        return f"expected {kinds}{meant(name, self)}"

    @property
    def hint(self) -> str:
        """Where a kind may be that is unknown."""
        if not self._left_out:
            return ""
        plugins = either([f'"{plugin}"' for plugin in self._left_out])
        return f"; the plugin {plugins}, which is not loaded, may have it"
