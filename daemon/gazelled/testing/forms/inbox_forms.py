"""The forms of the inbox: writing, changing several conversations, changing one."""

from __future__ import annotations

from gazelled.testing.content.records import ConversationRecord
from gazelled.testing.forms.form_visit import FormVisit
from gazelled.testing.site.exchange import SimulatedReply
from gazelled.testing.site.php import is_number

_LONGEST = 49_135
"""The bytes of a message; what is longer is cut without a word, also within a character."""


def takecompose(visit: FormVisit) -> SimulatedReply:
    """Write to someone, or answer in a conversation; the last check that fails is reported."""
    to, body, subject = (visit.post(name).strip() for name in ("toid", "body", "subject"))
    conversation = _own(visit)
    answers = bool(visit.post("convid"))
    if answers and conversation is None:
        return visit.forbid()
    if not to:
        return visit.not_there()
    if not body:
        return visit.refuse("You cannot send a message without a body.")
    if not answers and not subject:
        return visit.refuse("You cannot send a message without a subject.")
    if not all(is_number(number) for number in to.split(",")):
        return visit.refuse("A recipient does not exist." if answers else _NO_RECIPIENT)
    text = "" if visit.sealed else body.encode()[:_LONGEST].decode("utf-8", "ignore")
    recipients = {int(number) for number in to.split(",")}
    if conversation is None:
        reader = visit.world.users.get(min(recipients))
        if reader:  # else the message is lost, and success is answered
            visit.world.send(subject, text, to=reader.name, sender=visit.user.name)
    else:
        _answer(visit, conversation, recipients, text)
    return _inbox(visit)


_NO_RECIPIENT = "This recipient does not exist."


def _answer(
    visit: FormVisit, conversation: ConversationRecord, recipients: set[int], text: str
) -> None:
    """Store an answer; only those who are named and take part have it as unread."""
    unread = set(conversation.unread)
    visit.world.reply(conversation.id, text, sender=visit.user.name)
    conversation.unread = unread | (recipients & conversation.members - {visit.user.id, 0})
    conversation.deleted -= recipients | {visit.user.id}


def masschange(visit: FormVisit) -> SimulatedReply:
    """Delete conversations, or mark them unread or read: all of them or none."""
    listed = [value for name, value in visit.ask.fields if name == "messages[]"]
    if not listed:
        return visit.refuse("You forgot to select messages to delete.")
    numbers = {int(number) for number in listed if is_number(number)}
    own = [visit.world.conversations.get(number) for number in numbers]
    me = visit.user.id
    chosen = [letter for letter in own if letter is not None and me in letter.members]
    if len(chosen) != len(listed):
        return visit.invalid()
    change = next((name for name in ("delete", "unread", "read") if visit.post(name)), "")
    for conversation in chosen:
        _change(conversation, change, me)
    return _inbox(visit)


def _change(conversation: ConversationRecord, change: str, user: int) -> None:
    match change:
        case "delete":
            _delete(conversation, user)
        case "unread" if conversation.received(user) and user not in conversation.deleted:
            conversation.unread.add(user)
        case "read":
            conversation.unread.discard(user)


def takeedit(visit: FormVisit) -> SimulatedReply:
    """Change one conversation; without `sticky` it isn't sticky any more."""
    conversation = _own(visit)
    if conversation is None:
        return visit.forbid()
    me = visit.user.id
    (conversation.sticky.add if visit.post("sticky") else conversation.sticky.discard)(me)
    if visit.post("mark_unread"):
        conversation.unread.add(me)
    if visit.post("delete"):
        _delete(conversation, me)
    return _inbox(visit)


def _delete(conversation: ConversationRecord, user: int) -> None:
    """Hide a conversation from one user, until the next message."""
    conversation.deleted.add(user)
    conversation.sticky.discard(user)


def _own(visit: FormVisit) -> ConversationRecord | None:
    text = visit.post("convid")
    conversation = visit.world.conversations.get(int(text)) if is_number(text) else None
    return conversation if conversation and visit.user.id in conversation.members else None


def _inbox(visit: FormVisit) -> SimulatedReply:
    return visit.to("inbox.php?sort=unread" if visit.user.unread_first else "inbox.php")
