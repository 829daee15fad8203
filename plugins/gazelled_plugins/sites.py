"""
Sites and actions beside those of the catalogue, known from published source and from clients.

It is always loaded: `[tracker] profile = "redacted"` names the site, and watches of Orpheus may ask
its further actions. Nothing of it was requested there.
"""

from __future__ import annotations

from gazelled.plugin import (
    COUNT,
    FLAG,
    ActionSpec,
    FieldSpec,
    ListSpec,
    ParameterSpec,
    RegisterAction,
    RegisterSite,
    SiteSpec,
    hookimpl,
)

_SOURCE = "published source of Orpheus"

REDACTED = SiteSpec(
    name="redacted",
    about="Redacted, whose API takes the bare token",
    based_on="orpheus",
    url="https://redacted.sh",
    scheme="",
    requests=1,
    per=6.0,
    token_loads_user=True,
    token_downloads=False,
    source="other clients; as strict as BioTorrents.de",
)

RIP_LOG = ActionSpec(
    name="riplog",
    about="The log of a rip: its score, and what made it",
    parameters={
        "id": ParameterSpec(about="the torrent", required=True, number=True),
        "logid": ParameterSpec(about="the log", required=True, number=True),
    },
    lists=(
        ListSpec(
            kind="rip log",
            order="value",
            url="torrents.php?torrentid={id}",
            fields={
                "score": FieldSpec("score", COUNT),
                "score_adjusted": FieldSpec("score_adjusted", COUNT),
                "checksum_state": FieldSpec("checksum_state"),
                "adjusted": FieldSpec("adjusted", FLAG),
                "reason": FieldSpec("adjusted_reason"),
                "ripper": FieldSpec("ripper"),
                "ripper_version": FieldSpec("ripper_version"),
            },
        ),
    ),
    sites=("orpheus",),
    note="the log itself is in it, too, in Base64",
    example="id=5 logid=7",
    source=_SOURCE,
)

TORRENT_STATS = ActionSpec(
    name="torrent_stats",
    about="How many torrents were uploaded and deleted in each month",
    lists=(
        ListSpec(
            kind="month",
            at="uploads_by_month",
            keyed=True,
            id="type",
            title="type",
            heading="Torrents of {}",
            fields={
                "uploads": FieldSpec("uploads", COUNT),
                "remaining": FieldSpec("remaining", COUNT),
            },
        ),
    ),
    sites=("orpheus",),
    source=_SOURCE,
)


@hookimpl
def gazelled_sites(register: RegisterSite) -> None:
    """Register the site."""
    register(REDACTED)


@hookimpl
def gazelled_actions(register: RegisterAction) -> None:
    """Register the actions."""
    register(RIP_LOG)
    register(TORRENT_STATS)
