"""`gazelled target add`: write a target into a file of its own, and its secrets, checked."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import click
from pydantic.fields import FieldInfo

from gazelled.cli import output
from gazelled.cli.client import apply_change, print_applied
from gazelled.cli.commands.watch_add import drop_ins_of
from gazelled.cli.options import DataCommand, pairs, read_secret
from gazelled.cli.owner import load_plugins
from gazelled.cli.settings import Settings
from gazelled.errors import ConfigError
from gazelled.regular_file import write_private
from gazelled.service.configuration.drop_ins import DropIns, put_value, read_value, target_text
from gazelled.text import missing

_EXAMPLES = """\b
gazelled target add phone --plugin apprise
gazelled target add lab --plugin feed title='Yeast data' keep=200
gazelled target add mail --plugin mail host=smtp.example.org from=me@example.org \\
    to=me@example.org username=me --secret password
"""


@click.command("add", cls=DataCommand, epilog=_EXAMPLES)
@click.argument("name")
@click.argument("options", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--plugin", required=True, help="What sends its messages: gazelled plugins.")
@click.option("--secret", "asked", multiple=True, metavar="KEY", help="Ask for this secret, too.")
@click.option(
    "--secret-file",
    "files",
    multiple=True,
    metavar="KEY=FILE",
    help="Read a secret from a file, or - for standard input, instead of asking.",
)
@click.option("--dry-run", is_flag=True, help="Print the file, but do not write it.")
@click.pass_obj
def add_target(
    settings: Settings,
    /,
    *,
    name: str,
    options: tuple[str, ...],
    plugin: str,
    asked: tuple[str, ...],
    files: tuple[str, ...],
    dry_run: bool,
) -> None:
    """
    Add a target: a file in conf.d beside the config, checked with the config first.

    Secrets that the plugin needs are asked for, and written to secrets/ beside the config. A
    secret is never the value of an option, since others on this machine could read it there.
    """
    drop_ins = drop_ins_of(settings)
    drop_ins.refuse_taken("target", name)
    table: dict[str, object] = {"plugin": plugin}
    for key, text in pairs(options):
        put_value(table, key, read_value(text))
    texts = _secrets(settings, table, asked, files)
    settings.redactor.add(*texts.values())
    secrets = {key: _secret_name(name, key, only=len(texts) == 1) for key in texts}
    table |= {key: {"secret": secret} for key, secret in secrets.items()}
    folder = settings.config_file.parent / "secrets"
    contents = {folder / secrets[key]: text for key, text in texts.items()}
    written = _write(contents)
    try:
        checked = drop_ins.add_target(name, table, keep=not dry_run)
        settings.register(checked.secrets)
        reply = None if dry_run else apply_change(settings, lambda: _undo(drop_ins, name))
    except BaseException:
        _remove(written)
        raise
    if dry_run:
        _remove(written)
        output.line(target_text(name, table).rstrip())
    elif settings.as_json:
        data = {"file": str(drop_ins.target_file(name)), "target": {name: table}}
        secret_files = [str(path) for path in written]
        output.as_json({**data, "secrets": secret_files, "applied": reply is not None})
    else:
        for path in (drop_ins.target_file(name), *written):
            output.message(f"Written: {path}")
        print_applied(settings, reply)
        output.message(f'Try it: gazelled target test {name}. Then name it in tell = ["{name}"].')


def _secrets(
    settings: Settings, table: Mapping[str, object], asked: Iterable[str], files: tuple[str, ...]
) -> dict[str, str]:
    """Return the secrets that the plugin needs or a person wants, asked for or from files."""
    fields = _secret_options(settings, str(table["plugin"]))
    _refuse_plain(table, fields)
    texts = {key: read_secret(Path(file)).strip() for key, file in pairs(files)}
    needed = [key for key, field in fields.items() if field.is_required() and key not in table]
    for key in dict.fromkeys((*asked, *texts, *needed)):
        if fields and key not in fields:
            raise click.UsageError(missing("secret option", key, fields))
        if key not in texts:
            texts[key] = _ask(key)
    return texts


def _secret_options(settings: Settings, plugin: str) -> Mapping[str, FieldInfo]:
    """Return the options of a plugin's targets that hold a secret, by their keys."""
    registry = load_plugins(settings).registry
    registry.load_installed([plugin])
    record = registry.records.get(plugin)
    model = record.target_model if record else None
    return {
        field.alias or at: field
        for at, field in (model.model_fields if model else {}).items()
        if "SecretStr" in str(field.annotation)
    }


def _refuse_plain(table: Mapping[str, object], fields: Mapping[str, FieldInfo]) -> None:
    """Refuse a secret on the command line, unless the plugin also takes a plain text there."""
    for key in table.keys() & fields.keys():
        if not isinstance(table[key], dict) and "str |" not in str(fields[key].annotation):
            raise click.UsageError(
                f"others could read {key} here: leave it out to be asked for it, use --secret-file "
                f"{key}=FILE, or {key}.secret=NAME for the file secrets/NAME"
            )


def _ask(key: str) -> str:
    if not sys.stdin.isatty():
        raise click.UsageError(f"{key} is a secret; use --secret-file {key}=FILE")
    text: str = click.prompt(f"{key} (not shown)", hide_input=True, err=True)
    return text.strip()


def _secret_name(target: str, key: str, *, only: bool) -> str:
    return target if only else f"{target}-{key}"


def _write(secrets: Mapping[Path, str]) -> list[Path]:
    """Write the files of secrets, readable by this user alone; none if one of them exists."""
    for file, text in secrets.items():
        if file.exists():
            name = file.name
            raise ConfigError(f"{file} exists already; use KEY.secret={name}, or another name")
        if not text:
            raise click.UsageError(f"the secret for {file.name} is empty")
    for file, text in secrets.items():
        try:
            write_private(file, f"{text}\n".encode())
        except OSError as error:
            raise ConfigError(f"{file} could not be written: {error.strerror}") from error
    return [*secrets]


def _undo(drop_ins: DropIns, name: str) -> None:
    drop_ins.put_back(drop_ins.target_file(name), None)


def _remove(files: Iterable[Path]) -> None:
    for file in files:
        with suppress(OSError):
            file.unlink()
