"""What is known of the account: how gazelled logs in, and the figures that a watch saw last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gazelled.model import StreamId
from gazelled.tracker.login.auth import CookieAuth, TokenAuth

if TYPE_CHECKING:  # the app has the server that shows its pages
    from gazelled.service.app import App

_ACTIONS = ("account", "index")
_FIGURES = ("ratio", "required_ratio", "uploaded", "downloaded", "class")


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """
    The account.

    Attributes:
        log_in: `token`, `login` or `cookies`.
        name: Whose it is; empty if no watch asks for that.
        figures: What a watch saw of it last, by the names that rules use: amounts in bytes.
        seen: When that was.

    """

    log_in: str
    name: str = ""
    figures: Mapping[str, object] | None = None
    seen: datetime | None = None


async def account_figures(app: App) -> AccountFigures:
    """Return what is known of the account, without a request."""
    auth = app.config.tracker.auth
    log_in = (
        "token"
        if isinstance(auth, TokenAuth)
        else "cookies"
        if isinstance(auth, CookieAuth)
        else "login"
    )
    for source, watches in app.watcher.sources.items():
        if watches[0].call.action in _ACTIONS:
            for seen in await app.store.archive.newest_items(StreamId(source), 1):
                fields = seen.item.fields
                figures = {name: fields[name] for name in _FIGURES if fields.get(name) is not None}
                name = app.redactor.scrub_foreign(seen.item.title)
                return AccountFigures(log_in, name, figures, seen.at)
    return AccountFigures(log_in)
