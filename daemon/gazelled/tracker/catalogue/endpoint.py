"""
Actions as methods: each is declared by its parameters and the model of its answer.

    @endpoint(User, "user")
    def user(self, **params: Unpack[ById]) -> None:
        "A user's profile."

The declaration's body is never run. What it makes is called like a method; at a client that blocks
it is one that does.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from inspect import Signature
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Generic,
    ParamSpec,
    Protocol,
    Required,
    Self,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
    overload,
)

from gazelled.errors import Reason, RequestRefused
from gazelled.model import Answer
from gazelled.tracker.catalogue.listing import Listing
from gazelled.tracker.decoding.reading import Drift
from gazelled.tracker.decoding.schema import AnswerModel

if TYPE_CHECKING:  # turning pages logs, which completion needn't load
    from gazelled.tracker.client.paging import BlockingPages, Pages

T = TypeVar("T")
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


class Client(Protocol):
    """What sends the calls of endpoints."""

    async def ask(self, endpoint: Endpoint[..., M], args: Mapping[str, Any]) -> Result[M]:
        """Ask, and decode the answer."""

    def turn(self, endpoint: PagedEndpoint[..., M, ..., R], args: Mapping[str, Any]) -> Pages[R]:
        """Turn pages."""


class BlockingClient(ABC):
    """What waits for the calls of a client, in programs that aren't asynchronous."""

    @property
    @abstractmethod
    def client(self) -> Client:
        """What sends the calls."""

    @abstractmethod
    def run(self, calling: Coroutine[Any, Any, T]) -> T:
        """Wait for the end of a call."""

    @abstractmethod
    def pages(self, pages: Pages[R]) -> BlockingPages[R]:
        """Return pages that wait for each page."""


class Endpoint(Generic[P, M]):
    """
    An action as a method of a client: call it for the answer, or for all that is known of that.

    `fixed` are parameters that belong to it.
    """

    def __init__(
        self, declared: Declared[P], action: str, model: type[M], fixed: Mapping[str, str]
    ) -> None:
        self.declared = declared
        self.action = action
        self.model = model
        self.fixed = fixed
        self.__doc__ = declared.__doc__
        self.client: Client | None = None

    @overload
    def __get__(self, client: BlockingClient, owner: object) -> BlockingEndpoint[P, M]: ...
    @overload
    def __get__(self, client: Client | None, owner: object) -> Self: ...
    def __get__(self, client: BlockingClient | Client | None, owner: object) -> object:
        """Return it as a method of a client."""
        if isinstance(client, BlockingClient):
            return self.blocking(client)
        bound = copy(self)
        bound.client = client
        return bound

    def blocking(self, client: BlockingClient) -> BlockingEndpoint[P, M]:
        """Return it as a method of a client that blocks."""
        return BlockingEndpoint(self.__get__(client.client, None), client)

    def __repr__(self) -> str:
        return f"<{self.action}: {self.__doc__}>"

    @property
    def __signature__(self) -> Signature:
        """What it takes and returns, for help and completion in a running program."""
        return Signature([*_keywords(self.declared)], return_annotation=self.model)

    async def __call__(self, *_: P.args, **params: P.kwargs) -> M:
        """
        Ask, and return the answer.

        Raises:
            TrackerError: If there is none, by what can be done about it.

        """
        return (await self.result(*_, **params)).value

    async def result(self, *_: P.args, **params: P.kwargs) -> Result[M]:
        """
        Ask, and return the answer with its raw text and how it differs from its model.

        Raises:
            TrackerError: If there is none, by what can be done about it.

        """
        assert self.client is not None  # noqa: S101 - it is a method
        self._check_named(_)
        return await self.client.ask(self, params)

    def _check_named(self, unnamed: tuple[object, ...]) -> None:
        if unnamed:
            text = f"{self.action} takes its parameters by name, such as {self.action}(id=5)"
            raise RequestRefused(text, reason=Reason.BAD_PARAMETERS)


class PagedEndpoint(Endpoint[P, M], Generic[P, M, Q, R]):
    """An action whose answer has pages; for the attributes see `paged_endpoint`."""

    listing: Listing
    number: str
    in_order: bool
    timed: bool

    @overload
    def __get__(self, client: BlockingClient, owner: object) -> BlockingPaged[P, M, Q, R]: ...
    @overload
    def __get__(self, client: Client | None, owner: object) -> Self: ...
    def __get__(self, client: BlockingClient | Client | None, owner: object) -> object:
        """Return it as a method of a client."""
        return super().__get__(client, owner)

    def blocking(self, client: BlockingClient) -> BlockingPaged[P, M, Q, R]:
        """Return it as a method of a client that blocks."""
        return BlockingPaged(self.__get__(client.client, None), client)

    def items(self, *_: Q.args, **params: Q.kwargs) -> Pages[R]:
        """
        Turn its pages: `async for`, the newest first, to a count, a time or a known id.

        Each page is a call in the catching-up lane. Nothing is lost and nothing comes twice,
        whatever is added or deleted meanwhile. With an order of one's own (`order_by`,
        `group_results`, …) or from a `page` on, nothing comes twice, but an entry that moves
        meanwhile may be lost; `until` and `until_id` are refused then.

        Raises:
            RequestRefused: If the parameters are wrong.

        """
        assert self.client is not None  # noqa: S101 - it is a method
        self._check_named(_)
        return self.client.turn(self, params)


class BlockingEndpoint(Generic[P, M]):
    """An action as a method that waits for the answer."""

    def __init__(self, bound: Endpoint[P, M], client: BlockingClient) -> None:
        self._bound = bound
        self._client = client
        self.__doc__ = bound.__doc__

    def __repr__(self) -> str:
        return repr(self._bound)

    @property
    def __signature__(self) -> Signature:
        """As that of the asynchronous client."""
        return self._bound.__signature__

    def __call__(self, *_: P.args, **params: P.kwargs) -> M:
        """
        Ask, and return the answer.

        Raises:
            TrackerError: If there is none, by what can be done about it.

        """
        return self._client.run(self._bound(*_, **params))

    def result(self, *_: P.args, **params: P.kwargs) -> Result[M]:
        """
        Ask, and return the answer with its raw text and how it differs from its model.

        Raises:
            TrackerError: If there is none, by what can be done about it.

        """
        return self._client.run(self._bound.result(*_, **params))


class BlockingPaged(BlockingEndpoint[P, M], Generic[P, M, Q, R]):
    """An action with pages as a method that waits for the answer."""

    def __init__(self, bound: PagedEndpoint[P, M, Q, R], client: BlockingClient) -> None:
        super().__init__(bound, client)
        self._turn = bound.items

    def items(self, *_: Q.args, **params: Q.kwargs) -> BlockingPages[R]:
        """
        Turn its pages, as `items` of the asynchronous client: `for`.

        Raises:
            RequestRefused: If the parameters are wrong.

        """
        return self._client.pages(self._turn(*_, **params))


def _keywords(declared: Declared[...]) -> Iterator[inspect.Parameter]:
    """Yield the parameters of a declaration; those that may be left out have `...` as default."""
    tables = get_type_hints(declared, include_extras=True)
    tables.pop("return")
    for table in (get_args(hint)[0] for hint in tables.values()):
        plain = get_type_hints(table)
        for name, hint in get_type_hints(table, include_extras=True).items():
            needed = get_origin(hint) is Required or name in table.__required_keys__
            default = inspect.Parameter.empty if needed else ...
            kind = inspect.Parameter.KEYWORD_ONLY
            yield inspect.Parameter(name, kind, default=default, annotation=plain[name])


def endpoint(model: type[M], action: str, **fixed: str) -> Callable[[Declared[P]], Endpoint[P, M]]:
    """Declare an action by its model, its name, and the parameters that belong to it."""
    return lambda declared: Endpoint(declared, action, model, fixed)


def paged_endpoint(
    model: type[M],
    entry: type[R],  # noqa: ARG001 - only its type counts
    listing: Listing,
    items: Callable[Q, None],  # noqa: ARG001 - likewise
    action: str,
    *,
    number: str = "",
    in_order: bool = True,
    timed: bool = True,
    **fixed: str,
) -> Callable[[Declared[P]], PagedEndpoint[P, M, Q, R]]:
    """
    Declare an action with pages: its model, that of an entry, and the parameters of `items`.

    `listing` is how watches read it: where it stands, what entries are known by, its order.
    `number` is the field that says which page an answer is, where that isn't known from the
    request. Unless `in_order`, it is asked for as the site has it, and not in the order of watches.
    `timed` is whether times descend, so that they say where to stop.
    """

    def declare(declared: Declared[P]) -> PagedEndpoint[P, M, Q, R]:
        paged: PagedEndpoint[P, M, Q, R] = PagedEndpoint(declared, action, model, fixed)
        paged.listing, paged.number = listing, number
        paged.in_order, paged.timed = in_order, timed
        return paged

    return declare
