"""How answers about data sets are read: one row for each shape, the same names in all."""

from __future__ import annotations

from gazelled.tracker.catalogue.listing import END, Column, Listing, Source

COMMENTS = Listing(
    sources=(
        Source(
            kind="comment",
            path=("comments",),
            beside=("id",),
            id=(("postId",),),
            title=Column(("userinfo", "authorName")),
            heading="Comment by {}",
            url="torrents.php?id={id}&postid={postId}#post{postId}",
            time=("addedTime",),
            body=Column(("bbBody",), escaped=True, written="bbcode"),
            fields={
                "author": Column(("userinfo", "authorName")),
                "text": Column(("bbBody",), escaped=True, written="bbcode"),
                "editor": Column(("editedUsername",)),
            },
        ),
    ),
    order="id",
    page="page",
    last_page=END,
    oldest_first=True,
    starts_last=True,
    fixed=("page",),
    example="id=1",
)
