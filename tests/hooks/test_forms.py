"""Where plugins come from: files, folders, modules, classes, objects and distributions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gazelled.hooks.loading import PluginEntry, PluginSettings
from gazelled.hooks.registry import Registry

Write = Callable[[str, str], Path]
Make = Callable[[str, dict[str, str]], Path]

CLASS = """
from gazelled.plugin import hookimpl

made = []

class Watching:
    def __init__(self):
        made.append(self)

    @hookimpl
    async def gazelled_answered(self, answer): ...
"""
FUNCTION = """
from gazelled.plugin import hookimpl

@hookimpl
async def gazelled_answered(answer): ...
"""


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Write files into a folder of their own, from which Python imports modules."""

    def make(folder: str, files: dict[str, str]) -> Path:
        place = tmp_path / folder
        for name, text in files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(text)
        monkeypatch.syspath_prepend(str(place))
        for name in [*sys.modules]:
            if name.partition(".")[0].startswith("forms_"):
                monkeypatch.delitem(sys.modules, name)
        return place

    return make


def parts_of(registry: Registry, plugin: str, hook: str) -> list[object]:
    """Return the objects of a plugin that implement a hook."""
    return [implementation.plugin for implementation in registry.of(plugin, hook)]


def load(settings: PluginSettings) -> tuple[Registry, PluginEntry]:
    """Load one plugin."""
    registry = Registry()
    return registry, registry.load(settings)


def test_a_folder_is_a_plugin_with_modules_of_its_own(tmp_path: Path) -> None:
    """Its modules are imported relatively, and two folders of one name don't meet."""
    for place in ("one", "two"):
        folder = tmp_path / place / "lab"
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text(f"from .words import WORD\n{FUNCTION}")
        (folder / "words.py").write_text(f'WORD = "{place}"')
    registry = Registry()
    for place in ("one", "two"):
        entry = registry.load(PluginSettings(place, tmp_path / place / "lab"))
        assert (entry.state, entry.origin.form) == ("loaded", "folder")
        (part,) = parts_of(registry, place, "gazelled_answered")
        assert vars(part)["WORD"] == place


def test_a_folder_without_an_init_file_is_left_out(tmp_path: Path) -> None:
    """It says what is missing."""
    (tmp_path / "lab").mkdir()
    _, entry = load(PluginSettings("lab", tmp_path / "lab"))
    assert entry.reason == (
        f"the folder {tmp_path / 'lab'} has no __init__.py, which makes it a plugin"
    )


def test_a_fault_in_a_module_of_a_folder_is_named_there(tmp_path: Path) -> None:
    """Nothing of the folder stays imported, so it can be mended."""
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "__init__.py").write_text("from . import table")
    (tmp_path / "lab" / "table.py").write_text("\n1 / 0")
    before = set(sys.modules)
    _, entry = load(PluginSettings("lab", tmp_path / "lab"))
    place = tmp_path / "lab" / "table.py"
    assert entry.reason.startswith(f"{place}:2: ZeroDivisionError: division by zero; fix it")
    assert not [name for name in set(sys.modules) - before if name.startswith("gazelled_plugin")]


def test_a_class_in_a_module_is_instantiated_once(write: Write) -> None:
    """Its methods are the hooks."""
    registry, entry = load(PluginSettings("lab", write("lab", CLASS)))
    assert entry.hooks == ("gazelled_answered",)
    (part,) = parts_of(registry, "lab", "gazelled_answered")
    assert vars(sys.modules[type(part).__module__])["made"] == [part]


def test_bases_and_abstract_classes_are_no_parts(write: Write) -> None:
    """What is shared is called once, by the class that has it in the end."""
    source = """
from abc import ABC, abstractmethod
from gazelled.plugin import hookimpl

class Base(ABC):
    @hookimpl
    async def gazelled_answered(self, answer): ...
    @abstractmethod
    def name(self): ...

class Middle(Base):
    def name(self): ...

class Last(Middle): ...
"""
    registry, entry = load(PluginSettings("lab", write("lab", source)))
    assert entry.reason == ""
    parts = parts_of(registry, "lab", "gazelled_answered")
    assert [type(part).__name__ for part in parts] == ["Last"]


@pytest.mark.parametrize("compare", ["return True", "raise RuntimeError"])
def test_objects_that_are_equal_are_parts_of_their_own(write: Write, compare: str) -> None:
    """A plugin's code that compares isn't called."""
    source = f"""
from gazelled.plugin import hookimpl

class Table:
    __hash__ = None

    def __eq__(self, other):
        {compare}

    @hookimpl
    async def gazelled_answered(self, answer): ...

yeast, human = Table(), Table()
"""
    registry, entry = load(PluginSettings("lab", write("lab", source)))
    assert entry.state == "loaded"
    assert len(parts_of(registry, "lab", "gazelled_answered")) == len(("yeast", "human"))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def gazelled_kinds():\n    return []", "gazelled_kinds must call register"),
        (
            "def gazelled_match_fields(register):\n    register('age_of', AGE)",
            "gazelled_match_fields takes no AGE; use TEXT or NUMBER",
        ),
    ],
)
def test_a_wrong_contribution_is_named(write: Write, source: str, reason: str) -> None:
    """A plugin that contributes what can't be used is left out."""
    text = f"from gazelled.plugin import AGE, hookimpl\n\n@hookimpl\n{source}"
    _, entry = load(PluginSettings("lab", write("lab", text)))
    assert entry.reason.startswith(reason)


def test_target_without_its_options_is_named(write: Write) -> None:
    """`@target` needs the type of the options."""
    source = "from gazelled.plugin import target\n\n@target\nasync def lab(delivery, options): ..."
    _, entry = load(PluginSettings("lab", write("lab", source)))
    assert "as in @target(Options)" in entry.reason


def test_an_object_in_a_module_is_used_as_it_is(write: Write) -> None:
    """Its class isn't instantiated a second time."""
    registry, _ = load(PluginSettings("lab", write("lab", f"{CLASS}\nwatching = Watching()")))
    (part,) = parts_of(registry, "lab", "gazelled_answered")
    assert vars(sys.modules[type(part).__module__])["made"] == [part]


def test_a_class_that_was_only_imported_is_no_part(make: Make) -> None:
    """What a module imports from elsewhere is its tool, not its hook."""
    make("tools", {"forms_base.py": CLASS, "forms_lab.py": f"from forms_base import *\n{FUNCTION}"})
    registry, _ = load(PluginSettings("lab", module="forms_lab"))
    assert len(parts_of(registry, "lab", "gazelled_answered")) == 1


@pytest.mark.parametrize(
    ("module", "form"),
    [
        ("forms_lab.sheet", "module"),
        ("forms_lab.sheet:Watching", "class"),
        ("forms_lab.sheet:box.watching", "object"),
    ],
)
def test_a_module_path_is_a_plugin(make: Make, module: str, form: str) -> None:
    """It leads to a module, a class in it, or an object however deep."""
    box = "\nclass box:\n    watching = Watching()\n"
    make("tools", {"forms_lab/__init__.py": "", "forms_lab/sheet.py": CLASS + box})
    registry, entry = load(PluginSettings("lab", module=module))
    assert (entry.state, entry.reason) == ("loaded", "")
    assert (entry.origin.form, entry.origin.place) == ("module", module)
    (part,) = parts_of(registry, "lab", "gazelled_answered")
    made = vars(sys.modules["forms_lab.sheet"])["made"]
    assert (part is made[0]) == (form == "object")
    assert part is made[-1]


def test_a_distribution_offers_plugins(make: Make) -> None:
    """Its entry point names a module or a class; its name and version are known."""
    make(
        "site",
        {
            "forms_sheet.py": CLASS,
            "lab_tools-2.1.dist-info/METADATA": "Name: lab-tools\nVersion: 2.1\n",
            "lab_tools-2.1.dist-info/entry_points.txt": (
                "[gazelled.plugins]\nlab-sheet = forms_sheet:Watching\n"
            ),
        },
    )
    _, entry = load(PluginSettings("lab-sheet"))
    assert (entry.state, entry.reason) == ("loaded", "")
    origin = entry.origin
    assert (origin.form, origin.place) == ("installed", "forms_sheet:Watching")
    assert (origin.distribution, origin.version) == ("lab-tools", "2.1")


def test_two_distributions_of_one_name_are_named(make: Make) -> None:
    """Which of both is meant can't be known."""
    for name in ("one", "two"):
        make(
            name,
            {
                f"forms_{name}-1.dist-info/METADATA": f"Name: forms-{name}\nVersion: 1\n",
                f"forms_{name}-1.dist-info/entry_points.txt": "[gazelled.plugins]\nlab = json\n",
            },
        )
    _, entry = load(PluginSettings("lab"))
    assert entry.reason == (
        "several installed packages offer it (forms-one, forms-two); keep one of them"
    )


def test_bundled_plugins_are_known_as_such() -> None:
    """They come with gazelled, and have its version."""
    _, entry = load(PluginSettings("journal"))
    assert (entry.origin.form, entry.origin.distribution) == ("bundled", "gazelled")
    assert entry.origin.version
    assert (entry.target_model is not None, "gazelled_deliver" in entry.hooks) == (True, True)


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ('"1.0"', ""),
        ('"1.1"', ""),
        ('"1.99"', "it needs version 1.99 of the plugin API, and this is 1.1; update gazelled"),
        ('"0.9"', "it needs version 0.9 of the plugin API, and this is 1.1; update the plugin"),
        ("1", "requires_api must be a text of two numbers, such as "),
        ('" 1.0"', "requires_api must be a text of two numbers, such as "),
        ('"1.-1"', "requires_api must be a text of two numbers, such as "),
    ],
)
def test_a_plugin_says_which_api_it_needs(write: Write, wanted: str, reason: str) -> None:
    """A module says it for all of its parts, a class for itself."""
    for source in (f"requires_api = {wanted}\n{FUNCTION}", f"{CLASS}\n    requires_api = {wanted}"):
        _, entry = load(PluginSettings("lab", write("lab", source)))
        assert entry.reason.startswith(reason)
        assert (entry.state == "loaded") == (not reason)


@pytest.mark.parametrize("later", ["", "@hookimpl\ndef gazelled_later(): ..."])
def test_a_plugin_for_a_later_api_is_not_blamed_for_what_that_has(write: Write, later: str) -> None:
    """Its hooks may be unknown here, and all of its parts."""
    source = f'from gazelled.plugin import hookimpl\nrequires_api = "1.99"\n{later}'
    _, entry = load(PluginSettings("lab", write("lab", source)))
    assert entry.reason.startswith("it needs version 1.99 of the plugin API")


@pytest.mark.parametrize(
    ("declared", "share", "reason"),
    [
        ('"1.5%"', 0.015, ""),
        ("object()", None, ""),
        ('"200%"', None, 'share: expected more than 0 and at most "100%", like "10%"'),
    ],
)
def test_a_plugin_declares_a_share(
    write: Write, declared: str, share: float | None, reason: str
) -> None:
    """A module or a class does, in a text; something else of that name is its own affair."""
    for source in (f"share = {declared}\n{FUNCTION}", f"{CLASS}\n    share = {declared}"):
        _, entry = load(PluginSettings("lab", write("lab", source)))
        assert (entry.share, entry.reason) == (share, reason)


def test_a_file_is_imported_once_in_a_process(write: Write) -> None:
    """Whoever loads it next gets the same module, until the file changes."""
    path = write("lab", CLASS)
    settings = PluginSettings("lab", path)
    first, second = (load(settings)[0] for _ in range(2))
    modules = {
        sys.modules[type(parts_of(registry, "lab", "gazelled_answered")[0]).__module__]
        for registry in (first, second)
    }
    assert len(modules) == 1
    path.write_text(f"{CLASS}\nchanged = True\n")
    registry, _ = load(settings)
    (part,) = parts_of(registry, "lab", "gazelled_answered")
    assert "changed" in vars(sys.modules[type(part).__module__])


def test_the_order_is_that_of_the_config_unless_it_is_set(write: Write) -> None:
    """Lower numbers are called first."""
    registry = Registry()
    for name, order in (("a", 0), ("b", 5), ("c", 0), ("d", -1)):
        registry.load(PluginSettings(name, write(name, FUNCTION), order=order))
    assert [owner for owner, _ in registry.every("gazelled_answered")] == ["d", "a", "c", "b"]


def test_hook_gazelled_kinds() -> None:
    """The bundled kinds come like anyone's, from a plugin that is always loaded."""
    registry = Registry()
    kinds = registry.load_builtin({})
    assert [*kinds] == ["new", "change", "gone", "alert", "report", "call"]
    assert {kind.plugin for kind in registry.contributions.kinds.values()} == {"kinds"}
    assert registry.records["kinds"].origin.form == "bundled"
