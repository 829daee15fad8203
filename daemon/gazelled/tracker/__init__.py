"""
A client library for Gazelle's JSON API that keeps to the rate limit; usable without the daemon.

    async with connect("https://biotorrents.de", Token("…")) as api:
        found = await api.browse(searchstr="yeast")

Names are imported on first use, so that a script imports only what it needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gazelled.errors import (
        ActionRequired,
        BadAnswer,
        Reason,
        RequestRefused,
        TrackerError,
        TrackerUnavailable,
    )
    from gazelled.tracker.catalogue.endpoint import Result
    from gazelled.tracker.catalogue.own_account import Account
    from gazelled.tracker.client.api import Api
    from gazelled.tracker.client.blocking import SyncApi, connect_sync
    from gazelled.tracker.client.connect import connect
    from gazelled.tracker.client.downloads import Download
    from gazelled.tracker.client.paging import BlockingPages, Pages
    from gazelled.tracker.forms.allowed import Allowed
    from gazelled.tracker.forms.sender import WriteOutcome, WriteResult
    from gazelled.tracker.login.auth import CookieAuth as Cookies
    from gazelled.tracker.login.auth import LoginAuth as Login
    from gazelled.tracker.login.auth import TokenAuth as Token
    from gazelled.tracker.login.read_credentials import read_credentials
    from gazelled.tracker.sites.profiles import PROFILES, Profile

__all__ = [
    "PROFILES",
    "Account",
    "ActionRequired",
    "Allowed",
    "Api",
    "BadAnswer",
    "BlockingPages",
    "Cookies",
    "Download",
    "Login",
    "Pages",
    "Profile",
    "Reason",
    "RequestRefused",
    "Result",
    "SyncApi",
    "Token",
    "TrackerError",
    "TrackerUnavailable",
    "WriteOutcome",
    "WriteResult",
    "connect",
    "connect_sync",
    "read_credentials",
]

_HOMES = {
    "PROFILES": ("tracker.sites.profiles", "PROFILES"),
    "Account": ("tracker.catalogue.own_account", "Account"),
    "Allowed": ("tracker.forms.allowed", "Allowed"),
    "Api": ("tracker.client.api", "Api"),
    "BadAnswer": ("errors", "BadAnswer"),
    "BlockingPages": ("tracker.client.paging", "BlockingPages"),
    "Cookies": ("tracker.login.auth", "CookieAuth"),
    "Download": ("tracker.client.downloads", "Download"),
    "Login": ("tracker.login.auth", "LoginAuth"),
    "Pages": ("tracker.client.paging", "Pages"),
    "Profile": ("tracker.sites.profiles", "Profile"),
    "Reason": ("errors", "Reason"),
    "RequestRefused": ("errors", "RequestRefused"),
    "Result": ("tracker.catalogue.endpoint", "Result"),
    "ActionRequired": ("errors", "ActionRequired"),
    "SyncApi": ("tracker.client.blocking", "SyncApi"),
    "Token": ("tracker.login.auth", "TokenAuth"),
    "TrackerError": ("errors", "TrackerError"),
    "TrackerUnavailable": ("errors", "TrackerUnavailable"),
    "WriteOutcome": ("tracker.forms.sender", "WriteOutcome"),
    "WriteResult": ("tracker.forms.sender", "WriteResult"),
    "connect": ("tracker.client.connect", "connect"),
    "connect_sync": ("tracker.client.blocking", "connect_sync"),
    "read_credentials": ("tracker.login.read_credentials", "read_credentials"),
}
"""Where each name lives, and what it is called there."""


def __getattr__(name: str) -> object:
    """Load a public name."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home, original = _HOMES[name]
    return getattr(import_module(f"gazelled.{home}"), original)
