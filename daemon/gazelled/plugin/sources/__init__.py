"""
The API for sources: something that watches ask beside the tracker, such as another site's feed.

A source is an object of a subclass of `Source`, which `gazelled_sources` registers. `ask` of a
watch holds its name, `with` its options; kinds, rules and schedules work as with an action.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal

from typing_extensions import TypeVar

from gazelled.fields import FieldType
from gazelled.model import Item
from gazelled.plugin.plugin_config import PluginConfig
from gazelled.plugin.plugin_context import PluginContext

__all__ = ["AnySource", "Source", "SourcePage", "SourceRequest"]

SourceOptions = TypeVar("SourceOptions", bound=PluginConfig, default=PluginConfig)


@dataclass(frozen=True, slots=True)
class SourceRequest(Generic[SourceOptions]):
    """
    What a source is asked for.

    Attributes:
        options: What `with` of the watches says, checked by the source's model.
        context: What the plugin can use: `http`, `store`, `secrets`, `folder` and so on.
        at: When it is asked; aware, in UTC.

    """

    options: SourceOptions
    context: PluginContext
    at: datetime


@dataclass(frozen=True, slots=True)
class SourcePage:
    """
    What a source has.

    Attributes:
        items: The items, the newest first where they have an order.
        complete: Whether these are all. Where they are not, nothing counts as gone; and if all of
            them are new, a notice says that something may have been missed.

    """

    items: Sequence[Item] = field(default_factory=tuple)
    complete: bool = True


class Source(ABC, Generic[SourceOptions]):
    """
    Something that watches ask beside the tracker.

    Attributes:
        name: What `ask` of a watch calls it: a word in lower case that no action has.
        about: What it returns, in a few words.
        options: The type of the keys of `with`. Secrets belong to the plugin's own options.
        item: What one of its items is called, such as `file`: the kind of items that have none.
        fields: The fields that rules and messages can ask of its items, each with its type:
            `size` and `tags` for those of an item itself, `age` where items have a time, and the
            names of `Item.fields`. All items have a `title`.
        order: What orders its items: ids that only grow (`id`), their time (`time`), nothing since
            all of them are the list (`whole`), or it is one thing (`value`).
        window: Whether it has only the newest or best of something: what leaves it isn't gone.
        timeout: The seconds that `poll` may take.
        example: A parameter as it is written, such as `path=/data`, for the docs.

    """

    name: str
    about: str
    options: type[SourceOptions]
    item: str = "item"
    fields: Mapping[str, FieldType] = {}
    order: Literal["id", "time", "whole", "value"] = "whole"
    window: bool = False
    timeout: float = 60.0
    example: str = ""

    @abstractmethod
    async def poll(self, request: SourceRequest[SourceOptions]) -> Sequence[Item] | SourcePage:
        """
        Return what there is now, whether it was there before or not; gazelled knows what is new.

        An item is known by its `id`: at most 200 letters, digits and `._~@/+-`; of any other id a
        hash is used. What can't be read as an item is left out and reported.

        Args:
            request: The options, and what the plugin can use.

        Raises:
            RetryLater: If it isn't available now. Whatever is raised is reported once for all
                watches of the source, and it is asked again at the next time.

        """

    def __repr__(self) -> str:
        """Return the name."""
        return self.name


AnySource = Source[Any]
"""A source with whatever options."""
