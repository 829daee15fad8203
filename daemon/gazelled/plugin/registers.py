"""What plugins hand their contributions to: one narrow `register` for each hook."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from gazelled.fields import FieldType
from gazelled.model import Item, Value
from gazelled.plugin.action_specs import ActionSpec
from gazelled.plugin.hook_objects import CheckFinding
from gazelled.plugin.kinds.watch_kind import AnyKind
from gazelled.plugin.plugin_config import PluginConfig
from gazelled.plugin.plugin_context import PluginContext
from gazelled.plugin.site_specs import SiteSpec
from gazelled.plugin.sources import AnySource
from gazelled.plugin.web_routes import RouteFunction

if TYPE_CHECKING:  # only plugins with commands load it
    import click

ComputeField = Callable[[Item], Value]
"""Computes a field of an item: pure and fast, for it is called for every item."""

DoctorCheck = Callable[[PluginContext[Any]], Awaitable[Sequence[CheckFinding]]]
"""An async function that examines something for `gazelled doctor`."""


class RegisterOptions(Protocol):
    """Declares the plugin's own options."""

    def __call__(self, options: type[PluginConfig], /) -> None:
        """
        Register the type of the keys of `[plugin.NAME]` beside those of gazelled.

        Args:
            options: The type.

        Raises:
            ValueError: If this plugin has registered one already.

        """


class RegisterTarget(Protocol):
    """Declares that a plugin delivers to targets, and with which options."""

    def __call__(self, options: type[PluginConfig]) -> None:
        """
        Register the type of the options of this plugin's targets.

        Args:
            options: The type of the keys of `[target.NAME]` beside `plugin`.

        Raises:
            ValueError: If this plugin has registered one already.

        """


class RegisterKind(Protocol):
    """Contributes a kind of watch."""

    def __call__(self, kind: AnyKind, /) -> None:
        """
        Register a kind of watch.

        Args:
            kind: The kind; its name is what `kind` of a watch holds.

        """


class RegisterSource(Protocol):
    """Contributes a source of items beside the tracker's actions."""

    def __call__(self, source: AnySource, /) -> None:
        """
        Register a source.

        Args:
            source: The source; its name is what `ask` of a watch holds.

        """


class RegisterAction(Protocol):
    """Contributes an action of the tracker's API."""

    def __call__(self, action: ActionSpec, /) -> None:
        """
        Register an action.

        Args:
            action: The action, with its parameters and the fields of its answer.

        """


class RegisterSite(Protocol):
    """Contributes the profile of a site."""

    def __call__(self, site: SiteSpec, /) -> None:
        """
        Register the profile of a site.

        Args:
            site: The profile; its name is what `profile` in `[tracker]` holds.

        """


class RegisterField(Protocol):
    """Contributes a field of items, for rules, templates and `gazelled why`."""

    def __call__(
        self,
        name: str,
        type_: FieldType,
        /,
        *,
        about: str = "",
        compute: ComputeField | None = None,
    ) -> None:
        """
        Register a field.

        Args:
            name: Its name in rules and templates.
            type_: Its type, such as `TEXTS`.
            about: What it holds, in a few words.
            compute: Computes it from an item. Without it, `gazelled_items_found` adds the field.

        Raises:
            ValueError: If the name can't be that of a field.

        """


class RegisterFunction(Protocol):
    """Contributes a function for `if`."""

    def __call__(
        self,
        name: str,
        function: Callable[..., Value],
        /,
        *,
        takes: Sequence[FieldType],
        returns: FieldType,
        example: str = "",
    ) -> None:
        """
        Register a function.

        Args:
            name: Its name in `if`.
            function: The function: pure and fast. It gets no unknown value: if an argument is
                unknown, so is the result. The result is unknown as well when it returns None.
            takes: The types of its arguments.
            returns: The type of its result.
            example: A use of it, as shown to those who misspell one.

        Raises:
            ValueError: If the name can't be that of a function.

        """


class RegisterFilter(Protocol):
    """Contributes a filter for templates of messages."""

    def __call__(self, name: str, function: Callable[..., object], /) -> None:
        """
        Register a filter.

        Args:
            name: Its name in templates.
            function: Returns a text of the value that stands before the `|`.

        Raises:
            ValueError: If the name can't be that of a filter.

        """


class RegisterCommand(Protocol):
    """Contributes a command."""

    def __call__(self, command: click.Command, /) -> None:
        """
        Register a command, for `gazelled x NAME`.

        Args:
            command: The command, as click makes it.

        """


class RegisterCheck(Protocol):
    """Contributes a check of `gazelled doctor`."""

    def __call__(self, name: str, check: DoctorCheck, /) -> None:
        """
        Register a check.

        Args:
            name: What it is about, in a word or two.
            check: Examines something and returns what it finds. It must not send anything.

        """


class RegisterRoute(Protocol):
    """Contributes a page of the daemon, or data beside it."""

    def __call__(
        self, path: str, function: RouteFunction, /, *, title: str = "", public: bool = False
    ) -> None:
        """
        Register a page.

        Args:
            path: Its address below `/plugins/NAME/`: empty for that itself, `NAME` or `NAME/NAME`;
                ending in a slash for all below it.
            function: An async function of a `RouteRequest` and a `PluginContext` that makes it.
            title: Its title; with one it is in the list of pages.
            public: Whether everybody on this machine may read it, and not only who has the token.

        Raises:
            ValueError: If it is no such path, or the plugin has registered it already.

        """
