"""What only plugins and the pace can tell of a config."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gazelled.hooks.loading.plugin_origin import installed_names
from gazelled.planning.planner import Past
from gazelled.service.configuration.check import CheckResult, check

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
PLUGIN = """
from gazelled.plugin import hookimpl

@hookimpl
async def gazelled_answered(answer):
    pass
"""
OPTIONS = """
from pathlib import Path
from gazelled.plugin import PluginConfig

class Options(PluginConfig):
    table: Path

@hookimpl
def gazelled_options(register):
    register(Options)
"""
HEAD = '[tracker]\nurl = "https://tracker.example"\ntoken = { env = "TOKEN" }\n'


def checked(folder: Path, text: str) -> CheckResult:
    """Check a config that begins with a whole `[tracker]`."""
    (folder / "config.toml").write_text(HEAD + text)
    return check(folder / "config.toml", {"TOKEN": "canary-token"}, NOW)


def test_the_bundled_plugins_are_installed_names() -> None:
    """They are found like anyone's."""
    assert {"apprise", "feed", "journal", "torrents"} <= installed_names()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('plugin = "journal"\npth = "x"', 'config.toml:6: target.a.pth: unknown option "pth"'),
        ('plugin = "apprise"', "config.toml:4: target.a.url: the option"),
        ('plugin = "apprise"\nurl = { env = "PHONE" }', "config.toml:6: target.a.url: the env"),
        (
            'plugin = "apprise"\nurl = { env = "TOKEN" }',
            "config.toml:6: target.a.url: expected one",
        ),
        (
            'plugin = "apprise"\nurl = "ntfy://canary"',
            "config.toml:6: target.a.url: do not put the secret in this file",
        ),
        (
            'plugin = "apprise"\nurl = { sercet = "phone" }',
            'config.toml:6: target.a.url: expected { secret = "url" }',
        ),
        (
            'plugin = "feed"\nmax = 10',
            "config.toml:6: target.a.max: expected a text in quotes, like",
        ),
        (
            'plugin = "feed"\nmax = "10"',
            "config.toml:6: target.a.max: expected a number for a peri",
        ),
        ('plugin = "feed"\nburst = "10"', "config.toml:6: target.a.burst: expected a whole number"),
        ('plugin = "feed"\ndigest = "15m"', "config.toml:6: target.a.digest: feed gets each event"),
        ('plugin = "journal"\nburst = 9', "config.toml:6: target.a.burst: journal gets each event"),
        (
            'plugin = "feed"\ntimout = "5s"',
            'config.toml:6: target.a.timout: unknown option "timout"; did you mean "timeout"?',
        ),
        (
            'plugin = "feed"\ntitel = "x"',
            'config.toml:6: target.a.titel: unknown option "titel"; did you mean "title"?',
        ),
        (
            'plugin = "webhook"\nurl = "http://127.0.0.1/"\nsign = { env = "UNSET" }',
            "config.toml:7: target.a.sign: the environment variable",
        ),
        ('plugin = "feed"\ntitle = 3', "config.toml:6: target.a.title: expected a text"),
    ],
)
def test_wrong_options_are_one_line_each(tmp_path: Path, text: str, problem: str) -> None:
    """A reference that leads nowhere isn't told twice, and no value is shown."""
    found = checked(tmp_path, f"[target.a]\n{text}\n")
    assert found.config is None
    (told,) = map(str, found.problems)
    assert told.startswith(problem)
    assert "canary" not in told


def test_plugins_check_thoroughly_only_when_asked(tmp_path: Path) -> None:
    """An URL that Apprise doesn't know is an error of `gazelled check`, with its line."""
    (tmp_path / "config.toml").write_text(
        f'{HEAD}[target.a]\nplugin = "apprise"\nurl = {{ env = "PHONE" }}\n'
    )
    environ = {"TOKEN": "canary-token", "PHONE": "ntfyy://canary"}
    assert check(tmp_path / "config.toml", environ, NOW).problems == []
    (problem,) = check(tmp_path / "config.toml", environ, NOW, thorough=True).problems
    assert str(problem) == (
        "config.toml:5: target.a.plugin: Apprise knows no service ntfyy://. Did you mean ntfy://?"
    )


def test_each_template_that_fails_is_reported_at_its_line(tmp_path: Path) -> None:
    """One for a kind is an error; one for all kinds that fails with some of them is a warning."""
    (tmp_path / "body.jinja").write_text("{{ item.fields.format }}")
    (tmp_path / "config.toml").write_text(
        f"""{HEAD}[target.a]
plugin = "mail"
host = "localhost"
from = "a@example.org"
to = "b@example.org"
templates.body = {{ file = "body.jinja" }}
[target.a.templates.change]
title = "{{{{ item | facts }}}}"
body = '''

{{% for change in event.changes %}}
{{{{ change.befor }}}}
{{% endfor %}}'''
"""
    )
    found = check(tmp_path / "config.toml", {"TOKEN": "canary-token"}, NOW, thorough=True)
    warning, error = found.problems
    assert found.config is None
    assert (warning.severity, error.severity) == ("warning", "error")
    assert str(warning).startswith(
        "config.toml:9: target.a.templates.body: warning: the template fails with a sample of "
        "notice, digest (line 1: "
    )
    assert str(error).startswith(
        "config.toml:12: target.a.templates.change.body: the template fails with a sample of "
        "change (line 3: "
    )
    assert check(tmp_path / "config.toml", {"TOKEN": "canary-token"}, NOW).config is not None


@pytest.mark.parametrize(
    ("cookies", "words"),
    [
        ("tracker.example\n", "line 1 can't be read, since it hasn't 7 fields"),
        ("# Netscape HTTP Cookie File\n", "no cookie for tracker.example in it"),
    ],
)
def test_cookies_that_cannot_work_are_told(tmp_path: Path, cookies: str, words: str) -> None:
    """Before the daemon finds out and stops."""
    (tmp_path / "cookies.txt").write_text(cookies)
    (tmp_path / "config.toml").write_text(
        '[tracker]\nurl = "https://tracker.example"\ncookies = { file = "cookies.txt" }\n'
    )
    found = check(tmp_path / "config.toml", {}, NOW)
    assert found.config is None
    (told,) = (str(each) for each in found.problems if each.severity == "error")
    assert told.startswith("config.toml:3: tracker.cookies: ")
    assert words in told


def test_an_expired_cookie_is_a_warning(tmp_path: Path) -> None:
    """The others may do."""
    fields = ("tracker.example", "FALSE", "/", "TRUE")
    lines = ["\t".join([*fields, end, name, "x"]) for end, name in (("1", "a"), ("0", "b"))]
    (tmp_path / "cookies.txt").write_text("\n".join(lines))
    (tmp_path / "cookies.txt").chmod(0o600)
    (tmp_path / "config.toml").write_text(
        '[tracker]\nurl = "https://tracker.example"\ncookies = { file = "cookies.txt" }\n'
    )
    found = check(tmp_path / "config.toml", {}, NOW)
    assert found.config is not None
    assert [str(each) for each in found.problems] == [
        "config.toml:3: tracker.cookies: warning: the cookie a expired on 1970-01-01; it isn't sent"
    ]


FETCHES = '[target.a]\nfolder = "x"\nplugin = "torrents"\nclient = "folder"\n'


def test_a_token_that_cannot_fetch_files_is_told_where_they_are_needed(tmp_path: Path) -> None:
    """Before the first one is missed."""
    found = checked(tmp_path, FETCHES)
    assert found.config is None
    (told,) = map(str, found.problems)
    assert told.startswith("config.toml:6: target.a.plugin: a token can't fetch .torrent files")
    assert told.endswith("which torrents needs: that requires login or cookies")


@pytest.mark.parametrize(
    ("option", "problems"),
    [
        ("", []),
        ("torrents = false", []),
        ("torrents = true", ["config.toml:5: target.a.plugin: a token can't fetch .torrent files"]),
    ],
)
def test_a_feed_needs_files_only_where_its_option_says_so(
    tmp_path: Path, option: str, problems: list[str]
) -> None:
    """With a token alone there is a feed, and no private one."""
    result = checked(tmp_path, f'[target.a]\nplugin = "feed"\n{option}\n')
    errors = [str(problem) for problem in result.problems if problem.severity == "error"]
    assert [error[: len(start)] for error, start in zip(errors, problems, strict=True)] == problems


@pytest.mark.parametrize(
    "tracker",
    [
        'profile = "orpheus"\ntoken = { env = "TOKEN" }',
        'login = { username = "me", password = { env = "TOKEN" } }',
    ],
)
def test_a_log_in_that_can_fetch_files_is_fine(tmp_path: Path, tracker: str) -> None:
    """As is a token where the site hands them out for one."""
    (tmp_path / "config.toml").write_text(
        f'[tracker]\nurl = "https://tracker.example"\n{tracker}\n{FETCHES}'
    )
    found = check(tmp_path / "config.toml", {"TOKEN": "canary-token"}, NOW)
    assert [str(each) for each in found.problems if each.severity == "error"] == []


def test_options_are_checked_beside_other_mistakes(tmp_path: Path) -> None:
    """One round of mending is enough."""
    found = checked(
        tmp_path, '[watch.x]\nask = "brwse"\n[target.a]\nplugin = "feed"\nkep = 3\ntitle = "x"\n'
    )
    assert [each.key for each in found.problems if each.severity == "error"] == [
        "watch.x.ask",
        "target.a.kep",
    ]


def test_a_plugin_that_cannot_be_imported_is_left_out(tmp_path: Path) -> None:
    """The daemon would run without it, so it isn't an error of the config."""
    (tmp_path / "sheet.py").write_text("1/0\n")
    found = checked(tmp_path, '[plugin.sheet]\nfile = "sheet.py"\n[target.a]\nplugin = "sheet"\n')
    assert found.config is not None
    assert [str(each.line) for each in found.left_out] == ["5"]
    assert "ZeroDivisionError" in found.all[0].message


CALL = '[watch.w]\nask = "stats"\nkind = "call"\n'
SHARED = '[watch-defaults]\nevery = "15m"\n'
CRON = 'cron = "*/15 * * * *"\n'


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f'{CALL}every = "15m"\n', "7: watch.w.every"),
        (CALL + CRON, "7: watch.w.cron"),
        (
            f'{CALL.replace("watch.w", "watch.slow")}every = "2h"\n{CALL}every = "15m"\n',
            "11: watch.w.every",
        ),
        (SHARED + CALL, "5: watch-defaults.every"),
        (SHARED + CALL + CRON, "9: watch.w.cron"),
        (CALL, "4: watch.w"),
    ],
    ids=["every", "cron", "together", "defaults", "own", "neither"],
)
def test_too_much_is_told_where_it_is_to_be_changed(tmp_path: Path, text: str, place: str) -> None:
    """The key of what asks most often; of a watch that says nothing, its table."""
    (found,) = checked(tmp_path, text + '[tracker.limit]\nper = "20m"\n').problems
    assert str(found).startswith(f"config.toml:{place}: all watches together need")


def test_what_is_not_slowed_down_is_told_of_its_watch(tmp_path: Path) -> None:
    """As nothing about its schedule helps."""
    text = '[watch.w]\nask = "browse"\ntell = ["a"]\nevery = "1h"\nmatch.uploader = "x"\n'
    (tmp_path / "config.toml").write_text(HEAD + text + '[target.a]\nplugin = "journal"\n')
    past = Past(details={"browse group_results=0": 90.0})
    (found,) = check(tmp_path / "config.toml", {"TOKEN": "canary-token"}, NOW, past).problems
    assert (found.key, found.line) == ("watch.w", 4)


@pytest.mark.parametrize(("share", "fits"), [("40%", True), ("41%", False)])
def test_shares_fit_into_the_limit(tmp_path: Path, share: str, *, fits: bool) -> None:
    """That of the watches and those of plugins are parts of one whole."""
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text(PLUGIN)
    text = f"""share = "10%"
[plugin.one]
file = "one.py"
share = "50%"
[plugin.two]
file = "two.py"
share = "{share}"
"""
    result = checked(tmp_path, text)
    assert (result.config is not None) == fits
    wrong = [problem.key for problem in result.problems if problem.is_error]
    assert wrong == ([] if fits else ["plugin.two.share"])


def test_a_path_beside_the_config_is_used_on_with_a_warning(tmp_path: Path) -> None:
    """Of a target and of a plugin; what isn't there is meant from the state."""
    (tmp_path / "one.py").write_text(PLUGIN + OPTIONS)
    (tmp_path / "old.jsonl").touch()
    (tmp_path / "old.csv").touch()
    text = """
[target.a]
plugin = "journal"
path = "old.jsonl"
[target.b]
plugin = "journal"
path = "new.jsonl"
[plugin.one]
file = "one.py"
table = "old.csv"
"""
    result = checked(tmp_path, text)
    assert result.config is not None
    a, one = sorted(result.problems, key=lambda problem: problem.key)[::-1]
    assert (a.key, a.is_error) == ("target.a.path", False)
    assert f"{tmp_path / 'old.jsonl'} is used, since it exists" in str(a)
    assert "meant from targets/a in the state now" in str(a)
    assert (one.key, one.is_error) == ("plugin.one.table", False)
    assert "meant from plugins/one in the state now" in str(one)


@pytest.mark.parametrize(
    ("path", "problem"), [("new.jsonl", None), ("sub/new.jsonl", "there is no folder {}/sub")]
)
def test_a_relative_path_is_right_before_the_first_start(
    tmp_path: Path, path: str, problem: str | None
) -> None:
    """The daemon makes the folder of a target, and a check makes none."""
    file = tmp_path / "config.toml"
    file.write_text(f'{HEAD}[target.a]\nplugin = "journal"\npath = "{path}"\n')
    state = tmp_path / "state"
    result = check(file, {"TOKEN": "canary-token"}, NOW, thorough=True, state=state)
    wrong = [each.message for each in result.problems if each.key == "target.a.path"]
    assert wrong == ([] if problem is None else [problem.format(state / "targets" / "a")])
    assert not state.exists()


RENAMED = """
from gazelled.plugin import PluginConfig, SecretStr, target

class Options(PluginConfig):
    renamed = {"colour": "lamp", "key": "code"}
    lamp: str = ""
    code: SecretStr | None = None

@target(Options)
async def lamp(delivery, options): ...
"""


def test_a_former_name_is_shown_with_the_line_to_write(tmp_path: Path) -> None:
    """It is a warning, and the config goes on."""
    (tmp_path / "lamp.py").write_text(RENAMED)
    found = checked(
        tmp_path,
        '[target.a]\nplugin = "apprise"\nurl = { env = "TOKEN" }\ntitle = "{{ event }}"\n'
        '[target.b]\nplugin = "lamp"\ncolour = "red"\nkey = { env = "TOKEN" }\n'
        '[plugin.lamp]\nfile = "lamp.py"\n',
    )
    a, b, key = (problem for problem in found.problems if "now; write" in problem.message)
    assert {a.severity, b.severity, key.severity} == {"warning"}
    assert (a.line, a.key) == (7, "target.a.title")
    assert a.message.startswith('title = "{{ event }}" has another name now')
    assert a.message.endswith('write templates.title = "{{ event }}"')
    assert (b.line, b.message) == (10, 'colour = "red" has another name now; write lamp = "red"')
    assert (key.line, key.message) == (11, "is code now; write code")


def test_a_secret_under_a_former_name_is_not_repeated(tmp_path: Path) -> None:
    """It is refused as it is under the new one."""
    (tmp_path / "lamp.py").write_text(RENAMED)
    text = '[target.b]\nplugin = "lamp"\nkey = "canary-1"\n[plugin.lamp]\nfile = "lamp.py"\n'
    found = checked(tmp_path, text)
    assert found.config is None
    assert "target.b.key: do not put the secret in this file" in "\n".join(map(str, found.problems))
    assert "canary" not in "\n".join(map(str, found.problems))
