"""What reloads leave behind: nothing."""

from __future__ import annotations

import asyncio
import gc
import sys
import weakref
from pathlib import Path

from tests.service.conftest import MOODY, House

from gazelled.config.model import Log
from gazelled.hooks.registry import ImportTerms, Registry
from gazelled.redact import Redactor
from gazelled.service.app import App
from gazelled.service.compose import open_app
from gazelled.service.configuration.check import CheckResult, check
from gazelled.service.reloading.config_source import ConfigSource
from gazelled.service.systemd.sd_notify import Notifier


def source_of(house: House, file: Path) -> ConfigSource:
    """Return where a house's config is read again."""

    def read(earlier: Registry) -> CheckResult:
        return check(file, house.environ, house.clock.now(), terms=ImportTerms(earlier=earlier))

    def ignore(_: Log) -> None: ...

    return ConfigSource(read, lambda: None, ignore)


def modules() -> list[str]:
    """Return the modules that were made of the plugin's file."""
    return [name for name in sys.modules if name.startswith("gazelled_plugin_moody_")]


def module_of(app: App) -> weakref.ref[object]:
    """Return the module of the plugin in use."""
    return weakref.ref(sys.modules[app.config.registry.instances["moody"].module])


async def test_modules_and_tasks_of_old_plugins_go(house: House) -> None:
    """Whether the config that they came with was used or not."""
    house.notices = []
    config = house.config()
    earlier = {*modules()}
    file, plugin = house.home / "config.toml", config.plugins["moody"].file
    assert plugin is not None
    opened = open_app(
        config,
        house.folder,
        clock=house.clock,
        redactor=Redactor(),
        environ={},
        web=False,
        source=source_of(house, file),
    )
    async with opened as app:
        life = asyncio.create_task(app.forever(Notifier({})), name="daemon")
        await app.ready.wait()
        try:
            good, first, tasks = file.read_text(), module_of(app), len(asyncio.all_tasks())
            for number in range(8):
                plugin.write_text(f"{MOODY}\n# {number}\n")
                file.write_text(good if number % 2 else f"{good}\n[watch.x]\nodd = 1\n")
                assert (await app.reload()).applied is bool(number % 2)
                assert len({*modules()} - earlier) <= 1
            gc.collect()
            assert first() is None
            assert len(asyncio.all_tasks()) <= tasks + 1
        finally:
            app.stopping.set()
            await life
