"""The tracker's odd answers, value by value."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from gazelled.tracker.catalogue.answer_models import MODELS
from gazelled.tracker.decoding.plan import Branch, plan_of
from gazelled.tracker.decoding.schema import Model
from gazelled.tracker.decoding.types import broken_lines, escaped
from gazelled.tracker.models import (
    Announcements,
    Browse,
    Collage,
    CommunityStats,
    File,
    ForumMain,
    Friends,
    Inbox,
    Index,
    News,
    Notifications,
    Ontology,
    RawPost,
    Request,
    Requests,
    SiteNotifications,
    Stats,
    Subscriptions,
    TopTorrents,
    TopUsers,
    Torrent,
    TorrentBookmarks,
    TorrentComments,
    TorrentGroup,
    User,
    UserRecents,
    ViewConv,
    ViewThread,
    Wiki,
    decode_as,
)

if TYPE_CHECKING:
    from .conftest import Read, Records

TITLE = "Quotes \"double\" 'single' & <angle> — Ünïcode ß 日本"


def test_index_by_token(read: Read) -> None:
    """A token is told the own id and the unread messages; all else is unknown, not 0."""
    index = read(Index, "index")
    assert (index.id, index.notifications.messages) == (3, 1)
    assert (index.username, index.authkey, index.passkey) == (None, None, None)
    assert set(index.userstats.model_dump(exclude={"extra"}).values()) == {None}
    assert index.userstats.ratio is None
    unread = index.notifications.model_dump(exclude={"extra", "messages"})
    assert set(unread.values()) == {None}


def test_index_by_cookie(read: Read) -> None:
    """A cookie is told everything; keys aren't shown."""
    index = read(Index, "index-cookie")
    assert (index.username, index.userstats.class_) == ("me", "User")
    assert (index.userstats.uploaded, index.userstats.downloaded) == (21474836480, 10737418240)
    assert (index.userstats.ratio, index.userstats.told_ratio) == (2.0, 2.0)
    assert index.userstats.required_ratio == 0.05
    assert (index.notifications.messages, index.notifications.notifications) == (16, 0)
    assert index.notifications.new_subscriptions is False
    assert index.passkey
    assert index.passkey not in repr(index)


def test_index_by_token_elsewhere() -> None:
    """A site that loads the user for tokens is believed."""
    payload = {"username": "me", "id": 3, "userstats": {"uploaded": 0, "downloaded": 5}}
    stats = decode_as(Index, payload, by="token").value.userstats
    assert (stats.uploaded, stats.downloaded, stats.ratio) == (0, 5, 0.0)


@pytest.mark.parametrize(
    ("told", "kept"), [(0, None), (-1, None), (1, 1.0), ("1,234.50", 1234.5), ("∞", None)]
)
def test_ratio(told: object, kept: float | None) -> None:
    """The ratio is computed, since the tracker cuts it at its thousands comma."""
    stats = {"uploaded": 12345, "downloaded": 10, "ratio": told}
    value = decode_as(Index, {"id": 1, "userstats": stats}).value.userstats
    assert (value.ratio, value.told_ratio) == (1234.5, kept)


@pytest.mark.parametrize("downloaded", [0, None, -1, "0", "much"])
def test_no_ratio(downloaded: object) -> None:
    """Before any download there is no ratio."""
    stats = {"uploaded": 12345, "downloaded": downloaded, "ratio": -1}
    assert decode_as(Index, {"id": 1, "userstats": stats}).value.userstats.ratio is None


def test_browse_special(read: Read) -> None:
    """Titles are decoded, authors are plain, empty texts are unknown, flags are flags."""
    group = read(Browse, "browse-special").results[0]
    assert group.group_name == TITLE
    assert group.author == "Margaret Dayhoff, Frederick Sanger"
    assert (group.picture, group.lab, group.location) == (None, None, None)
    assert group.group_time == datetime(2026, 10, 27, 14, 14, 23, tzinfo=UTC)
    assert (group.total_seeders, group.bookmarked) == (0, False)
    assert group.torrents
    torrent = group.torrents[0]
    assert (torrent.annotated, torrent.has_snatched, torrent.can_use_token) == (True, None, None)
    assert torrent.size == 23173529607
    assert torrent.time == datetime(2026, 10, 27, 14, 14, 23, tzinfo=UTC)


def test_browse_by_cookie(read: Read) -> None:
    """Whether a freeleech token can be used is known by cookie, also when it can't."""
    groups = read(Browse, "browse-cookie").results
    assert {torrent.can_use_token for group in groups for torrent in group.torrents or ()} == {
        True,
        False,
    }


def test_browse_without_hits(read: Read) -> None:
    """Without hits there are no page numbers, and that isn't drift."""
    page = read(Browse, "browse-search-nohit")
    assert (page.current_page, page.pages, page.results) == (None, None, ())


def test_browse_ungrouped(read: Read) -> None:
    """A torrent by itself has no time of its group."""
    assert {group.group_time for group in read(Browse, "browse-ungrouped").results} == {None}


def test_torrent_special(read: Read) -> None:
    """HTML and BBCode are both kept as they are; the list of files is parsed."""
    answer = read(Torrent, "torrent-special")
    assert answer.group.name == TITLE
    assert answer.group.description is not None
    assert answer.group.description.endswith("* item &amp; &lt;tag&gt;")
    assert answer.torrent.description == "Torrent description 7 [i]it[/i]"
    assert answer.torrent.file_list is not None
    assert answer.torrent.file_list.startswith("part1.hdf5{{{7724509869}}}|||")
    assert answer.torrent.files == (
        File("part1.hdf5", 7724509869),
        File("part2.hdf5", 7724509869),
        File("part3.hdf5", 7724509869),
    )


def test_torrent_anonymous(read: Read) -> None:
    """An anonymous uploader has no id."""
    torrent = read(Torrent, "torrent-anonymous").torrent
    assert (torrent.user_id, torrent.username) == (None, "Anonymous")


def test_torrentgroup_without(read: Read) -> None:
    """A data set without tags and authors has none."""
    group = read(TorrentGroup, "torrentgroup-notags").group
    assert (group.tags, group.authors, group.accession) == ((), (), None)
    assert group.name == "No tags & no authors"
    assert read(TorrentGroup, "torrentgroup-numeric-title").group.name == "12345"


def test_announcements(read: Read) -> None:
    """Padding is dropped; news are plain and the blog is decoded."""
    answer = read(Announcements, "announcements-two-blogs")
    assert [post.blog_id for post in answer.blog_posts or ()] == [2, 1]
    assert answer.announcements
    assert answer.announcements[0].title == 'News 7: maintenance & "updates"'
    special = read(Announcements, "announcements-special")
    assert special.announcements
    assert special.blog_posts
    assert "&amp;" not in str(special.blog_posts[0].title)
    assert all(post.author for post in special.blog_posts)


def test_community_stats(read: Read) -> None:
    """Numbers came as texts, and what is hidden as false."""
    stats = read(CommunityStats, "community_stats")
    assert (stats.seeding, stats.leeching, stats.snatched) == (4, 1, 4)
    assert (stats.usnatched, stats.downloaded, stats.seedingperc) == (None, None, 100.0)
    grown = decode_as(CommunityStats, {"seeding": "1,234,567", "leeching": 0}).value
    assert (grown.seeding, grown.leeching) == (1234567, 0)


def test_news_ajax(records: Records) -> None:
    """News come as arrays in JSON in a text, with times in words; both forms are kept."""
    zone = ZoneInfo("America/New_York")
    news = decode_as(News, records["news_ajax"].payload, zone=zone).value.news
    assert [entry.id for entry in news] == [7, 6]
    assert news[0].title == 'News 7: maintenance & "updates"'
    assert news[0].title_html == '<p>News 7: maintenance &amp; "updates"</p>'
    assert news[0].time == datetime(2026, 11, 20, 19, 14, tzinfo=UTC)
    assert news[0].time_html is not None
    assert "3 days ago" in news[0].time_html
    assert news[0].body is not None
    assert news[0].body.startswith("Body of news 7 with <strong>")


def test_news_ajax_odd() -> None:
    """Short and long arrays lose nothing."""
    payload = '[[1], [2, "t", "t", "b", "more"], "odd", [3, 4, 5, 6]]'
    decoded = decode_as(News, payload)
    assert [entry.id for entry in decoded.value.news] == [1, 2, 3]
    assert decoded.value.news[1].extra == {"more": ["more"]}
    assert decoded.value.extra == {"news": ["odd"]}


def test_friends(read: Read) -> None:
    """Friends come as JSON in a text."""
    assert read(Friends, "get_friends").friends == ()
    payload = '[{"FriendID":"3","Username":"donor1"}]'
    friends = decode_as(Friends, payload).value.friends
    assert [(friend.friend_id, friend.username) for friend in friends] == [(3, "donor1")]


def test_user_hides(read: Read) -> None:
    """A user who hides figures has unknown ones, not 0."""
    user = read(User, "user-paranoid")
    assert (user.stats.uploaded, user.stats.ratio, user.stats.last_access) == (None, None, None)
    assert {user.community.posts, user.ranks.overall} == {None}
    assert user.personal.paranoia == 7
    shown = read(User, "user-paranoid-self-bearer")
    assert (shown.stats.uploaded, shown.stats.ratio) == (21474836480, 2.5)
    assert read(User, "user").ranks.uploaded == 0


def test_tags_in_one_spelling(read: Read) -> None:
    """Tags have dots, whether they come as a list or a text, with dots or underscores."""
    bookmarks = read(TorrentBookmarks, "bookmarks-cookie").bookmarks
    assert bookmarks[0].tag_list == ("rna", "imaging")
    group = {"id": 1, "tagList": "open_data  rna"}
    assert decode_as(TorrentBookmarks, {"bookmarks": [group]}).value.bookmarks[0].tag_list == (
        "open.data",
        "rna",
    )
    matches = read(Notifications, "notifications-power-cookie-second").results
    assert ("mri", "dna") in {match.torrent_tags for match in matches}


def test_collage(read: Read) -> None:
    """A collage's ids, and what was never seen true."""
    collage = read(Collage, "collage-cookie")
    assert (collage.creator_id, collage.torrent_group_id_list) == (5, (1, 8, 16, 24, 32))
    assert collage.torrent_groups
    assert collage.torrent_groups[0].torrents
    torrent = collage.torrent_groups[0].torrents[0]
    assert (torrent.torrent_id, torrent.free_torrent, torrent.reported) == (61, None, False)


def test_requests(read: Read) -> None:
    """Titles and authors are decoded, and nobody has filled an open request."""
    request = read(Request, "request")
    assert request.title == "Request 1: wanted <data> & more"
    assert (request.bb_description, request.description) == (
        "Please upload",
        "<p>Please upload</p>",
    )
    assert (request.year, request.image, request.filler_id, request.time_filled) == (None,) * 4
    found = read(Requests, "requests").results
    names = {author.name for one in found for author in one.authors or ()}
    assert {"Ada Müller", "Séan O'Connor"} <= names
    assert read(Requests, "requests-page99").current_page == 0


def test_top10(read: Read) -> None:
    """Top lists are bare lists; authors are encoded here."""
    lists = read(TopTorrents, "top10-details-cookie").results
    assert [(one.tag, one.limit) for one in lists] == [("day", 10)]
    assert lists[0].results
    assert lists[0].results[0].author == "Séan O'Connor"
    users = read(TopUsers, "top10-users-cookie").results[0].results
    assert users
    assert users[0].up_speed in (1212.4149, 1212.415)


def test_site_notifications(read: Read) -> None:
    """What is unread comes keyed by type, or as a list when there is nothing."""
    found = read(SiteNotifications, "get_user_notifications").notifications
    assert [(one.type, one.id) for one in found] == [("News", 7), ("Blog", 5), ("Inbox", None)]
    assert found[0].message == 'Announcement: News 7: maintenance & "updates"'
    assert read(SiteNotifications, "get_user_notifications-none-cookie").notifications == ()


def test_inbox(read: Read) -> None:
    """Subjects are decoded, bodies are plain, the system has no id."""
    inbox = read(Inbox, "inbox-cookie")
    assert "Message 30: hello & <b>" in {one.subject for one in inbox.messages}
    one = read(ViewConv, "inbox-me-viewconv")
    assert one.messages[0].bb_body == "Body 30 with [b]bold[/b] & 'quotes'"
    assert read(ViewConv, "inbox-me-viewconv-system").messages[0].sender_id is None


def test_forums(read: Read) -> None:
    """What a token isn't shown is unknown; what the tracker never says, too."""
    assert read(ForumMain, "forum").categories is None
    assert read(Subscriptions, "subscriptions").threads is None
    assert read(Subscriptions, "subscriptions-cookie").threads
    categories = read(ForumMain, "forum-cookie").categories
    assert categories
    assert categories[0].forums
    forum = categories[0].forums[0]
    assert (forum.read, forum.locked, forum.sticky) == (None, None, None)
    thread = read(ViewThread, "forum-viewthread-small-cookie")
    assert thread.thread_title == "Thread 2: how to & why?"
    assert thread.poll is None
    assert thread.posts[0].edited_user_id is None
    assert thread.posts[0].author.paranoia == ()


def test_poll() -> None:
    """A poll is read as the template writes one."""
    poll = {"closed": False, "question": "a &lt; b?", "answers": [{"answer": "yes", "ratio": 1}]}
    thread = decode_as(ViewThread, {"threadId": 1, "posts": [], "poll": poll}).value
    assert thread.poll
    assert thread.poll.question == "a < b?"
    assert thread.poll.answers
    assert thread.poll.answers[0].ratio == 1.0


def test_comments(read: Read) -> None:
    """BBCode is decoded, HTML isn't."""
    comment = read(TorrentComments, "tcomments").comments[0]
    assert comment.bb_body == "Comment 11 [b]b[/b] & <x>"
    assert comment.body == "Comment 11 <strong>b</strong> &amp; &lt;x&gt;"
    assert (comment.edited_time, comment.userinfo.donor) == (None, None)


def test_raw_bbcode() -> None:
    """The marked-up line breaks are taken out before entities are decoded."""
    payload = {"body": "a &lt;br /&gt;<br />\nb &amp;amp; c"}
    assert decode_as(RawPost, payload).value.body == "a <br />\nb &amp; c"


def test_user_recents() -> None:
    """What a user hides is unknown, and not drift."""
    payload = {"snatches": "hidden", "uploads": [{"ID": 3, "Name": "a", "WikiImage": "b"}]}
    decoded = decode_as(UserRecents, payload)
    assert decoded.drift == ()
    assert decoded.value.snatches is None
    assert decoded.value.uploads
    assert decoded.value.uploads[0].id == 3


def test_stats(read: Read) -> None:
    """No peers at all means that nobody counted."""
    assert read(Stats, "stats").seeder_count == 4
    assert decode_as(Stats, {"seederCount": 0, "maxUsers": 0}).value.seeder_count is None


def test_wiki(read: Read) -> None:
    """A page's other names are words."""
    assert read(Wiki, "wiki-cookie").aliases == ("rules",)


def test_ontology(read: Read) -> None:
    """Categories keep their short names, platforms and endings of files."""
    categories = read(Ontology, "ontology").categories
    assert len(categories) == 12
    assert (categories[0].key, categories[0].id, categories[0].name) == ("SEQ", 1, "Sequences")
    assert categories[0].platforms
    assert categories[0].platforms[:2] == ("Complete Genomics", "cPAS-BGI/MGI")
    assert categories[0].formats
    assert categories[0].formats["NucleoSeq"]["FASTA"] == ("fa", "fasta", "fsa")


def decoded_fields() -> set[str]:
    """List the fields in which entities are decoded, through all models."""
    found, waiting = set[str](), set[type[Model]](MODELS.values())
    seen = set[type[Model]]()
    while waiting:
        model = waiting.pop()
        seen.add(model)
        for name, part in plan_of(model).fields.items():
            if isinstance(part, Branch):
                waiting |= {part.model} - seen
            elif part.read in (escaped, broken_lines):
                found.add(f"{model.__name__}.{name}")
    return found


def test_where_entities_are_decoded() -> None:
    """Entities are decoded in the fields that the tracker encodes, and in no other."""
    assert decoded_fields() == {
        "ArtistGroup.group_catalogue_number",
        "ArtistGroup.group_name",
        "ArtistGroup.group_record_label",
        "BetterTorrent.group_name",
        "BlogPost.bb_body",
        "BlogPost.title",
        "BookmarkedArtist.artist_name",
        "BookmarkedGroup.accession",
        "BookmarkedGroup.name",
        "BrowseGroup.accession",
        "BrowseGroup.group_name",
        "BrowseGroup.lab",
        "BrowseGroup.location",
        "Collage.name",
        "Comment.bb_body",
        "Conversation.subject",
        "EscapedAuthor.name",
        "Forum.forum_description",
        "Forum.last_topic",
        "ForumRule.thread",
        "FoundRequest.description",
        "FoundRequest.title",
        "Group.accession",
        "Group.name",
        "Group.organism",
        "Group.strain",
        "ListedArtist.name",
        "CollectedGroup.accession",
        "CollectedGroup.name",
        "MatchedTorrent.group_name",
        "OldPost.bb_body",
        "OldPost.thread_title",
        "Poll.question",
        "Post.bb_body",
        "RawPost.body",
        "RecentGroup.name",
        "Request.bb_description",
        "Request.title",
        "SimilarArtist.name",
        "SiteNotification.message",
        "Subscription.forum_name",
        "Subscription.thread_title",
        "TopTorrent.author",
        "TopTorrent.group_name",
        "Topic.title",
        "TorrentDetails.description",
        "TorrentDetails.file_path",
        "ViewConv.subject",
        "ViewForum.forum_name",
        "ViewThread.thread_title",
        "Wiki.bb_body",
        "Wiki.title",
    }
