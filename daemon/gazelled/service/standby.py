"""Standing by: what a daemon does while another process owns its account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from gazelled.clock import Clock
from gazelled.service.notices.sender import NoticeSender
from gazelled.service.notices.texts import account_taken, account_taken_over
from gazelled.tracker.login.ownership import AccountTaken
from gazelled.tracker.transport.dispatcher import Dispatcher

log = structlog.stdlib.get_logger(__name__)

TRY_EVERY = 60.0


async def own_account(
    dispatcher: Dispatcher, notices: NoticeSender, site: str, clock: Clock, show: Callable[[], None]
) -> None:
    """
    Own the account as soon as nobody else does, and send nothing until then.

    `show` shows the service manager how the daemon is.
    """
    since: datetime | None = None
    while True:
        try:
            await dispatcher.session.claim()
        except AccountTaken as taken:
            dispatcher.stand_by(taken)
            if since is None:
                since = clock.now()
                log.warning("standby.entered", reason=str(taken))
                await notices.send(account_taken(site, str(taken), since))
                show()
        else:
            dispatcher.take_over()
            if since is not None:
                log.warning("standby.left")
                await notices.send(account_taken_over(site, since))
                since = None
                show()
        await clock.sleep(TRY_EVERY)
