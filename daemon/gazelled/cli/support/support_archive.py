"""The support archive: what a bug report needs, masked."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from gazelled.cli import output
from gazelled.cli.client import ask_daemon
from gazelled.cli.owner import load_plugins
from gazelled.cli.settings import Settings
from gazelled.cli.support.archive_masks import MASK, Masks
from gazelled.cli.support.journal_log import OF_SYSTEMD, journal_lines
from gazelled.cli.support.version_facts import WITHIN, lines_of, version_facts
from gazelled.config.document.config_files import gather
from gazelled.config.document.toml_writer import toml_key, toml_value
from gazelled.errors import GazelledError
from gazelled.logs import LogLine
from gazelled.regular_file import is_regular, write_whole
from gazelled.service.configuration import config_values
from gazelled.service.configuration.config_values import ConfigValue
from gazelled.service.control.codec import encode
from gazelled.service.control.offline import read_status
from gazelled.service.control.protocol import LogRequest, StatusRequest
from gazelled.store import NAME
from gazelled.store.backup.copying import read_only

_SHOWN = {"plugin", "digest", "zone", "timeout", "burst", "disabled", "order", "share", "allow"}
"""The keys of a target or a plugin whose texts are no one's address."""

_PRIVATE = {"contact", "user_agent", "username", "proxy", "cookies"}
_OUTSIDE = {"target", "plugin"}
"""The tables whose options are about what is outside gazelled."""

_MACHINES = {"host", "server", "hostname"}
_OPEN_HOST = re.compile(r"localhost|[\d.]*|[^:]*:[\s\S]*")
"""What tells nothing of a machine, or is masked as a number."""

_VALUE = re.compile(r'\b(?:(\w+)=("(?:[^"\\]|\\.)*")|(title|output)=[^\s"]+)')
_REASONS = {"reason", "error", "problem", "advice", "why", "needs"}
_EVENT = re.compile(r"[a-z_]+\.[a-z_]+")
_LAST = 100


def parts(settings: Settings, *, items: bool) -> Mapping[str, str]:
    """
    Return the texts of the archive by the names of their files.

    Args:
        settings: The global options.
        items: Whether the last events are among them, with titles and names.

    """
    values, secrets = _values(settings)
    private = [*_private_texts(settings, values), *_hosts("", secrets)]
    masks = Masks(settings, private, items=items)
    makers: dict[str, Callable[[], str]] = {
        "versions.txt": lambda: "\n".join(lines_of(version_facts(settings))),
        "config.txt": lambda: "\n".join(map(_config_line, values)),
        "check.txt": lambda: "\n".join(map(str, settings.check_config().all)),
        "log.txt": lambda: _log(settings, items=items),
        "status.json": lambda: _status(settings),
        "schema.txt": lambda: _schema(settings.state_folder / NAME),
    }
    if items:
        makers["events.jsonl"] = lambda: _events(settings.state_folder / NAME)
    return {name: f"{masks.apply(_made(make))}\n" for name, make in makers.items()}


def write(file: Path, texts: Mapping[str, str]) -> None:
    """Write an archive for its user only; raise GazelledError if it can't be written."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, text in texts.items():
            data = text.encode("utf-8", "replace")
            member = tarfile.TarInfo(f"gazelled-bundle/{name}")
            member.size, member.mode = len(data), 0o600
            member.mtime = int(output.now().timestamp())
            archive.addfile(member, io.BytesIO(data))
    try:
        write_whole(file, content.getvalue())
    except OSError as error:
        raise GazelledError(f"{file} could not be written: {error.strerror}") from error


def _made(make: Callable[[], str]) -> str:
    try:
        return make()
    except (GazelledError, OSError, sqlite3.Error) as error:
        return f"could not be read: {error}"


def _values(settings: Settings) -> tuple[list[ConfigValue], list[str]]:
    """Return what the config says, and its secrets: the address of a target is one as a whole."""
    if not is_regular(settings.config_file):
        return [], []
    loaded = load_plugins(settings)
    loaded.registry.load_installed(table.plugin for table in loaded.targets.values())
    secrets = [secret.get_secret_value() for secret in loaded.secrets]
    if loaded.config is None:
        return [*config_values.written_values(settings.config_file, loaded)], secrets
    values = config_values.effective_values(settings.config_file, loaded, loaded.config)
    return [*values], secrets


def _private_texts(settings: Settings, values: Iterable[ConfigValue]) -> Iterator[str]:
    """Yield what the config says of a person and of their machines, in whichever text it stands."""
    for value in values:
        if value.key in _PRIVATE and value.origin != config_values.DEFAULT:
            yield str(value.value)
    document, _, _ = gather(settings.config_file)
    tracker = document.get("tracker")
    login = tracker.get("login") if isinstance(tracker, dict) else None
    if isinstance(login, dict):
        yield str(login.get("username", ""))
    for name in _OUTSIDE:
        yield from _hosts("", document.get(name))


def _hosts(key: str, value: object) -> Iterator[str]:
    """Yield the names of machines in an option: errors of the network repeat them."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _hosts(name, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _hosts(key, inner)
    elif isinstance(value, str) and ("://" in value or key in _MACHINES):
        try:
            host = urlsplit(value if "://" in value else f"//{value}").hostname or ""
        except ValueError:  # it is no address
            return
        if not _OPEN_HOST.fullmatch(host):
            yield host


def _config_line(value: ConfigValue) -> str:
    shown = value.value
    outside = value.table[0] in _OUTSIDE and value.key not in _SHOWN
    is_default = value.origin == config_values.DEFAULT
    if (outside or value.key in _PRIVATE) and not is_default and not isinstance(shown, bool | int):
        shown = MASK
    table = ".".join(map(toml_key, value.table))
    return f"[{table}] {toml_key(value.key)} = {toml_value(shown)}  # {value.origin}"


def _log(settings: Settings, *, items: bool) -> str:
    reply = ask_daemon(settings, LogRequest(), within=WITHIN)
    if reply is not None:
        logged: Sequence[LogLine] = reply.lines
    elif settings.unit is not None:
        logged = journal_lines(settings.unit)
    else:
        return "gazelled is not running; its log is where it was sent to"
    lines = []
    for line in logged:
        # The sentence of a library or a text of several words may be a title or a message.
        known = items or _EVENT.fullmatch(line.event) or line.event.startswith(OF_SYSTEMD)
        event = line.event if known else "(a text)"
        fields = line.fields if items else _VALUE.sub(_without_text, line.fields)
        lines.append(f"{line.at:%F %T} {line.level} {event} {fields}")
    return "\n".join(lines)


def _without_text(match: re.Match[str]) -> str:
    return match[0] if match[1] in _REASONS else f"{match[1] or match[3]}={MASK}"


def _status(settings: Settings) -> str:
    reply = ask_daemon(settings, StatusRequest(), within=WITHIN)
    if reply is None or not reply.running:
        scrub = settings.redactor.scrub
        data = encode(read_status(settings.state_folder, output.now(), scrub))
    else:
        data = encode(reply)
        for target in data["targets"]:
            target["address"] = MASK
        for watch in data["watches"]:
            watch["unreadable"] = len(watch["unreadable"])
    return json.dumps(data, ensure_ascii=False, indent=1)


def _schema(file: Path) -> str:
    """Return the tables with counts of their rows, and no row."""
    with closing(read_only(file)) as db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        lines = [f"version {version}, {file.stat().st_size:,} bytes"]
        tables = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        for name, sql in tables:
            number = db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 - SQLite named it
            lines.append(f"-- {number:,} rows\n{sql}")
    return "\n".join(lines)


def _events(file: Path) -> str:
    query = "SELECT body FROM event ORDER BY id DESC LIMIT ?"
    with closing(read_only(file)) as db:
        return "\n".join(str(body) for (body,) in db.execute(query, (_LAST,)))
