"""What is behind the targets: each receives for real, with one trouble."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import shlex
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any, NamedTuple

from aiosmtpd.smtp import SMTP, Envelope
from tests.delivery.matrix.client_proxy import ClientProxy
from tests.delivery.matrix.rig import BEHIND, TROUBLED, Setup
from tests.plugins.http_receiver import Answer, HttpReceiver, Reply, Request, running
from tests.plugins.mail_server import MailServer
from tests.plugins.torrents.real_clients import RealClient, until

FAILURES = 3
"""How often what fails for a while fails."""

LATE = 3.0
"""Seconds after which a late answer comes: later than every limit but that of a thread."""


class Message(NamedTuple):
    """A message that a receiver took: which, and the key that it has there."""

    name: str
    key: str


class Receiver:
    """
    Receives, with a trouble at the event that has it.

    Args:
        setup: The target, without its options.

    Attributes:
        trouble: `refuses`, `fails`, `hangs`, `late`, `drips`, `dies`; empty for none.
        met: Whether the trouble has come; what fails for a while must have failed for all of it.
        taken: What was taken, whether or not that was answered.
        texts: The texts of the messages, as they came.

    """

    def __init__(self, setup: Setup) -> None:
        self.trouble = ""
        self.setup = setup
        self.met = False
        self.taken: list[Message] = []
        self.texts: list[str] = []
        self._failed = 0

    is_local = False

    @contextmanager
    def receiving(self) -> Iterator[Mapping[str, Any]]:
        """Receive meanwhile, and return what else the setup has."""
        yield {}

    def messages(self) -> list[Message]:
        """Return all that was taken."""
        return self.taken

    def all_texts(self) -> list[str]:
        """Return the texts of all that was taken."""
        return self.texts

    def counts(self, name: str) -> tuple[int, int]:
        """Count the messages of an event, and those that differ by their keys."""
        mine = [message for message in self.messages() if message.name == name]
        return len(mine), len({message.key or str(place) for place, message in enumerate(mine)})

    def begin(self, name: str) -> None:
        """Take note that the attempt for an event begins."""

    def now(self, name: str) -> str:
        """Return the trouble that a message of an event has now."""
        if name != TROUBLED:
            return ""
        if self.trouble == "fails":
            self._failed += 1
            self.met = self._failed >= FAILURES
            return self.trouble if self._failed <= FAILURES else ""
        if self.met and self.trouble != "refuses":
            return ""
        self.met = True
        return self.trouble


def name_in(text: str) -> str:
    """Return which of the two events a text is of; nothing if it is of none."""
    return next((name for name in (TROUBLED, BEHIND) if name in text), "")


class Service(Receiver):
    """
    A service over HTTP.

    Args:
        setup: See `Receiver`.
        url: The URL of the target, with the `{host}` of the receiver.
        service: Answers as the service does.
        key: Returns the key of a message.
        text: Returns the text of a message; nothing for a request that is none.

    """

    _TROUBLES: Mapping[str, str] = {"late": "drips the head"}

    def __init__(
        self,
        setup: Setup,
        url: str,
        service: Answer,
        key: Callable[[Request], str],
        text: Callable[[Request], str],
    ) -> None:
        super().__init__(setup)
        self._url, self._service, self._key, self._text = url, service, key, text
        self._server: HttpReceiver | None = None

    @contextmanager
    def receiving(self) -> Iterator[Mapping[str, Any]]:
        """Run the service."""
        with running(self._answer) as server:
            self._server = server
            server.dripping = LATE
            url = self._url.format(host=server.host)
            yield {"options": {"url": url}, "host": server.host}

    def _answer(self, request: Request) -> Reply:
        assert self._server is not None
        self._server.trouble = ""
        name = name_in(request.body.decode())
        trouble = self.now(name) if name else ""
        if trouble == "refuses":
            return Reply(400, {"message": "It can't be read."})
        if trouble == "fails":
            return Reply(503)
        reply = self._service(request)
        text = self._text(request)
        if text and reply.status < 300:
            self.taken.append(Message(name, self._key(request)))
            self.texts.append(text)
        self._server.trouble = self._TROUBLES.get(trouble, trouble)
        return reply


class Mailbox(Receiver):
    """
    A mail server.

    Args:
        setup: See `Receiver`.
        options: Returns the options of the target, by the port.

    """

    def __init__(self, setup: Setup, options: Callable[[int], Mapping[str, Any]]) -> None:
        super().__init__(setup)
        self._options = options

    @contextmanager
    def receiving(self) -> Iterator[Mapping[str, Any]]:
        """Run the server."""
        with _TroubledServer(self) as server:
            yield {"options": self._options(server.port)}

    def take(self, envelope: Envelope) -> str:
        """Take a message or not, and return its trouble."""
        assert isinstance(envelope.content, bytes)
        text = envelope.content.decode()
        name = name_in(text)
        trouble = self.now(name)
        if trouble not in {"refuses", "fails"}:
            [key] = re.findall(r"(?im)^Message-ID:\s*(\S+)", text)
            self.taken.append(Message(name, key))
            self.texts.append(readable(envelope.content))
        return trouble


def readable(content: bytes) -> str:
    """Return what a mail program shows of a message: its subject and its parts."""
    message = message_from_bytes(content, policy=default)
    shown = [f"Subject: {message['Subject']}"]
    for part in message.walk():
        if part.get_content_maintype() == "text":
            shown += ["", f"[{part.get_content_type()}]", part.get_content().strip()]
    return "\n".join(shown)


class _TroubledServer(MailServer):
    """The server of a mailbox."""

    def __init__(self, mailbox: Mailbox) -> None:
        super().__init__()
        self._mailbox = mailbox

    async def handle_DATA(self, server: SMTP, session: object, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        trouble = self._mailbox.take(envelope)
        self.delay, self.dies = {"late": LATE}.get(trouble, 0.0), trouble == "dies"
        if trouble == "hangs":
            await asyncio.Event().wait()
        while trouble == "drips":
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.write(b"250-wait\r\n")
            await asyncio.sleep(0.02)
        self.content_reply = {"refuses": "554 5.7.1 No", "fails": "451 4.3.0 Later"}.get(
            trouble, "250 OK"
        )
        return await super().handle_DATA(server, session, envelope)


_PROGRAM = """\
#!/bin/sh
name=${{GAZELLED_TITLE%% *}}
take() {{ echo "$name $GAZELLED_DELIVERY" >> taken; }}
cd {folder}
cat >> events
if [ "$name" = Alpha ]; then case {trouble} in
    refuses) : > met; exit 65;;
    fails) echo >> failures; [ "$(wc -l < failures)" -gt {failures} ] || exit 75;;
    '') ;;
    *) if [ ! -e met ]; then
        take; : > met
        case {trouble} in
            hangs) while [ ! -e over ]; do sleep 0.2; done;;
            drips) while [ ! -e over ]; do echo x; sleep 0.1; done;;
            late) sleep {late};;
            dies) kill -KILL $$;;
        esac
        exit 0
    fi;;
esac; fi
take
"""


class Program(Receiver):
    """A program of `exec`; what is troubled is noted in files."""

    @contextmanager
    def receiving(self) -> Iterator[Mapping[str, Any]]:
        """Write the program."""
        self._folder = Path(self.setup.folder) / "program"
        self._folder.mkdir(parents=True, exist_ok=True)
        program = self._folder / "program.sh"
        program.write_text(
            _PROGRAM.format(
                folder=shlex.quote(str(self._folder)),
                trouble=shlex.quote(self.trouble),
                failures=FAILURES,
                late=LATE,
            )
        )
        program.chmod(0o755)
        try:
            yield {"options": {"command": [str(program)]}}
        finally:
            (self._folder / "over").touch()

    @property
    def met(self) -> bool:
        """Whether the trouble has come."""
        failures = self._folder / "failures"
        failed = len(failures.read_text()) if failures.exists() else 0
        return failed >= FAILURES or (self._folder / "met").exists()

    @met.setter
    def met(self, value: bool) -> None:
        """Ignore it: files say so."""

    def messages(self) -> list[Message]:
        """Read what was taken."""
        file = self._folder / "taken"
        lines = file.read_text().splitlines() if file.exists() else []
        return [Message(*line.split()) for line in lines]

    def all_texts(self) -> list[str]:
        """Read what was on standard input."""
        return (self._folder / "events").read_text().splitlines()


class Disk(Receiver):
    """
    A file on a disk that has the trouble when what was written is to be on it for sure.

    Args:
        setup: See `Receiver`.
        options: The options of the target.
        read: Returns what was taken, from the files of the target, and their texts.

    """

    def __init__(
        self,
        setup: Setup,
        options: Mapping[str, Any],
        read: Callable[[Setup], list[str]],
    ) -> None:
        super().__init__(setup)
        self._options, self._read = options, read
        self._name, self._again = "", threading.Event()

    is_local = True

    @contextmanager
    def receiving(self) -> Iterator[Mapping[str, Any]]:
        """Let the disk have the trouble meanwhile."""
        plain, over = os.fsync, threading.Event()

        def fsync(fd: Any) -> None:  # noqa: ANN401 - as its own
            trouble, self._name = self.now(self._name), ""
            if trouble in {"fails", "dies"}:
                code = errno.ENOSPC if trouble == "fails" else errno.EIO
                raise OSError(code, os.strerror(code))
            if trouble == "late":
                over.wait(LATE)
            if trouble == "hangs":
                self._again.wait()
            plain(fd)

        os.fsync = fsync
        try:
            yield {"options": self._options, "refuses": self.trouble == "refuses"}
        finally:
            over.set()
            self._again.set()
            os.fsync = plain

    def begin(self, name: str) -> None:
        """Take note of whose attempt it is; what hangs ends when that is given up."""
        self._name = name
        if self.met:
            self._again.set()
        if self.trouble == "refuses":
            self.now(name)

    def messages(self) -> list[Message]:
        """Read the files."""
        return [Message(name_in(text), "") for text in self.all_texts()]

    def all_texts(self) -> list[str]:
        """Read the files."""
        return self._read(self.setup)


def lines_of_journal(setup: Setup) -> list[str]:
    """Return the lines of a journal."""
    return (setup.own / "journal.jsonl").read_text().splitlines()


def entries_of_feed(setup: Setup) -> list[str]:
    """Return the entries of a feed, the first one first."""
    text = next(setup.public.glob("*.atom")).read_text()
    return re.findall(r"<entry>.*?</entry>", text, re.DOTALL)[::-1]


def files_of_folder(setup: Setup) -> list[str]:
    """Return the files that lie in a folder for a client."""
    return [file.read_bytes().decode("latin-1") for file in setup.own.glob("*.torrent")]


class TorrentClient(Receiver):
    """
    A real client, with a proxy before it that has the trouble.

    Args:
        setup: See `Receiver`.
        client: The client.
        adds: What a request holds that adds a torrent; nothing if the proxy can't read requests.

    """

    def __init__(self, setup: Setup, client: RealClient, adds: bytes) -> None:
        super().__init__(setup)
        self._client, self._adds = client, adds
        self._name = ""

    @contextmanager
    def receiving(self) -> Iterator[Mapping[str, Any]]:
        """Run the proxy."""
        proxy = ClientProxy(self._connect, self._adds, self._trouble_of_request, LATE)
        with proxy.running():
            url = re.sub(r"//.*", f"//127.0.0.1:{proxy.port}", self._client.url)
            options = self._client.options() | {"url": url}
            yield {"options": options, "refuses": self.trouble == "refuses"}

    def _connect(self) -> socket.socket:
        """Connect to the client, by its port or its own socket."""
        path = self._client.url.partition("://")[2]
        if not path.startswith("/"):
            return socket.create_connection(("127.0.0.1", self._client.port))
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(path)
        return connection

    def begin(self, name: str) -> None:
        """Take note of whose attempt it is."""
        self._name = name
        if self.trouble == "refuses":
            self.now(name)

    def _trouble_of_request(self, *, is_adding: bool) -> str:
        """Return the trouble of a connection at its begin, or of a request that adds."""
        if is_adding == (self.trouble == "fails"):
            return ""
        return self.now(self._name or TROUBLED)

    def messages(self) -> list[Message]:
        """Return the torrents that the client has: it may be asked again to add one."""
        names = {self.setup.torrent(name).sha1: name for name in (TROUBLED, BEHIND)}
        if self.trouble == "refuses":
            names.pop(self.setup.torrent(TROUBLED).sha1)
        until(lambda: names.keys() <= self._client.torrents().keys())
        return [Message(name, infohash) for infohash, name in names.items()]
