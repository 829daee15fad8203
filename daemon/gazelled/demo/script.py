"""What happens at the simulated tracker, each simulated day."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from gazelled.clock import Clock
from gazelled.demo.ledger import FEED, JOURNAL, PHONE, Happening, Ledger
from gazelled.testing import Fault, Simulator

_GIB = 2**30
_HOUR = 3600.0
_BEGINS_AT = 9


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """A data set in some formats, each with its GiB; `fits` says whether it is worth telling."""

    title: str
    formats: dict[str, float]
    fits: bool = True
    license: str = "CC0"
    platform: str = "Illumina HiSeq"
    scope: str = "Genome"
    strain: str = "S288C"
    lab: str = "Sanger Institute"
    accession: str = ""
    seeders: int = 3
    tags: tuple[str, ...] = ("yeast", "dna")


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """A private message to the account."""

    sender: str
    subject: str
    body: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedNews:
    """An announcement of the site."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Outage:
    """The tracker goes down, or is repaired."""

    begins: bool


@dataclass(frozen=True, slots=True)
class Traffic:
    """The account's upload and download become so many GiB, with the title of its message."""

    uploaded: float
    downloaded: float
    title: str


@dataclass(frozen=True, slots=True)
class Command:
    """A person types a command; `{last}` is the number of the newest upload."""

    arguments: tuple[str, ...]


Happens = Upload | Letter | PublishedNews | Outage | Traffic
Act = Happens | Command
Types = Callable[[Sequence[str]], Awaitable[None]]
Looked = Callable[[datetime], Awaitable[None]]

DAY: tuple[tuple[float, Act], ...] = (
    (
        9.4,
        Upload(
            title="S. cerevisiae S288C reads",
            formats={"FASTQ": 7.1},
            accession="NC_001133.9",
        ),
    ),
    (
        9.7,
        Upload(
            title="Yeast proteome",
            formats={"FASTA": 0.4},
            fits=False,
            license="CC BY-SA",
            scope="Proteome",
        ),
    ),
    (10.2, Command(("why", "{last}", "yeast"))),
    (
        10.5,
        Upload(
            title="S. cerevisiae W303 reads",
            formats={"FASTQ": 6.4, "BAM": 8.1},
            strain="W303",
            lab="EMBL",
            seeders=1,
        ),
    ),
    (10.6, Traffic(18.8, 20.0, "Ratio 0.94, below 1.0")),
    (10.7, Command(("watch", "run", "ratio"))),
    (11.5, Outage(begins=True)),
    (
        12.2,
        Upload(
            title="S. cerevisiae SK1 reads",
            formats={"FASTQ": 12.8},
            strain="SK1",
            lab="RIKEN",
        ),
    ),
    (
        12.4,
        Upload(
            title="Wine yeast EC1118 long reads",
            formats={"FASTQ": 4.6},
            license="Public Domain",
            platform="Nanopore",
            strain="EC1118",
            lab="Broad Institute",
            seeders=2,
        ),
    ),
    (12.6, Outage(begins=False)),
    (
        12.9,
        Letter(
            sender="uploader1",
            subject="Your question about S288C",
            body="All reads are from one clone.",
        ),
    ),
    (
        13.3,
        Upload(
            title="1,500 yeast isolates",
            formats={"BAM": 212.0},
            fits=False,
            scope="Variant",
        ),
    ),
    (13.4, Traffic(24.0, 20.0, "Over: ratio 1.2, at least 1.1")),
    (13.5, Command(("watch", "run", "ratio"))),
    (14.5, PublishedNews(title="Seeders wanted", body="Some data sets have one seeder only.")),
    (
        16.2,
        Upload(
            title="Yeast heat shock time course",
            formats={"FASTQ": 18.4, "BAM": 22.9},
            platform="RNA-Seq",
            scope="Transcriptome",
            strain="BY4741",
            lab="EMBL",
            tags=("yeast", "rna"),
        ),
    ),
)
"""What happens and when, in hours since midnight."""


class Stage:
    """
    Lets things happen at the tracker, and notes what has to be delivered.

    Args:
        simulator: The tracker.
        ledger: Where it is noted.
        types: Types a command.

    Attributes:
        meanwhile: What has to be delivered of the last outage's time.

    """

    def __init__(self, simulator: Simulator, ledger: Ledger, types: Types) -> None:
        self.meanwhile: list[Happening] = []
        self._simulator = simulator
        self._ledger = ledger
        self._types = types
        self._last = 0
        self._uploaded = simulator.clock.now()
        self._down = False

    async def play(self, clock: Clock, looked: Looked) -> None:
        """
        Let a day happen, and then the next one.

        Args:
            clock: Time, which begins at nine.
            looked: Waits until uploads were looked at since then: commands speak of what is known,
                and of traffic that comes shortly before them.

        """
        for day in count(1):
            for hour, act in DAY:
                at = (24 * (day - 1) + hour - _BEGINS_AT) * _HOUR
                await clock.sleep(at - clock.monotonic())
                if isinstance(act, Command | Traffic):
                    await looked(self._uploaded)
                if isinstance(act, Command):
                    await self._types([part.format(last=self._last) for part in act.arguments])
                else:
                    self._perform(act, "" if day == 1 else f", day {day}")

    def _perform(self, act: Happens, suffix: str) -> None:
        world = self._simulator.world
        match act:
            case Upload():
                self._upload(act, act.title + suffix)
            case Letter():
                world.send(act.subject + suffix, act.body, sender=act.sender)
                self._note(act.subject + suffix, "message", "inbox", PHONE)
            case PublishedNews():
                world.announce(act.title + suffix, act.body)
                self._note(act.title + suffix, "news item", "get_user_notifications", PHONE)
            case Traffic():
                me = world.user("me")
                me.uploaded, me.downloaded = int(act.uploaded * _GIB), int(act.downloaded * _GIB)
                self._note(act.title, "alert", "index", PHONE)
            case Outage(begins=True):
                self._down = True
                self.meanwhile.clear()
                self._simulator.fail(Fault.BAD_GATEWAY)
            case _:
                self._down = False
                self._simulator.repair()

    def _upload(self, act: Upload, title: str) -> None:
        group: int | None = None
        for name, gib in act.formats.items():
            torrent = self._simulator.world.publish(
                title,
                group=group,
                format=name,
                size=int(gib * _GIB),
                license=act.license,
                platform=act.platform,
                scope=act.scope,
                strain=act.strain,
                lab=act.lab,
                accession=act.accession,
                seeders=act.seeders,
                tags=act.tags,
            )
            group, self._last = torrent.group.id, torrent.id
        self._uploaded = self._simulator.clock.now()
        if act.fits:
            happening = self._note(title, "data set", "browse", PHONE, FEED, JOURNAL)
            if self._down:
                self.meanwhile.append(happening)

    def _note(self, title: str, kind: str, action: str, *places: str) -> Happening:
        at = self._simulator.clock.monotonic()
        happening = Happening(title, kind, action, at, places)
        self._ledger.happened.append(happening)
        return happening
