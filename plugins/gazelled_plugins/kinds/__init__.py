"""The bundled kinds of watch, one module each."""

from __future__ import annotations

from collections.abc import Sequence

from gazelled.plugin import RegisterKind, hookimpl
from gazelled.plugin.kinds import AnyKind
from gazelled_plugins.kinds.alert import AlertKind
from gazelled_plugins.kinds.call import CallKind
from gazelled_plugins.kinds.change import ChangeKind
from gazelled_plugins.kinds.gone import GoneKind
from gazelled_plugins.kinds.new import NewKind
from gazelled_plugins.kinds.report import ReportKind

__all__ = ["KINDS"]

KINDS: Sequence[AnyKind] = (
    NewKind(),
    ChangeKind(),
    GoneKind(),
    AlertKind(),
    ReportKind(),
    CallKind(),
)
"""In the order in which people are shown them."""


@hookimpl
def gazelled_kinds(register: RegisterKind) -> None:
    """Register them."""
    for kind in KINDS:
        register(kind)
