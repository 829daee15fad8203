"""A machine with gazelled, a tracker and a phone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.operations.trees.base_trees import LIBRARIES
from tests.operations.trees.machine import Machine
from tests.operations.trees.surroundings import PHONE, SOCKET, TRACKER

SURROUNDINGS = "/opt/surroundings.py"

UNIT = f"""\
[Unit]
Before=gazelled.service
[Service]
Environment=PYTHONPATH={LIBRARIES}
ExecStart=python3 {SURROUNDINGS} serve
ExecStartPost=timeout 60 bash -c 'until [ -e {SOCKET} ]; do sleep 0.1; done'
[Install]
WantedBy=multi-user.target
"""

CONFIG = f"""\
[tracker]
url = "http://127.0.0.1:{TRACKER}"
token = {{ secret = "tracker-token" }}
share = "100%"
[tracker.limit]
per = "1s"
floor = "2s"
[notices]
tell = ["phone"]
[watch.yeast]
ask = "browse"
every = "2s"
tell = ["journal", "phone"]
[target.journal]
plugin = "journal"
[target.phone]
plugin = "apprise"
url = {{ secret = "phone" }}
"""


class House(Machine):
    """A machine with gazelled, a tracker and a phone."""

    def surroundings(self) -> None:
        """Start the tracker and the phone, at each boot too, and write the config and secrets."""
        self.write(SURROUNDINGS, Path(__file__).with_name("surroundings.py").read_text())
        self.write("/etc/systemd/system/surroundings.service", UNIT)
        self.run("systemctl", "enable", "--now", "surroundings")
        self.write("/etc/gazelled/config.toml", CONFIG)
        secrets = {
            "tracker-token": self.read("/run/tracker-token"),
            "phone": f"json://127.0.0.1:{PHONE}/",
        }
        for name, secret in secrets.items():
            self.write(f"/etc/gazelled/secrets/{name}", secret, mode=0o600)

    def start(self) -> None:
        """Install and start the service, and wait until it watches."""
        self.gazelled("service", "install")
        before = self.tell("requests")
        self.until(lambda: self.tell("requests") > before + 1, "the first looks")

    def drop_in(self, *lines: str) -> None:
        """Write a drop-in with settings of the service."""
        text = "[Service]\n" + "\n".join(lines) + "\n"
        self.write("/etc/systemd/system/gazelled.service.d/test.conf", text)
        self.run("systemctl", "daemon-reload")

    def gazelled(self, *words: str, check: bool = True, user: str = "") -> str:
        """Run a command of gazelled; return what it prints, errors included."""
        done = self.run("gazelled", *words, check=check, user=user)
        return done.stdout + done.stderr

    def tell(self, *words: str) -> Any:  # noqa: ANN401 - the test knows what it asks for
        """Send a command to the surroundings, and return the reply."""
        return json.loads(self.output("python3", SURROUNDINGS, *words))

    def messages(self) -> list[str]:
        """Return the titles of the messages that came to the phone."""
        return [message["title"] for message in self.tell("messages")]

    def publish(self, title: str) -> None:
        """Upload a data set, and wait until the phone shows it."""
        self.tell("publish", title)
        self.until(lambda: self.got(title), f"the message of {title}")

    def got(self, title: str) -> bool:
        """Return whether the phone shows a message with these words."""
        return any(title in message for message in self.messages())
