"""
Helpers for the tests of plugins: make things, show them to a plugin, examine the result.

The fixture `gz` provides them; they need no account, no network and no asyncio. The plugin is
loaded, checked and called in the same way as by the daemon. In async tests `gz.async_plugin` and
`gz.async_target` take the places of `gz.plugin` and `gz.target`, and their calls are awaited.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gazelled.containment.read_only import read_only
from gazelled.hooks.calls.hook_calls import HookFailure
from gazelled.model import Answer
from gazelled.testing.kit.async_loaded_plugin import AsyncLoadedPlugin
from gazelled.testing.kit.harness import Harness, SentNotice
from gazelled.testing.kit.kit_clock import AT
from gazelled.testing.kit.loaded_plugin import LoadedPlugin
from gazelled.testing.kit.plugin_targets import AsyncPluginTarget, PluginTarget
from gazelled.testing.kit.thing_maker import ThingMaker
from gazelled.testing.recordings import read_recordings

if TYPE_CHECKING:  # large, and most tests do without
    from gazelled.testing.simulator import Simulator

__all__ = [
    "AT",
    "AsyncLoadedPlugin",
    "AsyncPluginTarget",
    "HookFailure",
    "LoadedPlugin",
    "PluginKit",
    "PluginTarget",
    "SentNotice",
]


class PluginKit(ThingMaker):
    """
    The fixture `gz`.

    Args:
        here: The folder of the test's file; files of plugins are relative to it.
        state: A folder that is empty at first.

    """

    def __init__(self, *, here: Path, state: Path) -> None:
        self._here = here
        self._state = state

    def target(self, plugin: str, /, *, named: str = "target", **options: object) -> PluginTarget:
        """
        Make a target, as `[target.NAME]` does.

        Args:
            plugin: A file, from the folder of the test; or the name of an installed plugin.
            named: The name of the target.
            options: Its options.

        Raises:
            ValueError: If the plugin can't be loaded or the options are wrong.

        """
        return PluginTarget(self._source(plugin), options, named, self._state)

    def async_target(
        self, plugin: str, /, *, named: str = "target", **options: object
    ) -> AsyncPluginTarget:
        """Make a target, as `target` does, whose calls are awaited."""
        harness = Harness(self._source(plugin), {}, self._state)
        return AsyncPluginTarget(harness, options, named)

    def plugin(self, plugin: str, /, **options: object) -> LoadedPlugin:
        """
        Load a plugin, as `[plugin.NAME]` does.

        Args:
            plugin: A file or folder, from the folder of the test; or the name of an installed
                plugin.
            options: Its own options.

        Raises:
            ValueError: If the plugin can't be loaded or the options are wrong.

        """
        return LoadedPlugin(self._source(plugin), options, self._state)

    def async_plugin(self, plugin: str, /, **options: object) -> AsyncLoadedPlugin:
        """Load a plugin, as `plugin` does, whose calls are awaited."""
        return AsyncLoadedPlugin(self._source(plugin), options, self._state)

    def simulator(self) -> Simulator:
        """
        Return a simulated tracker: set it as `plugin.tracker.simulator`.

        Its `world` has data sets, people and their posts, and takes more.
        """
        from gazelled.testing.simulator import Simulator  # noqa: PLC0415 - see above

        return Simulator()

    def _source(self, plugin: str) -> str | Path:
        path = self._here / plugin
        is_package = (path / "__init__.py").is_file()
        return path if plugin.endswith(".py") or is_package else plugin

    def recorded(self, folder: str = "recorded", /) -> tuple[Answer, ...]:
        """
        Return the answers that `gazelled record` wrote, in the order of their manifest.

        Args:
            folder: Their folder, from the folder of the test.

        Raises:
            ValueError: If there are none, or a file is damaged.

        """
        return tuple(map(read_only, read_recordings(self._here / folder)))
