"""Standing by: what a daemon does while another process owns its account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from gazelled.clock import Clock
from gazelled.service.notices import Notices
from gazelled.tracker.login.ownership import AccountTaken, Ownership
from gazelled.tracker.transport.dispatcher import Dispatcher

log = structlog.stdlib.get_logger(__name__)

TRY_EVERY = 60.0


async def own_account(
    ownership: Ownership,
    dispatcher: Dispatcher,
    notices: Notices,
    clock: Clock,
    show: Callable[[], None],
) -> None:
    """
    Own the account as soon as nobody else does, and tell who has it until then.

    Args:
        ownership: The right to send requests for it.
        dispatcher: Sends nothing meanwhile.
        notices: Told when this daemon begins and ends to stand by.
        clock: Time.
        show: Shows the service manager how the daemon is.

    """
    since: datetime | None = None
    while True:
        try:
            await ownership.claim()
        except AccountTaken as taken:
            dispatcher.stand_by(taken)
            if since is None:
                since = clock.now()
                log.warning("standby.entered", reason=str(taken))
                await notices.account_taken(str(taken), since)
                show()
        else:
            dispatcher.take_over()
            if since is not None:
                log.warning("standby.left")
                await notices.account_taken_over(since)
                since = None
                show()
        await clock.sleep(TRY_EVERY)
