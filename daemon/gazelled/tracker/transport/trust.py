"""Which certificates are trusted: those of the system, and those in a file of the user's."""

from __future__ import annotations

import ssl
from pathlib import Path


def ssl_context(ca: Path | None) -> ssl.SSLContext:
    """Return a context that trusts the system's authorities, and those in a file."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(("http/1.1",))
    if ca:
        context.load_verify_locations(ca)
    return context


def ca_problem(file: Path | None) -> str:
    """Return why a file with certificates can't be used, as a sentence; nothing if it can."""
    try:
        if file:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except ssl.SSLError:
        return f"There is no certificate in {file}."
    except OSError as error:
        return f"The certificates in {file} can't be read: {error.strerror}."
    return ""
