"""Ten mistakes in one file are ten problems on ten lines."""

from __future__ import annotations

from pathlib import Path

from gazelled.config import load

TEN = """\
[tracker]
url = "http://biotorrents.de"
token = { secret = "tracker-token" }
share = "10%"

[watch.yeast]
ask = "brwse"
every = "1h"
tell = ["phone"]

[watch.mouse]
ask = "browse"
with = { searchstrr = "Mus musculus" }
every = "5m"
tell = [
  "phone",
  "lab-fed",
]
[watch.mouse.match]
licence = ["CC0"]
sender = "someone"
mark_read = true

[watch.news]
ask = "announcements"
every = "funday 08:00"
mark_read = true
tell = "phone"

[target.phone]
plugin = "apprise"
url = "mailtos://example.org"

[target.lab-feed]
plugin = "feed"
"""
EXPECTED = """\
config.toml:2: tracker.url: http:// would send your secrets unprotected; write https://
config.toml:7: watch.yeast.ask: unknown action "brwse"; did you mean "browse"?
config.toml:13: watch.mouse.with.searchstrr: browse takes no parameter "searchstrr"; \
did you mean "searchstr"?
config.toml:14: watch.mouse.every: 5m is too often; the site's floor is 15m
config.toml:17: watch.mouse.tell: unknown target "lab-fed"; did you mean "lab-feed"?
config.toml:20: watch.mouse.match.licence: unknown key; did you mean "license"?
config.toml:21: watch.mouse.match.sender: browse has no sender, \
so this could never match
config.toml:22: watch.mouse.match.mark_read: belongs to [watch.mouse] \
but stands below [watch.mouse.match]; move it above that line
config.toml:26: watch.news.every: "funday" is not a day; did you mean "sunday"?
config.toml:28: watch.news.tell: expected a list, like tell = ["phone"]
"""


def test_tells_all_at_once(tmp_path: Path) -> None:
    """Every mistake is told, once, with its line, in the order of the file."""
    (tmp_path / "config.toml").write_text(TEN)
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    (tmp_path / "tracker-token").write_text("made-up")
    loaded = load(tmp_path / "config.toml", environ, known_plugins=["apprise", "feed"])
    assert loaded.config is None
    assert len(loaded.problems) == 10
    assert "".join(f"{problem}\n" for problem in loaded.problems) == EXPECTED
