"""Plugins whose contributions clash with others, or are none."""

from __future__ import annotations

from tests.bad_plugins.model import BadPlugin


def _contribution(name: str, *lines: str) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"from gazelled.plugin import *\n\n@hookimpl\ndef {name}(register):\n{body}\n"


CONTRIBUTING = (
    BadPlugin(
        "register_fails", _contribution("gazelled_kinds", "raise OSError('no')"), r"OSError: no"
    ),
    BadPlugin("registers_no_kind", _contribution("gazelled_kinds", "register(42)"), r"Kind"),
    BadPlugin(
        "takes_a_kind",
        "from gazelled.plugin import hookimpl\n"
        "from gazelled.plugin.kinds import Kind, Outcome\n"
        "class New(Kind):\n"
        "    name = 'new'\n"
        "    about = 'is not new'\n"
        "    def decide(self, look): return Outcome()\n"
        "@hookimpl\ndef gazelled_kinds(register): register(New())\n",
        r"new",
    ),
    BadPlugin(
        "takes_a_field",
        _contribution("gazelled_match_fields", "register('seeders', COUNT, about='not yours')"),
        r"seeders",
    ),
    BadPlugin(
        "odd_field",
        _contribution("gazelled_match_fields", "register('not a name!', COUNT, about='odd')"),
        r"not a name",
    ),
    BadPlugin(
        "odd_field_type",
        _contribution("gazelled_match_fields", "register('odd_type', dict, about='odd')"),
        r"odd_type|type",
    ),
    BadPlugin("registers_no_action", _contribution("gazelled_actions", "register({})"), r"Action"),
    BadPlugin("registers_no_site", _contribution("gazelled_sites", "register('x')"), r"Site"),
    BadPlugin("registers_no_source", _contribution("gazelled_sources", "register(1)"), r"Source"),
    BadPlugin(
        "registers_no_filter",
        _contribution("gazelled_template_filters", "register('shout', 'SHOUT')"),
        r"shout|function",
    ),
    BadPlugin(
        "registers_no_command", _contribution("gazelled_commands", "register(print)"), r"[Cc]ommand"
    ),
    BadPlugin(
        "registers_no_check",
        _contribution("gazelled_doctor_checks", "register('disk', len)"),
        r"async",
    ),
    BadPlugin(
        "registers_no_page",
        _contribution("gazelled_routes", "register('', len)"),
        r"async",
    ),
    BadPlugin(
        "registers_no_function",
        _contribution("gazelled_functions", "register('under', 42)"),
        r"under|function",
    ),
    BadPlugin(
        "async_register",
        "from gazelled.plugin import hookimpl\n"
        "@hookimpl\nasync def gazelled_kinds(register): pass\n",
        r"plain 'def'",
    ),
)
