"""
Your conversations: boxes, and one of them.

`bb_body` is BBCode, `body` the same as HTML. Known from recorded answers of the public
application, and its templates.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal, TypedDict, Unpack

from gazelled.tracker.catalogue.action import Action, Effect, Parameter
from gazelled.tracker.catalogue.endpoint import endpoint, paged_endpoint
from gazelled.tracker.catalogue.listing import ItemList, Listing, Paging
from gazelled.tracker.catalogue.params import DOCUMENTED, Marking, Number, Stop, parameters, same
from gazelled.tracker.catalogue.tables import AnswerTable
from gazelled.tracker.decoding.plan import field
from gazelled.tracker.decoding.schema import AnswerModel, Model
from gazelled.tracker.decoding.types import Count, Escaped, Flag, Id, Known, Text, Time

_LIST = {"type": ("", "inbox", "sentbox")}
_VIEWCONV = {"type": ("viewconv",)}
_PAGES = Paging(25, note="sticky ones come first, then the newest")


class InboxParams(TypedDict, total=False):
    """`inbox`, one page."""

    type: Annotated[
        Literal["inbox", "sentbox"],
        Parameter(
            "which box, or viewconv for one conversation",
            values=same("inbox", "sentbox", "viewconv"),
            default="inbox",
        ),
    ]
    search: Annotated[str, Parameter("words to look for", only=_LIST)]
    searchtype: Annotated[
        Literal["subject", "message", "user"],
        Parameter("where to look", default="subject", needs=("search",)),
    ]
    sort: Annotated[Literal["unread"], Parameter("unread first", only=_LIST)]
    page: Annotated[Number, Parameter("the page, from 1", number=True, default="1", only=_LIST)]


class InboxTurning(InboxParams, Stop):
    """`inbox`, page by page."""


class ViewConvParams(Marking):
    """`inbox` with `type=viewconv`."""

    id: Annotated[Number, Parameter("a conversation", number=True, only=_VIEWCONV)]


class Conversation(Model):
    """A conversation in a list; the system has no id and no name."""

    conv_id: Id = field(column="conversation")
    date: Time = field(column=True)
    username: Text | None = field(rule="sender", column="with")
    subject: Escaped = field(column=True)
    unread: Flag = field(rule=True, column=True)
    sticky: Flag = field(rule=True)
    forwarded_id: Known | None
    forwarded_name: Text | None
    sender_id: Known | None
    avatar: Text | None
    donor: Flag
    warned: Flag
    enabled: Flag


class Inbox(AnswerModel):
    """`inbox`: 25 conversations a page, sticky ones first."""

    current_page: Count
    pages: Count
    messages: tuple[Conversation, ...]


class Message(Model):
    """A message of a conversation; `bb_body` is plain, and `[Encrypted]` while the site can't."""

    message_id: Id = field(column="message")
    sent_date: Time = field(column="date")
    sender_name: Text = field(rule="sender", column="from")
    bb_body: Text = field(rule="text", column="text", written="bbcode")
    body: Text
    sender_id: Known | None
    avatar: Text | None


class ViewConv(AnswerModel):
    """`inbox` with `type=viewconv`: one conversation, which it marks as read."""

    conv_id: Known
    subject: Escaped
    sticky: Flag
    messages: tuple[Message, ...]


_CONVERSATION = ItemList(
    Inbox,
    "messages",
    kind="conversation",
    id="conv_id date",
    title="subject",
    url="inbox.php?action=viewconv&id={convId}",
    time="date",
)
CONVERSATIONS = Listing(
    lists=(_CONVERSATION,),
    order="time",
    paging=_PAGES,
    front="sticky",
    when={"type": ("", "inbox"), "search": ("",), "sort": ("",)},
    fixed=("id", "page", "sort"),
    orders=("sort",),
    announced_by=("Inbox",),
)
SOME_CONVERSATIONS = replace(
    CONVERSATIONS, when={"type": ("", "inbox")}, announced_by=(), example="search=hello"
)
"""Those that one looks for: whether one is new here can't be told from what is unread."""
SENT = replace(
    CONVERSATIONS,
    # What the tracker calls the sender is whom one wrote to.
    lists=(replace(_CONVERSATION, renamed={"sender": "recipient"}),),
    when={"type": ("sentbox",)},
    announced_by=(),
    example="type=sentbox",
)
MESSAGES = Listing(
    lists=(
        ItemList(
            ViewConv,
            "messages",
            kind="message",
            beside="conv_id subject",
            id="message_id",
            title="subject",
            url="inbox.php?action=viewconv&id={convId}#message{messageId}",
            time="sent_date",
            body="bb_body",
        ),
    ),
    when=_VIEWCONV,
    example="type=viewconv id=3",
)

ACTIONS = (
    Action(
        "inbox",
        "Your conversations, or one of them",
        parameters(InboxParams, ViewConvParams),
        effects=(Effect("the conversation", _VIEWCONV),),
        note="listing leaves messages unread",
        example="sort=unread",
        pages_by="type",
        source=DOCUMENTED,
        listings=(CONVERSATIONS, SOME_CONVERSATIONS, SENT, MESSAGES),
        tables=(
            AnswerTable(
                Inbox,
                "messages",
                id="conv_id",
                when=_LIST,
                paging=_PAGES,
            ),
            AnswerTable(ViewConv, "messages", when=_VIEWCONV),
        ),
    ),
)


def _turning(**_: Unpack[InboxTurning]) -> None: ...


class MessagesEndpoints:
    """The endpoints of your conversations."""

    @paged_endpoint(Inbox, Conversation, CONVERSATIONS, _turning, "inbox")
    def inbox(self, **params: Unpack[InboxParams]) -> None:
        """Your conversations; they stay unread."""

    @endpoint(ViewConv, "inbox", type="viewconv")
    def inbox_viewconv(self, **params: Unpack[ViewConvParams]) -> None:
        """One conversation, which is marked as read."""
