"""The extras: what they install, and the error when one is missing."""

from __future__ import annotations

import re
from collections import defaultdict
from importlib.metadata import metadata

import pytest

from gazelled_plugins.extras import require


def test_a_library_that_is_installed_is_fine() -> None:
    """Nothing is raised."""
    require("mail", "aiosmtplib")


def test_a_missing_library_is_named_with_the_command_that_installs_it() -> None:
    """The error says what to do."""
    text = "this needs no_such_library: pip install 'gazelled[mail]'"
    with pytest.raises(ValueError, match=re.escape(text)):
        require("mail", "no_such_library")


def test_all_holds_what_every_extra_installs() -> None:
    """One name installs them together, and the tests run with all of them."""
    needs: dict[str, set[str]] = defaultdict(set)
    for text in metadata("gazelled").get_all("Requires-Dist") or ():
        library, _, condition = text.partition(";")
        for extra in re.findall(r"extra == '(\w+)'", condition):
            needs[extra].add(re.split(r"[<>=!~ ]", library)[0])
    single = [
        needs[name]
        for name in ("mail", "webhook", "qbittorrent", "transmission", "deluge", "metrics")
    ]
    assert all(single)
    assert set.union(*single) == needs["all"]
    assert needs["all"] <= needs["test"]
