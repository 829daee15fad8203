"""What can happen at the simulated tracker, for tests of whatever can be watched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from gazelled.testing import Simulator, World
from gazelled.testing.content.forums import ForumRecord

Happening = Callable[[World], object]
"""Something that changes the world."""

_GIB = 2**30
_LONG = "A text that goes on and on. " * 40


def live(sim: Simulator) -> None:
    """Let something happen of each kind."""
    world = sim.world
    new = world.publish(
        'A "new" <set> & more',
        authors=["Séan O'Connor"],
        accession="NC_1 & 2",
        picture="https://pics.example.org/new.png",
        tags=["yeast", "open.data"],
        text="Quotes &amp; [b]bold[/b] <b>",
        seeders=5,
    )
    _own(world, 54, 56, 57)
    world.publish(group=1, format="BAM", uploader="power1")
    world.set_peers(1, seeders=9, snatched=99)
    world.edit(2, title="Edited & <renamed>")
    world.user("me").snatched.add(new.id)
    world.bookmark(new.group.id)
    world.collages.add(1, new.group.id)
    for number in range(1, 4):
        world.comments.write(1, f"Says & <{number}>")
    world.comments.edit(world.comments.on("torrents", 1)[-1].id, "Says it better")
    world.requests.ask('Wanted & "soon"', authors=["Ada & Co"], tags=["dna"])
    world.requests.vote(1)
    world.requests.fill(1, 1)
    world.requests.vote(4, user="me")
    world.requests.fill(4, 1)
    conversation = world.send("Hello & <you>", "A [b]word[/b] & more")
    world.reply(conversation.id, "Another")
    world.reply(3, "Another")
    world.announce("News & <angle>", "n & [b]m[/b]")
    world.write_blog("Blog & <angle>", "n & m")
    for place in (1, 2):
        world.forums.open("Why & <how>?", "First & <last>", forum=place)
    world.forums.reply(1, "Says & <more>")
    world.forums.edit(world.forums.threads[1].first.id, "Says it better")
    world.forums.edit(next(world.forums.by(5))[1].id, "Says it better")
    world.forums.subscribe(1)
    world.wiki.edit(2, "Be & stay [b]kind[/b]")


@dataclass(frozen=True)
class Life:
    """
    What can happen to what a watch sees, each as exactly one thing to tell.

    Attributes:
        begins: What was before the first look.
        appears: Something new comes.
        match: What that fits, as one writes it.
        field: A field that changes.
        changes: It does so, of one thing.
        goes: One thing goes.
        if_: A condition that nothing fulfils at first.
        until: What ends it; nothing if it ends when the condition isn't so any more.
        raises: One thing fulfils it.
        clears: It does no longer.

    """

    if_: str
    raises: Happening
    clears: Happening
    appears: Happening | None = None
    match: str = ""
    field: str = ""
    changes: Happening | None = None
    goes: Happening | None = None
    until: str = ""
    begins: Happening = lambda _: None


def _torrents(
    appears: Happening, goes: Happening | None, *, number: int = 1, begins: Happening | None = None
) -> Life:
    """Return what happens in a list of torrents, to the one with this number."""
    return Life(
        begins=begins or (lambda _: None),
        appears=appears,
        match='match.tags.any = ["quantum"]',
        field="snatches",
        changes=lambda world: world.set_peers(number, snatched=77),
        goes=goes,
        if_="leechers >= 20",
        until="leechers < 10",
        raises=lambda world: world.set_peers(number, leechers=25),
        clears=lambda world: world.set_peers(number, leechers=3),
    )


def _upload(world: World) -> None:
    world.publish('A "quantum" set', tags=["quantum", "dna"], accession="NC_7", seeders=9)


def _own(world: World, *numbers: int) -> None:
    for number in numbers:
        world.torrents[number].uploader = world.user("me").id


def _collect(world: World) -> None:
    new = world.publish("A set to keep", tags=["quantum"], time=world.groups[2].time)
    world.collages.add(1, new.group.id)
    world.bookmark(new.group.id)


def _group_of(world: World, torrent: int) -> int:
    return world.torrents[torrent].group.id


def _more_formats(world: World) -> None:
    world.edit(1, tags=["quantum"])
    for form in ("BAM", "CRAM"):
        world.publish(group=1, format=form)


def _retitle(world: World, title: str) -> None:
    world.edit(max(world.groups), title=title)


def _author(world: World, name: str) -> None:
    world.authors["Barbara McClintock"].name = name


def _own_post(world: World, text: str) -> None:
    _, post = next(world.forums.by(5))
    world.forums.edit(post.id, text)


def _last_post(world: World, text: str) -> None:
    world.forums.edit(world.forums.threads[1].last.id, text)


def _say(world: World, text: str) -> None:
    world.conversations[3].messages[0].body = text


def _enable(world: World, *, enabled: bool) -> None:
    world.user("donor1").enabled = enabled


def _figures(world: World, **told: int) -> None:
    for name, value in told.items():
        setattr(world.user("me"), name, value * _GIB)


def _share(world: World, *torrents: int) -> None:
    world.user("me").seeding = {*torrents}


def _read_all(world: World) -> None:
    for conversation in world.conversations.values():
        conversation.unread.clear()


def _announced(world: World, text: str) -> None:
    world.news[-1].body = text


def _leave(world: World, conversation: int) -> None:
    world.conversations[conversation].members.discard(world.user("me").id)


def _mark(world: World, conversation: int, *, sticky: bool) -> None:
    marked, me = world.conversations[conversation].sticky, world.user("me").id
    (marked.add if sticky else marked.discard)(me)


def _unread(world: World, conversation: int, *, unread: bool) -> None:
    marked, me = world.conversations[conversation].unread, world.user("me").id
    (marked.add if unread else marked.discard)(me)


def _answered(world: World) -> None:
    world.forums.reply(1, "Says & <more>")


def _read(world: World, thread: int) -> None:
    world.forums.mark_read(world.user("me").id, thread)


def _locked(world: World, thread: int) -> None:
    world.forums.threads[thread].locked = True


def _open_forum(world: World) -> None:
    world.forums.places[9] = ForumRecord(9, 5, "Quantum biology", "New")
    world.forums.open("First!", "Hello", forum=9)


def _tag(world: World, count: int) -> None:
    for number, group in enumerate(world.groups.values()):
        group.tags = [tag for tag in group.tags if tag != "quantum"]
        if number < count:
            group.tags.append("quantum")


def _in_top(world: World, name: str, up: int, down: int) -> None:
    user = world.user(name)
    user.uploaded, user.downloaded = up * _GIB, down * _GIB


def _a_week_of(world: World) -> None:
    """Leave few torrents in the week, so that none leaves or enters it by the hour."""
    for torrent in world.torrents.values():
        torrent.seeders = 0
    world.publish("Of this week", tags=["dna"], seeders=4, leechers=2)
    world.publish("Of this week, too", tags=["dna"], seeders=3)


def _vote(world: World, request: int) -> None:
    world.requests.vote(request, user="me")


def _votes(world: World) -> None:
    for each in ("mod1", "uploader1", "power1"):
        world.requests.vote(7, user=each)


def _withdraw(world: World, request: int) -> None:
    del world.requests.all[request].votes[world.user("me").id]


def _platform(world: World, name: str) -> None:
    world.ontology["SEQ"]["Platforms"]["99"] = name


_WIKI = Life(
    field="revision",
    changes=lambda world: world.wiki.edit(2, f"Be [b]kind[/b] & fair. {_LONG}"),
    if_='author == "root"',
    raises=lambda world: world.wiki.edit(2, "All new", author="root"),
    clears=lambda world: world.wiki.edit(2, "As it was"),
)

_COMMENT = f"Quantum [b]noise[/b] & <more>. {_LONG}"

LIVES: dict[str, Life] = {
    "account": Life(
        begins=lambda world: _figures(world, uploaded=20, downloaded=10),
        field="messages",
        changes=lambda world: world.send("Hello"),
        if_="ratio < 1.0",
        until="ratio >= 1.1",
        raises=lambda world: _figures(world, uploaded=8),
        clears=lambda world: _figures(world, uploaded=11),
    ),
    "my_uploads": _torrents(
        lambda world: world.publish('My "quantum" set', tags=["quantum"], uploader="me"),
        lambda world: world.delete(60),
        number=58,
        begins=lambda world: _own(world, 58, 60),
    ),
    "browse": _torrents(_upload, lambda world: world.delete(5)),
    "torrent id=1": _torrents(_upload, None),
    "torrentgroup id=1": _torrents(
        lambda world: world.publish(group=1, format="GFF"),
        lambda world: world.delete(1),
        number=62,
        begins=_more_formats,
    ),
    "tcomments id=1": Life(
        appears=lambda world: world.comments.write(1, _COMMENT),
        match='match.author = "mod1"',
        field="text",
        changes=lambda world: world.comments.edit(1, _COMMENT),
        goes=lambda world: world.comments.delete(1),
        if_='"spam" in text',
        raises=lambda world: world.comments.edit(2, "Buy spam"),
        clears=lambda world: world.comments.edit(2, "Sorry"),
    ),
    "collage id=1": _torrents(
        _collect, lambda world: world.collages.remove(1, _group_of(world, 1)), number=1
    ),
    "request id=1": Life(
        field="votes",
        changes=lambda world: world.requests.vote(1),
        if_="filled",
        raises=lambda world: world.requests.fill(1, 1),
        clears=lambda world: world.requests.unfill(1),
    ),
    "requests": Life(
        appears=lambda world: world.requests.ask("Wanted & soon", authors=["Ada & Co"]),
        match='match.requester = "me"',
        field="votes",
        changes=lambda world: world.requests.vote(2),
        goes=lambda world: world.requests.delete(3),
        if_='filled and requester == "power1"',
        raises=lambda world: world.requests.fill(2, 1),
        clears=lambda world: world.requests.unfill(2),
    ),
    "requests type=voted": Life(
        appears=lambda world: _vote(world, 2),
        match='match.requester = "power1"',
        field="filled",
        changes=lambda world: world.requests.fill(1, 1),
        goes=lambda world: _withdraw(world, 7),
        if_="votes >= 4",
        raises=_votes,
        clears=lambda world: [world.requests.all[7].votes.pop(each) for each in (4, 5, 6)],
    ),
    "top10 details=week": _torrents(_upload, None, number=62, begins=_a_week_of),
    "top10 type=tags": Life(
        appears=lambda world: _tag(world, 50),
        match='match.list = "ut"',
        field="uses",
        changes=lambda world: world.publish("One more", tags=["yeast"]),
        if_='list == "ut" and uses > 55',
        raises=lambda world: _tag(world, 60),
        clears=lambda world: _tag(world, 50),
    ),
    "top10 type=users": Life(
        begins=lambda world: _in_top(world, "me", 1, 1),
        appears=lambda world: _in_top(world, "me", 9, 6),
        match="match.ratio.min = 1",
        field="downloaded",
        changes=lambda world: _in_top(world, "power1", 20, 9),
        if_="ratio < 1",
        raises=lambda world: _in_top(world, "power1", 20, 30),
        clears=lambda world: _in_top(world, "power1", 40, 30),
    ),
    "user id=2": Life(
        begins=lambda world: _figures(world, uploaded=20, downloaded=10),
        field="seeding",
        changes=lambda world: _share(world, 1, 2),
        if_="ratio < 1",
        raises=lambda world: _figures(world, uploaded=8),
        clears=lambda world: _figures(world, uploaded=11),
    ),
    "usersearch search=r1": Life(
        appears=lambda world: world.users.update(
            {99: replace(world.users[4], id=99, name="star1")}
        ),
        match='match.user_class = "Moderator"',
        field="enabled",
        changes=lambda world: _enable(world, enabled=False),
        goes=lambda world: setattr(world.user("power1"), "name", "gone"),
        if_="not enabled",
        raises=lambda world: _enable(world, enabled=False),
        clears=lambda world: _enable(world, enabled=True),
    ),
    "community_stats userid=2": Life(
        field="seeding",
        changes=lambda world: _share(world, 1, 2),
        if_="seeding <= 1",
        raises=lambda world: _share(world, 1),
        clears=lambda world: _share(world, 1, 2, 3),
    ),
    "user_recents userid=5": Life(
        begins=lambda world: world.publish("With a picture", picture="https://a.example/1.png"),
        appears=lambda world: world.publish("Quantum & <x>", picture="https://a.example/2.png"),
        match='match.title = "quantum"',
        if_='"retracted" in title',
        raises=lambda world: _retitle(world, "Retracted: a set"),
        clears=lambda world: _retitle(world, "A set again"),
    ),
    "userhistory type=posts userid=5": Life(
        appears=lambda world: world.forums.reply(1, _COMMENT, author="uploader1"),
        match='match.title = "yeast"',
        field="text",
        changes=lambda world: _own_post(world, _COMMENT),
        goes=lambda world: world.forums.delete(next(world.forums.by(5))[1].id),
        if_='"spam" in text',
        raises=lambda world: _own_post(world, "Buy spam"),
        clears=lambda world: _own_post(world, "Sorry"),
    ),
    "inbox": Life(
        appears=lambda world: world.send("Hello & <you>", _COMMENT),
        match='match.sender = "mod1"',
        field="unread",
        changes=lambda world: _unread(world, 3, unread=True),
        goes=lambda world: _leave(world, 1),
        begins=_read_all,
        if_="unread",
        raises=lambda world: world.reply(3, "Well?"),
        clears=lambda world: _unread(world, 3, unread=False),
    ),
    "inbox search=hello": Life(
        begins=lambda world: world.send("Hello to go", _COMMENT),
        appears=lambda world: world.send("Hello, mod & all", _COMMENT),
        match='match.sender = "mod1"',
        field="unread",
        changes=lambda world: _unread(world, 9, unread=False),
        goes=lambda world: _leave(world, 9),
        if_="sticky",
        raises=lambda world: _mark(world, 9, sticky=True),
        clears=lambda world: _mark(world, 9, sticky=False),
    ),
    "inbox type=sentbox": Life(
        begins=lambda world: world.send("To go", to="mod1", sender="me"),
        appears=lambda world: world.send("Dear mod & all", _COMMENT, to="mod1", sender="me"),
        match='match.recipient = "mod1"',
        field="sticky",
        changes=lambda world: _mark(world, 9, sticky=True),
        goes=lambda world: _leave(world, 9),
        if_="sticky",
        raises=lambda world: _mark(world, 9, sticky=True),
        clears=lambda world: _mark(world, 9, sticky=False),
    ),
    "inbox type=viewconv id=3": Life(
        begins=lambda world: world.reply(3, "First"),
        appears=lambda world: world.reply(3, _COMMENT),
        match='match.sender = "mod1"',
        field="text",
        changes=lambda world: _say(world, _COMMENT),
        goes=lambda world: world.conversations[3].messages.pop(),
        if_='"urgent" in text',
        raises=lambda world: _say(world, "It is urgent"),
        clears=lambda world: _say(world, "It was"),
    ),
    "get_user_notifications": Life(
        begins=_read_all,
        appears=lambda world: world.announce("Seeders & leechers <wanted>"),
        match='match.type = "News"',
        field="title",
        changes=lambda world: setattr(world.news[-1], "title", "Better words"),
        if_='type == "Inbox"',
        raises=lambda world: world.send("Hello"),
        clears=_read_all,
    ),
    "notifications": _torrents(_upload, lambda world: world.delete(5), number=5),
    "announcements": Life(
        appears=lambda world: world.write_blog("Blog & <angle>", _COMMENT),
        match='match.text = "quantum noise"',
        field="text",
        changes=lambda world: _announced(world, _COMMENT),
        if_='"down" in text',
        raises=lambda world: _announced(world, "The site is down on Sunday"),
        clears=lambda world: _announced(world, "All is well"),
    ),
    "bookmarks": _torrents(_collect, lambda world: world.user("me").bookmarks.discard(1), number=1),
    "bookmarks type=artists": Life(
        appears=lambda world: world.user("me").author_bookmarks.add(world.author("Ada & Co").id),
        match='match.title = "ada co"',
        goes=lambda world: world.user("me").author_bookmarks.pop(),
        if_='"retired" in title',
        raises=lambda world: _author(world, "B. McClintock (retired)"),
        clears=lambda world: _author(world, "Barbara McClintock"),
    ),
    "subscriptions": Life(
        begins=lambda world: world.forums.reply(5, "So?"),
        appears=_answered,
        match='match.forum = "Chat"',
        field="title",
        changes=lambda world: setattr(world.forums.threads[5], "title", "Solved & <done>"),
        if_='forum == "Chat"',
        raises=_answered,
        clears=lambda world: _read(world, 1),
    ),
    "subscriptions showunread=no": Life(
        appears=_answered,
        match='match.forum = "Chat"',
        field="locked",
        changes=lambda world: _locked(world, 5),
        goes=lambda world: world.forums.unsubscribe(5),
        if_="unread",
        raises=_answered,
        clears=lambda world: _read(world, 1),
    ),
    "forum": Life(
        appears=_open_forum,
        match='match.section = "Community"',
        field="posts",
        changes=_answered,
        goes=lambda world: world.forums.places.pop(4),
        if_='last_author == "donor1"',
        raises=lambda world: world.forums.reply(1, "I", author="donor1"),
        clears=_answered,
    ),
    "forum type=viewforum forumid=1": Life(
        appears=lambda world: world.forums.open("Why & <how>?", _COMMENT, forum=1),
        match='match.title = "why how"',
        field="posts",
        changes=lambda world: world.forums.reply(3, _COMMENT),
        goes=lambda world: world.forums.threads.pop(3),
        if_='last_author == "donor1"',
        raises=lambda world: world.forums.reply(3, "I", author="donor1"),
        clears=lambda world: world.forums.reply(3, "You"),
    ),
    "forum type=viewthread threadid=1": Life(
        appears=lambda world: world.forums.reply(1, _COMMENT),
        match='match.author = "mod1"',
        field="text",
        changes=lambda world: _last_post(world, _COMMENT),
        goes=lambda world: world.forums.delete(world.forums.threads[1].last.id),
        if_='"spam" in text',
        raises=lambda world: _last_post(world, "Buy spam"),
        clears=lambda world: _last_post(world, "Sorry"),
    ),
    "wiki id=2": _WIKI,
    "wiki name=rules": _WIKI,
    "stats": Life(
        field="requests",
        changes=lambda world: world.requests.ask("Wanted & soon"),
        if_="torrents > 61",
        raises=lambda world: world.publish("One more"),
        clears=lambda world: world.delete(62),
    ),
    "ontology": Life(
        appears=lambda world: _platform(world, "Quantum"),
        match='match.category = "Sequences"',
        field="title",
        changes=lambda world: world.ontology["RAW"].update({"Name": "Machine Learning"}),
        goes=lambda world: world.ontology["SEQ"]["Formats"]["NucleoSeq"].pop("BAM"),
        if_='"quantum" in title',
        raises=lambda world: _platform(world, "Quantum"),
        clears=lambda world: world.ontology["SEQ"]["Platforms"].pop("99"),
    ),
}
"""What can happen to each thing that can be watched, by the name of its shape."""
