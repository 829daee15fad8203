"""The model of config.toml, secrets by reference, problems with file and line."""

from gazelled.config.load import Loaded, load
from gazelled.config.model import (
    Config,
    CookieAuth,
    Limit,
    Log,
    LoginAuth,
    Notices,
    TargetTable,
    TokenAuth,
    Tracker,
    Watch,
    Web,
)
from gazelled.config.problems import Problem
from gazelled.config.schedules import At, Cron, Every, Schedule

__all__ = [
    "At",
    "Config",
    "CookieAuth",
    "Cron",
    "Every",
    "Limit",
    "Loaded",
    "Log",
    "LoginAuth",
    "Notices",
    "Problem",
    "Schedule",
    "TargetTable",
    "TokenAuth",
    "Tracker",
    "Watch",
    "Web",
    "load",
]
