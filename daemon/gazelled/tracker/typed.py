"""
Actions as methods: each is declared by its parameters and the model of its answer.

    @typed(models.User, "user")
    def user(self, **params: Unpack[params.ById]) -> None:
        "A user's profile."

The declaration's body is never run. What it makes is called like a method.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, Self, TypeVar, overload

from gazelled.model import Answer
from gazelled.tracker.lists import Shelf
from gazelled.tracker.models import Drift
from gazelled.tracker.models.base import Answer as Model
from gazelled.tracker.paging import Pages

M = TypeVar("M", bound=Model)
M_co = TypeVar("M_co", bound=Model, covariant=True)
R = TypeVar("R")
P = ParamSpec("P")
Q = ParamSpec("Q")

Declared = Callable[Concatenate[Any, P], None]
"""A declaration: the parameters of a method."""


@dataclass(frozen=True, slots=True)
class Result(Generic[M_co]):
    """
    An answer with all that is known of it.

    Attributes:
        value: As its model.
        answer: As it came: `payload` decoded, `raw` to the byte, and when.
        drift: How it differs from the model.

    """

    value: M_co
    answer: Answer
    drift: tuple[Drift, ...] = ()


class Asks(Protocol):
    """Who asks the tracker for typed actions."""

    async def ask(self, what: What[M], given: Mapping[str, Any]) -> Result[M]:
        """Ask, and decode the answer."""

    def turn(self, what: What[M], shelf: Shelf[M, R], given: Mapping[str, Any]) -> Pages[R]:
        """Turn pages."""


@dataclass(frozen=True, slots=True)
class What(Generic[M]):
    """
    What is asked.

    Attributes:
        action: The name of the action.
        model: The model of its answer.
        fixed: Parameters that belong to it.

    """

    action: str
    model: type[M]
    fixed: Mapping[str, str]


class Asking(Generic[P, M]):
    """
    An action, ready to be asked: call it for the answer, or for all that is known of that.

    Args:
        asks: Who asks.
        what: What.
        about: What it tells, in one line.

    """

    def __init__(self, asks: Asks, what: What[M], about: str) -> None:
        self._asks = asks
        self._what = what
        self.__doc__ = about

    def __repr__(self) -> str:
        """Name it."""
        return f"<{self._what.action}: {self.__doc__}>"

    async def __call__(self, *_: P.args, **params: P.kwargs) -> M:
        """
        Ask, and return the answer.

        Raises:
            TrackerError: If there is none, by what can be done about it.

        """
        return (await self._asks.ask(self._what, params)).value

    async def result(self, *_: P.args, **params: P.kwargs) -> Result[M]:
        """
        Ask, and return the answer with its raw text and how it differs from its model.

        Raises:
            TrackerError: If there is none, by what can be done about it.

        """
        return await self._asks.ask(self._what, params)


class Listed(Asking[P, M], Generic[P, M, Q, R]):
    """
    An action whose answer has pages.

    Args:
        asks: Who asks.
        what: What.
        about: What it tells, in one line.
        shelf: Where its entries stand.

    """

    def __init__(self, asks: Asks, what: What[M], about: str, shelf: Shelf[M, R]) -> None:
        super().__init__(asks, what, about)
        self._shelf = shelf

    def items(self, *_: Q.args, **params: Q.kwargs) -> Pages[R]:
        """
        Turn its pages: `async for`, the newest first, to a count, a time or a known id.

        Each page is a call in the catching-up lane. Nothing is lost and nothing comes twice,
        whatever is added or deleted meanwhile.

        Raises:
            Refused: If the parameters are wrong.

        """
        return self._asks.turn(self._what, self._shelf, params)


class Typed(Generic[P, M]):
    """Declares an action: what `typed` makes of a function."""

    def __init__(self, what: What[M], declared: Declared[P]) -> None:
        self.what = what
        self.declared = declared
        self.__doc__ = declared.__doc__

    @overload
    def __get__(self, asks: None, owner: object) -> Self: ...
    @overload
    def __get__(self, asks: Asks, owner: object) -> Asking[P, M]: ...
    def __get__(self, asks: Asks | None, owner: object) -> Self | Asking[P, M]:
        """Make it ready to be asked."""
        return self if asks is None else Asking(asks, self.what, self.__doc__ or "")


class TypedList(Generic[P, M, Q, R]):
    """Declares an action with pages: what `listed` makes of two functions."""

    def __init__(
        self,
        what: What[M],
        declared: Declared[P],
        shelf: Shelf[M, R],
        items: Callable[Q, None],
    ) -> None:
        self.what = what
        self.declared = declared
        self.shelf = shelf
        self.items = items
        self.__doc__ = declared.__doc__

    @overload
    def __get__(self, asks: None, owner: object) -> Self: ...
    @overload
    def __get__(self, asks: Asks, owner: object) -> Listed[P, M, Q, R]: ...
    def __get__(self, asks: Asks | None, owner: object) -> Self | Listed[P, M, Q, R]:
        """Make it ready to be asked."""
        return self if asks is None else Listed(asks, self.what, self.__doc__ or "", self.shelf)


def typed(model: type[M], action: str, **fixed: str) -> Callable[[Declared[P]], Typed[P, M]]:
    """
    Declare an action.

    Args:
        model: The model of its answer.
        action: Its name.
        fixed: Parameters that belong to it.

    """

    def declare(declared: Declared[P]) -> Typed[P, M]:
        return Typed(What(action, model, fixed), declared)

    return declare


def listed(
    model: type[M], shelf: Shelf[M, R], items: Callable[Q, None], action: str, **fixed: str
) -> Callable[[Declared[P]], TypedList[P, M, Q, R]]:
    """
    Declare an action with pages.

    Args:
        model: The model of its answer.
        shelf: Where its entries stand.
        items: Its parameters when pages are turned.
        action: Its name.
        fixed: Parameters that belong to it.

    """

    def declare(declared: Declared[P]) -> TypedList[P, M, Q, R]:
        return TypedList(What(action, model, fixed), declared, shelf, items)

    return declare
