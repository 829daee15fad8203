"""Plugins that do harm at the tracker's answers."""

from __future__ import annotations

from tests.bad_plugins.at_import import SECRET
from tests.bad_plugins.model import BadPlugin, on_answer

ANSWERING = (
    BadPlugin("fails", on_answer("raise ValueError('never')"), r"ValueError: never"),
    BadPlugin("divides", on_answer("1 / 0"), r"ZeroDivisionError"),
    BadPlugin("never_ends", on_answer("await asyncio.Event().wait()"), r"longer than"),
    BadPlugin(
        "ignores_the_end",
        on_answer(
            "while True:",
            "    try:",
            "        await asyncio.sleep(60)",
            "    except asyncio.CancelledError:",
            "        pass",
        ),
        r"longer than|not ended",
    ),
    BadPlugin("stops_the_loop", on_answer("asyncio.get_running_loop().stop()"), r"loop"),
    BadPlugin("closes_the_loop", on_answer("asyncio.get_running_loop().close()"), r"loop|running"),
    BadPlugin(
        "cancels_all", on_answer("for task in asyncio.all_tasks(): task.cancel()"), r"cancel"
    ),
    BadPlugin(
        "cancels_itself",
        on_answer("asyncio.current_task().cancel()", "await asyncio.sleep(0)"),
        r"cancelled itself",
    ),
    BadPlugin("exits_later", on_answer("import sys", "sys.exit(1)"), r"SystemExit"),
    BadPlugin("interrupts_later", on_answer("raise KeyboardInterrupt"), r"KeyboardInterrupt"),
    BadPlugin(
        "base_exception_later", on_answer("raise BaseException('all')"), r"BaseException: all"
    ),
    BadPlugin("recursion", on_answer("def deep(): deep()", "deep()"), r"RecursionError"),
    BadPlugin("changes_the_answer", on_answer("answer.payload['status'] = 'mine'"), r"TypeError"),
    BadPlugin("changes_the_call", on_answer("answer.call.action = 'mine'"), r"FrozenInstanceError"),
    BadPlugin("disables_logging", on_answer("import logging", "logging.disable()"), r"logging"),
    BadPlugin(
        "configures_logging",
        on_answer(
            "import logging.config",
            "logging.config.dictConfig({'version': 1, 'disable_existing_loggers': True})",
        ),
        r"logging",
    ),
    BadPlugin(
        "clears_handlers",
        on_answer("import logging", "logging.getLogger().handlers.clear()"),
        r"logging",
    ),
    BadPlugin(
        "takes_signals",
        on_answer("import signal", "signal.signal(signal.SIGTERM, signal.SIG_IGN)"),
        r"[Ss]ignal",
    ),
    BadPlugin(
        "leaks_tasks",
        on_answer(
            "for number in range(500):",
            "    asyncio.create_task(asyncio.sleep(3600))",
        ),
        r"[Tt]ask",
    ),
    BadPlugin(
        "floods_the_log",
        on_answer(
            "for number in range(20_000):", "    context.log.warning('flood', number=number)"
        ),
        r"log|lines",
    ),
    BadPlugin(
        "floods_notices",
        on_answer(
            "for number in range(500):",
            "    await context.notify(f'topic {number}', 'Flood', 'text')",
        ),
        r"notice|notif",
    ),
    BadPlugin(
        "leaves_threads",
        on_answer(
            "import threading",
            "await asyncio.to_thread(threading.Event().wait)",
        ),
        r"thread",
    ),
    BadPlugin(
        "fills_the_store",
        on_answer(
            "for number in range(1000):",
            "    await context.store.set(f'key {number}', 'x' * 100_000)",
        ),
        r"stor",
    ),
    BadPlugin("stores_objects", on_answer("await context.store.set('x', object())"), r"JSON|store"),
    BadPlugin(
        "prints_secrets_later",
        on_answer(f"print('{SECRET}')", f"raise RuntimeError('{SECRET}')"),
        r"RuntimeError",
        options='secrets = ["bad"]',
    ),
    BadPlugin(
        "asks_for_ever",
        on_answer(
            "if not getattr(asyncio, 'asks_for_ever', False):",
            "    asyncio.asks_for_ever = True",
            "    async def ask():",
            "        while True:",
            "            await context.tracker.call('index')",
            "    context.spawn(ask(), name='asking')",
        ),
        r"wait|budget|share",
    ),
    BadPlugin(
        "writes_unasked",
        on_answer("await context.tracker.write.do('bookmark', id=1)"),
        r"allow|AttributeError",
    ),
    BadPlugin(
        "goes_around_the_limit",
        on_answer("await context.http.get(context.site.url + '/ajax.php?action=index')"),
        r"context\.tracker",
    ),
    BadPlugin(
        "takes_the_executor",
        on_answer(
            "from concurrent.futures import ThreadPoolExecutor",
            "asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))",
        ),
        r"executor",
    ),
    BadPlugin(
        "sleeps_in_the_loop",
        on_answer(
            "import time",
            "if not getattr(time, 'slept', False):",
            "    time.slept = True",
            "    time.sleep(12)",
        ),
        r"sleeps_in_the_loop\.py|blocked|loop",
    ),
    BadPlugin("ends_the_process", on_answer("import os", "os._exit(0)"), r"ended|crash", ends=True),
    BadPlugin(
        "kills_itself",
        on_answer("import os, signal", "os.kill(os.getpid(), signal.SIGKILL)"),
        r"ended|crash",
        ends=True,
    ),
    BadPlugin(
        "aborts", on_answer("import ctypes", "ctypes.string_at(0)"), r"ended|crash", ends=True
    ),
)
