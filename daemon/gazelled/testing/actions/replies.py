"""The action `tcomments`: the comments on a data set."""

from __future__ import annotations

from gazelled.testing.content.comments import CommentRecord
from gazelled.testing.content.forums import PostRecord
from gazelled.testing.site.exchange import SimulatedReply
from gazelled.testing.site.php import entities, is_number, render, when
from gazelled.testing.site.visit import Visit

_PAGE = 10


def tcomments(visit: Visit) -> SimulatedReply:
    """List the comments on a data set, oldest first; the last page by default."""
    number, asked, post = visit.param("id"), visit.param("page"), visit.param("postid")
    if not is_number(number):
        return visit.failure("bad parameters")
    if asked and not is_number(asked):
        return visit.error_page(b"", title="Other Error")
    comments = visit.world.comments.on("torrents", int(number))
    pages = -(-len(comments) // _PAGE)
    page = int(asked or 0) or max(pages, 1)
    if is_number(post):
        # The page of that comment, whatever else is asked for.
        before = sum(comment.id <= int(post) for comment in comments)
        page = max(-(-before // _PAGE), 1)
    shown = comments[(page - 1) * _PAGE : page * _PAGE]
    response = {"page": page, "pages": pages, "comments": [_comment(visit, row) for row in shown]}
    return visit.success(response, cached=True)


def _comment(visit: Visit, comment: CommentRecord) -> dict[str, object]:
    author = visit.world.users[comment.author]
    return {
        "postId": comment.id,
        "addedTime": when(comment.time),
        "bbBody": entities(comment.body),
        "body": render(comment.body),
        **edited(visit, comment),
        "userinfo": {
            "authorId": author.id,
            "authorName": author.name,
            "artist": False,
            "donor": False,
            "warned": False,
            "avatar": author.avatar,
            "enabled": author.enabled,
            "userTitle": author.title,
        },
    }


def edited(visit: Visit, text: CommentRecord | PostRecord) -> dict[str, object]:
    """Return who changed a text and when."""
    return {
        "editedUserId": text.editor,
        "editedTime": when(text.edited) if text.edited else "",
        "editedUsername": visit.world.users[text.editor].name if text.editor else "",
    }
