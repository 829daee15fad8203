"""What the simulated site begins with."""

from __future__ import annotations

from datetime import datetime, timedelta

from gazelled.testing.content import library, talk
from gazelled.testing.content.empty_world import EmptyWorld
from gazelled.testing.content.records import CATEGORIES, UserRecord, digest

_GIB = 2**30
_MIB = 2**20


def furnish(world: EmptyWorld) -> None:
    """Fill an empty world; everything in it is older than the clock's now."""
    start = world.clock.now().replace(microsecond=0)
    _people(world, start)
    world.filters.create("Yeast", ["yeast"], user="me")
    world.filters.create("Everything", user="power1")
    world.filters.create("Imaging", ["imaging", "mri"], user="donor1")
    _data_sets(world, start)
    _texts(world, start)
    _messages(world, start)
    _forums(world, start)
    _requests(world, start)
    _collections(world, start)


def _people(world: EmptyWorld, start: datetime) -> None:
    for number, (name, klass, password) in enumerate(_PEOPLE, start=1):
        world.users[number] = UserRecord(
            id=number,
            name=name,
            password=password,
            klass=klass,
            authkey=digest("authkey", name),
            passkey=digest("passkey", name),
            joined=start - timedelta(days=200),
            last_access=start,
        )
    me = world.user("me")
    me.downloaded, me.required_ratio = 10 * _GIB, 0.05
    me.profile, me.title = "About [b]me[/b] & <you>", "Curious"
    me.bookmarks, me.friends = {1}, {world.user("uploader1").id}
    me.seeding, me.leeching, me.snatched = {1, 4, 9, 25}, {49}, {1, 4, 9, 25}
    world.user("uploader1").uploaded, world.user("uploader1").downloaded = 5 * 2**40, 0
    world.user("power1").seeding = {1, 2, 3}
    world.user("power1").takes_recommendations = True
    world.user("disabled1").enabled = False
    world.user("unconfirmed1").confirmed = False
    world.user("twofa1").totp = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    world.user("shy1").paranoia = 7


def _data_sets(world: EmptyWorld, start: datetime) -> None:
    first = start - timedelta(hours=12 * len(library.ROWS))
    group: int | None = None
    for number, row in enumerate(library.ROWS, start=1):
        lab, location = library.LABS[number % len(library.LABS)]
        names = library.AUTHORS[number % 7 : number % 7 + 1 + number % 2]
        torrent = world.publish(
            row.title,
            group=None if row.title else group,
            organism=row.organism,
            strain=row.strain,
            category=row.category or "Sequences",
            platform=row.platform,
            format=row.format,
            license=row.license,
            scope=row.scope,
            tags=row.tags.split(" "),
            authors=names if row.tags else (),
            lab=lab,
            location=location,
            picture=f"https://pics.example.org/{number}.png" if number % 6 == 0 else "",
            accession=f"NC_{number + 10:06}.1" if number % 3 else "",
            year=2001 + number % 20,
            size=int(row.gib * _GIB) + number,
            files=1 + number % 4,
            seeders=number % 7,
            leechers=number % 3,
            snatched=number * 5 % 37,
            anonymous=number == 13,  # noqa: PLR2004 - one of them
            freeleech=int(number % 10 == 0),
            annotated=number % 4 == 0,
            archive=("", "gzip", "zip", "7z")[number % 4],
            text=f"[b]{row.title}[/b]\nSee [url=https://example.org/{number}]the paper[/url].",
            time=first + timedelta(hours=12 * number - 1),
        )
        group = torrent.group.id


def _texts(world: EmptyWorld, start: datetime) -> None:
    for age, (title, body) in zip(range(len(library.NEWS), 0, -1), library.NEWS, strict=True):
        world.announce(title, body, time=start - timedelta(days=3 * age))
    for age, (title, body) in zip(range(len(library.BLOG), 0, -1), library.BLOG, strict=True):
        time = start - timedelta(days=5 * age)
        world.write_blog(title, body, time=time, important=title in library.IMPORTANT)
    newbie = world.user("newbie1")
    newbie.read_news, newbie.read_blog = world.news[-1].id, world.blog[-1].id
    for days, (title, body, staff) in enumerate(talk.ARTICLES, start=1):
        world.wiki.write(title, body, staff=staff, time=start - timedelta(days=150 - days))


def _messages(world: EmptyWorld, start: datetime) -> None:
    ages = range(len(library.MESSAGES), 0, -1)
    for age, (sender, subject, body) in zip(ages, library.MESSAGES, strict=True):
        at = start - timedelta(hours=7 * age)
        conversation = world.send(subject, body, sender=sender, time=at)
        if age % 2:
            conversation.unread.clear()
    world.conversations[3].sticky.add(world.user("me").id)
    world.send("Question about W303", "Which lab?", to="mod1", sender="me", time=start)
    world.send("Hi donor", "Thank you.", to="donor1", time=start)


def _forums(world: EmptyWorld, start: datetime) -> None:
    speakers = ("me", "uploader1", "power1", "mod1")
    for number, (forum, title, replies) in enumerate(talk.THREADS, start=1):
        at = start - timedelta(days=30 - 2 * number)
        first, author = f"First post of thread {number}", speakers[number % 2]
        thread = world.forums.open(title, first, forum=forum, author=author, time=at)
        for reply in range(1, replies + 1):
            body = talk.REPLIES[reply % len(talk.REPLIES)]
            at += timedelta(minutes=10)
            world.forums.reply(thread.id, body, author=speakers[reply % 4], time=at)
    for thread_id in (1, 5):
        world.forums.subscribe(thread_id)


def _requests(world: EmptyWorld, start: datetime) -> None:
    askers, names = ("me", "power1", "uploader1"), [*world.authors]
    for number in range(1, talk.REQUESTS + 1):
        wish = talk.WISHES[number % len(talk.WISHES)]
        at = start - timedelta(hours=11 * (talk.REQUESTS + 1 - number))
        request = world.requests.ask(
            f"Request {number}: {wish}",
            author=askers[(number - 1) % 3],
            category=CATEGORIES[number % len(CATEGORIES)],
            authors=[names[number % len(names)]],
            tags=talk.REQUEST_TAGS[number % len(talk.REQUEST_TAGS)].split(),
            bounty=100 * number * _MIB,
            time=at,
        )
        if number % 4 == 0:
            for voter in ("donor1", askers[number % 3]):
                world.requests.vote(request.id, user=voter, bounty=100 * _MIB, time=at)
    world.requests.fill(4, 5, time=start - timedelta(minutes=17))
    world.user("me").request_bookmarks.add(2)


def _collections(world: EmptyWorld, start: datetime) -> None:
    me, hour = world.user("me"), start - timedelta(hours=1)
    yeast = [group.id for group in world.groups.values() if group.title.startswith("Saccharomyces")]
    genomes = world.collages.create(
        "Yeast genomes", "All [b]yeast[/b]", groups=[yeast[0], *yeast[2:6]]
    )
    genomes.subscribers.add(me.id)
    me.collage_bookmarks.add(genomes.id)
    world.collages.create("Empty", "Nothing yet", kind="Staff Picks")
    gone = world.collages.create("Deleted one", "x", kind="Staff Picks")
    world.collages.delete(gone.id)
    me.author_bookmarks.update(
        world.authors[name].id for name in ("Barbara McClintock", "Séan O'Connor")
    )
    speakers = ("me", "uploader1", "power1")
    for number in range(1, talk.COMMENTS + 1):
        body, author = f"Comment {number} [b]b[/b] & <x>", speakers[number % 3]
        at = start - timedelta(hours=12, minutes=-number)
        world.comments.write(1, body, author=author, time=at)
    world.comments.write(1, "request comment", page="requests", author="me", time=hour)
    world.comments.write(genomes.id, "collage comment", page="collages", author="me", time=hour)


_PEOPLE = (
    ("root", "Sysop", "root-password-123456"),
    ("me", "User", "me-password-123456"),
    ("donor1", "Donor", "donor-password-123456"),
    ("mod1", "Moderator", "mod-password-1234567"),
    ("uploader1", "Power User", "uploader-password-1234"),
    ("power1", "Power User", "power-password-123456"),
    ("disabled1", "User", "disabled-password-1234"),
    ("twofa1", "User", "twofa-password-123456"),
    ("unconfirmed1", "User", "unconfirmed-password-1"),
    ("newbie1", "User", "newbie-password-1234"),
    ("shy1", "User", "shy-password-1234567"),
)
