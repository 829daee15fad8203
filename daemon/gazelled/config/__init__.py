"""The model of config.toml, secrets by reference, problems with file and line."""

from gazelled.config.load import Loaded, load
from gazelled.config.model import (
    Config,
    CookieAuth,
    First,
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
from gazelled.config.quiet import Quiet
from gazelled.config.rules_kept import Rule, call_of, read_rule
from gazelled.config.schedules import At, Cron, Every, Schedule

__all__ = [
    "At",
    "Config",
    "CookieAuth",
    "Cron",
    "Every",
    "First",
    "Limit",
    "Loaded",
    "Log",
    "LoginAuth",
    "Notices",
    "Problem",
    "Quiet",
    "Rule",
    "Schedule",
    "TargetTable",
    "TokenAuth",
    "Tracker",
    "Watch",
    "Web",
    "call_of",
    "load",
    "read_rule",
]
