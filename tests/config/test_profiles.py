"""Profiles: what `[tracker]` doesn't say, and the tables of users' own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.config.conftest import Home

    from gazelled.config import Tracker

TOKEN = 'token = { secret = "tracker-token" }\n'
OWN = """\
[profile.lab]
based_on = "orpheus"
about = "Our own site"
hosts = ["tracker.example"]
endpoint = "api.php"
zone = "Europe/Berlin"
token_downloads = false
limit = { requests = 5, per = "10s" }
"""


def limit(tracker: Tracker) -> tuple[int, float, float]:
    """Return what the tracker allows."""
    return tracker.effective.requests, tracker.effective.per, tracker.effective.floor


def test_the_host_chooses(home: Home) -> None:
    """Without a word about it, the profile is that of the host."""
    assert home.config().tracker.profile.name == "gazelle"
    text = home.file.read_text().replace("tracker.example", "www.orpheus.network")
    tracker = home.config(text).tracker
    assert tracker.profile.name == "orpheus"
    assert (limit(tracker), tracker.effective.zone) == ((5, 10.0, 900.0), "UTC")
    assert tracker.effective.scheme == "token"


def test_a_donor_has_no_limit(home: Home) -> None:
    """A profile that is named holds whatever the host is."""
    assert home.tracker(f'{TOKEN}profile = "biotorrents-donor"') == []
    tracker = home.config().tracker
    assert (tracker.profile.name, tracker.effective.per) == ("biotorrents-donor", 0.0)


def test_every_value_of_a_profile_can_be_changed(home: Home) -> None:
    """What stands in [tracker] comes before the profile; the profile itself stays as it is."""
    lines = (
        f'{TOKEN}profile = "orpheus"\nscheme = ""\nendpoint = "api.php"\nzone = "Europe/Paris"\n'
        'limit = { per = 90, floor = "1h" }'
    )
    assert home.tracker(lines) == []
    tracker = home.config().tracker
    assert (tracker.effective.endpoint, tracker.effective.zone) == ("api.php", "Europe/Paris")
    assert limit(tracker) == (5, 90.0, 3600.0)
    assert not tracker.effective.scheme
    assert (tracker.profile.endpoint, tracker.profile.per) == ("ajax.php", 10.0)


def test_no_limit_is_a_number(home: Home) -> None:
    """`per = 0` means that there is none."""
    assert home.tracker(f"{TOKEN}limit.per = 0") == []
    assert home.config().tracker.effective.per == 0.0


def test_users_write_profiles(home: Home) -> None:
    """A profile of one's own says what differs from the one that it is based on."""
    config = home.config(f"{home.file.read_text()}{OWN}")
    profile = config.tracker.profile
    assert (profile.name, profile.about) == ("lab", "Our own site")
    assert (profile.endpoint, profile.scheme, profile.zone) == ("api.php", "token", "Europe/Berlin")
    assert (profile.token_loads_user, profile.token_downloads) == (True, False)
    assert limit(config.tracker) == (5, 10.0, 900.0)


def test_profiles_stand_on_each_other(home: Home) -> None:
    """One of the config's own can be the base of another, in any order."""
    text = f'{home.file.read_text()}[profile.a]\nbased_on = "lab"\nscheme = "Bearer"\n{OWN}'
    text = text.replace("[notices]", 'profile = "a"\n[notices]')
    profile = home.config(text).tracker.profile
    assert (profile.name, profile.endpoint, profile.scheme) == ("a", "api.php", "Bearer")


def test_a_floor_of_a_profile_holds_for_watches(home: Home) -> None:
    """Watches may not ask more often than the profile says."""
    text = f'{home.file.read_text()}{OWN}limit.floor = "2h"\n'
    text = text.replace('limit = { requests = 5, per = "10s" }\n', "")
    assert home.problems(text) == []
    assert len(home.problems(text.replace('"browse"', '"browse"\nevery = "1h"'))) == 1


def test_a_token_that_loads_the_user_is_enough(home: Home) -> None:
    """Where a token tells as much as a cookie, a watch may ask what needs the user."""
    watch = 'ask = "subscriptions"\nkind = "call"\n'
    assert any("a token isn't enough" in each for each in home.watch(watch))
    home.write(OWN, "conf.d/profile.toml")
    assert home.watch(watch) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            'based_on = "orfeus"',
            '13: profile.x.based_on: unknown profile "orfeus"; did you mean "orpheus"?',
        ),
        ('based_on = "x"', "13: profile.x.based_on: it is based on itself in the end"),
        ('endpont = "a"', '13: profile.x.endpont: unknown key; did you mean "endpoint"?'),
        ('endpoint = "https://x"', "13: profile.x.endpoint: expected the name of a file"),
        ('scheme = "a b"', "13: profile.x.scheme: expected one word"),
        ('zone = "Mars"', "13: profile.x.zone: unknown time zone"),
        ('hosts = ["https://x"]', "13: profile.x.hosts: expected the name of a host"),
        ("token_downloads = 1", "13: profile.x.token_downloads: expected true or false"),
        ("limit = { pr = 1 }", '13: profile.x.limit.pr: unknown key; did you mean "per"?'),
        ("limit = { requests = 0 }", "13: profile.x.limit.requests: expected 1 or more"),
        ("limit = { floor = 0 }", "13: profile.x.limit.floor: expected more than 0"),
        (
            '[profile.x.limit]\nzone = "UTC"',
            "14: profile.x.limit.zone: belongs to [profile.x] but stands below [profile.x.limit]",
        ),
        ("[profile.gazelle]", "13: profile.gazelle: comes with gazelled; give yours another name"),
        (
            '[profile."a b"]',
            "13: profile.a b: a name has letters from a to z, digits, - and _ only",
        ),
    ],
)
def test_tells_what_is_wrong_with_a_profile(home: Home, text: str, problem: str) -> None:
    """A mistake in a profile is one problem, with its line and the nearest valid name."""
    found = home.problems(f"{home.file.read_text()}[profile.x]\n{text}\n")
    assert len(found) == 1
    assert problem in found[0]


def test_circles_of_profiles_are_told(home: Home) -> None:
    """Profiles that are based on each other end in a problem, not in a loop."""
    text = '[profile.a]\nbased_on = "b"\n[profile.b]\nbased_on = "a"\n'
    assert home.problems(f"{home.file.read_text()}{text}") == [
        "config.toml:15: profile.b.based_on: it is based on itself in the end; name another one"
    ]


def test_an_unknown_profile_is_told(home: Home) -> None:
    """The name in [tracker] is one of those that there are."""
    assert home.tracker(f'{TOKEN}profile = "biotorrent"') == [
        'config.toml:4: tracker.profile: unknown profile "biotorrent"; did you mean "biotorrents"?'
    ]
