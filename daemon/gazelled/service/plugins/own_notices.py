"""`context.notify`: events of a plugin's own, through the targets, so many and no more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from gazelled.clock import Clock
from gazelled.errors import RetryLater
from gazelled.markup import safe_text
from gazelled.redact import public_url
from gazelled.service.plugins.budgets import TokenBucket
from gazelled.store.outbox import Outbox
from gazelled.text import shortened
from gazelled.units import human_age
from gazelled.watches.events import notice_event

log = structlog.stdlib.get_logger(__name__)

AN_HOUR = 20
"""So many notices a plugin may send in an hour, and five at once."""

_LONGEST_TOPIC = 100
_LONGEST_TITLE = 300
_LONGEST_TEXT = 10_000
_LONGEST_URL = 2_000


class OwnNotices:
    """
    Sends the notices of one plugin.

    Args:
        url: The address of a notice without its own.
        wake: Called when there is something to deliver.
        scrub: Takes secrets out of a text.

    Attributes:
        targets: The names of the targets; another config may have others.
        refused: How many were too many.

    """

    def __init__(
        self,
        plugin: str,
        targets: Sequence[str],
        outbox: Outbox,
        clock: Clock,
        *,
        url: str,
        wake: Callable[[], None],
        scrub: Callable[[str], str],
    ) -> None:
        self.refused = 0
        self._plugin = plugin
        self.targets = targets
        self._outbox = outbox
        self._clock = clock
        self._url = url
        self._wake = wake
        self._scrub = scrub
        self._limit = TokenBucket(clock, AN_HOUR)

    async def send(
        self, topic: str, title: str, text: str, /, *, url: str = "", urgent: bool = False
    ) -> None:
        """
        Send a notice; it is on the disk afterwards.

        Raises:
            TypeError: If something is no text.
            RetryLater: If the plugin has sent too many in the last hour.

        """
        for part in (topic, title, text, url):
            if not isinstance(part, str):
                raise TypeError(f"a notice has texts, not {type(part).__name__}")
        if wait := self._limit.wait():
            self.refused += 1
            if self.refused == 1:
                log.warning("plugin.notices_refused", plugin=self._plugin, an_hour=AN_HOUR)
            raise RetryLater(
                f"The plugin {self._plugin} has sent {AN_HOUR} notices an hour, which is the most; "
                f"the next one may be sent in {human_age(wait)}.",
                after=wait,
            )
        self._limit.charge()
        notice = notice_event(
            f"{self._plugin}-{self._cleaned(topic, _LONGEST_TOPIC)}",
            self._cleaned(title, _LONGEST_TITLE),
            self._cleaned(text, _LONGEST_TEXT),
            public_url(self._cleaned(url, _LONGEST_URL)) or self._url,
            self._clock.now(),
        )
        await self._outbox.add(replace(notice, urgent=bool(urgent)), self.targets)
        self._wake()

    def _cleaned(self, text: str, longest: int) -> str:
        return shortened(self._scrub(safe_text(text)), longest)
