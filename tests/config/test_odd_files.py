"""Files that no person would write on purpose: each is one short error with its line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gazelled.config import load
from gazelled.config.document.key_lines import too_deep

HEAD = '[tracker]\nurl = "https://tracker.example"\ntoken = { env = "TOKEN" }\n'
ENVIRON = {"TOKEN": "canary-token"}


def problems(folder: Path, text: str, environ: dict[str, str] = ENVIRON) -> list[str]:
    """Load a config and return what is wrong with it."""
    file = folder / "config.toml"
    file.write_text(text)
    return [str(each) for each in load(file, environ).problems if each.severity == "error"]


@pytest.mark.parametrize("depth", [31, 500, 5_000, 100_000])
@pytest.mark.parametrize(
    ("before", "opened", "inner", "closed"),
    [
        ("x = ", "[", "", "]"),
        ("x = ", "{a=", "1", "}"),
        ("x.", "a.", "a = 1", ""),
        ("[x.", "a.", "a]", ""),
        ("[[x.", '"a".', "a]]", ""),
    ],
)
def test_what_is_too_deep_has_its_line(
    tmp_path: Path, depth: int, before: str, opened: str, inner: str, closed: str
) -> None:
    """However deep it is, nothing recurses that far."""
    text = f"{HEAD}{before}{opened * depth}{inner}{closed * depth}\n"
    assert problems(tmp_path, text) == ["config.toml:4: lists or tables are nested too deeply"]


@pytest.mark.parametrize(
    "text",
    [
        "x = [[[[[1]]]]]",
        'x = "' + "[" * 100 + '"',
        "x = '" + "a." * 100 + "'",
        "# " + "{" * 100,
        "# " + "a." * 100,
        'x = """\n' + "." * 100 + '\n"""',
        "a.b.c.d.e = 1.5",
    ],
)
def test_what_only_looks_deep_is_fine(text: str) -> None:
    """Texts and comments may hold whatever they like."""
    assert too_deep(text) is None


def test_long_names_and_values_are_cut(tmp_path: Path) -> None:
    """An error stays readable, and the config's own text doesn't flood a terminal."""
    text = f'{HEAD}[watch.{"n" * 100_000}]\nask = "{"a" * 100_000}"\n{"k" * 100_000} = 1\n'
    found = problems(tmp_path, text)
    assert len(found) == 3
    assert max(map(len, found)) < 500


def test_a_number_of_thousands_of_digits_has_its_line(tmp_path: Path) -> None:
    """The TOML reader names none, since it is Python that refuses."""
    text = f"{HEAD}catch_up = {'9' * 5000}\n[web]\n"
    assert problems(tmp_path, text) == [
        "config.toml:4: a number has more digits than anything needs"
    ]


def test_pipes_in_place_of_files(tmp_path: Path) -> None:
    """Nothing waits for what nobody writes."""
    os.mkfifo(tmp_path / "secret")
    text = HEAD.replace('{ env = "TOKEN" }', '{ file = "secret" }')
    (told,) = problems(tmp_path, text)
    assert told.endswith("secret could not be read: it is not a regular file")
    (tmp_path / "conf.d").mkdir()
    os.mkfifo(tmp_path / "conf.d" / "more.toml")
    reason = "could not be read: it is not a regular file"
    assert problems(tmp_path, HEAD) == [f"conf.d/more.toml: {reason}"]
    (tmp_path / "config.toml").unlink()
    os.mkfifo(tmp_path / "config.toml")
    assert "config.toml: could not be read: it is not a regular file" in [
        str(each) for each in load(tmp_path / "config.toml", ENVIRON).problems
    ]


def test_a_secret_is_not_a_whole_file(tmp_path: Path) -> None:
    """A file that was named by mistake isn't sent to the tracker."""
    (told,) = problems(tmp_path, HEAD, {"TOKEN": "x" * 100_000})
    assert told == "config.toml:3: tracker.token: the secret has more than 8,192 characters"


def test_names_of_files_that_cannot_be(tmp_path: Path) -> None:
    """A name may be longer than names of files are."""
    text = f'{HEAD}ca = "{"c" * 300}"\n[plugin.p]\nfile = "{"p" * 300}.py"\n'
    found = problems(tmp_path, text)
    assert [each.split(": ")[1] for each in found] == ["tracker.ca"]
    (left_out,) = load(tmp_path / "config.toml", ENVIRON).left_out
    assert left_out.key == "plugin.p.file"
    folder = tmp_path / ("x" * 300)
    (only,) = load(folder / "config.toml", ENVIRON).problems
    assert only.message == "could not be read: File name too long"
