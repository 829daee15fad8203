"""The global options, and what follows from them: where the config and the state are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gazelled.cli import output
from gazelled.redact import Redactor
from gazelled.regular_file import is_regular
from gazelled.service.systemd.instance_names import INSTANCE, port_of

if TYPE_CHECKING:  # --help and --version load no config
    from pydantic import SecretStr

    from gazelled.config.model import Log
    from gazelled.hooks.registry import ImportTerms, Registry
    from gazelled.service.configuration.check import CheckResult
    from gazelled.service.systemd.unit_files import Unit
    from gazelled.watches.keys.kinds import Kinds
    from gazelled.watches.plugins.source_set import SourceSet

SYSTEM_CONFIG = Path("/etc/gazelled/config.toml")
SYSTEM_STATE = Path("/var/lib/gazelled")


def config_of(folder: Path, instance: str) -> Path:
    """Return the config of an instance in a folder of configs; without a name, the only one's."""
    return folder / instance / "config.toml"


def state_of(folder: Path, instance: str) -> Path:
    """Return the state folder of an instance, in a folder such as /var/lib."""
    return folder / (f"gazelled-{instance}" if instance else "gazelled")


@dataclass
class Settings:
    """
    The global options, and the redactor that knows the secrets that came to light.

    `config` and `state` are None without `--config` and `--state`; `log_level` is the level that
    was asked for, empty if none was; `quiet` is whether hints and progress are left out, and
    `speaks` whether `run` shows sentences in place of log lines.
    """

    environ: Mapping[str, str]
    config: Path | None = None
    state: Path | None = None
    as_json: bool = False
    debug: bool = False
    log_level: str = ""
    quiet: bool = False
    redactor: Redactor = field(default_factory=Redactor)
    speaks: bool = False

    def be_instance(self, name: str) -> None:
        """Use the config, state and port of an instance, unless others are named."""
        from gazelled.config.checks.web_table import PORT  # noqa: PLC0415 - --help loads no config

        port = {PORT: str(port_of(name))}
        self.environ = {**port, **self.environ, INSTANCE: name}

    def set_up_logs(self) -> None:
        """Show the log of a short command only to whom asks for it."""
        from gazelled import logs  # noqa: PLC0415 - --help and --version log nothing

        level = self.log_level or ("debug" if self.debug else "critical")
        logs.set_up(format="console", level=level, redactor=self.redactor)

    def log_as(self, log: Log) -> None:
        """Log as a daemon, the way that the config says, unless sentences are shown instead."""
        if self.speaks:
            return
        from gazelled import logs  # noqa: PLC0415 - as above
        from gazelled.containment.log_guard import GUARD  # noqa: PLC0415 - as above

        level = self.log_level or ("debug" if self.debug else log.level)
        redactor = self.redactor
        GUARD.let(lambda: logs.set_up(format=log.format, level=level, redactor=redactor))

    def check_config(self, earlier: Registry | None = None) -> CheckResult:
        """
        Check the whole config, as a daemon does.

        Args:
            earlier: The plugins that are in use; None before any is.

        """
        from gazelled.service.configuration.check import check  # noqa: PLC0415 - as above
        from gazelled.service.control.offline import read_past  # noqa: PLC0415 - as above
        from gazelled.service.systemd.sd_notify import is_service  # noqa: PLC0415 - as above

        return check(
            self.config_file,
            self.environ,
            output.now(),
            # What lists need that grew since is no error of a config that ran until now.
            None if earlier is None else read_past(self.state_folder),
            as_service=is_service(self.environ),
            state=self.state_folder,
            terms=replace(self.import_terms, earlier=earlier),
        )

    def register(self, secrets: Iterable[SecretStr]) -> None:
        """Keep secrets of the config out of what is printed and logged."""
        self.redactor.add(*(secret.get_secret_value() for secret in secrets))

    @property
    def import_terms(self) -> ImportTerms:
        """What holds for the imports of plugins: those that harmed the daemon are left out."""
        from gazelled.containment.exclusions import Exclusions  # noqa: PLC0415 - as above
        from gazelled.hooks.registry import ImportTerms  # noqa: PLC0415 - as above

        return ImportTerms(Exclusions(self.state_folder).reasons, self.register)

    def message(self, text: str) -> None:
        output.message(self.redactor.scrub(text))

    @property
    def kinds(self) -> Kinds:
        """The kinds of watch that there are."""
        from gazelled.watches.keys.kinds import Kinds  # noqa: PLC0415 - most commands do without

        kinds = self.registry.contributions.kinds.values()
        return Kinds(kind.value for kind in kinds)

    @property
    def sources(self) -> SourceSet:
        """The sources that plugins bring."""
        from gazelled.watches.plugins.source_set import SourceSet  # noqa: PLC0415 - likewise

        contributed = self.registry.contributions.sources.values()
        return SourceSet.of((source.plugin, source.value) for source in contributed)

    @cached_property
    def registry(self) -> Registry:
        """The plugins of the config; without a config, those that are always loaded."""
        from gazelled.config import load  # noqa: PLC0415 - most commands do without
        from gazelled.hooks.registry import Registry  # noqa: PLC0415 - likewise

        if is_regular(self.config_file):
            loaded = load(self.config_file, self.environ)
            self.register(loaded.secrets)
            if loaded.registry.contributions.kinds:
                return loaded.registry
        registry = Registry()
        registry.load_builtin({})
        return registry

    @property
    def config_file(self) -> Path:
        """The config: the one that was named, the user's, or the system's; it may not exist."""
        if self.config is not None:
            return self.config
        own, systems = self.own_config, self.system_config
        return systems if not is_regular(own) and is_regular(systems) else own

    @property
    def own_config(self) -> Path:
        """The config in the user's folder; it may not exist."""
        return config_of(self.home("XDG_CONFIG_HOME", ".config") / "gazelled", self.instance)

    @property
    def system_config(self) -> Path:
        """The config of the system's service; it may not exist."""
        return config_of(SYSTEM_CONFIG.parent, self.instance)

    @property
    def system_state(self) -> Path:
        """The state folder of the system's service."""
        return state_of(SYSTEM_STATE.parent, self.instance)

    @property
    def instance(self) -> str:
        """The name of the instance; empty for the only one."""
        return self.environ.get(INSTANCE, "")

    @property
    def is_systems(self) -> bool:
        """Whether the config is that of the system's service."""
        return self.config_file == self.system_config

    def service_command(self, verb: str) -> str:
        """Return how a person has the service of this config do something; empty without one."""
        from gazelled.service.systemd.service_state import service_command  # noqa: PLC0415 - seldom

        configs, unit = self.home("XDG_CONFIG_HOME", ".config"), self.unit
        return service_command(verb, unit, configs) if unit else ""

    @property
    def how_to_restart(self) -> str:
        """What a person types to restart the daemon of this config."""
        otherwise = f"{self.typed('stop')}, then {self.typed('run')}"
        return self.service_command("restart") or otherwise

    def typed(self, command: str) -> str:
        """Return how a person has a command concern this instance."""
        instance = f"--instance {self.instance} " if self.instance else ""
        return f"gazelled {instance}{command}"

    @property
    def unit(self) -> Unit | None:
        """The unit that the service of this config has; None for a config that can't have one."""
        from gazelled.service.systemd.unit_files import Unit  # noqa: PLC0415 - seldom

        if self.config_file not in {self.own_config, self.system_config} or self.state is not None:
            return None
        return Unit(of_user=not self.is_systems, instance=self.instance)

    @property
    def state_folder(self) -> Path:
        """The state folder for a process that takes the lock; the system's config has its own."""
        if self.state is not None:
            return self.state
        if self.is_systems:
            return self.system_state
        return state_of(self.home("XDG_STATE_HOME", ".local/state"), self.instance)

    @property
    def daemon_folders(self) -> list[Path]:
        """
        Where a daemon may be running, in the order to look.

        A state that was named is meant; a config that was named isn't the system daemon's.
        """
        if self.state is not None or self.config not in {None, self.system_config}:
            return [self.state_folder]
        return list(dict.fromkeys([self.system_state, self.state_folder]))

    def home(self, variable: str, default: str) -> Path:
        """Return one of the user's folders; what isn't absolute doesn't count (XDG says so)."""
        named = self.environ.get(variable, "")
        if named.startswith("/"):
            return Path(named)
        return Path(self.environ.get("HOME") or Path.home()) / default
