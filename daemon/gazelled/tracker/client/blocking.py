"""
The client for programs that aren't asynchronous: scripts, and notebooks.

    with connect_sync("https://biotorrents.de", Token("…")) as api:
        for group in api.browse.items(taglist="dna", newest=60): ...

A client runs in a thread of its own, with an event loop of its own, and calls wait for it. So the
thread of the caller may run a loop, as that of a notebook does, and several threads may call.
"""

from __future__ import annotations

import asyncio
import os
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from contextlib import AbstractAsyncContextManager, suppress
from functools import wraps
from threading import Lock, Thread, current_thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, Self, TypeVar, cast

from gazelled.errors import ConfigError, RequestRefused, TrackerUnavailable
from gazelled.tracker.catalogue.actions import ActionMethods
from gazelled.tracker.catalogue.endpoint import BlockingClient
from gazelled.tracker.client.api import Api, MusicApi, Write
from gazelled.tracker.client.connect import connect
from gazelled.tracker.client.paging import BlockingPages, Pages
from gazelled.tracker.forms.form import AnswerLost
from gazelled.tracker.sites.music import MusicEndpoints
from gazelled.tracker.sites.site import Site

if TYPE_CHECKING:
    from gazelled.tracker.catalogue.named_calls import BlockingNamedCall

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
A = TypeVar("A")
A_co = TypeVar("A_co", covariant=True)

CLOSED = "The connection is closed: connect again."
_INSIDE = (
    "A synchronous client can't be called from its own callbacks, such as on_drift: store what "
    "there is, and call afterwards."
)

_PERHAPS_SENT = "The form may have been sent all the same: check before you repeat it."
_ELSEWHERE = (
    "The connection belongs to the process that opened it, and this one was forked from that: make "
    "all calls there."
)


class LoopThread:
    """The thread of a client, which it connects and closes, with its event loop."""

    def __init__(self, connecting: AbstractAsyncContextManager[Api]) -> None:
        self._api: Future[Api] = Future()
        self._running: set[Future[Any]] = set()
        self._lock = Lock()
        self._closed = False
        self._process = os.getpid()
        self._problem: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None
        self._ending = asyncio.Event()
        self.timeout: float | None = None
        args = (connecting,)
        self._thread = Thread(target=self._serve, args=args, name="gazelled", daemon=True)

    def start(self) -> Api:
        """Connect; raise what `connect` raises."""
        self._thread.start()
        try:
            return self._api.result()
        except BaseException:
            self.close()
            raise

    def _serve(self, connecting: AbstractAsyncContextManager[Api]) -> None:
        try:
            asyncio.run(self._hold(connecting))
        except BaseException as problem:  # noqa: BLE001 - raised where it is waited for
            if self._api.done():
                self._problem = problem
            else:
                self._api.set_exception(problem)
        finally:
            with self._lock:
                self._closed = True
                lost = [*self._running]
            for future in lost:  # what came too late for the loop
                future.cancel()

    async def _hold(self, connecting: AbstractAsyncContextManager[Api]) -> None:
        with self._lock:
            self._loop, self._main = asyncio.get_running_loop(), asyncio.current_task()
            if self._closed:
                raise TrackerUnavailable(CLOSED)
        async with connecting as api:
            self._api.set_result(api)
            await self._ending.wait()

    def _is_over(self) -> bool:
        """Return whether the connection is closed, or its calls end since it closes."""
        return self._closed or self._ending.is_set()

    def run(self, calling: Coroutine[Any, Any, T]) -> T:
        """
        Wait for a coroutine that runs in the thread; what interrupts that cancels it.

        Raises:
            RequestRefused: If the client is closed, or the caller is in its thread or in a forked
                process, where that doesn't run.

        """
        if os.getpid() != self._process:
            calling.close()
            raise RequestRefused(_ELSEWHERE)
        if current_thread() is self._thread:
            calling.close()
            raise RequestRefused(_INSIDE)
        with self._lock:
            if self._closed or self._loop is None or self._loop.is_closed():
                calling.close()
                raise RequestRefused(CLOSED)
            waiting = calling if self.timeout is None else _within(self.timeout, calling)
            future = asyncio.run_coroutine_threadsafe(waiting, self._loop)
            self._running.add(future)
        try:
            return future.result()
        except (CancelledError, TrackerUnavailable):
            if self._is_over():
                raise RequestRefused(CLOSED) from None
            raise
        finally:
            future.cancel()
            with self._lock:
                self._running.discard(future)

    def close(self) -> None:
        """End the connection, and wait for that; calls that wait raise RequestRefused."""
        if os.getpid() != self._process:
            return
        with self._lock:
            if not self._closed and self._loop is not None and self._main is not None:
                end = self._ending.set if self._api.done() else self._main.cancel
                with suppress(RuntimeError):  # the loop is closed
                    self._loop.call_soon_threadsafe(end)
            self._closed = True
        if self._thread.is_alive() and current_thread() is not self._thread:
            self._thread.join()

    def finish(self) -> None:
        """Close the connection, and raise the error of closing."""
        self.close()
        problem, self._problem = self._problem, None
        if problem is not None:
            raise problem


async def _within(seconds: float, calling: Coroutine[Any, Any, T]) -> T:
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            return await calling
    except TimeoutError:
        if limit.expired():
            text = f"There was no answer within {seconds:g} seconds, which is the timeout."
            raise TimedOut(text) from None
        raise


class TimedOut(TrackerUnavailable):
    """A call took longer than the timeout of the client."""


def _is_duration(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


class Waiting(Generic[A_co]):
    """A blocking wrapper: methods run in the client's thread, and the caller waits for them."""

    def __init__(self, client: A_co, thread: LoopThread) -> None:
        self._client = client
        self._thread = thread

    @property
    def client(self) -> A_co:
        """The asynchronous object; its methods run only in the thread."""
        return self._client

    def run(self, calling: Coroutine[Any, Any, T]) -> T:
        """
        Wait for a call of the asynchronous client; what interrupts that cancels it.

        Raises:
            RequestRefused: If the client is closed, or the caller is in its thread.
            TrackerUnavailable: If it takes longer than the timeout.

        """
        return self._thread.run(calling)


def _waits(
    method: Callable[Concatenate[A, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[Waiting[A], P], T]:
    """Return an asynchronous method as a blocking one."""

    @wraps(method)
    def wait(self: Waiting[A], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.run(method(self.client, *args, **kwargs))

    return wait


class SyncWrite(Waiting[Write]):
    """The changes of `Write`, as blocking calls."""

    def run(self, calling: Coroutine[Any, Any, T]) -> T:
        """
        Wait for a change.

        Raises:
            AnswerLost: If it takes longer than the timeout: it may have been sent.

        """
        try:
            return super().run(calling)
        except TimedOut as error:
            raise AnswerLost(f"{error} {_PERHAPS_SENT}") from None

    clear_user_notification = _waits(Write.clear_user_notification)
    answer = _waits(Write.answer)
    bookmark = _waits(Write.bookmark)
    catch_up_forum = _waits(Write.catch_up_forum)
    catch_up_notifications = _waits(Write.catch_up_notifications)
    catch_up_subscriptions = _waits(Write.catch_up_subscriptions)
    delete = _waits(Write.delete)
    mark_read = _waits(Write.mark_read)
    mark_unread = _waits(Write.mark_unread)
    stick = _waits(Write.stick)
    subscribe = _waits(Write.subscribe)
    unbookmark = _waits(Write.unbookmark)
    unstick = _waits(Write.unstick)
    unsubscribe = _waits(Write.unsubscribe)
    send_recommendation = _waits(Write.send_recommendation)


class _Paging(BlockingClient):
    def pages(self, pages: Pages[R]) -> BlockingPages[R]:
        return BlockingPages(pages, self)


class SyncMusicApi(Waiting[MusicApi], MusicEndpoints, _Paging):
    """The calls of `MusicApi`, as blocking calls."""


class SyncApi(Waiting[Api], ActionMethods, _Paging):
    """
    The tracker's API for programs that aren't asynchronous, as `connect_sync` returns it.

    It has the calls of `Api`, by the same names. Use it with `with`, or `close` it.
    """

    def __init__(self, client: Api, thread: LoopThread) -> None:
        super().__init__(client, thread)
        # At the end of the program, too, and when nobody uses it any more.
        weakref.finalize(self, thread.close)

    def __enter__(self) -> Self:
        """Return the client itself, which is connected already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """End the connection and wait for that; what other threads wait for is refused."""
        self._thread.finish()

    @property
    def timeout(self) -> float | None:
        """
        After how many seconds a call gives up with TrackerUnavailable; None for never.

        Raises:
            ConfigError: If it is set to what is no number above 0.

        """
        return self._thread.timeout

    @timeout.setter
    def timeout(self, seconds: float | None) -> None:
        if seconds is not None and not _is_duration(seconds):
            text = f"timeout takes a number of seconds above 0, or None, not {seconds!r}."
            raise ConfigError(text)
        self._thread.timeout = seconds

    @property
    def site(self) -> Site:
        """The site, as its profile describes it."""
        return self.client.site

    @property
    def music(self) -> SyncMusicApi:
        """
        The calls whose parameters or answers differ at sites for music, typed as they are there.

        Raises:
            RequestRefused: If the profile isn't that of a site for music.

        """
        return SyncMusicApi(self.client.music, self._thread)

    @property
    def write(self) -> SyncWrite:
        """The calls that change something for you or for others: never retried, never shared."""
        return SyncWrite(self.client.write, self._thread)

    account = _waits(Api.account)
    call = cast("BlockingNamedCall", _waits(cast("Any", Api.call)))
    download = _waits(Api.download)
    logout = _waits(Api.logout)
    my_uploads = _waits(Api.my_uploads)
    user_by_name = _waits(Api.user_by_name)


def _connected(
    connect: Callable[P, AbstractAsyncContextManager[Api]],
) -> Callable[P, SyncApi]:
    """Return a blocking form of a function that connects."""

    @wraps(connect)
    def connect_and_wait(*args: P.args, **kwargs: P.kwargs) -> SyncApi:
        thread = LoopThread(connect(*args, **kwargs))
        return SyncApi(thread.start(), thread)

    return connect_and_wait


connect_sync = _connected(connect)
"""
Connect as `connect` does, in a program that isn't asynchronous.

It takes the same parameters and raises the same errors, and what it returns is connected: use it
with `with`, or `close` it.
"""
