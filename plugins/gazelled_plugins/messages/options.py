"""`[target.NAME.templates]`: the user's words for messages, of every kind of event or of one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationInfo
from typing_extensions import TypedDict

from gazelled.plugin import EventKind, read_regular

LARGEST = 64 * 1024
"""The most bytes of a template's file."""


def _source(value: object, info: ValidationInfo) -> object:
    """Return a template's text, from its file if it names one; its grammar is checked."""
    text = value
    if isinstance(value, dict):
        if len(value) != 1 or not isinstance(value.get("file"), str):
            raise ValueError('expected a template in quotes, or { file = "message.jinja" }')
        folder = (info.context or {}).get("folder") or Path.cwd()
        text = _read(folder / Path(value["file"]).expanduser())
    if isinstance(text, str):
        from gazelled_plugins.messages import sandbox  # noqa: PLC0415 - few have templates

        try:
            sandbox.check(text, (info.context or {}).get("template_filters", sandbox.NO_FILTERS))
        except ValueError as error:
            place = f"{value['file']}: " if isinstance(value, dict) else ""
            raise ValueError(f"{place}{error}") from None
    return text


def _read(file: Path) -> str:
    try:
        if file.is_symlink():
            raise ValueError(f"{file} is a symbolic link; write the path of the file itself")
        return read_regular(file, LARGEST).decode().removesuffix("\n")
    except UnicodeDecodeError:
        raise ValueError(f"{file} is not UTF-8 text") from None
    except OSError as error:
        raise ValueError(f"{file} could not be read: {error.strerror}") from None


class TemplateFile(TypedDict):
    """A template in a file of its own."""

    file: str


Source = Annotated[
    str | None, BeforeValidator(_source, json_schema_input_type=str | TemplateFile | None)
]
"""A template, as text or as `{ file = "…" }` with a path from the folder of the config."""


class Wording(BaseModel):
    """
    The templates of one message.

    Attributes:
        title: The headline, in one line.
        body: The rest, in the format of the service.
        html: The rest of a mail in HTML.

    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    title: Source = None
    body: Source = None
    html: Source = None

    def sources(self) -> Iterator[tuple[str, str]]:
        """Yield the name and the text of each template."""
        for part in ("title", "body", "html"):
            source = getattr(self, part)
            if source is not None:
                yield part, source


class Templates(Wording):
    """
    The templates of a target: for all kinds of event, and for single ones, which take precedence.

    Use it as the type of an option named `templates`.
    """

    _options: frozenset[str] = PrivateAttr(default=frozenset())
    """The parts that stand among the plugin's own options."""

    new: Wording = Wording()
    change: Wording = Wording()
    gone: Wording = Wording()
    raised: Wording = Wording()
    cleared: Wording = Wording()
    report: Wording = Wording()
    first_look: Annotated[Wording, Field(alias="first-look")] = Wording()
    notice: Wording = Wording()
    digest: Wording = Wording()

    def of(self, kind: EventKind) -> Wording:
        """Return the templates for a kind of event."""
        own = self.own(kind)
        parts = {name: getattr(self, name) for name in ("title", "body", "html")}
        return Wording.model_construct(**(parts | dict(own.sources())))

    def own(self, kind: EventKind) -> Wording:
        """Return the templates that stand in the table of a kind of event."""
        table = getattr(self, kind.value.replace("-", "_"), None)
        return table if isinstance(table, Wording) else Wording()

    def or_else(self, **options: str | None) -> Templates:
        """Return these templates, with options of those names where there is none for all kinds."""
        more = {name: source for name, source in options.items() if getattr(self, name) is None}
        both = self.model_copy(update=more)
        both._options = frozenset(more)  # noqa: SLF001 - of another one of these
        return both

    def key(self, kind: EventKind, part: str) -> tuple[str, ...]:
        """Return where the template of a part of a kind's message stands in the options."""
        if getattr(self.own(kind), part) is not None:
            return ("templates", kind.value, part)
        return (part,) if part in self._options else ("templates", part)
