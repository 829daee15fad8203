"""The real daemon with plugins that harm the process: it goes on, or says at the next start who."""

from __future__ import annotations

import os
import re
import signal
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gazelled.containment.exclusions import Exclusions
from gazelled.containment.running_mark import read_holder
from gazelled.hooks import PluginHealth
from gazelled.service.control.codec import decode
from gazelled.testing import Simulator

if TYPE_CHECKING:
    from tests.cli.conftest import Person

SECRET = "correct-horse-battery-staple"

HEAD = """
import asyncio, logging, os, sys, time
from pathlib import Path
from gazelled.plugin import *

HOME = Path(__file__).parent

@hookimpl
async def gazelled_answer(answer):
"""


def add(person: Person, body: str, name: str = "bad") -> Path:
    """Add a plugin to the config which does something at every answer; return its folder."""
    file = person.write(HEAD + textwrap.indent(textwrap.dedent(body), "    "), f"plugins/{name}.py")
    text = person.config.read_text()
    if 'floor = "2s"' not in text:
        text = text.replace('"yeast" }', '"yeast" }\nevery = "2s"')
        text = text.replace("[tracker.limit]", 'share = "100%"\n[tracker.limit]\nfloor = "2s"')
    person.write(f'{text}\n[plugin.{name}]\nfile = "plugins/{name}.py"\n')
    return file.parent


async def goes_on(person: Person, sim: Simulator) -> None:
    """Wait until the daemon reports what is new from now on."""
    await person.until(lambda: "Watching yeast" in person.titles())
    title = f"yeast {len(sim.arrivals)}"
    sim.world.publish(title)
    await person.until(lambda: title in person.titles())


async def test_a_plugin_that_blocks_the_loop_is_named(settled: Person, sim: Simulator) -> None:
    """In the log with its line, to commands while it does so, and in a notice afterwards."""
    folder = add(
        settled,
        """
        if (HOME / "armed").exists():
            while not (HOME / "free").exists():
                time.sleep(0.01)
            (HOME / "armed").unlink()
        """,
    )
    daemon = await settled.daemon()
    (folder / "armed").touch()
    await settled.until(lambda: read_holder(settled.state) is not None)
    for command in (["status"], ["call", "index"], ["stop"]):
        said = await settled.asks(*command)
        assert said.code == 5, said
        held = r"gazelled can't reply: the plugin bad holds it up since \d{4}-\d\d-\d\d \d\d:\d\d\."
        assert re.search(held, said.err)
    (folder / "free").touch()
    await settled.until(lambda: "The plugin bad held gazelled up" in settled.titles())
    assert read_holder(settled.state) is None
    assert "plugin.loop_blocked" in settled.log
    assert f"{folder}/bad.py" in settled.log
    assert "time.sleep(0.01)" in settled.log
    await goes_on(settled, sim)
    assert (await settled.asks("stop")).code == 0
    assert await settled.ended(daemon) == 0


async def test_a_plugin_that_blocks_again_and_again_is_left_out(
    settled: Person, sim: Simulator
) -> None:
    """After three cases it isn't called any more, also at the next start, until it is enabled."""
    folder = add(
        settled, 'time.sleep(3.5)\nwith (HOME / "calls").open("a") as file: file.write("x")'
    )
    daemon = settled.starts("run")
    await settled.until(lambda: "The plugin bad is left out" in settled.titles())
    calls = (folder / "calls").read_text()
    await goes_on(settled, sim)
    await goes_on(settled, sim)
    assert (folder / "calls").read_text() == calls
    assert (await settled.asks("stop")).code == 0
    assert await settled.ended(daemon) == 0
    daemon = await settled.daemon()
    await goes_on(settled, sim)
    assert (folder / "calls").read_text() == calls
    assert (await settled.asks("stop")).code == 0
    assert await settled.ended(daemon) == 0
    assert Exclusions(settled.state).enable("bad")
    assert settled.titles().count("The plugin bad is left out") == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("os._exit(7)", 7),
        pytest.param("await asyncio.to_thread(os._exit, 7)", 7, marks=pytest.mark.slow),
        pytest.param("os.kill(os.getpid(), 9)", -9, marks=pytest.mark.slow),
        pytest.param("import faulthandler; faulthandler._sigsegv()", -11, marks=pytest.mark.slow),
    ],
)
async def test_a_plugin_that_ends_the_process_is_named_and_left_out(
    settled: Person, sim: Simulator, body: str, code: int
) -> None:
    """At the next start; at the third in a row it isn't imported any more."""
    add(settled, body)
    for times in range(3):
        daemon = settled.starts("run")
        assert await settled.ended(daemon) == code
        assert settled.log.count("daemon.crashed") == times
    daemon = await settled.daemon()
    assert settled.log.count("daemon.crashed") == 3
    await settled.until(lambda: "The plugin bad is left out" in settled.titles())
    await goes_on(settled, sim)
    assert (await settled.asks("stop")).code == 0
    assert await settled.ended(daemon) == 0


@pytest.mark.slow
async def test_a_plugin_that_ends_the_process_at_its_import_is_left_out(settled: Person) -> None:
    """It isn't imported any more, by no command."""
    settled.write("import os\nos._exit(7)\n", "plugins/bad.py")
    settled.write(f'{settled.config.read_text()}\n[plugin.bad]\nfile = "plugins/bad.py"\n')
    for _ in range(3):
        assert await settled.ended(settled.starts("run")) == 7
    daemon = await settled.daemon()
    assert "daemon.crashed" in settled.log
    await settled.until(lambda: "The plugin bad is left out" in settled.titles())
    assert "gazelled plugins enable bad" in (await settled.asks("check")).out
    assert (await settled.asks("stop")).code == 0
    assert await settled.ended(daemon) == 0


async def test_an_abort_leaves_a_trace(settled: Person) -> None:
    """The watchdog ends a daemon so whose loop stands: the log says where it stood."""
    add(settled, "time.sleep(3600)")
    daemon = settled.starts("run")
    await settled.until(lambda: read_holder(settled.state) is not None)
    os.kill(daemon.pid, signal.SIGABRT)
    await settled.ended(daemon)
    assert "Fatal Python error: Aborted" in settled.log
    assert 'bad.py", line ' in settled.log


DEEDS = [
    "raise KeyboardInterrupt",
    "sys.exit(3)",
    "asyncio.get_running_loop().stop()",
    "[task.cancel() for task in asyncio.all_tasks()]",
    "asyncio.get_running_loop().call_soon(sys.exit, 3)",
    "[asyncio.create_task(asyncio.sleep(3600)) for _ in range(500)]",
    "logging.disable(); logging.getLogger().handlers.clear(); sys.stderr.close()",
    "import logging.config; logging.config.dictConfig({'version': 1, 'root': {}})",
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)",
    "while True: print('flood'); logging.error('flood'); await asyncio.sleep(0.001)",
    "answer.payload['torrents'] = []",
    "await asyncio.to_thread(__import__('threading').Event().wait)",
]


CAUSES = [
    "KeyboardInterrupt",
    "SystemExit",
    "tried to stop the event loop",
    "tried to cancel tasks that are not its own",
    "tried to end the process (SystemExit)",
    "tasks left behind",
    "tried to disable logging",
    "tried to disable logging",
    "tried to handle signals",
    "of the log too many",
    "can't be changed",
    "not ended",
]
"""What is said of each of them."""


async def went_on(person: Person, sim: Simulator, causes: Mapping[str, str]) -> None:
    """Start a daemon, see that it works and names the culprits, end it; it writes its log."""
    daemon = await person.daemon()
    for _ in range(3):
        await goes_on(person, sim)
    while missing := set(causes) - await named(person, causes):
        assert daemon.poll() is None, missing
        await goes_on(person, sim)
    daemon.send_signal(signal.SIGTERM)
    assert await person.ended(daemon) == 0
    assert "daemon.stopped" in person.log


async def named(person: Person, causes: Mapping[str, str]) -> set[str]:
    """Return of which plugins the status names the cause."""
    said = await person.asks("--json", "status")
    healths = {name: decode(PluginHealth, data) for name, data in said.data["plugins"].items()}
    return {name for name, cause in causes.items() if cause in healths[name].trouble}


async def test_the_daemon_goes_on(settled: Person, sim: Simulator) -> None:
    """Whatever they do, all at once; it ends when it is asked to, and writes its log."""
    for number, deed in enumerate(DEEDS):
        add(settled, deed, f"bad{number}")
    await went_on(settled, sim, {f"bad{number}": cause for number, cause in enumerate(CAUSES)})


@pytest.mark.slow
@pytest.mark.parametrize(("deed", "cause"), [*zip(DEEDS, CAUSES, strict=True)])
async def test_the_daemon_goes_on_with_each(
    settled: Person, sim: Simulator, deed: str, cause: str
) -> None:
    """Each alone."""
    add(settled, deed)
    await went_on(settled, sim, {"bad": cause})


async def test_what_a_plugin_says_of_secrets_stays_unsaid(settled: Person, sim: Simulator) -> None:
    """At its import and later: in the log, the notices, the status and the whole state."""
    settled.write(SECRET, "secrets/lab")
    add(settled, f"print('{SECRET}'); logging.error('{SECRET}'); raise ValueError('{SECRET}')")
    says = f"print('{SECRET}', flush=True)\nlogging.error('{SECRET}')\nraise ValueError('{SECRET}')"
    broken = settled.write(f"import logging\n{says}\n", "plugins/broken.py")
    target = """
        from gazelled.plugin import *
        class Options(PluginConfig):
            password: SecretStr
        async def prepare(options):
            raise ValueError(options.password.get_secret_value())
        @target(Options, prepare=prepare)
        async def deliver(delivery, options):
            raise TargetFault(options.password.get_secret_value())
    """
    settled.write(textwrap.dedent(target), "plugins/lab.py")
    text = settled.config.read_text().replace(
        'tell = ["journal", "feed"]', 'tell = ["journal", "lab"]'
    )
    more = f"""
[plugin.broken]
file = "{broken}"
[plugin.lab]
file = "plugins/lab.py"
[target.lab]
plugin = "lab"
password = {{ secret = "lab" }}
"""
    settled.write(text + more)
    daemon = await settled.daemon()
    await goes_on(settled, sim)
    await settled.until(lambda: any("broken" in title for title in settled.titles()))
    await settled.until(lambda: "plugin.prepare_failed" in settled.log)
    while not (await settled.asks("--json", "status")).data["targets"][-1]["problem"]:
        await goes_on(settled, sim)
    shown = await settled.asks("status")
    data = await settled.asks("--json", "status")
    assert (await settled.asks("stop")).code == 0
    assert await settled.ended(daemon) == 0
    assert "bad" in shown.out
    said = [shown.out, shown.err, data.out, data.err, settled.log]
    assert not [text for text in said if SECRET in text]
    files = [file for file in settled.state.rglob("*") if file.is_file()]
    assert settled.state / "state.sqlite3" in files or files
    assert not [file for file in files if SECRET.encode() in file.read_bytes()]


async def test_a_command_ends_although_a_thread_of_a_plugin_hangs(settled: Person) -> None:
    """Python would wait for a thread that is no daemon."""
    settled.afresh = True
    hang = "import threading\nthreading.Thread(target=threading.Event().wait).start()\n"
    settled.write(f"{hang}{HEAD}    pass\n", "plugins/bad.py")
    settled.write(f'{settled.config.read_text()}\n[plugin.bad]\nfile = "plugins/bad.py"\n')
    said = await settled.runs("check")
    assert said.code == 0, said.err
