"""One request and one answer, as the simulated site sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto


@dataclass(frozen=True, slots=True)
class SimulatedRequest:
    """
    A request.

    Attributes:
        address: Where it comes from.
        uri: Path and query as they came.
        query: The parameters in the address.
        form: The parameters in the body.
        authorization: The header, if it came.
        fields: The parameters in the body as they came, where some come several times.

    """

    method: str
    address: str
    path: str
    uri: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    cookies: Mapping[str, str]
    authorization: str | None = None
    user_agent: str = ""
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def action(self) -> str | None:
        """What is asked for; PHP doesn't mind where it stands."""
        return self.form.get("action") or self.query.get("action") or None


class ReplyStyle(Enum):
    """How an answer is sent."""

    WELL = auto()
    CUT_OFF = auto()
    SLOW = auto()
    HANG = auto()
    DROP = auto()
    HUGE = auto()


@dataclass(frozen=True, slots=True)
class SimulatedReply:
    """
    An answer.

    Attributes:
        chunked: Whether it is sent in chunks, as PHP's answers are, or with its length.

    """

    status: int
    content_type: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    chunked: bool = True
    manner: ReplyStyle = field(default=ReplyStyle.WELL)


JSON = "application/json; charset=utf-8"
BARE_JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=UTF-8"
BARE_HTML = "text/html"

NO_CACHE = (
    ("Cache-Control", "no-cache, must-revalidate, post-check=0, pre-check=0"),
    ("Pragma", "no-cache"),
)
