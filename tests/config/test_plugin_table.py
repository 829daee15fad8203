"""`[plugin.NAME]`: the keys that each plugin has, and options of its own."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from gazelled.hooks.loading.plugin_origin import builtin_names
from gazelled.plugin import PluginConfig

if TYPE_CHECKING:
    from tests.config.conftest import Home

    from gazelled.testing.plugin_kit import PluginKit

PLUGIN = """
from pathlib import Path
from gazelled.plugin import PluginConfig, SecretStr, hookimpl

class Options(PluginConfig):
    key: SecretStr | None = None
    table: Path = Path("table.csv")
    rows: int = 3

@hookimpl
def gazelled_options(register):
    register(Options)
"""
PAGE = Path(__file__).parents[2] / "docs" / "plugins.md"
TABLE = '[plugin.lab]\nfile = "lab.py"\n'


@pytest.fixture
def lab(home: Home) -> Home:
    """Write a plugin with options beside the config."""
    home.write(PLUGIN, "plugins/lab.py")
    return home


def test_each_plugin_has_these_keys(lab: Home) -> None:
    """What is not written has its default."""
    text = lab.file.read_text()
    plain = lab.config(f"{text}{TABLE}").plugins["lab"]
    assert (plain.required, plain.disabled, plain.order) == (False, False, 0)
    assert (plain.allow, plain.share, plain.tell, plain.secrets) == (frozenset(), None, None, {})
    lab.secret("ncbi-key", "canary-ncbi")
    keys = 'required = true\norder = -2\nshare = "2%"\ntell = ["phone"]\nsecrets = ["ncbi-key"]\n'
    loaded = lab.load(f'{text}{TABLE}{keys}allow = ["bookmark"]\n')
    assert [problem.key for problem in loaded.problems] == ["plugin.lab.allow"]
    assert "has no effect with a token" in loaded.problems[0].message
    full = loaded.plugins["lab"]
    assert (full.required, full.order, full.share, full.tell) == (True, -2, 0.02, ("phone",))
    assert full.allow == {"bookmark"}
    assert full.secrets["ncbi-key"].get_secret_value() == "canary-ncbi"
    assert "canary-ncbi" in [secret.get_secret_value() for secret in loaded.secrets]
    assert lab.load(f"{text}{TABLE}tell = []\n").plugins["lab"].tell == ()


def test_what_is_printed_at_import_holds_no_secret(
    lab: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even a secret that only a plugin is granted, whatever the command."""
    lab.secret("ncbi-key", "canary-ncbi")
    printed = 'import sys\nprint("key", "canary-ncbi")\nsys.stderr.write("canary-ncbi")\n'
    lab.write(printed + PLUGIN, "plugins/lab.py")
    lab.load(f'{lab.file.read_text()}{TABLE}secrets = ["ncbi-key"]\n')
    output = capsys.readouterr()
    assert "key " in output.out
    assert "canary-ncbi" not in output.out + output.err


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("order = true", "plugin.lab.order: expected a whole number, without quotes"),
        ('required = "yes"', "plugin.lab.required: expected true or false, without quotes"),
        ('allow = ["bookmrk"]', 'plugin.lab.allow: expected "bookmark", "subscribe"'),
        ('share = "200%"', 'plugin.lab.share: expected more than 0 and at most "100%"'),
        ('tell = ["fone"]', 'plugin.lab.tell: unknown target "fone"; did you mean "phone"?'),
        ('secrets = ["none"]', 'plugin.lab.secrets: there is no secret "none" in '),
        ('module = "lab_tools"', "plugin.lab.module: has no effect beside file; keep one of both"),
        ('rows = "many"', "plugin.lab.rows: expected a whole number"),
        ("row = 4", 'plugin.lab.row: unknown option "row"; did you mean "rows"?'),
        (
            "requird = true",
            'plugin.lab.requird: unknown option "requird"; did you mean "required"?',
        ),
        ('key = "open"', "plugin.lab.key: do not put the secret in this file"),
        ('key = { secret = "none" }', 'plugin.lab.key: there is no secret "none" in '),
        ("zzz = 1", 'plugin.lab.zzz: unknown option "zzz"; it takes: key, table, rows'),
    ],
)
def test_a_wrong_key_is_one_error_at_its_line(lab: Home, line: str, problem: str) -> None:
    """A plugin's own option is checked like a target's."""
    text = f"{lab.file.read_text()}{TABLE}"
    (told,) = [each for each in lab.problems(f"{text}{line}\n") if "warning" not in each]
    assert told.startswith(f"config.toml:{text.count(chr(10)) + 1}: ")
    assert problem in told


def test_a_plugin_gets_its_options(lab: Home) -> None:
    """References are replaced, and a relative path is meant from the folder of the config."""
    lab.secret("lab-key", "canary-lab")
    lines = 'key = { secret = "lab-key" }\nrows = 7\ntable = "t.csv"\n'
    entry = lab.config(f"{lab.file.read_text()}{TABLE}{lines}").registry.records["lab"]
    options = entry.options
    assert isinstance(options, PluginConfig)
    assert options.model_dump(exclude={"key"}) == {"table": lab.folder / "t.csv", "rows": 7}
    assert vars(options)["key"].get_secret_value() == "canary-lab"


def test_a_plugin_without_options_takes_no_other_keys(home: Home) -> None:
    """A misspelt key of gazelled is told."""
    home.write(
        "from gazelled.plugin import *\n@hookimpl\nasync def gazelled_answered(answer): ...",
        "lab.py",
    )
    text = f"{home.file.read_text()}{TABLE}"
    (told,) = home.problems(f"{text}disabld = true\n")
    assert 'plugin.lab.disabld: unknown option "disabld"; did you mean "disabled"?' in told


def test_an_option_must_not_be_called_like_a_key_of_each_plugin(home: Home) -> None:
    """It could never be set."""
    home.write(PLUGIN.replace("rows:", "order:"), "lab.py")
    (left_out,) = home.load(f"{home.file.read_text()}{TABLE}").left_out
    assert 'its option "order" has the name of a key that each [plugin.NAME] has' in str(left_out)


def test_an_option_that_is_missing_is_told_at_the_table(home: Home) -> None:
    """There is no line of its own."""
    home.write(PLUGIN.replace("rows: int = 3", "rows: int"), "lab.py")
    (told,) = home.problems(f"{home.file.read_text()}{TABLE}")
    assert told.startswith("config.toml:")
    assert told.endswith('plugin.lab.rows: the option "rows" is missing')


def test_a_disabled_plugin_is_not_imported(home: Home) -> None:
    """Its file isn't touched; its targets are left as they are."""
    home.write("raise SystemExit", "lab.py")
    targets = '[target.sheet]\nplugin = "lab"\n'
    config = home.config(f"{home.file.read_text()}{targets}{TABLE}disabled = true\n")
    assert config.registry.records["lab"].state == "disabled"


def test_a_file_that_takes_the_place_of_an_installed_plugin_is_told(lab: Home) -> None:
    """It may be meant; what is always loaded can't be switched off."""
    text = lab.file.read_text()
    (told,) = lab.problems(f'{text}[plugin.journal]\nfile = "lab.py"\n')
    assert "plugin.journal.file: warning: takes the place of the installed plugin" in told
    (told,) = lab.problems(f"{text}[plugin.kinds]\ndisabled = true\n")
    assert 'plugin.kinds.disabled: "kinds" is always loaded; remove this key' in told


def test_a_plugin_may_have_the_name_of_one_that_is_always_loaded(lab: Home) -> None:
    """A config that has called its plugin so goes on, and both are there."""
    config = lab.config(f'{lab.file.read_text()}[plugin.kinds]\nfile = "lab.py"\nrows = 4\n')
    records = config.registry.records
    assert records["kinds"].options is not None
    assert records["kinds"].origin.form == "file"
    assert records["gazelled.kinds"].origin.form == "bundled"
    assert "new" in config.kinds


def test_no_secret_of_the_config_is_in_what_an_import_raises(home: Home) -> None:
    """Not even one of a table that is checked later, such as the tracker's."""
    home.write(
        f'raise ValueError("is {home.folder.name} canary-token ntfy://canary-phone")', "lab.py"
    )
    (left_out,) = home.load(f"{home.file.read_text()}{TABLE}").left_out
    assert "ValueError: is " in str(left_out)
    assert "canary" not in str(left_out)


def test_plugins_are_imported_once_before_the_watches_are_checked(home: Home) -> None:
    """The config and all who get it use the same registry."""
    home.write(f"{PLUGIN}\nprint('imported')", "lab.py")
    loaded = home.load(f"{home.file.read_text()}{TABLE}")
    assert loaded.config
    assert loaded.config.registry is loaded.registry
    assert [*loaded.registry.records] == [*builtin_names(), "lab"]
    assert loaded.config.kinds == {
        name: kind.value for name, kind in loaded.registry.contributions.kinds.items()
    }


def test_a_watch_that_needs_a_missing_plugin_rests(home: Home) -> None:
    """Everything else runs; without a plugin that is missing the same is an error."""
    watch = '[watch.grows]\nask = "browse"\nkind = "trend"\ntell = ["phone"]\n'
    text = f"{home.file.read_text()}{watch}"
    (error,) = home.load(text).problems
    assert error.is_error
    for missing in (TABLE, f"{TABLE}disabled = true\n"):
        loaded = home.load(f"{text}{missing}")
        (warning,) = loaded.problems
        assert warning.message == (
            f"{error.message}; the watch rests while lab, which it may need, is not loaded"
        )
        assert loaded.config
        assert ([*loaded.config.watches], [*loaded.config.resting]) == (["yeast"], ["grows"])


@pytest.mark.parametrize(
    "line",
    [
        'kind = "trend"\nlooks = 5\nuntil = "seeders > 1"',
        'match = { accessions = ["SRR1"] }',
        'match = { accessions_regex = "SRR" }',
        "if = 'known(accessions)'",
        "if = 'under(title, \"Fungi\")'",
        'kind = "change"\nfields = ["accessions"]',
        'ask = "cluster"\nevery = "1m"\nwith.zone = "x"',
    ],
)
def test_names_that_a_missing_plugin_may_have_let_a_watch_rest(home: Home, line: str) -> None:
    """A kind with its keys, a source with its options, a field, a function."""
    ask = "" if line.startswith("ask") else 'ask = "browse"\n'
    text = (
        f'{home.file.read_text()}{TABLE}disabled = true\n[watch.x]\n{ask}tell = ["phone"]\n{line}'
    )
    loaded = home.load(text)
    assert loaded.config, [str(problem) for problem in loaded.problems]
    assert [*loaded.config.resting] == ["x"]


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('every = "1x"', "every"),
        ('zone = "Nowhere"', "zone"),
        ("titel = 5", "titel"),
        ('kind = "trend"\nzone = "Nowhere"', "zone"),
        ("if = 'seeders >'", "if"),
        ("if = 'seeders > \"x\"'", "if"),
        ("match = { size = { mn = 5 } }", "match.size.mn"),
        ('with = { nothing = "x" }', "with.nothing"),
    ],
)
def test_mistakes_that_no_plugin_explains_are_errors_while_one_is_missing(
    home: Home, line: str, key: str
) -> None:
    """A typo in a key that gazelled itself knows is the same error as ever."""
    watch = f'[watch.x]\nask = "browse"\ntell = ["phone"]\n{line}\n'
    loaded = home.load(f"{home.file.read_text()}{TABLE}disabled = true\n{watch}")
    assert loaded.config is None
    errors = [problem for problem in loaded.problems if problem.is_error]
    assert [problem.key for problem in errors] == [f"watch.x.{key}"]


def test_the_plugin_of_the_page_has_an_option(home: Home, gz: PluginKit) -> None:
    """Its table and its code are those of docs/plugins.md, and it does what they say."""
    blocks = re.findall(
        r"^```(?:python|toml)\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE
    )
    code, table = (block for block in blocks if re.search("SlowAnswers|slow-answers", block))
    home.write(code, "plugins/slow_answers.py")
    entry = home.config(f"{home.file.read_text()}{table}").registry.records["slow-answers"]
    assert entry.hooks == ("gazelled_answered", "gazelled_options")
    assert entry.options is not None
    assert entry.options.model_dump() == {"slow": 2.5}
    answer = gz.answer("stats", {})
    path = str(home.folder / "plugins" / "slow_answers.py")
    with capture_logs() as logs, gz.plugin(path, slow=2.5) as plugin:
        for took in (2.0, 3.0):
            plugin.answered(dataclasses.replace(answer, took=took))
    assert [line["took"] for line in logs if line["event"] == "answer.slow"] == [3.0]
