"""What was caught up, id by id: decided on and committed as a look is."""

from __future__ import annotations

from collections.abc import Sequence

from gazelled.errors import KindError
from gazelled.model import Item, Position
from gazelled.store import Gap, Hole, LookTransaction
from gazelled.watches.catching_up import left
from gazelled.watches.plugins.vetoes import LookVetoes
from gazelled.watches.seen import Seen
from gazelled.watches.streams.stream import Stream
from gazelled.watches.streams.stream_look import LookContext
from gazelled.watches.watch import Watch


class CaughtUp:
    """
    What was caught up of a stream.

    Args:
        done: What was asked for.
        lost: Of this, the stretches whose answers can't be had.

    """

    def __init__(
        self, context: LookContext, stream: Stream, done: Hole, lost: Sequence[Hole]
    ) -> None:
        self._context = context
        self._stream = stream
        self._done = done
        self._lost = lost

    async def commit(self, watches: Sequence[Watch], items: Sequence[Item]) -> None:
        """Decide on items, the oldest first, and commit them all at once."""
        context, name = self._context, self._stream.name
        before = await context.store.streams.state(name)
        news = [w for w in watches if w.kind.news_only and w.name in before.watches]
        known = await context.recognizer.seen(self._stream, before, items)
        items = await self._enriched(news, [item for item in items if item.id not in known])
        vetoes = context.vetoes(self._stream)
        while not await self._try_to_commit(watches, items, vetoes):
            await vetoes.ask()
        context.committed()

    async def _enriched(self, watches: Sequence[Watch], items: Sequence[Item]) -> Sequence[Item]:
        """Return items with what plugins add, and with what is computed of them."""
        enrichment = self._context.enrichment
        computed = self._context.participants.extensions.with_computed
        items = [computed(item) for item in items]
        if not (enrichment.takes_part and items):
            return items
        pools = [(watch, items) for watch in watches]
        enriched = await enrichment.patiently(self._stream, pools, self._context.clock.now())
        return [computed(enriched.items.get(item.id, item)) for item in items]

    async def _try_to_commit(
        self, watches: Sequence[Watch], items: Sequence[Item], vetoes: LookVetoes
    ) -> bool:
        """Commit what was caught up, unless plugins are to be asked about it before."""
        context, stream = self._context, self._stream
        # A look may be under way that sees the same: whoever commits second finds it known.
        async with context.overlaps.committing:
            before = await context.store.streams.state(stream.name)
            known = await context.recognizer.seen(stream, before, items)
            restored = await context.recognizer.restored(stream) is not None
            fresh = tuple(item for item in items if item.id not in known)
            at = context.clock.now()
            seen = Seen(stream, fresh, fresh, complete=False, at=at, restored=restored)
            transaction = LookTransaction(
                stream.name,
                at,
                before.watermark,
                before.floor,
                known=[item.id for item in fresh],
                items=[*fresh],
                request=stream.call.request,
                # As they are now: a look may have added some meanwhile.
                holes=left((await context.store.streams.holes()).get(stream.name, ()), self._done),
            )
            begun = [w for w in watches if w.kind.news_only and w.name in before.watches]
            failures = await context.kind_failures.begin(begun, stream.name)
            for watch in begun:
                news = seen.above(before.watches[watch.name])
                try:
                    outcome = vetoes.decide(watch, news, {}, first=False)
                except KindError as failure:
                    failures.note(watch, news, transaction, failure)
                    continue
                transaction.events += [(event, watch.tell) for event in outcome.events]
            if vetoes.are_open:
                return False
            context.overlaps.note_commit()
            for low, high in self._lost:
                gap = Gap(Position(low), Position(high))
                transaction.events.append(context.missed(stream, begun, gap, at))
                transaction.gaps.append(gap.ends)
            await context.store.commit_look(transaction)
        if failures.failed:
            await context.kind_failures.report(begun, failures.failed)
        return True
