"""
The entry: global options, the commands by name, and exit codes.

A command's module is imported when it is used, so that `--help` and `--version` answer at once.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from keyword import iskeyword
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from gazelled import __version__
from gazelled.cli import output
from gazelled.cli.exit_codes import CODES_OF_ERRORS, ExitCode, end_after_main
from gazelled.cli.settings import Settings
from gazelled.cli.support.command_words import CommandGroup
from gazelled.errors import GazelledError
from gazelled.regular_file import expanded, is_regular
from gazelled.service.systemd.instance_names import RULE, is_instance_name
from gazelled.text import sentence

_COMMANDS: Mapping[str, str] = {
    "init": "Write a config and the files of its secrets.",
    "config": "Show where the config is, what counts of it, and its schema for editors.",
    "check": "Show all errors in the config, or the plan of requests.",
    "run": "Watch the tracker, in the foreground.",
    "demo": "Show gazelled at work on a simulated tracker; nothing leaves this machine.",
    "status": "Show the state of the tracker, watches and targets.",
    "health": "Print in one line whether all is well, for monitoring programs.",
    "doctor": "Find out what works at the tracker, and suggest settings for the config.",
    "call": "Send one request to the tracker and print its answer.",
    "record": "Send one request and write its answer as a fixture for a plugin's tests.",
    "actions": "List the actions of the tracker's API, or explain one of them.",
    "do": "Change something at the site: bookmarks, subscriptions, conversations.",
    "download": "Fetch the .torrent files of torrents.",
    "watch": "Add, edit, list, show, run and remove watches.",
    "why": "Explain why an item was reported, or why it wasn't.",
    "try": "Test a rule on stored items, without a request.",
    "replay": "Send past messages of a watch again.",
    "deliveries": "List, retry or drop what waits for targets, failed or is dead.",
    "events": "List what was reported.",
    "tail": "Print what is reported from now on.",
    "preview": "Show a message as a target would send it, without sending it.",
    "target": "Add and list targets, check one, or send one a test message.",
    "plugins": "Show what plugins there are and do; write, test and try one.",
    "x": "Run a command of a plugin.",
    "state": "Back up, verify or restore the state.",
    "web": "Make the token that opens the page, or end it.",
    "logout": "End the session at the site, and delete its cookies.",
    "resume": "Resume requests and deliveries that were stopped.",
    "reload": "Have the daemon read its config again.",
    "stop": "Stop the daemon.",
    "service": "Install gazelled as a service of systemd, or remove that.",
    "bundle": "Write an archive for a bug report, without secrets and messages.",
    "completion": "Print the script that completes commands in a shell.",
    "version": "Print the version, or all that a bug report needs.",
    "help": "Print the help of a command.",
}
"""Each command, which is a module and a function in it, and its line in the help."""

_LEVELS = ("debug", "info", "warning", "error")

_EPILOG = """\b
Exit codes:
  0    success
  1    something failed
  2    invalid config or command line
  3    the state folder cannot be used
  4    the tracker refuses the request
  5    the tracker can't answer now, or another process uses the account
  6    no request is sent until you act: see gazelled status
  7    status: gazelled runs, and something is wrong
  8    status: gazelled is not running
  9    gazelled runs, and you may not ask it
  130  interrupted

\b
The config is --config, else ~/.config/gazelled/config.toml, else
/etc/gazelled/config.toml; the state is --state, else
~/.local/state/gazelled. If a daemon is running, commands use it.
"""


class _Commands(CommandGroup):
    """The commands, each imported when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return them in the order in which they are needed."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command = getattr(import_module(f"gazelled.cli.commands.{name}"), name)
        assert isinstance(command, click.Command)  # noqa: S101 - the table above names them
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List them without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([*_COMMANDS.items()])


def _instances(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Complete the name of an instance."""
    from gazelled.cli import completers  # noqa: PLC0415 - a shell asks, and the catalogue is large

    return completers.instances(ctx, param, begun)


@click.command(
    cls=_Commands,
    epilog=_EPILOG,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path, readable=False),
    help="The config file.  [env: GAZELLED_CONFIG]",
)
@click.option(
    "--state",
    metavar="DIR",
    type=click.Path(path_type=Path, readable=False),
    help="The state folder.  [env: STATE_DIRECTORY]",
)
@click.option(
    "--instance",
    metavar="NAME",
    shell_complete=_instances,
    help="One of several gazelled, with a config and a state of its own.  [env: GAZELLED_INSTANCE]",
)
@click.option("--json", "as_json", is_flag=True, help="Print data as JSON.")
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Whether colors are shown: auto is on a terminal, unless NO_COLOR is set.",
)
@click.option("-q", "--quiet", is_flag=True, help="Show no hints and no progress.")
@click.option("-v", "--verbose", is_flag=True, help="Show the log, from the level info.")
@click.option(
    "--log-level",
    type=click.Choice(_LEVELS),
    help="Show the log from this level; run: instead of the level in the config.",
)
@click.option("--debug", is_flag=True, help="Show more details of errors.  [env: GAZELLED_DEBUG]")
@click.version_option(__version__, message="gazelled %(version)s")
@click.pass_context
def gazelled(  # noqa: PLR0913 - the options that every command has
    ctx: click.Context,
    config: Path | None,
    state: Path | None,
    instance: str | None,
    *,
    as_json: bool,
    color: str,
    quiet: bool,
    verbose: bool,
    log_level: str | None,
    debug: bool,
) -> None:
    """Watch a Gazelle tracker, politely, and notify you of what is new."""
    settings = ctx.ensure_object(Settings)
    environ = settings.environ
    settings.debug = debug or environ.get("GAZELLED_DEBUG", "") not in {"", "0"}
    settings.log_level = log_level or ("info" if verbose else "")
    settings.quiet = quiet
    output.use_colour(color, environ)
    if name := instance or settings.instance:
        if not is_instance_name(name):
            raise click.UsageError(f'"{name}" is no name of an instance: {RULE}')
        settings.be_instance(name)
    settings.config = _path(config, environ.get("GAZELLED_CONFIG", ""))
    settings.state = _path(state, environ.get("STATE_DIRECTORY", "").partition(":")[0])
    settings.as_json = as_json
    if ctx.invoked_subcommand is not None:
        return
    if is_regular(settings.config_file) or settings.config is not None:
        settings.set_up_logs()
        ctx.invoke(import_module("gazelled.cli.commands.status").status)
        return
    output.message(f"There is no config yet, at {settings.config_file}.")
    output.message("Next: gazelled init   writes one, with questions")
    output.message("      gazelled demo   shows gazelled at work, without an account")


def _path(option: Path | None, variable: str) -> Path | None:
    """Return the value of an option, or else of a variable of the environment."""
    path = option or (Path(variable) if variable else None)
    return expanded(path).absolute() if path else None


def run(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run a command and return its exit code; an expected error is one sentence."""
    settings = Settings(environ)
    try:
        code = gazelled.main(
            list(arguments), prog_name="gazelled", standalone_mode=False, obj=settings
        )
    except click.UsageError as error:
        settings.message(_misuse(error))
        return ExitCode.INVALID
    except click.ClickException as error:
        settings.message(f"error: {error.format_message()}")
        return ExitCode.FAILED
    except (click.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - a person wants a sentence, whatever it is
        return _failed(settings, error)
    return code if isinstance(code, int) else ExitCode.OK


def _misuse(error: click.UsageError) -> str:
    """Return what is wrong with a command line; the help where a subcommand is missing."""
    message = error.format_message()
    if error.ctx and message == error.ctx.get_help():
        return message
    command = error.ctx.command_path if error.ctx else "gazelled"
    text = sentence(" ".join(message.split()))  # it may have several lines
    return f"error: {text} See {command} --help."


def main() -> None:
    """Run the program."""
    # What is written is for this user alone, and usable, whatever umask the shell has.
    os.umask(0o077)
    if os.environ.get("_GAZELLED_COMPLETE"):
        import_module("gazelled.cli.shells").register()
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # it was closed before the start
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - as long as it runs
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    code = run(sys.argv[1:], os.environ)
    end_after_main(code)
    with suppress(OSError):  # it was printed already; the interpreter would print it again
        sys.stdout.flush()
        sys.exit(code)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code or 1)


def _failed(settings: Settings, error: Exception) -> int:
    while isinstance(error, ExceptionGroup):  # what failed inside a group of tasks
        error = error.exceptions[0]
    if isinstance(error, GazelledError):
        settings.message(f"error: {error}")
        codes = (code for kind, code in CODES_OF_ERRORS.items() if isinstance(error, kind))
        return next(codes, ExitCode.FAILED)
    text = f"error: gazelled itself failed: {type(error).__name__}: {sentence(str(error).strip())}"
    if settings.debug:
        settings.message("".join(traceback.format_exception(error)))
    settings.message(text if settings.debug else f"{text} Set GAZELLED_DEBUG=1 for details.")
    return ExitCode.FAILED
