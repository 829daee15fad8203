"""`[plugin.NAME]`: which code to load, and what it may use."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ConfigDict, SecretStr

from gazelled.config.checks.notices_table import check_tell
from gazelled.config.checks.tracker_table import check_allow, check_share
from gazelled.config.document.file_writers import FileWriters
from gazelled.config.document.key_lines import Key
from gazelled.config.document.problems import Problems
from gazelled.config.document.references import References
from gazelled.hooks.loading import PluginSettings
from gazelled.hooks.loading.plugin_import import is_module
from gazelled.regular_file import is_regular
from gazelled.text import meant
from gazelled.watches.keys.table import Table, key


class PluginTable(Table):
    """`[plugin.NAME]`; what stands beside these keys is the plugin's."""

    model_config = ConfigDict(extra="allow")

    file: str = key("", '"my_plugin.py"')
    module: str = key("", '"lab_tools.sheet"')
    required: bool = key(default=False, example="true")
    disabled: bool = key(default=False, example="true")
    order: int = key(0, "10")
    allow: list[str] = key([], '["bookmark"]', form="allow")
    share: object = key(None, form="share")
    tell: list[str] = key([], '["phone"]')
    secrets: list[str] = key([], '["ncbi-key"]')


@dataclass(frozen=True, slots=True)
class PluginTableCheck:
    """
    What the tables of plugins must fit to.

    Attributes:
        installed: The names of installed plugins.
        builtin: The names of those that are always loaded.
        targets: The names of targets.
        by_token: Whether the log-in is a token.
        references: Follows references to secrets.
        problems: Takes what is wrong.
        writers: Finds out who can change files.
        as_service: Whether what others can change must not be imported.

    """

    installed: Collection[str]
    builtin: Collection[str]
    targets: Collection[str]
    by_token: bool
    references: References
    problems: Problems
    writers: FileWriters
    as_service: bool = False


def check_plugin(name: str, table: PluginTable, check: PluginTableCheck) -> PluginSettings:
    """Check the table of a plugin, and find its file; loading it checks its own options."""
    at: Key = ("plugin", name)
    problems = check.problems
    # A plugin of this name that isn't gazelled's goes on beside the one that is.
    is_builtin = name in check.builtin and not (table.file or table.module)
    if is_builtin and table.disabled:
        problems.error((*at, "disabled"), f'"{name}" is always loaded; remove this key')
    file, unusable = (None, "") if is_builtin else _find(name, table, check)
    options = {
        option: check.references.resolve((*at, option), value)
        for option, value in (table.model_extra or {}).items()
    }
    tell = check_tell((*at, "tell"), table.tell, check.targets, problems)
    return PluginSettings(
        name,
        file=file,
        module="" if file else table.module,
        has_table=True,
        unusable=unusable,
        required=table.required,
        disabled=table.disabled and not is_builtin,
        order=table.order,
        allow=check_allow(at, table.allow, problems, by_token=check.by_token),
        share=None if table.share is None else check_share((*at, "share"), table.share, problems),
        tell=tell if "tell" in table.written else None,
        secrets=_secrets(at, table.secrets, check.references),
        options=options,
    )


def _find(name: str, table: PluginTable, check: PluginTableCheck) -> tuple[Path | None, str]:
    """Return the file or folder of a plugin, and why it can't be used; empty if it can."""
    at: Key = ("plugin", name)
    problems = check.problems
    if table.file and table.module:
        problems.error((*at, "module"), "has no effect beside file; keep one of both")
    wrong_type = problems.at((*at, "file")) or problems.at((*at, "module"))
    if wrong_type:
        return None, "its table is wrong"
    if table.file:
        return _find_file(name, table.file, check)
    if table.module and not is_module(table.module):
        text = 'expected a module, like "lab_tools.sheet" or "lab_tools.sheet:Sheet"'
        problems.error((*at, "module"), text)
        return None, text
    if not table.module and name not in check.installed:
        question = meant(name, check.installed) or "."
        text = f"no plugin of this name is installed{question} For a file of yours"
        return None, f'{text} write file = "my_plugin.py"'
    return None, ""


def _find_file(name: str, written: str, check: PluginTableCheck) -> tuple[Path, str]:
    places = [check.references.path(written)]
    if not written.startswith(("/", "~/")):
        places.insert(0, check.references.path(f"plugins/{written}"))
    file = next((place for place in places if _is_there(place)), None)
    if file is None:
        folders = " and ".join(str(place.parent) for place in places)
        return places[-1].absolute(), f"no such file in {folders}: {Path(written).name}"
    if name in check.installed and name not in check.builtin:
        text = f'takes the place of the installed plugin "{name}"; choose another name for yours'
        check.problems.warn(("plugin", name, "file"), f"{text} unless that is meant")
    faults = check.writers.faults(file, is_code=True)
    if faults and check.as_service:
        return file.absolute(), f"it is not imported: {faults[0]}"
    for fault in check.writers.unreported(faults):
        check.problems.warn(("plugin", name, "file"), fault)
    return file.absolute(), ""


def _is_there(place: Path) -> bool:
    try:
        return place.is_dir() or is_regular(place)
    except (OSError, ValueError):
        return False


def _secrets(at: Key, names: list[str], references: References) -> Mapping[str, SecretStr]:
    """Return the secrets that are granted by name."""
    granted = {
        name: references.secret((*at, "secrets", number), {"secret": name})
        for number, name in enumerate(names)
    }
    return {name: secret for name, secret in granted.items() if secret is not None}
