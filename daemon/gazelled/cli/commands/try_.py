"""`gazelled try`: test a rule on stored items."""

from __future__ import annotations

import tomllib
from pathlib import Path

import click

from gazelled.cli import completers
from gazelled.cli.options import DataCommand, Duration
from gazelled.cli.settings import Settings
from gazelled.errors import ConfigError
from gazelled.regular_file import read_named
from gazelled.text import either, meant, missing


@click.command("try", cls=DataCommand)
@click.argument("watch", required=False, shell_complete=completers.watches)
@click.option(
    "--since", type=Duration(), default="30d", show_default=True, help="How far to go back."
)
@click.option(
    "--file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A file for conf.d, or a whole config, that has WATCH and isn't active.",
)
@click.option("--offline", is_flag=True, help="Never send a request to the tracker.")
@click.pass_obj
def try_(
    settings: Settings, watch: str | None, *, since: float, file: Path | None, offline: bool
) -> None:
    """
    Test a watch's rule on stored items, and show what it would have reported.

    The rule is the one in the config now. If the daemon uses another one, the difference is shown,
    too. No request is sent, unless nothing is stored yet for the request of the watch. Then two
    pages are fetched, after a message that announces this.
    """
    from gazelled.cli.client import ask, show  # noqa: PLC0415 - completion needs none
    from gazelled.cli.render.explanations import print_trial  # noqa: PLC0415 - likewise
    from gazelled.service.control.protocol import TryRequest  # noqa: PLC0415 - likewise

    name, rule = _rule(settings, watch, file)
    trial = ask(settings, TryRequest(name, since, rule, offline)).tried
    show(settings, trial, print_trial)


def _rule(settings: Settings, watch: str | None, file: Path | None) -> tuple[str, str]:
    """Return the watch and its rule, from the config or a file that isn't active."""
    from gazelled.cli.owner import load_config  # noqa: PLC0415 - completion needs none

    if file is not None:
        return _from_file(settings, watch, file)
    if watch is None:
        raise click.UsageError("choose a WATCH, or a --file that has only one")
    watches = load_config(settings).watches
    if watch not in watches:
        raise ConfigError(missing("watch", watch, watches))
    return watch, watches[watch].rule


def _read(file: Path) -> dict[str, object]:
    """Return the tables of a file that isn't active, or raise ConfigError."""
    from gazelled.config.document.config_files import LARGEST  # noqa: PLC0415 - as above
    from gazelled.config.document.key_lines import too_deep  # noqa: PLC0415 - as above
    from gazelled.config.document.toml_errors import what_is_wrong  # noqa: PLC0415 - as above

    text = ""
    try:
        text = read_named(file, LARGEST).decode("utf-8-sig")
        if too_deep(text):
            raise ConfigError(f"{file}: lists or tables are nested too deeply")
        return tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{file} could not be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{file} is not UTF-8 text") from None
    except ValueError as error:
        line, message = what_is_wrong(text, str(error))
        place = f"{file}:{line}" if line else file
        raise ConfigError(f"{place}: {message}") from None


def _from_file(settings: Settings, watch: str | None, file: Path) -> tuple[str, str]:
    """Read the rule of a watch in a file that isn't active, checked as if it were."""
    from gazelled.config import load  # noqa: PLC0415 - as above
    from gazelled.hooks.loading.plugin_origin import installed_names  # noqa: PLC0415 - as above

    document = _read(file)
    drafts = _table(document.get("watch"))
    loaded = load(
        file.absolute() if "tracker" in document else settings.config_file,
        settings.environ,
        known_plugins=installed_names(),
        instead={"watch": {name: _without_life(table) for name, table in drafts.items()}},
        base=settings.config_file.parent,
        terms=settings.import_terms,
    )
    settings.register(loaded.secrets)
    if loaded.config is None:
        errors = [problem for problem in loaded.problems if problem.is_error]
        raise ConfigError("\n".join(f"{file}: {error.key}: {error.message}" for error in errors))
    watches = loaded.config.watches
    if watch is None and len(watches) != 1:
        hint = f"; choose from {either([*watches], 'and')}" if watches else ""
        raise click.UsageError(f"which watch of {file}?{hint}")
    name = watch or next(iter(watches))
    if name not in watches:
        raise ConfigError(f'There is no watch "{name}" in {file}{meant(name, watches)}')
    return name, watches[name].rule


def _without_life(table: object) -> dict[str, object]:
    """Leave out of a watch what matters only once it runs."""
    return {key: part for key, part in _table(table).items() if key not in {"disabled", "tell"}}


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
