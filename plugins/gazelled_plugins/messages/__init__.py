"""
Messages of events, as services take them.

`compose` writes one; `Templates` is the type of the option `templates`; `service` returns the
format and the limits of a service.
"""

from __future__ import annotations

from gazelled_plugins.messages.composing import Message, compose, from_templates
from gazelled_plugins.messages.formats import (
    CHAT,
    DISCORD,
    FORMATS,
    HTML,
    JSON,
    MARKDOWN,
    MATRIX,
    PLAIN,
    SLACK,
    TELEGRAM,
    Format,
)
from gazelled_plugins.messages.options import Source, Templates
from gazelled_plugins.messages.samples import SAMPLE_CONTEXT, check_with_samples
from gazelled_plugins.messages.services import Service, service
from gazelled_plugins.messages.shortening import Limits
from gazelled_plugins.messages.texts import all_harmless, harmless, in_bytes, in_utf16

__all__ = [
    "CHAT",
    "DISCORD",
    "FORMATS",
    "HTML",
    "JSON",
    "MARKDOWN",
    "MATRIX",
    "PLAIN",
    "SAMPLE_CONTEXT",
    "SLACK",
    "TELEGRAM",
    "Format",
    "Limits",
    "Message",
    "Service",
    "Source",
    "Templates",
    "all_harmless",
    "check_with_samples",
    "compose",
    "from_templates",
    "harmless",
    "in_bytes",
    "in_utf16",
    "service",
]
