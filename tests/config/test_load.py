"""Loading as a whole."""

from __future__ import annotations

import re
import tempfile
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.config.conftest import WORKING
from tests.kinds import KINDS

from gazelled.config import Config, Log, QuietHours, TargetTable, Web, load
from gazelled.config.checks.notices_table import NoticesTable
from gazelled.config.checks.profile_table import LimitTable
from gazelled.config.checks.tracker_table import LoginTable, TrackerTable
from gazelled.delivery.limit import DeliveryLimit
from gazelled.tracker.login.auth import TokenAuth
from gazelled.tracker.sites.profiles import PROFILES
from gazelled.watches.keys.schedules import At, Every
from gazelled.watches.watch import WatchTable

if TYPE_CHECKING:
    from tests.config.conftest import Home

SHIPPED = Path(__file__).parents[2] / "config.toml"
SHEET = SHIPPED.parent / "plugins" / "examples" / "lab_sheet.py"
CA = Path(__file__).parent.parent / "tracker" / "tls" / "ca.pem"
PLUGINS = ("apprise", "feed", "journal")
POLICY = 'max = "5/day"\ndigest = "daily 08:00"\nburst = 10\n'


def test_fills_in_defaults(home: Home) -> None:
    """A short config is complete: what it leaves out has the values that are documented."""
    config = home.config()
    tracker = config.tracker
    assert isinstance(tracker.auth, TokenAuth)
    assert tracker.auth.token == "canary-token"
    assert (tracker.url, tracker.name) == ("https://tracker.example", "tracker.example")
    assert (tracker.share, tracker.effective) == (0.1, PROFILES["gazelle"])
    watch = config.watches["yeast"]
    assert (watch.schedule, watch.kind, watch.tell) == (Every(3600), KINDS["new"], ("phone",))
    assert config.web == Web(listen="127.0.0.1:8765")
    assert config.log == Log(format="auto", level="info")
    assert config.notices.tell == ("phone",)


def test_the_environment_may_name_another_port(home: Home) -> None:
    """An instance has one; an address in the config takes precedence."""
    home.environ["GAZELLED_PORT"] = "23456"
    assert home.config().web.listen == "127.0.0.1:23456"
    named = home.config(f'{WORKING}[web]\nlisten = "127.0.0.1:8765"\n')
    assert named.web.listen == "127.0.0.1:8765"


def test_a_socket_has_no_address_for_links(home: Home) -> None:
    """Nobody but the administrator knows under which name a proxy shows it."""
    at_a_socket = f'{WORKING}[web]\nlisten = "unix:/run/x/web.sock"\n'
    (warned,) = home.problems(at_a_socket)
    assert "web.listen: warning: links lack the address that browsers use" in warned
    assert home.problems(f'{at_a_socket}url = "https://lab.example"\n') == []


def test_the_shipped_config_lacks_only_secrets(home: Home) -> None:
    """The config.toml that comes with gazelled is right as soon as its secrets are there."""
    home.secret("phone", "ntfy://canary")
    config = home.config(SHIPPED.read_text())
    assert {name: watch.kind.name for name, watch in config.watches.items()} == {
        "yeast": "new",
        "strains:BY4741": "new",
        "strains:YPS128": "new",
        "ratio": "alert",
        "last-seeder": "alert",
        "inbox": "new",
        "news": "new",
        "figures": "call",
    }
    assert config.watches["yeast"].call.params == (
        ("filter_cat[1]", "1"),
        ("group_results", "0"),
        ("searchstr", "Saccharomyces cerevisiae"),
    )
    assert config.notices.alive == At((0,), 8, 0, "UTC")


def test_what_is_commented_out_in_the_shipped_config_is_right_too(home: Home) -> None:
    """Each example in a comment of the shipped config works when the # is taken away."""
    home.secret("phone", "ntfy://canary")
    home.secret("password", "canary")
    home.secret("totp", "JBSWY3DPEHPK3PXP")
    home.secret("qbittorrent", "canary")
    home.secret("hook", "canary")
    home.secret("mail", "canary")
    home.write(CA.read_text(), "my-ca.pem")
    home.write(SHEET.read_text(), "lab_sheet.py")
    shipped = re.sub(r"(?m)^# cookies = .*\n", "", SHIPPED.read_text())
    text = re.sub(r"(?m)^# (\[|[\w.]+ = )", r"\1", shipped)
    assert text.count("\n#") < SHIPPED.read_text().count("\n#") - 35
    by_token = home.load(re.sub(r"(?m)^login = .*\n", "", text))
    allow, problem = [str(each) for each in by_token.problems]
    assert ": tracker.allow: warning: has no effect with a token" in allow
    assert ": watch.top10.ask: top10 needs login or cookies, a token isn't enough" in problem
    by_login = home.load(re.sub(r"(?m)^token = .*\n", "", text))
    assert [str(each) for each in by_login.problems] == []
    assert by_login.config
    kinds = {watch.kind.name for watch in by_login.config.watches.values()}
    assert kinds == KINDS.keys()


def test_a_table_can_stand_in_for_the_files(home: Home) -> None:
    """The demo replaces the tracker and nothing else."""
    tracker = {"url": "http://127.0.0.1:8000", "token": {"env": "PHONE"}}
    loaded = home.load(instead={"tracker": tracker})
    assert loaded.config
    assert loaded.config.tracker.url == "http://127.0.0.1:8000"


def test_targets_keep_options_and_get_their_secrets(home: Home) -> None:
    """References are replaced however deep they stand; all else is the plugin's."""
    home.write(
        '[target.deep]\nplugin = "lab"\nmax = 3\nfile = "x"\n'
        'servers = [ { name = "a", key = { secret = "deep" } } ]\n'
        '[plugin.lab]\nfile = "lab.py"\n',
        "conf.d/lab.toml",
    )
    home.write("", "plugins/lab.py")
    home.secret("deep", "canary-deep")
    config = home.config()
    target = config.targets["deep"]
    assert (target.plugin, target.options["max"], target.options["file"]) == ("lab", 3, "x")
    assert "canary-deep" in [secret.get_secret_value() for secret in config.secrets]
    assert "SecretStr('**********')" in repr(target.options["servers"])
    assert config.plugins["lab"].file == home.folder / "plugins" / "lab.py"


def test_a_disabled_watch_is_checked_and_left_out(home: Home) -> None:
    """What is switched off still tells its mistakes."""
    text = (
        home.file.read_text() + '[watch.off]\nask = "browse"\ntell = ["phone"]\ndisabled = true\n'
    )
    assert list(home.config(text).watches) == ["yeast"]
    assert len(home.problems(text.replace("disabled", 'every = "1m"\ndisabled'))) == 1


def test_reads_conf_d(home: Home) -> None:
    """Files in conf.d add watches and targets; a problem names the file it is in."""
    more = '[watch.more]\nask = "inbox"\ntell = ["phone"]\nevery = "mon 08:00"\n'
    home.write(more, "conf.d/a.toml")
    assert home.config().watches["more"].schedule == At((0,), 8, 0, "UTC")
    home.write(more.replace("inbox", "inbix"), "conf.d/a.toml")
    assert home.problems() == [
        'conf.d/a.toml:2: watch.more.ask: unknown action "inbix"; did you mean "inbox"?'
    ]


def test_hidden_drop_ins_are_none(home: Home) -> None:
    """Editors keep locks and copies beside a file; a lock of Emacs is a link to nothing."""
    home.write("[watch.a]\n", "conf.d/.a.toml")
    (home.file.parent / "conf.d" / ".#a.toml").symlink_to("me@lab.1234:1700000000")
    assert home.problems() == []


def test_drop_ins_that_cannot_be_read_are_told(home: Home) -> None:
    """A watch doesn't end because its file, or their folder, can't be read for a while."""
    folder = home.file.parent / "conf.d"
    folder.write_text("")
    assert home.problems() == ["conf.d: could not be read: Not a directory"]
    folder.unlink()
    folder.symlink_to("not-mounted")
    assert home.problems() == ["conf.d: it is a link to what is not there"]
    folder.unlink()
    folder.mkdir()
    (folder / "a.toml").symlink_to("not-mounted.toml")
    assert home.problems() == ["conf.d/a.toml: it is a link to what is not there"]


def test_a_name_in_two_files_is_told_with_both(home: Home) -> None:
    """What stands in two files is a problem that names both places."""
    home.write('\n[watch.yeast]\nask = "inbox"\n[notices]\n', "conf.d/a.toml")
    assert home.problems() == [
        "conf.d/a.toml:2: watch.yeast: is already in config.toml:6; remove one of them",
        "conf.d/a.toml:4: notices: is already in config.toml:4; remove one of them",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "[watch.a]\nwith = { searchstr = 'a',\n  year = 2020 }\n",
            (
                "config.toml:2: a table in braces must stand on one line; join the lines, or use a"
                " [header]"
            ),
        ),
        (
            '[watch.a]\nask = "inbox"\n[watch.a]\n',
            "config.toml:3: this key or table is defined twice; remove one of them",
        ),
        (
            "[a]\nb = 1\nb = 2\n",
            "config.toml:3: this key or table is defined twice; remove one of them",
        ),
        (
            "[watch.a]\nask = browse\n",
            "config.toml:2: this is not TOML: invalid value; texts need quotes",
        ),
    ],
)
def test_what_is_no_toml_is_one_problem(home: Home, text: str, problem: str) -> None:
    """The first thing that can't be read is told with its line, and nothing else."""
    assert home.problems(text) == [problem]


def test_files_that_cannot_be_read_are_told(home: Home) -> None:
    """A missing file, a folder, other encodings and absurd nesting are problems, not exceptions."""
    home.file.write_bytes(b"# ok\n# caf\xe9\n")
    assert home.problems() == ["config.toml:2: the file is not UTF-8 text; save it as UTF-8"]
    assert "nested" in home.problems("a = " + "[" * 20000)[0]
    home.file.unlink()
    assert home.problems() == ["config.toml: there is no such file; gazelled init writes one"]
    home.file.mkdir()
    assert home.problems() == ["config.toml: could not be read: Is a directory"]


def test_an_empty_file_is_told_what_it_needs(home: Home) -> None:
    """Without a tracker nothing can run."""
    assert home.problems("") == [
        "config.toml: tracker: [tracker] is missing: it names the site and the way to log in"
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("watch = 3", "watch: expected a table: write [watch.NAME] on a line of its own"),
        ("watch.x = 3", "watch.x: expected a table: write [watch.x] on a line of its own"),
        ("[log]\nlevel = 3", 'log.level: expected "debug", "info", "warning" or "error"'),
        ('[log]\nlevle = "info"', 'log.levle: unknown key; did you mean "level"?'),
        ("[watches]", 'watches: unknown key; did you mean "watch"?'),
        ('[web]\nlisten = "0.0.0.0:80"', "web.listen: feeds are served on this machine only"),
        ('[web]\nlisten = "8765"', "web.listen: expected an address and a port"),
        (
            "[target.x]\nplugin = 3",
            'target.x.plugin: expected a text in quotes, like plugin = "apprise"',
        ),
        (
            '[target.x]\nplugin = "feed"\nquiet = 3',
            'target.x.quiet: expected a text in quotes, like quiet = "22:00-07:00 Europe/Berlin"',
        ),
        ('[target.x]\nplugin = "feed"\nquiet = "at night"', "x.quiet: expected two times of day"),
        ('[target.x]\nplugin = "feed"\nquiet = ["at night"]', "x.quiet: expected two times of day"),
        ('[target.x]\nplugin = "feed"\nmax = "10"', "x.max: expected a number for a period, like"),
        ('[target.x]\nplugin = "feed"\ndigest = "10s"', 'x.digest: expected a duration from "1m"'),
        ('[target.x]\nplugin = "feed"\ndigest = "8:00"', "digest: expected a duration or a time"),
        ('[target.x]\nplugin = "feed"\nburst = -1', "target.x.burst: expected 1 or more"),
        ("[watch-defaults]\neach = ['a']", "watch-defaults.each: this can't be a default"),
        ("[watch-default]", 'watch-default: unknown key; did you mean "watch-defaults"?'),
        ("[target.x]", 'target.x.plugin: missing; write plugin = "apprise"'),
        ('[target.x]\nplugin = "aprise"', 'unknown plugin "aprise"; did you mean "apprise"?'),
        (
            '[target."../x"]\nplugin = "feed"',
            "a name has letters from a to z, digits, - and _ only",
        ),
    ],
)
def test_tells_mistakes_anywhere(home: Home, text: str, problem: str) -> None:
    """A mistake in any table is told in words of our own."""
    found = home.problems(f"{home.file.read_text()}{text}\n" if "[" in text else text)
    assert any(problem in each for each in found)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('file = "no.py"', "plugin.x.file: no such file in"),
        ('file = "no/"', "plugin.x.file: no such file in"),
        ('module = "gazelled_nonesuch.sheet"', "plugin.x.module: ModuleNotFoundError: No module"),
        ('module = "json:nonesuch"', 'plugin.x.module: json has no "nonesuch"'),
        ('module = "json"', "plugin.x.module: it has neither a function with @target nor one"),
        ('module = "json tool"', 'plugin.x.module: expected a module, like "lab_tools.sheet"'),
        ("", "plugin.x: no plugin of this name is installed. For a file"),
    ],
)
def test_a_plugin_that_cannot_be_used_is_left_out_unless_it_is_required(
    home: Home, text: str, reason: str
) -> None:
    """Everything else runs without it, as without one that is broken."""
    table = f"{home.file.read_text()}[plugin.x]\n{text}\n"
    loaded = home.load(table)
    (left_out,) = map(str, loaded.left_out)
    assert reason in left_out
    assert (loaded.config is None) == ("json tool" in text)
    required = home.load(f"{table}required = true\n")
    assert required.config is None
    assert required.left_out == []
    assert [str(problem) for problem in required.problems] == [left_out]


def test_notices_tell_known_targets(home: Home) -> None:
    """A target in [notices] that isn't there is told on its own line."""
    text = home.file.read_text().replace(
        'tell = ["phone"]\n[w', 'tell = [\n "phone",\n "fone"]\n[w'
    )
    assert home.problems(text) == [
        'config.toml:7: notices.tell: unknown target "fone"; did you mean "phone"?'
    ]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (
            'alive = "8 o\'clock"',
            "config.toml:6: notices.alive: expected a duration",
        ),
        ('alive = "5m"', "config.toml:6: notices.alive: expected an hour or more"),
        ('zone = "Mars"', "config.toml:6: notices.zone: unknown time zone"),
    ],
)
def test_a_sign_of_life_that_never_comes_is_told(home: Home, lines: str, problem: str) -> None:
    """Its schedule is checked as that of a watch."""
    text = home.file.read_text().replace('tell = ["phone"]\n[w', f'tell = ["phone"]\n{lines}\n[w')
    (found,) = home.problems(text)
    assert found.startswith(problem)


def test_a_sign_of_life_comes_on_its_schedule(home: Home) -> None:
    """It has a zone of its own, and somebody must hear it."""
    text = home.file.read_text()
    alive = 'alive = "mon 08:00"\nzone = "Europe/Berlin"\n'
    config = home.config(text.replace('tell = ["phone"]\n[w', f'tell = ["phone"]\n{alive}[w'))
    assert config.notices.alive == At((0,), 8, 0, "Europe/Berlin")
    (problem,) = home.problems(text.replace('tell = ["phone"]\n[w', f"{alive}[w"))
    assert problem.startswith(
        "config.toml:5: notices.alive: nobody would be notified; write tell ="
    )


def test_quiet_hours_are_no_option_of_the_plugin(home: Home) -> None:
    """They hold for any target, whatever its plugin; so do all keys of this kind."""
    text = f'{home.file.read_text()}quiet = "22:00-07:00 Europe/Berlin"\nkeep = 3\n'
    target = home.load(text + POLICY).targets["phone"]
    assert target.quiet == (QuietHours(time(22), time(7), "Europe/Berlin"),)
    assert target.limit == DeliveryLimit(5, 86_400)
    assert target.digest == At((), 8, 0, "Europe/Berlin")
    assert target.burst == 10
    assert set(target.options) == {"url", "keep"}


def test_burst_beside_digest_is_a_warning(home: Home) -> None:
    """All events become digests anyway."""
    (problem,) = home.load(f"{home.file.read_text()}{POLICY}").problems
    assert str(problem).endswith(
        "target.phone.burst: warning: has no effect beside digest, which combines all events"
    )


def test_times_of_a_target_are_in_its_zone(home: Home) -> None:
    """Quiet hours and digests that name none are in that of `zone`."""
    text = f'{home.file.read_text()}{POLICY}quiet = ["22:00-07:00", "sat 00:00-24:00 UTC"]\n'
    target = home.load(f'{text}zone = "Asia/Tokyo"\n').targets["phone"]
    assert [window.zone for window in target.quiet] == ["Asia/Tokyo", "UTC"]
    assert target.digest == At((), 8, 0, "Asia/Tokyo")


def test_problems_of_others_get_file_and_line(home: Home) -> None:
    """Who checks more, such as a plugin's options, can say where."""
    problem = home.load().places.problem(("target", "phone", "url"), "no such service")
    assert str(problem) == "config.toml:11: target.phone.url: no such service"


def test_no_secret_is_shown(home: Home) -> None:
    """Neither the config nor a problem shows a secret, however it was given."""
    assert "canary" not in repr(home.config())
    leaks = home.file.read_text().replace('{ secret = "tracker-token" }', '"canary-inline"')
    leaks = leaks.replace("https://", "https://canary-user:canary-pass@")
    leaks += '[target.x]\nplugin = "feed"\nurl = { secret = "tgram://canary-in-a-reference" }\n'
    leaks += 'key = { file = "\\u0000canary" }\nbad = { env = "canary bad" }\n'
    found = home.problems(leaks)
    assert len(found) == 5
    assert "canary" not in " ".join(found)


TABLES = (TrackerTable, LimitTable, LoginTable, WatchTable, Log, NoticesTable, TargetTable)
KEYS = st.sampled_from(
    sorted(
        {key for table in TABLES if hasattr(table, "keys") for key in table.keys()}  # noqa: SIM118 - a method of its own
        | {"tracker", "watch", "target", "plugin", "notices", "web", "log", "tags", "any", "size"}
        | {"min", "secret", "env", "file", "x", "yeast"}
    )
)
SCALARS = st.one_of(
    st.booleans(),
    st.integers(),
    st.integers(10**400, 10**401),
    st.floats(),
    st.dates(),
    st.text(st.characters(codec="utf-8"), max_size=6),
    st.sampled_from(["browse", "announcements", "top10", "call", "new", "10%", "1h", "UTC", "/"]),
    st.sampled_from(["22:00-07:00 UTC", "7:00-7:00", "alert", "gone", "last:0", "{each}"]),
    st.sampled_from(["http://[", "https://a.b", "mon 08:00", "* * * * *", "50 GiB", "phone"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
TEXTS = st.sampled_from(["seeders", "uploader", "{each}", "year > 2000", "known(ratio)", "a", ""])
WATCHES = st.fixed_dictionaries(
    {
        "ask": st.sampled_from(["browse", "account", "inbox", "ontology", "wiki", "index"]),
        "kind": st.sampled_from(["", *KINDS]),
    },
    optional={
        "each": st.lists(TEXTS, max_size=3),
        "fields": st.lists(TEXTS, max_size=2),
        "first": st.sampled_from(["baseline", "last:5", "since:2026-01-01", "since:0001-01-01"]),
        "if": TEXTS,
        "match": st.dictionaries(TEXTS, VALUES, max_size=2),
        "tell": st.lists(TEXTS, max_size=1),
        "until": TEXTS,
        "urgent": st.booleans(),
        "with": st.dictionaries(TEXTS, TEXTS, max_size=1),
        "zone": st.sampled_from(["UTC", "Asia/Tokyo", "Mars"]),
    },
)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "tracker": st.dictionaries(KEYS, VALUES) | VALUES,
        "watch": st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES) | WATCHES) | VALUES,
        "watch-defaults": st.dictionaries(KEYS, VALUES) | VALUES,
        "notices": st.dictionaries(KEYS, VALUES) | VALUES,
        "target": st.dictionaries(KEYS, VALUES) | VALUES,
        "web": VALUES,
        "log": VALUES,
        "x": VALUES,
    },
)


@settings(max_examples=80, deadline=None)
@given(DOCUMENTS)
def test_no_content_is_an_exception(document: dict[str, object]) -> None:
    """Whatever stands in the file: problems in words of our own, and never an exception."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.toml"
        file.write_text(tomli_w.dumps(document))
        loaded = load(file, {}, known_plugins=PLUGINS)
    assert all(problem.message for problem in loaded.problems)
    assert "doesn't fit here" not in str([problem.message for problem in loaded.problems])
    assert isinstance(loaded.config, Config) or any(
        problem.severity == "error" for problem in loaded.problems
    )


def test_an_installed_plugin_can_be_named_without_a_target(home: Home) -> None:
    """A plugin that only looks at answers is loaded because its table is there."""
    home.write("[plugin.journal]\n[plugin.jurnal]\n", "conf.d/a.toml")
    expected = (
        "conf.d/a.toml:2: plugin.jurnal: no plugin of this name is installed; did you mean "
        '"journal"? For a file of yours write file = "my_plugin.py"'
    )
    loaded = home.load()
    assert loaded.problems == []
    assert [str(problem) for problem in loaded.left_out] == [expected]
