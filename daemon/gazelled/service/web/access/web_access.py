"""The token of the page, and the sessions of those who have logged in with it."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from gazelled.clock import Clock
from gazelled.config.model import Web
from gazelled.store.kv import KeyValueStore

KEY = "web-access"
"""Where the state keeps the hash of the token, and those of the sessions."""

FEEDS = "web-feeds"
"""Where the state keeps the secret in the addresses of private feeds."""

SESSION = timedelta(days=30)
MOST_SESSIONS = 50
"""So many browsers are logged in at once; the oldest is logged out for one more."""


@dataclass(slots=True)
class _Record:
    """What is stored: hashes only, so that a copy of the state opens nothing."""

    token: str = ""
    sessions: dict[str, datetime] = field(default_factory=dict)


class WebAccess:
    """
    Checks tokens and sessions.

    A token is 256 random bits, so that a plain hash of it is as good as a slow one.
    """

    def __init__(self, store: KeyValueStore, clock: Clock, record: _Record, feeds: str) -> None:
        self._store = store
        self._clock = clock
        self._record = record
        self._feeds = feeds

    @classmethod
    async def load(cls, store: KeyValueStore, clock: Clock) -> Self:
        """Read what the state holds."""
        data = json.loads(await store.get_kv(KEY) or "{}")
        sessions = {
            known: datetime.fromisoformat(ends) for known, ends in data.get("sessions", {}).items()
        }
        feeds = await store.get_kv(FEEDS)
        if feeds is None:
            feeds = secrets.token_urlsafe(16)
            await store.set_kv(FEEDS, feeds)
        return cls(store, clock, _Record(data.get("token", ""), sessions), feeds)

    def feeds_below(self, settings: Web) -> str:
        """Return below which path feeds are, from the prefix on; their secret is part of it."""
        return f"/feeds/{self._feeds}/" if settings.private_feeds else "/"

    @property
    def has_token(self) -> bool:
        """Whether there is a token."""
        return bool(self._record.token)

    @property
    def issue(self) -> str:
        """Which token counts now: its hash, which opens nothing."""
        return self._record.token

    async def renew(self) -> str:
        """Return a new token; the one before and all its sessions end."""
        token = secrets.token_urlsafe(32)
        await self._write(_Record(_hash(token)))
        return token

    async def revoke(self) -> bool:
        """End the token and all its sessions; return whether there was one."""
        had = self.has_token
        await self._write(_Record())
        return had

    def is_token(self, token: str) -> bool:
        """Return whether this is the token."""
        known = self._record.token
        return bool(known) and hmac.compare_digest(known, _hash(token))

    async def begin(self) -> str:
        """Return the secret of a new session."""
        session = secrets.token_urlsafe(32)
        record, now = self._record, self._clock.now()
        alive = {known: ends for known, ends in record.sessions.items() if ends > now}
        alive[_hash(session)] = now + SESSION
        newest = sorted(alive.items(), key=lambda pair: pair[1])[-MOST_SESSIONS:]
        await self._write(_Record(record.token, dict(newest)))
        return session

    def is_session(self, session: str) -> bool:
        """Return whether somebody is logged in with this session."""
        ends = self._record.sessions.get(_hash(session))
        return ends is not None and ends > self._clock.now()

    async def end(self, session: str) -> None:
        """Log a session out."""
        record = self._record
        left = {known: ends for known, ends in record.sessions.items() if known != _hash(session)}
        await self._write(_Record(record.token, left))

    async def _write(self, record: _Record) -> None:
        self._record = record  # it counts at once, also where the state can't be written
        sessions = {known: ends.isoformat() for known, ends in record.sessions.items()}
        data = json.dumps({"token": record.token, "sessions": sessions})
        await self._store.set_kv(KEY, data if record.token else None)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
