"""
A program of the user's for each event.

    [target.label-printer]
    plugin = "exec"
    command = ["/usr/local/bin/print-label", "--tray", "2"]
    # environment.PRINTER_PASSWORD = { secret = "printer" }

It gets the event as JSON on standard input and key facts in the environment, in the target's own
folder and without a shell. Its exit code says whether the event is delivered, is tried again or is
given up.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from gazelled.plugin import (
    Context,
    Delivery,
    GiveUp,
    OptionFault,
    OptionFaults,
    PluginConfig,
    RetryLater,
    TargetFault,
    hide_keys,
    target,
)
from gazelled_plugins.event_json import delivery_json, json_line
from gazelled_plugins.exec.program import Ended, run
from gazelled_plugins.secret_values import check_named, plain, plain_values

TRY_AGAIN = 75
FINAL = frozenset(range(64, 79)) - {TRY_AGAIN}
"""The codes of sysexits.h: all but EX_TEMPFAIL say that another try would end the same."""

_INHERITED = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_UNFIT = re.compile("[\0\ud800-\udfff]")
_LONGEST_FACT = 8_000
_LONGEST_LINE = 200
_SHORTEST_SECRET = 4


class Options(PluginConfig):
    """
    What `[target.NAME]` may hold.

    Attributes:
        command: The program and its arguments. A name without a slash is searched in `PATH`, a
            relative path is resolved from the folder of the config.
        environment: Variables for it, beside those that it always gets.

    """

    command: Annotated[tuple[str, ...], Field(min_length=1)]
    environment: dict[str, str | SecretStr] = Field(default_factory=dict)

    @field_validator("command", mode="before", json_schema_input_type=list[str])
    @classmethod
    def _is_no_line(cls, command: object) -> object:
        if isinstance(command, str):
            raise ValueError(  # noqa: TRY004 - pydantic takes no other
                "expected a list of the program and its arguments, since there is no shell: "
                '["/usr/local/bin/print-label", "--tray", "2"]; for a line of a shell write '
                '["sh", "-c", "…"]'
            )
        return command

    @field_validator("command")
    @classmethod
    def _can_be_run(cls, command: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        program, *arguments = command
        if not program or any(map(_UNFIT.search, command)):
            raise ValueError("expected the path or the name of a program, and its arguments")
        if "/" in program:
            folder = (info.context or {}).get("folder") or Path.cwd()
            program = str(folder / Path(program).expanduser())
        return (program, *arguments)

    @field_validator("environment")
    @classmethod
    def _are_variables(cls, environment: dict[str, str | SecretStr]) -> dict[str, str | SecretStr]:
        check_named(environment)
        if not all(map(_VARIABLE.fullmatch, environment)):
            raise ValueError("expected names of variables: letters, digits and _")
        if own := [name for name in environment if name.startswith("GAZELLED_")]:
            raise ValueError(f"gazelled sets {own[0]} itself")
        if any(map(_UNFIT.search, plain_values(environment).values())):
            raise ValueError("a value holds a character that no variable can hold")
        return environment

    def check_thoroughly(self) -> None:
        """Check whether there is such a program, and whether it can be run."""
        if problem := self.problem():
            raise OptionFaults(OptionFault(("command",), problem))

    def problem(self) -> str:
        """Return why the program can't be run, in a clause; empty if it can."""
        program = self.command[0]
        if shutil.which(program) is not None:
            return ""
        if "/" not in program:
            return f'there is no program "{program}" in PATH'
        is_file = Path(program).is_file()
        return f"{program} {'is not executable: chmod +x' if is_file else 'is no program'}"


async def preview(delivery: Delivery, options: Options, context: Context) -> str:
    """Return the command, the facts in its environment, and its input."""
    variables = [f"{name}={value}" for name, value in facts(delivery, context).items()]
    own = [
        f"{name}={value if isinstance(value, str) else '…'}"
        for name, value in options.environment.items()
    ]
    return "\n".join([shlex.join(options.command), *own, *variables, content(delivery).decode()])


async def check(options: Options, context: Context) -> None:
    """Check that there is such a program; it is not run."""
    if problem := options.problem():
        raise TargetFault(f"{context.target}: {problem}.")


@target(Options, preview=preview, check=check)
async def deliver(delivery: Delivery, options: Options, context: Context) -> None:
    """Run the program once."""
    name = f"The program {Path(options.command[0]).name}"
    try:
        ended = await run(
            options.command,
            content=content(delivery),
            environment=environment(delivery, options, context),
            folder=context.folder,
            limit=context.timeout,
        )
    except OSError as error:
        raise TargetFault(f"{name} can't be started ({error.strerror}).") from None
    output = shown(ended.last_line, options)
    context.log.info("program.ended", key=delivery.event.key, code=ended.code, output=output)
    if problem := outcome(ended, name, f": {output}" if output else ".", context.timeout):
        raise problem


def outcome(ended: Ended, name: str, end: str, limit: float) -> RetryLater | GiveUp | None:
    """Return what to raise for the way a program ended; None if it has delivered the event."""
    if ended.code is None:
        return RetryLater(f"{name} was ended, since it took longer than {limit:g} s{end}")
    if ended.code < 0:
        return RetryLater(f"{name} was ended by {_signal(-ended.code)}{end}")
    if ended.code == 0:
        return None
    kind = GiveUp if ended.code in FINAL else RetryLater
    return kind(f"{name} failed with exit code {ended.code}{end}")


def content(delivery: Delivery) -> bytes:
    """Return the standard input."""
    return json_line(delivery_json(delivery)) + b"\n"


def facts(delivery: Delivery, context: Context) -> dict[str, str]:
    """Return what the environment says of a delivery."""
    event = delivery.event
    values = {
        "EVENT": event.key,
        "KIND": event.kind.value,
        "WATCH": event.watch,
        "TITLE": event.title,
        "URL": event.item.url,
        "ITEM": event.item.id,
        "TARGET": delivery.target,
        "DELIVERY": delivery.id,
        "ATTEMPT": str(delivery.attempt),
        "TIMEOUT": f"{context.timeout:g}",
    }
    return {
        f"GAZELLED_{name}": _UNFIT.sub("\ufffd", value)[:_LONGEST_FACT]
        for name, value in values.items()
    }


def environment(delivery: Delivery, options: Options, context: Context) -> dict[str, str]:
    """Return all of the environment: nothing else of the daemon's reaches the program."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return inherited | plain_values(options.environment) | facts(delivery, context)


def shown(line: str, options: Options) -> str:
    """Return a line of output for people, without secrets and short."""
    for value in options.environment.values():
        if not isinstance(value, str) and len(plain(value)) >= _SHORTEST_SECRET:
            line = line.replace(plain(value), "…")
    line = " ".join(
        hide_keys("".join(sign if sign.isprintable() else " " for sign in line)).split()
    )
    return line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
