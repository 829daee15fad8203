"""What the tests of messages share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import structlog

from gazelled.hooks.options import check_options
from gazelled.plugin import Context, PluginConfig
from gazelled_plugins.messages import Templates


class Options(PluginConfig):
    """Options with templates."""

    templates: Templates = Templates()


MakeTemplates = Callable[..., Templates]


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """Return the context of a target in Berlin."""
    return Context(
        target="phone",
        folder=tmp_path,
        public=tmp_path,
        address="http://127.0.0.1:8765/",
        site_name="BioTorrents.de",
        site_url="https://biotorrents.de",
        log=structlog.stdlib.get_logger("gazelled.target"),
        zone="Europe/Berlin",
    )


@pytest.fixture
def templates(tmp_path: Path) -> MakeTemplates:
    """Return what makes templates as the config does; what is wrong with them is a ValueError."""

    def make(**table: object) -> Templates:
        checked = check_options(Options, {"templates": table}, tmp_path)
        if not isinstance(checked, Options):
            raise ValueError(checked)  # noqa: TRY004 - the options are wrong, not a type
        return checked.templates

    return make
