"""The model of config.toml, secrets by reference, problems with file and line."""

from gazelled.config.document.problems import Problem
from gazelled.config.load import Loaded, load
from gazelled.config.model import (
    Config,
    First,
    Limit,
    Log,
    Notices,
    TargetTable,
    Tracker,
    Watch,
    Web,
)
from gazelled.config.quiet_hours import Quiet
from gazelled.config.schedules import At, Cron, Every, Schedule
from gazelled.config.stored_rule import Rule, call_of, read_rule

__all__ = [
    "At",
    "Config",
    "Cron",
    "Every",
    "First",
    "Limit",
    "Loaded",
    "Log",
    "Notices",
    "Problem",
    "Quiet",
    "Rule",
    "Schedule",
    "TargetTable",
    "Tracker",
    "Watch",
    "Web",
    "call_of",
    "load",
    "read_rule",
]
