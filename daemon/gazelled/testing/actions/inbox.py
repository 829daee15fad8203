"""The action `inbox`: lists of conversations, and one of them, which is read thereby."""

from __future__ import annotations

from gazelled.testing.content.records import ConversationRecord, MessageRecord, UserRecord
from gazelled.testing.site.exchange import SimulatedReply
from gazelled.testing.site.php import entities, is_number, render, to_int, when
from gazelled.testing.site.visit import Visit

_PAGE = 25


def inbox(visit: Visit) -> SimulatedReply:
    """List the conversations, sticky ones first, or show one and mark it read."""
    match visit.param("type"):
        case "viewconv":
            return _conversation(visit)
        case "" | "inbox" | "sentbox" as box:
            return _list(visit, sent=box == "sentbox")
    return visit.error_page()


def _list(visit: Visit, *, sent: bool) -> SimulatedReply:
    me = visit.user.id
    unread_first = visit.param("sort") == "unread"
    rows: list[tuple[ConversationRecord, MessageRecord]] = []
    for conversation in visit.world.conversations.values():
        mine = conversation.sent(me) if sent else conversation.received(me)
        if (
            me in conversation.members - conversation.deleted
            and mine
            and _wanted(visit, conversation)
        ):
            rows.append((conversation, mine[-1]))
    rows.sort(key=lambda pair: (pair[1].time, pair[0].id), reverse=True)
    if unread_first:
        rows.sort(key=lambda pair: me not in pair[0].unread)
    rows.sort(key=lambda pair: me not in pair[0].sticky)
    page = max(to_int(visit.param("page") or "1"), 1)
    response = {
        "currentPage": page,
        "pages": -(-len(rows) // _PAGE),
        "messages": [
            _row(visit, conversation, message)
            for conversation, message in rows[(page - 1) * _PAGE : page * _PAGE]
        ],
    }
    return visit.success(response, info=False)


def _wanted(visit: Visit, conversation: ConversationRecord) -> bool:
    words = visit.param("search").casefold().split()
    match visit.param("searchtype"):
        case "message":
            text = " ".join(message.body for message in conversation.messages)
        case "user":
            text = " ".join(
                visit.world.users[user].name for user in conversation.members - {visit.user.id, 0}
            )
        case _:
            text = conversation.subject
    return all(word in text.casefold() for word in words)


def _row(
    visit: Visit, conversation: ConversationRecord, message: MessageRecord
) -> dict[str, object]:
    other = _other(visit, conversation)
    return {
        "convId": conversation.id,
        "subject": entities(conversation.subject),
        "unread": visit.user.id in conversation.unread,
        "sticky": visit.user.id in conversation.sticky,
        "forwardedId": 0,
        "forwardedName": "",
        "senderId": other.id if other else 0,
        "username": other.name if other else "",
        "avatar": other.avatar if other else "",
        "donor": other is not None and other.exempt and other.id > 1,
        "warned": False,
        "enabled": other is None or other.enabled,
        "date": when(message.time),
    }


def _other(visit: Visit, conversation: ConversationRecord) -> UserRecord | None:
    others = conversation.members - {visit.user.id, 0}
    return visit.world.users[min(others)] if others else None


def _conversation(visit: Visit) -> SimulatedReply:
    number = visit.param("id")
    conversation = visit.world.conversations.get(int(number)) if is_number(number) else None
    if conversation is None or visit.user.id not in conversation.members:
        return visit.error_page()
    conversation.unread.discard(visit.user.id)
    response = {
        "convId": conversation.id,
        "subject": entities(conversation.subject),
        "sticky": visit.user.id in conversation.sticky,
        "messages": [_message(visit, message) for message in conversation.messages],
    }
    return visit.success(response, info=False)


def _message(visit: Visit, message: MessageRecord) -> dict[str, object]:
    body = "[Encrypted]" if visit.sealed else message.body
    return {
        "messageId": message.id,
        "senderId": message.sender,
        "senderName": visit.world.users[message.sender].name if message.sender else "System",
        "sentDate": when(message.time),
        "avatar": "",
        "bbBody": body,
        "body": render(body),
    }
