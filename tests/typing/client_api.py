"""The client library as type checkers see it; checked by mypy, never run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import assert_type

from gazelled.model import Answer
from gazelled.tracker import (
    Account,
    Api,
    BlockingPages,
    Download,
    Pages,
    Result,
    SyncApi,
    Token,
    WriteResult,
    connect,
    connect_sync,
    models,
)
from gazelled.tracker.models import BrowseGroup, Post


async def script() -> None:
    """Connect."""
    async with connect("https://x.example", Token("x"), profile="orpheus") as api:
        assert_type(api, Api)


async def typed(api: Api) -> None:
    """Answers have the types of their actions."""
    found = await api.browse(searchstr="yeast", filter_cat=["Sequences", 2], page=2)
    assert_type(found, models.Browse)
    assert_type(found.results[0].group_name, str)
    assert_type(found.results[0].lab, str | None)
    assert_type(found.results[0].torrents[0].torrent_id, int)
    assert_type(found.results[0].torrents[0].size, int)
    assert_type(await api.stats(), models.Stats)
    assert_type(await api.inbox_viewconv(id=1, mark_read=True), models.ViewConv)
    assert_type(await api.forum_viewthread(postid=7), models.ViewThread)
    assert_type(await api.browse.result(), Result[models.Browse])
    assert_type((await api.browse.result()).answer, Answer)
    assert_type(await api.account(), Account)
    assert_type(await api.download(5), Download)
    assert_type((await api.call("index")).value, models.Index)
    assert_type((await api.call("inbox", {})).value, models.Inbox | models.ViewConv)
    assert_type((await api.call("no_such", force=True)).value, models.Anything)
    assert_type((await api.call("index", {"x": 1}, force=True)).value, models.Anything)
    name = ""
    assert_type((await api.call(name)).value, models.AnswerModel)
    await api.call("index", confrm=True)  # type: ignore[call-overload] # misspelt
    await api.write.clear_user_notification(type="News")


async def pages(api: Api) -> None:
    """Items have the types of the entries."""
    assert_type(api.browse.items(taglist="dna", newest=200), Pages[BrowseGroup])
    assert_type(api.browse.items(order_by="size", page=2), Pages[BrowseGroup])
    async for group in api.browse.items(until=datetime.now(UTC), until_id=3):
        assert_type(group, BrowseGroup)
    async for post in api.forum_viewthread.items(threadid=1):
        assert_type(post, Post)


def blocking() -> None:
    """Connect and wait: the same parameters, answers and entries."""
    with connect_sync("https://x.example", Token("x"), profile="orpheus") as api:
        assert_type(api, SyncApi)
        assert_type(api.browse(searchstr="yeast", page=2), models.Browse)
        assert_type(api.browse.result(), Result[models.Browse])
        assert_type(api.stats(), models.Stats)
        assert_type(api.account(), Account)
        assert_type(api.download(5), Download)
        assert_type(api.call("index").value, models.Index)
        assert_type(api.call("no_such", force=True).value, models.Anything)
        api.write.clear_user_notification(type="News")
        for group in api.browse.items(until=datetime.now(UTC), until_id=3):
            assert_type(group, BrowseGroup)
        for post in api.forum_viewthread.items(threadid=1):
            assert_type(post, Post)
        assert_type(api.browse.items(newest=5), BlockingPages[BrowseGroup])
        assert_type(api.write.bookmark("group", 5), WriteResult)
        assert_type(api.write.delete(5, 6), WriteResult)
        assert_type(api.write.catch_up_forum(1), WriteResult)
        assert_type(api.call("user", params={"id": 2}).value, models.User)
        assert_type(api.my_uploads(learn="all"), models.MyUploads)
        assert_type(api.user_by_name("alice"), models.User)


def wrong_blocking(api: SyncApi) -> None:
    """What isn't there is seen here, too."""
    connect_sync("https://x.example")  # type: ignore[call-arg] # no log-in
    connect_sync("https://x.example", Token("x"), prof="x")  # type: ignore[call-arg] # misspelt
    api.browse(serchstr="yeast")  # type: ignore[call-arg] # misspelt
    api.browse(order_by="age")  # type: ignore[arg-type] # no such order
    api.tcomments.items(id=1, page=2)  # type: ignore[call-arg] # it begins with the last page
    api.stats.items()  # type: ignore[attr-defined] # it has no pages
    api.usersearch.items(search="a", until=datetime.now(UTC))  # type: ignore[call-arg] # untimed
    api.write.bookmark("torrent", 5)  # type: ignore[arg-type] # a data set, not a torrent
    api.download(id=5)  # type: ignore[call-arg] # it is called number
    api.write.clear_user_notification(type="All")  # type: ignore[arg-type] # no such type


async def wrong(api: Api) -> None:
    """What isn't there, isn't of that type or isn't agreed to is seen before it runs."""
    await api.browse(serchstr="yeast")  # type: ignore[call-arg] # misspelt
    await api.browse(order_by="age")  # type: ignore[arg-type] # no such order
    await api.user()  # type: ignore[call-arg] # whose?
    await api.stats(page=1)  # type: ignore[call-arg] # it has none
    await api.announcements()  # type: ignore[call-arg] # it marks the news as read
    await api.announcements(mark_read=False)  # type: ignore[arg-type] # likewise
    await api.write.clear_user_notification(type="All")  # type: ignore[arg-type] # no such type
    api.tcomments.items(id=1, page=2)  # type: ignore[call-arg] # it begins with the last page
    api.stats.items()  # type: ignore[attr-defined] # it has no pages
