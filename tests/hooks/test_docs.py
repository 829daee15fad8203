"""The hooks and their documentation stay one."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from gazelled.hooks.registry import new_manager
from gazelled.plugin.api_version import DEPRECATIONS, Deprecation
from gazelled.testing.plugin_kit import PluginKit

ROOT = Path(__file__).parents[2]
SPECS = {
    name: caller.spec.function
    for name, caller in vars(new_manager().hook).items()
    if name.startswith("gazelled_")
}
HOOKS = sorted(SPECS)


def test_there_are_hooks() -> None:
    """The tests below look at something."""
    assert HOOKS == [
        "gazelled_actions",
        "gazelled_answer",
        "gazelled_answered",
        "gazelled_check_target",
        "gazelled_commands",
        "gazelled_config_changed",
        "gazelled_deliver",
        "gazelled_delivered",
        "gazelled_delivery_failed",
        "gazelled_doctor_checks",
        "gazelled_event_stored",
        "gazelled_functions",
        "gazelled_health_checks",
        "gazelled_history",
        "gazelled_item_decided",
        "gazelled_items_found",
        "gazelled_kinds",
        "gazelled_match_fields",
        "gazelled_metrics",
        "gazelled_options",
        "gazelled_prepare",
        "gazelled_preview",
        "gazelled_request_failed",
        "gazelled_routes",
        "gazelled_setup",
        "gazelled_sites",
        "gazelled_sources",
        "gazelled_targets",
        "gazelled_teardown",
        "gazelled_template_filters",
        "gazelled_tracker_changed",
    ]


@pytest.mark.parametrize("name", HOOKS)
def test_each_hook_is_documented_with_its_signature(name: str) -> None:
    """The documentation has a heading for the hook and shows its exact signature."""
    text = (ROOT / "docs" / "plugins.md").read_text()
    function = SPECS[name]
    prefix = "async def" if inspect.iscoroutinefunction(function) else "def"
    signature = str(inspect.signature(function)).replace("'", "")
    assert re.search(rf"^#+ {name}$", text, re.MULTILINE)
    assert f"{prefix} {name}{signature}" in text


@pytest.mark.parametrize("name", HOOKS)
def test_each_hook_has_a_test(name: str) -> None:
    """Somewhere here is a test named after the hook."""
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    sort = name.removeprefix("gazelled_")
    # Those that take things with names are tested by one test.
    together = f'"{sort}"' in tests and "def test_things_are_known_by_their_names(" in tests
    assert f"def test_hook_{name}(" in tests or together


@pytest.mark.parametrize("name", HOOKS)
def test_each_parameter_is_explained(name: str) -> None:
    """The spec's docstring says what each parameter is and since when the hook is there."""
    function = SPECS[name]
    text = inspect.getdoc(function) or ""
    assert all(f"    {parameter}: " in text for parameter in inspect.signature(function).parameters)
    assert "Version added: " in text


EXAMPLE = str(ROOT / "plugins" / "examples" / "lab_sheet.py")


@pytest.mark.parametrize("name", ["lab_sheet.py", "test_lab_sheet.py"])
def test_the_examples_are_shown_as_they_are(name: str) -> None:
    """What the documentation shows is what is tested, word for word."""
    example = (ROOT / "plugins" / "examples" / name).read_text()
    assert example in (ROOT / "docs" / "plugins.md").read_text()


def test_the_example_has_no_row_of_tests_and_first_looks(gz: PluginKit, tmp_path: Path) -> None:
    """As the README says of it."""
    target = gz.target(EXAMPLE, path=tmp_path / "lab.csv")
    target.deliver(gz.event("first-look"))
    target.deliver(gz.event("notice", title="gazelled says hello"), is_test=True)
    assert not (tmp_path / "lab.csv").exists()
    target.deliver(gz.event("new", title="S288C reads"))
    assert (tmp_path / "lab.csv").read_text().count("\n") == 1


@pytest.mark.parametrize("deprecation", DEPRECATIONS, ids=lambda one: one.name)
def test_what_is_deprecated_is_documented(deprecation: Deprecation) -> None:
    """With its replacement and the version that removes it."""
    row = f"| `{deprecation.name}` | `{deprecation.replacement}` | {deprecation.removed_in} |"
    assert row in (ROOT / "docs" / "plugins.md").read_text()
