"""
Actions as methods: each is declared by its parameters and the model of its answer.

    @endpoint(User, "user")
    def user(self, **params: Unpack[ById]) -> None:
        "A user's profile."

The declaration's body is never run. What it makes is called like a method.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Generic,
    ParamSpec,
    Protocol,
    Self,
    TypeVar,
    overload,
)

from gazelled.model import Answer
from gazelled.tracker.decoding.reading import Drift
from gazelled.tracker.decoding.schema import AnswerModel

if TYPE_CHECKING:  # turning pages logs, which completion needn't load
    from gazelled.tracker.client.paging import Pages

M = TypeVar("M", bound=AnswerModel)
M_co = TypeVar("M_co", bound=AnswerModel, covariant=True)
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


@dataclass(frozen=True, slots=True)
class PagedList(Generic[M, R]):
    """
    A list in an answer whose pages can be turned.

    Attributes:
        entries: Where its entries are.
        pages: How many pages there are.
        id: What an entry is known by.
        time: When it appeared or changed; None when that isn't told.
        front: Whether it stays in front, out of the order.
        number: Which page it is, where that isn't known from the request.
        ordered: Whether ids strictly descend from page to page.
        add: Parameters that make it so.
        without: Parameters that would change the order, beside the page.

    """

    entries: Callable[[M], Sequence[R] | None]
    pages: Callable[[M], int | None]
    id: Callable[[R], int | None]
    time: Callable[[R], datetime | None] = lambda _: None
    front: Callable[[R], bool | None] = lambda _: False
    number: Callable[[M], int | None] = lambda _: None
    ordered: bool = False
    add: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()


class Asks(Protocol):
    """Who asks the tracker for typed actions."""

    async def ask(self, spec: EndpointSpec[M], given: Mapping[str, Any]) -> Result[M]:
        """Ask, and decode the answer."""

    def turn(
        self, spec: EndpointSpec[M], paged: PagedList[M, R], given: Mapping[str, Any]
    ) -> Pages[R]:
        """Turn pages."""


@dataclass(frozen=True, slots=True)
class EndpointSpec(Generic[M]):
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


class Endpoint(Generic[P, M]):
    """
    An action, ready to be asked: call it for the answer, or for all that is known of that.

    Args:
        asks: Who asks.
        spec: What is asked.
        about: What it tells, in one line.

    """

    def __init__(self, asks: Asks, spec: EndpointSpec[M], about: str) -> None:
        self._asks = asks
        self._spec = spec
        self.__doc__ = about

    def __repr__(self) -> str:
        """Return what it is."""
        return f"<{self._spec.action}: {self.__doc__}>"

    async def __call__(self, *_: P.args, **params: P.kwargs) -> M:
        """
        Ask, and return the answer.

        Raises:
            TrackerError: If there is none, by what can be done about it.

        """
        return (await self._asks.ask(self._spec, params)).value

    async def result(self, *_: P.args, **params: P.kwargs) -> Result[M]:
        """
        Ask, and return the answer with its raw text and how it differs from its model.

        Raises:
            TrackerError: If there is none, by what can be done about it.

        """
        return await self._asks.ask(self._spec, params)


class PagedEndpoint(Endpoint[P, M], Generic[P, M, Q, R]):
    """
    An action whose answer has pages.

    Args:
        asks: Who asks.
        spec: What is asked.
        about: What it tells, in one line.
        paged: Where its entries stand.

    """

    def __init__(
        self, asks: Asks, spec: EndpointSpec[M], about: str, paged: PagedList[M, R]
    ) -> None:
        super().__init__(asks, spec, about)
        self._paged = paged

    def items(self, *_: Q.args, **params: Q.kwargs) -> Pages[R]:
        """
        Turn its pages: `async for`, the newest first, to a count, a time or a known id.

        Each page is a call in the catching-up lane. Nothing is lost and nothing comes twice,
        whatever is added or deleted meanwhile.

        Raises:
            Refused: If the parameters are wrong.

        """
        return self._asks.turn(self._spec, self._paged, params)


class DeclaredEndpoint(Generic[P, M]):
    """Declares an action: what `endpoint` makes of a function."""

    def __init__(self, spec: EndpointSpec[M], declared: Declared[P]) -> None:
        self.spec = spec
        self.declared = declared
        self.__doc__ = declared.__doc__

    @overload
    def __get__(self, asks: None, owner: object) -> Self: ...
    @overload
    def __get__(self, asks: Asks, owner: object) -> Endpoint[P, M]: ...
    def __get__(self, asks: Asks | None, owner: object) -> Self | Endpoint[P, M]:
        """Make it ready to be asked."""
        return self if asks is None else Endpoint(asks, self.spec, self.__doc__ or "")


class DeclaredPagedEndpoint(Generic[P, M, Q, R]):
    """Declares an action with pages: what `paged_endpoint` makes of two functions."""

    def __init__(
        self,
        spec: EndpointSpec[M],
        declared: Declared[P],
        paged: PagedList[M, R],
        items: Callable[Q, None],
    ) -> None:
        self.spec = spec
        self.declared = declared
        self.paged = paged
        self.items = items
        self.__doc__ = declared.__doc__

    @overload
    def __get__(self, asks: None, owner: object) -> Self: ...
    @overload
    def __get__(self, asks: Asks, owner: object) -> PagedEndpoint[P, M, Q, R]: ...
    def __get__(self, asks: Asks | None, owner: object) -> Self | PagedEndpoint[P, M, Q, R]:
        """Make it ready to be asked."""
        return (
            self if asks is None else PagedEndpoint(asks, self.spec, self.__doc__ or "", self.paged)
        )


def endpoint(
    model: type[M], action: str, **fixed: str
) -> Callable[[Declared[P]], DeclaredEndpoint[P, M]]:
    """
    Declare an action.

    Args:
        model: The model of its answer.
        action: Its name.
        fixed: Parameters that belong to it.

    """

    def declare(declared: Declared[P]) -> DeclaredEndpoint[P, M]:
        return DeclaredEndpoint(EndpointSpec(action, model, fixed), declared)

    return declare


def paged_endpoint(
    model: type[M], paged: PagedList[M, R], items: Callable[Q, None], action: str, **fixed: str
) -> Callable[[Declared[P]], DeclaredPagedEndpoint[P, M, Q, R]]:
    """
    Declare an action with pages.

    Args:
        model: The model of its answer.
        paged: Where its entries stand.
        items: Its parameters when pages are turned.
        action: Its name.
        fixed: Parameters that belong to it.

    """

    def declare(declared: Declared[P]) -> DeclaredPagedEndpoint[P, M, Q, R]:
        return DeclaredPagedEndpoint(EndpointSpec(action, model, fixed), declared, paged, items)

    return declare
