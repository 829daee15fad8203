"""The wiki, and the site's BBCode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, TypedDict, Unpack

from gazelled.tracker.catalogue.action import Action, Parameter
from gazelled.tracker.catalogue.endpoint import endpoint
from gazelled.tracker.catalogue.listing import ItemList, Listing
from gazelled.tracker.catalogue.params import DOCUMENTED, Number, parameters
from gazelled.tracker.decoding.plan import field
from gazelled.tracker.decoding.reading import Reading
from gazelled.tracker.decoding.schema import AnswerModel
from gazelled.tracker.decoding.types import Commas, Count, Escaped, Known, Text, Time


class WikiParams(TypedDict, total=False):
    """`wiki`."""

    id: Annotated[Number, Parameter("its number", number=True)]
    name: Annotated[str, Parameter("its name, in either case")]


class PreviewParams(TypedDict):
    """`preview`."""

    body: Annotated[str, Parameter("the BBCode")]


class Wiki(AnswerModel):
    """`wiki`: a page, `bb_body` in BBCode and `body` in HTML."""

    title: Escaped
    revision: Count = field(rule=True)
    author_id: Known = field(key="authorID")
    author_name: Text = field(rule="author")
    date: Time
    aliases: Commas
    bb_body: Escaped = field(rule="text", written="bbcode")
    body: Text


class Preview(AnswerModel):
    """`preview`: HTML; the tracker sends it bare, which isn't an answer of the API."""

    html: Text

    @classmethod
    def arrange(cls, raw: object, reading: Reading) -> Mapping[str, object]:
        """Return the text with a key."""
        return {"html": raw} if isinstance(raw, str) else super().arrange(raw, reading)


def _page(known_by: str) -> Listing:
    """Return how a page is read that is asked for by its number or its name."""
    page = ItemList(
        Wiki,
        "",
        kind="wiki page",
        beside=known_by,
        id=known_by,
        title="title",
        url=f"wiki.php?action=article&{known_by}={{{known_by}}}",
        time="date",
        body="bb_body",
    )
    return Listing((page,), order="value", when={known_by: ("*",)})


ACTIONS = (
    Action(
        "wiki",
        "A wiki page",
        parameters(WikiParams),
        one_of=("id", "name"),
        login="cookie",
        blind="A token may read no page of the wiki.",
        note="some pages are for the staff only; names ignore case",
        example="name=rules",
        source=DOCUMENTED,
        listings=(
            replace(_page("id"), example="id=2"),
            replace(_page("name"), example="name=rules"),
        ),
    ),
    Action(
        "preview",
        "BBCode rendered as HTML",
        parameters(PreviewParams),
        post=True,
        state="broken",
        note="answers bare HTML, and claims that it is JSON",
        example='body="[b]bold[/b]"',
        source=DOCUMENTED,
    ),
)


class WikiEndpoints:
    """The endpoints of the wiki."""

    @endpoint(Wiki, "wiki")
    def wiki(self, **params: Unpack[WikiParams]) -> None:
        """A wiki page."""

    @endpoint(Preview, "preview")
    def preview(self, **params: Unpack[PreviewParams]) -> None:
        """BBCode as HTML; broken at BioTorrents.de."""
