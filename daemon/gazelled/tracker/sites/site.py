"""What one tracker is like: its address, its limit, its habits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from functools import cache

from yarl import URL

from gazelled import __version__
from gazelled.tracker.sites.dialect import GAZELLE, Dialect

UNLIMITED_IN_FLIGHT = 2


def in_flight(requests: int, per: float) -> int:
    """Return how many requests may be under way at once, at a limit of so many in each `per`."""
    return requests if per else UNLIMITED_IN_FLIGHT


@dataclass(frozen=True, slots=True)
class Site:
    """
    A Gazelle tracker.

    Attributes:
        endpoint: The page that answers the API, from `url`.
        requests: How many requests it takes in each `per`. Documented for BioTorrents.de: 1.
        per: In seconds. Documented for BioTorrents.de: 6. 0 means no limit.
        scheme: The word before the token in the Authorization header; empty for the bare token.
        zone: The zone of the times in its answers, which carry none.
        contact: An address or page of the user, for the tracker's operators.
        limits: How many requests of single actions it takes in how many seconds, where that is
            stricter.
        program: What the User-Agent ends with: the program that uses gazelled.
        largest: The most bytes that an answer may have.
        dialect: In which actions its API differs from the catalogue.

    """

    url: str
    name: str
    endpoint: str = "ajax.php"
    requests: int = 1
    per: float = 6.0
    scheme: str = "Bearer"
    zone: str = "UTC"
    token_downloads: bool = False
    contact: str = ""
    limits: Mapping[str, tuple[int, float]] = field(default_factory=dict, hash=False)
    program: str = ""
    largest: int = 8 * 2**20
    dialect: Dialect = GAZELLE

    @property
    def window(self) -> float:
        """The longest window of its limits, in seconds."""
        return max([self.per, *(per for _, per in self.limits.values())])

    @property
    def root(self) -> URL:
        """The address that pages stand below."""
        url = URL(self.url)
        return url if url.path.endswith("/") else url.with_path(url.path + "/")

    @property
    def timezone(self) -> tzinfo:
        if self.zone == "UTC":
            return UTC
        from zoneinfo import ZoneInfo  # noqa: PLC0415 - scripts start without it

        return ZoneInfo(self.zone)

    @property
    def user_agent(self) -> str:
        page = self.contact or _homepage()
        named = (f"gazelled/{__version__}", f"(+{page})" if page else "", self.program)
        return " ".join(filter(None, named))

    def page(self, path: str) -> str:
        """Return the address of a page of the site; an empty path has none."""
        return str(self.root.join(URL(path))) if path else ""


@cache
def _homepage() -> str:
    """Return the project's page, as its package names it; empty where it names none."""
    from importlib.metadata import PackageNotFoundError, metadata  # noqa: PLC0415 - likewise

    try:
        urls = metadata("gazelled").get_all("Project-URL") or ()
    except PackageNotFoundError:
        return ""
    named: dict[str, str] = dict(url.split(", ", 1) for url in urls)
    return named.get("Homepage") or ""
