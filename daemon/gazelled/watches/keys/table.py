"""What all tables of config.toml have in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """
    What is shown of a key.

    Attributes:
        name: The key, as it stands in the file.
        example: A value, as it stands in the file.
        about: What it is for, where an option of the command line has the same meaning.
        metavar: What that option takes.
        option: What that option is called, if not as the key.
        form: What its values look like beyond their type: a name of `gazelled.config.key_forms`.

    """

    name: str
    example: str = ""
    about: str = ""
    metavar: str = ""
    option: str = ""
    form: str = ""


class Table(BaseModel):
    """A table that knows all of its keys."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    @classmethod
    def keys(cls) -> set[str]:
        return {*_names(cls)}

    @classmethod
    def described(cls) -> Iterator[tuple[str, FieldInfo, KeyInfo]]:
        """Return each field by its name, with what is shown of its key."""
        for name, field in cls.model_fields.items():
            extra = field.json_schema_extra
            known = extra.items() if isinstance(extra, dict) else ()
            shown = {what: str(text) for what, text in known}
            yield name, field, KeyInfo(field.alias or name, **shown)

    @property
    def written(self) -> dict[str, Any]:
        """The values of the file by key, without what isn't written there."""
        names, written = _names(type(self)), self.model_fields_set
        return {key: getattr(self, name) for key, name in names.items() if name in written}


@cache
def _names(table: type[Table]) -> dict[str, str]:
    """Return the names of fields by the keys that stand in the file."""
    return {field.alias or name: name for name, field in table.model_fields.items()}


def key(default: Any, example: str = "", alias: str | None = None, **shown: str) -> Any:  # noqa: ANN401 - as pydantic's Field
    """
    Declare a key of a table; an empty list or table as default is made anew each time.

    `alias` is the key, where Python has no such name; `shown` is what else `KeyInfo` knows.
    """
    extra: dict[str, Any] = {"example": example, **shown}
    if isinstance(default, list | dict):
        return Field(default_factory=type(default), alias=alias, json_schema_extra=extra)
    return Field(default=default, alias=alias, json_schema_extra=extra)
