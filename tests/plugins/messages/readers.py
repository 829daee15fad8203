"""Readers of messages: HTML and Markdown as strict parsers see them."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.token import Token


class Page(HTMLParser):
    """Collects the tags and the text of HTML, and whether its elements are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag; its attributes are those that are expected."""
        self.tags.append(tag)
        for name, value in attrs:
            assert name in {"href", "style", "dir", "lang", "charset", "name", "content"}
            if name == "href":
                self.addresses.append(str(value))
        if tag not in {"br", "meta"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.text += data


def markdown_tokens(text: str) -> list[Token]:
    """Return all tokens of a Markdown text, as a strict parser reads it."""
    parser = MarkdownIt("commonmark").enable(["strikethrough", "table"])

    def flat(tokens: list[Token]) -> Iterator[Token]:
        for token in tokens:
            yield token
            yield from flat(token.children or [])

    return [*flat(parser.parse(text))]
