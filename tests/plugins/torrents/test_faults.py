"""What stands at the address of a client, but is none, or is one that can't be trusted."""

from __future__ import annotations

import gc
import ssl
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from gazelled.plugin import TargetFault, TorrentFile
from gazelled.testing.plugin_kit import PluginKit, PluginTarget
from gazelled.testing.ports import free_port

WEB = ("qbittorrent", "transmission")


class Page(ThreadingHTTPServer):
    """Answers everything with one status; records the requests."""

    def __init__(self, status: int, location: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = status
        self.location = location
        self.requests: list[bytes] = []


class _Handler(BaseHTTPRequestHandler):
    server: Page

    def do_GET(self) -> None:
        """Answer."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append(f"{self.path} {self.headers}".encode() + body)
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"<html>")

    def do_POST(self) -> None:
        """Answer likewise."""
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Stay silent."""


@contextmanager
def serving(status: int, location: str = "", tls: trustme.LeafCert | None = None) -> Iterator[Page]:
    """Let a page be served."""
    with Page(status, location) as page:
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.configure_cert(context)
            page.socket = context.wrap_socket(page.socket, server_side=True)
            page.handle_error = lambda *_: None  # type: ignore[method-assign]  # a refused handshake
        thread = threading.Thread(target=page.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield page
        finally:
            page.shutdown()
            thread.join()


def put(gz: PluginKit, client: str, url: str) -> PluginTarget:
    """Return a target with a client at an address."""
    log_in = {} if client == "rtorrent" else {"username": "me", "password": "CANARYword"}
    target = gz.target("torrents", client=client, url=url, **log_in)
    target.files[1] = TorrentFile(1, "ab" * 20, "S288C", 100, b"d8:announce6:CANARYe")
    return target


@pytest.mark.parametrize("client", WEB)
@pytest.mark.parametrize("status", [200, 302, 404, 410])
def test_another_page_is_a_fault_of_the_target(gz: PluginKit, client: str, status: int) -> None:
    """The sentence asks for the address, and has nothing of what was sent."""
    with serving(status, "/elsewhere" if status == 302 else "") as page:
        target = put(gz, client, f"http://127.0.0.1:{page.server_port}")
        with pytest.raises(TargetFault, match=r"127\.0\.0\.1.*address") as caught:
            target.deliver(gz.event(id="1"))
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize("client", WEB)
def test_a_redirect_to_another_host_gets_no_credentials(gz: PluginKit, client: str) -> None:
    """Whatever it asks for."""
    with serving(200) as other, serving(307, f"http://localhost:{other.server_port}/") as page:
        target = put(gz, client, f"http://127.0.0.1:{page.server_port}")
        with pytest.raises(TargetFault):
            target.deliver(gz.event(id="1"))
    sent = b"".join(other.requests)
    assert b"CANARY" not in sent
    assert b"Authorization" not in sent


@pytest.mark.parametrize("client", WEB)
def test_a_certificate_that_is_not_trusted_is_a_fault_of_the_target(
    gz: PluginKit, client: str
) -> None:
    """Nothing is sent then."""
    certificate = trustme.CA().issue_cert("127.0.0.1")
    with serving(200, tls=certificate) as page:
        target = put(gz, client, f"https://127.0.0.1:{page.server_port}")
        with pytest.raises(TargetFault, match=r"The TLS certificate of .* is not valid \("):
            target.deliver(gz.event(id="1"))
    assert page.requests == []


# The library of Deluge tries other ciphers then, and forgets to close the first socket.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("client", ["deluge", "rtorrent"])
def test_a_web_server_is_no_daemon(gz: PluginKit, client: str) -> None:
    """The ports are easily confused."""
    scheme = {"deluge": "deluge", "rtorrent": "scgi"}[client]
    with serving(200) as page:
        target = put(gz, client, f"{scheme}://127.0.0.1:{page.server_port}")
        with pytest.raises(TargetFault):
            target.deliver(gz.event(id="1"))
    gc.collect()


@pytest.mark.parametrize("client", WEB)
def test_a_certificate_that_the_system_trusts_is_trusted(
    gz: PluginKit, client: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Such as that of an authority of one's own."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with serving(404, tls=authority.issue_cert("127.0.0.1")) as page:
        target = put(gz, client, f"https://127.0.0.1:{page.server_port}")
        with pytest.raises(TargetFault):
            target.deliver(gz.event(id="1"))
    assert page.requests


@pytest.mark.parametrize(
    ("client", "module"),
    [
        ("qbittorrent", "qbittorrentapi"),
        ("transmission", "transmission_rpc"),
        ("deluge", "deluge_client"),
    ],
)
def test_a_library_that_is_missing_is_named_with_its_extra(
    gz: PluginKit, client: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So `gazelled check` says what to install."""
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ValueError, match=rf"client: .*{module}.*gazelled\[{client}\]"):
        put(gz, client, "http://127.0.0.1:9")


@pytest.mark.parametrize("client", WEB)
def test_clients_are_contacted_without_a_proxy(
    gz: PluginKit, client: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That of the environment is for the tracker and for messages."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with serving(404) as page:
        target = put(gz, client, f"http://127.0.0.1:{page.server_port}")
        with pytest.raises(TargetFault):
            target.deliver(gz.event(id="1"))
    assert page.requests
