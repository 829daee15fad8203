"""How answers about users and the site are read: one row for each shape."""

from __future__ import annotations

from gazelled.fields import COUNT, SIZE, FieldType
from gazelled.tracker.catalogue.listing import END, Column, Listing, Source

ACCOUNT = Listing(
    sources=(
        Source(
            kind="account",
            path=(),
            one=True,
            id=(("id",),),
            title=Column(("username",)),
            heading="Your account",
            url="user.php?id={id}",
            fields={
                "username": Column(("username",)),
                "user_class": Column(("class",)),
                "uploaded": Column(("uploaded",), SIZE),
                "downloaded": Column(("downloaded",), SIZE),
                "ratio": Column(("ratio",), float),
                "required_ratio": Column(("required_ratio",), float),
                "messages": Column(("messages",), int),
                "notifications": Column(("notifications",), int),
                "new_announcement": Column(("new_announcement",), bool),
                "new_blog": Column(("new_blog",), bool),
                "new_subscriptions": Column(("new_subscriptions",), bool),
            },
        ),
    ),
    order="value",
    blind=("notifications", "new_announcement", "new_blog", "new_subscriptions"),
)

_PARANOIA = ("personal", "paranoia")


def _figure(*path: str, type_: FieldType = COUNT) -> Column:
    """Say where a figure stands that the user may hide."""
    return Column(path, type_, hidden=_PARANOIA)


USER = Listing(
    sources=(
        Source(
            kind="user",
            path=(),
            one=True,
            beside=("id",),
            id=(("id",),),
            title=Column(("username",)),
            url="user.php?id={id}",
            time=("stats", "joinedDate"),
            fields={
                "user_class": Column(("personal", "class")),
                "donor": Column(("personal", "donor"), bool),
                "warned": Column(("personal", "warned"), bool),
                "enabled": Column(("personal", "enabled"), bool),
                "uploaded": _figure("stats", "uploaded", type_=SIZE),
                "downloaded": _figure("stats", "downloaded", type_=SIZE),
                "ratio": Column(
                    ("stats", "uploaded"), float, hidden=_PARANOIA, over=("stats", "downloaded")
                ),
                "required_ratio": Column(("stats", "requiredRatio"), float, hidden=_PARANOIA),
                "uploads": _figure("community", "uploaded"),
                "seeding": _figure("community", "seeding"),
                "leeching": _figure("community", "leeching"),
                "snatched": _figure("community", "snatched"),
                "posts": _figure("community", "posts"),
                "comments": _figure("community", "torrentComments"),
                "collages": _figure("community", "collagesStarted"),
                "requests_filled": _figure("community", "requestsFilled"),
                "invited": _figure("community", "invited"),
            },
        ),
    ),
    order="value",
    example="id=2",
)

FIGURES = Listing(
    sources=(
        Source(
            kind="community figures",
            path=(),
            one=True,
            beside=("userid",),
            id=(("userid",),),
            title=Column(("userid",)),
            heading="Community figures of user {}",
            url="user.php?id={userid}",
            fields={
                "seeding": Column(("seeding",), int),
                "leeching": Column(("leeching",), int),
                "snatched": Column(("snatched",), int),
                "unique_snatched": Column(("usnatched",), int),
                "downloads": Column(("downloaded",), int),
                "unique_downloads": Column(("udownloaded",), int),
                "seeding_percent": Column(("seedingperc",), float),
            },
        ),
    ),
    order="value",
    example="userid=2",
)

FOUND_USERS = Listing(
    sources=(
        Source(
            kind="user",
            path=("results",),
            id=(("userId",),),
            title=Column(("username",)),
            url="user.php?id={userId}",
            fields={
                "user_class": Column(("class",)),
                "donor": Column(("donor",), bool),
                "warned": Column(("warned",), bool),
                "enabled": Column(("enabled",), bool),
            },
        ),
    ),
    page="page",
    last_page=END,
    fixed=("page",),
    example="search=r1",
)


def _recent(path: str, prefix: str) -> Source:
    """Say how one of a user's latest lists is read."""
    return Source(
        kind="data set",
        path=(path,),
        id=(("ID",),),
        title=Column(("Name",), escaped=True),
        url="torrents.php?id={ID}",
        group=("ID",),
        fields={},
        prefix=prefix,
    )


RECENTS = Listing(
    sources=(_recent("uploads", "upload:"), _recent("snatches", "snatch:")),
    window=True,
    example="userid=5",
)

STATS = Listing(
    sources=(
        Source(
            kind="site figures",
            path=(),
            one=True,
            id=(),
            title=Column(()),
            heading="Figures of the site",
            url="index.php",
            fields={
                "users": Column(("enabledUsers",), int),
                "users_today": Column(("usersActiveThisDay",), int),
                "users_this_week": Column(("usersActiveThisWeek",), int),
                "users_this_month": Column(("usersActiveThisMonth",), int),
                "max_users": Column(("maxUsers",), int, zero=True),
                "torrents": Column(("torrentCount",), int),
                "groups": Column(("groupCount",), int),
                "author_count": Column(("artistCount",), int),
                "requests": Column(("requestCount",), int),
                "requests_filled": Column(("filledRequestCount",), int),
                "seeders": Column(("seederCount",), int, zero=True),
                "leechers": Column(("leecherCount",), int, zero=True),
            },
            prefix="site",
        ),
    ),
    order="value",
)


def _terms(kind: str, *terms: str) -> Source:
    """Say how one vocabulary of each category is read."""
    return Source(
        kind=kind,
        path=(),
        keyed=True,
        terms=terms,
        id=(("ID",), ("term",)),
        title=Column(("term",)),
        url="torrents.php?filter_cat[{ID}]=1",
        fields={"category": Column(("Name",))},
        prefix=f"{kind}:",
    )


TERMS = Listing(
    sources=(
        Source(
            kind="category",
            path=(),
            keyed=True,
            id=(("ID",),),
            title=Column(("Name",)),
            url="torrents.php?filter_cat[{ID}]=1",
            fields={"category": Column(("Name",))},
            prefix="category:",
        ),
        _terms("platform", "Platforms", "*"),
        _terms("format", "Formats", "*", "#"),
    ),
)
