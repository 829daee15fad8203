"""The global options, and what follows from them: where the config and the state are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gazelled.cli import output
from gazelled.redact import Redactor
from gazelled.regular_file import is_regular

if TYPE_CHECKING:  # --help and --version load no config
    from pydantic import SecretStr

    from gazelled.hooks.loading import ImportTerms
    from gazelled.hooks.registry import Registry
    from gazelled.watches.keys.kinds import Kinds
    from gazelled.watches.plugins.source_set import SourceSet

SYSTEM_CONFIG = Path("/etc/gazelled/config.toml")
SYSTEM_STATE = Path("/var/lib/gazelled")


@dataclass
class Settings:
    """
    The global options, and the redactor that knows the secrets that came to light.

    `config` and `state` are None without `--config` and `--state`.
    """

    environ: Mapping[str, str]
    config: Path | None = None
    state: Path | None = None
    as_json: bool = False
    debug: bool = False
    redactor: Redactor = field(default_factory=Redactor)

    def set_up_logs(self) -> None:
        """Show the log of a short command only for --debug."""
        from gazelled import logs  # noqa: PLC0415 - --help and --version log nothing

        level = "debug" if self.debug else "critical"
        logs.set_up(format="console", level=level, redactor=self.redactor)

    def register(self, secrets: Iterable[SecretStr]) -> None:
        """Keep secrets of the config out of what is printed and logged."""
        self.redactor.add(*(secret.get_secret_value() for secret in secrets))

    @property
    def import_terms(self) -> ImportTerms:
        """What holds for the imports of plugins: those that harmed the daemon are left out."""
        from gazelled.containment.exclusions import Exclusions  # noqa: PLC0415 - as above
        from gazelled.hooks.loading import ImportTerms  # noqa: PLC0415 - as above

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
        own = self.own_config
        return SYSTEM_CONFIG if not is_regular(own) and is_regular(SYSTEM_CONFIG) else own

    @property
    def own_config(self) -> Path:
        """The config in the user's folder; it may not exist."""
        return self._home("XDG_CONFIG_HOME", ".config") / "gazelled" / "config.toml"

    @property
    def state_folder(self) -> Path:
        """The state folder for a process that takes the lock; the system's config has its own."""
        if self.state is not None:
            return self.state
        if self.config_file == SYSTEM_CONFIG:
            return SYSTEM_STATE
        return self._home("XDG_STATE_HOME", ".local/state") / "gazelled"

    @property
    def daemon_folders(self) -> list[Path]:
        """
        Where a daemon may be running, in the order to look.

        A state that was named is meant; a config that was named isn't the system daemon's.
        """
        if self.state is not None or self.config not in {None, SYSTEM_CONFIG}:
            return [self.state_folder]
        return list(dict.fromkeys([SYSTEM_STATE, self.state_folder]))

    def _home(self, variable: str, default: str) -> Path:
        """Return one of the user's folders; what isn't absolute doesn't count (XDG says so)."""
        named = self.environ.get(variable, "")
        if named.startswith("/"):
            return Path(named)
        return Path(self.environ.get("HOME") or Path.home()) / default
