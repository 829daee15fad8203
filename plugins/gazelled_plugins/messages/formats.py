"""
The formats of messages: how each writes a foreign text so that it stays one, links, bold text.

A text is escaped for the format, so that a title shows the characters that it has. In chats, an `@`
mentions people: a space without width behind it makes it a plain one.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from gazelled.plugin import public_url

Escape = Callable[[str], str]
"""Writes a text so that the format shows it as it is."""

_CALLS = re.compile(r"@(?=[^\W\d]|[!&*#])")
"""Before a name; a time in a key, such as `@2026-01-05`, mentions nobody."""
_UNCALLED = "@\u200b"

_MARKDOWN = re.compile(r"[\\`*\[\]<>~|&]|(?<![^\W_])_|_(?![^\W_])")
_DISCORD = re.compile(r"[\\`*\[\]<>~|]|(?<![^\W_])_|_(?![^\W_])")
_INDENTED = re.compile(r"^(?: {4}| {0,3}\t)[ \t]*", re.MULTILINE)
_BLOCK_START = re.compile(r"^( {0,3})([#+=-])", re.MULTILINE)
_NUMBERED = re.compile(r"^( {0,3}[0-9]{1,9})([.)])(?=\s|\Z)", re.MULTILINE)
_SLACK_MARKS = re.compile(r"(?<!\w)[*_~`]|[*_~`](?!\w)")
_SLACK_LOOK_ALIKES = {"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"}  # noqa: RUF001 - that is what they are
_IN_ADDRESS = ":/?#@!$&+,=%~-._"

_ADDRESS_FOLLOWS = ('href="', "href='", 'src="', "src='", "href=", "src=", "](", "](<")
"""What a template has before an address."""

_AFTER_ADDRESS = {")", " ", "\n"}


@dataclass(frozen=True, slots=True)
class Format:
    """
    A format of messages.

    Attributes:
        name: Its name in the documentation.
        escape: Writes a foreign text.
        mentions: Whether an `@` mentions people where it is read.
        grammar: What must not be torn apart where a message is cut.
        bold: The signs around a text in bold.
        code: The signs around a command.
        line_break: What ends a line.
        link: Writes a link; takes an escaped text and an address without spaces.
        address: Writes an address within markup.

    """

    name: str
    escape: Escape
    mentions: bool = False
    grammar: Literal["plain", "html", "markdown", "json"] = "plain"
    bold: tuple[str, str] = ("", "")
    code: tuple[str, str] = ("", "")
    line_break: str = "\n"
    link: Callable[[str, str], str] = lambda text, url: f"{text} ({url})" if text != url else url
    address: Escape = str

    @property
    def marks_up(self) -> bool:
        """Whether it has bold text and links with a text of their own."""
        return bool(self.bold[0])

    def strong(self, text: str) -> str:
        """Return a foreign text in bold, where the format has that."""
        return f"{self.bold[0]}{self.escape(text)}{self.bold[1]}" if text else ""

    def command(self, text: str) -> str:
        """Return a foreign text as code, where the format has that."""
        inner = self.escape(text)
        if self.grammar == "markdown":
            inner = _without_mentions(text.replace("`", "'"))
            inner = _slack_entities(inner) if self.escape is _slack else inner
        return f"{self.code[0]}{inner}{self.code[1]}" if text else ""

    def title(self, text: str) -> str:
        """Return a foreign text for a title of its own, where no format has markup."""
        return _without_mentions(text) if self.mentions else text

    def linked(self, text: str, url: str, *, strong: bool = False) -> str:
        """Return a link with a foreign text; only that where the address is no page."""
        safe = self._public(url)
        written = self.link(self.escape(text), safe) if safe else self.escape(text)
        # Slack shows no bold text within a link.
        return f"{self.bold[0]}{written}{self.bold[1]}" if strong and text else written

    def value(self, text: str, before: str) -> str:
        """
        Return a value in a template.

        Args:
            text: The value.
            before: The text of the template before it. What follows `href=` or `](` is an address,
                and nothing else comes there.

        """
        start = before.lower()
        if self.marks_up and start.endswith(_ADDRESS_FOLLOWS):
            safe = self._public(text) or "#"
            return f'"{safe}"' if start.endswith("=") else safe
        inside = before.rpartition("](")
        if self.grammar == "markdown" and inside[1] and not _AFTER_ADDRESS & set(inside[2]):
            return quote(text, safe="")
        return self.escape(text)

    def _public(self, url: str) -> str:
        return self.address("".join(public_url(url).split()))


def _without_mentions(text: str) -> str:
    """Return a text that mentions nobody."""
    return _CALLS.sub(_UNCALLED, text)


def _lines(text: str) -> str:
    """Return a text none of whose lines begins a heading, a list, an underline or code."""
    text = _BLOCK_START.sub(r"\1\\\2", _INDENTED.sub(" ", text))
    return _NUMBERED.sub(r"\1\\\2", text)


def _markdown(text: str) -> str:
    return _without_mentions(_lines(_MARKDOWN.sub(r"\\\g<0>", text)))


def _discord(text: str) -> str:
    return _without_mentions(_lines(_DISCORD.sub(r"\\\g<0>", text)))


def _slack_entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _slack(text: str) -> str:
    """Escape for Slack, which has no sign to escape its own: those at words get a look-alike."""
    plain = _SLACK_MARKS.sub(lambda mark: _SLACK_LOOK_ALIKES[mark[0]], text)
    return _without_mentions(_slack_entities(plain))


def _html_in_chat(text: str) -> str:
    return _without_mentions(html.escape(text))


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _percent(url: str) -> str:
    return quote(url, safe=_IN_ADDRESS)


def _anchor(text: str, url: str) -> str:
    return f'<a href="{url}">{text}</a>'


PLAIN = Format("plain", str)
"""Plain text, for phones and mail."""

CHAT = Format("chat", _without_mentions, mentions=True)
"""Plain text where an `@` mentions people."""

HTML = Format(
    "html",
    html.escape,
    grammar="html",
    bold=("<strong>", "</strong>"),
    code=("<code>", "</code>"),
    line_break="<br>\n",
    link=_anchor,
    address=html.escape,
)
"""HTML of mail."""

MATRIX = Format(
    "matrix",
    _html_in_chat,
    mentions=True,
    grammar="html",
    bold=("<strong>", "</strong>"),
    code=("<code>", "</code>"),
    line_break="<br>\n",
    link=_anchor,
    address=html.escape,
)
"""The HTML that clients of Matrix show."""

TELEGRAM = Format(
    "telegram",
    _html_in_chat,
    mentions=True,
    grammar="html",
    bold=("<b>", "</b>"),
    code=("<code>", "</code>"),
    link=_anchor,
    address=html.escape,
)
"""The HTML of Telegram's `parse_mode`."""

MARKDOWN = Format(
    "markdown",
    _markdown,
    mentions=True,
    grammar="markdown",
    bold=("**", "**"),
    code=("`", "`"),
    line_break="  \n",
    link=lambda text, url: f"[{text}]({url})",
    address=_percent,
)
"""CommonMark."""

DISCORD = Format(
    "discord",
    _discord,
    mentions=True,
    grammar="markdown",
    bold=("**", "**"),
    code=("`", "`"),
    link=lambda text, url: f"[{text}](<{url}>)",
    address=_percent,
)
"""Discord's Markdown; the angle brackets keep it from showing a preview."""

SLACK = Format(
    "slack",
    _slack,
    mentions=True,
    grammar="markdown",
    bold=("*", "*"),
    code=("`", "`"),
    link=lambda text, url: f"<{url}|{text}>",
    address=lambda url: _slack_entities(_percent(url)),
)
"""Slack's mrkdwn."""

JSON = Format("json", _json, grammar="json", line_break="\\n")
"""The inside of a text in JSON, for the bodies of web hooks."""

FORMATS = {
    form.name: form
    for form in (PLAIN, CHAT, HTML, MATRIX, TELEGRAM, MARKDOWN, DISCORD, SLACK, JSON)
}
"""All formats by their names."""
