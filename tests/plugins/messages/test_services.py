"""Each service gets the format that it reads, whichever way its Apprise URL is written."""

from __future__ import annotations

import pytest

from gazelled_plugins.apprise import library
from gazelled_plugins.messages.services import SERVICES, service

TOKEN = "a1b2c3d4" * 8
URLS = {
    "discord": f"discord://4174216298/{TOKEN}",
    "gchat": "gchat://space/key/token",
    "gotify": "gotify://localhost/abcdefghijklmnop",
    "mailto": "mailtos://me:pw@example.org",
    "mastodon": "mastodon://abcdefghijkl@localhost",
    "matrix": "matrix://me:pw@localhost/!room:localhost",
    "mmost": "mmosts://localhost/3ccdd113474722377935511fc85d3dd4",
    "ntfy": "ntfy://localhost/topic",
    "pover": f"pover://{TOKEN[:30]}@{TOKEN[:30]}",
    "rocket": "rockets://me:pw@localhost/#channel",
    "signal": "signal://localhost:8080/+15551112222/+15553334444",
    "slack": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general",
    "tgram": "tgram://123456789:abcdefg_hijklmnop/12315544/",
    "zulip": f"zulip://bot@lab/{TOKEN[:32]}/general",
}


@pytest.mark.parametrize("schemes", SERVICES, ids=lambda schemes: schemes[0])
def test_each_service_is_known_by_its_url(schemes: tuple[str, ...]) -> None:
    """Apprise's object leads to the same line of the table as the scheme."""
    url = URLS[schemes[0]]
    notifier = library.notifier_of(url)
    assert notifier is not None
    style, _ = library.style_of(notifier, url)
    assert {service(scheme) for scheme in schemes} == {style} == {SERVICES[schemes]}


def test_no_limit_is_above_what_apprise_may_send() -> None:
    """A service that is unknown here has Apprise's own limits."""
    assert service("nonesuch", 0, 160).limits.body == 160
