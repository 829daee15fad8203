"""Plugins that can't be loaded."""

from __future__ import annotations

from tests.bad_plugins.model import BadPlugin, hook

SECRET = "hunter2-hunter2-hunter2"
"""The value of the secret `bad`, which some of them print or raise."""

_FINE = hook("gazelled_answered(answer, context)", "pass")

AT_IMPORT = (
    BadPlugin("syntax_error", "def broken(:\n", r"SyntaxError"),
    BadPlugin("missing_import", "import no_such_library_at_all\n", r"no_such_library_at_all"),
    BadPlugin("raises", "raise RuntimeError('out of order')\n", r"RuntimeError: out of order"),
    BadPlugin("deep_recursion", "def deep(): deep()\ndeep()\n", r"RecursionError"),
    BadPlugin(
        "raises_base_exception",
        "class Odd(BaseException): pass\nraise Odd('odd')\n",
        r"Odd: odd",
    ),
    BadPlugin("interrupts", "raise KeyboardInterrupt\n", r"KeyboardInterrupt"),
    BadPlugin("exits", "import sys\nsys.exit('bye')\n", r"SystemExit: bye"),
    BadPlugin("generator_exit", "raise GeneratorExit('early')\n", r"GeneratorExit"),
    BadPlugin(
        "hangs",
        "import threading\nthreading.Event().wait()\n",
        r"hangs\.py:2|hangs\.py.*line 2|not end|took longer",
    ),
    BadPlugin("kills_the_process", "import os\nos._exit(3)\n", r"ended|crash", ends=True),
    BadPlugin("no_hooks", "ANSWER = 42\n", r"neither"),
    BadPlugin("empty_file", "", r"neither"),
    BadPlugin("null_bytes", b"import os\0\n", r"null bytes|SyntaxError|ValueError"),
    BadPlugin("bad_encoding", b"NAME = '\xff\xfe'\n", r"SyntaxError"),
    BadPlugin("missing_file", None, r"no such file|no file"),
    BadPlugin(
        "unknown_hook",
        hook("gazelled_anwsered(answer)", "pass"),
        r"gazelled_anwsered.*gazelled_answered",
    ),
    BadPlugin(
        "wrapper",
        "from gazelled.plugin import hookimpl\n"
        "import pluggy\n"
        "@pluggy.HookimplMarker('gazelled')(wrapper=True)\n"
        "def gazelled_answered(answer):\n    return (yield)\n",
        r"wrapper",
    ),
    BadPlugin(
        "not_async",
        "from gazelled.plugin import hookimpl\n"
        "@hookimpl\ndef gazelled_answered(answer):\n    pass\n",
        r"async def",
    ),
    BadPlugin("wrong_argument", hook("gazelled_answered(response)", "pass"), r"response"),
    BadPlugin("newer_api", _FINE + "\nrequires_api = '9.0'\n", r"9\.0"),
    BadPlugin("odd_api", _FINE + "\nrequires_api = object()\n", r"requires_api"),
    BadPlugin(
        "needs_arguments",
        "from gazelled.plugin import hookimpl\n"
        "class Plugin:\n"
        "    def __init__(self, pool): self.pool = pool\n"
        "    @hookimpl\n"
        "    async def gazelled_answered(self, answer): pass\n",
        r"TypeError.*pool",
    ),
    BadPlugin(
        "constructor_fails",
        "from gazelled.plugin import hookimpl\n"
        "class Plugin:\n"
        "    def __init__(self): raise OSError('no disk')\n"
        "    @hookimpl\n"
        "    async def gazelled_answered(self, answer): pass\n",
        r"OSError: no disk",
    ),
    BadPlugin(
        "two_targets",
        "from gazelled.plugin import PluginConfig, target\n"
        "@target(PluginConfig)\nasync def one(delivery, options): pass\n"
        "@target(PluginConfig)\nasync def two(delivery, options): pass\n",
        r"several targets",
    ),
    BadPlugin(
        "odd_options",
        "from gazelled.plugin import hookimpl\n"
        "@hookimpl\ndef gazelled_targets(register): register(dict)\n"
        "@hookimpl\nasync def gazelled_deliver(delivery): pass\n",
        r"PluginConfig",
    ),
    BadPlugin(
        "no_delivery",
        "from gazelled.plugin import PluginConfig, hookimpl\n"
        "@hookimpl\ndef gazelled_targets(register): register(PluginConfig)\n",
        r"gazelled_deliver",
    ),
    BadPlugin(
        "raises_a_secret",
        f"raise RuntimeError('refused: {SECRET}')\n",
        r"RuntimeError: refused",
        options='secrets = ["bad"]',
    ),
    BadPlugin(
        "prints_a_secret",
        f"import sys\nprint('token {SECRET}')\nsys.stderr.write('{SECRET}')\n"
        "raise ValueError('no')\n",
        r"ValueError: no",
        options='secrets = ["bad"]',
    ),
    BadPlugin(
        "replaces_signals",
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + _FINE,
        r"ValueError|signal",
    ),
)
