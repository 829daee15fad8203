"""The model of config.toml, secrets by reference, problems with file and line."""

from gazelled.config.checks.tracker_table import credentials_digest
from gazelled.config.document.problems import Problem
from gazelled.config.load import Loaded, load
from gazelled.config.model import (
    Config,
    Log,
    NoticeSettings,
    TargetTable,
    Tracker,
    Web,
)
from gazelled.model import QuietHours

__all__ = [
    "Config",
    "Loaded",
    "Log",
    "NoticeSettings",
    "Problem",
    "QuietHours",
    "TargetTable",
    "Tracker",
    "Web",
    "credentials_digest",
    "load",
]
